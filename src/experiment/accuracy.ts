/** Tables of accuracies: train networks, and report their accuracies by epoch and beside the paper's rows. */
import type { EpochRecord } from '../modelFile/model.ts';
import { percent, signed } from '../printable.ts';
import { compared, comparedWith, meanOf, quietest, spreadOf } from './compared.ts';
import type { Experiment, ExperimentSettings, Trained } from './experiment.ts';
import { linesOf, type Point } from './figures.ts';
import { rowName, type PaperRow } from './paper.ts';
import type { DatasetName } from './protocol.ts';
import { settingsTable, trainingExperiment, trainingsOf, type Arm, type Measured } from './trainings.ts';

/** Test accuracies of a run, one for each way to choose the epoch. Of equally good epochs, the first is chosen. */
export function accuraciesOf(epochs: readonly EpochRecord[]) {
  const best = (of: (record: EpochRecord) => number): EpochRecord =>
    epochs.reduce((so, record) => (of(record) > of(so) ? record : so));
  const validated = best(({ validation = 0 }) => validation);
  // The authors choose this epoch; its accuracy is optimistic.
  const tested = best(({ accuracy }) => accuracy);
  return {
    byValidation: validated.accuracy,
    epochByValidation: validated.epoch,
    bestOnTest: tested.accuracy,
    epochBestOnTest: tested.epoch,
    last: epochs[epochs.length - 1].accuracy,
  };
}

/** The test accuracies by epoch as points of a line: the means of the runs, and their ranges. */
export function courseOf(series: string, runs: readonly Trained[]): Point[] {
  return runs[0].epochs.map(({ epoch }, k) => {
    const each = runs.map(({ epochs }) => epochs[k].accuracy);
    const range = each.length > 1 ? ([Math.min(...each), Math.max(...each)] as const) : undefined;
    return { series, x: epoch, y: meanOf(each), range };
  });
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

/** A row of ours. */
interface Ours extends Measured<PaperArm> {
  readonly paper: PaperRow | undefined;
}

const kinds = ['byValidation', 'bestOnTest', 'last'] as const;

const valuesOf = ({ runs }: Ours, kind: (typeof kinds)[number]): number[] =>
  runs.map(({ epochs }) => accuraciesOf(epochs)[kind]);

/** The JSON row of an arm: the means if there are several trainings, then the accuracies of each seed. */
function lineOf(ours: Ours): object {
  const { arm, runs, paper } = ours;
  const found = runs.map(({ epochs, samples, digest }) => ({
    ...accuraciesOf(epochs),
    epochs: epochs.length,
    ...(!paper && { samples }),
    digest,
  }));
  const means = (): object => ({
    ...Object.fromEntries(kinds.map((kind) => [kind, meanOf(valuesOf(ours, kind))])),
    seeds: trainingsOf(arm).map(({ settings: { seed } }, k) => ({ seed, ...found[k] })),
  });
  return {
    row: arm.name,
    ...(paper ? { standsFor: rowName(paper), paper: paper.accuracy } : { paper: null }),
    ...(found.length === 1 ? found[0] : means()),
  };
}

/** `96.60 %`, or for several seeds the mean and the standard deviation: `96.60 % ± 0.21`. */
function cellOf(accuracies: readonly number[]): string {
  const spread = spreadOf([accuracies]);
  const deviation = spread ? ` ± ${(100 * spread.deviation).toFixed(2)}` : '';
  return percent(meanOf(accuracies)) + deviation;
}

/** Compares two arms by accuracy in the epochs that validation chose; compares the sign of the difference with the paper's. */
function sentenceOf(...both: readonly [Ours, Ours]): string {
  const [a, b] = both.map(({ arm: { name }, runs: [{ epochs, samples }] }) => ({
    name,
    accuracy: accuraciesOf(epochs).byValidation,
    samples: samples.test,
  }));
  const [first, second] = both.map(({ paper }) => paper);
  if (!first || !second) return `By validation: ${compared(a, b)}.`;
  const difference = first.accuracy - second.accuracy;
  const paper = `In the paper the difference is ${signed(100 * difference, 2)}`;
  return `By validation: ${comparedWith(paper, Math.sign(difference), a, b)}.`;
}

/** An experiment that reports our accuracies beside those of the paper's table. */
export const accuracyTable = ({
  help,
  dataset,
  title,
  rows = [],
  arms,
  pairs = [],
  notes,
}: AccuracyTable): Experiment<Trained | undefined> =>
  trainingExperiment({
    help,
    data: dataset,
    arms,
    resultOf: (training) => training,
    report(settings, measured) {
      const ours = measured.map((one) => ({
        ...one,
        paper: rows.find(({ model }) => model === one.arm.paper),
      }));
      // At a smaller size, a difference from the paper would mean nothing.
      const isPaper = settings.size === 'paper' && rows.length > 0;
      const seeds = ours[0].runs.length;
      const points = ours.flatMap(({ arm, runs }) => courseOf(arm.name, runs));
      const axes = { width: 560, height: 280, x: 'epoch', y: 'test accuracy', format: '~%' };
      const bands = `lines: means of ${seeds} seeds; bands: from the least to the most`;
      const paperTable = {
        title: 'The paper:',
        columns: ['model', 'accuracy'],
        rows: rows.map((row) => [rowName(row), percent(row.accuracy)]),
      };
      const spread = seeds > 1 ? `; mean and standard deviation of ${seeds} seeds` : '';
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
            rows: ours.map((one) => {
              const { arm, paper } = one;
              const tested = valuesOf(one, 'bestOnTest');
              return [
                arm.name,
                paper ? percent(paper.accuracy) : 'none',
                cellOf(valuesOf(one, 'byValidation')),
                cellOf(tested),
                ...(isPaper && paper ? [signed(100 * (meanOf(tested) - paper.accuracy), 2)] : []),
                cellOf(valuesOf(one, 'last')),
              ];
            }),
          },
          settingsTable(settings, ours, ours[0].runs[0].samples),
          ...(settings.size === 'small'
            ? ['Compare these accuracies with each other, not with the paper’s.']
            : []),
          ...notes(settings),
          ...pairs.map(([a, b]) => sentenceOf(ours[a], ours[b])),
          quietest(ours.map(({ arm: { name }, runs: [trained] }) => ({ name, trained }))),
        ],
        figure: linesOf(points, { ...axes, title: seeds > 1 ? bands : undefined }),
      };
    },
  });
