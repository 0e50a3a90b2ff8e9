/** Tables 1 to 3: trains networks, and reports their accuracy beside the paper's rows, and by epoch. */
import type { EpochRecord } from '../modelFile/model.ts';
import {
  partName,
  training,
  type Figure,
  type Part,
  type ExperimentReport,
  type ExperimentSettings,
  type Trained,
  type Training,
} from './experiment.ts';
import { linesOf } from './lines.ts';
import { paperTables, type PaperRow } from './paper.ts';
import { meanOf, spreadOf } from './spread.ts';
import { percent, signed } from './text.ts';

/** One of our rows: a training, and the paper's row that it corresponds to. */
export interface AccuracyRun {
  readonly name: string;
  readonly training: Training;
  /** As many trainings, of this seed and those after it; default 1. */
  readonly seeds?: number;
  /** Name of the paper's row; absent if the paper has none. */
  readonly paper?: string;
}

/** Test accuracies of a run, by how the epoch was chosen. */
export interface Accuracies {
  /** The test accuracy of the epoch that was best on samples set aside; ties go to the first. */
  readonly byValidation: number;
  readonly epochByValidation: number;
  /** The best epoch on the test samples themselves, as the authors choose it: this is optimistic. */
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

/** The trainings of a row: they differ in their seeds alone. */
function trainingsOf({ training: first, seeds = 1 }: AccuracyRun): Training[] {
  const { seed = 0 } = first.settings;
  return Array.from({ length: seeds }, (_, k) => ({
    ...first,
    settings: { ...first.settings, seed: (seed + k) % 2 ** 32 },
  }));
}

/** What a row says of its trainings: of several the means, and each by its seed. */
function linesOfRow(trainings: readonly Training[], results: readonly Trained[]): Record<string, unknown> {
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
    seeds: each.map((one, k) => ({ seed: trainings[k].settings.seed, ...one })),
  };
}

/** `96.60 %`; of several seeds the mean and the standard deviation, `96.60 % ± 0.21`. */
function cellOf(accuracies: readonly number[]): string {
  const spread = spreadOf([accuracies]);
  const deviation = spread ? ` ± ${(100 * spread.deviation).toFixed(2)}` : '';
  return percent(meanOf(accuracies)) + deviation;
}

/** The name of a row in the JSON and in the table: the network, and its method if the table has that column. */
const nameOf = ({ model, method }: PaperRow): string =>
  method === undefined ? model : `${model}, ${method}`;

/**
 * The report of a table.
 *
 * @param words paragraphs about the differences
 */
export function reportOf(
  experiment: keyof typeof paperTables,
  settings: ExperimentSettings,
  runs: readonly AccuracyRun[],
  results: readonly Trained[],
  words: readonly string[],
): ExperimentReport {
  const { title } = paperTables[experiment];
  const theirs: readonly PaperRow[] = paperTables[experiment].rows;
  let used = 0;
  const ours = runs.map((run) => {
    const row = theirs.find(({ model }) => model === run.paper);
    const trainings = trainingsOf(run);
    const trained = results.slice(used, (used += trainings.length));
    const of = (name: 'byValidation' | 'bestOnTest'): number[] =>
      trained.map(({ epochs }) => accuraciesOf(epochs)[name]);
    return { run, row, trainings, trained, byValidation: of('byValidation'), bestOnTest: of('bestOnTest') };
  });
  const rows = [
    ...theirs.map((row) => ({ row: nameOf(row), paper: row.accuracy })),
    ...ours.map(({ run, row, trainings, trained }) => ({
      row: run.name,
      ...(row && { standsFor: nameOf(row), paper: row.accuracy }),
      ...linesOfRow(trainings, trained),
    })),
  ];
  // Of a smaller size the difference from the paper says nothing.
  const isPaper = settings.size === 'paper';
  const cells = ours.map(({ run, row, trained, byValidation, bestOnTest }) => [
    run.name,
    row ? percent(row.accuracy) : '',
    cellOf(byValidation),
    cellOf(bestOnTest),
    ...(isPaper ? [row ? signed(100 * (meanOf(bestOnTest) - row.accuracy), 2) : ''] : []),
    String(trained[0].epochs.length),
  ]);
  const spread = runs.some(({ seeds = 1 }) => seeds > 1) ? '; mean and standard deviation of the seeds' : '';
  return {
    lines: [{ experiment, ...settings, title }, ...rows],
    content: [
      `${experiment.replace('table', 'Table ')}: ${title}`,
      {
        title: 'The paper:',
        columns: ['model', 'accuracy'],
        rows: theirs.map((row) => [nameOf(row), percent(row.accuracy)]),
      },
      {
        title: `Ours${spread}; the epoch is chosen by a validation split, or as the authors choose it, on the test set:`,
        columns: ['', 'paper', 'validation', 'on test', ...(isPaper ? ['on test − paper'] : []), 'epochs'],
        rows: cells,
      },
      ...words,
    ],
    figure: coursesOf(ours.map(({ run, trained }) => ({ name: run.name, trained }))),
  };
}

export function partsOf(runs: readonly AccuracyRun[]): Part<Trained>[] {
  return runs.flatMap((run) =>
    trainingsOf(run).map((one) =>
      training(partName(run.seeds === undefined ? run.name : `${run.name}-${one.settings.seed}`), one),
    ),
  );
}

/** Accuracy on the test samples by epoch: one line per row, the mean of its trainings, in the band of their range. */
export function coursesOf(rows: readonly { name: string; trained: readonly Trained[] }[]): Figure {
  const points = rows.flatMap(({ name, trained }) =>
    trained[0].epochs.map(({ epoch }, k) => {
      const each = trained.map(({ epochs }) => epochs[k].accuracy);
      const range = each.length > 1 ? ([Math.min(...each), Math.max(...each)] as const) : undefined;
      return { series: name, x: epoch, y: meanOf(each), range };
    }),
  );
  const seeds = Math.max(...rows.map(({ trained }) => trained.length));
  const title = seeds > 1 ? `lines: means of ${seeds} seeds; bands: from the least to the most` : undefined;
  return linesOf(points, { width: 560, height: 280, x: 'epoch', y: 'test accuracy', format: '~%', title });
}
