/** The gradient by ASF (Algorithm 1): once S is known, one backward pass per shard over the accumulated flows. */
import type { Network } from '../../spec/network.ts';
import type { Backend } from '../backend/backend.ts';
import type { Wanted } from '../backend/workspace.ts';
import { GradientPass, type GradientSize } from './gradientPass.ts';
import type { Gradient } from './gradients.ts';

/** The buffers in addition to those of the forward pass and the gradients. */
export function asfBuffers({ layers }: Network, samples: number): Wanted[] {
  return layers.map(({ n }) => ({ role: 'derivative', n, samples }));
}

export class AsfGradient extends GradientPass {
  constructor(backend: Backend, size: GradientSize) {
    super(backend, size, asfBuffers(backend.network, Math.min(size.shard, size.batch)));
  }

  /** Stages loss and backward for the batch of the last {@link forward}, with the scale of each layer. */
  backward(S: readonly number[]): void {
    this.gradients.sum(this.nodes, (first, gradient) => this.backwardShard(first, S, gradient));
  }

  private backwardShard(first: number, S: readonly number[], gradient: Gradient): void {
    const { backend } = this;
    const { buffers } = this.workspace;
    const { length: samples } = this.beginShard(first);
    for (let n = backend.network.layers.length; n >= 1; n--) {
      const from = {
        FI: buffers.of('FI', n),
        FO: buffers.of('FO', n),
        FOBefore: buffers.of('FO', n - 1),
        w: buffers.find('weights', n) ?? null,
        S: S[n - 1],
      };
      const dBefore = buffers.find('derivative', n - 1) ?? null;
      const to = { d: buffers.of('derivative', n), dw: this.dwOf(n, gradient), dBefore };
      backend.backward(n, from, to, { first, samples });
    }
  }
}
