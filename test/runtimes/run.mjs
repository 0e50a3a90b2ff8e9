/**
 * `npm run test:runtimes [NAME | -NAME …]`: packs the package, installs the tarball in an empty folder for each runtime, trains
 * 512 MNIST images (window 20, seed 1) there and predicts. Prints a table; exits with 1 unless all digests are equal.
 * It installs missing runtimes, and fails if it cannot.
 */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect, promisify } from 'node:util';
import { here, installed, installRuntimes, packed, root } from './install.mjs';

const log = (text) => process.stderr.write(`${text}\n`);
const call = promisify(execFile);

if (!existsSync(join(root, 'dist/src/index.js'))) throw new Error('dist/ is missing: npm run build');
const chromium = installRuntimes(log);
const { inEdgeRuntime, inPage, inServiceWorker, inWorkerd } = await import('./servers.mjs');
const { pageThatTrains } = await import('./site/index.mjs');
const {
  alikeInPython,
  bundledAlike,
  digitsInEdgeRuntime,
  digitsInWorkerd,
  graphInWorkerd,
  modelInWorkerd,
  trainedAlike,
} = await import('./examples.mjs');
const bin = (name) => join(here, 'node_modules', name);

/** A runtime of the command line: two processes, one for the cold start. */
function cli(file, before, version) {
  return async (place) => {
    const env = { ...process.env, DENO_NO_UPDATE_CHECK: '1', NODE_OPTIONS: '' };
    const run = async (...args) => (await call(file, args, { cwd: place, env, timeout: 400_000 })).stdout;
    const cold = JSON.parse(await run(...before, 'cli.mjs', 'cold'));
    const learnt = JSON.parse(await run(...before, 'cli.mjs', 'learn'));
    return { ...learnt, ...cold, version: version(await run('--version')) };
  };
}
const number = (text) => text.match(/\d+\.\d+\.\d+/)[0];
const node = (major) => cli(bin(`node${major}/bin/node`), [], number);

const runtimes = {
  'Node 20': node(20),
  'Node 22': node(22),
  'Node 24': node(24),
  'Node 26': node(26),
  Deno: cli(bin('.bin/deno'), ['run', '-A', '--node-modules-dir=manual'], number),
  Bun: cli(bin('.bin/bun'), [], number),
  workerd: inWorkerd,
  'edge-runtime': inEdgeRuntime,
  'Chromium, page': (place) => inPage(place, chromium),
  'Chromium, service worker': (place) => inServiceWorker(place, chromium),
};

const examples = {
  'example edge, workerd': digitsInWorkerd,
  'example edge, a model': modelInWorkerd,
  'example edge, NIR graph': graphInWorkerd,
  'example edge, edge-runtime': digitsInEdgeRuntime,
  'example train': trainedAlike,
  'example bundlers': (place) => bundledAlike(place, chromium),
  'example python': alikeInPython,
  'example site': (place) => pageThatTrains(place, chromium),
};

const words = process.argv.slice(2).map((name) => name.toLowerCase());
const wanted = words.filter((part) => !part.startsWith('-'));
const unwanted = words.filter((part) => part.startsWith('-')).map((part) => part.slice(1));
const has = (parts, name) => parts.some((part) => name.toLowerCase().includes(part));
const isWanted = (name) => (wanted.length === 0 || has(wanted, name)) && !has(unwanted, name);
const chosen = Object.entries(runtimes).filter(([name]) => isWanted(name));
const names = [...Object.keys(runtimes), ...Object.keys(examples)];
if (!names.some(isWanted)) throw new Error(`${words}: expected a part of one of ${names.join(', ')}`);
const pack = packed();
await writeModel();

/** LeNet at T = 25 after a batch of training, for the cold starts. */
async function writeModel() {
  const { encodeModel, images, lenet, network, train } = await import('../../dist/src/index.js');
  const digits = readFileSync(join(pack.folder, 'digits.bin'));
  const [pixels, labels] = [digits.subarray(0, 32 * 784), digits.subarray(pack.digits * 784).subarray(0, 32)];
  const net = network(lenet, { timeWindow: 25 });
  const data = images('mnist', { channels: 1, height: 28, width: 28 }, pixels, labels);
  for await (const step of train(net, data, { epochs: 1 })) void step;
  writeFileSync(join(pack.folder, 'model.safetensors'), encodeModel({ net, epochs: [] }));
}

const rows = [];
for (const [name, run] of chosen) {
  process.stderr.write(`${name} … `);
  try {
    const found = await run(installed(pack, name));
    rows.push({ name, ...found });
    log(`${found.version}, ${found.digest.slice(0, 16)}, ${found.seconds.toFixed(1)} s`);
  } catch (error) {
    rows.push({ name, failed: String(error?.message ?? error) });
    log(`failed: ${inspect(error).slice(0, 4000)}`);
  }
}

let broken = 0;
for (const [name, run] of Object.entries(examples)) {
  if (!isWanted(name)) continue;
  process.stderr.write(`${name} … `);
  try {
    log(await run(installed(pack, name)));
  } catch (error) {
    broken++;
    log(`failed: ${inspect(error).slice(0, 4000)}`);
  }
}

const good = rows.filter(({ failed }) => failed === undefined);
const digests = new Set(good.map(({ digest, answers }) => `${digest} ${answers}`));
if (rows.length > 0) printTable();
if (broken > 0) console.log(`${broken} examples failed`);
process.exitCode = good.length === rows.length && broken === 0 && digests.size <= 1 ? 0 : 1;

/** One line per runtime, then the digests that they share. */
function printTable() {
  const cells = rows.map(({ name, failed, version, digest, answers, seconds, cold }) =>
    failed === undefined
      ? [
          name,
          version,
          digest.slice(0, 16),
          answers.slice(0, 16),
          (pack.digits / seconds).toFixed(0),
          `${cold.toFixed(1)} ms`,
        ]
      : [name, 'failed', '', '', '', ''],
  );
  const head = ['runtime', 'version', 'digest', 'answers', 'images/s', 'cold start'];
  const widths = head.map((text, column) => Math.max(text.length, ...cells.map((row) => row[column].length)));
  for (const row of [head, ...cells])
    console.log(row.map((text, column) => text.padEnd(widths[column])).join('  '));

  console.log(`digest ${good[0]?.digest}`);
  console.log(
    `${good.length} of ${rows.length} runtimes, ${digests.size} digest${digests.size === 1 ? '' : 's'}`,
  );
}
