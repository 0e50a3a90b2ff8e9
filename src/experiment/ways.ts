/**
 * The experiments `rules` and `scale`. They train one network in several ways with the same seeds, and compare the last accuracies with
 * those of the first way. The paper has no such tables.
 */
import { variants, type Variant, type VariantName } from '../../spec/variant.ts';
import { entriesOf } from '../keysOf.ts';
import { tiny, type NetworkFile } from '../network/models.ts';
import type { NetworkOptions } from '../network/network.ts';
import { percent, signed } from '../printable.ts';
import type { TrainSettings } from '../train/settings.ts';
import { coursesOf } from './accuracy.ts';
import {
  partsOf,
  resultsOf,
  seedOf,
  type Arm,
  type Experiment,
  type ExperimentSummary,
  type ExperimentSettings,
  type Size,
  type Trained,
} from './experiment.ts';
import { leaks, protocols, timeWindow, trainingFor } from './protocol.ts';
import { bandOf, meanOf, spreadOf } from './spread.ts';

const seeds = 3;

interface Way {
  /** Fields that describe the way in its JSON row. */
  readonly facts: object;
  readonly options: NetworkOptions;
  readonly settings?: Partial<TrainSettings>;
  /** Whether its S are reported. */
  readonly hasS?: boolean;
}

/** The network, samples and settings that all ways of a size share. */
interface WaysSize {
  readonly model: NetworkFile;
  readonly timeWindow: number;
  readonly samples: { readonly train: number; readonly validation: number; readonly test: number };
  readonly settings: TrainSettings & { readonly epochs: number };
}

interface Ways {
  readonly name: string;
  readonly help: string;
  readonly title: string;
  /** A sentence on the network, the data and everything else that the ways share. */
  readonly same: (settings: ExperimentSettings) => string;
  /** Heading of the column of names. */
  readonly column: string;
  /** The first way, with which the others are compared, in a column heading and in sentences. */
  readonly first: string;
  /** The first way in the title of the table. */
  readonly firstInTitle: string;
  /** Beginning of the sentence on each of the other ways. */
  readonly others: string;
  readonly sizes: Readonly<Record<Size, WaysSize>>;
  readonly ways: (variant: VariantName) => Readonly<Record<string, Way>>;
}

const lastOf = ({ epochs }: Trained): number => epochs[epochs.length - 1].accuracy;

/** Whether seeds alone could explain the difference of two arms, given their spread. */
function verdictOf({ difference, band }: { difference: number; band: number }): string {
  const word = Math.abs(difference) > band ? 'do not explain' : 'explain';
  return `${signed(100 * difference, 2)} points, which seeds alone ${word} (±${(100 * band).toFixed(2)})`;
}

function armsOf({ sizes, ways }: Ways, settings: ExperimentSettings): (Arm & { readonly way: Way })[] {
  const { timeWindow: T, settings: overrides, ...size } = sizes[settings.size];
  return Object.entries(ways(settings.variant)).map(([name, way]) => {
    const all = { ...size, settings: { ...overrides, ...way.settings } };
    const training = trainingFor('mnist', settings, all, { ...way.options, leak: leaks.IF, timeWindow: T });
    return { name, way, seeds, training };
  });
}

function summaryOf(of: Ways, settings: ExperimentSettings, results: readonly Trained[]): ExperimentSummary {
  const arms = armsOf(of, settings);
  const all = resultsOf(arms, results);
  const base = all[0].map(lastOf);
  const rows = arms.map(({ name, way }, index) => {
    const runs = all[index];
    const own = runs.map(lastOf);
    const [accuracy, difference] = [meanOf(own), meanOf(own) - meanOf(base)];
    // Groups of several seeds have a spread.
    return { name, way, runs, own, accuracy, difference, band: bandOf(spreadOf([base, own])!, seeds, seeds) };
  });
  const { timeWindow: T, samples, settings: overrides } = of.sizes[settings.size];
  const range = (values: readonly number[]): string =>
    `${percent(Math.min(...values))} to ${percent(Math.max(...values))}`;
  return {
    lines: [
      { experiment: of.name, ...settings, timeWindow: T, samples, settings: overrides, seeds },
      ...rows.map(({ name, way, runs, accuracy, difference, band }, index) => ({
        row: name,
        ...way.facts,
        accuracy,
        ...(index > 0 && { difference, band }),
        runs: runs.map((run, k) => ({
          seed: seedOf(settings.seed, k),
          accuracy: lastOf(run),
          ...(way.hasS && { S: run.epochs[run.epochs.length - 1].S }),
          digest: run.digest,
        })),
      })),
    ],
    content: [
      of.title,
      `${of.same(settings)}, T = ${T}, ${samples.train} training and ${samples.test} test ` +
        `samples, ${overrides.epochs} epochs, ${seeds} seeds. The sizes are our own choice: the paper has no such table.`,
      {
        title: `Test accuracy after the last epoch: mean, range over the seeds, and difference from ${of.firstInTitle}:`,
        columns: [of.column, 'mean', 'seeds', `− ${of.first}`],
        rows: rows.map(({ name, own: accuracies, accuracy, difference }, index) => [
          name,
          percent(accuracy),
          range(accuracies),
          index === 0 ? '' : signed(100 * difference, 2),
        ]),
      },
      ...rows.slice(1).map((row) => `${of.others}${row.name}, against ${of.first}: ${verdictOf(row)}.`),
    ],
    figure: coursesOf(arms, results),
  };
}

const compare = (of: Ways): Experiment<Trained> => ({
  help: of.help,
  data: 'mnist',
  parts: (settings) => partsOf(armsOf(of, settings)),
  summarise: (settings, results) => summaryOf(of, settings, results),
});

const { model: lenet } = protocols.mnist;

/**
 * Compares the accuracies of ASF-BP, STBP and the rule of Lee et al. for the same network, seeds and passes over the digits. Figure 3
 * compares their costs. Each rule learnt most in one epoch of the small size with .005, the largest of the tried learning rates .00085,
 * .002 and .005. STBP uses a fast sigmoid, since it learns slowly with a rectangle of width 1.
 */
export const rules = compare({
  name: 'rules',
  help: 'Accuracy by rule: ASF-BP, STBP and Lee et al. 2020 after the same number of epochs, on MNIST',
  title: 'Accuracy by rule',
  same: ({ size, variant }) =>
    `${size === 'small' ? 'The network tiny' : 'LeNet'} on MNIST, variant ${variant}, STBP by a fast sigmoid`,
  column: 'rule',
  first: 'ASF-BP',
  firstInTitle: 'ASF-BP',
  others: '',
  sizes: {
    small: {
      model: tiny,
      timeWindow: 16,
      samples: { train: 10000, validation: 0, test: 10000 },
      settings: { epochs: 5, rateSteps: [3], learningRate: 0.005 },
    },
    paper: {
      model: lenet,
      timeWindow,
      samples: { train: 60000, validation: 0, test: 10000 },
      settings: { epochs: 10, rateSteps: [6], learningRate: 0.005 },
    },
  },
  ways: () => ({
    'ASF-BP': { facts: { rule: 'asf' }, options: { rule: 'asf' } },
    STBP: {
      facts: { rule: 'stbp', surrogate: 'fastSigmoid' },
      options: { rule: 'stbp' },
      settings: { rule: 'stbp', surrogate: 'fastSigmoid' },
    },
    'Lee et al. 2020': { facts: { rule: 'lee' }, options: { rule: 'lee' }, settings: { rule: 'lee' } },
  }),
});

/** A variant's choices for Eq. 12; a static S uses none of them. */
function readingOf(name: VariantName): Partial<Variant> {
  const { scaleOver, scaleRange, scaleStart, scaleUpdate, scaleMemory } = variants[name];
  return { scaleOver, scaleRange, scaleStart, scaleUpdate, scaleMemory };
}

/** The ways to compute S; all other choices are the variant's. */
const choicesOf = {
  'static, 1/Vth': { scale: 'static' },
  'Eq. 12 as the paper has it': { scale: 'layer', ...readingOf('paper') },
  'Eq. 12 as the authors filter it': { scale: 'layer', ...readingOf('authors') },
  'of each neuron': { scale: 'neuron', ...readingOf('authors') },
} as const;

const scaleSize = { model: lenet, timeWindow, settings: { epochs: 10, rateSteps: [6] } };

/** The value of adaptive S. The paper claims that S must follow the flow, but has no table on it. */
export const scale = compare({
  name: 'scale',
  help: 'The value of adaptive S: Eq. 12 in two readings, S per neuron, and static S; LeNet on MNIST',
  title: 'The value of adaptive S',
  same: ({ variant }) => `LeNet on MNIST, variant ${variant} but for S`,
  column: 'S',
  first: 'static',
  firstInTitle: 'the static S',
  others: 'S, ',
  sizes: {
    small: { ...scaleSize, samples: { train: 10000, validation: 0, test: 2000 } },
    paper: { ...scaleSize, samples: { train: 60000, validation: 0, test: 10000 } },
  },
  ways: (variant) =>
    Object.fromEntries(
      entriesOf(choicesOf).map(([name, choices]) => [
        name,
        {
          facts: { choices },
          options: { variant: { from: variant, ...choices } },
          hasS: choices.scale === 'layer',
        },
      ]),
    ),
});
