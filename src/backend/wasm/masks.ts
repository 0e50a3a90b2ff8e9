/**
 * The sizes of masks. With masks, the first layer reads the windows of its input as bits of a word (`assembly/masks.ts`). It
 * uses masks if it has one input channel, its rows and windows fit into a word, and masks are faster.
 */
import type { Network } from '../../../spec/network.ts';
import type { Call } from './executor.ts';
import { geometryOf } from './kinds.ts';
import { rowCells } from './layout.ts';

const wordBits = 32;

/** Rows of the weights of single cells, as in `assembly/masks.ts`: one per bit, and one for absent cells. */
const cellRows = wordBits + 1;

/** Outputs of a tile, as in `assembly/masks.ts`. */
const tileOutputs = 20;

/** The greatest number of cells whose sums are in a table: those of a 3 × 3 kernel. The table takes 40 KiB per tile. */
const mostHeadCells = 9;

/**
 * Beyond these numbers of outputs, lists are as fast as masks. `table` is for kernels whose cells are all in the table, `larger` for other
 * kernels, where each tile repeats the work on the remaining cells.
 */
const mostOutputs = { table: 512, larger: 40 };

export interface Masks {
  /** Rows of the map with padding, and rows of masks, each with one word per step. */
  readonly mapRows: number;
  readonly maskRows: number;
  /** Cells whose sums are in the table. */
  readonly headCells: number;
  /** Bytes of the weights for masks. */
  readonly bytes: number;
  /** The call that lays out these weights. */
  call(to: number, weights: number): Call;
}

export function masksOf(network: Network): Masks | undefined {
  const { to, view, weights: layout } = geometryOf(network, 1);
  const { height, width, channels, size, padding } = view;
  const cells = size ** 2;
  const fits = width + 2 * padding <= wordBits && cells <= wordBits;
  const gains = to.channels <= (cells <= mostHeadCells ? mostOutputs.table : mostOutputs.larger);
  if (!layout || channels > 1 || !fits || !gains) return undefined;
  const tiles = Math.ceil(to.channels / tileOutputs);
  const headCells = Math.min(cells, mostHeadCells);
  const next = 4 * rowCells(to.channels);
  return {
    mapRows: height + 2 * padding,
    maskRows: to.rows,
    headCells,
    bytes: 4 * tileOutputs * tiles * (cellRows + 2 ** headCells),
    call: (at, weights) => {
      return { kernel: 'layMasks', to: at, weights, next, outputs: to.channels, count: cells, headCells };
    },
  };
}
