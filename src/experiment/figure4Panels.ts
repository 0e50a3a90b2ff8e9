/** The panels of Figure 4: (a) and (b) by epoch, one line per window; (c) by window, one data set above the other. */
import type { Accuracies } from './accuracy.ts';
import type { Figure, Trained } from './experiment.ts';
import { colours, linePanel } from './lines.ts';
import { keysOf } from '../keysOf.ts';

export const titles = { mnist: 'LeNet on MNIST', cifar10: 'VGG7 on CIFAR-10' } as const;
export type Set = keyof typeof titles;
const letters = { mnist: 'a', cifar10: 'b' } as const;
const setNames = { mnist: 'MNIST', cifar10: 'CIFAR-10' } as const;

/** One line of panel (a) or (b), and one point of (c). */
export interface Course extends Accuracies {
  readonly set: Set;
  readonly T: number;
  readonly trained: Trained;
}

const height = 250;

const head = (text: string): object => ({
  text,
  anchor: 'start',
  frame: 'group',
  fontSize: 13,
  fontWeight: 'normal',
});

/** One line per window, with its name at its end. */
function byEpoch(letter: string, set: Set, courses: readonly Course[]): object {
  const points = courses.flatMap(({ T, trained }) =>
    trained.epochs.map(({ epoch, accuracy }) => ({ series: `T = ${T}`, x: epoch, y: accuracy })),
  );
  const axes = { width: 365, height, x: 'epoch', y: 'test accuracy', format: '~%' };
  return { title: head(`(${letter}) ${titles[set]}`), ...linePanel(points, axes) };
}

/** Windows are few, so each has its tick on the axis. */
function byWindow(title: string, courses: readonly Course[], isLast: boolean): object {
  return {
    title: head(title),
    width: 220,
    height: (height - 50) / 2,
    data: { values: courses.map(({ T, bestOnTest }) => ({ T, accuracy: bestOnTest })) },
    mark: {
      type: 'line',
      color: colours[0],
      point: { size: 40, filled: true, opacity: 1, color: colours[0] },
    },
    encoding: {
      x: {
        field: 'T',
        type: 'quantitative',
        title: isLast ? 'T' : null,
        axis: { grid: false, values: courses.map(({ T }) => T) },
        scale: { zero: false },
      },
      y: {
        field: 'accuracy',
        type: 'quantitative',
        title: 'best',
        scale: { zero: false },
        axis: { format: '.1~%', tickCount: 4 },
      },
    },
  };
}

/** Of data sets with results; the letters are the paper's. */
export function panelsOf(courses: readonly Course[]): Figure {
  const of = (set: Set): Course[] => courses.filter((course) => course.set === set);
  const shown = keysOf(titles).filter((set) => of(set).length > 0);
  return {
    hconcat: [
      ...shown.map((set) => byEpoch(letters[set], set, of(set))),
      {
        vconcat: shown.map((set, place) =>
          byWindow((place === 0 ? '(c) by window: ' : '') + setNames[set], of(set), set === shown.at(-1)),
        ),
        spacing: 14,
      },
    ],
    spacing: 24,
    resolve: { scale: { color: 'independent', x: 'independent', y: 'independent' } },
  };
}
