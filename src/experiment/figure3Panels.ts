/**
 * The panels of Figure 3, and the numbers of each.
 *
 * The paper says that the first of its four panels is MNIST and the others are CIFAR-10, and that both rules had "the same
 * time window, batch size, neuron model and the network architecture". The rest is our reading, which the report states.
 */
import type { ExperimentSettings, Size, Timed } from './experiment.ts';
import { protocols } from './protocol.ts';

/** The windows; 200 and 300 are in the paper's text. */
export const windows = [50, 100, 200, 300];

export interface Panel {
  /** Used in the names of its parts. */
  readonly name: string;
  readonly dataset: 'mnist' | 'cifar10';
  readonly title: string;
  readonly batch: Readonly<Record<Size, number>>;
}

/**
 * 60 is the paper's batch for MNIST. For VGG7 it names 50, which did not fit one graphics card with Lee's rule and windows of 200 and 300;
 * the other two panels therefore have smaller batches.
 */
export const panels: readonly Panel[] = [
  { name: 'mnist', dataset: 'mnist', title: 'MNIST, LeNet', batch: { small: 60, paper: 60 } },
  { name: 'cifar10-1', dataset: 'cifar10', title: 'CIFAR-10, VGG7', batch: { small: 4, paper: 10 } },
  { name: 'cifar10-2', dataset: 'cifar10', title: 'CIFAR-10, VGG7', batch: { small: 8, paper: 25 } },
  { name: 'cifar10-3', dataset: 'cifar10', title: 'CIFAR-10, VGG7', batch: { small: 16, paper: 50 } },
];

/** A panel and a window, for which both rules are timed in succession. */
export interface PanelWindow {
  readonly panel: Panel;
  readonly timeWindow: number;
}

export const places: readonly PanelWindow[] = panels.flatMap((panel) =>
  windows.map((timeWindow) => ({ panel, timeWindow })),
);

export const rules = ['asf', 'lee'] as const;
export type TimedRule = (typeof rules)[number];
export const names: Readonly<Record<TimedRule, string>> = { asf: 'ASF-BP', lee: 'Lee et al.' };

/** The measurements for a panel and a window. */
export type Pair = Readonly<Record<TimedRule, Timed>>;

export interface TimingRow {
  readonly panel: number;
  readonly dataset: string;
  readonly model: string;
  readonly batch: number;
  readonly timeWindow: number;
  readonly threads: number;
  readonly secondsEpoch: Readonly<Record<TimedRule, number>>;
  /** Seconds with Lee's rule divided by those with ASF-BP. */
  readonly ratio: number;
  /** Memory of the passes with the threads of the measurement, and with one. */
  readonly bytes: Readonly<Record<TimedRule, number>>;
  readonly bytesOneThread: Readonly<Record<TimedRule, number>>;
}

/** Only of panels all of whose windows have results. */
export function computeRows(
  { size }: Pick<ExperimentSettings, 'size'>,
  results: readonly (Pair | undefined)[],
): TimingRow[] {
  const resultOf = (place: PanelWindow): Pair | undefined => results[places.indexOf(place)];
  const isWhole = (panel: Panel): boolean => places.every((one) => one.panel !== panel || resultOf(one));
  return places.flatMap((place): TimingRow[] => {
    const { panel, timeWindow } = place;
    const pair = resultOf(place);
    if (!pair || !isWhole(panel)) return [];
    const { asf, lee } = pair;
    const both = (of: (timed: Timed) => number): Record<TimedRule, number> => ({
      asf: of(asf),
      lee: of(lee),
    });
    const row = {
      panel: panels.indexOf(panel) + 1,
      dataset: panel.dataset,
      model: protocols[panel.dataset].model.name!, // bundled networks have a name
      batch: panel.batch[size],
      timeWindow,
      threads: asf.threads,
      secondsEpoch: both(({ seconds, batches }) => seconds * batches),
      ratio: (lee.seconds * lee.batches) / (asf.seconds * asf.batches),
      bytes: both(({ bytes }) => bytes),
      bytesOneThread: both(({ bytesOneThread }) => bytesOneThread),
    };
    return [row];
  });
}

export const nameOf = ({ panel, batch }: TimingRow): string => `${panels[panel - 1].title}, batch ${batch}`;
