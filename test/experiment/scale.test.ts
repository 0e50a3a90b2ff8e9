/** The experiment `scale` changes S and nothing else, and its words follow from what the trainings gave. */
import { describe, expect, test } from 'vitest';
import { variants, type VariantName } from '../../spec/variant.ts';
import type { ExperimentSettings, Trained, Training } from '../../src/experiment/experiment.ts';
import { scale } from '../../src/experiment/ways.ts';
import { textOf } from '../../src/experiment/experiment.ts';
import { network } from '../../src/network/network.ts';

const settings: ExperimentSettings = { size: 'small', seed: 1, variant: 'authors' };
const seeds = 3;

describe.each(Object.keys(variants) as VariantName[])('variant %s', (variant) => {
  const trainings = scale.parts({ ...settings, variant }).map(({ of }) => of as Training);
  const variantOf = ({ model, options }: Training) => network(model, options).variant;

  test('arms differ in questions of the scale alone, and each has the same seeds', () => {
    expect(trainings).toHaveLength(4 * seeds);
    for (const [place, one] of trainings.entries()) {
      for (const [question, answer] of Object.entries(variantOf(one)))
        if (!question.startsWith('scale'))
          expect(answer, question).toBe(variants[variant][question as keyof typeof variants.paper]);
      expect(one.settings).toEqual(trainings[place % seeds]!.settings);
    }
  });

  test('one arm has S as the variant has it', () => {
    expect(
      trainings.filter((one) => JSON.stringify(variantOf(one)) === JSON.stringify(variants[variant])),
    ).toHaveLength(seeds);
  });
});

/** Trainings whose last accuracies are these, arm by arm. */
function resultsOf(accuracies: readonly number[]): Trained[] {
  return accuracies.map((accuracy) => ({
    epochs: [{ epoch: 1, loss: 1, accuracy, imagesPerSecond: 1, spikeRates: {}, S: {} }],
    digest: 'ab'.repeat(32),
  }));
}

test('a difference that seeds do not make is told from one that they do', () => {
  const spread = [0.001, 0, -0.001];
  // Each difference has the spread of its two arms: √((.001² + .2²) / 2) · 2.776 · √(2/3) = .3205 for the last.
  const wild = [0.2, 0, -0.2];
  const results = resultsOf([
    ...[0.95, 0.9505, 0.98].flatMap((mean) => spread.map((each) => mean + each)),
    ...wild.map((each) => 0.7 + each),
  ]);
  const words = textOf(scale.report(settings, results).content).replaceAll('\n', ' ');
  expect(words).toContain('as the paper has it, against static: +0.05 points, which seeds alone explain');
  expect(words).toContain('as the authors filter it, against static: +3.00 points, which seeds alone do not');
  expect(words).toContain(
    'of each neuron, against static: −25.00 points, which seeds alone explain (±32.05)',
  );
});
