/** What would decide an array that is undecided: the keys that its bounds are wide for. */
import { neededParts, runParts } from './chain.ts';
import type { Known } from './diagnosis.ts';
import type { Interval } from './interval.ts';
import { lastOf, take } from './slices.ts';
import { readsOf, type StagePart } from './stagePart.ts';

/** At most so many keys are tried, and so many named. */
const mostTried = 12;
const mostNamed = 2;

/**
 * Keys that were not supplied and would decide an array, each alone, the nearest first; where none does, all that its part is
 * made of, if these do together.
 *
 * @param decides whether an interval of the array decides it
 * @param isKey whether something between the parts is an array that can be supplied
 */
export function decidingKeys(
  key: string,
  parts: readonly StagePart[],
  { base, between, made }: Known,
  decides: (interval: Interval) => boolean,
  isKey: (key: string) => boolean,
): string[] {
  const manner = { bounds: true, follow: made, branch: 'all' } as const;
  const chain = neededParts(parts, [key], new Set(base.keys()));
  const target = lastOf(chain);
  const all = runParts(chain, new Map([...between, ...base]), manner, () => true);
  const isLoose = (each: string): boolean => {
    const interval = all.get(each);
    return isKey(each) && !base.has(each) && (interval?.radius ?? interval?.open) !== undefined;
  };
  const candidates = upstream(target, chain).filter(isLoose);
  const named: string[] = [];
  for (const each of candidates.slice(0, mostTried))
    if (named.length < mostNamed && isDecidedBy([each])) named.push(each);
  if (named.length > 0) return named;
  const together = candidates.filter((each) => target.inputs.includes(each));
  return isDecidedBy(together) ? together : [];

  /** Whether the array is decided where these are exactly what is expected of them. */
  function isDecidedBy(keys: readonly string[]): boolean {
    const known = new Map<string, Interval>(all);
    const changed = new Set(keys);
    for (const each of keys) known.set(each, { value: take(all, each).value });
    for (const part of chain) {
      if (!readsOf(part).some((each) => changed.has(each))) continue;
      for (const [each, interval] of part.run(known, manner)) {
        if (part === target && each === key) return decides(interval);
        if (base.has(each) || keys.includes(each)) continue;
        known.set(each, interval);
        changed.add(each);
      }
    }
    return false;
  }
}

/** What a part is made of, the nearest first. */
function upstream(target: StagePart, chain: readonly StagePart[]): string[] {
  const found = new Set(target.inputs);
  for (const key of found)
    for (const { inputs, outputs } of chain)
      if (outputs.includes(key)) for (const each of inputs) found.add(each);
  return [...found];
}
