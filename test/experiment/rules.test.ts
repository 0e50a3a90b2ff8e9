/** The experiment `rules` changes the rule and nothing else. */
import { expect, test } from 'vitest';
import type { ExperimentSettings, Training } from '../../src/experiment/experiment.ts';
import { rules } from '../../src/experiment/ways.ts';
import { network } from '../../src/network/network.ts';

const seeds = 3;

test.each(['small', 'paper'] as const)(
  'size %s trains alike but for the rule, with the same seeds',
  (size) => {
    const settings: ExperimentSettings = { size, seed: 4, variant: 'authors' };
    const trainings = rules.parts(settings).map(({ of }) => of as Training);
    const ruleOf = ({ settings: own }: Training) => own.rule ?? 'asf';
    expect(trainings.map(ruleOf)).toEqual(['asf', 'stbp', 'lee'].flatMap((rule) => Array(seeds).fill(rule)));
    for (const [place, { dataset, model, options, samples, settings: own }] of trainings.entries()) {
      const first = trainings[place % seeds]!;
      expect({ dataset, model, samples }).toEqual({
        dataset: first.dataset,
        model: first.model,
        samples: first.samples,
      });
      const { rule, surrogate, ...rest } = own;
      expect(rest).toEqual(first.settings);
      expect(surrogate).toBe(rule === 'stbp' ? 'fastSigmoid' : undefined);
      expect(own.seed).toBe(4 + (place % seeds));
      // The network is one that the rule trains.
      const net = network(model, options);
      expect({ T: net.plan.T, λ: net.plan.layers[0]!.λ }).toEqual({ T: options.timeWindow, λ: 1 });
    }
  },
);
