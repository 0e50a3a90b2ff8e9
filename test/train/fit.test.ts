/**
 * `fit` gives the same records as separate calls that train and evaluate. Resumed from any checkpoint, it gives the same
 * records and weights.
 */
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import {
  evaluate,
  fit,
  network,
  train,
  type Checkpoint,
  type EpochRecord,
  type FitOptions,
} from '../../src/index.ts';
import { drawing } from '../support.ts';
import { anySettings, everyKind, pictures } from './small.ts';

const split = { train: pictures(7), test: pictures(11, 2), validation: pictures(5, 1) };

/** Removes the measured speed, which varies. */
const timeless = (records: readonly EpochRecord[]): EpochRecord[] =>
  records.map((record) => ({ ...record, imagesPerSecond: 0 }));

async function fitted(
  options: FitOptions,
): Promise<{ records: EpochRecord[]; weights: Float32Array[]; checkpoints: Checkpoint[] }> {
  const net = network(everyKind);
  const checkpoints: Checkpoint[] = [];
  const onCheckpoint = (checkpoint: Checkpoint): void => void checkpoints.push(checkpoint);
  const records = [...(options.resume?.epochs ?? [])];
  for await (const record of fit(net, split, { ...options, checkpointMinutes: 0, onCheckpoint }))
    records.push(record);
  return { records, weights: net.weights!, checkpoints };
}

test('an epoch is trained and measured as train and evaluate do it', async () => {
  const options = { epochs: 3, batch: 3, learningRate: 0.01, seed: 3 };
  const { records, weights } = await fitted(options);
  const net = network(everyKind);
  const expected: Partial<EpochRecord>[] = [];
  for await (const { isEpochEnd, epoch, totals, state } of train(net, split.train, options)) {
    if (!isEpochEnd) continue;
    await state();
    const [{ accuracy }, { accuracy: validation }] = [
      await evaluate(net, split.test),
      await evaluate(net, split.validation),
    ];
    const spiking = net.plan.layers.filter(({ spikes }) => spikes);
    const S = Object.fromEntries(spiking.map(({ n, kind }) => [`${n} ${kind.name}`, net.S[n - 1]!]));
    expected.push({ epoch: epoch + 1, loss: totals.loss / totals.samples, accuracy, validation, S });
  }
  expect(records).toMatchObject(expected);
  expect(records.every(({ imagesPerSecond }) => imagesPerSecond > 0)).toBe(true);
  expect(weights).toEqual(net.weights);
});

test('from every checkpoint a run resumes to the records and weights of the whole run', async () => {
  await fc.assert(
    fc.asyncProperty(anySettings, async (settings) => {
      const whole = await fitted(settings);
      for (const resume of whole.checkpoints) {
        const rest = await fitted({ resume });
        expect(rest.weights).toEqual(whole.weights);
        expect(timeless(rest.records)).toEqual(timeless(whole.records));
      }
    }),
    drawing(8),
  );
});

describe('a signal', () => {
  const stopped = (watch: (stop: AbortController) => FitOptions) => {
    const stop = new AbortController();
    return fitted({ epochs: 2, batch: 3, signal: stop.signal, ...watch(stop) });
  };

  test('after a batch leaves a checkpoint of that batch', async () => {
    const { records, checkpoints } = await stopped((stop) => ({
      onBatch: ({ epoch, batch }) => void (epoch === 1 && batch === 0 && stop.abort()),
    }));
    expect(records).toHaveLength(1);
    const { state, epochs } = checkpoints.at(-1)!;
    expect([state.epoch, state.batch, epochs.length]).toEqual([1, 1, 1]);
  });

  test('while an epoch is measured leaves the measurement to the run that resumes', async () => {
    const { records, checkpoints } = await stopped((stop) => ({ onMeasure: () => stop.abort() }));
    expect(records).toEqual([]);
    expect(checkpoints.at(-1)!.epochs).toEqual([]);
    const { records: rest } = await fitted({ resume: checkpoints.at(-1)! });
    expect(rest.map(({ epoch }) => epoch)).toEqual([1, 2]);
  });
});

test('a run opens one memory, for its training and for every evaluation, whether it begins or resumes with one', async () => {
  const { Memory } = WebAssembly;
  const opened = vi.fn((type: WebAssembly.MemoryDescriptor) => new Memory(type));
  const memoriesOf = async (options: FitOptions): Promise<number> => {
    opened.mockClear();
    await fitted({ ...options, backend: 'wasm', threads: 1 });
    return opened.mock.calls.length;
  };
  const { checkpoints } = await fitted({ epochs: 2, batch: 3 });
  const unmeasured = checkpoints.find(
    ({ state, epochs }) => state.batch === 0 && epochs.length < state.epoch,
  );
  vi.spyOn(WebAssembly, 'Memory').mockImplementation(function (type) {
    return opened(type);
  });
  try {
    expect(await memoriesOf({ epochs: 2, batch: 3 })).toBe(1);
    expect(await memoriesOf({ resume: unmeasured! })).toBe(1);
  } finally {
    vi.restoreAllMocks();
  }
});
