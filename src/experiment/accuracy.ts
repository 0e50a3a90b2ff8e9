/** Tables of accuracies: trains networks, and reports their accuracy beside the paper's rows, and by epoch. */
import type { EpochRecord } from '../modelFile/model.ts';
import { percent, signed } from '../printable.ts';
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
import { paperTables, rowName, type PaperRow } from './paper.ts';
import { meanOf, spreadOf } from './spread.ts';

/** One of our rows: trainings, and the name of the paper's row that they correspond to. */
export interface PaperArm extends Arm {
  readonly paper: string;
}

/** Test accuracies of a run, by how the epoch was chosen. */
export interface Accuracies {
  /** The test accuracy of the epoch that was best on samples set aside; ties go to the first. */
  readonly byValidation: number;
  readonly epochByValidation: number;
  /** The test accuracy of the epoch that was best on the test samples, as the authors choose it. This is optimistic. */
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

/** The accuracies for a row of JSON. For several trainings, the means come first, then the accuracies of each seed. */
function linesOfRow(arm: Arm, results: readonly Trained[]): Record<string, unknown> {
  const each = results.map(({ epochs, digest }) => ({
    ...accuraciesOf(epochs),
    epochs: epochs.length,
    digest,
  }));
  if (each.length === 1) return each[0];
  const of = (name: 'byValidation' | 'bestOnTest' | 'last'): number => meanOf(each.map((one) => one[name]));
  return {
    byValidation: of('byValidation'),
    bestOnTest: of('bestOnTest'),
    last: of('last'),
    seeds: trainingsOf(arm).map(({ settings: { seed } }, k) => ({ seed, ...each[k] })),
  };
}

/** `96.60 %`; for several seeds the mean and the standard deviation, `96.60 % ± 0.21`. */
function cellOf(accuracies: readonly number[]): string {
  const spread = spreadOf([accuracies]);
  const deviation = spread ? ` ± ${(100 * spread.deviation).toFixed(2)}` : '';
  return percent(meanOf(accuracies)) + deviation;
}

interface AccuracyTable {
  readonly table: keyof typeof paperTables;
  readonly help: string;
  readonly arms: (settings: ExperimentSettings) => readonly PaperArm[];
  /** Paragraphs below the tables, for example on differences from the paper. */
  readonly words: (settings: ExperimentSettings, results: readonly Trained[]) => readonly string[];
}

/** One of Tables 1 to 3: our rows beside the paper's. */
export const accuracyTable = ({ table, help, arms: armsOf, words }: AccuracyTable): Experiment<Trained> => ({
  help,
  data: paperTables[table].dataset,
  parts: (settings) => partsOf(armsOf(settings)),
  summarise(settings, results) {
    const arms = armsOf(settings);
    const { title, rows: paperRows } = paperTables[table];
    const trained = resultsOf(arms, results);
    const ours = arms.map((arm, index) => ({
      arm,
      row: paperRow(table, arm.paper),
      trained: trained[index],
      of: (name: 'byValidation' | 'bestOnTest') =>
        trained[index].map(({ epochs }) => accuraciesOf(epochs)[name]),
    }));
    // At a smaller size the difference from the paper means nothing.
    const isPaper = settings.size === 'paper';
    const spread = arms.some(({ seeds = 1 }) => seeds > 1)
      ? '; mean and standard deviation of the seeds'
      : '';
    return {
      lines: [
        { experiment: table, ...settings, title },
        ...paperRows.map((row) => ({ row: rowName(row), paper: row.accuracy })),
        ...ours.map(({ arm, row, trained: result }) => ({
          row: arm.name,
          standsFor: rowName(row),
          paper: row.accuracy,
          ...linesOfRow(arm, result),
        })),
      ],
      content: [
        `${table.replace('table', 'Table ')}: ${title}`,
        {
          title: 'The paper:',
          columns: ['model', 'accuracy'],
          rows: paperRows.map((row) => [rowName(row), percent(row.accuracy)]),
        },
        {
          title: `Ours${spread}; the epoch is chosen by a validation split, or as the authors choose it, on the test set:`,
          columns: ['', 'paper', 'validation', 'on test', ...(isPaper ? ['on test − paper'] : []), 'epochs'],
          rows: ours.map(({ arm, row, trained: [{ epochs }], of }) => [
            arm.name,
            percent(row.accuracy),
            cellOf(of('byValidation')),
            cellOf(of('bestOnTest')),
            ...(isPaper ? [signed(100 * (meanOf(of('bestOnTest')) - row.accuracy), 2)] : []),
            String(epochs.length),
          ]),
        },
        ...words(settings, results),
      ],
      figure: coursesOf(arms, results),
    };
  },
});

export const paperRow = (table: keyof typeof paperTables, name: string): PaperRow =>
  paperTables[table].rows.find(({ model }) => model === name)!; // experiments name only rows of the table

/** Accuracy on the test samples by epoch: one line per arm, the mean of its trainings, with their range as a band. */
export function coursesOf(arms: readonly Arm[], results: readonly Trained[]): Figure {
  const trained = resultsOf(arms, results);
  const points = arms.flatMap(({ name }, index) =>
    trained[index][0].epochs.map(({ epoch }, k) => {
      const each = trained[index].map(({ epochs }) => epochs[k].accuracy);
      const range = each.length > 1 ? ([Math.min(...each), Math.max(...each)] as const) : undefined;
      return { series: name, x: epoch, y: meanOf(each), range };
    }),
  );
  const seeds = Math.max(...trained.map(({ length }) => length));
  const title = seeds > 1 ? `lines: means of ${seeds} seeds; bands: from the least to the most` : undefined;
  return linesOf(points, { width: 560, height: 280, x: 'epoch', y: 'test accuracy', format: '~%', title });
}
