/** `npm run docs:tables`: rewrites the tables of the documents that are made from the code. */
import { readFileSync, writeFileSync } from 'node:fs';
import { optionTable, trainOptions } from '../dist/src/command/options.js';

const readme = new URL('../README.md', import.meta.url);
const table = `<!-- options -->\n\n${optionTable(trainOptions)}\n\n<!-- /options -->`;
writeFileSync(readme, readFileSync(readme, 'utf8').replace(/<!-- options -->[^]*<!-- \/options -->/, table));
