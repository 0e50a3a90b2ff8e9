/** A training that resumes from any state gives the bits of an uninterrupted training. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeModel, encodeModel } from '../../src/modelFile/model.ts';
import { variantText } from '../../src/network/network.ts';
import { train, type SpikingNetwork, type TrainingState } from '../../src/index.ts';
import { drawing } from '../support.ts';
import { anyRule, anySettings, fresh, made, pictures, presets, resultOf, run } from './small.ts';

/** Ways to pass on a state and its network between two trainings. */
const ways = {
  'its state, with another network object': (state: TrainingState, { rule, variant }: SpikingNetwork) => ({
    state,
    net: made(rule, variant),
  }),
  'a checkpoint file': (state: TrainingState, net: SpikingNetwork) => {
    // The size of the checkpoint's data set fits the state: the number of samples so far or, within an epoch, one more.
    const { samples } = state.totals;
    const record = { dataset: 'pictures', trainSamples: samples + Number(state.batch > 0), testSamples: 1 };
    const epochs = Array.from({ length: state.epoch }, (_, k) => ({
      epoch: k + 1,
      loss: 0.1 * k,
      accuracy: 1 / 3,
      imagesPerSecond: 7,
      spikeRates: { x: 0.5 },
    }));
    const bytes = encodeModel({ net, epochs, training: { state, run: record } });
    const read = decodeModel(bytes, 'file');
    expect(Buffer.from(encodeModel(read)).equals(bytes)).toBe(true);
    expect(read.training!.state).toEqual(state);
    expect(read.epochs).toEqual(epochs);
    expect([read.net.rule, read.net.variant]).toEqual([net.rule, net.variant]);
    expect(['paper', 'authors']).toContain(variantText(read.net.variant));
    return { state: read.training!.state, net: read.net };
  },
};

test.each(Object.entries(ways))(
  'a training that is stopped after any batch goes on from %s',
  async (_, keep) => {
    const cases = fc.record({
      rule: anyRule,
      variant: presets,
      settings: anySettings,
      count: fc.integer({ min: 1, max: 9 }),
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      backend: fc.constantFrom('wasm', 'wasm', 'reference'),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ rule, variant, settings, count, at, backend }) => {
        const data = pictures(count);
        const unbroken = made(rule, variant);
        const steps: unknown[] = [];
        for await (const { loss, totals } of train(unbroken, data, { ...settings, backend }))
          steps.push({ loss, totals });
        const stop = Math.min(steps.length - 1, Math.floor(at * steps.length));

        const first = made(rule, variant);
        let state: TrainingState | undefined;
        const again: unknown[] = [];
        for await (const step of train(first, data, settings)) {
          again.push({ loss: step.loss, totals: step.totals });
          if (again.length <= stop) continue;
          state = await step.state();
          break;
        }
        const kept = keep(state!, first);
        for await (const { loss, totals } of train(kept.net, data, { state: kept.state }))
          again.push({ loss, totals });
        expect(again).toEqual(steps);
        expect(await resultOf(kept.net)).toEqual(await resultOf(unbroken));
      }),
      drawing(60),
    );
  },
);

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

  test('that came before the beginning trains nothing', async () => {
    const net = fresh('paper');
    for await (const step of train(net, pictures(3), { signal: AbortSignal.abort() })) {
      expect(step).toBe('never reached');
    }
    expect(net.weights).toHaveLength(4);
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
    const data = pictures(9);
    const net = fresh('paper');
    await run(net, data, { batch: 9 });
    const before = await resultOf(net);
    const lossesOf = async (of: SpikingNetwork) =>
      (await run(of, data, { batch: 9, seed: 5 })).map(({ loss }) => loss);
    expect(await lossesOf(net)).not.toEqual(await lossesOf(fresh('paper')));
    expect(await resultOf(net)).not.toEqual(before);
  });
});
