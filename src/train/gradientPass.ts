/**
 * A pass that trains: it computes the gradient of a batch, summed by a balanced tree over shards, and updates the weights. Call the methods
 * in this order: run, readReport, backward, combine, update. In a process group, `combine` sums the gradients of the ranks.
 *
 * Rule `asf` (Algorithm 1) goes backward over the accumulated flows of a shard, once S is known. Rules through time need no S of the batch,
 * so each shard runs forward and backward before the next one begins. Spike trains are thus stored for one shard at a time.
 */
import type { Backend, Buffer, Update } from '../backend/backend.ts';
import { Buffers } from '../backend/workspace.ts';
import { ForwardPass, type Sample } from './forwardPass.ts';
import { backwardBuffers, chunkFor, type GradientSize } from './memory.ts';
import { sumTree, type ShardAssignment, type ShardNode } from './processGroup.ts';
import type { TrainingState } from './state.ts';
import type { TimeRule } from '../../spec/reverseTime.ts';

export class GradientPass extends ForwardPass {
  private readonly shard: number;
  private readonly rule: TimeRule | undefined;
  /** The parts of the tree over shards that this process sums. */
  private nodes: readonly ShardNode[] = [];
  /** The gradient of each node. After {@link combine}, the first is the gradient of the batch. */
  private readonly sums: Buffers[] = [];
  /** Buffers for gradients, which later batches reuse. */
  private readonly spare: Buffers[] = [];

  constructor(backend: Backend, size: GradientSize) {
    super(backend, size, chunkFor(backend, size));
    [this.shard, this.rule] = [size.shard, size.rule];
    this.buffers.add(backwardBuffers(backend.network, size));
  }

  /**
   * Runs the stages from `encode` to `loss` for this process's samples of a batch; a rule through time also runs `backward`.
   */
  run(samples: readonly Sample[], assignment?: ShardAssignment): void {
    const { rule, shard } = this;
    if (!rule) return this.runForward(samples, assignment);
    this.begin(samples, assignment);
    this.sumShards((first, gradient) => {
      this.forwardSome(samples.slice(first, first + shard), first, true);
      this.reverseShard(first, rule, gradient);
    });
  }

  /** Runs the stages `loss` and `backward` for the batch of the last {@link run}, unless this is already done. */
  backward(S: readonly number[]): void {
    if (!this.rule) this.sumShards((first, gradient) => this.backwardShard(first, S, gradient));
  }

  /** Sets Adam's moments, by default to 0. */
  writeMoments(moments?: TrainingState['moments']): void {
    const { buffers, weighted } = this;
    for (const role of ['m', 'v'] as const) {
      buffers.add(weighted.map((n) => ({ role, n, samples: 1 })));
      if (!moments) continue;
      for (const [index, n] of weighted.entries())
        this.backend.write(buffers.of(role, n), moments[role][index]);
    }
  }

  async readMoments(): Promise<TrainingState['moments']> {
    const { buffers, weighted } = this;
    const of = (role: 'm' | 'v'): Promise<Float32Array[]> =>
      this.readAll(weighted.flatMap((n) => buffers.find(role, n) ?? []));
    const [m, v] = await Promise.all([of('m'), of('v')]);
    return { m, v };
  }

  /** Sums the gradients of the ranks of a process group; a single process already has the sum. */
  async combine(): Promise<void> {
    const { processes, assignment, sums } = this;
    if (processes.size === 1 || !assignment) return;
    const held = await Promise.all(sums.map((gradient) => this.cellsOf(gradient)));
    if (sums.length === 0) sums.push(this.take());
    const total = held[0] ?? (await this.cellsOf(sums[0]));
    await processes.sum(held, assignment, total);
  }

  update(rule: Update): void {
    const { backend, buffers, weighted } = this;
    const { layers, variant } = backend.network;
    for (const n of weighted) {
      const isFrozen = n === layers.length && variant.outputWeights === 'untrained';
      if (isFrozen && rule.optimiser.weightDecay === 0) continue;
      const [w, dw] = [buffers.of('weights', n), this.sums[0].of('gradient', n)];
      const [m, v] = [buffers.find('m', n), buffers.find('v', n)];
      backend.update(n, { w, dw, m, v }, rule);
    }
    backend.submit?.();
  }

  /** A copy of the batch's gradient: a sum, not yet a mean. */
  readGradient(): Promise<Float32Array[]> {
    return this.readAll(this.weighted.map((n) => this.sums[0].of('gradient', n)));
  }

  protected override begin(samples: readonly Sample[], assignment?: ShardAssignment): void {
    super.begin(samples, assignment);
    const shards = Math.ceil(samples.length / this.shard);
    this.nodes = assignment?.nodes[this.processes.rank] ?? [{ first: 0, end: shards }];
  }

  /** Sums the gradients of this process's shards. `make` computes the gradient of the shard that begins with sample `first`. */
  private sumShards(make: (first: number, gradient: Buffers) => void): void {
    const { nodes, sums, spare, shard, backend, weighted } = this;
    const ofShard = ({ first, end }: ShardNode): Buffers | undefined => {
      if (end - first > 1) return undefined;
      const gradient = this.take();
      make((first - nodes[0].first) * shard, gradient);
      return gradient;
    };
    spare.push(...sums.splice(0));
    for (const node of nodes)
      sums.push(
        sumTree(node, ofShard, (left, right) => {
          for (const n of weighted) backend.accumulate(left.of('gradient', n), right.of('gradient', n));
          spare.push(right);
          return left;
        }),
      );
  }

  private take(): Buffers {
    const wanted = this.weighted.map((n) => ({ role: 'gradient', n, samples: 1 }) as const);
    return this.spare.pop() ?? new Buffers(this.backend, wanted);
  }

  private cellsOf(gradient: Buffers): Promise<Float32Array[]> {
    const { backend, weighted } = this;
    return Promise.all(weighted.map((n) => backend.cells!(gradient.of('gradient', n)))); // `OpenTraining` requires `cells`
  }

  /** Runs stage `loss` for a shard, including the derivative of L. Returns the labels. */
  private beginShard(first: number): readonly number[] {
    const { backend, report, result, buffers } = this;
    const labels = this.labels.slice(first, first + this.shard);
    const N = backend.network.layers.length;
    backend.loss(result, labels, first, report, buffers.of('derivative', N));
    return labels;
  }

  /** dw of layer n in a shard's gradient; null if the layer has no weights or is not trained. */
  private dwOf(n: number, gradient: Buffers): Buffer | null {
    const { layers, variant } = this.backend.network;
    const isTrained = n < layers.length || variant.outputWeights === 'trained';
    return isTrained ? gradient.find('gradient', n) : null;
  }

  /** Goes back through the accumulated flows of a shard, from the last layer to the first. */
  private backwardShard(first: number, S: readonly number[], gradient: Buffers): void {
    const { backend, buffers } = this;
    const { length: samples } = this.beginShard(first);
    for (let n = backend.network.layers.length; n >= 1; n--) {
      const from = {
        FI: buffers.of('FI', n),
        FO: buffers.of('FO', n),
        FOBefore: buffers.of('FO', n - 1),
        w: buffers.find('weights', n),
        S: S[n - 1],
      };
      const dBefore = buffers.find('derivative', n - 1);
      const to = { d: buffers.of('derivative', n), dw: this.dwOf(n, gradient), dBefore };
      backend.backward(n, from, to, { first, samples });
    }
  }

  /**
   * For a shard whose trains are in memory, runs the stages `loss` and `backward`: from the last step to the first, through all
   * layers.
   */
  private reverseShard(first: number, rule: TimeRule, gradient: Buffers): void {
    const { backend, buffers } = this;
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
          potentials: buffers.find('potentials', n),
          slope: buffers.find('slope', n),
          w: buffers.find('weights', n),
          rule,
        };
        const dOBefore = buffers.find('derivative', n - 1);
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
