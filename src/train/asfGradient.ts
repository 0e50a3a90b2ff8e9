/** The gradient by ASF (Algorithm 1): once S is known, one backward pass per shard over the accumulated flows. */
import type { Network } from '../../spec/network.ts';
import type { Backend } from '../backend/backend.ts';
import type { Wanted } from '../backend/workspace.ts';
import type { BatchReport, Sample } from './forwardPass.ts';
import { GradientPass, type GradientSize } from './gradientPass.ts';
import type { Gradient } from './gradients.ts';
import type { ShardAssignment } from './processGroup.ts';
import { computeScales, type Scales, type ScaleSchedule } from './report.ts';

/** The buffers in addition to those of the forward pass and the gradients. */
export function asfBuffers({ layers }: Network, samples: number): Wanted[] {
  return layers.map(({ n }) => ({ role: 'derivative', n, samples }));
}

export class AsfGradient extends GradientPass {
  constructor(backend: Backend, size: GradientSize) {
    super(backend, size, asfBuffers(backend.network, Math.min(size.shard, size.batch)));
  }

  override run(samples: readonly Sample[], assignment?: ShardAssignment): void {
    this.forward(samples, assignment);
  }

  override scales(report: BatchReport, before: readonly number[], schedule: ScaleSchedule): Scales {
    return computeScales(this.backend.network, report, before, schedule);
  }

  override backward(S: readonly number[]): void {
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
