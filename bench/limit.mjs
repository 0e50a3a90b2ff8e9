/** Compares the hottest kernel with the limit of loads and additions on this core. Compiles `limit.ts`, and runs it in another process. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Measures two rates, in 10⁹ additions per second. `limit`: a plain loop over weights in the first-level cache. `kernel`: the
 * sums of LeNet's second convolution for the events of one image.
 */
export async function measureLimit() {
  const { default: asc } = await import('assemblyscript/asc');
  const folder = mkdtempSync(join(tmpdir(), 'asf-bp-'));
  const file = join(folder, 'limit.wasm');
  // The configuration of the kernels does not apply to this program.
  const options = ['--config', 'none', '-O3', '--runtime', 'stub', '--noAssert', '--enable', 'simd'];
  const { error, stderr } = await asc.main([
    'bench/limit.ts',
    '-o',
    file,
    '--initialMemory',
    '256',
    ...options,
  ]);
  if (error) throw new Error(stderr.toString());
  // Runs in another process, because the compiler's own code slows the measurement in this one.
  const text = execFileSync(process.execPath, [fileURLToPath(import.meta.url), file]);
  rmSync(folder, { recursive: true });
  return JSON.parse(text);
}

/** The rate in the fastest of many rounds, in 10⁹ additions per second. */
function rateOf(additions, work) {
  const times = Array.from({ length: 60 }, () => {
    const began = performance.now();
    work();
    return performance.now() - began;
  });
  return additions / Math.min(...times) / 1e6;
}

/** The events of LeNet's second convolution: for each position and step, a list of the inputs that spike within its kernel. */
async function listsOf(T) {
  const { openBackend } = await import('../dist/src/backend/open.js');
  const { rowCells } = await import('../dist/src/backend/wasm/layout.js');
  const { drawWeights, models, network } = await import('../dist/src/network/network.js');
  const { ForwardPass } = await import('../dist/src/train/forwardPass.js');
  const { imageOf } = await import('./work.mjs');
  const { plan } = network(models.lenet, { timeWindow: T });
  const passes = new ForwardPass(openBackend('wasm', plan), { batch: 1 });
  passes.writeWeights(drawWeights(plan, 1));
  const draw = { seed: 1, stream: 'train', epoch: 0, sample: 0 };
  passes.runForward([{ input: { intensities: imageOf(plan, 0), draw }, label: 0 }]);
  const spikes = passes.backend.readSync(passes.buffersOf(2).o);
  const { channels, height, width } = plan.layers[1].output;
  const { size, padding } = plan.layers[2].window;
  const lists = [];
  for (let position = 0; position < height * width; position++) {
    const [top, left] = [Math.floor(position / width) - padding, (position % width) - padding];
    for (let t = 0; t < T; t++) {
      const list = [];
      for (let cell = 0; cell < size * size; cell++) {
        const [y, x] = [top + Math.floor(cell / size), left + (cell % size)];
        if (y < 0 || y >= height || x < 0 || x >= width) continue;
        for (let channel = 0; channel < channels; channel++) {
          if (spikes[((t * channels + channel) * height + y) * width + x])
            list.push(cell * channels + channel);
        }
      }
      lists.push(list);
    }
  }
  return { lists, positions: height * width, outputs: 52, row: 4 * rowCells(52) };
}

async function measure(file) {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(file)));
  // Writes all pages. Pages that were only read share one page of zeros, from which some processors load at two thirds of their speed.
  new Float32Array(exports.memory.buffer).fill(1 / 1024);
  const [bytes, rounds] = [32_768, 150];
  const limit = rateOf((bytes / 4) * rounds, () => {
    for (let round = 0; round < rounds; round++) exports.loadAdd(1024, bytes, 0);
  });
  const T = 100;
  const { lists, positions, outputs, row: rowBytes } = await listsOf(T);
  const words = new Uint32Array(exports.memory.buffer);
  words.fill(0, 0, 256);
  // Addresses in bytes: zeros at 0, active steps, sums, weights, then bounds and events.
  const at = { active: 1024, x: 2048, weights: 2 ** 16, bounds: 2 ** 18, events: 2 ** 18 + 8 * lists.length };
  for (let t = 0; t < T; t++) words[at.active / 4 + t] = t;
  let event = at.events / 4;
  for (const [k, list] of lists.entries()) {
    const bound = at.bounds / 4 + 2 * T * Math.floor(k / T) + (k % T);
    words[bound] = 4 * event;
    for (const row of list) words[event++] = row * rowBytes;
    words[bound + T] = 4 * event;
  }
  const events = lists.reduce((sum, list) => sum + list.length, 0);
  // Body k has tiles of k + 1 vectors. All bodies have the same distance between rows of weights.
  const sums = Array.from({ length: 13 }, (_, k) => {
    return rateOf(4 * events * (k + 1), () => {
      exports.sumLists(k + 1, at.bounds, T, positions, at.active, at.weights, 0, at.x);
    });
  });
  // Writes the bounds of each list as a pair of addresses, and then enough values for the longest list.
  const pairs = event;
  for (const [k] of lists.entries()) {
    const bound = at.bounds / 4 + 2 * T * Math.floor(k / T) + (k % T);
    words[event++] = words[bound];
    words[event++] = words[bound + T];
  }
  const values = new Float32Array(exports.memory.buffer, 4 * event, 512).fill(1);
  const products = Array.from({ length: 8 }, (_, k) => {
    return rateOf(4 * events * (k + 1), () => {
      exports.productLists(k + 1, 4 * pairs, lists.length, values.byteOffset, at.weights, at.x);
    });
  });
  console.log(JSON.stringify({ limit, kernel: sums[outputs / 4 - 1], sums, products }));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await measure(process.argv[2]);
