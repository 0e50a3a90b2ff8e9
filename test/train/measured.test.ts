/** An evaluation within a training gives the result of `evaluate`, and does not change the training. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ruleNames } from '../../spec/rule.ts';
import { evaluate, network, train, type Progress, type TrainOptions } from '../../src/index.ts';
import { awaitedLaw } from '../spec/support.ts';
import { anySettings, everyKindWithoutBias, pictures, refused } from './small.ts';

const data = pictures(7);
const tested = pictures(11, 2);

async function weightsAfter(
  options: TrainOptions,
  each: (step: Progress) => Promise<void> = async () => {},
): Promise<Float32Array[]> {
  const net = network(everyKindWithoutBias, { rule: options.rule ?? 'asf' });
  for await (const step of train(net, data, options)) await each(step);
  return [...net.weights!] as Float32Array[];
}

awaitedLaw(
  'the same evaluation, and the same weights afterwards, for every rule, on one thread and two',
  fc.tuple(anySettings, fc.constantFrom(...ruleNames), fc.constantFrom(1, 1, 2)),
  24,
  async ([settings, rule, threads]) => {
    const options = { ...settings, rule, threads, backend: 'wasm' } as const;
    const undisturbed = await weightsAfter(options);
    const disturbed = await weightsAfter(options, async (step) => {
      const done: number[] = [];
      const inside = await step.evaluate(tested, { onProgress: (count) => done.push(count) });
      expect(done.at(-1)).toBe(tested.length);
      const { weights } = await step.state();
      const net = { ...network(everyKindWithoutBias, { rule }), weights, seed: settings.seed ?? 1 };
      expect(inside).toEqual(await evaluate(net, tested));
    });
    expect(disturbed).toEqual(undisturbed);
  },
);

test('a signal ends an evaluation, and an earlier batch has neither evaluation nor state', async () => {
  const steps: Progress[] = [];
  for await (const step of train(network(everyKindWithoutBias), data, { batch: 4, epochs: 1 })) {
    const before = steps.at(-1);
    steps.push(step);
    const none = await step.evaluate(tested, { signal: AbortSignal.abort() });
    expect(none).toMatchObject({ samples: 0, correct: 0, accuracy: 0, loss: 0 });
    expect((await step.state()).batch).toBe((step.batch + 1) % 2);
    if (!before) continue;
    await refused(() => before.evaluate(tested), /got a later call/);
    await refused(() => before.state(), /^train: "state\(\)" expected a call before the next batch/);
  }
  // The state of the last step remains available after the training.
  expect(await steps[1]!.state()).toMatchObject({ epoch: 1, batch: 0 });
  await refused(() => steps[1]!.evaluate(tested), /^train: "evaluate\(\)" expected .*, got a later call$/);
});
