/** What an experiment is: settings → rows, the same as text, and a figure. It reads and writes no files. */

/** `paper` is the size of the paper; `small` shows the same in less time. */
export const sizes = ['small', 'paper'] as const;
export type Size = (typeof sizes)[number];

export interface Settings {
  readonly size: Size;
  readonly seed: number;
}

/** A Vega-Lite description, with its data. */
export type Figure = Readonly<Record<string, unknown>>;

export interface Report {
  /** One JSON object a line. */
  readonly lines: readonly object[];
  /** The same for people, with the paper's numbers beside ours. */
  readonly text: string;
  readonly figure: Figure;
}

export interface Experiment {
  /** What it shows, in a line. */
  readonly help: string;
  /** About how many seconds it takes, before it starts. */
  estimate(settings: Settings): number;
  run(settings: Settings): Report | Promise<Report>;
}
