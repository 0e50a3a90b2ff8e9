/** Tests of keys. Every array of a step has one name, and a shape that follows from its layer. */
import { expect, it } from 'vitest';
import { real } from '../../spec/arithmetic.ts';
import { buildNetwork } from '../../spec/dictionary.ts';
import { paper } from '../../spec/variant.ts';
import { slotsOf } from '../../src/oracle/keys.ts';

/** The shapes of a network with these layers, by key. */
const shapesOf = (
  [height, width]: readonly [number, number],
  layers: Parameters<typeof buildNetwork>[0]['layers'],
): Record<string, string> => {
  const description = { input: { channels: 2, height, width }, timeWindow: 7, threshold: 1, layers };
  const places = slotsOf(buildNetwork(description, paper, real), 8);
  return Object.fromEntries([...places].map(([key, { shape }]) => [key, shape.join('×')]));
};

const shapes = shapesOf(
  [5, 4],
  [
    { kind: 'convolution', channels: 3, kernel: 3, padding: 1, bias: true },
    { kind: 'maxPool', size: 2 },
    { kind: 'linear', units: 6 },
  ],
);

/** The keys of a layer's arrays, by shape. */
function ofLayer(n: number): Record<string, string> {
  const all: Record<string, string> = {};
  for (const [key, shape] of Object.entries(shapes))
    if (key.startsWith(`layer${n}.`)) all[shape] = `${all[shape] ?? ''} ${key.slice(7)}`.trim();
  return all;
}

it('arrays of the step, and of each kind of layer, have shapes: a pool has no neurons, the output sends nothing on', () => {
  expect(shapes).toMatchObject({
    image: '8×2×5×4',
    'encode.sample': '8',
    'encode.word': '7×8×2×5×4',
    'input.FO': '8×2×5×4',
    label: '8',
    output: '8×6',
    'loss.sample': '8',
    step: '',
  });
  expect([1, 2, 3].map(ofLayer)).toEqual([
    {
      '3×2×3×3': 'weight dw m.before v.before m v weight.after',
      3: 'bias db bias.m.before bias.v.before bias.m bias.v bias.after',
      '7×8×3×5×4': 'current compared potential spikes',
      '8×3×5×4': 'potential.end FI FO dFO dFI',
      '': 'S.before ratio S',
    },
    { '7×8×3×2×2': 'current spikes', '8×3×2×2': 'FI FO dFO dFI' },
    {
      '6×12': 'weight dw m.before v.before m v weight.after',
      '7×8×6': 'current potential',
      '8×6': 'potential.end FI dFI',
    },
  ]);
});

it('a map of one row is no vector, unless it has one column too', () => {
  const of = (height: number, width: number): string =>
    shapesOf([height, width], [{ kind: 'linear', units: 2 }])['image'];
  expect([of(1, 1), of(1, 2), of(2, 1)]).toEqual(['8×2', '8×2×1×2', '8×2×2×1']);
});
