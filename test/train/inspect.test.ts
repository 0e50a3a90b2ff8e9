/** `inspect` shows the same bits on both backends, and agrees with `predict` in every view of a sample. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { neuronsOf } from '../../spec/network.ts';
import { evaluate, inspect, predict, requestPrediction, type LayerView } from '../../src/index.ts';
import { anyCase } from '../networks.ts';
import { bits, drawing } from '../support.ts';
import { drawOf, fresh, netOf, pictures, ready, run } from './small.ts';

const bitsOf = ({ spikes, potentials, FI, FO, ...rest }: LayerView): object => ({
  ...rest,
  spikes: bits(spikes),
  potentials: bits(potentials),
  FI: bits(FI),
  FO: bits(FO),
});

function sumOf(values: ArrayLike<number>): number {
  return Array.from(values).reduce((sum, value) => sum + value, 0);
}

describe('inspect', () => {
  test('shows the same bits on both backends, for any network and sample', { timeout: 600_000 }, () => {
    fc.assert(
      fc.property(anyCase, (drawn) => {
        const net = netOf(drawn);
        for (const { input } of drawn.samples.slice(0, 2)) {
          const [wasm, reference] = (['wasm', 'reference'] as const).map((backend) =>
            inspect(net, input, { backend }),
          );
          expect(wasm!.map(bitsOf)).toEqual(reference!.map(bitsOf));
        }
      }),
      drawing(120),
    );
  });

  test('agrees with predict, before and after it', () => {
    fc.assert(
      fc.property(anyCase, (drawn) => {
        const net = netOf(drawn);
        const { input } = drawn.samples[0]!;
        const before = predict(net, input);
        const views = inspect(net, input);
        const after = predict(net, input);
        expect({ ...after, potentials: bits(after.potentials) }).toEqual({
          ...before,
          potentials: bits(before.potentials),
        });
        const output = views.at(-1)!;
        expect(bits(output.FI)).toEqual(bits(before.potentials));
        for (const layer of net.plan.layers.filter(({ spikes }) => spikes)) {
          expect(before.spikes[`${layer.n} ${layer.kind.name}`]).toBe(sumOf(views[layer.n]!.FO));
        }
        const greatest = Math.max(...before.potentials);
        expect(before.label).toBe(before.potentials.findIndex((u) => u === greatest));
      }),
      drawing(60),
    );
  });

  test('has maps whose spikes sum to FO, and potentials that end with the output’s u', () => {
    fc.assert(
      fc.property(anyCase, (drawn) => {
        const net = netOf(drawn);
        const { T, layers, variant, input: map } = net.plan;
        const isFrames = 'frames' in drawn.samples[0]!.input;
        for (const { n, kind, shape, spikes, potentials, FO } of inspect(net, drawn.samples[0]!.input)) {
          const size = neuronsOf(shape);
          const layer = layers[n - 1];
          expect(kind).toBe(layer?.kind.name ?? 'input');
          expect(shape).toEqual(layer?.output ?? map);
          expect(spikes).toHaveLength(T * size);
          expect(FO).toHaveLength(size);
          expect(potentials).toHaveLength(layer && !layer.kind.silent ? T * size : 0);
          const isAccumulated = kind === 'maxPool' && variant.maxPoolFlow === 'accumulated';
          if (layer?.isOutput || isAccumulated || (n === 0 && isFrames)) continue;
          for (let neuron = 0; neuron < size; neuron++) {
            const o = Array.from({ length: T }, (_, t) => spikes[t * size + neuron]!);
            expect(n === 0 ? [-1, 0, 1] : [0, 1]).toEqual(expect.arrayContaining([...new Set(o)]));
            expect(FO[neuron]).toBe(sumOf(o));
          }
        }
      }),
      drawing(40),
    );
  });
});

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
      // More than one batch of an evaluation, and not a multiple.
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
