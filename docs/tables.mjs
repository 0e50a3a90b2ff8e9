/** `npm run docs:tables`: rewrites the tables of the documents that are made from the code. */
import { readFileSync, writeFileSync } from 'node:fs';
import { checkOptions, optionTable, trainOptions } from '../dist/src/command/options.js';

const readme = new URL('../README.md', import.meta.url);
let text = readFileSync(readme, 'utf8');
for (const [name, options] of [
  ['options', trainOptions],
  ['check options', checkOptions],
]) {
  const table = `<!-- ${name} -->\n\n${optionTable(options)}\n\n<!-- /${name} -->`;
  text = text.replace(new RegExp(`<!-- ${name} -->[^]*<!-- /${name} -->`), table);
}
writeFileSync(readme, text);
