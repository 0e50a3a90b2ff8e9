/** Running parts: which are needed, and one after the other. */
import type { Arrays, Ball, Balls } from './ball.ts';
import type { Manner, Part } from './part.ts';

/** The parts without which the wanted keys cannot be had from those that are there, in their order. */
export function neededParts(
  parts: readonly Part[],
  wanted: Iterable<string>,
  there: ReadonlySet<string>,
): Part[] {
  const open = new Set(wanted);
  const needed: Part[] = [];
  for (const part of [...parts].reverse()) {
    if (!part.outputs.some((key) => open.has(key))) continue;
    needed.unshift(part);
    for (const key of part.inputs) if (!there.has(key)) open.add(key);
  }
  return needed;
}

/** Whether a part has all its inputs. */
export function canRun(part: Part, balls: Balls): boolean {
  return part.inputs.every((key) => balls.has(key));
}

/**
 * Runs parts that have their inputs; what they make is added to what is there and does not replace it. What no later
 * part asks for, and is not wanted, is let go of: a window of spikes is large.
 */
export function runParts(
  parts: readonly Part[],
  there: Balls,
  manner: Manner,
  wanted: (key: string) => boolean,
): Map<string, Ball> {
  const balls = new Map(there);
  const last = lastUses(parts);
  for (const [place, part] of parts.entries()) {
    if (!canRun(part, balls)) continue;
    for (const [key, ball] of part.run(balls, manner)) if (!there.has(key)) balls.set(key, ball);
    for (const key of balls.keys()) {
      if (!there.has(key) && !wanted(key) && (last.get(key) ?? -1) <= place) balls.delete(key);
    }
  }
  return balls;
}

/** The place of the last part that asks for each key. */
export function lastUses(parts: readonly Part[]): Map<string, number> {
  const last = new Map<string, number>();
  for (const [place, { inputs, hints = [] }] of parts.entries())
    for (const key of [...inputs, ...hints]) last.set(key, place);
  return last;
}

/** Arrays as balls without radius. */
export function exactly(arrays: Arrays): Map<string, Ball> {
  return new Map([...arrays].map(([key, value]) => [key, { value }]));
}
