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
import { percent, signed } from './text.ts';

/** One of our rows: a training, and the paper's row that it corresponds to. */
export interface AccuracyRun {
  readonly name: string;
  readonly training: Training;
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
  const ours = runs.map((run, place) => {
    const row = theirs.find(({ model }) => model === run.paper);
    const { epochs, digest } = results[place];
    return { run, row, epochs, digest, ...accuraciesOf(epochs) };
  });
  const rows = [
    ...theirs.map((row) => ({ row: nameOf(row), paper: row.accuracy })),
    ...ours.map(({ run, row, epochs, digest, ...accuracies }) => ({
      row: run.name,
      ...(row && { standsFor: nameOf(row), paper: row.accuracy }),
      ...accuracies,
      epochs: epochs.length,
      digest,
    })),
  ];
  // Of a smaller size the difference from the paper says nothing.
  const isPaper = settings.size === 'paper';
  const cells = ours.map(({ run, row, byValidation, bestOnTest, epochs }) => [
    run.name,
    row ? percent(row.accuracy) : '',
    percent(byValidation),
    percent(bestOnTest),
    ...(isPaper ? [row ? signed(100 * (bestOnTest - row.accuracy), 2) : ''] : []),
    String(epochs.length),
  ]);
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
        title:
          'Ours; the epoch is chosen by a validation split, or as the authors choose it, on the test set:',
        columns: ['', 'paper', 'validation', 'on test', ...(isPaper ? ['on test − paper'] : []), 'epochs'],
        rows: cells,
      },
      ...words,
    ],
    figure: coursesOf(ours.map(({ run, epochs }) => ({ name: run.name, epochs }))),
  };
}

export function partsOf(runs: readonly AccuracyRun[]): Part<Trained>[] {
  return runs.map((run) => training(partName(run.name), run.training));
}

/** Accuracy on the test samples by epoch, one line per run. */
export function coursesOf(runs: readonly { name: string; epochs: readonly EpochRecord[] }[]): Figure {
  const points = runs.flatMap(({ name, epochs }) =>
    epochs.map(({ epoch, accuracy }) => ({ series: name, x: epoch, y: accuracy })),
  );
  return linesOf(points, { width: 560, height: 280, x: 'epoch', y: 'test accuracy', format: '~%' });
}
