/**
 * The contract of a backend, which carries out the stages for one network.
 *
 * Operations only enqueue work; `read` and `cells` wait for it. A synchronous backend also has `readSync`. Except on a device,
 * each operation computes exactly the bits of the `spec/` function of its stage, in binary32. Layers are n = 1 … N; n = 0 is
 * the input.
 *
 * On a pool of threads or a GPU, `submit` starts the enqueued work while the host continues.
 */
import { outputLayer, type Network } from '../../spec/network.ts';
import type { Draw } from '../../spec/random.ts';
import type { TimeRule } from '../../spec/reverseTime.ts';
import type { Adam, AdamConstants, SGD } from '../../spec/update.ts';

/**
 * The content of a buffer for layer n:
 * - `spikes`, `potential`, `potentials`: spike trains, u, and u after each step, for the samples of a chunk
 * - `FI`, `FO`: flows, for the samples of a batch
 * - `weights`, `gradient`, Adam's moments `m` and `v`: one number per weight
 * - `derivative`: dFO or dFI, for the samples of a shard; with a rule through time, ∂L/∂o of one step
 * - `du`, `slope`, only with a rule through time: ∂L/∂u of one step, and ∂o/∂u of all steps, for the samples of a shard
 * - `report`: see {@link reportRow}
 *
 * `write` and `read` use the public layout: maps (C,H,W), weights (out,in,row,column) or (out,in), and T maps for `spikes` and
 * `potentials`.
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

/** Whether a buffer has one number per weight. */
export function isAsWeights(role: Role): boolean {
  return role === 'weights' || role === 'gradient' || role === 'm' || role === 'v';
}

/** Memory of a backend. Only the backend that allocated it knows its content. */
export interface Buffer {
  readonly role: Role;
  readonly n: number;
  readonly samples: number;
}

/** The input of a sample: either an image to encode, or one map (C,H,W) of spikes or event counts per step. */
export type Input =
  { readonly intensities: ArrayLike<number>; readonly draw: Draw } | { readonly frames: ArrayLike<number> };

/**
 * The samples of a chunk, and steps t0 … t0 + steps − 1 of the window. A buffer of a chunk has sample g at index g; a buffer of
 * a batch has it at index first + g. At t0 = 0 states start from zero; at a later t0 they continue.
 */
export interface Span {
  readonly first: number;
  readonly samples: number;
  readonly t0: number;
  readonly steps: number;
}

/** How weights are updated: by an optimiser with its constants. If variant `batch` is `mean`, dw is divided by `samples`. */
export type Update = { readonly samples: number } & (
  | { readonly optimiser: SGD; readonly η: number }
  | { readonly optimiser: Adam; readonly constants: AdamConstants }
);

/**
 * Buffers, named by the letters of the equations. Names with `Before` belong to layer n − 1. Buffers in `Optional` may be null.
 */
type Named<Names extends string, Optional extends string = never> = Readonly<
  Record<Names, Buffer> & Record<Optional, Buffer | null>
>;

/** The part of a backend that predictions and sessions need. */
export interface ForwardBackend {
  readonly name: string;
  readonly network: Network;
  /** Number of samples whose spike trains should be in memory at the same time. */
  readonly chunk: number;

  /** A zeroed buffer for `samples` samples; for weights, `samples` is 1. */
  allocate(role: Role, n: number, samples: number): Buffer;
  /** Writes weights or moments, or u, FI or FO of one sample after a step. */
  write(buffer: Buffer, values: ArrayLike<number>, sample?: number): void;
  /** A copy of the values of one sample. */
  read(buffer: Buffer, sample?: number): Promise<Float32Array | Float64Array>;
  readSync?(buffer: Buffer, sample?: number): Float32Array | Float64Array;
  /** Bytes per sample of a buffer. */
  bytesOf(role: Role, n: number): number;
  /** Bytes of memory besides all buffers. */
  readonly scratchBytes?: number;

  /** Stage `encode`, and stage `flow` of the input. */
  encode(to: Named<'o' | 'FO'>, inputs: readonly Input[], span: Span): void;
  /**
   * Stages `current`, `neuron` and `flow` of layer n for the steps of `span`. `potentials` receives u after each step, unless
   * it is null.
   */
  forward(
    n: number,
    before: Named<'o' | 'FO'>,
    w: Buffer | null,
    to: Named<'o' | 'u' | 'FI' | 'FO', 'potentials'>,
    span: Span,
  ): void;
  /** Starts the enqueued work now; otherwise the next read starts it. */
  submit?(): void;
  dispose(): void;
}

/** Carries out the stages of a network, forward and backward, on its buffers. */
export interface Backend extends ForwardBackend {
  /**
   * Waits for the enqueued work, then returns a gradient in the backend's own layout. The caller may read and change the array
   * until the next operation. All processes have the same layout for a network. Backends whose gradients cannot be summed over
   * processes lack this method.
   */
  cells?(gradient: Buffer): Promise<Float32Array>;
  /** Limit on the bytes of all buffers together. */
  readonly mostBytes?: number;
  /** Limit on the bytes of one buffer. */
  readonly mostBufferBytes?: number;
  /** Whether buffers lie outside this process's memory. */
  readonly hasOwnMemory?: boolean;

  /** Stage `scale`: writes ΣFI, ΣFO and the number of spikes of layer n for some samples to the report. */
  scale(n: number, FI: Buffer, FO: Buffer, report: Buffer, shard: Shard): void;
  /**
   * Stage `loss`: writes L and the output layer's result ({@link resultOf}) of each sample to the report. For a shard, it also
   * writes the derivative of L by this result to `d`.
   */
  loss(result: Buffer, labels: readonly number[], first: number, report: Buffer, d: Buffer | null): void;
  /** Stage `backward` of layer n: replaces dFO in `d` by dFI, and overwrites dw and the dFO of layer n − 1. */
  backward(
    n: number,
    from: Named<'FI' | 'FO' | 'FOBefore', 'w'> & { readonly S: number },
    to: Named<'d', 'dw' | 'dBefore'>,
    shard: Shard,
  ): void;
  /** Stage `backward` through time: computes ∂o/∂u of layer n at each step (`spec/lee.ts`) from the spike trains of a shard. */
  slope(n: number, o: Buffer, slope: Buffer, samples: number): void;
  /**
   * Stage `backward` through time, for step t of layer n. It replaces du of step t + 1 by du of step t, adds du ⊗ o of layer n
   * − 1 to dw, and overwrites dO of layer n − 1. Steps must descend from the last; within a step, layers must descend. At the
   * last step, du and dw start from zero. The rule determines whether potentials or the slope are needed.
   */
  reverse(
    n: number,
    t: number,
    from: Named<'o' | 'oBefore', 'potentials' | 'slope' | 'w'> & { readonly rule: TimeRule },
    to: Named<'dO' | 'du', 'dw' | 'dOBefore'>,
    samples: number,
  ): void;
  /** Adds `gradient` to `into`: one addition of the tree that sums the gradients of shards. */
  accumulate(into: Buffer, gradient: Buffer): void;
  /** Stage `update`: changes layer n's weights by their gradient. SGD has no moments. */
  update(n: number, arrays: Named<'w' | 'dw', 'm' | 'v'>, rule: Update): void;
}

/** Samples `first` to `first + samples − 1` of the batch. */
export interface Shard {
  readonly first: number;
  readonly samples: number;
}

/**
 * Selects the result of the output layer, from which the loss is computed: FO, u or FI, by the variant's `output`. FI is
 * selected only where it equals u.
 */
export function resultOf<B>({ layers, variant }: Network, { u, FI, FO }: Record<'u' | 'FI' | 'FO', B>): B {
  if (outputLayer({ layers }).spikes) return FO;
  return variant.output === 'leaks' ? u : FI;
}

/**
 * The layout of a report. It has one row of doubles per sample: L, the result of each class, then ΣFI, ΣFO and the number of
 * spikes of each layer. ΣFI and ΣFO include only the neurons that Eq. (12) selects. In the row, the
 * result begins at `u`, and the three sums of layer n begin at `sums(n)`.
 */
export function reportRow({ layers }: Network): { length: number; u: number; sums(n: number): number } {
  const classes = outputLayer({ layers }).output.channels;
  return { length: 1 + classes + 3 * layers.length, u: 1, sums: (n) => 1 + classes + 3 * (n - 1) };
}
