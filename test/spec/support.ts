import fc from 'fast-check';
import { expect, it } from 'vitest';
import { real, type Precision } from '../../spec/arithmetic.ts';
import { buildNetwork, type NetworkDescription } from '../../spec/dictionary.ts';
import type { Layer, LayerDescription, Shape } from '../../spec/network.ts';
import { paper } from '../../spec/variant.ts';
import { drawing } from '../support.ts';

/** Defines a property test with `runs` draws. */
export function law<V>(name: string, values: fc.Arbitrary<V>, runs: number, holds: (value: V) => void): void {
  it(name, () => fc.assert(fc.property(values, holds), drawing(runs)));
}

/** Like {@link law}, for a property that is awaited. */
export function awaitedLaw<V>(
  name: string,
  values: fc.Arbitrary<V>,
  runs: number,
  holds: (value: V) => Promise<void>,
): void {
  it(name, { timeout: 600_000 }, () => fc.assert(fc.asyncProperty(values, holds), drawing(runs)));
}

/** Two lists must have the same numbers; +0 and −0 differ. */
export function expectSame(actual: ArrayLike<number>, expected: ArrayLike<number>, what: string): void {
  expect(actual.length, `${what}: length`).toBe(expected.length);
  for (let n = 0; n < actual.length; n++) {
    if (Object.is(actual[n], expected[n])) continue;
    expect.fail(`${what}: place ${n} is ${actual[n]}, expected ${expected[n]}`);
  }
}

/** The description of a network, without its layers, for tests of one layer. */
export const alone = { timeWindow: 1, threshold: 1 };

/** A hidden layer, followed by an output layer of one neuron. */
export function layerOf(
  words: LayerDescription,
  input: Shape,
  precision: Precision = real,
  more: Partial<NetworkDescription> = {},
): Layer {
  const layers: LayerDescription[] = [words, { kind: 'linear', units: 1 }];
  return buildNetwork({ input, ...alone, ...more, layers }, paper, precision).layers[0];
}
