/** The expected step: every array that follows from what is given, by `spec/` alone. */
import type { Values } from './ball.ts';
import { canRun, exactly } from './chain.ts';
import { splitArrays, withDefaults } from './givens.ts';
import { plainly, settingOf, type Part, type Situation } from './part.ts';
import { buildParts } from './parts/parts.ts';

/**
 * Every array of one training step under its key, what was given included.
 *
 * @param given weights, spikes, labels and what else enters the step; what an implementation has made of it is ignored
 * @param change replaces parts: a mistake planted in the step
 */
export function expectedStep(
  situation: Situation,
  given: ReadonlyMap<string, Values>,
  change: (part: Part) => Part = (part) => part,
): Map<string, Values> {
  const setting = settingOf(situation);
  const sources = withDefaults(exactly(splitArrays(given, setting).given), setting);
  const made = new Map<string, Values>();
  const balls = new Map(sources);
  for (const part of buildParts(setting).map(change)) {
    if (!canRun(part, balls) || part.outputs.every((key) => balls.has(key))) continue;
    for (const [key, ball] of part.run(balls, plainly)) {
      if (balls.has(key)) continue;
      balls.set(key, ball);
      made.set(key, ball.value);
    }
  }
  return new Map([...[...sources].map(([key, { value }]) => [key, value] as const), ...made]);
}
