/** `train` trains as documented, and gives the same bits on each backend with every rule. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { evaluate, type TrainOptions } from '../../src/index.ts';
import { computeScales } from '../../src/train/report.ts';
import { awaitedLaw } from '../spec/support.ts';
import { isWhole } from '../support.ts';
import { anyRule, anySettings, everyKind, fresh, made, pictures, presets, run, trained } from './small.ts';

describe('train', () => {
  test('learns the small pictures, with layers of every kind, under both presets', async () => {
    for (const variant of ['paper', 'authors'] as const) {
      const net = fresh(variant);
      const settings = { epochs: 30, batch: 6, learningRate: 0.01, rateSteps: [] };
      const steps = await run(net, pictures(30), settings);
      expect(steps.at(-1)!.totals.loss).toBeLessThan(0.1 * steps[4]!.totals.loss);
      const { accuracy } = await evaluate(net, pictures(30));
      expect(accuracy).toBeGreaterThan(0.8);
    }
  });

  test('says of each batch where it stands, and the epoch so far', async () => {
    const steps = await run(fresh('paper'), pictures(8), { batch: 3, epochs: 2 });
    expect(steps.map(({ epoch, batch, samples, isEpochEnd }) => [epoch, batch, samples, isEpochEnd])).toEqual(
      [0, 1].flatMap((epoch) => [
        [epoch, 0, 3, false],
        [epoch, 1, 3, false],
        [epoch, 2, 2, true],
      ]),
    );
    for (const { batches, epochs, totals, batch } of steps) {
      expect({ batches, epochs }).toEqual({ batches: 3, epochs: 2 });
      expect(totals.samples).toBe(Math.min(8, 3 * (batch + 1)));
    }
    const { totals } = steps[2]!;
    const sum = steps.slice(0, 3).reduce((all, { loss, samples }) => all + loss * samples, 0);
    expect(totals.loss).toBeCloseTo(sum, 9);
    expect(totals.correct).toBe(steps.slice(0, 3).reduce((all, { correct }) => all + correct, 0));
  });
});

describe('the same data, network, settings and seed', () => {
  const count = fc.integer({ min: 1, max: 9 });
  awaitedLaw(
    'give the same bits by each rule on each backend, with any number of threads',
    fc.tuple(anyRule, presets, anySettings, count),
    40,
    async ([rule, variant, settings, samples]) => {
      const of = (options: TrainOptions) =>
        trained(made(rule, variant), pictures(samples), { ...settings, ...options });
      const expected = await of({ backend: 'reference' });
      for (const threads of isWhole ? [1, 2, 3, 7] : [1, 3]) expect(await of({ threads })).toEqual(expected);
    },
  );

  test('with other seeds give other bits', async () => {
    const digests = [];
    for (const seed of [0, 1, 2, 2 ** 32 - 1]) {
      const left = await trained(fresh('authors'), pictures(6), { seed });
      digests.push(left.digest);
      expect(left.seed).toBe(seed);
    }
    expect(new Set(digests).size).toBe(4);
  });

  test('give the same bits for a batch and a shard beyond the data as for ones that fit', async () => {
    const digests = [];
    for (const size of [7, 8, 65535])
      digests.push((await trained(fresh('paper'), pictures(7), { batch: size, shard: size })).digest);
    expect(new Set(digests).size).toBe(1);
  });
});

test('a network file is not changed by what is done with its network', async () => {
  const before = structuredClone(everyKind);
  await run(fresh('paper'));
  expect(everyKind).toEqual(before);
});

test('a notice shows S with the digits that a reader needs', () => {
  const { plan } = fresh('paper');
  const sums = plan.layers.map(() => [{ FI: -1, FO: 1 }]);
  const report = { losses: new Float32Array(1), potentials: [], sums, spikes: [] };
  const before = plan.layers.map(() => Math.fround(0.001));
  const { notices } = computeScales(plan, report, before, { epoch: 0, batch: 0, every: 1 });
  expect(notices[0]).toContain('S of layer 1 (convolution) stays 0.001000: Eq. 12 gives -1.000, outside');
});
