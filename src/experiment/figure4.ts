/**
 * Figure 4: test accuracy by epoch for several windows, (a) LeNet on MNIST and (b) VGG7 on CIFAR-10; and (c) best accuracy by window.
 *
 * The paper draws the figure without numbers. Its text says that accuracy grows with the window up to 300.
 */
import { keysOf } from '../keysOf.ts';
import { percent } from '../printable.ts';
import { accuraciesOf, type Accuracies } from './accuracy.ts';
import { compared, directionOf, quietest } from './compared.ts';
import {
  partsOf,
  samplesOf,
  type Arm,
  type Experiment,
  type ExperimentSummary,
  type ExperimentSettings,
  type Figure,
  type Trained,
} from './experiment.ts';
import { colours, dots, linePanel, titleOf } from './figures.ts';
import { paperTables } from './paper.ts';
import { narrowed, narrowWords, protocols, trainingFor, type Narrow } from './protocol.ts';

/** The paper's windows: "From 100 to 500". */
const paperWindows = [100, 200, 300, 400, 500];
/** The paper says: "When time window is over 300, the performance will not increase but even decrease to an extent." */
const paperTop = 300;

const narrow: Narrow = { maps: [16, 16, 32, 32, 32], units: 128, threshold: 1 };

/** No samples are set aside for validation: the best epoch is chosen on the test set. */
const paperSize = { windows: paperWindows, samples: { validation: 0 } };
const sizes = {
  small: {
    mnist: {
      windows: paperWindows,
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
  paper: { mnist: paperSize, cifar10: paperSize },
};

const data = 'cifar10';
/** The panels: data sets, with the paper's letters. */
const sets = {
  mnist: { title: 'LeNet on MNIST', name: 'MNIST', letter: 'a', rows: paperTables.table1.rows },
  [data]: { title: 'VGG7 on CIFAR-10', name: 'CIFAR-10', letter: 'b', rows: paperTables.table2.rows },
} as const;
type Set = keyof typeof sets;

/** A line of panel (a) or (b), and a point of (c). */
interface WindowArm extends Arm {
  readonly set: Set;
  readonly T: number;
}
type Course = WindowArm & Accuracies & { readonly trained: Trained };

const armsOf = (settings: ExperimentSettings): WindowArm[] =>
  keysOf(sets).flatMap((set) => {
    const { windows, ...rest } = sizes[settings.size][set];
    return windows.map((T) => ({
      name: `${set}, T = ${T}`,
      set,
      T,
      training: trainingFor(set, settings, rest, { timeWindow: T }),
      needsData: set === data,
    }));
  });

/** The paper's accuracy for a window, if its text or tables give one. */
const paperOf = ({ set, T }: Course): number | undefined =>
  sets[set].rows.find(({ thisWork, timeWindow }) => thisWork === 'IF' && timeWindow === T)?.accuracy;

/** `rises from T = 100 to 300, falls from 300 to 500`. */
export function shapeOf(points: readonly { readonly T: number; readonly bestOnTest: number }[]): string {
  const runs: { verb: string; from: number; to: number }[] = [];
  for (const [index, { T, bestOnTest }] of points.slice(1).entries()) {
    const { T: from, bestOnTest: before } = points[index];
    const verb = bestOnTest > before ? 'rises' : bestOnTest < before ? 'falls' : 'stays';
    const last = runs.at(-1);
    if (last?.verb === verb) last.to = T;
    else runs.push({ verb, from, to: T });
  }
  return runs.map(({ verb, from, to }) => `${verb} from T = ${from} to ${to}`).join(', ');
}

/** Whether a data set confirms the paper's two sentences about windows, as far as the number of samples can tell. */
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
    '0': 'this run cannot tell whether it grows',
  }[directionOf(last, first)];
  const said = `${sets[set].title}: the best accuracy ${shapeOf(courses)}. ${compared(last, first)}: ${growth}.`;

  const best = (of: typeof measured) => of.reduce((so, one) => (one.accuracy > so.accuracy ? one : so));
  const over = measured.filter(({ T }) => T > paperTop);
  if (over.length === 0) return `${said} No window is over ${paperTop}.`;
  const [long, short] = [best(over), best(measured.filter(({ T }) => T <= paperTop))];
  const top = {
    '1': 'it still grows, which contradicts the paper’s text at this size',
    '-1': 'it falls, as in the paper',
    '0': 'no growth can be seen there, as in the paper',
  }[directionOf(long, short)];
  return `${said} The best window over ${paperTop}, against the best up to ${paperTop}: ${compared(long, short)}: ${top}.`;
}

/** Omits a data set if one of its windows has no result. */
function coursesOf(settings: ExperimentSettings, results: readonly (Trained | undefined)[]): Course[] {
  const all = armsOf(settings).map((arm, index) => ({ ...arm, trained: results[index] }));
  const isOpen = new Set(all.flatMap(({ set, trained }) => (trained ? [] : [set])));
  return all.flatMap(({ trained, ...arm }): Course[] =>
    trained && !isOpen.has(arm.set) ? [{ ...arm, trained, ...accuraciesOf(trained.epochs) }] : [],
  );
}

/** The courses by data set; omits data sets without courses. */
const bySet = (courses: readonly Course[]): [Set, Course[]][] =>
  keysOf(sets)
    .map((set): [Set, Course[]] => [set, courses.filter((course) => course.set === set)])
    .filter(([, ofSet]) => ofSet.length > 0);

function summarise(
  settings: ExperimentSettings,
  results: readonly (Trained | undefined)[],
): ExperimentSummary {
  const { size, variant } = settings;
  const courses = coursesOf(settings, results);
  const title = 'Accuracy by epoch for several time windows, and by time window';
  const { mnist, cifar10 } = sizes.small;
  const scale = ({ samples, settings: overrides }: typeof mnist | typeof cifar10): string =>
    `${samples.train} training and ${samples.test} test samples, ${overrides.epochs} epochs`;
  const lines = courses.map((course) => {
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
  });
  return {
    lines: [{ experiment: 'figure4', ...settings, title }, ...lines],
    content: [
      title,
      ...(courses.some(({ set }) => set === data)
        ? []
        : [
            'VGG7 on CIFAR-10 is not trained with all windows. The same command with `--data DIR`, the folder of CIFAR-10, trains the rest.',
          ]),
      ...bySet(courses).map(([set]) => ({
        title: `${sets[set].title}:`,
        columns: ['T', 'paper', 'best', 'at epoch', 'last', 'epochs'],
        rows: lines
          .filter(({ dataset }) => dataset === set)
          .map(({ timeWindow, paper, bestOnTest, epochBestOnTest, last, accuracies }) => [
            String(timeWindow),
            paper === undefined ? '–' : percent(paper),
            percent(bestOnTest),
            String(epochBestOnTest),
            percent(last),
            String(accuracies.length),
          ]),
      })),
      size === 'paper'
        ? `LeNet and VGG7 of IF neurons, variant ${variant}, the protocols of the authors’ code. The best epoch is chosen on the test set.`
        : `IF neurons, variant ${variant}. LeNet: the paper’s windows, ${scale(mnist)} in place of 60,000, 10,000 and 125. VGG7 is ` +
          `narrower, ${narrowWords(protocols.cifar10.model, narrow)}, with windows from ${cifar10.windows[0]} to ${cifar10.windows.at(-1)}, ` +
          `a fifth of the paper’s; ${scale(cifar10)} in place of 50,000, 10,000 and 100. The best epoch is chosen on the test set. Compare ` +
          'with the paper only how accuracy changes with the window, not the accuracies. `--size paper` has the paper’s sizes.',
      'The paper’s figure has no numbers. Its text says that accuracy rises with the window up to 300, and then stays or falls. ' +
        'Yet the best of its Table 2, 91.35 %, is at T = 400; its text has 89.83 % at T = 100.',
      ...bySet(courses).map(([set, ofSet]) => findingOf(set, ofSet)),
      quietest(courses.map(({ set, T, trained }) => ({ name: `${sets[set].title}, T = ${T}`, trained }))),
    ],
    figure: figureOf(courses),
  };
}

const height = 250;

/** One line per window, with its name at its end. */
function byEpoch(set: Set, courses: readonly Course[]): object {
  const points = courses.flatMap(({ T, trained }) =>
    trained.epochs.map(({ epoch, accuracy }) => ({ series: `T = ${T}`, x: epoch, y: accuracy })),
  );
  const axes = { width: 365, height, x: 'epoch', y: 'test accuracy', format: '~%' };
  return { title: titleOf(`(${sets[set].letter}) ${sets[set].title}`), ...linePanel(points, axes) };
}

/** Windows are few, so each has its tick on the axis. */
function byWindow(title: string, courses: readonly Course[], isLast: boolean): object {
  const [color] = colours;
  const scale = { zero: false };
  return {
    title: titleOf(title),
    width: 220,
    height: (height - 50) / 2,
    data: { values: courses.map(({ T, bestOnTest }) => ({ T, accuracy: bestOnTest })) },
    mark: { type: 'line', color, point: { ...dots(40), color } },
    encoding: {
      x: {
        field: 'T',
        type: 'quantitative',
        title: isLast ? 'T' : null,
        axis: { grid: false, values: courses.map(({ T }) => T) },
        scale,
      },
      y: {
        field: 'accuracy',
        type: 'quantitative',
        title: 'best',
        scale,
        axis: { format: '.1~%', tickCount: 4 },
      },
    },
  };
}

function figureOf(courses: readonly Course[]): Figure {
  const grouped = bySet(courses);
  const windows = grouped.map(([set, ofSet], index) =>
    byWindow((index === 0 ? '(c) by window: ' : '') + sets[set].name, ofSet, index === grouped.length - 1),
  );
  return {
    hconcat: [...grouped.map(([set, ofSet]) => byEpoch(set, ofSet)), { vconcat: windows, spacing: 14 }],
    spacing: 24,
    resolve: { scale: { color: 'independent', x: 'independent', y: 'independent' } },
  };
}

export const figure4: Experiment<Trained | undefined> = {
  help: 'accuracy by epoch for windows from 100 to 500, and by window, on MNIST and CIFAR-10',
  data,
  parts: (settings) => partsOf(armsOf(settings)),
  summarise,
};
