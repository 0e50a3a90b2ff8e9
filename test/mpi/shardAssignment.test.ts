/**
 * A batch is assigned to ranks in aligned blocks: each shard once, and to all ranks evenly. The sum over
 * ranks is that of the tree.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { computeTreeSum } from '../../spec/backward.ts';
import { assignShards, mostNodes, needsOf } from '../../src/mpi/shardAssignment.ts';
import { roundsOf, slicesOf, sumSlices } from '../../src/mpi/slices.ts';
import { drawing } from '../support.ts';

const cases = {
  samples: fc.integer({ min: 1, max: 600 }),
  shard: fc.integer({ min: 1, max: 20 }),
  ranks: fc.integer({ min: 1, max: 70 }),
};

it('assignments by hand: 7 shards of 4 samples, the last of 3, to 3 ranks', () => {
  const { shards, counts, nodes } = assignShards(27, 4, 3);
  const ranges = nodes.map((own) => own.map(({ first, end }) => `${first} to ${end}`));
  expect([shards, counts]).toEqual([7, [12, 8, 7]]);
  expect(ranges.map((own) => own.join())).toEqual(['0 to 2,2 to 3', '3 to 4,4 to 5', '5 to 6,6 to 7']);
});

it('assignments every shard once, in order, each rank few nodes, and the samples that are in them', () => {
  fc.assert(
    fc.property(fc.record(cases), ({ samples, shard, ranks }) => {
      const { shards, counts, nodes } = assignShards(samples, shard, ranks);
      const all = nodes.flat();
      expect(all[0].first).toBe(0);
      for (const [k, { first, end }] of all.entries()) {
        expect(end).toBeGreaterThan(first);
        expect(end).toBe(all[k + 1]?.first ?? shards);
      }
      for (const [rank, own] of nodes.entries()) {
        expect(own.length).toBeLessThanOrEqual(mostNodes);
        const [first, end] = own.length > 0 ? [own[0].first, own.at(-1)!.end] : [0, 0];
        expect(counts[rank]).toBe(Math.min(samples, end * shard) - first * shard);
      }
      const needs = needsOf(samples, shard, ranks);
      expect(Math.max(...counts)).toBeLessThanOrEqual(needs.samples);
    }),
    drawing(100),
  );
});

it('gives nobody more than a third above what single shards would', () => {
  for (let ranks = 1; ranks <= 64; ranks++) {
    for (let shards = 1; shards <= 512; shards += shards < 70 ? 1 : 13) {
      const most = Math.max(...assignShards(shards, 1, ranks).counts);
      expect(most / Math.ceil(shards / ranks), `${shards} shards, ${ranks} ranks`).toBeLessThan(4 / 3);
    }
  }
});

describe('the sum', () => {
  const values = (k: number): Float32Array =>
    Float32Array.from({ length: 37 }, (_, i) => Math.fround(((k * 37 + i) * 0.7371) % 1.3) - 0.5);

  it('is that of the text, slice by slice, whoever holds the shards', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 9 }), (shards, ranks) => {
        const assignment = assignShards(shards, 1, ranks);
        const expected = computeTreeSum(Array.from({ length: shards }, (_, k) => values(k)));
        const held = assignment.nodes.map((own) =>
          own.map(({ first, end }) =>
            computeTreeSum(Array.from({ length: end - first }, (_, k) => values(first + k))),
          ),
        );
        const slices = slicesOf(37, ranks);
        const sum = slices.flatMap((length, rank) => {
          const rounds = roundsOf(assignment, slices, rank);
          const start = slices.slice(0, rank).reduce((a, b) => a + b, 0);
          const came = rounds.map((_, k) =>
            Float32Array.from(
              held.flatMap((own) => (own[k] ? [...own[k].subarray(start, start + length)] : [])),
            ),
          );
          return [...sumSlices(assignment, rounds, came)];
        });
        expect(Uint32Array.from(new Uint32Array(Float32Array.from(sum).buffer))).toEqual(
          new Uint32Array(Float32Array.from(expected).buffer),
        );
      }),
      drawing(100),
    );
  });

  it('says which shard nobody has', () => {
    const assignment = { shards: 3, counts: [3], nodes: [[{ first: 0, end: 2 }]] };
    const rounds = roundsOf(assignment, [1], 0);
    expect(() => sumSlices(assignment, rounds, [Float32Array.of(1)])).toThrow(
      'process group: shard 2 was assigned to no rank',
    );
  });
});
