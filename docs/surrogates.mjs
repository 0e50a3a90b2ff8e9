/** `npm run docs surrogates`: rewrites the tables of docs/surrogates.md from the records of `spec/`. */
import { readFileSync, writeFileSync } from 'node:fs';
import * as frameworks from '../dist/spec/frameworks.js';
import * as forms from '../dist/spec/surrogateForms.js';
import * as losses from '../dist/spec/surrogateLoss.js';
import { surrogateTables } from './surrogateTables.mjs';

const at = new URL('surrogates.md', import.meta.url);
let text = readFileSync(at, 'utf8');
for (const [name, table] of Object.entries(surrogateTables({ ...frameworks, ...forms, ...losses }))) {
  const marked = new RegExp(`<!-- ${name} -->[^]*<!-- /${name} -->`);
  if (!marked.test(text)) throw new Error(`docs/surrogates.md: <!-- ${name} --> expected, found none`);
  text = text.replace(marked, () => `<!-- ${name} -->\n\n${table}\n\n<!-- /${name} -->`);
}
writeFileSync(at, text);
