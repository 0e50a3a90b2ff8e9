/** A process group within one process. Its ranks exchange values by promises, in the order of the tree. */
import { computeTreeSum } from '../../spec/backward.ts';
import { assignShards, needsOf } from '../../src/mpi/shardAssignment.ts';
import { sumTree, type ProcessGroup } from '../../src/train/processGroup.ts';

export function crewOf(size: number): ProcessGroup[] {
  let waiting:
    | { values: unknown[]; came: number; done: Promise<unknown[]>; resolve: (all: unknown[]) => void }
    | undefined;
  const exchange = <T>(rank: number, value: T): Promise<T[]> => {
    if (!waiting) {
      let resolve!: (all: unknown[]) => void;
      const done = new Promise<unknown[]>((set) => (resolve = set));
      waiting = { values: [], came: 0, done, resolve };
    }
    const own = waiting;
    own.values[rank] = value;
    if (++own.came === size) {
      waiting = undefined;
      own.resolve(own.values);
    }
    return own.done as Promise<T[]>;
  };
  return Array.from({ length: size }, (_, rank): ProcessGroup => ({
    rank,
    size,
    neighbours: size,
    assign: (samples, shard) => assignShards(samples, shard, size),
    rankNeeds: (batch, shard) => needsOf(batch, shard, size),
    async gather(numbers) {
      return Float64Array.from((await exchange(rank, [...numbers])).flat());
    },
    async sum(held, { shards, nodes }, total) {
      const all = await exchange(
        rank,
        held.map((pieces) => pieces.map((piece) => piece.slice())),
      );
      for (const [place, piece] of total.entries()) {
        const values = nodes.flatMap((own, r) =>
          own.map((node, k) => ({ ...node, value: all[r]![k]![place]! })),
        );
        piece.set(
          sumTree<Float32Array>(
            { first: 0, end: shards },
            ({ first, end }) => values.find((node) => node.first === first && node.end === end)?.value,
            (left, right) => computeTreeSum([left, right]) as Float32Array,
          ),
        );
      }
    },
  }));
}
