/** The experiments `rules` and `scale` change only the rule or S, and their sentences follow from the results. */
import { describe, expect, test } from 'vitest';
import { variants, type VariantName } from '../../spec/variant.ts';
import { sizes, type Training } from '../../src/experiment/experiment.ts';
import { network } from '../../src/network/network.ts';
import { madeUp, saidOf, settings, trainingsOf } from './laboratory.ts';

const seeds = 3;

test.each(sizes)('rules, size %s, trains alike but for the rule, with the same seeds', (size) => {
  const trainings = trainingsOf('rules', { size, seed: 4, variant: 'authors' });
  const ruleOf = ({ settings: own }: Training) => own.rule ?? 'asf';
  expect(trainings.map(ruleOf)).toEqual(['asf', 'stbp', 'lee'].flatMap((rule) => Array(seeds).fill(rule)));
  for (const [place, { options, settings: own, ...same }] of trainings.entries()) {
    const { options: _, settings: first, ...others } = trainings[place % seeds]!;
    expect(same).toEqual(others);
    const { rule, surrogate, ...rest } = own;
    expect(rest).toEqual(first);
    expect(surrogate).toBe(rule === 'stbp' ? 'fastSigmoid' : undefined);
    expect(own.seed).toBe(4 + (place % seeds));
    // The rule can train the network.
    const { plan } = network(same.model, options);
    expect({ T: plan.T, λ: plan.layers[0]!.λ }).toEqual({ T: options.timeWindow, λ: 1 });
  }
});

describe.each(Object.keys(variants) as VariantName[])('scale, variant %s', (variant) => {
  const trainings = trainingsOf('scale', { ...settings, variant });
  const all = trainings.map(({ model, options }) => network(model, options).variant);

  test('differs in questions of the scale alone, and each way has the same seeds', () => {
    expect(trainings).toHaveLength(4 * seeds);
    const rest = (of: object) => Object.entries(of).filter(([question]) => !question.startsWith('scale'));
    for (const own of all) expect(rest(own)).toEqual(rest(variants[variant]));
    for (const [place, one] of trainings.entries())
      expect(one.settings).toEqual(trainings[place % seeds]!.settings);
  });

  test('one way has S as the variant has it', () => {
    const own = JSON.stringify(variants[variant]);
    expect(all.filter((one) => JSON.stringify(one) === own)).toHaveLength(seeds);
  });
});

test('a difference that seeds do not make is told from one that they do', () => {
  const spread = [0.001, 0, -0.001];
  // Each difference has the spread of its two arms: √((.001² + .2²) / 2) · 2.776 · √(2/3) = .3205 for the last.
  const wild = [0.2, 0, -0.2];
  const accuracies = [
    ...[0.95, 0.9505, 0.98].flatMap((mean) => spread.map((each) => mean + each)),
    ...wild.map((each) => 0.7 + each),
  ];
  const words = saidOf(
    'scale',
    accuracies.map((accuracy) => madeUp([accuracy])),
  );
  expect(words).toContain('as the paper has it, against static: +0.05 points, which seeds alone explain');
  expect(words).toContain('as the authors filter it, against static: +3.00 points, which seeds alone do not');
  expect(words).toContain(
    'of each neuron, against static: −25.00 points, which seeds alone explain (±32.05)',
  );
});
