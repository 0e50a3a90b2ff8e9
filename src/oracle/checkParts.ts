/** Parts one after the other: each is run on what it was fed, and what the implementation made of it is compared. */
import type { Intervals } from './interval.ts';
import { canRun } from './chain.ts';
import { compare, placesOff, type Comparison } from './compare.ts';
import type { Wrong } from './diagnosis.ts';
import { dropFrom, type Feeds } from './feeds.ts';
import { placesOf, type Place } from './keys.ts';
import { placesIn } from './narrow.ts';
import { stepBase, talliesOf, type Tallies } from './power.ts';
import { take } from './slices.ts';
import type { StagePart, Setting } from './stagePart.ts';
import type { Untold } from './untold.ts';

/** What is found of an array, or of some of its samples. */
export interface Judgement {
  readonly key: string;
  readonly comparison: Comparison;
  /** Whether it is right for the implementation's own inputs. */
  readonly isOwnRight: boolean;
  readonly tallies: Tallies;
  /** Where it is not: the first sample, and places there. */
  readonly wrong?: Pick<Wrong, 'sample' | 'places'>;
}

interface PartsManner {
  /** Whether no part after the one at this place asks for a key. */
  readonly isDone: (key: string, at: number) => boolean;
  readonly tell: (part: string, done: number) => void;
  /** Gathers what the arrays that agree do not tell. */
  readonly untold: Untold;
}

/** Checks parts that have their inputs. */
export function checkParts(
  parts: readonly StagePart[],
  setting: Setting,
  feeds: Feeds,
  { isDone, tell, untold }: PartsManner,
): Judgement[] {
  const places = placesOf(setting.network, setting.B);
  const pieces: Judgement[] = [];
  for (const [at, part] of parts.entries()) {
    tell(part.id, at);
    if (!canRun(part, feeds.own)) continue;
    pieces.push(...checkPart(part, setting, places, feeds, untold));
    dropFrom(feeds, (key) => isDone(key, at));
  }
  return pieces;
}

function checkPart(
  part: StagePart,
  setting: Setting,
  places: ReadonlyMap<string, Place>,
  feeds: Feeds,
  untold: Untold,
): Judgement[] {
  const { network } = setting;
  const { made, from } = feeds;
  const judged = part.outputs.filter((key) => made.has(key) && places.has(key));
  const own = part.run(feeds.own, { bounds: true, follow: made, branch: 'all' });
  const judge = (intervals: Intervals) =>
    new Map(
      judged.map((key) => [
        key,
        compare(take(places, key), take(intervals, key), take(made, key), { made: intervals, network, from }),
      ]),
    );
  const byOwn = judge(own);
  const isRight = [...byOwn.values()].every(({ differing }) => differing === 0);
  if (isRight) untold.meet(part, setting, { inputs: feeds.own, own, made });
  const isApart = part.inputs.some((key) => feeds.apart.has(key));
  const asReference = feeds.feed === 'own' || (isRight && !isApart);
  const reference = asReference
    ? own
    : part.run(feeds.reference, { bounds: true, follow: made, branch: 'open' });
  const byReference = asReference ? byOwn : judge(reference);
  const differs = [...byReference.values()].some(({ differing }) => differing > 0);
  // What a wrong array does where rounding leaves a spike open is no evidence of which branch was taken.
  const unfollowed =
    differs && [...reference.values()].some(({ open }) => open)
      ? part.run(feeds.reference, { bounds: true, follow: new Map(), branch: 'open' })
      : reference;
  for (const key of part.outputs) {
    const interval = take(own, key);
    if (!made.has(key)) feeds.own.set(key, interval);
    const agrees = byReference.get(key)?.differing === 0;
    feeds.reference.set(key, agrees ? { value: take(made, key) } : take(unfollowed, key));
    if (!agrees && (made.has(key) || !asReference)) feeds.apart.add(key);
  }
  return judged.map((key): Judgement => {
    const place = take(places, key);
    const first = take(byOwn, key).first;
    const comparison = take(byReference, key);
    const isWrong = comparison.differing > 0 && first !== undefined;
    return {
      key,
      comparison,
      isOwnRight: first === undefined,
      tallies: talliesOf(take(reference, key), place.shape, stepBase(key, feeds.own), take(made, key)),
      ...(isWrong && { wrong: wrongIn(place, first.sample ?? 0) }),
    };
  });

  function wrongIn(place: Place, sample: number): Pick<Wrong, 'sample' | 'places'> {
    const off = placesOff(take(own, place.key), take(made, place.key));
    return { sample, places: placesIn(place, off, sample - from) };
  }
}
