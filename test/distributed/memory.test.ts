/** A rank uses as much memory as the formula predicts. The system measures the memory. */
import { expect, test } from 'vitest';
import { writtenBytes, measuredBytes, predictedBytes, works } from '../../docs/clusterMemory.mjs';

/**
 * Limit in megabytes on how much ranks differ in memory outside the formula (Node, the data, the library). It is below a gradient
 * of the wide network, 12.7, and below a third of the smallest difference that the formula predicts for LeNet.
 */
const bound = 10;

const spread = (values: readonly number[]): number => Math.max(...values) - Math.min(...values);

test.each(works.map((work) => [work.file.name, work] as const))('of %s is as the formula says', (_, work) => {
  const predicted = work.ranks.map((ranks) => predictedBytes(work, ranks));
  const ofFirst = spread(predicted.map(([first]) => first! / 1e6));
  expect(ofFirst).toBeGreaterThan(3 * bound);
  // The first rank also writes files, and their memory may still be in use. The test compares the first rank only if its files
  // are small.
  const isFirstTold = writtenBytes(work) / 1e6 < ofFirst / 4;
  const isAsSaid = (rest: readonly (readonly number[])[]): boolean =>
    spread(rest.flatMap(([, ...others]) => others)) < bound &&
    (!isFirstTold || spread(rest.map(([first]) => first!)) < ofFirst / 2);

  let least = predicted.map((each) => each.map(() => Infinity));
  const rest = () => least.map((each, k) => each.map((bytes, rank) => (bytes - predicted[k]![rank]!) / 1e6));
  // Memory that awaits garbage collection varies. The test takes the minimum over up to six runs.
  for (let run = 0; run < 6 && !isAsSaid(rest()); run++)
    least = work.ranks.map((ranks, k) =>
      measuredBytes(work, ranks).map((bytes, rank) => Math.min(bytes, least[k]![rank]!)),
    );
  const shown = rest().map((each) => each.map((bytes) => bytes.toFixed(1)).join(' '));
  expect(isAsSaid(rest()), shown.join(' | ')).toBe(true);
});
