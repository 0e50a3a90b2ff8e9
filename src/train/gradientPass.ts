/**
 * A pass that trains: the gradient of a batch, summed by the tree over shards, and the update. Each learning rule is a subclass, which
 * is called in this order: run, readReport, scales, backward, combine, update.
 * In a process group, the ranks sum their gradients between backward and update.
 */
import type { Backend, Buffer, UpdateStep } from '../backend/backend.ts';
import { Buffers, type Wanted } from '../backend/workspace.ts';
import { ForwardPass, type BatchReport, type PassSize, type Sample } from './forwardPass.ts';
import { Gradients, type Gradient } from './gradients.ts';
import type { ShardAssignment, ShardNode } from './processGroup.ts';
import type { ScaleSchedule, Scales } from './report.ts';
import type { TrainingState } from './state.ts';

/** Size of a pass that trains. */
export type GradientSize = PassSize & { readonly shard: number };

export abstract class GradientPass extends ForwardPass {
  protected readonly shard: number;
  protected readonly gradients: Gradients;
  /** Shards of this process, as nodes of the tree. */
  protected nodes: readonly ShardNode[] = [];
  private moments: { readonly m: Buffers; readonly v: Buffers } | undefined;

  constructor(backend: Backend, size: GradientSize, wanted: readonly Wanted[], group?: number) {
    super(backend, size, group);
    this.shard = size.shard;
    this.workspace.buffers.add(wanted);
    this.gradients = new Gradients(backend, size.shard, this.workspace.weighted);
  }

  /** Stages encode to loss for this process's samples of a batch; for rules without S also backward. */
  abstract run(samples: readonly Sample[], assignment?: ShardAssignment): void;

  /** S after the batch of the last {@link run}. */
  abstract scales(report: BatchReport, before: readonly number[], schedule: ScaleSchedule): Scales;

  /** Stages loss and backward for the batch of the last {@link run}, for rules that need S. */
  abstract backward(S: readonly number[]): void;

  /** Sets Adam's moments; zeros if none are given. */
  writeMoments(moments?: TrainingState['moments']): void {
    const { backend } = this;
    const { weighted } = this.workspace;
    const wanted = weighted.map((n) => ({ role: 'moment', n, samples: 1 }) as const);
    this.moments ??= { m: new Buffers(backend, wanted), v: new Buffers(backend, wanted) };
    if (!moments) return;
    for (const [place, n] of weighted.entries()) {
      backend.write(this.moments.m.of('moment', n), moments.m[place]);
      backend.write(this.moments.v.of('moment', n), moments.v[place]);
    }
  }

  async readMoments(): Promise<TrainingState['moments']> {
    const { moments } = this;
    if (!moments) return { m: [], v: [] };
    const of = (buffers: Buffers): Promise<Float32Array[]> =>
      this.readAll(this.workspace.weighted.map((n) => buffers.of('moment', n)));
    const [m, v] = await Promise.all([of(moments.m), of(moments.v)]);
    return { m, v };
  }

  /** Sums the gradients of the ranks of a process group; a single process already has the sum. */
  async combine(): Promise<void> {
    if (this.processes.size > 1 && this.assignment)
      await this.gradients.combine(this.processes, this.assignment);
  }

  /** Stage update, with the gradient of the batch. */
  update(rule: UpdateStep): void {
    const { backend, moments } = this;
    const { buffers, weighted } = this.workspace;
    const { layers, variant } = backend.network;
    for (const n of weighted) {
      const isFrozen = n === layers.length && variant.outputWeights === 'untrained';
      if (isFrozen && rule.optimiser.weightDecay === 0) continue;
      const of = (each?: Buffers): Buffer | null => ('step' in rule && each ? each.of('moment', n) : null);
      const dw = this.gradients.total[n];
      const [w, m, v] = [buffers.of('weights', n), of(moments?.m), of(moments?.v)];
      backend.update(n, { w, dw, m, v }, rule);
    }
    backend.submit?.();
  }

  /** A copy of the gradient: summed over the batch, not yet a mean. */
  readGradient(): Promise<Float32Array[]> {
    return this.readAll(this.workspace.weighted.map((n) => this.gradients.total[n]));
  }

  protected override begin(samples: readonly Sample[], assignment?: ShardAssignment): void {
    super.begin(samples, assignment);
    const shards = Math.ceil(samples.length / this.shard);
    this.nodes = assignment?.nodes[this.processes.rank] ?? [{ first: 0, end: shards }];
  }

  /** Stage loss of a shard, with its derivative. */
  protected beginShard(first: number): readonly number[] {
    const { backend, report, workspace } = this;
    const labels = this.labels.slice(first, first + this.shard);
    const N = backend.network.layers.length;
    backend.loss(workspace.result, labels, first, report, workspace.buffers.of('derivative', N));
    return labels;
  }

  /** dw of layer n in a shard's gradient; null if the layer is not trained. */
  protected dwOf(n: number, gradient: Gradient): Buffer | null {
    const { layers, variant } = this.backend.network;
    const isTrained = n < layers.length || variant.outputWeights === 'trained';
    return isTrained ? (gradient[n] ?? null) : null;
  }
}
