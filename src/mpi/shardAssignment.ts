/** Assigns a batch to ranks in aligned blocks of shards, so that each rank sums only whole subtrees of the tree over shards. */
import { gradientsOf, type RankNeeds, type ShardAssignment, type ShardNode } from '../train/processGroup.ts';

/**
 * Limit on the nodes per rank. A rank with n nodes sends (n + 1)/2 times the bytes of a ring allreduce, so twice as many for three nodes.
 * Uneven blocks take at most a third more time than blocks of one shard (`test/mpi/shardAssignment.test.ts`).
 */
export const mostNodes = 3;

/** Assigns a batch in blocks of shards, as evenly as possible with at most {@link mostNodes} nodes of the tree per rank. */
export function assignShards(samples: number, shard: number, ranks: number): ShardAssignment {
  const shards = Math.ceil(samples / shard);
  let best: { assignment: ShardAssignment; load: number; nodes: number } | undefined;
  for (let block = 1; block < 2 * shards || block === 1; block *= 2) {
    const ranges = rangesOf(shards, block, ranks);
    const all = ranges.map(({ first, end }) => nodesOf(first, end, shards));
    const nodes = Math.max(...all.map(({ length }) => length));
    const load = Math.max(...ranges.map(({ first, end }) => end - first));
    if (nodes > mostNodes) continue;
    if (best && (load > best.load || (load === best.load && nodes >= best.nodes))) continue;
    const counts = ranges.map(
      ({ first, end }) => Math.min(samples, end * shard) - Math.min(samples, first * shard),
    );
    best = { assignment: { shards, counts, nodes: all }, load, nodes };
  }
  return best!.assignment; // with the largest block, one node covers all shards
}

/** The shards of each rank, in blocks. If the blocks cannot be divided evenly, the first ranks have one more block. */
function rangesOf(shards: number, block: number, ranks: number): ShardNode[] {
  const blocks = Math.ceil(shards / block);
  const [each, more] = [Math.floor(blocks / ranks), blocks % ranks];
  const start = (rank: number): number => Math.min(shards, (rank * each + Math.min(rank, more)) * block);
  return Array.from({ length: ranks }, (_, rank) => ({ first: start(rank), end: start(rank + 1) }));
}

/** The fewest nodes of the tree that cover shards `first` to `end` − 1. */
function nodesOf(first: number, end: number, shards: number): ShardNode[] {
  const nodes: ShardNode[] = [];
  for (let at = first; at < end; at = nodes[nodes.length - 1].end) {
    let size = 1;
    while (at % (2 * size) === 0 && size < shards && Math.min(at + 2 * size, shards) <= end) size *= 2;
    nodes.push({ first: at, end: Math.min(at + size, shards) });
  }
  return nodes;
}

/** The greatest needs of any rank for batches of up to `batch` samples. A smaller last batch may be assigned differently. */
export function needsOf(batch: number, shard: number, ranks: number): RankNeeds {
  const most = { samples: 0, gradients: 1, exchanged: 0 };
  for (let shards = Math.ceil(batch / shard); shards > 0; shards--) {
    const assignment = assignShards(Math.min(batch, shards * shard), shard, ranks);
    for (let rank = 0; rank < ranks; rank++) {
      const { samples, gradients, exchanged } = needsOfRank(assignment, rank);
      most.samples = Math.max(most.samples, samples);
      most.gradients = Math.max(most.gradients, gradients);
      most.exchanged = Math.max(most.exchanged, exchanged);
    }
  }
  return most;
}

/**
 * The needs of one rank for a batch. The rank has a send buffer for each of its nodes, but at least one. The first send buffer
 * later receives the sum. Other buffers receive the rank's slice of every node.
 */
export function needsOfRank({ counts, nodes }: ShardAssignment, rank: number): RankNeeds {
  const all = nodes.reduce((sum, { length }) => sum + length, 0);
  return {
    samples: counts[rank],
    gradients: heldOf(nodes[rank]),
    exchanged: Math.max(1, nodes[rank].length) + all / nodes.length,
  };
}

/**
 * The greatest number of gradients in memory while a rank sums its nodes: one per earlier node, and those of the current sum.
 */
function heldOf(nodes: readonly ShardNode[]): number {
  return Math.max(1, ...nodes.map(({ first, end }, k) => k + gradientsOf(end - first)));
}
