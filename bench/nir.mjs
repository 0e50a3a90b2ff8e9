/**
 * `npm run bench nir`: runs 300 steps of the NIR paper's CNN on ten recordings of N-MNIST, in Node and in a page in Chromium. Rewrites its
 * table of bench/README.md. The argument is the number of rounds (default 7).
 */
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { bytes, recordings } from '../docs/nirData.mjs';
import { installRuntimes } from '../test/runtimes/install.mjs';
import { measureSteps } from './nirSteps.mjs';
import { machineOf, rewrite, sentenceOf, tableOf } from './report.mjs';

const rounds = Number(process.argv[2] ?? 7);
const given = [
  [...bytes('cnn_sinabs.nir')],
  recordings().map((steps) =>
    steps.flatMap((step, t) => [...step].flatMap((count, i) => Array(count).fill(t * step.length + i))),
  ),
  rounds,
];

const chromium = installRuntimes((text) => process.stderr.write(`${text}\n`));
const { outputFiles } = await build({
  entryPoints: [fileURLToPath(new URL('nirSteps.mjs', import.meta.url))],
  bundle: true,
  minify: true,
  format: 'esm',
  write: false,
});
const { withPage } = await import('../test/runtimes/servers.mjs');
const files = { '/page.html': '<!doctype html>', '/steps.js': outputFiles[0].text };
const inPage = await withPage('.', chromium, files, (page) =>
  page.evaluate(async ([path, ...all]) => (await import(path)).measureSteps(...all), ['/steps.js', ...given]),
);
const inNode = await measureSteps(...given);
if (JSON.stringify(inNode.answers) !== JSON.stringify(inPage.answers))
  throw new Error('Node and page differ');
const right = inNode.answers.filter(({ label }, digit) => label === digit).length;
const rows = Object.entries({ Node: inNode, [`page, Chromium ${inPage.version}`]: inPage });
const table = [
  sentenceOf(machineOf()),
  `One thread. The numbers are milliseconds, medians over ${rounds} rounds of the ten recordings. ${right} recordings are classified correctly; results in Node and page are bit-identical.`,
  '',
  ...tableOf(rows, {
    '': ([name]) => name,
    'import of the graph': ([, { imported }]) => imported.toFixed(1),
    'the first recording': ([, { first }]) => first.toFixed(1),
    'a recording': ([, { median }]) => median.toFixed(1),
  }),
];
console.log(table.join('\n'));
rewrite('nir', table);
