/** The experiment `variants` has an arm for every choice, and its sentences follow from the results. */
import { describe, expect, test } from 'vitest';
import { choices } from '../../spec/variant.ts';
import type { LayerDescription } from '../../spec/network.ts';
import { InputError, NotFiniteError } from '../../src/errors.ts';
import { textOf, trainingsOf, type Laboratory, type Trained } from '../../src/experiment/experiment.ts';
import { bandOf, spreadOf } from '../../src/experiment/spread.ts';
import {
  armsOf,
  judge,
  leftOut,
  type Judged,
  type Outcome,
  type VariantArm,
} from '../../src/experiment/switches.ts';
import { variants } from '../../src/experiment/variants.ts';
import { network } from '../../src/network/network.ts';
import { train } from '../../src/train/train.ts';
import { images } from '../../src/data/dataset.ts';
import { madeUp, pretended, settings } from './laboratory.ts';

const every = (['authors', 'paper'] as const).flatMap((variant) =>
  (['small', 'paper'] as const).map((size) => ({ ...settings, size, variant })),
);

describe.each(every)('size $size, variant $variant', (each) => {
  const arms = armsOf(each);
  const baseOf = ({ base }: VariantArm): VariantArm =>
    arms.find((arm) => arm.base === base && !arm.switched)!;
  const netOf = ({ training }: VariantArm) => network(training.model, training.options);

  test('each answer to each question is that of the base, an arm, or left out with a reason', () => {
    const own: Record<string, string> = netOf(arms[0]!).variant;
    for (const [question, answers] of Object.entries(choices))
      for (const answer of answers) {
        const name = `${question}: ${answer}`;
        const places = [own[question] === answer, arms.some((arm) => arm.name === name), name in leftOut];
        expect(places.filter(Boolean), name).toHaveLength(1);
      }
    expect(Object.values(leftOut).every((reason) => reason.length > 0)).toBe(true);
  });

  test('an arm differs from its base in one choice, and its seeds are among those of the base', () => {
    for (const arm of arms) {
      const base = baseOf(arm);
      const [mine, theirs] = [netOf(arm), netOf(base)];
      const of = ({ variant, description: { input: map, leak: λ, ...rest } }: typeof mine) =>
        ({ ...variant, map, λ, ...rest }) as Record<string, unknown>;
      const differing = Object.keys(of(mine)).filter(
        (key) => JSON.stringify(of(mine)[key]) !== JSON.stringify(of(theirs)[key]),
      );
      expect(differing).toEqual(arm.switched ? [arm.switched.question] : []);
      if (arm.switched) expect(of(mine)[arm.switched.question]).toBe(arm.switched.answer);
      for (const [place, { settings: own, samples }] of trainingsOf(arm).entries()) {
        expect(own).toEqual(trainingsOf(base)[place]!.settings);
        expect(samples).toEqual(trainingsOf(base)[place]!.samples);
      }
    }
  });

  test('a question is asked of a base that can show it', () => {
    const layersOf = (name: string) =>
      netOf(baseOf(arms.find(({ switched }) => switched?.question === name)!)).plan.layers;
    expect(layersOf('leak').some(({ λ }) => λ < 1)).toBe(true);
    expect(layersOf('maxPoolFlow').some(({ kind }) => kind.name === 'maxPool')).toBe(true);
    expect(layersOf('averagePool').some(({ kind }) => kind.name === 'averagePool')).toBe(true);
  });
});

test('a rule of ASF-BP refuses what is left out', async () => {
  const input = { channels: 1, height: 1, width: 2 };
  const data = images('two', input, new Uint8Array(4), new Uint8Array([0, 1]));
  const layers: LayerDescription[] = [{ kind: 'linear', units: 2 }];
  // Resets by subtraction can be trained, but the paper does not leave them open.
  for (const name of Object.keys(leftOut).filter((one) => !one.startsWith('reset'))) {
    const [question, answer] = name.split(': ') as [string, string];
    const net = network({ input, timeWindow: 2, threshold: 1, layers, variant: { [question]: answer } });
    await expect(train(net, data, { rule: 'asf' }).next()).rejects.toThrow(InputError);
  }
});

/** Made-up results with these accuracies, arm by arm. */
const outcomesOf = (
  accuracy: (arm: VariantArm, k: number) => number,
  digest = (arm: VariantArm): string => arm.name,
): Trained[] =>
  armsOf(settings).flatMap((arm) =>
    trainingsOf(arm).map((_, k) => ({ ...madeUp([accuracy(arm, k)]), digest: `${digest(arm)} ${k}` })),
  );

/** Accuracies of the bases, with a standard deviation of about one point. */
const seeds = [0.9, 0.91, 0.92, 0.91, 0.91];
const verdictOn = (judged: readonly Judged[], name: string): Judged =>
  judged.find(({ arm }) => arm.name === name)!;
const namesOf = (judged: readonly Judged[], verdict: string): string[] =>
  judged.flatMap((one) => (one.verdict === verdict ? [one.arm.name] : []));

function reported(outcomes: readonly Outcome[]) {
  const { judged } = judge(armsOf(settings), outcomes);
  const report = variants.summarise(settings, outcomes);
  const text = textOf(report.content).replaceAll(/\s+/g, ' ');
  const line = (name: string) => report.lines.find((one) => 'row' in one && one.row === name);
  return { judged, report, text, line };
}

describe('the verdict', () => {
  const accuracies: Readonly<Record<string, number>> = {
    'gate: always': 0.95,
    'loss: half': 0.87,
    'scale: static': 0.915,
    'threshold: 2': 0.1,
    'leak: product': 0.85,
  };
  const { judged, text, line } = reported(
    outcomesOf(
      (arm, k) => accuracies[arm.name] ?? seeds[k]!,
      (arm) => (arm.name === 'reset: nextStep' ? arm.base : arm.name),
    ),
  );

  test.each([
    ['gate: always', 'outside', 4],
    ['loss: half', 'outside', -4],
    ['threshold: 2', 'outside', -81],
    ['leak: product', 'outside', -6],
    ['scale: static', 'inside', 0.5],
    ['reset: nextStep', 'same', 0],
  ])('%s is %s', (name, verdict, difference) => {
    const one = verdictOn(judged, name);
    expect(one.verdict).toBe(verdict);
    expect(one.difference).toBeCloseTo(difference / 100, 12);
    const mine = accuracies[name] ?? seeds[0]!;
    expect(one.paired).toBeCloseTo(mine - seeds[0]!, 12);
    expect(line(name)).toMatchObject({ verdict, difference: one.difference, band: one.band });
  });

  test('is said: those outside, the largest first; those inside; those with the bits of the base', () => {
    expect(text).toMatch(
      /Outside the band[^:]*: threshold: 2 \(−81\.00, which is chance\), leak: product \(−6\.00\), (loss|gate)/,
    );
    const inside = /Inside[^:]*: (.*?)\. The weights/.exec(text)![1]!;
    expect(inside).toContain('scale: static (+0.50)');
    expect(inside).not.toMatch(/gate|threshold: 2|reset/);
    expect(text).toContain('so these do not matter here: reset: next step.');
    expect(text).toContain('Left out, since ASF-BP refuses them: reset: subtract then leak,');
    expect(text).not.toContain('Failed');
  });

  test('of a base is none', () => {
    expect(namesOf(judged, 'base')).toEqual(['LeNet', 'LeNet, LIF', 'LeNet, max pools']);
  });
});

test('the same difference is inside where seeds differ more', () => {
  const of = (width: number): string => {
    const outcomes = outcomesOf((arm, k) => (arm.switched ? 0.88 : 0.91 + (k % 2 === 0 ? width : -width)));
    return verdictOn(reported(outcomes).judged, 'gate: always').verdict;
  };
  expect([of(0.002), of(0.02)]).toEqual(['outside', 'inside']);
});

describe('a training that fails', () => {
  const carryOut = async (error: Error): Promise<Outcome[]> => {
    const laboratory: Laboratory = {
      ...pretended,
      train: (name, of) => (name.startsWith('gate') ? Promise.reject(error) : pretended.train(name, of)),
    };
    const results: Outcome[] = [];
    for (const { run } of variants.parts(settings)) results.push(await run(laboratory));
    return results;
  };

  test('since numbers did not stay finite is a result', async () => {
    const outcomes = await carryOut(new NotFiniteError('train: loss is NaN at epoch 2, batch 3; try …'));
    const { judged, text, line } = reported(outcomes);
    expect(namesOf(judged, 'failed')).toEqual(['gate: always']);
    expect(line('gate: always')).toMatchObject({ verdict: 'failed', runs: [{ seed: 1 }] });
    expect(text).toContain('gate: always, seed 1: train: loss is NaN at epoch 2, batch 3');
  });

  test('for another reason ends the experiment', async () => {
    await expect(carryOut(new InputError('no space left'))).rejects.toThrow('no space left');
  });

  test('in all bases leaves nothing to compare with', () => {
    const outcomes = armsOf(settings).flatMap((arm) =>
      trainingsOf(arm).map(() => (arm.switched ? madeUp([0.9]) : { failed: 'train: loss is NaN' })),
    );
    const { judged, text } = reported(outcomes);
    for (const { arm, verdict } of judged) expect(verdict).toBe(arm.switched ? 'open' : 'failed');
    expect(text).toMatch(/Not compared[^:]*: input: intensity, /);
    expect(text).not.toMatch(/NaN %|undefined|Outside|Inside/);
  });
});

describe('the spread', () => {
  test('is pooled over groups, of what differs within them', () => {
    const spread = spreadOf([[1, 3], [11, 13], [5]])!;
    expect(spread.freedom).toBe(2);
    expect(spread.deviation).toBeCloseTo(Math.SQRT2, 12);
    expect(spreadOf([[1], [2]])).toBeUndefined();
  });

  test('gives a band by Student’s t, narrower with more of either', () => {
    const spread = { deviation: 1, freedom: 4 };
    expect(bandOf(spread, 1, 1)).toBeCloseTo(2.776 * Math.SQRT2, 12);
    expect(bandOf(spread, 1, 5)).toBeLessThan(bandOf(spread, 1, 1));
    expect(bandOf({ deviation: 1, freedom: 99 }, 1, 1)).toBeLessThan(bandOf(spread, 1, 1));
  });
});
