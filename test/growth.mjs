/**
 * `npm run campaign growth [SECONDS]` trains and evaluates tiny networks on two threads, with memory that grows at every
 * allocation. It runs until stopped, or until a digest differs from that of one thread.
 */
import { SharedMemory } from '../dist/src/backend/wasm/sharedMemory.js';
import { digest, evaluate, images, network, train } from '../dist/src/index.js';

const pageSize = 65536;
const seconds = Number(process.argv[2] ?? Infinity);
const description = {
  input: { channels: 1, height: 6, width: 6, scale: 1 },
  timeWindow: 3,
  threshold: 0.5,
  leak: 1,
  layers: [
    { kind: 'convolution', channels: 4, kernel: 3 },
    { kind: 'averagePool', size: 2 },
    { kind: 'linear', units: 3 },
  ],
};
const pixels = Uint8Array.from({ length: 24 * 36 }, (_, k) => Math.imul(k + 1, 2654435761) >>> 24);
const labels = Uint8Array.from({ length: 24 }, (_, k) => k % 3);
const data = images('noise', { channels: 1, height: 6, width: 6 }, pixels, labels);

const grown = { pools: 0, times: 0 };

/** The shared memory releases nothing and grows at every allocation, even while threads run. */
const { allocate } = SharedMemory.prototype;
SharedMemory.prototype.release = () => {};
SharedMemory.prototype.allocate = function (bytes) {
  if (this.pages === 1) grown.pools++;
  const before = this.pages;
  this.end = before * pageSize;
  const at = allocate.call(this, bytes);
  grown.times += Number(this.pages > before);
  return at;
};

/** The digest after two epochs, and the number of correct answers after each batch. */
async function outcome(seed, threads) {
  const net = network(description, { variant: 'authors' });
  const right = [];
  const options = { seed, threads, epochs: 2, batch: 8, shard: 4, learningRate: 0.01 };
  for await (const step of train(net, data, options)) {
    right.push((await step.evaluate(data)).correct);
    if (!step.isEpochEnd) continue;
    await step.state();
    right.push((await evaluate(net, data, { threads })).correct);
  }
  return `${await digest(net.weights)} ${right.join()}`;
}

const said = () => `${runs} runs, ${grown.pools} pools, grown ${grown.times} times, all equal`;

const end = Date.now() + 1000 * seconds;
let told = Date.now();
let runs = 0;
for (let seed = Date.now() >>> 0; Date.now() < end; seed = (seed + 1) >>> 0, runs++) {
  const expected = await outcome(seed, 1);
  const got = await outcome(seed, 2);
  if (got !== expected) {
    console.error(`seed ${seed}: ${got}, expected ${expected}`);
    process.exit(1);
  }
  if (Date.now() - told < 60_000) continue;
  told = Date.now();
  console.log(`${new Date().toISOString()} ${said()}`);
}
console.log(said());
