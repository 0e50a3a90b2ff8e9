/** The test part of a set of the user's own that has none: a tenth of each class. */
import type { Dataset } from '../../data/dataset.ts';
import { refuse } from '../../errors.ts';

/** How the test part was chosen, in words. */
export const tenthOfClasses = 'the last tenth of each class';

/**
 * The places of both parts, in the set's order: the last tenth of each class, rounded up, is for testing; a class of one sample is
 * for training. So a set whose samples are sorted by class has all of them in both parts.
 */
export function splitClasses(labels: ArrayLike<number>): { train: number[]; test: number[] } {
  const counts = new Map<number, number>();
  for (let i = 0; i < labels.length; i++) counts.set(labels[i], (counts.get(labels[i]) ?? 0) + 1);
  const seen = new Map<number, number>();
  const parts = { train: [] as number[], test: [] as number[] };
  for (let i = 0; i < labels.length; i++) {
    const [label, count] = [labels[i], counts.get(labels[i])!]; // counted above
    const before = seen.get(label) ?? 0;
    seen.set(label, before + 1);
    const isTest = count > 1 && before >= count - Math.ceil(count / 10);
    parts[isTest ? 'test' : 'train'].push(i);
  }
  return parts;
}

/** Some samples of a data set, as one of its own. */
export function pick(data: Dataset, name: string, places: readonly number[], where: string): Dataset {
  if (places.length === 0) refuse(where, name, 'two samples of a class or more', `${data.length} in all`);
  return {
    name,
    shape: data.shape,
    length: places.length,
    input: (i, draw) => data.input(places[i], draw),
    label: (i) => data.label(places[i]),
    ...(data.bytes && { bytes: (i: number) => data.bytes!(places[i]) }),
  };
}
