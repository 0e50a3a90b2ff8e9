/** Keys: every array of a step has one name, and the shape that its layer gives it. */
import { expect, it } from 'vitest';
import { real } from '../../spec/arithmetic.ts';
import { buildNetwork } from '../../spec/dictionary.ts';
import { paper } from '../../spec/variant.ts';
import { placesOf, weightKeys } from '../../src/oracle/keys.ts';

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

/** The arrays of a layer by their shapes. */
const ofLayer = (n: number) => {
  const own = Object.entries(shapes).filter(([key]) => key.startsWith(`layer${n}.`));
  const all = Object.fromEntries(own.map(([, shape]): [string, string] => [shape, '']));
  for (const [key, shape] of own) all[shape] = `${all[shape]} ${key.slice(7)}`.trim();
  return all;
};

it('of a layer with weights, biases and neurons', () =>
  expect(ofLayer(1)).toEqual({
    '3×2×3×3': 'weight dw m.before v.before m v weight.after',
    3: 'bias db bias.m.before bias.v.before bias.m bias.v bias.after',
    '7×8×3×5×4': 'current compared potential spikes',
    '8×3×5×4': 'potential.end FI FO dFO dFI',
    '': 'S.before ratio S',
  }));

it('of a maximum pool, which has no neurons, and of the output layer, which sends nothing on', () => {
  expect(ofLayer(2)).toEqual({ '7×8×3×2×2': 'current spikes', '8×3×2×2': 'FI FO dFO dFI' });
  expect(ofLayer(3)).toEqual({
    '6×12': 'weight dw m.before v.before m v weight.after',
    '7×8×6': 'current potential',
    '8×6': 'potential.end FI dFI',
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
