/** Prints the results of mutation testing. If all mutants ran, it writes the totals into test/mutation/README.md. */
import { readFileSync, writeFileSync } from 'node:fs';
import { equivalents } from './equivalents.mjs';

/** The percentage of mutants that tests must detect. */
const least = 95;

const survives = ({ status }) => status === 'survived' || status === 'uncovered';
const short = (text) => text.replace(/\s+/g, ' ');
const said = ({ file, line, from, to }) => `${file}:${line}  ${short(from)}  →  ${short(to)}`;

const entries = equivalents.flatMap(({ why, mutants }) =>
  mutants.map(([file, from, to, part = '']) => ({ why, file: `spec/${file}`, from, to, part })),
);

/** The entry of the list of equivalents that matches a mutant. */
export const entryOf = ({ file, from, to, text }) =>
  entries.find(
    (entry) =>
      entry.file === file &&
      entry.from === short(from) &&
      entry.to === short(to) &&
      text.includes(entry.part),
  );

/**
 * @param results mutants with their status
 * @param isWhole whether these are all mutants
 * @returns 0 if each undetected mutant has a reason and, if `isWhole`, no reason is stale and enough mutants were detected;
 * otherwise 1
 */
export function judge(root, results, isWhole) {
  const survivors = results.filter(survives).map((result) => ({ ...result, entry: entryOf(result) }));
  const open = survivors.filter(({ entry }) => entry === undefined);
  for (const result of open) console.log(`${result.status}: ${said(result)}`);
  const listed = new Set(survivors.map(({ entry }) => entry));
  const stale = isWhole ? entries.filter((entry) => !listed.has(entry)) : [];
  for (const { file, from, to } of stale)
    console.log(`has a reason, but was noticed: ${file}  ${from}  →  ${to}`);
  printFiles(results);
  console.log(sumOf(results));
  if (isWhole) write(root, results);
  return open.length === 0 && stale.length === 0 && (!isWhole || scoreOf(results) >= least) ? 0 : 1;
}

const count = (results, status) => results.filter((result) => result.status === status).length;
const scoreOf = (results) => (100 * results.filter((result) => !survives(result)).length) / results.length;

function sumOf(results) {
  const left = results.filter(survives).length;
  return (
    `${results.length} mutants: ${count(results, 'killed')} fail a test, ${count(results, 'endless')} do not end, ` +
    `${left} survive; score ${scoreOf(results).toFixed(1)} %`
  );
}

/** Prints the number of mutants per file, and how many are undetected. */
function printFiles(results) {
  for (const file of new Set(results.map((result) => result.file))) {
    const own = results.filter((result) => result.file === file);
    console.log(`${file.padEnd(30)} ${sumOf(own)}`);
  }
}

function write(root, results) {
  const path = `${root}test/mutation/README.md`;
  const line = `${new Date().toISOString().slice(0, 10)}: ${sumOf(results)}.`;
  const between = /(<!-- results -->\n)[^]*(\n<!-- \/results -->)/;
  writeFileSync(path, readFileSync(path, 'utf8').replace(between, `$1\n${line}\n$2`));
}
