/** Every interleaving of the pool's protocol ends: no deadlock, no task lost or done twice, no failure without a cause. */
import { describe, expect, test } from 'vitest';
import { isWhole } from '../support.ts';
import { explore, type Mends, type Setting } from './poolModel.ts';

const sizes = [
  { workers: 2, programs: 2, steps: 2, tasks: 2 },
  { workers: 2, programs: 4, steps: 1, tasks: 1 },
  // More interleavings than all other cases together.
  ...(isWhole ? [{ workers: 3, programs: 2, steps: 1, tasks: 2 }] : []),
];

describe.each(sizes)('$workers workers, $programs programs, $steps steps, $tasks tasks', (size) => {
  test.each<[string, Partial<Setting>, string[]]>([
    ['without faults every run is done', {}, ['done']],
    ['growth of the memory changes nothing', { grows: true }, ['done']],
    ['a task that fails ends the pool', { fails: true }, ['failed']],
    ['a pool that is disposed ends', { disposes: true }, ['disposed', 'done']],
  ])('%s', (_, setting, ends) => {
    const { wrong, ...explored } = explore({ ...size, ...setting });
    expect(wrong).toBeUndefined();
    expect(explored.ends).toEqual(ends);
  });
});

test('where the engine does not bring views up to date, every run is done or its failure is told', () => {
  const { wrong, ends } = explore({ ...sizes[0]!, grows: true, breaksPromise: true });
  expect(wrong).toBeUndefined();
  expect(ends).toEqual(['done', 'failed']);
});

describe('a protocol without one of its mends is found wrong', () => {
  const small = { workers: 2, programs: 3, steps: 1, tasks: 2 };
  test.each<[keyof Mends, Partial<Setting>, RegExp | string[]]>([
    // A failure without a cause.
    ['growsByNothing', { grows: true }, ['done', 'failed']],
    ['checksReach', { grows: true, breaksPromise: true }, /a step is done with|deadlock/],
    ['tellsFailures', { grows: true, breaksPromise: true }, /deadlock/],
    ['failedStayAway', { fails: true }, ['done', 'failed']],
    ['releasesLate', {}, /deadlock|another program/],
  ])('%s', (mend, setting, found) => {
    const { wrong, ends } = explore({ ...small, ...setting, mends: { [mend]: false } });
    if (found instanceof RegExp) expect(wrong).toMatch(found);
    else expect(ends).toEqual(found);
  });

  test('growth and no check at all loses tasks, or stalls, as the pool did before', () => {
    const { wrong } = explore({
      ...small,
      grows: true,
      mends: { growsByNothing: false, checksReach: false },
    });
    expect(wrong).toMatch(/a step is done with \d of 2 tasks|deadlock/);
  });
});
