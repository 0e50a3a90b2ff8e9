/** Frames count the events of each step. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkBinning, computeFrames, type Binning } from '../../src/data/frames.ts';
import type { Events } from '../../src/formats/events.ts';
import { refusalOf } from '../fuzz/refusal.ts';
import type { Event } from '../formats/encoders.ts';
import { law } from '../spec/support.ts';

const eventsOf = (list: readonly Event[]): Events => ({
  x: Uint16Array.from(list, ([x]) => x),
  y: Uint16Array.from(list, ([, y]) => y),
  polarity: Uint8Array.from(list, ([, , polarity]) => polarity),
  t: Float64Array.from(list, ([, , , t]) => t),
});
const small: Binning = { T: 2, ms: 1, injections: 1, shape: { channels: 2, height: 1, width: 2 }, pool: 3 };

describe('computeFrames', () => {
  const times = fc.oneof(
    fc.integer({ min: -500, max: 5000 }),
    fc.constantFrom(-0.5, 999.5, 1000, 1999.5, 2000),
  );
  const event = fc.tuple(fc.nat(8), fc.nat(4), fc.nat(1), times);
  const drawn = fc.record({
    list: fc.array(event, { maxLength: 50 }),
    steps: fc.integer({ min: 1, max: 4 }),
    ms: fc.integer({ min: 1, max: 3 }),
    pool: fc.integer({ min: 1, max: 3 }),
  });
  const binningOf = ({ steps, ms, pool }: { steps: number; ms: number; pool: number }): Binning => ({
    T: steps,
    ms,
    injections: 1,
    shape: { channels: 2, height: Math.floor(5 / pool), width: Math.floor(9 / pool) },
    pool,
  });

  law('counts each event in its cell and step once, whatever the order of the file', drawn, 300, (each) => {
    const binning = binningOf(each);
    const { shape, pool, ms, T } = binning;
    const frames = computeFrames(eventsOf(each.list), binning);
    expect(computeFrames(eventsOf([...each.list].reverse()), binning)).toEqual(frames);
    let place = 0;
    for (let k = 0; k < T; k++)
      for (let polarity = 0; polarity < 2; polarity++)
        for (let row = 0; row < shape.height; row++)
          for (let column = 0; column < shape.width; column++) {
            const inside = each.list.filter(
              ([x, y, p, t]) =>
                p === polarity &&
                (x - (x % pool)) / pool === column &&
                (y - (y % pool)) / pool === row &&
                t >= k * ms * 1000 &&
                t < (k + 1) * ms * 1000,
            );
            expect(frames[place++]).toBe(inside.length);
          }
    expect(place).toBe(frames.length);
  });

  law('three injections are the same frames three times', drawn, 100, (each) => {
    const binning = binningOf(each);
    const once = computeFrames(eventsOf(each.list), binning);
    const thrice = computeFrames(eventsOf(each.list), { ...binning, T: 3 * binning.T, injections: 3 });
    expect([...thrice]).toEqual([...once, ...once, ...once]);
  });
});

const wrong: readonly [Partial<Binning>, string][] = [
  [{ T: 0 }, '"T" expected a whole number from 1 to 65535, got 0'],
  [{ ms: 0 }, '"ms" expected a finite number above 0'],
  [{ injections: 3, T: 4 }, '"T" expected a multiple of the 3 injections, got 4'],
  [{ pool: 0 }, '"pool" expected a whole number from 1'],
  [{ shape: { channels: 1, height: 1, width: 1 } }, '"shape.channels" expected 2, OFF and ON, got 1'],
];
it.each(wrong)('checkBinning refuses %j', (change, expected) => {
  expect(refusalOf(() => checkBinning('set', { ...small, ...change }))).toContain(`set: ${expected}`);
});
