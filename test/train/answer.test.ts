/**
 * An answer names the two classes with the greatest potentials. It is sure if the first reaches half of its target potential,
 * and leads by a quarter of the target.
 */
import { describe, expect, it } from 'vitest';
import { network } from '../../src/network/network.ts';
import type { RuleName } from '../../spec/rule.ts';
import { answerOf } from '../../src/train/predictOn.ts';

/** A network whose output layer has Vth = 2. */
const planOf = (rule: RuleName) =>
  network(
    {
      input: { channels: 1, height: 1, width: 3 },
      timeWindow: 8,
      threshold: 2,
      layers: [{ kind: 'linear', units: 3 }],
    },
    { rule },
  ).plan;
const answer = (potentials: readonly number[], steps = 8, rule: RuleName = 'asf') =>
  answerOf(planOf(rule), Float32Array.from(potentials), steps);

describe('an answer', () => {
  it.each([
    [[1, 5, 3], 1, 2, 2],
    [[3, 5, 5], 1, 2, 0],
    [[-3, -1, -2], 1, 2, 1],
    [[4], 0, undefined, 4],
  ])('of %j is class %i, then %s, with a lead of %f', (potentials, label, second, lead) => {
    expect(answer(potentials)).toMatchObject({ label, second, lead });
  });

  // The target is 8 steps × Vth = 16. Half is 8, and a quarter is 4.
  it.each([
    [[8, 4, 0], 8, 'asf', true],
    [[7.75, 0, 0], 8, 'asf', false],
    [[12, 8.25, 0], 8, 'asf', false],
    [[4, 2, 0], 4, 'asf', true],
    [[3.75, 0, 0], 4, 'asf', false],
    [[0, 0, 0], 8, 'asf', false],
    [[0, 0, 0], 0, 'asf', false],
    // Rule stbp counts spikes, at most 8 here.
    [[4, 2, 0], 8, 'stbp', true],
    [[3, 0, 0], 8, 'stbp', false],
  ] as const)('of %j after %i steps, rule %s, is sure: %s', (potentials, steps, rule, isSure) => {
    expect(answer(potentials, steps, rule).isSure).toBe(isSure);
  });
});
