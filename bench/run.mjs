/**
 * `npm run bench`: runs the benchmarks of all stages, and writes bench/results.json and the table of bench/README.md. `npm run
 * bench -- SECONDS STAGE …` runs only these stages, each for this number of seconds, and writes no file.
 */
import { writeFileSync } from 'node:fs';
import { machineOf, rewrite, sentenceOf, tableOf } from './report.mjs';
import { benchStages } from './stages.mjs';

const [seconds = '1', ...wanted] = process.argv.slice(2);
const isWanted = (stage) => wanted.length === 0 || wanted.some((word) => stage.startsWith(word));
const lines = benchStages(['wasm', 'reference'], Number(seconds), isWanted);
const machine = machineOf();
const ratioOf = (ratio) => ratio.toFixed(ratio < 10 ? 1 : 0);
const ratio = (line) => {
  const reference = lines.find(({ stage, backend }) => stage === line.stage && backend === 'reference');
  return line.backend === 'reference' ? '' : `${ratioOf(reference.ms / line.ms)} ×`;
};
const short = {
  stage: ({ stage }) => stage,
  'median ms': ({ ms }) => ms.toPrecision(3),
  '± %': ({ error }) => error.toFixed(1),
  'against reference': ratio,
};
const whole = {
  ...short,
  backend: ({ backend }) => backend,
  density: ({ density }) => density.toFixed(3),
  checksum: ({ checksum }) => checksum,
};
const table = [
  sentenceOf(machine),
  'LeNet, T = 20, one sample, one thread, wasm.',
  '',
  ...tableOf(
    lines.filter(({ backend }) => backend === 'wasm'),
    short,
  ),
];
console.log(tableOf(lines, whole).join('\n'));
if (wanted.length === 0) {
  rewrite('stages', table);
  writeFileSync(new URL('results.json', import.meta.url), `${JSON.stringify({ machine, lines }, null, 2)}\n`);
  console.log(
    '\nwritten: bench/README.md, bench/results.json; `npm run docs tables` makes the figures of README.md of them',
  );
}
