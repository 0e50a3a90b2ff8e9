/**
 * `npm run test:runtimes [NAME | -NAME …]`: installs the packed package in an empty folder for each runtime, trains 512 MNIST
 * images there (window 20, seed 1), and predicts. Exits with 1 unless all digests are equal. It installs missing runtimes, and
 * fails if it cannot.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
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

/** A runtime with a command line. */
function cli(file, before, version) {
  return async (place) => {
    const env = { ...process.env, DENO_NO_UPDATE_CHECK: '1', NODE_OPTIONS: '' };
    const run = async (...args) => (await call(file, args, { cwd: place, env, timeout: 400_000 })).stdout;
    return { ...JSON.parse(await run(...before, 'cli.mjs')), version: version(await run('--version')) };
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
const names = [...Object.keys(runtimes), ...Object.keys(examples)];
if (!names.some(isWanted)) throw new Error(`${words}: expected a part of one of ${names.join(', ')}`);
const pack = packed();

/** Runs the selected tests. Returns their results, undefined for each that fails. */
async function runAll(all, toLine) {
  const found = [];
  for (const [name, run] of Object.entries(all).filter(([each]) => isWanted(each))) {
    process.stderr.write(`${name} … `);
    try {
      const result = await run(installed(pack, name));
      if (result.error) throw new Error(result.error);
      found.push(result);
      log(toLine(result));
    } catch (error) {
      found.push(undefined);
      log(`failed: ${inspect(error).slice(0, 4000)}`);
    }
  }
  return found;
}

const rows = await runAll(runtimes, ({ version, digest }) => `${version}, ${digest.slice(0, 16)}`);
const examined = await runAll(examples, (line) => line);

const good = rows.filter((row) => row !== undefined);
const digests = new Set(good.map(({ digest, answers }) => `${digest} ${answers}`));
const broken = examined.filter((line) => line === undefined).length;
if (rows.length > 0) {
  console.log(`digest ${good[0]?.digest}`);
  console.log(
    `${good.length} of ${rows.length} runtimes, ${digests.size} digest${digests.size === 1 ? '' : 's'}`,
  );
}
if (broken > 0) console.log(`${broken} examples failed`);
process.exitCode = good.length === rows.length && broken === 0 && digests.size <= 1 ? 0 : 1;
