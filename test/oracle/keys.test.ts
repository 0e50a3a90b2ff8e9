/** Keys: every array of a step has one name, and the shape that its layer gives it. */
import { expect, it } from 'vitest';
import { real } from '../../spec/arithmetic.ts';
import { buildNetwork } from '../../spec/dictionary.ts';
import { paper } from '../../spec/variant.ts';
import { placesOf } from '../../src/oracle/keys.ts';

/** The shapes of a network with these layers, by key. */
const shapesOf = (
  [height, width]: readonly [number, number],
  layers: Parameters<typeof buildNetwork>[0]['layers'],
): Record<string, string> => {
  const description = { input: { channels: 2, height, width }, timeWindow: 7, threshold: 1, layers };
  const places = placesOf(buildNetwork(description, paper, real), 8);
  return Object.fromEntries([...places].map(([key, { shape }]) => [key, shape.join('×')]));
};

it('arrays of samples, weights and biases have the shapes of their layers', () => {
  const shapes = shapesOf(
    [5, 4],
    [
      { kind: 'convolution', channels: 3, kernel: 3, padding: 1, bias: true },
      { kind: 'maxPool', size: 2 },
      { kind: 'linear', units: 6 },
    ],
  );
  expect(shapes).toMatchObject({
    image: '8×2×5×4',
    'encode.sample': '8',
    'encode.word': '7×8×2×5×4',
    output: '8×6',
    loss: '',
    'layer1.weight.after': '3×2×3×3',
    'layer1.bias.v.before': '3',
    'layer1.compared': '7×8×3×5×4',
    'layer1.dFI': '8×3×5×4',
    'layer3.dw': '6×12',
  });
  // A maximum pool has no neurons, and the output layer sends nothing on.
  const of = (n: number): string[] => Object.keys(shapes).filter((key) => key.startsWith(`layer${n}.`));
  expect(of(2).map((key) => key.slice(7))).toEqual(['current', 'spikes', 'FI', 'FO', 'dFO', 'dFI']);
  expect(of(3)).not.toContain('layer3.spikes');
});

it('a map of one row is no vector, unless it has one column too', () => {
  const of = (height: number, width: number): string =>
    shapesOf([height, width], [{ kind: 'linear', units: 2 }])['image'];
  expect([of(1, 1), of(1, 2), of(2, 1)]).toEqual(['8×2', '8×2×1×2', '8×2×2×1']);
});
