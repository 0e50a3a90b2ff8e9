/** The expected step: every array that follows from what is given, by `spec/` alone. */
import type { Values } from './interval.ts';
import { canRun, exactly } from './chain.ts';
import { splitArrays, withDefaults } from './stepInputs.ts';
import { plainly, settingOf, type StagePart, type StageSetting } from './stagePart.ts';
import { partsOf } from './parts/parts.ts';

/**
 * Every array of one training step under its key, what was given included.
 *
 * @param given weights, spikes, labels and what else enters the step; what an implementation has made of it is ignored
 * @param change replaces parts: a mistake planted in the step
 */
export function expectedStep(
  situation: StageSetting,
  given: ReadonlyMap<string, Values>,
  change: (part: StagePart) => StagePart = (part) => part,
): Map<string, Values> {
  const setting = settingOf(situation);
  const intervals = withDefaults(exactly(splitArrays(given, setting).given), setting);
  for (const part of partsOf(setting).map(change)) {
    if (!canRun(part, intervals) || intervals.has(part.outputs[0])) continue;
    for (const [key, interval] of part.run(intervals, plainly)) intervals.set(key, interval);
  }
  return new Map([...intervals].map(([key, { value }]) => [key, value]));
}
