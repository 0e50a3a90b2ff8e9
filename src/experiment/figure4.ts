/**
 * Figure 4: test accuracy by epoch for several windows, (a) LeNet on MNIST and (b) VGG7 on CIFAR-10; and (c) by window.
 *
 * The paper draws the figure without numbers. Its text says that accuracy grows with the window up to 300.
 */
import { accuraciesOf } from './accuracy.ts';
import { compared, directionOf, quietest } from './compared.ts';
import {
  samplesOf,
  training,
  type Experiment,
  type ExperimentReport,
  type ExperimentSettings,
  type Trained,
} from './experiment.ts';
import { panelsOf, titles, type Course, type Set } from './figure4Panels.ts';
import { narrowed, narrowWords, type Narrow } from './narrow.ts';
import { paperTables } from './paper.ts';
import { protocols, settingsFor } from './protocol.ts';
import { percent } from './text.ts';
import { keysOf } from '../keysOf.ts';

/** "From 100 to 500". */
const paperWindows = [100, 200, 300, 400, 500];
/** "When time window is over 300, the performance will not increase but even decrease to an extent." */
const paperTop = 300;

const narrow: Narrow = { maps: [16, 16, 32, 32, 32], units: 128, threshold: 1 };

/** All accuracies are on test samples, since no epoch is chosen. */
const sizes = {
  small: {
    mnist: {
      windows: paperWindows,
      model: protocols.mnist.model,
      samples: { train: 800, validation: 0, test: 500 },
      settings: { epochs: 3, batch: 20, rateSteps: [2] },
    },
    cifar10: {
      windows: paperWindows.map((T) => T / 5),
      model: narrowed(protocols.cifar10.model, narrow),
      samples: { train: 1200, validation: 0, test: 500 },
      settings: { epochs: 3, batch: 20, rateSteps: [2] },
    },
  },
  paper: {
    mnist: {
      windows: paperWindows,
      model: protocols.mnist.model,
      samples: { validation: 0 },
      settings: {},
    },
    cifar10: {
      windows: paperWindows,
      model: protocols.cifar10.model,
      samples: { validation: 0 },
      settings: {},
    },
  },
} as const;

const sets = keysOf(titles);
const data = 'cifar10';

/** Data sets and windows, in the order of the parts. */
const arms = ({ size }: ExperimentSettings): { readonly set: Set; readonly T: number }[] =>
  sets.flatMap((set) => sizes[size][set].windows.map((T) => ({ set, T })));

function parts(settings: ExperimentSettings) {
  return arms(settings).map(({ set, T }) => {
    const { model, samples, settings: own } = sizes[settings.size][set];
    const part = training(`${set}-T-${T}`, {
      dataset: set,
      model,
      options: { variant: settings.variant, timeWindow: T },
      settings: { ...settingsFor(set, settings), ...own },
      samples,
    });
    return { ...part, needsData: set === data };
  });
}

/** The paper's accuracy for a window, if its text or tables give one. */
function paperOf({ set, T }: Course): number | undefined {
  const { rows } = set === 'mnist' ? paperTables.table1 : paperTables.table2;
  return rows.find(({ thisWork, timeWindow }) => thisWork === 'IF' && timeWindow === T)?.accuracy;
}

/** `rises from T = 100 to 300, falls from 300 to 500`. */
export function shapeOf(points: readonly { readonly T: number; readonly bestOnTest: number }[]): string {
  const runs: { verb: string; from: number; to: number }[] = [];
  for (const [place, { T, bestOnTest }] of points.slice(1).entries()) {
    const { T: from, bestOnTest: before } = points[place];
    const verb = bestOnTest > before ? 'rises' : bestOnTest < before ? 'falls' : 'stays';
    const last = runs.at(-1);
    if (last?.verb === verb) last.to = T;
    else runs.push({ verb, from, to: T });
  }
  return runs.map(({ verb, from, to }) => `${verb} from T = ${from} to ${to}`).join(', ');
}

/** Whether a data set confirms the paper's two sentences, as far as the number of samples can tell. */
function findingOf(set: Set, courses: readonly Course[]): string {
  const measured = courses.map(({ T, bestOnTest, trained }) => ({
    name: `T = ${T}`,
    T,
    accuracy: bestOnTest,
    samples: samplesOf(trained).test,
  }));
  const [first, last] = [measured[0], measured[measured.length - 1]];
  const growth = {
    '1': 'it grows, as in the paper',
    '-1': 'it falls, which contradicts the paper at this size',
    '0': 'whether it grows this run cannot tell',
  }[directionOf(last, first)];
  const said = `${titles[set]}: the best accuracy ${shapeOf(courses)}. ${compared(last, first)}: ${growth}.`;

  const best = (of: typeof measured) => of.reduce((so, one) => (one.accuracy > so.accuracy ? one : so));
  const over = measured.filter(({ T }) => T > paperTop);
  if (over.length === 0) return `${said} Windows over ${paperTop} are not among these.`;
  const [long, short] = [best(over), best(measured.filter(({ T }) => T <= paperTop))];
  const top = {
    '1': 'it still grows, which contradicts the paper’s text at this size',
    '-1': 'it falls, as the paper has it',
    '0': 'no growth can be seen there, as the paper has it',
  }[directionOf(long, short)];
  return `${said} Over T = ${paperTop} the best, ${compared(long, short)}, the best up to there: ${top}.`;
}

const absentWords =
  'VGG7 on CIFAR-10 is not trained with all windows: the same command with `--data DIR`, the folder of CIFAR-10, trains it too.';

function wordsOf(settings: ExperimentSettings, courses: readonly Course[]): string[] {
  const { size, variant } = settings;
  const of = (set: Set): Course[] => courses.filter((course) => course.set === set);
  return [
    size === 'paper'
      ? `LeNet and VGG7 of IF neurons, variant ${variant}, the protocols of the authors’ code. The best epoch is chosen on the test set.`
      : wordsOfSmall(variant),
    'The paper draws the figure and prints no numbers. It says that accuracy gets higher as the window grows, and over 300 does ' +
      'not, or falls; yet the best of its Table 2, 91.35 %, is at T = 400. It has 89.83 % at T = 100.',
    ...trainedOf(courses).map((set) => findingOf(set, of(set))),
    quietest(courses.map(({ set, T, trained }) => ({ name: `${titles[set]}, T = ${T}`, trained }))),
  ];
}

function wordsOfSmall(variant: string): string {
  const { mnist, cifar10 } = sizes.small;
  const scale = ({ samples, settings }: typeof mnist | typeof cifar10): string =>
    `${samples.train} training and ${samples.test} test samples, ${settings.epochs} epochs`;
  const windows = `${cifar10.windows[0]} to ${cifar10.windows.at(-1)}`;
  return (
    `IF neurons, variant ${variant}. LeNet: the paper’s windows, ${scale(mnist)} in place of 60,000, 10,000 and 125. VGG7 is ` +
    `narrower, ${narrowWords(protocols.cifar10.model, narrow)}, with windows from ${windows}, a fifth of the paper’s; ` +
    `${scale(cifar10)} in place of 50,000, 10,000 and 100. The best epoch is chosen on the test set. So the accuracies are not to ` +
    'be compared with the paper’s, only how they go with the window. `--size paper` is the paper’s.'
  );
}

const percentOrNone = (share: number | undefined): string => (share === undefined ? '–' : percent(share));

/** Only of data sets all of whose windows have results. */
function coursesOf(settings: ExperimentSettings, results: readonly (Trained | undefined)[]): Course[] {
  const all = arms(settings).map((arm, place) => ({ ...arm, trained: results[place] }));
  const isWhole = (set: Set): boolean => all.every((arm) => arm.set !== set || arm.trained);
  return all.flatMap(({ trained, ...arm }): Course[] =>
    trained && isWhole(arm.set) ? [{ ...arm, trained, ...accuraciesOf(trained.epochs) }] : [],
  );
}

const trainedOf = (courses: readonly Course[]): readonly Set[] =>
  sets.filter((set) => courses.some((course) => course.set === set));

function report(settings: ExperimentSettings, results: readonly (Trained | undefined)[]): ExperimentReport {
  const courses = coursesOf(settings, results);
  const absent = trainedOf(courses).includes(data) ? [] : [absentWords];
  const title = 'Accuracy by epoch for several time windows, and by time window';
  return {
    lines: [
      { experiment: 'figure4', ...settings, title },
      ...courses.map((course) => {
        const { set, T, bestOnTest, epochBestOnTest, last, trained } = course;
        const paper = paperOf(course);
        return {
          dataset: set,
          timeWindow: T,
          ...(paper !== undefined && { paper }),
          bestOnTest,
          epochBestOnTest,
          last,
          accuracies: trained.epochs.map(({ accuracy }) => accuracy),
          samples: trained.samples,
          digest: trained.digest,
        };
      }),
    ],
    content: [
      title,
      ...absent,
      ...trainedOf(courses).map((set) => ({
        title: `${titles[set]}:`,
        columns: ['T', 'paper', 'best', 'at epoch', 'last', 'epochs'],
        rows: courses
          .filter((course) => course.set === set)
          .map((course) => [
            String(course.T),
            percentOrNone(paperOf(course)),
            percent(course.bestOnTest),
            String(course.epochBestOnTest),
            percent(course.last),
            String(course.trained.epochs.length),
          ]),
      })),
      ...wordsOf(settings, courses),
    ],
    figure: panelsOf(courses),
  };
}

export const figure4: Experiment<Trained | undefined> = {
  help: 'accuracy by epoch for windows from 100 to 500, and by window, on MNIST and CIFAR-10',
  data,
  parts,
  report,
};
