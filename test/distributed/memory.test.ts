/** A rank takes the memory that the formula says, as the system measures it. */
import { expect, test } from 'vitest';
import { writtenBytes, measuredBytes, predictedBytes, works } from '../../docs/clusterMemory.mjs';

/**
 * Megabytes by which two ranks may differ in what they have beside the formula: Node, the data, the library. Less than a gradient of
 * the wide network, 12.7, and a third of the least difference that the formula says for LeNet's samples.
 */
const bound = 10;

test.each(works.map((work) => [work.file.name, work] as const))('of %s is as the formula says', (_, work) => {
  const rest = work.ranks.map((ranks) => {
    const predicted = predictedBytes(work, ranks);
    // What waits for the collector comes on top, now more, now less: the lowest of three runs.
    const runs = Array.from({ length: 3 }, () => measuredBytes(work, ranks));
    return predicted.map((bytes, rank) => (Math.min(...runs.map((run) => run[rank]!)) - bytes) / 1e6);
  });
  console.log(
    work.file.name,
    rest.map((each) => each.map((bytes) => bytes.toFixed(1)).join(' ')).join(' | '),
  );
  const spread = (values: readonly number[]): number => Math.max(...values) - Math.min(...values);
  expect(spread(rest.flatMap(([, ...others]) => others))).toBeLessThan(bound);
  const predicted = spread(work.ranks.map((ranks) => predictedBytes(work, ranks)[0]! / 1e6));
  expect(predicted).toBeGreaterThan(3 * bound);
  // The first rank writes too; what it has written may still lie there or not. Where that is little it follows the formula as well.
  if (writtenBytes(work) / 1e6 < predicted / 4)
    expect(spread(rest.map(([first]) => first!))).toBeLessThan(predicted / 2);
});
