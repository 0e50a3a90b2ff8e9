/** A training checks a state before it resumes from it, and gives the state of the latest batch alone. */
import { describe, expect, test } from 'vitest';
import { train, type Progress, type TrainingState, type TrainOptions } from '../../src/index.ts';
import { pictures, ready, refused, run } from './small.ts';

async function stateOf(net: ReturnType<typeof ready>, options: TrainOptions = {}): Promise<TrainingState> {
  for await (const step of train(net, pictures(9), options)) return step.state();
  throw new Error('no step');
}

describe('a state', () => {
  test.each<[string, (state: TrainingState) => unknown, RegExp]>([
    ['S', (state) => ({ ...state, S: [1] }), /"state.S" expected 6 numbers, one a layer/],
    [
      'spikes',
      (state) => ({ ...state, totals: { ...state.totals, spikes: [] } }),
      /"state.totals.spikes" expected 6/,
    ],
    [
      'moments',
      (state) => ({ ...state, moments: { m: [], v: [] } }),
      /"moments m" expected a list of 4 arrays, got 0/,
    ],
    [
      'weights',
      (state) => ({ ...state, weights: undefined }),
      /"weights" expected a list of 4 arrays, got nothing/,
    ],
    ['batch', (state) => ({ ...state, batch: 99 }), /"state.batch" expected a whole number from 0 to 2/],
    ['everything', () => 3, /"state" expected an object, got 3/],
  ])('with wrong %s is refused', async (_, change, expected) => {
    const state = await stateOf(ready(), { batch: 3 });
    await refused(() => run(ready(), pictures(9), { state: change(state) as TrainingState }), expected);
  });

  test('takes no other settings than its own', async () => {
    const state = await stateOf(ready(), { batch: 3, rateSteps: [1] });
    expect(await run(ready(), pictures(9), { state, ...state.settings })).toHaveLength(5);
    await refused(
      () => run(ready(), pictures(9), { state, epochs: 3 }),
      /^train: "epochs" expected 2, as in the state, got 3; leave it out$/,
    );
    await refused(() => run(ready(), pictures(9), { state, rateSteps: [] }), /"rateSteps" expected \[1\]/);
  });

  test('is that of the latest batch only', async () => {
    const steps: Progress[] = [];
    for await (const step of train(ready(), pictures(9), { batch: 3, epochs: 1 })) {
      const before = steps.at(-1);
      steps.push(step);
      expect((await step.state()).batch).toBe((step.batch + 1) % 3);
      if (before)
        await refused(() => before.state(), /^train: "state\(\)" expected a call before the next batch/);
    }
    // The last one's is still there when the training has ended.
    expect(await steps.at(-1)!.state()).toMatchObject({ epoch: 1, batch: 0 });
    await refused(() => steps.at(-1)!.evaluate(pictures(3)), /got a later call/);
  });
});
