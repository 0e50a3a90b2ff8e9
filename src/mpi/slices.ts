/** Divides a gradient into slices. Each rank sums one slice for all ranks. */
import { sumTree, type ShardAssignment, type ShardNode } from '../train/processGroup.ts';
import type { RankParts } from './library.ts';

/** Consecutive parts of these lengths. */
export function partsOf(counts: readonly number[]): RankParts {
  const parts = {
    counts: new Int32Array(new ArrayBuffer(4 * counts.length)),
    starts: new Int32Array(new ArrayBuffer(4 * counts.length)),
  };
  let start = 0;
  for (const [rank, count] of counts.entries()) {
    parts.counts[rank] = count;
    parts.starts[rank] = start;
    start += count;
  }
  return parts;
}

/** The number of values that each rank sums. */
export function slicesOf(length: number, ranks: number): number[] {
  const bound = (rank: number): number => Math.floor((length * rank) / ranks);
  return Array.from({ length: ranks }, (_, rank) => bound(rank + 1) - bound(rank));
}

/**
 * Exchange k, of the k-th nodes of all ranks. `out`: the slices of this rank's node, if it has a k-th node. `into`: this rank's slice of
 * every node.
 */
export interface Round {
  readonly out: RankParts;
  readonly into: RankParts;
}

/** The exchanges in which a rank receives its slice of the gradient of each node. */
export function roundsOf({ nodes }: ShardAssignment, slices: readonly number[], rank: number): Round[] {
  const most = Math.max(...nodes.map((list) => list.length));
  return Array.from({ length: most }, (_, k) => ({
    out: partsOf(nodes[rank].length > k ? slices : slices.map(() => 0)),
    into: partsOf(nodes.map((list) => (list.length > k ? slices[rank] : 0))),
  }));
}

/** Sums the received slices in the order of the tree, and overwrites one of them with the result. */
export function sumSlices(
  { shards, nodes }: ShardAssignment,
  rounds: readonly Round[],
  came: readonly Float32Array[],
): Float32Array {
  const held = nodes.flatMap((list, rank) =>
    list.map((node, k) => {
      const { counts, starts } = rounds[k].into;
      return { ...node, value: came[k].subarray(starts[rank], starts[rank] + counts[rank]) };
    }),
  );
  const known = ({ first, end }: ShardNode): Float32Array | undefined =>
    held.find((node) => node.first === first && node.end === end)?.value;
  return sumTree({ first: 0, end: shards }, known, (left, right) => {
    // An addition into a Float32Array is rounded once, as in the kernel.
    for (let i = 0; i < left.length; i++) left[i] += right[i];
    return left;
  });
}
