/** The test part of a set of the user's own that has none: a tenth of each class. */
import type { Dataset } from '../../data/dataset.ts';
import { refuse } from '../../errors.ts';

/** How the test part was chosen, in words. */
export const tenthOfClasses = 'the last tenth of each class';

/**
 * The places of both parts, in the set's order: the last tenth of each class, rounded up, is for testing; a class of one sample is
 * for training. So a set whose samples are sorted by class has all of them in both parts.
 */
export function splitClasses(
  length: number,
  labelOf: (i: number) => number,
): { train: Int32Array; test: Int32Array } {
  const counts = new Map<number, number>();
  for (let i = 0; i < length; i++) counts.set(labelOf(i), (counts.get(labelOf(i)) ?? 0) + 1);
  const heldOf = (count: number): number => (count > 1 ? Math.ceil(count / 10) : 0);
  const held = [...counts.values()].reduce((sum, count) => sum + heldOf(count), 0);
  const parts = { train: new Int32Array(length - held), test: new Int32Array(held) };
  const seen = new Map<number, number>();
  const filled = { train: 0, test: 0 };
  for (let i = 0; i < length; i++) {
    const label = labelOf(i);
    const count = counts.get(label)!; // counted above
    const before = seen.get(label) ?? 0;
    seen.set(label, before + 1);
    const kind = before < count - heldOf(count) ? 'train' : 'test';
    parts[kind][filled[kind]++] = i;
  }
  return parts;
}

/** Some samples of a data set, as one of its own. */
export function pick(data: Dataset, name: string, places: Int32Array, where: string): Dataset {
  if (places.length === 0) refuse(where, name, 'two samples of a class or more', `${data.length} in all`);
  return {
    name,
    shape: data.shape,
    length: places.length,
    input: (i, draw) => data.input(places[i], draw),
    label: (i) => data.label(places[i]),
    ...(data.bytes && { bytes: (i: number) => data.bytes!(places[i]) }), // it has them, as tested
  };
}
