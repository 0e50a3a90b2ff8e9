/** The command uses one thread if memory cannot be shared. It reports a thread that ends or hangs during a training. */
import { expect, test } from 'vitest';
import { isWhole } from '../support.ts';
import { checkpointOf, fresh, json, start, type Outcome } from './process.ts';
import { shortTraining, smallNetwork, writeDataset, writeNetwork } from '../command/world.ts';

const dist = new URL('../../dist/src', import.meta.url).href;
const small = shortTraining(writeDataset('data', 40, 12), writeNetwork('small', smallNetwork));
small.push('--batch', '7', '--shard', '3', '--lr', '0.01');

/** Runs `asf-bp ARGS` in a process that first runs a script. */
function after(script: string, args: readonly string[]): Promise<Outcome> {
  return start(args, { env: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(script)}` } })
    .ended;
}

const noSharedMemory = 'delete globalThis.SharedArrayBuffer;';

test('where threads cannot share memory one does the work and says so, and several are refused', async () => {
  const alone = small.filter(
    (_, at) => at !== small.indexOf('--threads') && at !== small.indexOf('--threads') + 1,
  );
  const { code, out } = await after(noSharedMemory, [...alone, '--out', fresh()]);
  expect(code).toBe(0);
  expect(out).toMatch(
    / · wasm, 1 thread( \(threads cannot share memory here\))?, lanes of \d+ bits( \(256 in Node 24\))? · /,
  );
  expect(await after(noSharedMemory, [...small, '--threads', '2', '--out', fresh()])).toMatchObject({
    code: 2,
    err: 'train: "--threads" expected 1, where threads cannot share memory, got 2\n',
  });
});

/** A program that does not await its read and does not dispose of its backend. */
const forgetful = `
  import { openBackend } from '${dist}/backend/open.js';
  import { models, network } from '${dist}/network/network.js';
  const { plan } = network(models.lenet, { timeWindow: 100 });
  const backend = openBackend('wasm', plan, 'test', 2);
  backend.write(backend.allocate('weights', 5, 1), new Float32Array(200 * 2450));
  let read;
  backend.read(backend.allocate('FO', 1, 1)).then(() => (read = performance.now()));
  process.on('exit', () => console.log(read === undefined ? 'nothing' : performance.now() - read));`;

test('a process waits for a pool that works, and for none that rests', async () => {
  const args = ['--input-type=module', '--eval', forgetful];
  const { code, out } = await start(args, { command: 'node' }).ended;
  expect(code).toBe(0);
  expect(Number(out)).toBeLessThan(500);
});

/** Makes the first thread of a pool end after 60 programs. */
const ending = `
  const threads = process.getBuiltinModule('node:worker_threads');
  const { Worker } = threads;
  let programs = 0;
  let first;
  threads.Worker = class extends Worker {
    constructor(...all) {
      super(...all);
      first ??= this;
      this.on('message', () => ++programs === 60 && first.terminate());
    }
  };`;

/** Makes the first thread of a pool sleep forever at its 60th wait, as if it had missed a program. */
const sleeping = `
  const threads = process.getBuiltinModule('node:worker_threads');
  const { Worker } = threads;
  let started = 0;
  const lost = \`{
    const { wait } = Atomics;
    const nobody = new Int32Array(new SharedArrayBuffer(4));
    let waits = 0;
    Atomics.wait = (...all) => (++waits === 60 ? wait.call(Atomics, nobody, 0, 0) : wait.apply(Atomics, all));
  }\`;
  threads.Worker = class extends Worker {
    constructor(source, options) {
      super(started++ === 0 ? lost + source : source, options);
    }
  };`;

const kept = '; the checkpoint after .* is kept, resume with: npx .* --resume';
/** How a thread fails, the script that causes it, and the printed line. `npm test` runs only the first row. */
const losses: readonly [string, string, RegExp][] = [
  ['ends', ending, new RegExp(`^asf-bp: wasm: .*ended.*${kept}`)],
  ['does not move', sleeping, new RegExp(`^asf-bp: wasm: .*stalled.*${kept}`)],
];

test.each(isWhole ? losses : losses.slice(0, 1))(
  'a thread that %s is told with its cause, and the run goes on to the same digest',
  { timeout: 120_000 },
  async (_, script, line) => {
    const out = fresh();
    const long = [...small, '--epochs', '30', '--threads', '2', '--checkpoint-minutes', '0', '--out', out];
    const { code, err } = await after(script, long);
    expect(code).toBe(1);
    expect(err).toMatch(line);
    expect(err.trimEnd().split('\n').length).toBeLessThan(3);
    expect(checkpointOf(out)).toBeDefined();
    const [resumed, unbroken] = await Promise.all([
      json([...long, '--resume']),
      json([...long.slice(0, -1), fresh()]),
    ]);
    expect(resumed.at(-1)!['digest']).toBe(unbroken.at(-1)!['digest']);
  },
);
