/** An ablation changes one thing and keeps the seeds. kept.test.ts tests verdicts. */
import { describe, expect, test } from 'vitest';
import { choices, variants as presets, type VariantName } from '../../spec/variant.ts';
import type { LayerDescription } from '../../spec/network.ts';
import { InputError, NotFiniteError } from '../../src/errors.ts';
import { armsOf } from '../../src/experiment/ablation.ts';
import { leftOut, switches, variants } from '../../src/experiment/ablations.ts';
import { sizes, textOf, type Laboratory } from '../../src/experiment/experiment.ts';
import { trainingsOf } from '../../src/experiment/trainings.ts';
import { network } from '../../src/network/network.ts';
import { train } from '../../src/train/train.ts';
import { images } from '../../src/data/dataset.ts';
import { madeUp, pretended, settings } from './laboratory.ts';

type Arm = ReturnType<typeof armsOf>[number];

const every = (Object.keys(presets) as VariantName[]).flatMap((variant) =>
  sizes.map((size) => ({ ...settings, size, variant })),
);
const isChange = ({ name, base }: Arm): boolean => name !== base;
const netOf = ({ training }: Pick<Arm, 'training'>) => network(training.model, training.options);

describe.each(every)('size $size, variant $variant', (each) => {
  const arms = armsOf(switches, each);
  const baseOf = ({ base }: Arm): Arm => arms.find(({ name }) => name === base)!;

  test('variants: each answer to each question is that of the base, a change, or left out with a reason', () => {
    const own: Record<string, string> = netOf(arms[0]!).variant;
    for (const [question, answers] of Object.entries(choices))
      for (const answer of answers) {
        const name = `${question}: ${answer}`;
        const places = [own[question] === answer, arms.some((arm) => arm.name === name), name in leftOut];
        expect(places.filter(Boolean), name).toHaveLength(1);
      }
    expect(Object.values(leftOut).every((reason) => reason.length > 0)).toBe(true);
  });

  test('variants: an arm differs from its base in one choice, and its seeds are among those of the base', () => {
    for (const arm of arms) {
      const base = baseOf(arm);
      const of = ({ variant, description: { input: map, leak: λ, ...rest } }: ReturnType<typeof network>) =>
        ({ ...variant, map, λ, ...rest }) as Record<string, unknown>;
      const [mine, theirs] = [of(netOf(arm)), of(netOf(base))];
      const differing = Object.keys(mine).filter(
        (key) => JSON.stringify(mine[key]) !== JSON.stringify(theirs[key]),
      );
      const { question, answer } = arm.facts as { question?: string; answer?: unknown };
      expect(differing).toEqual(isChange(arm) ? [question] : []);
      if (question !== undefined) expect(mine[question]).toBe(answer);
      for (const [k, { settings: own, samples }] of trainingsOf(arm).entries()) {
        expect(own).toEqual(trainingsOf(base)[k]!.settings);
        expect(samples).toEqual(trainingsOf(base)[k]!.samples);
      }
    }
  });
});

test('ASF-BP refuses the outputs that are left out', async () => {
  const input = { channels: 1, height: 1, width: 2 };
  const data = images('two', input, new Uint8Array(4), new Uint8Array([0, 1]));
  const layers: LayerDescription[] = [{ kind: 'linear', units: 2 }];
  // A reset by subtraction is not refused: the ablation leaves it out only because it is not from the paper.
  for (const name of Object.keys(leftOut).filter((one) => !one.startsWith('reset'))) {
    const [question, answer] = name.split(': ') as [string, string];
    const net = network({ input, timeWindow: 2, threshold: 1, layers, variant: { [question]: answer } });
    await expect(train(net, data, { rule: 'asf' }).next()).rejects.toThrow(InputError);
  }
});

const arms = armsOf(switches, settings);

type Outcome = Parameters<typeof variants.summarise>[1][number];
interface Row {
  row: string;
  base: string;
  verdict: string;
  runs: object[];
}

function reported(outcomes: readonly Outcome[]): { rows: Row[]; text: string } {
  const { content, lines } = variants.summarise(settings, outcomes);
  return { rows: lines.slice(1) as Row[], text: textOf(content).replaceAll(/\s+/g, ' ') };
}

test('the table has each mean, its range, its difference and the verdict', () => {
  const accuracies: Readonly<Record<string, number>> = { 'leak: product': 0.85, 'reset: nextStep': 0.91 };
  const outcomes = arms.flatMap((arm) =>
    trainingsOf(arm).map((_, k) => ({
      ...madeUp([accuracies[arm.name] ?? [0.9, 0.91, 0.92, 0.91, 0.91][k]!]),
      digest: arm.name === 'reset: nextStep' ? `${arm.base} ${k}` : `${arm.name} ${k}`,
    })),
  );
  const { text } = reported(outcomes);
  expect(text).toContain('LeNet (base) 91.00 90.00 to 92.00');
  expect(text).toContain('leak: product 85.00 −6.00 outside');
  expect(text).toContain('reset: next step 91.00 +0.00 same bits');
  expect(text).toContain('Left out: reset: subtract then leak (not a question of the paper);');
  expect(text).not.toContain('Failed');
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
    const { rows, text } = reported(outcomes);
    const failed = rows.filter(({ verdict }) => verdict === 'failed');
    expect(failed).toMatchObject([{ row: 'gate: always', runs: [{ seed: 1 }] }]);
    expect(text).toContain('gate: always, seed 1: train: loss is NaN at epoch 2, batch 3');
  });

  test('for another reason ends the experiment', async () => {
    await expect(carryOut(new InputError('no space left'))).rejects.toThrow('no space left');
  });

  test('in all bases leaves nothing to compare with', () => {
    const outcomes = arms.flatMap((arm) =>
      trainingsOf(arm).map(() => (isChange(arm) ? madeUp([0.9]) : { failed: 'train: loss is NaN' })),
    );
    const { rows, text } = reported(outcomes);
    for (const { row, base, verdict } of rows) expect(verdict).toBe(row === base ? 'failed' : 'open');
    expect(text).not.toMatch(/NaN %|undefined|The band/);
  });
});
