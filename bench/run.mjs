/** `npm run bench`: all benches; writes bench/results.json and the table of bench/README.md. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { benchStages } from './stages.mjs';

const seconds = Number(process.argv[2] ?? 1);
const lines = benchStages(['wasm', 'reference'], seconds);
const machine = {
  cpu: cpus()[0].model,
  cores: cpus().length,
  node: process.version,
  commit: execFileSync('git', ['rev-parse', '--short', 'HEAD']).toString().trim(),
  date: new Date().toISOString().slice(0, 10),
};
const ratio = (line) => {
  const reference = lines.find(({ stage, backend }) => stage === line.stage && backend === 'reference');
  return line.backend === 'reference' ? '' : `${(reference.ms / line.ms).toFixed(0)} ×`;
};
const table = [
  `${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, commit ${machine.commit}, ${machine.date}.`,
  'LeNet, T = 20, one sample, one thread; density is spikes a neuron and step of what the stage makes first.',
  '',
  '| stage | backend | median ms | ± % | density | checksum | against reference |',
  '|---|---|---|---|---|---|---|',
  ...lines.map((line) => {
    const { stage, backend, ms, error, density, checksum } = line;
    return `| ${stage} | ${backend} | ${ms.toPrecision(3)} | ${error.toFixed(1)} | ${density.toFixed(3)} | ${checksum} | ${ratio(line)} |`;
  }),
].join('\n');
console.log(table);

const readme = new URL('README.md', import.meta.url);
const text = readFileSync(readme, 'utf8');
writeFileSync(
  readme,
  text.replace(/<!-- stages -->[^]*<!-- \/stages -->/, `<!-- stages -->\n${table}\n<!-- /stages -->`),
);
writeFileSync(new URL('results.json', import.meta.url), `${JSON.stringify({ machine, lines }, null, 2)}\n`);
