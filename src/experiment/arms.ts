/** Experiments that train one network in several ways, with the same seeds each, and compare the last accuracies with those of the first way. */
import type { NetworkFile } from '../network/models.ts';
import type { NetworkOptions } from '../network/network.ts';
import type { TrainSettings } from '../train/settings.ts';
import { coursesOf } from './accuracy.ts';
import {
  partName,
  training,
  type Experiment,
  type ExperimentReport,
  type ExperimentSettings,
  type Size,
  type Trained,
  type Training,
} from './experiment.ts';
import { settingsFor } from './protocol.ts';
import { bandOf, meanOf, spreadOf } from './spread.ts';
import { percent, signed } from './text.ts';

const seeds = 3;

interface Arm {
  /** What is its own, for its row. */
  readonly facts: object;
  readonly options: NetworkOptions;
  readonly settings?: Partial<TrainSettings>;
  /** Whether its S are reported. */
  readonly hasS?: boolean;
}

/** What all ways of a size have. */
interface ArmsSize {
  readonly model: NetworkFile;
  readonly timeWindow: number;
  readonly samples: { readonly train: number; readonly validation: number; readonly test: number };
  readonly settings: Pick<TrainSettings, 'epochs' | 'rateSteps' | 'learningRate'> & {
    readonly epochs: number;
  };
}

export interface Arms {
  readonly name: string;
  readonly help: string;
  readonly title: string;
  /** The network, the data and all else that is the same, in words. */
  readonly same: (settings: ExperimentSettings) => string;
  /** Head of the column of their names. */
  readonly column: string;
  /** The first, to which the others are compared, in words: in the head of a column, in the title of the table, in a sentence. */
  readonly first: { readonly head: string; readonly title: string; readonly sentence: string };
  /** A sentence on each of the others begins so. */
  readonly others: string;
  readonly sizes: Readonly<Record<Size, ArmsSize>>;
  /** The ways, by name. */
  readonly arms: (settings: ExperimentSettings) => Readonly<Record<string, Arm>>;
}

const lastOf = ({ epochs }: Trained): number => epochs[epochs.length - 1].accuracy;

/** Whether seeds alone could explain the difference of two arms, given their spread. */
function verdictOf({ difference, band }: { difference: number; band: number }): string {
  const points = `${signed(100 * difference, 2)} points`;
  return Math.abs(difference) > band
    ? `${points}, which seeds alone do not explain (±${(100 * band).toFixed(2)})`
    : `${points}, which seeds alone explain (±${(100 * band).toFixed(2)})`;
}

const seedOf = ({ seed }: ExperimentSettings, k: number): number => (seed + k) % 2 ** 32;

function trainingsOf(of: Arms, settings: ExperimentSettings, arm: Arm): Training[] {
  const { model, timeWindow, samples, settings: own } = of.sizes[settings.size];
  return Array.from({ length: seeds }, (_, k) => ({
    dataset: 'mnist',
    model,
    options: { ...arm.options, timeWindow },
    settings: {
      ...settingsFor('mnist', { ...settings, seed: seedOf(settings, k) }),
      ...own,
      ...arm.settings,
    },
    samples,
  }));
}

function reportOf(of: Arms, settings: ExperimentSettings, results: readonly Trained[]): ExperimentReport {
  const runsOf = (place: number): readonly Trained[] => results.slice(place * seeds, (place + 1) * seeds);
  const base = runsOf(0).map(lastOf);
  const rows = Object.entries(of.arms(settings)).map(([name, arm], place) => {
    const runs = runsOf(place);
    const own = runs.map(lastOf);
    const difference = meanOf(own) - meanOf(base);
    // Groups of several seeds have a spread.
    return { name, arm, runs, own, difference, band: bandOf(spreadOf([base, own])!, seeds, seeds) };
  });
  const { timeWindow, samples, settings: own } = of.sizes[settings.size];
  const range = (values: readonly number[]): string =>
    `${percent(Math.min(...values))} to ${percent(Math.max(...values))}`;
  return {
    lines: [
      { experiment: of.name, ...settings, timeWindow, samples, settings: own, seeds },
      ...rows.map(({ name, arm, runs, own: accuracies, difference, band }, place) => ({
        row: name,
        ...arm.facts,
        accuracy: meanOf(accuracies),
        ...(place > 0 && { difference, band }),
        runs: runs.map((run, k) => ({
          seed: seedOf(settings, k),
          accuracy: lastOf(run),
          ...(arm.hasS && { S: run.epochs[run.epochs.length - 1].S }),
          digest: run.digest,
        })),
      })),
    ],
    content: [
      of.title,
      `${of.same(settings)}, T = ${timeWindow}, ${samples.train} training and ${samples.test} test ` +
        `samples, ${own.epochs} epochs, ${seeds} seeds. The sizes are our own choice: the paper has no such table.`,
      {
        title: `Test accuracy after the last epoch; the seeds from the least to the most; against ${of.first.title}:`,
        columns: [of.column, 'mean', 'seeds', `− ${of.first.head}`],
        rows: rows.map(({ name, own: accuracies, difference }, place) => [
          name,
          percent(meanOf(accuracies)),
          range(accuracies),
          place === 0 ? '' : signed(100 * difference, 2),
        ]),
      },
      ...rows
        .slice(1)
        .map((row) => `${of.others}${row.name}, against ${of.first.sentence}: ${verdictOf(row)}.`),
    ],
    figure: coursesOf(rows.map(({ name, runs }) => ({ name, trained: runs }))),
  };
}

export const compareArms = (of: Arms): Experiment<Trained> => ({
  help: of.help,
  data: 'mnist',
  parts: (settings) =>
    Object.entries(of.arms(settings)).flatMap(([name, arm]) =>
      trainingsOf(of, settings, arm).map((one) => training(partName(`${name}-${one.settings.seed}`), one)),
    ),
  report: (settings, results) => reportOf(of, settings, results),
});
