/** What parts are fed: an implementation's own arrays, and the reference's where these differ. */
import type { Interval, Intervals, Values } from './interval.ts';
import { placesOf, type Place } from './keys.ts';
import { groupsOf } from './narrow.ts';
import { take } from './slices.ts';
import type { Setting } from './stagePart.ts';

/** Bytes of arrays that are kept for a diagnosis. */
const mostKept = 2 ** 29;

/** What each part is fed: the reference's arrays where the implementation's differ, or always the latter. */
export type Feed = 'reference' | 'own';

/** Two ways to feed the parts, alike until something differs. */
export interface Feeds {
  readonly own: Map<string, Interval>;
  readonly reference: Map<string, Interval>;
  /** What the parts made between the supplied arrays, of the implementation's own. */
  readonly between: Map<string, Interval>;
  /** Keys of which the two feeds have different arrays. */
  readonly apart: Set<string>;
  readonly made: ReadonlyMap<string, Values>;
  readonly feed: Feed;
  /** Whether these are some samples of a batch, of which no whole windows are kept; and the first of them. */
  readonly isGroup: boolean;
  readonly from: number;
}

/** @param own what was given and what was made: what cannot be judged is taken as it is */
export function feedsOf(
  own: Intervals,
  made: ReadonlyMap<string, Values>,
  feed: Feed,
  isGroup = false,
  from = 0,
): Feeds {
  const [between, apart] = [new Map<string, Interval>(), new Set<string>()];
  return { own: new Map(own), reference: new Map(own), between, apart, made, feed, isGroup, from };
}

/** Lets go of arrays that nobody asks for any more; what a diagnosis would make again is kept while it is small. */
export function dropFrom(
  { own, reference, between, isGroup }: Feeds,
  isDone: (key: string) => boolean,
): void {
  let kept = 0;
  for (const { value, radius } of between.values()) kept += value.byteLength + (radius?.byteLength ?? 0);
  for (const key of reference.keys()) if (isDone(key)) reference.delete(key);
  for (const [key, interval] of own) {
    if (!isDone(key)) continue;
    own.delete(key);
    if (isGroup) continue;
    kept += interval.value.byteLength + (interval.radius?.byteLength ?? 0);
    if (kept <= mostKept) between.set(key, interval);
  }
}

/** Arrays of each sample, which groups of samples are joined by: no windows, which nothing later asks for. */
const isJoined = ({ row }: Place): boolean => row.dimensions.includes('B') && row.dimensions[0] !== 'T';

/** Of the feeds of a group what is joined, without what was made, of which the group has copies. */
export function withoutWindows(feeds: Feeds, places: ReadonlyMap<string, Place>): Feeds {
  for (const feed of [feeds.own, feeds.reference])
    for (const key of feed.keys()) if (!places.has(key) || !isJoined(take(places, key))) feed.delete(key);
  return { ...feeds, made: new Map() };
}

/**
 * The feeds of a batch from those of its groups of samples.
 *
 * @param joined those of the batch, without what was made of its window
 */
export function joinFeeds(groups: readonly Feeds[], joined: Feeds, setting: Setting): Feeds {
  if (groups.length === 1) return groups[0];
  const given = new Set(joined.own.keys());
  const counts = groupsOf(setting).map(({ count }) => count);
  for (const { key } of [...placesOf(setting.network, setting.B).values()].filter(isJoined)) {
    // What is joined is let go of, so that no two of it are held.
    const piecesOf = (what: 'own' | 'reference'): (Interval | undefined)[] =>
      groups.map((group) => {
        const piece = group[what].get(key);
        group[what].delete(key);
        return piece;
      });
    const whole = (pieces: readonly (Interval | undefined)[]): Interval | undefined =>
      pieces.every((piece) => piece !== undefined) ? joinedIntervals(pieces, counts) : undefined;
    const isApart = groups.some(({ apart }) => apart.has(key));
    if (isApart) joined.apart.add(key);
    const [own, reference] = [piecesOf('own'), piecesOf('reference')];
    const theirs = given.has(key) ? undefined : whole(own);
    if (theirs) joined.own.set(key, theirs);
    if (given.has(key) && !isApart) continue;
    const same = theirs && own.every((piece, g) => piece === reference[g]);
    const ours = same ? theirs : whole(reference);
    if (ours) joined.reference.set(key, ours);
  }
  return joined;
}

/** Pieces one after the other. */
function joinedIntervals(pieces: readonly Interval[], counts: readonly number[]): Interval {
  const each = pieces[0].value.length / counts[0];
  const total = each * counts.reduce((sum, count) => sum + count, 0);
  const value = new Float64Array(total);
  const radius = pieces.some((piece) => piece.radius) ? new Float64Array(total) : undefined;
  let at = 0;
  for (const piece of pieces) {
    value.set(piece.value, at);
    if (radius && piece.radius) radius.set(piece.radius, at);
    at += piece.value.length;
  }
  return { value, radius };
}
