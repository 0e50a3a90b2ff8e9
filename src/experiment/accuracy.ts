/** Tables of accuracies: train networks, and report their accuracies by epoch and beside the paper's rows. */
import type { EpochRecord } from '../modelFile/model.ts';
import { percent, signed } from '../printable.ts';
import { compared, comparedWith, quietest } from './compared.ts';
import {
  partsOf,
  resultsOf,
  trainingsOf,
  type Arm,
  type Experiment,
  type ExperimentSettings,
  type Figure,
  type Trained,
} from './experiment.ts';
import { linesOf } from './figures.ts';
import { rowName, type PaperRow } from './paper.ts';
import { settingsTable, type DatasetName } from './protocol.ts';
import { meanOf, spreadOf } from './spread.ts';

/** Test accuracies of a run, by the choice of the epoch. */
export interface Accuracies {
  /** The test accuracy of the epoch with the best validation accuracy; ties go to the first. */
  readonly byValidation: number;
  readonly epochByValidation: number;
  /** The test accuracy of the epoch with the best test accuracy. The authors choose this epoch; it is optimistic. */
  readonly bestOnTest: number;
  readonly epochBestOnTest: number;
  readonly last: number;
}

export function accuraciesOf(epochs: readonly EpochRecord[]): Accuracies {
  const best = (of: (record: EpochRecord) => number): EpochRecord =>
    epochs.reduce((so, record) => (of(record) > of(so) ? record : so));
  const validated = best(({ validation = 0 }) => validation);
  const tested = best(({ accuracy }) => accuracy);
  return {
    byValidation: validated.accuracy,
    epochByValidation: validated.epoch,
    bestOnTest: tested.accuracy,
    epochBestOnTest: tested.epoch,
    last: epochs[epochs.length - 1].accuracy,
  };
}

/** Trainings for one row of ours, and the name of the paper's row to compare it with. */
export interface PaperArm extends Arm {
  readonly paper?: string;
}

interface AccuracyTable {
  readonly help: string;
  readonly dataset: DatasetName;
  readonly title: string;
  /** The rows of the paper's table, if it has one. */
  readonly rows?: readonly PaperRow[];
  readonly arms: (settings: ExperimentSettings) => readonly PaperArm[];
  /** Indices of arms to compare. */
  readonly pairs?: readonly (readonly [number, number])[];
  /** Facts that the settings do not show. */
  readonly notes: (settings: ExperimentSettings) => readonly string[];
}

/** An arm with its results, one per seed, and the paper's row. */
interface Measurement {
  readonly arm: Arm;
  readonly row: PaperRow | undefined;
  readonly trained: readonly Trained[];
  readonly each: readonly Accuracies[];
}

const kinds = ['byValidation', 'bestOnTest', 'last'] as const;
type Kind = (typeof kinds)[number];

const valuesOf = ({ each }: Measurement, kind: Kind): number[] => each.map((accuracies) => accuracies[kind]);

/** The JSON row of an arm: the means if there are several trainings, then the accuracies of each seed. */
function lineOf(measurement: Measurement): object {
  const { arm, row, trained, each } = measurement;
  const found = trained.map(({ epochs, samples, digest }, k) => ({
    ...each[k],
    epochs: epochs.length,
    ...(!row && { samples }),
    digest,
  }));
  const means = (): object => ({
    ...Object.fromEntries(kinds.map((kind) => [kind, meanOf(valuesOf(measurement, kind))])),
    seeds: trainingsOf(arm).map(({ settings: { seed } }, k) => ({ seed, ...found[k] })),
  });
  return {
    row: arm.name,
    ...(row ? { standsFor: rowName(row), paper: row.accuracy } : { paper: null }),
    ...(found.length === 1 ? found[0] : means()),
  };
}

/** `96.60 %`, or for several seeds the mean and the standard deviation: `96.60 % ± 0.21`. */
function cellOf(accuracies: readonly number[]): string {
  const spread = spreadOf([accuracies]);
  const deviation = spread ? ` ± ${(100 * spread.deviation).toFixed(2)}` : '';
  return percent(meanOf(accuracies)) + deviation;
}

/** Compares the accuracies of two arms in the epochs that validation chose, and their difference with that of the paper's rows. */
function sentenceOf(...both: readonly [Measurement, Measurement]): string {
  const [a, b] = both.map(({ arm: { name }, trained: [{ samples }], each: [{ byValidation }] }) => ({
    name,
    accuracy: byValidation,
    samples: samples.test,
  }));
  const [first, second] = both.map(({ row }) => row);
  if (!first || !second) return `By validation: ${compared(a, b)}.`;
  const difference = first.accuracy - second.accuracy;
  const paper = `In the paper the difference is ${signed(100 * difference, 2)}`;
  return `By validation: ${comparedWith(paper, Math.sign(difference), a, b)}.`;
}

/** An experiment that reports our accuracies beside those of the paper's table. */
export const accuracyTable = (of: AccuracyTable): Experiment<Trained> => ({
  help: of.help,
  data: of.dataset,
  parts: (settings) => partsOf(of.arms(settings)),
  summarise(settings, results) {
    const { dataset, title, rows = [], pairs = [] } = of;
    const arms = of.arms(settings);
    const all = resultsOf(arms, results);
    const ours = arms.map((arm, index) => ({
      arm,
      row: rows.find(({ model }) => model === arm.paper),
      trained: all[index],
      each: all[index].map(({ epochs }) => accuraciesOf(epochs)),
    }));
    // At a smaller size, a difference from the paper would mean nothing.
    const isPaper = settings.size === 'paper' && rows.length > 0;
    const { seeds = 1 } = arms[0];
    const spread = seeds > 1 ? `; mean and standard deviation of ${seeds} seeds` : '';
    const paperTable = {
      title: 'The paper:',
      columns: ['model', 'accuracy'],
      rows: rows.map((row) => [rowName(row), percent(row.accuracy)]),
    };
    return {
      lines: [
        { ...settings, title },
        ...rows.map((row) => ({ row: rowName(row), paper: row.accuracy })),
        ...ours.map(lineOf),
      ],
      content: [
        rows.length > 0 ? `${settings.experiment.replace('table', 'Table ')}: ${title}` : title,
        ...(rows.length > 0 ? [paperTable] : []),
        {
          title: `Ours${spread}; the epoch is chosen by a validation split, or as the authors choose it, on the test set:`,
          columns: ['', 'paper', 'validation', 'on test', ...(isPaper ? ['on test − paper'] : []), 'last'],
          rows: ours.map((one) => [
            one.arm.name,
            one.row ? percent(one.row.accuracy) : 'none',
            cellOf(valuesOf(one, 'byValidation')),
            cellOf(valuesOf(one, 'bestOnTest')),
            ...(isPaper && one.row
              ? [signed(100 * (meanOf(valuesOf(one, 'bestOnTest')) - one.row.accuracy), 2)]
              : []),
            cellOf(valuesOf(one, 'last')),
          ]),
        },
        settingsTable(
          dataset,
          settings,
          arms.map(({ training }) => training),
          results[0].samples,
        ),
        ...(settings.size === 'small'
          ? ['Compare these accuracies with each other, not with the paper’s.']
          : []),
        ...of.notes(settings),
        ...pairs.map(([a, b]) => sentenceOf(ours[a], ours[b])),
        quietest(ours.map(({ arm: { name }, trained: [trained] }) => ({ name, trained }))),
      ],
      figure: coursesOf(ours),
    };
  },
});

/** Draws the test accuracy by epoch: a line per arm for the mean of its trainings, and a band for their range. */
function coursesOf(ours: readonly Measurement[]): Figure {
  const points = ours.flatMap(({ arm: { name }, trained }) =>
    trained[0].epochs.map(({ epoch }, k) => {
      const each = trained.map(({ epochs }) => epochs[k].accuracy);
      const range = each.length > 1 ? ([Math.min(...each), Math.max(...each)] as const) : undefined;
      return { series: name, x: epoch, y: meanOf(each), range };
    }),
  );
  const seeds = ours[0].trained.length;
  const title = seeds > 1 ? `lines: means of ${seeds} seeds; bands: from the least to the most` : undefined;
  return linesOf(points, { width: 560, height: 280, x: 'epoch', y: 'test accuracy', format: '~%', title });
}
