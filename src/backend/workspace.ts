/**
 * A workspace has the buffers of a network on a backend. It runs the forward pass over them: encode, then current, neuron and
 * flow of layers 1 … N. This is the only code that runs samples through a backend.
 */
import type { Network } from '../../spec/network.ts';
import { resultOf, type Buffer, type ForwardBackend, type Input, type Role, type Span } from './backend.ts';

/** A buffer, described by its content. */
export interface Wanted {
  readonly role: Role;
  readonly n: number;
  readonly samples: number;
}

export interface WorkspaceSize {
  /** Samples whose flows are in memory at the same time. */
  readonly batch: number;
  /** Samples whose spike trains and potentials are in memory at the same time. */
  readonly chunk: number;
}

/** The buffers of a forward pass, in the order in which they are allocated. */
export function forwardBuffers({ layers }: Network, { batch, chunk }: WorkspaceSize): Wanted[] {
  const wanted: Wanted[] = [
    { role: 'spikes', n: 0, samples: chunk },
    { role: 'FO', n: 0, samples: batch },
  ];
  for (const { n, weightShape } of layers) {
    wanted.push(
      { role: 'spikes', n, samples: chunk },
      { role: 'FO', n, samples: batch },
      { role: 'potential', n, samples: chunk },
      { role: 'FI', n, samples: batch },
    );
    if (weightShape.length > 0) wanted.push({ role: 'weights', n, samples: 1 });
  }
  return wanted;
}

/**
 * Bytes of all buffers and of the memory besides them, and bytes of the largest buffer.
 *
 * @param wanted buffers, with the count of each, by default 1
 */
export function bytesOfBuffers(
  { bytesOf, scratchBytes = 0 }: ForwardBackend,
  wanted: readonly (Wanted & { readonly count?: number })[],
): { all: number; largest: number } {
  let [all, largest] = [scratchBytes, 0];
  for (const { role, n, samples, count = 1 } of wanted) {
    const bytes = samples * bytesOf(role, n);
    all += count * bytes;
    if (count > 0) largest = Math.max(largest, bytes);
  }
  return { all, largest };
}

/** The span of one sample's whole window. */
export function wholeWindow({ T }: Network): Span {
  return { first: 0, samples: 1, t0: 0, steps: T };
}

export class Buffers {
  private readonly backend: ForwardBackend;
  private readonly allocated = new Map<string, Buffer>();

  constructor(backend: ForwardBackend, wanted: readonly Wanted[]) {
    this.backend = backend;
    this.add(wanted);
  }

  /** Allocates the missing buffers. */
  add(wanted: readonly Wanted[]): void {
    for (const { role, n, samples } of wanted) {
      const key = `${role} ${n}`;
      if (!this.allocated.has(key)) this.allocated.set(key, this.backend.allocate(role, n, samples));
    }
  }

  find(role: Role, n: number): Buffer | null {
    return this.allocated.get(`${role} ${n}`) ?? null;
  }

  of(role: Role, n: number): Buffer {
    return this.find(role, n)!; // callers name only buffers that were added
  }
}

export class Workspace<B extends ForwardBackend = ForwardBackend> {
  readonly backend: B;
  readonly buffers: Buffers;
  /** The numbers n of layers with weights. */
  readonly weighted: readonly number[];

  constructor(backend: B, size: WorkspaceSize = { batch: 1, chunk: 1 }) {
    const { network } = backend;
    this.backend = backend;
    this.buffers = new Buffers(backend, forwardBuffers(network, size));
    this.weighted = network.layers.filter(({ weightShape }) => weightShape.length > 0).map(({ n }) => n);
  }

  /** Sets the weights, in the order of the layers with weights. */
  writeWeights(weights: readonly ArrayLike<number>[]): void {
    for (const [index, n] of this.weighted.entries())
      this.backend.write(this.buffers.of('weights', n), weights[index]);
  }

  encode(inputs: readonly Input[], span: Span): void {
    const { buffers } = this;
    this.backend.encode({ o: buffers.of('spikes', 0), FO: buffers.of('FO', 0) }, inputs, span);
  }

  /**
   * The stages from `encode` to `flow`, for all layers.
   *
   * @param keepsPotentials whether to store the potentials of each step, for layers with a buffer for them
   */
  forward(inputs: readonly Input[], span: Span, keepsPotentials = false): void {
    this.encode(inputs, span);
    this.forwardLayers(span, keepsPotentials);
  }

  /** Stages `current`, `neuron` and `flow` of all layers, from the encoded inputs. */
  forwardLayers(span: Span, keepsPotentials = false): void {
    const { backend, buffers } = this;
    for (const { n } of backend.network.layers) {
      const before = { o: buffers.of('spikes', n - 1), FO: buffers.of('FO', n - 1) };
      const to = {
        o: buffers.of('spikes', n),
        u: buffers.of('potential', n),
        FI: buffers.of('FI', n),
        FO: buffers.of('FO', n),
        potentials: keepsPotentials ? buffers.find('potentials', n) : null,
      };
      backend.forward(n, before, buffers.find('weights', n), to, span);
    }
  }

  /** The buffer from which the prediction and the loss are computed. */
  get result(): Buffer {
    const { network } = this.backend;
    const { buffers } = this;
    const N = network.layers.length;
    return resultOf(network, {
      u: buffers.of('potential', N),
      FI: buffers.of('FI', N),
      FO: buffers.of('FO', N),
    });
  }
}
