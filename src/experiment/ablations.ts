/** The ablations as data: they compare learning rules, ways to compute S, and the choices that the paper leaves open. */
import { choices, variants as presets, type Variant, type VariantName } from '../../spec/variant.ts';
import type { RuleName } from '../../spec/rule.ts';
import { entriesOf, keysOf } from '../keysOf.ts';
import { tiny, type NetworkFile } from '../network/models.ts';
import { spelled } from '../printable.ts';
import type { TrainSettings } from '../train/settings.ts';
import { ablation, type Ablation, type Switch } from './ablation.ts';
import { leaks, protocols, timeWindow } from './protocol.ts';

const { model: lenet } = protocols.mnist;
const leak = leaks.IF;
/** Numbers of samples. Of the training samples, `validation` are set aside. */
const samples = (train: number, test: number, validation = 0) => ({ train, validation, test });
const seeds = 3;
/** The size `paper`. */
const full = {
  timeWindow,
  samples: samples(60000, 10000),
  settings: { epochs: 10, rateSteps: [6] },
  seeds,
};

const ruleSwitch = (name: string, settings: TrainSettings & { readonly rule: RuleName }): Switch => ({
  name,
  facts: settings,
  options: { rule: settings.rule },
  settings,
});

/**
 * Compares the accuracies of ASF-BP, STBP and the rule of Lee et al. for the same network, seeds and passes over the digits.
 * Figure 3 compares their costs. The learning rate is .005, because each rule learnt more in one epoch with it than with .00085
 * or .002.
 */
export const rules = ablation({
  help: 'Accuracy by rule: ASF-BP, STBP and Lee et al. 2020 after the same number of epochs, on MNIST',
  title: 'Accuracy by rule',
  note: 'STBP uses a fast sigmoid, since it learns slowly with a rectangle of width 1.',
  sizes: {
    small: {
      timeWindow: 16,
      samples: samples(10000, 10000),
      settings: { epochs: 5, rateSteps: [3], learningRate: 0.005 },
      seeds,
    },
    paper: { ...full, settings: { ...full.settings, learningRate: 0.005 } },
  },
  comparisons: ({ size }) => [
    {
      model: size === 'small' ? tiny : lenet,
      seeds,
      options: { rule: 'asf', leak },
      switches: [
        { name: 'ASF-BP', facts: { rule: 'asf' } },
        ruleSwitch('STBP', { rule: 'stbp', surrogate: 'fastSigmoid' }),
        ruleSwitch('Lee et al. 2020', { rule: 'lee' }),
      ],
    },
  ],
});

/** The choices of a variant that concern Eq. 12. A static S needs none of them. */
function readingOf(name: VariantName): Partial<Variant> {
  const { scaleOver, scaleRange, scaleStart, scaleUpdate, scaleMemory } = presets[name];
  return { scaleOver, scaleRange, scaleStart, scaleUpdate, scaleMemory };
}

/** Ways to compute S. Other choices are those of the variant. */
const scales = {
  'static, 1/Vth': { scale: 'static' },
  'Eq. 12 as the paper has it': { scale: 'layer', ...readingOf('paper') },
  'Eq. 12 as the authors filter it': { scale: 'layer', ...readingOf('authors') },
  'of each neuron': { scale: 'neuron', ...readingOf('authors') },
} as const;

/** Measures the value of adaptive S. The paper claims that S must follow the flow, but shows no table. */
export const scale = ablation({
  help: 'The value of adaptive S: Eq. 12 in two readings, S per neuron, and static S; LeNet on MNIST',
  title: 'The value of adaptive S',
  note: 'All choices except those for S are the variant’s.',
  sizes: {
    small: { ...full, samples: samples(10000, 2000) },
    paper: full,
  },
  comparisons: ({ variant }) => [
    {
      model: lenet,
      seeds,
      options: { leak },
      switches: entriesOf(scales).map(([name, own]) => ({
        name,
        facts: { choices: own },
        options: { variant: { from: variant, ...own } },
      })),
    },
  ],
});

const withMaxPools: NetworkFile = {
  ...lenet,
  name: 'lenet-max',
  layers: lenet.layers.map((layer) =>
    layer.kind === 'averagePool' ? { kind: 'maxPool', size: layer.size } : layer,
  ),
};

/** Answers in `choices` that are not trained, with reasons. */
export const leftOut: Readonly<Record<string, string>> = {
  'reset: subtractThenLeak': 'not a question of the paper',
  'reset: leakThenSubtract': 'not a question of the paper',
  'output: leaks': 'only rule lee trains it',
  'output: fires': 'only rule stbp trains it',
};

/** The answers to each question, and other thresholds to try. The model's own threshold is 1. */
const answers = { ...choices, threshold: [0.5, 0.75, 1.5, 2] };

/** The changes for questions, or for `threshold`: all answers except the variant's and those in `leftOut`. */
function switchesOf(variant: VariantName, questions: readonly (keyof typeof answers)[]): Switch[] {
  const preset: Readonly<Record<string, string>> = presets[variant];
  return questions.flatMap((question) =>
    answers[question].flatMap((answer) => {
      const name = `${question}: ${answer}`;
      if (answer === preset[question] || name in leftOut) return [];
      const facts = { question, answer, ofBase: preset[question] ?? 1 };
      const options =
        typeof answer === 'number'
          ? { threshold: answer }
          : { variant: { from: variant, [question]: answer } };
      return [{ name, label: spelled(name), facts, options }];
    }),
  );
}

/** Changes one choice at a time, or the threshold, to find which open questions of the paper change the accuracy. */
export const switches: Ablation = {
  help: 'Each choice that the paper leaves open, switched alone: LeNet on MNIST',
  title: 'Each choice switched alone',
  note:
    'Single switches say nothing about two together. spec/README.md explains each choice and its source. ' +
    `Left out: ${Object.entries(leftOut)
      .map(([name, reason]) => `${spelled(name)} (${reason})`)
      .join('; ')}.`,
  sizes: {
    small: {
      timeWindow: 20,
      samples: samples(5000, 2000, 500),
      settings: { epochs: 3, rateSteps: [2] },
      seeds: 1,
    },
    paper: { ...full, samples: samples(60000, 10000, 6000) },
  },
  // With λ = 1 a leak does not round, and LeNet has no maximum pool. The questions `leak` and `maxPoolFlow` therefore have other bases.
  comparisons({ variant, size }) {
    const seedsOfOthers = size === 'small' ? 3 : 5;
    const questions = keysOf(answers).filter((name) => name !== 'leak' && name !== 'maxPoolFlow');
    return [
      {
        model: lenet,
        seeds: 5,
        options: { leak },
        switches: [{ name: 'LeNet' }, ...switchesOf(variant, questions)],
      },
      {
        model: lenet,
        seeds: seedsOfOthers,
        options: { leak: leaks.LIF },
        switches: [{ name: 'LeNet, LIF' }, ...switchesOf(variant, ['leak'])],
      },
      {
        model: withMaxPools,
        seeds: seedsOfOthers,
        options: { leak },
        switches: [{ name: 'LeNet, max pools' }, ...switchesOf(variant, ['maxPoolFlow'])],
      },
    ];
  },
};
export const variants = ablation(switches);
