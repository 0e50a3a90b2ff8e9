/** The command uses one thread where memory cannot be shared, and survives a thread that ends in the middle of a run. */
import { expect, test } from 'vitest';
import { isWhole } from '../support.ts';
import { checkpointOf, fresh, json, start, type Outcome } from './process.ts';
import { smallNetwork, writeDataset, writeNetwork } from '../command/world.ts';

const dist = new URL('../../dist/src', import.meta.url).href;
const dataset = writeDataset('data', 40, 12);
const model = writeNetwork('small', smallNetwork);
const small = [
  'train',
  '--dataset',
  dataset,
  '--model',
  model,
  '--epochs',
  '2',
  '--batch',
  '7',
  '--shard',
  '3',
  '--lr',
  '0.01',
];

/** Runs `asf-bp ARGS` after a script. */
function after(script: string, args: readonly string[]): Promise<Outcome> {
  return start(args, { env: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(script)}` } })
    .ended;
}

const noSharedMemory = 'delete globalThis.SharedArrayBuffer;';

test('where threads cannot share memory one does the work and says so', async () => {
  const { code, out } = await after(noSharedMemory, [...small, '--out', fresh()]);
  expect(code).toBe(0);
  expect(out).toMatch(
    / · wasm, 1 thread( \(threads cannot share memory here\))?, lanes of \d+ bits( \(256 in Node 24\))? · /,
  );
});

test('where threads cannot share memory several are refused', async () => {
  const { code, err } = await after(noSharedMemory, [...small, '--threads', '2', '--out', fresh()]);
  expect({ code, err }).toEqual({
    code: 2,
    err: 'train: "--threads" expected 1, where threads cannot share memory, got 2\n',
  });
});

/** A program that does not wait for its pool, nor dispose of it. */
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

/** A pool whose first thread ends like this; without an option of the thread, after 60 programs. */
const ending = (how: string): string => `
  const threads = process.getBuiltinModule('node:worker_threads');
  const { Worker } = threads;
  let started = 0;
  let programs = 0;
  let first;
  threads.Worker = class extends Worker {
    constructor(source, options) {
      const isFirst = started++ === 0;
      super(source, isFirst ? { ...options, ${how} } : options);
      if (isFirst) first = this;
      if (${how === ''}) this.on('message', () => ++programs === 60 && first.terminate());
    }
  };`;

/** How a thread ends, the option that makes it end, and the line that is shown. The first is tried wherever somebody waits. */
const endings: readonly [string, string, RegExp][] = [
  [
    'exits',
    '',
    /^asf-bp: wasm: a thread of the pool ended: exit code 1; the checkpoint after .* is kept, go on with: npx .* --resume/,
  ],
  [
    'runs out of memory',
    'resourceLimits: { maxOldGenerationSizeMb: 1, maxYoungGenerationSizeMb: 1 }',
    // It depends on the runtime whether that is enough to start.
    /^(asf-bp: wasm: a thread of the pool ended|wasm: thread 1 of 2 cannot start): .*memory/,
  ],
];

test.each(isWhole ? endings : endings.slice(0, 1))(
  'a thread that %s is told with its cause, and the run goes on to the same digest',
  async (_, how, line) => {
    const out = fresh();
    const long = [...small, '--epochs', '15', '--threads', '2', '--out', out];
    const { code, err } = await after(ending(how), long);
    expect(code).not.toBe(0);
    expect(err).toMatch(line);
    expect(err.trimEnd().split('\n').length).toBeLessThan(3);
    if (how === '') expect(checkpointOf(out)).toBeDefined();
    const [resumed, unbroken] = await Promise.all([
      json([...long, '--resume']),
      json([...long.slice(0, -1), fresh()]),
    ]);
    expect(resumed.at(-1)!['digest']).toBe(unbroken.at(-1)!['digest']);
  },
);

/** A pool whose first thread sleeps for ever at its 60th wait: to the others it looks as if it had missed a program. */
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

test.runIf(isWhole)(
  'a pool that does not move ends with an error that names what each thread waits for, and its checkpoint resumes',
  { timeout: 120_000 },
  async () => {
    const out = fresh();
    const long = [...small, '--epochs', '30', '--threads', '2', '--out', out];
    const { code, err } = await after(sleeping, [...long, '--checkpoint-minutes', '0']);
    expect(code).toBe(1);
    expect(err).toMatch(
      /^asf-bp: wasm: the pool of 2 threads stalled: no progress for 15 s: program \d+ was given; thread 0 waits for .*; thread 1 waits for .*; the checkpoint after .* is kept, /,
    );
    expect(checkpointOf(out)).toBeDefined();
    const [resumed, unbroken] = await Promise.all([
      json([...long, '--resume']),
      json([...long.slice(0, -1), fresh()]),
    ]);
    expect(resumed.at(-1)!['digest']).toBe(unbroken.at(-1)!['digest']);
  },
);
