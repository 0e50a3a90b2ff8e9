/**
 * The panels of Figure 3, and the numbers of each.
 *
 * The paper says that the first of its four panels is MNIST and the others are CIFAR-10, and that both rules had "the same
 * time window, batch size, neuron model and the network architecture". The rest is our reading, which the report states.
 */
import type { ExperimentSettings, Size, Timed } from './experiment.ts';
import { protocols } from './protocol.ts';

/** Of the paper: 200 and 300 are in its text. */
export const windows = [50, 100, 200, 300];

export interface Panel {
  /** Of the parts. */
  readonly name: string;
  readonly dataset: 'mnist' | 'cifar10';
  readonly title: string;
  readonly batch: Readonly<Record<Size, number>>;
}

/**
 * 60 is the paper's batch for MNIST. Of VGG7 it names 50, which did not fit one graphics card with Lee's rule and windows of 200
 * and 300: so the other two panels have less.
 */
export const panels: readonly Panel[] = [
  { name: 'mnist', dataset: 'mnist', title: 'MNIST, LeNet', batch: { small: 60, paper: 60 } },
  { name: 'cifar10-1', dataset: 'cifar10', title: 'CIFAR-10, VGG7', batch: { small: 4, paper: 10 } },
  { name: 'cifar10-2', dataset: 'cifar10', title: 'CIFAR-10, VGG7', batch: { small: 8, paper: 25 } },
  { name: 'cifar10-3', dataset: 'cifar10', title: 'CIFAR-10, VGG7', batch: { small: 16, paper: 50 } },
];

/** A panel and a window: both rules are timed for it, one right after the other. */
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

/** What was measured for a place. */
export type Pair = Readonly<Record<TimedRule, Timed>>;

/** A line of the report. */
export interface TimingRow {
  readonly panel: number;
  readonly dataset: string;
  readonly model: string;
  readonly batch: number;
  readonly timeWindow: number;
  readonly threads: number;
  readonly secondsEpoch: Readonly<Record<TimedRule, number>>;
  /** Seconds with Lee's rule over those with ASF-BP. */
  readonly ratio: number;
  /** Of the passes, on the threads of the measurement, and on one. */
  readonly bytes: Readonly<Record<TimedRule, number>>;
  readonly bytesOneThread: Readonly<Record<TimedRule, number>>;
}

export function computeRows(
  { size }: Pick<ExperimentSettings, 'size'>,
  results: readonly Pair[],
): TimingRow[] {
  return places.map(({ panel, timeWindow }, place) => {
    const { asf, lee } = results[place];
    const both = (of: (timed: Timed) => number): Record<TimedRule, number> => ({
      asf: of(asf),
      lee: of(lee),
    });
    return {
      panel: panels.indexOf(panel) + 1,
      dataset: panel.dataset,
      model: protocols[panel.dataset].model.name!,
      batch: panel.batch[size],
      timeWindow,
      threads: asf.threads,
      secondsEpoch: both(({ seconds, batches }) => seconds * batches),
      ratio: (lee.seconds * lee.batches) / (asf.seconds * asf.batches),
      bytes: both(({ bytes }) => bytes),
      bytesOneThread: both(({ bytesOneThread }) => bytesOneThread),
    };
  });
}

export const nameOf = ({ panel, batch }: TimingRow): string => `${panels[panel - 1].title}, batch ${batch}`;
