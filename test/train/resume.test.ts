/** A training that is stopped anywhere resumes to the bits of an unbroken one. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeModel, encodeModel } from '../../src/modelFile/model.ts';
import { evaluate, train, type Progress, type TrainingState } from '../../src/index.ts';
import { drawing } from '../support.ts';
import { anySettings, fresh, pictures, presets, resultOf } from './small.ts';
import type { BackendName } from '../../src/backend/open.ts';

describe('a training that is stopped after any batch', () => {
  /** Trains to the end, and stops after batch `stop` in between; `keep` is what happens to the state meanwhile. */
  async function check(
    keep: (
      state: TrainingState,
      net: ReturnType<typeof fresh>,
    ) => { state: TrainingState; net: ReturnType<typeof fresh> },
    backends: readonly [BackendName, BackendName],
    runs: number,
  ): Promise<void> {
    const cases = fc.record({
      variant: presets,
      settings: anySettings,
      count: fc.integer({ min: 1, max: 9 }),
      at: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ variant, settings, count, at }) => {
        const data = pictures(count);
        const unbroken = fresh(variant);
        const losses: number[] = [];
        for await (const { loss } of train(unbroken, data, { ...settings, backend: backends[0] }))
          losses.push(loss);
        const stop = Math.min(losses.length - 1, Math.floor(at * losses.length));

        const first = fresh(variant);
        let state: TrainingState | undefined;
        const again: number[] = [];
        let totals;
        for await (const step of train(first, data, { ...settings, backend: backends[0] })) {
          again.push(step.loss);
          totals = step.totals;
          if (again.length <= stop) continue;
          state = await step.state();
          break;
        }
        const kept = keep(state!, first);
        for await (const step of train(kept.net, data, { state: kept.state, backend: backends[1] })) {
          again.push(step.loss);
          totals = step.totals;
        }
        expect(again).toEqual(losses);
        expect(await resultOf(kept.net)).toEqual(await resultOf(unbroken));
        expect(totals!.samples).toBe(count);
      }),
      drawing(runs),
    );
  }

  test('goes on from its state', () => check((state, net) => ({ state, net }), ['wasm', 'wasm'], 60));

  test('goes on from its state with another network object', () =>
    check((state, net) => ({ state, net: fresh(net.variant) }), ['wasm', 'wasm'], 20));

  test('goes on from a checkpoint file', () =>
    check(
      (state, net) => {
        const trainSamples = state.totals.samples > 0 ? samplesOf(state) : 1;
        const run = { dataset: 'pictures', trainSamples, testSamples: 1 };
        const epochs = Array.from({ length: state.epoch }, (_, k) => ({
          epoch: k + 1,
          loss: 0.1 * k,
          accuracy: 1 / 3,
          imagesPerSecond: 7,
          spikeRates: { x: 0.5 },
        }));
        const bytes = encodeModel({ net, epochs, training: { state, run } });
        const read = decodeModel(bytes, 'file');
        expect(Buffer.from(encodeModel(read)).equals(bytes)).toBe(true);
        expect(read.training!.state).toEqual(state);
        expect(read.epochs).toEqual(epochs);
        return { net: read.net, state: read.training!.state };
      },
      ['wasm', 'wasm'],
      40,
    ));

  test('goes on from one backend to another', () =>
    check((state, net) => ({ state, net }), ['reference', 'wasm'], 10));

  /** A data set that such a state can be of: whole epochs tell their length, within one there is more to come. */
  function samplesOf({ batch, totals }: TrainingState): number {
    return batch === 0 ? totals.samples : totals.samples + 1;
  }
});

describe('an AbortSignal', () => {
  test('stops after the batch at hand, without an error, and leaves the weights of that batch', async () => {
    for (const optimiser of ['adam', 'sgd'] as const) {
      const controller = new AbortController();
      const net = fresh('authors');
      let steps = 0;
      let state: TrainingState | undefined;
      const options = { batch: 2, epochs: 3, optimiser, signal: controller.signal };
      for await (const step of train(net, pictures(9), options)) {
        if (++steps < 4) continue;
        state = await step.state();
        controller.abort();
      }
      expect(steps).toBe(4);
      expect(net.weights).toEqual(state!.weights);
      expect({ epoch: state!.epoch, batch: state!.batch }).toEqual({ epoch: 0, batch: 4 });
    }
  });

  test('from a timer stops a training that runs', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 20);
    const options = { batch: 2, epochs: 3000, signal: controller.signal };
    let last: Progress | undefined;
    for await (const step of train(fresh('paper'), pictures(6), options)) last = step;
    expect(last!.epoch).toBeLessThan(2999);
  });

  test('that came before the beginning trains nothing', async () => {
    const net = fresh('paper');
    for await (const step of train(net, pictures(3), { signal: AbortSignal.abort() })) {
      expect(step).toBe('never reached');
    }
    expect(net.weights).toHaveLength(4);
  });

  test('stops an evaluation after the batch at hand', async () => {
    const net = fresh('paper');
    for await (const step of train(net, pictures(3))) expect(step.isEpochEnd).toBe(true);
    const controller = new AbortController();
    const progress: number[] = [];
    const { samples, accuracy } = await evaluate(net, pictures(170), {
      signal: controller.signal,
      onProgress: (done, of) => {
        progress.push(done);
        expect(of).toBe(170);
        if (progress.length === 2) controller.abort();
      },
    });
    expect(progress).toHaveLength(2);
    expect(samples).toBe(progress[1]);
    expect(accuracy).toBeGreaterThanOrEqual(0);
  });
});

describe('the network', () => {
  test('has the weights of the last batch when the loop is left, and none from in between before', async () => {
    const net = fresh('authors');
    const weights = [];
    for await (const step of train(net, pictures(9), { batch: 3, epochs: 2 })) {
      if (step.batch === 0) expect(net.weights === undefined || step.epoch > 0).toBe(true);
      const state = await step.state();
      expect(net.weights).toEqual(state.weights);
      expect(net.weights![0]).not.toBe(state.weights[0]);
      weights.push(state.weights);
      if (step.epoch === 1) break;
    }
    expect(net.weights).toEqual(weights.at(-1));
    expect(weights[0]).not.toEqual(weights[1]);
  });

  test('goes on from its own weights in a new training', async () => {
    const net = fresh('paper');
    for await (const step of train(net, pictures(9), { batch: 9 })) expect(step.batch).toBe(0);
    const before = await resultOf(net);
    const first = [];
    for await (const step of train(net, pictures(9), { batch: 9, seed: 5 })) first.push(step.loss);
    const other = fresh('paper');
    const second = [];
    for await (const step of train(other, pictures(9), { batch: 9, seed: 5 })) second.push(step.loss);
    expect(first).not.toEqual(second);
    expect(await resultOf(net)).not.toEqual(before);
  });
});
