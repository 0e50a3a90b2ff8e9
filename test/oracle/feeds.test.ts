/** What parts are fed is kept as long as a part asks for it, or a diagnosis may; and groups of samples are joined to a batch. */
import { describe, expect, it } from 'vitest';
import { real } from '../../spec/arithmetic.ts';
import { paper } from '../../spec/variant.ts';
import { exactly } from '../../src/oracle/chain.ts';
import { dropFrom, feedsOf, joinFeeds, withoutWindows, type Feeds } from '../../src/oracle/feeds.ts';
import type { Interval } from '../../src/oracle/interval.ts';
import { placesOf } from '../../src/oracle/keys.ts';
import { groupsOf } from '../../src/oracle/narrow.ts';
import { settingOf, situationOf } from '../../src/oracle/stagePart.ts';

const numbers = (...values: number[]): Interval => ({ value: Float64Array.from(values) });
const own = (...keys: string[]) => exactly(new Map(keys.map((key) => [key, Float64Array.of(1)])));

/** An interval that claims to take so many bytes. */
function heavy(bytes: number, radiusBytes = 0): Interval {
  const claims = (byteLength: number) => ({ byteLength }) as Float64Array;
  return { value: claims(bytes), ...(radiusBytes > 0 && { radius: claims(radiusBytes) }) };
}

describe('what nobody asks for any more', () => {
  const isDone = (key: string): boolean => key !== 'x';

  it('leaves both feeds; of the own one a diagnosis finds it again', () => {
    const feeds = feedsOf(own('x', 'y'), new Map(), 'reference');
    dropFrom(feeds, isDone);
    expect([...feeds.own.keys(), ...feeds.reference.keys()]).toEqual(['x', 'x']);
    expect([...feeds.between.keys()]).toEqual(['y']);
  });

  it('is not kept of some samples of a batch', () => {
    const feeds = feedsOf(own('x', 'y'), new Map(), 'own', true, 2);
    dropFrom(feeds, isDone);
    expect([feeds.own.has('y'), feeds.between.size, feeds.from]).toEqual([false, 0, 2]);
  });

  it('is kept up to 512 MB, radii and what was kept before among them', () => {
    const half = 2 ** 28;
    const keptOf = (...intervals: Interval[]): string[] => {
      const feeds = feedsOf(new Map(), new Map(), 'own');
      for (const [k, interval] of intervals.entries()) {
        feeds.own.set(`${k}`, interval);
        dropFrom(feeds, isDone);
      }
      return [...feeds.between.keys()];
    };
    expect(keptOf(heavy(half), heavy(half))).toEqual(['0', '1']);
    expect(keptOf(heavy(half), heavy(half), heavy(1))).toEqual(['0', '1']);
    expect(keptOf(heavy(half, half), heavy(1))).toEqual(['0']);
    expect(keptOf(heavy(half, half - 1), heavy(1))).toEqual(['0', '1']);
    expect(keptOf(heavy(1), heavy(half, half))).toEqual(['0']);
  });
});

describe('of a batch in groups of samples', () => {
  const situation = situationOf(
    {
      input: { channels: 1, height: 1, width: 1 },
      timeWindow: 2,
      threshold: 1,
      layers: [{ kind: 'linear', units: 2 }],
    },
    paper,
    real,
    5,
  );
  // Two groups, of two samples and of three.
  const setting = settingOf({ ...situation, atOnce: 4 });
  const places = placesOf(setting.network, 5);

  it('what belongs to samples is left, without windows and without what belongs to the batch', () => {
    const made = new Map([['input.FO', Float64Array.of(0)]]);
    const all = feedsOf(own('input.spikes', 'input.FO', 'layer1.dw', 'layer1.rounding'), made, 'own');
    const feeds = withoutWindows(all, places);
    expect([...feeds.own.keys()]).toEqual(['input.FO']);
    expect([...feeds.reference.keys()]).toEqual(['input.FO']);
    expect(feeds.made.size).toBe(0);
  });

  it('one group is the batch', () => {
    const only = feedsOf(own('input.FO'), new Map(), 'own');
    expect(joinFeeds([only], feedsOf(new Map(), new Map(), 'own'), setting)).toBe(only);
  });

  it('pieces are joined in the order of the samples, with radius 0 where one is exact', () => {
    expect(groupsOf(setting).map(({ count }) => count)).toEqual([2, 3]);
    const groups = [numbers(1, 2), { value: Float64Array.of(3, 4, 5), radius: new Float64Array(3).fill(1) }];
    const joined = joinFeeds(
      // A window is of no use later, and is not joined.
      groups.map((FO) =>
        feedsOf(
          new Map([
            ['input.FO', FO],
            ['input.spikes', FO],
          ]),
          new Map(),
          'own',
        ),
      ),
      feedsOf(new Map(), new Map(), 'own'),
      setting,
    );
    for (const feed of [joined.own, joined.reference]) {
      expect([...feed.get('input.FO')!.value]).toEqual([1, 2, 3, 4, 5]);
      expect([...feed.get('input.FO')!.radius!]).toEqual([0, 0, 1, 1, 1]);
      expect([...feed.keys()]).toEqual(['input.FO']);
    }
    expect(joined.apart.size).toBe(0);
  });

  it('what was joined is let go of, and the feeds share it where each group shared it', () => {
    const join = (change: (groups: Feeds[]) => void) => {
      const groups = [numbers(1, 2), numbers(3, 4, 5)].map((FO) =>
        feedsOf(new Map([['input.FO', FO]]), new Map(), 'own'),
      );
      change(groups);
      const { own: its, reference } = joinFeeds(groups, feedsOf(new Map(), new Map(), 'own'), setting);
      for (const group of groups) expect([group.own.size, group.reference.size]).toEqual([0, 0]);
      return its.get('input.FO') === reference.get('input.FO');
    };
    expect(join(() => {})).toBe(true);
    expect(join(([first]) => first.reference.set('input.FO', numbers(1, 2)))).toBe(false);
  });

  it('what was given stays as it was given; where feeds are apart, the reference has its own', () => {
    const given = numbers(9, 9, 9, 9, 9);
    const join = (isApart: boolean) => {
      const groups = [numbers(1, 2), numbers(3, 4, 5)].map((FO) =>
        feedsOf(new Map([['input.FO', FO]]), new Map(), 'reference'),
      );
      if (isApart) groups[1].apart.add('input.FO');
      return joinFeeds(groups, feedsOf(new Map([['input.FO', given]]), new Map(), 'reference'), setting);
    };
    const [together, apart] = [join(false), join(true)];
    for (const { own: its } of [together, apart]) expect(its.get('input.FO')).toBe(given);
    expect(together.reference.get('input.FO')).toBe(given);
    expect([...apart.reference.get('input.FO')!.value]).toEqual([1, 2, 3, 4, 5]);
    expect([together.apart.has('input.FO'), apart.apart.has('input.FO')]).toEqual([false, true]);
  });

  it('what one group lacks the batch lacks', () => {
    const groups = [feedsOf(own('input.FO'), new Map(), 'own'), feedsOf(new Map(), new Map(), 'own')];
    const joined = joinFeeds(groups, feedsOf(new Map(), new Map(), 'own'), setting);
    expect([joined.own.size, joined.reference.size]).toEqual([0, 0]);
  });
});
