/** Experiments whose parts are trainings. */
import {
  partName,
  type Experiment,
  type ExperimentSettings,
  type ExperimentSummary,
  type SampleCounts,
  type Table,
  type Trained,
  type Training,
} from './experiment.ts';
import { protocols, timeWindow, trainingFor, type DatasetName } from './protocol.ts';

/** Trainings that differ in their seeds alone. */
export interface Arm {
  readonly name: string;
  /** The training with the first seed. */
  readonly training: Training;
  /** Number of trainings. Default: one, whose part has the arm's name without a seed. */
  readonly seeds?: number;
}

/** An arm with the results of its trainings, in the order of the seeds. Skipped trainings have none. */
export interface Measured<A extends Arm, Result = Trained> {
  readonly arm: A;
  readonly runs: readonly Result[];
}

interface TrainingExperiment<A extends Arm, Result> {
  readonly help: string;
  readonly data: string;
  readonly arms: (settings: ExperimentSettings) => readonly A[];
  /** Converts a training to the result of its part. */
  readonly resultOf: (training: Promise<Trained>) => Promise<Result>;
  readonly report: (of: ExperimentSettings, measured: readonly Measured<A, Result>[]) => ExperimentSummary;
}

export function trainingsOf({ training, seeds = 1 }: Arm): Training[] {
  const { seed = 1 } = training.settings;
  return Array.from({ length: seeds }, (_, k) => ({
    ...training,
    settings: { ...training.settings, seed: (seed + k) % 2 ** 32 },
  }));
}

export const trainingExperiment = <A extends Arm, Result>({
  help,
  data,
  arms,
  resultOf,
  report,
}: TrainingExperiment<A, Result>): Experiment<Result | undefined> => ({
  help,
  data,
  parts: (settings) =>
    arms(settings).flatMap((arm) =>
      trainingsOf(arm).map((of) => {
        const name = partName(arm.seeds === undefined ? arm.name : `${arm.name}-${of.settings.seed}`);
        return {
          name,
          of,
          dataset: of.dataset,
          estimate: (laboratory) => laboratory.estimate(of),
          run: (laboratory) => resultOf(laboratory.train(name, of)),
        };
      }),
    ),
  summarise(settings, results) {
    const left = [...results];
    const measured = arms(settings).map((arm) => ({
      arm,
      runs: left.splice(0, arm.seeds ?? 1).filter((result) => result !== undefined),
    }));
    return report(settings, measured);
  },
});

/** The settings of trainings on a data set, beside those of the authors' code. A cell lists each value once. */
export function settingsTable(
  { variant }: ExperimentSettings,
  rows: readonly { readonly arm: Arm }[],
  counts: SampleCounts,
): Table {
  const dataset = rows[0].arm.training.dataset as DatasetName; // `trainingFor` has set it
  const full = protocols[dataset].samples;
  const window = dataset === 'nmnist' ? {} : { timeWindow };
  const protocol = trainingFor(dataset, { seed: 1, variant }, { samples: { validation: 0 }, ...window });
  const row = (name: string, of: (training: Training) => string | number | undefined): string[] => [
    name,
    [...new Set(rows.map(({ arm }) => of(arm.training)))].join(', '),
    String(of(protocol)),
  ];
  const mapsOf = ({ model }: Training): string =>
    model.layers.flatMap((layer) => (layer.kind === 'convolution' ? [layer.channels] : [])).join(', ');
  const unitsOf = ({ model }: Training): string =>
    model.layers.flatMap((layer) => (layer.kind === 'linear' ? [layer.units] : [])).join(', ');
  return {
    title: `Settings, variant ${variant}, beside those of the authors’ code:`,
    columns: ['', 'here', 'authors’ code'],
    rows: [
      row('network', ({ model }) => model.name),
      row('maps', mapsOf),
      row('units', unitsOf),
      row('threshold', ({ model }) => model.threshold),
      row('T', ({ model, options: { timeWindow: T = model.timeWindow } }) => T),
      ['training samples', String(counts.train), String(full.train)],
      ['validation samples', String(counts.validation), '0'],
      ['test samples', String(counts.test), String(full.test)],
      row('epochs', ({ settings }) => settings.epochs),
      row('batch', ({ settings }) => settings.batch),
    ],
  };
}
