/** The plan of a network's buffers: their layouts and sizes in the kernels' memory. */
import type { Network } from '../../../spec/network.ts';
import type { Buffer, Role } from '../backend.ts';
import type { Call, Growing } from './executor.ts';
import { listBytes } from './input.ts';
import { geometryOf, type Geometry, type WeightLayout } from './kinds.ts';
import { cellsOf, type Cells } from './layout.ts';
import { masksOf, type Masks } from './masks.ts';
import { planLists, planPool, type Scratch } from './scratch.ts';

/** A buffer at an address; sample s lies `stride` bytes after sample s − 1. */
export interface Block extends Buffer {
  readonly at: number;
  readonly stride: number;
  /** Address of the {@link DerivedWeights}; 0 if there are none. */
  readonly derived: number;
  /** Only for role `du` of layer n: address of the spikes of layer n − 1 at the current step, one map per sample. */
  readonly before: number;
}

/**
 * Weights that are computed from a layer's weights. In the first layer, they are the negated weights and the weights for masks; in others,
 * the weights laid out for the backward pass.
 */
interface DerivedWeights {
  bytes(n: number): number;
  calls(n: number, derived: number, weights: number): Call[];
}

export interface Plan {
  readonly network: Network;
  /** Number of samples whose spike trains should be in memory at the same time. */
  readonly chunk: number;
  /** The cells of each layer at index n; index 0 is the input. */
  readonly cells: readonly Cells[];
  /** The geometry of layer n, at index n − 1. */
  readonly geometries: readonly Geometry[];
  /** The scratch memory of layer n for the forward pass, at index n − 1. */
  readonly lists: readonly Scratch[];
  readonly scratchBytes: number;
  weightBytes(n: number): number;
  /** Sizes and calls for masks, if the first layer uses them. */
  readonly masks: Masks | undefined;
  readonly derived: DerivedWeights;
  mapBytes(n: number): number;
  /** Bytes of one sample, for each role of the pass. */
  readonly bytes: Readonly<Partial<Record<Role, (n: number) => number>>>;
}

/** The plan of forward passes, one sample at a time. */
export function planOf(network: Network): Plan {
  const { layers, T } = network;
  const cells = Array.from({ length: layers.length + 1 }, (_, n) => cellsOf(network, n));
  const geometries = layers.map(({ n }) => geometryOf(network, n));
  const masks = masksOf(network);
  const lists = geometries.map(({ view, weights, from, to }, k) => {
    if (!weights) return planPool(to, T);
    // The network's input has no rows of spike bits: it is a list of events, whose values may be any numbers.
    return k === 0 ? planLists(view, to, 0, T, masks) : planLists(view, to, from.bitRow, T);
  });
  const weightBytes = (n: number): number => 4 * (geometries[n - 1].weights?.cells ?? 0);
  const mapBytes = (n: number): number => 4 * cells[n].count;
  return {
    network,
    chunk: 1,
    cells,
    geometries,
    lists,
    scratchBytes: Math.max(...lists.map(({ bytes }) => bytes)),
    weightBytes,
    masks,
    derived: {
      bytes: (n) => (n === 1 ? weightBytes(n) + (masks?.bytes ?? 0) : 0),
      calls: (n, derived, weights) => [
        { kernel: 'convolutionNegate', negative: derived, weights, bytes: weightBytes(n) },
        ...(masks ? [masks.call(derived + weightBytes(n), weights)] : []),
      ],
    },
    mapBytes,
    bytes: {
      spikes: (n) => (n === 0 ? listBytes(T, T * cells[0].count) : T * cells[n].bitRow),
      potentials: (n) => T * mapBytes(n),
      potential: mapBytes,
      FI: mapBytes,
      FO: mapBytes,
      weights: weightBytes,
    },
  };
}

export function blockOf(buffer: Buffer): Block {
  return buffer as Block; // this backend allocated every buffer that it receives
}

/** The address of one sample of a buffer. */
export function at(buffer: Buffer, sample = 0): number {
  const block = blockOf(buffer);
  return block.at + sample * block.stride;
}

/** The address of each sample of a buffer, from sample `first` on. */
export function each(buffer: Buffer, first = 0): Growing {
  return { first: at(buffer, first), by: blockOf(buffer).stride };
}

/** Adds a number of bytes to each address. */
export function further({ first, by }: Growing, bytes: number): Growing {
  return { first: first + bytes, by };
}

export function layoutOf({ geometries }: Plan, n: number): WeightLayout {
  return geometries[n - 1].weights!; // callers pass only layers with weights
}
