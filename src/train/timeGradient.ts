/**
 * The gradient through layers and time (rules `stbp` and `lee`). No S lies between the passes, so each shard runs forward and
 * backward before the next one: spike trains are kept for a shard, not for the batch.
 */
import type { Network } from '../../spec/network.ts';
import type { TimeRule } from '../../spec/reverseTime.ts';
import type { Backend } from '../backend/backend.ts';
import type { Wanted } from '../backend/workspace.ts';
import type { BatchReport, Sample } from './forwardPass.ts';
import { GradientPass, type GradientSize } from './gradientPass.ts';
import type { Gradient } from './gradients.ts';
import type { ShardAssignment } from './processGroup.ts';
import type { Scales } from './report.ts';

/** The buffers in addition to those of the forward pass and the gradients. */
export function timeBuffers({ layers }: Network, rule: TimeRule, samples: number): Wanted[] {
  const kept = rule.slope === 'window' ? 'slope' : 'trace';
  return layers.flatMap(({ n, spikes }) => [
    { role: 'derivative', n, samples } as const,
    { role: 'du', n, samples } as const,
    ...(spikes ? [{ role: kept, n, samples } as const] : []),
  ]);
}

/** Samples whose trains are in memory at the same time: forward passes run by groups of the backend, backward passes by shards. */
export function groupThroughTime(backend: Backend, shard: number): number {
  return Math.max(backend.group, shard);
}

export class TimeGradient extends GradientPass {
  private readonly rule: TimeRule;

  constructor(backend: Backend, size: GradientSize, rule: TimeRule) {
    const kept = Math.min(size.shard, size.batch);
    const group = groupThroughTime(backend, size.shard);
    super(backend, size, timeBuffers(backend.network, rule, kept), group);
    this.rule = rule;
  }

  override run(samples: readonly Sample[], assignment?: ShardAssignment): void {
    this.begin(samples, assignment);
    this.gradients.sum(this.nodes, (first, gradient) => {
      this.forwardSome(samples.slice(first, first + this.shard), first, true);
      this.reverseShard(first, gradient);
    });
  }

  override scales(_report: BatchReport, before: readonly number[]): Scales {
    return { S: before, notices: [] };
  }

  override backward(): void {
    // `run` includes the backward pass.
  }

  /** Stages loss and backward of a shard whose trains are in memory: steps descending, each through all layers. */
  private reverseShard(first: number, gradient: Gradient): void {
    const { backend, rule } = this;
    const { buffers } = this.workspace;
    const { layers, T } = backend.network;
    const { length: samples } = this.beginShard(first);
    for (const { n } of layers) {
      const slope = buffers.find('slope', n);
      if (slope) backend.slope(n, buffers.of('spikes', n), slope, samples);
    }
    for (let t = T - 1; t >= 0; t--) {
      for (let n = layers.length; n >= 1; n--) {
        const from = {
          o: buffers.of('spikes', n),
          oBefore: buffers.of('spikes', n - 1),
          trace: buffers.find('trace', n) ?? null,
          slope: buffers.find('slope', n) ?? null,
          w: buffers.find('weights', n) ?? null,
          rule,
        };
        const dOBefore = buffers.find('derivative', n - 1) ?? null;
        const to = {
          dO: buffers.of('derivative', n),
          du: buffers.of('du', n),
          dw: this.dwOf(n, gradient),
          dOBefore,
        };
        backend.reverse(n, t, from, to, samples);
      }
    }
  }
}
