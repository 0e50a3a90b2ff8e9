/** Splits a tenth of each class off a data set of the user's own that has no test part. */
import { selected, type Dataset } from '../../data/dataset.ts';
import { refuse } from '../../errors.ts';
import { once, type Readers } from './place.ts';

/**
 * The parts of a data set without a test part.
 *
 * @param samples their number and labels
 * @param read the samples at some places, or all
 */
export function inTenths(
  name: string,
  where: string,
  samples: () => Pick<Dataset, 'length' | 'label'>,
  read: (part: string, places?: Int32Array) => Dataset,
): Readers & { readonly whole: () => Dataset } {
  const part = (kind: 'train' | 'test'): Dataset => {
    const { length, label } = samples();
    const places = splitClasses(length, label)[kind];
    const own = `${name} ${kind}`;
    if (places.length === 0) refuse(where, own, 'a class with at least two samples', `${length} in all`);
    return read(own, places);
  };
  return {
    train: () => part('train'),
    test: () => part('test'),
    whole: () => read(name),
    testPart: 'the last tenth of each class',
  };
}

/** {@link inTenths} of samples that are read together, once. */
export function wholeInTenths(name: string, where: string, open: () => Dataset): ReturnType<typeof inTenths> {
  const all = once(open);
  return inTenths(name, where, all, (part, places) =>
    places ? selected(all(), part, places.length, (i) => places[i]) : all(),
  );
}

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
