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
  const sources = withDefaults(exactly(splitArrays(given, setting).given), setting);
  const made = new Map<string, Values>();
  const intervals = new Map(sources);
  for (const part of partsOf(setting).map(change)) {
    if (!canRun(part, intervals) || intervals.has(part.outputs[0])) continue;
    for (const [key, interval] of part.run(intervals, plainly)) {
      if (intervals.has(key)) continue;
      intervals.set(key, interval);
      made.set(key, interval.value);
    }
  }
  return new Map([...[...sources].map(([key, { value }]) => [key, value] as const), ...made]);
}
