/**
 * Scratch memory: what the kernels of one thread need while they run. Each kernel gets its address after its other
 * arguments; nothing in it outlives a call. Its size grows with the threads, not with the batch. This file computes the
 * offsets in it.
 */
import type { KernelView } from './kinds.ts';

/** Offsets of a layer's lists; see `assembly/events.ts`. */
export interface Lists {
  /** Steps that are worked on together. */
  readonly block: number;
  readonly prefix: number;
  readonly reach: number;
  readonly ranks: number;
  readonly events: number;
  readonly eventValues: number;
  readonly lists: number;
  readonly listValues: number;
  readonly bounds: number;
  readonly active: number;
  readonly x: number;
}

/** Bytes at the start that the kernels leave zero: weights of no event, of which a tile reads up to thirteen vectors. */
const zeros = 512;

/** What the lists of a block of steps may take, so that most of it stays in the second cache. */
const budget = 2 ** 22;

/** What the frames of samples that go together may take, in the second cache too. */
const framesBudget = 2 ** 19;

/** Where lists end copies may write, and readers read, a few words more. */
const slack = 16;

/** Lists of a layer over blocks of up to `steps` steps, and the bytes of scratch that they need. */
export function planLists(
  { height, width, channels, sizeX }: KernelView,
  { columns, channels: outputs }: { columns: number; channels: number },
  bitRow: number,
  steps: number,
): { readonly at: Lists; readonly bytes: number } {
  const inputs = height * width * channels;
  const reached = height * Math.min(sizeX, width) * channels;
  const perStep = 4 * (2 * inputs + 2 * reached + height * width + outputs);
  const block = Math.max(1, Math.min(steps, Math.floor(budget / perStep)));
  let end = zeros;
  const take = (words: number): number => {
    const at = end;
    end += 64 * Math.ceil((4 * words) / 64);
    return at;
  };
  const at = {
    block,
    prefix: take(bitRow / 8),
    reach: take(2),
    ranks: take(block * (height * width + 1)),
    events: take(block * inputs + slack),
    eventValues: take(block * inputs + slack),
    lists: take(block * reached + slack),
    listValues: take(block * reached + slack),
    bounds: take(block * (height + 1)),
    active: take(block + 1),
    x: take(Math.max(block, columns) * outputs),
  };
  return { at, bytes: end };
}

/** Samples whose derivatives of a linear layer make lists for dFO, where they lie, and the bytes of scratch. */
export function planDerivatives(outputs: number): {
  readonly at: number;
  readonly most: number;
  readonly bytes: number;
} {
  const most = 16;
  return { at: zeros, most, bytes: zeros + 4 * most * (1 + 2 * (outputs + slack)) };
}

/** Where dFI of a sample lies for dw: in a frame of zeros; `border` 0 and the map's own size: in the map itself. */
export interface Frame {
  readonly border: number;
  readonly rows: number;
  readonly columns: number;
  /** Bytes from one position to the next. */
  readonly lane: number;
  readonly isMap: boolean;
}

/** Samples whose flows make a list for dw, where it lies, and the bytes of scratch. */
export function planFlows(
  from: { readonly rows: number; readonly columns: number },
  { rows, columns, lane }: Pick<Frame, 'rows' | 'columns' | 'lane'>,
): { readonly at: number; readonly most: number; readonly bytes: number } {
  const most = Math.max(1, Math.min(16, Math.floor(framesBudget / (rows * columns * lane))));
  return { at: zeros, most, bytes: zeros + 2 * 4 * (most * from.rows * from.columns + slack) };
}
