/** `predict` accepts any arrays, and `evaluate` gives the results of `predict` for each sample. session.test.ts tests `inspect`. */
import { describe, expect, test } from 'vitest';
import { neuronsOf } from '../../spec/network.ts';
import { evaluate, predict, requestPrediction } from '../../src/index.ts';
import { drawOf, fresh, pictures, ready, run } from './small.ts';

function sumOf(values: ArrayLike<number>): number {
  return Array.from(values).reduce((sum, value) => sum + value, 0);
}

describe('predict', () => {
  test('is awaited with the same result, on each backend', async () => {
    const net = ready();
    const shown = new Float32Array(72).fill(0.7);
    const expected = predict(net, shown);
    for (const backend of ['wasm', 'reference'] as const)
      expect(await requestPrediction(net, shown, { backend })).toEqual(expected);
    expect(await requestPrediction(net, shown, { threads: 2 })).toEqual(expected);
  });

  test('takes arrays of any kind, and gives the same answer each time', async () => {
    const net = fresh('authors');
    await run(net, pictures(9));
    const shown = Array.from({ length: 72 }, (_, k) => (k % 9) / 8);
    const first = predict(net, shown);
    for (const same of [shown, Float64Array.from(shown), Float32Array.from(shown)]) {
      expect(predict(net, same)).toEqual(first);
    }
    expect(predict(net, shown, { draw: { sample: 0 } })).toEqual(first);
    const bytes = Uint8Array.from({ length: 72 }, (_, k) => (k * 37) & 255);
    for (const same of [bytes, new Uint8ClampedArray(bytes)])
      expect(predict(net, same)).toEqual(
        predict(
          net,
          Array.from(bytes, (byte) => byte / 255),
        ),
      );
    const others = [1, 2, 3, 4].map((sample) => predict(net, shown, { draw: { sample } }));
    expect(others).not.toEqual(Array(4).fill(first));
  });

  test('follows the weights when they are replaced', async () => {
    const net = fresh('authors');
    await run(net, pictures(9));
    const shown = new Float32Array(72).fill(1);
    const before = predict(net, shown);
    net.weights = net.weights!.map((w) => w.map((value) => -value));
    expect(predict(net, shown)).not.toEqual(before);
  });
});

describe('evaluate', () => {
  test.each(['paper', 'authors'] as const)(
    'finds what predict says of each sample, under %s',
    async (preset) => {
      const net = fresh(preset);
      await run(net, pictures(30), { epochs: 3, learningRate: 0.01 });
      // More samples than a batch of an evaluation, and not a multiple of it.
      const data = pictures(117, 5);
      const said = Array.from({ length: data.length }, (_, k) => predict(net, data.input(k, drawOf(net, k))));
      const correct = said.filter(({ label }, k) => label === data.label(k)).length;
      for (const backend of ['wasm', 'reference'] as const) {
        const { spikeRates, ...all } = await evaluate(net, data, { backend });
        expect(all).toMatchObject({ samples: 117, correct, accuracy: correct / 117 });
        for (const { n, kind, output } of net.plan.layers.filter((each) => each.spikes)) {
          const name = `${n} ${kind.name}`;
          const rate =
            sumOf(said.map(({ spikes }) => spikes[name]!)) / (neuronsOf(output) * net.plan.T * 117);
          expect(spikeRates[name], name).toBeCloseTo(rate, 12);
        }
      }
    },
  );

  test('has the mean loss of its samples', async () => {
    const net = fresh('paper');
    const data = pictures(7);
    await run(net, data);
    let sum = 0;
    for (let k = 0; k < data.length; k++) {
      const input = () => data.input(k, drawOf(net, k));
      sum += (await evaluate(net, { ...data, length: 1, input, label: () => data.label(k) })).loss;
    }
    expect((await evaluate(net, data)).loss).toBe(sum / data.length);
  });
});
