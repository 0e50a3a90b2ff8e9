/**
 * A process group: the processes that run one training together. It assigns shards to ranks, gathers the rows of reports, and sums the
 * gradients. `src/mpi` implements it.
 *
 * Each rank has the whole report, computes S and makes the same update. Weights, moments and totals are thus equal on all ranks, and rank 0
 * writes the checkpoint.
 */
/** The part of a batch that each rank has. The samples and shards of a rank follow those of the previous rank. */
export interface ShardAssignment {
  /** Number of shards of the batch. */
  readonly shards: number;
  /** Number of samples of each rank. */
  readonly counts: readonly number[];
  /** For each rank, the tree nodes that it sums, in ascending order. A node has the shards `first` to `end` − 1. */
  readonly nodes: readonly (readonly { readonly first: number; readonly end: number }[])[];
}

export type ShardNode = ShardAssignment['nodes'][number][number];

/** The memory that a rank needs for batches up to a limit. */
export interface RankNeeds {
  /** Maximum number of samples. */
  readonly samples: number;
  /** Maximum number of gradients held at once. */
  readonly gradients: number;
  /** Maximum size of the buffers for sending and receiving, in gradients. */
  readonly exchanged: number;
}

/**
 * The process group has failed: a process reported an error to all, or processes are lost. Rethrow this error unchanged, and
 * do not call the group again.
 */
export class ProcessGroupError extends Error {
  override name = 'ProcessGroupError';
}

/** A process group. All processes make the same calls in the same order, and each call returns the same result in all of them. */
export interface ProcessGroup {
  /** Rank of this process: 0 … size − 1. */
  readonly rank: number;
  /** Number of processes. */
  readonly size: number;
  /** Number of processes of the group on this machine, this process included. They share the machine's memory. */
  readonly neighbours: number;
  /**
   * Assigns the shards of a batch to ranks.
   * @param samples samples of the batch
   * @param shard samples per shard
   */
  assign(samples: number, shard: number): ShardAssignment;
  /**
   * The memory that a rank needs.
   * @param batch samples of the largest batch
   * @param shard samples per shard
   */
  rankNeeds(batch: number, shard: number): RankNeeds;
  /**
   * Gathers the numbers of all ranks, in the order of the ranks.
   * @param numbers the numbers of this rank
   * @param counts the length of each rank's `numbers`
   */
  gather(numbers: Float64Array, counts: readonly number[]): Promise<Float64Array>;
  /**
   * Sums all nodes in the order of the tree.
   *
   * @param held the numbers of each node of this rank, in pieces
   * @param assignment the shards of each rank
   * @param total pieces of the same lengths, overwritten with the sum; they may be the pieces of a node
   */
  sum(
    held: readonly (readonly Float32Array[])[],
    assignment: ShardAssignment,
    total: readonly Float32Array[],
  ): Promise<void>;
}

/** Number of gradients in memory while a balanced tree over `shards` is summed: one per level, and one for the current shard. */
export function gradientsOf(shards: number): number {
  return 32 - Math.clz32(Math.max(1, shards));
}

/**
 * Sums a balanced tree over shards, in the order of `computeTreeSum` of `spec/`.
 *
 * @param known returns the sum of a node, or undefined if it is unknown; the sum of a single shard must be known
 * @param add adds the right value to the left one in place, and returns the left one
 */
export function sumTree<T>(
  { first, end }: ShardNode,
  known: (node: ShardNode) => T | undefined,
  add: (left: T, right: T) => T,
): T {
  const sum = known({ first, end });
  if (sum !== undefined) return sum;
  if (end - first === 1) throw new Error(`process group: shard ${first} was assigned to no rank`);
  // The left part has 2^k shards: the greatest power of two below the number of shards of both parts.
  const middle = first + 2 ** (31 - Math.clz32(end - first - 1));
  const left = sumTree({ first, end: middle }, known, add);
  return add(left, sumTree({ first: middle, end }, known, add));
}

/** The indices of a batch that this process computes. */
export function ofRank(
  indices: Uint32Array,
  { counts }: ShardAssignment,
  { rank }: ProcessGroup,
): Uint32Array {
  const first = counts.slice(0, rank).reduce((sum, count) => sum + count, 0);
  return indices.subarray(first, first + counts[rank]);
}

/** A group of only this process. */
export const alone: ProcessGroup = {
  rank: 0,
  size: 1,
  neighbours: 1,
  assign(samples, shard) {
    const shards = Math.ceil(samples / shard);
    return { shards, counts: [samples], nodes: [[{ first: 0, end: shards }]] };
  },
  rankNeeds: (batch, shard) => ({
    samples: batch,
    gradients: gradientsOf(Math.ceil(batch / shard)),
    exchanged: 0,
  }),
  gather: (numbers) => Promise.resolve(numbers),
  sum: () => Promise.resolve(),
};
