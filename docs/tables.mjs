/** `npm run docs tables`: rewrites tables of the documents from the code and from kept runs. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { readRunFile } from '../dist/src/command/run/kept.js';
import { figuresTable } from './figures.mjs';

const root = new URL('../', import.meta.url);

/** Writes each table between the two marks with its name. */
function rewrite(file, tables) {
  const at = new URL(file, root);
  let text = readFileSync(at, 'utf8');
  for (const [name, table] of Object.entries(tables)) {
    const marked = new RegExp(`<!-- ${name} -->[^]*<!-- /${name} -->`);
    if (!marked.test(text)) throw new Error(`${file}: <!-- ${name} --> expected, found none`);
    text = text.replace(marked, () => `<!-- ${name} -->\n\n${table}\n\n<!-- /${name} -->`);
  }
  writeFileSync(at, text);
}

/** The number of training and test samples of a run. */
const samplesOf = ({ facts: { train, test } }) =>
  [train, test].map((count) => count.toLocaleString('en')).join(' / ');

/** The kept runs, one row each. */
function keptTable() {
  const results = new URL('results/', root);
  const percent = (accuracy) => `${(100 * accuracy).toFixed(2)} %`;
  const rows = readdirSync(results)
    .filter((name) => name.endsWith('.jsonl'))
    .sort()
    .map((name) => {
      const { head, epochs, accuracy, digest } = readRunFile(readFileSync(new URL(name, results)), name);
      const best = epochs.reduce((one, other) => (other.accuracy > one.accuracy ? other : one));
      const cells = [
        `[${name.slice(0, -'.jsonl'.length)}](../results/${name})`,
        `\`${head.command.replace(/ --json$/, '')}\``,
        samplesOf(head),
        epochs.length,
        percent(accuracy),
        `${percent(best.accuracy)} (${best.epoch})`,
        `\`${digest.slice(0, 12)}\``,
      ];
      return `| ${cells.join(' | ')} |`;
    });
  return [
    '| run | command | samples, training / test | epochs | last epoch | best on the test set | digest |',
    '|---|---|--:|--:|--:|--:|---|',
    ...rows,
  ].join('\n');
}

rewrite('README.md', { figures: figuresTable() });
rewrite('docs/paper.md', { kept: keptTable() });
