/** Helpers of the tests of the spec. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { real, type Precision } from '../../spec/arithmetic.ts';
import { buildNetwork, type NetworkDescription } from '../../spec/dictionary.ts';
import type { Layer, LayerDescription, Shape } from '../../spec/network.ts';
import { paper } from '../../spec/variant.ts';
import { drawing } from '../support.ts';

/** A law as a test: drawn `runs` times, seeded from outside. */
export function law<V>(name: string, values: fc.Arbitrary<V>, runs: number, holds: (value: V) => void): void {
  it(name, () => fc.assert(fc.property(values, holds), drawing(runs)));
}

/** Fails unless two lists hold the same numbers; +0 and −0 differ. */
export function expectSame(actual: ArrayLike<number>, expected: ArrayLike<number>, what: string): void {
  expect(actual.length, `${what}: length`).toBe(expected.length);
  for (let n = 0; n < actual.length; n++) {
    if (Object.is(actual[n], expected[n])) continue;
    expect.fail(`${what}: place ${n} is ${actual[n]}, expected ${expected[n]}`);
  }
}

/** The parts of a description besides its layers, to test one layer alone. */
export const alone = { timeWindow: 1, threshold: 1 };

/** A hidden layer, before an output layer of one neuron. */
export function layerOf(
  words: LayerDescription,
  input: Shape,
  precision: Precision = real,
  more: Partial<NetworkDescription> = {},
): Layer {
  const layers: LayerDescription[] = [words, { kind: 'linear', units: 1 }];
  return buildNetwork({ input, ...alone, ...more, layers }, paper, precision).layers[0];
}
