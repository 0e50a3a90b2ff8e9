/** Keys: every array of a step has one name, and the shape that its layer gives it. */
import { expect, it } from 'vitest';
import { real } from '../../spec/arithmetic.ts';
import { buildNetwork } from '../../spec/dictionary.ts';
import { paper } from '../../spec/variant.ts';
import { neuronsAt, placesOf, weightKeys } from '../../src/oracle/keys.ts';

const network = buildNetwork(
  {
    input: { channels: 2, height: 5, width: 4 },
    timeWindow: 7,
    threshold: 1,
    layers: [
      { kind: 'convolution', channels: 3, kernel: 3, padding: 1, bias: true },
      { kind: 'maxPool', size: 2 },
      { kind: 'linear', units: 6 },
    ],
  },
  paper,
  real,
);

const shapes = Object.fromEntries(
  [...placesOf(network, 8)].map(([key, { shape }]) => [key, shape.join('×')]),
);

it('of the input and of the whole step', () => {
  expect(shapes).toMatchObject({
    image: '8×2×5×4',
    'encode.seed': '',
    'encode.sample': '8',
    'encode.word': '7×8×2×5×4',
    'input.spikes': '7×8×2×5×4',
    'input.FO': '8×2×5×4',
    label: '8',
    output: '8×6',
    'loss.sample': '8',
    loss: '',
    step: '',
  });
});

/** The arrays of a layer, without its number. */
const ofLayer = (n: number) =>
  Object.fromEntries(
    Object.entries(shapes).flatMap(([key, shape]) => {
      const [, layer, what] = /^layer(\d+)\.(.*)$/.exec(key) ?? [];
      return Number(layer) === n ? [[what, shape]] : [];
    }),
  );

it('of a layer with weights, biases and neurons', () => {
  const [map, window, weight, bias] = ['8×3×5×4', '7×8×3×5×4', '3×2×3×3', '3'];
  expect(ofLayer(1)).toEqual({
    weight,
    bias,
    current: window,
    compared: window,
    potential: window,
    'potential.end': map,
    spikes: window,
    FI: map,
    FO: map,
    'S.before': '',
    ratio: '',
    S: '',
    dFO: map,
    dFI: map,
    dw: weight,
    db: bias,
    'm.before': weight,
    'v.before': weight,
    'bias.m.before': bias,
    'bias.v.before': bias,
    m: weight,
    v: weight,
    'weight.after': weight,
    'bias.m': bias,
    'bias.v': bias,
    'bias.after': bias,
  });
});

it('of a maximum pool, which has no neurons, and of the output layer, which sends nothing on', () => {
  const [map, window] = ['8×3×2×2', '7×8×3×2×2'];
  expect(ofLayer(2)).toEqual({ current: window, spikes: window, FI: map, FO: map, dFO: map, dFI: map });
  const [units, weight] = ['8×6', '6×12'];
  expect(ofLayer(3)).toEqual({
    weight,
    current: '7×8×6',
    potential: '7×8×6',
    'potential.end': units,
    FI: units,
    dFI: units,
    dw: weight,
    'm.before': weight,
    'v.before': weight,
    m: weight,
    v: weight,
    'weight.after': weight,
  });
});

it('a map of one row is no vector, unless it has one column too', () => {
  const of = (height: number, width: number) => {
    const layers = [{ kind: 'linear', units: 2 }] as const;
    const one = { input: { channels: 3, height, width }, timeWindow: 1, threshold: 1, layers };
    return placesOf(buildNetwork(one, paper, real), 1).get('image')!.shape;
  };
  expect([of(1, 1), of(1, 2), of(2, 1)]).toEqual([
    [1, 3],
    [1, 3, 1, 2],
    [1, 3, 2, 1],
  ]);
});

it('the weights of a layer come before its biases', () => {
  expect(network.layers.map(weightKeys)).toEqual([['layer1.weight', 'layer1.bias'], [], ['layer3.weight']]);
});

it('neurons of the input, and of a layer', () => {
  expect([0, 1, 2, 3].map((n) => neuronsAt(network, n))).toEqual([40, 60, 12, 6]);
});
