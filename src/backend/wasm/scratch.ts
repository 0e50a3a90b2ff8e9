/**
 * Scratch memory for the kernels of one thread. Each kernel receives the address of this memory as its last argument. The content does not
 * outlive a call, and the size does not depend on the batch. This file computes the offsets in the scratch memory.
 */
import type { KernelView } from '../maps.ts';
import { padded } from './layout.ts';
import type { Masks } from './masks.ts';
import type { RunFields } from './window.ts';

/** Bytes at the start that stay zero. They are the weights of absent events; a tile reads up to sixteen vectors of them. */
const zeros = 512;

/** Limit on the bytes of the lists of a block of steps, so that most of them stay in the second-level cache. */
const budget = 2 ** 22;

/** Limit on the bytes of the frames of samples that are processed together, so that they stay in the second-level cache. */
const framesBudget = 2 ** 17;

/** Spare words, because copies and readers go past the end of a list, and a tile for masks writes past the end of the currents. */
const slack = 16;

/** The scratch memory of a layer's kernel. */
export interface Scratch {
  /**
   * `block`: steps processed together. The other fields are offsets of the currents and of the lists (`assembly/events.ts`). Pools have no
   * lists.
   */
  readonly at: Pick<RunFields, 'block' | 'x'> & Partial<RunFields>;
  readonly bytes: number;
}

/**
 * Plans the lists of a layer over blocks of up to `steps` steps, and the scratch memory for them.
 *
 * @param bitRow bytes of a step's row of bits; 0 if the input is a list of events with values
 */
export function planLists(
  { height, width, channels, size }: Omit<KernelView, 'stride' | 'padding'>,
  { columns, channels: outputs }: { columns: number; channels: number },
  bitRow: number,
  steps: number,
  masks?: Masks,
): Scratch {
  const inputs = height * width * channels;
  const reached = height * Math.min(size, width) * channels;
  const valued = Number(bitRow === 0);
  const perStep = 4 * ((1 + valued) * (inputs + reached) + height * width + outputs);
  const block = Math.max(1, Math.min(steps, Math.floor(budget / perStep)));
  const quads = padded(block);
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
    ranks: take(block * (height * width + 1) + slack),
    events: take(block * inputs + slack),
    eventValues: take(valued * (block * inputs + slack)),
    lists: take(block * reached + slack),
    listValues: take(valued * (block * reached + slack)),
    bounds: take(block * (height + 1)),
    active: take(block + 3), // `listSteps` writes four at a time
    mapRows: take((masks?.mapRows ?? 0) * quads),
    masks: take((masks?.maskRows ?? 0) * quads),
    x: take(Math.max(block, columns) * outputs + slack),
  };
  return { at, bytes: end };
}

/** Plans the scratch memory of a pool: the currents of a row of outputs. Pools have no lists, so all steps are one block. */
export function planPool(
  { columns, channels }: { columns: number; channels: number },
  steps: number,
): Scratch {
  return { at: { block: steps, x: zeros }, bytes: zeros + 4 * (columns * channels + slack) };
}

/**
 * Plans dFO of a linear layer: `most`, the number of samples whose lists are in memory at the same time; `at`, the offset of
 * these lists; and the bytes of scratch memory.
 */
export function planDerivatives(outputs: number): {
  readonly at: number;
  readonly most: number;
  readonly bytes: number;
} {
  const most = 16;
  return { at: zeros, most, bytes: zeros + 4 * most * (1 + 2 * (outputs + slack)) };
}

/** Channels whose flows are listed together for dw, as in `assembly/layers/convolution.ts`. */
const flowLists = 4;

/**
 * Plans dw: `most`, the number of samples whose lists of flows are in memory at the same time; `at`, the offset of these lists;
 * and the bytes of scratch memory.
 */
export function planFlows(
  from: { readonly rows: number; readonly columns: number },
  frame: { readonly rows: number; readonly columns: number; readonly lane: number },
): { readonly at: number; readonly most: number; readonly bytes: number } {
  const most = Math.max(
    1,
    Math.min(16, Math.floor(framesBudget / (frame.rows * frame.columns * frame.lane))),
  );
  const length = most * from.rows * from.columns + slack;
  return { at: zeros, most, bytes: zeros + 8 * flowLists * length };
}
