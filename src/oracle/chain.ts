/** Running parts: which are needed, and one after the other. */
import type { Arrays, Interval, Intervals } from './interval.ts';
import { readsOf, type Arithmetic, type StagePart } from './stagePart.ts';

/** The parts without which the wanted keys cannot be had from those that are there, in their order. */
export function neededParts(
  parts: readonly StagePart[],
  wanted: Iterable<string>,
  there: ReadonlySet<string>,
): StagePart[] {
  const open = new Set(wanted);
  const needed: StagePart[] = [];
  for (const part of [...parts].reverse()) {
    if (!part.outputs.some((key) => open.has(key))) continue;
    needed.unshift(part);
    for (const key of part.inputs) if (!there.has(key)) open.add(key);
  }
  return needed;
}

/** Whether a part has all its inputs. */
export function canRun(part: StagePart, intervals: Intervals): boolean {
  return part.inputs.every((key) => intervals.has(key));
}

/**
 * Runs parts that have their inputs; what they make is added to what is there and does not replace it. What no later
 * part asks for, and is not wanted, is let go of: a window of spikes is large.
 */
export function runParts(
  parts: readonly StagePart[],
  there: Intervals,
  manner: Arithmetic,
  wanted: (key: string) => boolean,
): Map<string, Interval> {
  const intervals = new Map(there);
  const last = lastUses(parts);
  for (const [place, part] of parts.entries()) {
    if (!canRun(part, intervals)) continue;
    for (const [key, interval] of part.run(intervals, manner))
      if (!there.has(key)) intervals.set(key, interval);
    for (const key of intervals.keys()) {
      if (!there.has(key) && !wanted(key) && (last.get(key) ?? -1) <= place) intervals.delete(key);
    }
  }
  return intervals;
}

/** The place of the last part that asks for each key. */
function lastUses(parts: readonly StagePart[]): Map<string, number> {
  const last = new Map<string, number>();
  for (const [place, part] of parts.entries()) for (const key of readsOf(part)) last.set(key, place);
  return last;
}

/** Arrays as intervals without radius. */
export function exactly(arrays: Arrays): Map<string, Interval> {
  return new Map([...arrays].map(([key, value]) => [key, { value }]));
}
