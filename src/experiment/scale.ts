/**
 * The value of adaptive S: LeNet with S by Eq. 12, filtered as in the authors' code, per neuron, and static at 1/Vth. The paper claims that
 * S must follow the flow, but has no table on it.
 */
import { variants, type Variant, type VariantName } from '../../spec/variant.ts';
import { coursesOf } from './accuracy.ts';
import {
  partName,
  training,
  type Experiment,
  type ExperimentReport,
  type ExperimentSettings,
  type Trained,
  type Training,
} from './experiment.ts';
import { leaks, protocols, settingsFor, timeWindow } from './protocol.ts';
import { bandOf, meanOf, spreadOf } from './spread.ts';
import { percent, signed } from './text.ts';
import { keysOf } from '../keysOf.ts';

/** A variant's choices for Eq. 12; a static S uses none of them. */
function readingOf(name: VariantName): Partial<Variant> {
  const { scaleOver, scaleRange, scaleStart, scaleUpdate, scaleMemory } = variants[name];
  return { scaleOver, scaleRange, scaleStart, scaleUpdate, scaleMemory };
}

/** The ways to compute S; all other choices are the variant's. The others are compared with the first. */
const arms = {
  'static, 1/Vth': { scale: 'static' },
  'Eq. 12 as the paper has it': { scale: 'layer', ...readingOf('paper') },
  'Eq. 12 as the authors filter it': { scale: 'layer', ...readingOf('authors') },
  'of each neuron': { scale: 'neuron', ...readingOf('authors') },
} as const;
type ArmName = keyof typeof arms;
const names = keysOf(arms);

/** Sizes of our own choice. */
const sizes = {
  small: { samples: { train: 10000, validation: 0, test: 2000 }, settings: { epochs: 10, rateSteps: [6] } },
  paper: { samples: { train: 60000, validation: 0, test: 10000 }, settings: { epochs: 10, rateSteps: [6] } },
};
const seeds = 3;

function trainingsOf(settings: ExperimentSettings, name: ArmName): Training[] {
  const { samples, settings: own } = sizes[settings.size];
  return Array.from({ length: seeds }, (_, k) => ({
    dataset: 'mnist',
    model: protocols.mnist.model,
    options: { variant: { from: settings.variant, ...arms[name] }, timeWindow, leak: leaks.IF },
    settings: { ...settingsFor('mnist', { ...settings, seed: (settings.seed + k) % 2 ** 32 }), ...own },
    samples,
  }));
}

const lastOf = ({ epochs }: Trained): number => epochs[epochs.length - 1].accuracy;

/** Whether seeds alone could explain the difference of two arms, given their spread. */
function verdictOf({ difference, band }: { difference: number; band: number }): string {
  const points = `${signed(100 * difference, 2)} points`;
  return Math.abs(difference) > band
    ? `${points}, which seeds alone do not explain (±${(100 * band).toFixed(2)})`
    : `${points}, which seeds alone explain (±${(100 * band).toFixed(2)})`;
}

function report(settings: ExperimentSettings, results: readonly Trained[]): ExperimentReport {
  const runsOf = (place: number): readonly Trained[] => results.slice(place * seeds, (place + 1) * seeds);
  const base = runsOf(0).map(lastOf);
  const rows = names.map((name, place) => {
    const runs = runsOf(place);
    const own = runs.map(lastOf);
    const difference = meanOf(own) - meanOf(base);
    // Groups of several seeds have a spread.
    return { name, runs, own, difference, band: bandOf(spreadOf([base, own])!, seeds, seeds) };
  });
  const { samples, settings: own } = sizes[settings.size];
  const range = (values: readonly number[]): string =>
    `${percent(Math.min(...values))} to ${percent(Math.max(...values))}`;
  return {
    lines: [
      { experiment: 'scale', ...settings, timeWindow, samples, settings: own, seeds },
      ...rows.map(({ name, runs, own: accuracies, difference, band }, place) => ({
        row: name,
        choices: arms[name],
        accuracy: meanOf(accuracies),
        ...(place > 0 && { difference, band }),
        runs: runs.map((run, k) => ({
          seed: (settings.seed + k) % 2 ** 32,
          accuracy: lastOf(run),
          ...(arms[name].scale === 'layer' && { S: run.epochs[run.epochs.length - 1].S }),
          digest: run.digest,
        })),
      })),
    ],
    content: [
      'What adaptive S is worth',
      `LeNet on MNIST, variant ${settings.variant} but for S, T = ${timeWindow}, ${samples.train} training and ${samples.test} test ` +
        `samples, ${own.epochs} epochs, ${seeds} seeds. The sizes are our own choice: the paper has no such table.`,
      {
        title:
          'Test accuracy after the last epoch; the seeds from the least to the most; against the static S:',
        columns: ['S', 'mean', 'seeds', '− static'],
        rows: rows.map(({ name, own: accuracies, difference }, place) => [
          name,
          percent(meanOf(accuracies)),
          range(accuracies),
          place === 0 ? '' : signed(100 * difference, 2),
        ]),
      },
      ...rows.slice(1).map((row) => `S, ${row.name}, against static: ${verdictOf(row)}.`),
    ],
    figure: coursesOf(rows.map(({ name, runs }) => ({ name, trained: runs }))),
  };
}

export const scale: Experiment<Trained> = {
  help: 'What adaptive S is worth: Eq. 12 in two readings, of each neuron, and static; LeNet on MNIST',
  data: 'mnist',
  parts: (settings) =>
    names.flatMap((name) =>
      trainingsOf(settings, name).map((one) => training(partName(`${name}-${one.settings.seed}`), one)),
    ),
  report,
};
