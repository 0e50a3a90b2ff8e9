/**
 * Figure 4: test accuracy by epoch for several windows, (a) LeNet on MNIST and (b) VGG7 on CIFAR-10; (c) best accuracy by window.
 *
 * The paper's figure has no numbers. Its text says that accuracy grows with the window up to 300.
 */
import { keysOf } from '../keysOf.ts';
import { percent } from '../printable.ts';
import { accuraciesOf, type Accuracies } from './accuracy.ts';
import { compared, comparedWith, directionOf, quietest } from './compared.ts';
import {
  partsOf,
  type Arm,
  type Experiment,
  type ExperimentSettings,
  type Figure,
  type Trained,
} from './experiment.ts';
import { colours, dots, linePanel, titleOf } from './figures.ts';
import { paperTables } from './paper.ts';
import { narrowed, protocols, settingsTable, trainingFor } from './protocol.ts';

/** The paper's windows: "From 100 to 500". */
const paperWindows = [100, 200, 300, 400, 500];
/** The paper says: "When time window is over 300, the performance will not increase but even decrease to an extent." */
const paperTop = 300;

/** No samples are set aside for validation, because the best epoch is chosen on the test set. */
const paperSize = { windows: paperWindows, samples: { validation: 0 } };
const settingsOfSmall = { epochs: 3, batch: 20, rateSteps: [2] };
const sizes = {
  small: {
    mnist: {
      windows: paperWindows,
      samples: { train: 800, validation: 0, test: 500 },
      settings: settingsOfSmall,
    },
    cifar10: {
      windows: paperWindows.map((T) => T / 5),
      model: narrowed(protocols.cifar10.model),
      samples: { train: 1200, validation: 0, test: 500 },
      settings: settingsOfSmall,
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

/** The training with a window: a line of panel (a) or (b), and a point of panel (c). */
interface Course extends Accuracies {
  readonly T: number;
  readonly trained: Trained;
}

interface Panel {
  readonly set: Set;
  readonly arms: readonly Arm[];
  readonly courses: readonly Course[];
}

const armsOf = (settings: ExperimentSettings, set: Set): Arm[] => {
  const { windows, ...rest } = sizes[settings.size][set];
  return windows.map((T) => ({
    name: `${set}, T = ${T}`,
    training: trainingFor(set, settings, rest, { timeWindow: T }),
    needsData: set === data,
  }));
};

/** Groups the results by data set. Omits a data set if one of its windows has no result. */
function panelsOf(settings: ExperimentSettings, results: readonly (Trained | undefined)[]): Panel[] {
  const left = [...results];
  return keysOf(sets).flatMap((set): Panel[] => {
    const { windows } = sizes[settings.size][set];
    const courses = left
      .splice(0, windows.length)
      .flatMap((trained, k): Course[] =>
        trained ? [{ T: windows[k], trained, ...accuraciesOf(trained.epochs) }] : [],
      );
    return courses.length < windows.length ? [] : [{ set, arms: armsOf(settings, set), courses }];
  });
}

/** The JSON row of a window, with the paper's accuracy if its text or tables give one. */
function lineOf(set: Set, { T, bestOnTest, epochBestOnTest, last, trained }: Course) {
  const row = sets[set].rows.find(({ thisWork, timeWindow }) => thisWork === 'IF' && timeWindow === T);
  return {
    dataset: set,
    timeWindow: T,
    ...(row && { paper: row.accuracy }),
    bestOnTest,
    epochBestOnTest,
    last,
    accuracies: trained.epochs.map(({ accuracy }) => accuracy),
    samples: trained.samples,
    digest: trained.digest,
  };
}

/** Says whether a data set confirms the paper's two statements about windows, if the number of samples suffices. */
function findingOf({ set, courses }: Panel): string {
  const measured = courses.map(({ T, bestOnTest: accuracy, trained: { samples } }) => ({
    name: `T = ${T}`,
    T,
    accuracy,
    samples: samples.test,
  }));
  const [first, last] = [measured[0], measured[measured.length - 1]];
  const growth = comparedWith('In the paper the difference is positive', 1, last, first);
  const said = `${sets[set].title}, best accuracy: ${growth}.`;
  const best = (of: typeof measured) => of.reduce((so, one) => (one.accuracy > so.accuracy ? one : so));
  const over = measured.filter(({ T }) => T > paperTop);
  if (over.length === 0) return `${said} No window is over ${paperTop}.`;
  const [long, short] = [best(over), best(measured.filter(({ T }) => T <= paperTop))];
  const top =
    directionOf(long, short) > 0
      ? 'it still grows, which contradicts the paper’s text at this size'
      : 'no growth can be seen there, as in the paper';
  return `${said} The best window over ${paperTop}, against the best up to ${paperTop}: ${compared(long, short)}: ${top}.`;
}

const height = 250;

/** Draws a line per window, with its name at its end. */
function byEpoch({ set, courses }: Panel): object {
  const points = courses.flatMap(({ T, trained }) =>
    trained.epochs.map(({ epoch, accuracy }) => ({ series: `T = ${T}`, x: epoch, y: accuracy })),
  );
  const axes = { width: 365, height, x: 'epoch', y: 'test accuracy', format: '~%' };
  return { title: titleOf(`(${sets[set].letter}) ${sets[set].title}`), ...linePanel(points, axes) };
}

/** Draws accuracy by window. Windows are few, so each has a tick on the axis. */
function byWindow(title: string, courses: readonly Course[], isLast: boolean): object {
  const [color] = colours;
  const scale = { zero: false };
  const windows = courses.map(({ T }) => T);
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
        axis: { grid: false, values: windows },
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

function figureOf(panels: readonly Panel[]): Figure {
  const windows = panels.map(({ set, courses }, index) =>
    byWindow((index === 0 ? '(c) by window: ' : '') + sets[set].name, courses, index === panels.length - 1),
  );
  return {
    hconcat: [...panels.map(byEpoch), { vconcat: windows, spacing: 14 }],
    spacing: 24,
    resolve: { scale: { color: 'independent', x: 'independent', y: 'independent' } },
  };
}

export const figure4: Experiment<Trained | undefined> = {
  help: 'accuracy by epoch for windows from 100 to 500, and by window, on MNIST and CIFAR-10',
  data,
  parts: (settings) => keysOf(sets).flatMap((set) => partsOf(armsOf(settings, set))),
  summarise(settings, results) {
    const title = 'Accuracy by epoch for several time windows, and by time window';
    const panels = panelsOf(settings, results);
    const lines = panels.map(({ set, courses }) => courses.map((course) => lineOf(set, course)));
    return {
      lines: [{ ...settings, title }, ...lines.flat()],
      content: [
        title,
        ...(panels.some(({ set }) => set === data)
          ? []
          : [
              'VGG7 on CIFAR-10 is not trained with all windows. The same command with `--data DIR`, the folder of CIFAR-10, trains the rest.',
            ]),
        ...panels.flatMap(({ set, arms, courses }, index) => [
          {
            title: `${sets[set].title}; the best epoch is chosen on the test set:`,
            columns: ['T', 'paper', 'best', 'at epoch', 'last'],
            rows: lines[index].map(({ timeWindow, paper, bestOnTest, epochBestOnTest, last }) => [
              String(timeWindow),
              paper === undefined ? '–' : percent(paper),
              percent(bestOnTest),
              String(epochBestOnTest),
              percent(last),
            ]),
          },
          settingsTable(
            set,
            settings,
            arms.map(({ training }) => training),
            courses[0].trained.samples,
          ),
        ]),
        ...(settings.size === 'small'
          ? ['Compare with the paper only how accuracy changes with the window, not the accuracies.']
          : []),
        'The paper’s windows are 100 to 500. Its figure has no numbers. Its text says that accuracy rises with the window up to 300, and then ' +
          'stays or falls. Yet the best of its Table 2, 91.35 %, is at T = 400; its text has 89.83 % at T = 100.',
        ...panels.map(findingOf),
        quietest(
          panels.flatMap(({ set, courses }) =>
            courses.map(({ T, trained }) => ({ name: `${sets[set].title}, T = ${T}`, trained })),
          ),
        ),
      ],
      figure: figureOf(panels),
    };
  },
};
