/**
 * The contract of a backend, which carries out the stages for one network.
 *
 * Operations only enqueue work; `read` and `cells` wait for it. A synchronous backend also has `readSync`. Except on a device, each
 * operation computes exactly the bits of the `spec/` function of its stage, in binary32. Layers are n = 1 … N; n = 0 is the input.
 *
 * On a pool of threads or a GPU, `submit` starts the enqueued work while the host continues.
 */
import { outputLayer, type Network } from '../../spec/network.ts';
import type { Draw } from '../../spec/random.ts';
import type { TimeRule } from '../../spec/reverseTime.ts';
import type { Adam, AdamConstants, SGD } from '../../spec/update.ts';

/**
 * The content of a buffer, for layer n:
 * - `spikes`, `potential`, `potentials`, of a chunk of samples: spike trains, u, and u after each step
 * - `FI`, `FO`: flows of a batch
 * - `weights`, `gradient`, Adam's moments `m` and `v`: one number per weight
 * - `derivative`: dFO or dFI of a shard; with a rule that goes back through time, ∂L/∂o of a step
 * - `du`, `slope`, of a shard, only with such a rule: ∂L/∂u of a step, and ∂o/∂u over the whole window
 * - `report`: see {@link reportRow}
 *
 * Values that are read and written have public layout: maps (C,H,W), weights (out,in,row,column) and (out,in), T maps for
 * `spikes` and `potentials`.
 */
export type Role =
  | 'spikes'
  | 'potential'
  | 'potentials'
  | 'FI'
  | 'FO'
  | 'weights'
  | 'gradient'
  | 'm'
  | 'v'
  | 'derivative'
  | 'du'
  | 'slope'
  | 'report';

/** Whether a buffer has the layout of weights, and nothing per sample. */
export function isAsWeights(role: Role): boolean {
  return role === 'weights' || role === 'gradient' || role === 'm' || role === 'v';
}

/** Memory of a backend. Only the backend that allocated it knows its content. */
export interface Buffer {
  readonly role: Role;
  readonly n: number;
  readonly samples: number;
}

/** The input of a sample: an image to encode; or one map (C,H,W) per step, of spikes or event counts. */
export type Input =
  { readonly intensities: ArrayLike<number>; readonly draw: Draw } | { readonly frames: ArrayLike<number> };

/**
 * A chunk of samples and a part of the window. Chunk buffers hold sample g at index g, batch buffers at first + g.
 * At t0 = 0 states start from zero; at later t0 they continue.
 */
export interface Span {
  readonly first: number;
  readonly samples: number;
  readonly t0: number;
  readonly steps: number;
}

/** The update of weights: the optimiser, and the number of samples, by which the gradient is divided if it is a mean. */
export type Update = { readonly samples: number } & (
  | { readonly optimiser: SGD; readonly η: number }
  | { readonly optimiser: Adam; readonly constants: AdamConstants }
);

/** Buffers by the letters of the equations; `…Before` belongs to the layer before. Buffers named in `Optional` may be null. */
type Named<Names extends string, Optional extends string = never> = Readonly<
  Record<Names, Buffer> & Record<Optional, Buffer | null>
>;

/** The part of a backend that predictions and sessions need. */
export interface ForwardBackend {
  readonly name: string;
  readonly network: Network;
  /** Number of samples whose spike trains should be in memory at the same time. */
  readonly chunk: number;

  /** A zeroed buffer for `samples` samples (weights: 1). */
  allocate(role: Role, n: number, samples: number): Buffer;
  /** Sets weights or moments; or sets u, FI or FO of one sample to values that were read after a step. */
  write(buffer: Buffer, values: ArrayLike<number>, sample?: number): void;
  /** A copy of the values of one sample. */
  read(buffer: Buffer, sample?: number): Promise<Float32Array | Float64Array>;
  readSync?(buffer: Buffer, sample?: number): Float32Array | Float64Array;
  /** Bytes per sample of a buffer. */
  bytesOf(role: Role, n: number): number;
  /** Bytes of memory besides all buffers. */
  readonly scratchBytes?: number;

  /** Stage encode, and stage flow of the input. */
  encode(to: Named<'o' | 'FO'>, inputs: readonly Input[], span: Span): void;
  /** Stages current, neuron and flow of layer n over a part of the window; `potentials`: buffer for u after each step. */
  forward(
    n: number,
    before: Named<'o' | 'FO'>,
    w: Buffer | null,
    to: Named<'o' | 'u' | 'FI' | 'FO', 'potentials'>,
    span: Span,
  ): void;
  /** Starts the enqueued work, for a backend that otherwise starts it on a read. */
  submit?(): void;
  /** Frees everything. */
  dispose(): void;
}

/** Carries out the stages of a network, forward and backward, on its buffers. */
export interface Backend extends ForwardBackend {
  /**
   * Waits for the enqueued work and returns a gradient in the layout of the backend; it may be read and changed until the next operation.
   * The same network has the same layout in every process. Absent if gradients cannot be summed over processes.
   */
  cells?(gradient: Buffer): Promise<Float32Array>;
  /** Limits on the bytes of all buffers and of one buffer, if any; whether buffers lie outside this process's memory. */
  readonly mostBytes?: number;
  readonly mostBufferBytes?: number;
  readonly hasOwnMemory?: boolean;

  /** Stage scale: writes ΣFI, ΣFO and the number of spikes of layer n for some samples to the report. */
  scale(n: number, FI: Buffer, FO: Buffer, report: Buffer, shard: Shard): void;
  /**
   * Stage loss: writes L and the result of the output layer (see {@link resultOf}) of each sample to the report. With `d` it also writes
   * the derivative of L by that result, for a shard.
   */
  loss(result: Buffer, labels: readonly number[], first: number, report: Buffer, d: Buffer | null): void;
  /** Stage backward of layer n: turns dFO in `d` into dFI. It overwrites dw, and dFO of the layer before. */
  backward(
    n: number,
    from: Named<'FI' | 'FO' | 'FOBefore', 'w'> & { readonly S: number },
    to: Named<'d', 'dw' | 'dBefore'>,
    shard: Shard,
  ): void;
  /** Stage backward through time: ∂o/∂u of layer n over the window (`lee.ts`), from the trains of a shard's samples. */
  slope(n: number, o: Buffer, slope: Buffer, samples: number): void;
  /**
   * Stage backward through time, step t of layer n. It turns du of step t + 1 into du of step t. It adds du ⊗ o to dw, with o of the layer
   * before, and overwrites dO of that layer. Call it with steps descending from the last, and layers descending within a step. At the last
   * step, du and dw start from zero. The rule determines whether it needs potentials or slope.
   */
  reverse(
    n: number,
    t: number,
    from: Named<'o' | 'oBefore', 'potentials' | 'slope' | 'w'> & { readonly rule: TimeRule },
    to: Named<'dO' | 'du', 'dw' | 'dOBefore'>,
    samples: number,
  ): void;
  /** into += gradient, for one node of the tree over shards. */
  accumulate(into: Buffer, gradient: Buffer): void;
  /** Stage update: changes layer n's weights by their gradient. SGD has no moments. */
  update(n: number, arrays: Named<'w' | 'dw', 'm' | 'v'>, rule: Update): void;
}

/** Samples first … first + samples − 1 of the batch. */
export interface Shard {
  readonly first: number;
  readonly samples: number;
}

/** The result of the output layer, from which the loss is computed. By the variant's `output` it is FO, u, or FI, which then equals u. */
export function resultOf<B>({ layers, variant }: Network, { u, FI, FO }: Record<'u' | 'FI' | 'FO', B>): B {
  if (outputLayer({ layers }).spikes) return FO;
  return variant.output === 'leaks' ? u : FI;
}

/**
 * A report has one row of doubles per sample: L, the result of each class, and per layer ΣFI, ΣFO and the number of spikes. Eq. (12) selects
 * the neurons of ΣFI and ΣFO.
 */
export function reportRow({ layers }: Network): { length: number; u: number; sums(n: number): number } {
  const classes = outputLayer({ layers }).output.channels;
  return { length: 1 + classes + 3 * layers.length, u: 1, sums: (n) => 1 + classes + 3 * (n - 1) };
}
