/** Output for people: progress lines, numbers as text, and pictures of half-block characters. */
import { createLogUpdate } from 'log-update';
import type { Shape } from '../../spec/network.ts';
import type { Dataset } from '../data/index.ts';

import { oneLine, percent, usualColumns, wrapped } from '../printable.ts';
import type { Io, Terminal } from './io.ts';

export { percent, tableText, usualColumns } from '../printable.ts';

/** Writes the answer of a command: its facts as a line of JSON, or its lines for people. Returns exit code 0. */
export function answer({ stdout }: Io, json: boolean, facts: object, lines: readonly string[]): number {
  stdout.write(`${json ? JSON.stringify(facts) : lines.join('\n')}\n`);
  return 0;
}

/** With fewer test samples, an accuracy is printed as a count, because a percentage with two decimals would be too precise. */
const fewSamples = 100;

/** `88.89 %`, or for few samples `8 of 9`. */
export function shareText(share: number, samples: number): string {
  return samples < fewSamples ? `${Math.round(share * samples)} of ${samples}` : percent(share);
}

/** The share of the most common class: the accuracy of a program that always answers this class. */
export function commonestText(data: Dataset): string {
  const counts: number[] = [];
  for (let i = 0; i < data.length; i++) counts[data.label(i)] = (counts[data.label(i)] ?? 0) + 1;
  // Classes without a sample are holes in the array.
  const most = counts.reduce((so, count) => Math.max(so, count), 0);
  return shareText(most / data.length, data.length);
}

/** The remaining time is shown once this share of the work is done and this many milliseconds have passed. */
const [leastShare, leastTime] = [1 / 20, 3000];

/** Seconds between two lines if the output is not a terminal. */
const every = 10;

/** Milliseconds before unsteady progress appears in a terminal. Most work with unsteady progress ends earlier. */
const patience = 2000;

/**
 * Shows progress and the remaining time on standard error. In a terminal, it repaints a line with facts below it. Elsewhere, it prints a
 * line every 10 seconds.
 */
export class ProgressLine {
  private readonly started = performance.now();
  private readonly stderr: Terminal;
  private readonly isTerminal: boolean;
  private readonly paint: ReturnType<typeof createLogUpdate>;
  private last = 0;
  /** The time when the current work was first shown, the amount done at that time, and the total. */
  private began = { at: 0, from: 0, of: 0 };
  private readonly quiet: boolean;
  private readonly isSteady: boolean;

  /** @param isSteady whether all units take about the same time, so that the remaining time can be estimated */
  constructor(stderr: Terminal, quiet: boolean, isSteady = true) {
    [this.stderr, this.quiet, this.isSteady] = [stderr, quiet, isSteady];
    this.isTerminal = stderr.isTTY === true;
    this.paint = createLogUpdate(stderr.raw ?? process.stderr);
  }

  /** Shows the progress. The remaining time is estimated from the pace since the first call with this number of units. */
  show(title: string, done: number, of: number, facts: readonly string[] = []): void {
    const now = performance.now();
    if (of !== this.began.of || done < this.began.from) this.began = { at: now, from: done, of };
    const pause = this.isTerminal ? 100 : every * 1000;
    const before = this.isTerminal ? (this.isSteady ? 0 : patience) : pause;
    if (this.quiet || now - this.last < pause || now - this.started < before) return;
    this.last = now;
    const columns = (this.stderr.columns || usualColumns) - 1;
    const share = `${Math.floor((100 * done) / of)} %`.padStart(5);
    const cells = Math.max(4, Math.min(20, columns - 40));
    const head = [`${title} ${bar(done / of, cells)} ${share}`, ...this.left(done, now)].map(oneLine);
    const below = facts.map(oneLine).join(' · ');
    if (!this.isTerminal) this.stderr.write(`${[...head, below].filter(Boolean).join(' · ')}\n`);
    else this.paint(wrapped(`${head.join(' · ')}${below && `\n  ${below}`}`, columns));
  }

  private left(done: number, now: number): string[] {
    const { at, from, of } = this.began;
    const [finished, took] = [done - from, now - at];
    if (!this.isSteady || finished < leastShare * (of - from) || took < leastTime) return [];
    return [`${duration(((took / finished) * (of - done)) / 1000)} left`];
  }

  clear(): void {
    if (this.isTerminal && !this.quiet) this.paint.clear();
  }
}

function bar(share: number, cells: number): string {
  const full = Math.round(share * cells);
  return '█'.repeat(full) + '░'.repeat(cells - full);
}

/** `2 epochs` or, within an epoch, `1 epoch and 3 batches of the next`. */
export function positionText({ epoch, batch }: { readonly epoch: number; readonly batch: number }): string {
  const epochs = `${epoch} ${epoch === 1 ? 'epoch' : 'epochs'}`;
  return batch === 0 ? epochs : `${epochs} and ${batch} ${batch === 1 ? 'batch' : 'batches'} of the next`;
}

/** `1 min 12 s`. */
export function duration(seconds: number): string {
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
}

/** The least side, in pixels, of a map that is drawn. A map with a shorter side is usually a row of a table. */
const leastSide = 8;

export function isDrawn({ channels, height, width }: Shape): boolean {
  return channels === 1 && Math.min(height, width) >= leastSide;
}

/** Draws pictures side by side with half-block characters, each with its caption. A line of text shows two rows of cells. */
export function drawPictures(
  pictures: readonly { pixels: ArrayLike<number>; height: number; width: number; caption: string }[],
  columns = 5,
): string {
  const drawn = pictures.map(drawOne);
  const rows = Array.from({ length: Math.ceil(drawn.length / columns) }, (_, k) =>
    drawn.slice(k * columns, (k + 1) * columns),
  );
  const beside = (row: string[][], line: number): string => row.map((picture) => picture[line]).join('  ');
  return rows.flatMap((row) => row[0].map((_, line) => beside(row, line).trimEnd())).join('\n');
}

export const pictureColumns = (width: number): number => Math.ceil(width / 2);

/** Draws one picture at half size. A cell is the mean of 2 × 2 pixels, and a character shows two cells, one above the other. */
function drawOne({ pixels, height, width, caption }: Parameters<typeof drawPictures>[0][number]): string[] {
  const cell = (row: number, column: number): boolean => {
    let sum = 0;
    for (const y of [2 * row, 2 * row + 1]) {
      for (const x of [2 * column, 2 * column + 1])
        sum += y < height && x < width ? pixels[y * width + x] : 0;
    }
    return sum / 4 > 0.35;
  };
  const across = pictureColumns(width);
  const lines = [caption.padEnd(across)];
  for (let row = 0; row < height / 2; row += 2) {
    const of = (column: number): number => Number(cell(row, column)) + 2 * Number(cell(row + 1, column));
    lines.push(Array.from({ length: across }, (_, column) => ' ▀▄█'[of(column)]).join(''));
  }
  return lines;
}

export function classesLine(classes: readonly string[]): string {
  return oneLine(`classes ${classes.map((each, label) => `${label}: ${each}`).join(', ')}`);
}
