/**
 * The gradients of a batch's shards, added by a balanced binary tree: within this process, and among the ranks of a process group.
 */
import type { Backend, Buffer } from '../backend/backend.ts';
import type { ShardAssignment, ProcessGroup, ShardNode } from './processGroup.ts';

/** The gradient of each layer with weights. */
export interface Gradient {
  [n: number]: Buffer;
}

/** Makes the gradient of the shard that begins with this process's sample `first`. */
export type MakeShard = (first: number, gradient: Gradient) => void;

/** Sums over shards, and their buffers, which later batches reuse. */
export class Gradients {
  private readonly backend: Backend;
  private readonly shard: number;
  private readonly weighted: readonly number[];
  /** The buffers that are not in use. */
  private readonly spare: Gradient[] = [];
  /** The sums of this process's nodes of the tree; the first is the batch's after {@link combine}. */
  private readonly sums: Gradient[] = [];

  /** @param shard samples whose gradient is one sum */
  constructor(backend: Backend, shard: number, weighted: readonly number[]) {
    [this.backend, this.shard, this.weighted] = [backend, shard, weighted];
  }

  /** The last sum. */
  get total(): Gradient {
    return this.sums[0];
  }

  /** Sums the shards of these nodes. */
  sum(nodes: readonly ShardNode[], make: MakeShard): void {
    this.spare.push(...this.sums.splice(0));
    for (const node of nodes) this.sums.push(this.sumNode(node, nodes[0].first, make));
  }

  /** Sums a batch's gradients over the ranks of a process group. */
  async combine(processes: ProcessGroup, assignment: ShardAssignment): Promise<void> {
    const { sums } = this;
    const held = await Promise.all(sums.map((gradient) => this.cellsOf(gradient)));
    if (sums.length === 0) sums.push(this.take());
    const total = held[0] ?? (await this.cellsOf(sums[0]));
    await processes.sum(held, assignment, total);
  }

  /** Sums a tree in one pass: index k holds the sum of 2^k shards until the next sum of that size is ready. */
  private sumNode({ first, end }: ShardNode, before: number, make: MakeShard): Gradient {
    const waiting: (Gradient | undefined)[] = [];
    for (let k = first; k < end; k++) {
      let gradient = this.take();
      make((k - before) * this.shard, gradient);
      let level = 0;
      for (let left = waiting[level]; left; left = waiting[++level]) {
        gradient = this.add(left, gradient);
        waiting[level] = undefined;
      }
      waiting[level] = gradient;
    }
    return waiting.reduce((right, left) => (left && right ? this.add(left, right) : (left ?? right)))!; // a node has a shard
  }

  /** left += right; right is free again. */
  private add(left: Gradient, right: Gradient): Gradient {
    for (const n of this.weighted) this.backend.accumulate(left[n], right[n]);
    this.spare.push(right);
    return left;
  }

  private take(): Gradient {
    const spare = this.spare.pop();
    if (spare) return spare;
    const fresh: Gradient = {};
    for (const n of this.weighted) fresh[n] = this.backend.allocate('gradient', n, 1);
    return fresh;
  }

  private cellsOf(gradient: Gradient): Promise<Float32Array[]> {
    return Promise.all(this.weighted.map((n) => this.backend.cells!(gradient[n]))); // `OpenTraining` refuses other backends
  }
}
