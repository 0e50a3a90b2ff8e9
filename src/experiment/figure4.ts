/**
 * Figure 4: test accuracy by epoch for several windows, (a) LeNet on MNIST and (b) VGG7 on CIFAR-10; (c) best accuracy by window.
 *
 * The paper's figure has no numbers. Its text says that accuracy grows with the window up to 300.
 */
import { keysOf } from '../keysOf.ts';
import { percent } from '../printable.ts';
import { accuraciesOf, courseOf } from './accuracy.ts';
import { compared, comparedWith, directionOf, quietest } from './compared.ts';
import { colours, dots, linePanel, numbers, titleOf } from './figures.ts';
import { paperTables } from './paper.ts';
import { narrowed, protocols, trainingFor } from './protocol.ts';
import { settingsTable, trainingExperiment, type Arm, type Measured } from './trainings.ts';

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
interface WindowArm extends Arm {
  readonly set: Set;
  readonly T: number;
}

/** A data set with the results and the JSON rows of its windows. */
interface Panel {
  readonly set: Set;
  readonly courses: readonly Measured<WindowArm>[];
  readonly lines: readonly ReturnType<typeof lineOf>[];
}

/** The JSON row of a window, with the paper's accuracy if its text or tables give one. */
function lineOf({ arm: { set, T }, runs: [{ epochs, samples, digest }] }: Measured<WindowArm>) {
  const row = sets[set].rows.find(({ thisWork, timeWindow }) => thisWork === 'IF' && timeWindow === T);
  const { bestOnTest, epochBestOnTest, last } = accuraciesOf(epochs);
  return {
    dataset: set,
    timeWindow: T,
    ...(row && { paper: row.accuracy }),
    bestOnTest,
    epochBestOnTest,
    last,
    accuracies: epochs.map(({ accuracy }) => accuracy),
    samples,
    digest,
  };
}

/** Omits a data set if one of its windows has no result. */
function panelsOf(measured: readonly Measured<WindowArm>[]): Panel[] {
  return keysOf(sets).flatMap((set) => {
    const courses = measured.filter(({ arm }) => arm.set === set);
    return courses.some(({ runs }) => runs.length === 0)
      ? []
      : [{ set, courses, lines: courses.map(lineOf) }];
  });
}

/** Says whether a data set confirms the paper's two statements about windows, if the number of samples suffices. */
function findingOf({ set, lines }: Panel): string {
  const measured = lines.map(({ timeWindow: T, bestOnTest: accuracy, samples: { test: samples } }) => ({
    name: `T = ${T}`,
    T,
    accuracy,
    samples,
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
  const points = courses.flatMap(({ arm: { T }, runs }) => courseOf(`T = ${T}`, runs));
  const axes = { width: 365, height, x: 'epoch', y: 'test accuracy', format: '~%' };
  return { title: titleOf(`(${sets[set].letter}) ${sets[set].title}`), ...linePanel(points, axes) };
}

/** Draws accuracy by window. Windows are few, so each has a tick on the axis. */
function byWindow({ set, lines }: Panel, index: number, { length }: readonly Panel[]): object {
  const [color] = colours;
  const scale = { zero: false };
  const values = lines.map(({ timeWindow: T, bestOnTest: accuracy }) => ({ T, accuracy }));
  const axis = { grid: false, values: values.map(({ T }) => T) };
  const percents = { format: '.1~%', tickCount: 4 };
  return {
    title: titleOf((index === 0 ? '(c) by window: ' : '') + sets[set].name),
    width: 220,
    height: (height - 50) / 2,
    data: { values },
    mark: { type: 'line', color, point: { ...dots(40), color } },
    encoding: {
      x: numbers('T', index === length - 1 ? 'T' : null, scale, axis),
      y: numbers('accuracy', 'best', scale, percents),
    },
  };
}

export const figure4 = trainingExperiment({
  help: 'accuracy by epoch for windows from 100 to 500, and by window, on MNIST and CIFAR-10',
  data,
  arms: (settings) =>
    keysOf(sets).flatMap((set) => {
      const { windows, ...rest } = sizes[settings.size][set];
      return windows.map((T): WindowArm => {
        const training = trainingFor(set, settings, { ...rest, timeWindow: T });
        return { set, T, name: `${set}, T = ${T}`, training };
      });
    }),
  resultOf: (training) => training,
  report(settings, measured) {
    const title = 'Accuracy by epoch for several time windows, and by time window';
    const panels = panelsOf(measured);
    return {
      lines: [{ ...settings, title }, ...panels.flatMap(({ lines }) => lines)],
      content: [
        title,
        ...(panels.some(({ set }) => set === data)
          ? []
          : [
              'VGG7 on CIFAR-10 is not trained with all windows. The same command with `--data DIR`, the folder of CIFAR-10, trains the rest.',
            ]),
        ...panels.flatMap(({ set, courses, lines }) => [
          {
            title: `${sets[set].title}; the best epoch is chosen on the test set:`,
            columns: ['T', 'paper', 'best', 'at epoch', 'last'],
            rows: lines.map(({ timeWindow, paper, bestOnTest, epochBestOnTest, last }) => [
              String(timeWindow),
              paper === undefined ? '–' : percent(paper),
              percent(bestOnTest),
              String(epochBestOnTest),
              percent(last),
            ]),
          },
          settingsTable(settings, courses, lines[0].samples),
        ]),
        ...(settings.size === 'small'
          ? ['Compare with the paper only how accuracy changes with the window, not the accuracies.']
          : []),
        'The paper’s windows are 100 to 500. Its figure has no numbers. Its text says that accuracy rises with the window up to 300, and then ' +
          'stays or falls. Yet the best of its Table 2, 91.35 %, is at T = 400; its text has 89.83 % at T = 100.',
        ...panels.map(findingOf),
        quietest(
          panels.flatMap(({ set, courses }) =>
            courses.map(({ arm: { T }, runs: [trained] }) => ({
              name: `${sets[set].title}, T = ${T}`,
              trained,
            })),
          ),
        ),
      ],
      figure: {
        hconcat: [...panels.map(byEpoch), { vconcat: panels.map(byWindow), spacing: 14 }],
        spacing: 24,
        resolve: { scale: { color: 'independent', x: 'independent', y: 'independent' } },
      },
    };
  },
});
