/** Several processes that share each batch give the bits of one process. Each reads only its samples. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Dataset } from '../../src/data/dataset.ts';
import { digest, drawWeights, network } from '../../src/network/network.ts';
import { evaluate } from '../../src/train/evaluate.ts';
import { memoryFor } from '../../src/train/memory.ts';
import { GradientPass } from '../../src/train/gradientPass.ts';
import { drawSamples } from '../../src/train/sampleInput.ts';
import { train } from '../../src/train/train.ts';
import type { Progress } from '../../src/train/openTraining.ts';
import { createWasm } from '../../src/backend/wasm/wasm.ts';
import { awaitedLaw } from '../spec/support.ts';
import { crewOf } from './crew.ts';
import { anySettings, countingBytes, everyKind, pictures } from './small.ts';

/** Records the indices of the samples that are read. */
function watched(data: Dataset): { data: Dataset; read: number[] } {
  const read: number[] = [];
  const input: Dataset['input'] = (i, draw) => {
    read.push(i);
    return data.input(i, draw);
  };
  return { data: { ...data, input }, read };
}

/** What a step reports, without its functions. */
const told = (step: Progress): unknown => JSON.parse(JSON.stringify(step));

describe('a process group', () => {
  const count = 17;
  awaitedLaw(
    'gives the bits and the progress of one process, and divides the reading',
    fc.tuple(anySettings, fc.integer({ min: 1, max: 5 })),
    15,
    async ([settings, size]) => {
      const alone = network(everyKind);
      const expected: unknown[] = [];
      for await (const progress of train(alone, pictures(count), settings)) expected.push(told(progress));
      const reads: number[] = [];
      const nets = await Promise.all(
        crewOf(size).map(async (processes) => {
          const net = network(everyKind);
          const { data, read } = watched(pictures(count));
          const found: unknown[] = [];
          for await (const progress of train(net, data, { ...settings, processes }))
            found.push(told(progress));
          expect(found).toEqual(expected);
          reads.push(...read);
          return net;
        }),
      );
      for (const { weights, S } of nets) {
        expect(await digest(weights!)).toBe(await digest(alone.weights!));
        expect(S).toEqual(alone.S);
      }
      const once = Array.from({ length: count * settings.epochs! }, (_, k) => k % count);
      expect(reads.sort((x, y) => x - y)).toEqual(once.sort((x, y) => x - y));
    },
  );

  it.each([1, 2, 3, 7])('of %i evaluates as one process does, each its own samples', async (size) => {
    const net = network(everyKind);
    net.weights = drawWeights(net.plan, 3);
    const expected = await evaluate(net, pictures(120));
    const reads: number[] = [];
    const all = await Promise.all(
      crewOf(size).map(async (processes) => {
        const { data, read } = watched(pictures(120));
        const found = await evaluate(net, data, { processes });
        reads.push(...read);
        return found;
      }),
    );
    for (const found of all) expect(found).toEqual(expected);
    expect(reads.sort((x, y) => x - y)).toEqual(Array.from({ length: 120 }, (_, k) => k));
  });

  it('takes the memory of its largest share, as the formula says', async () => {
    for (const [samples, shard, size] of [
      [16, 2, 2],
      [16, 2, 3],
      [27, 4, 3],
      [5, 1, 4],
      [3, 2, 4],
    ] as const) {
      let largest = 0;
      await Promise.all(
        crewOf(size).map(async (processes) => {
          const { plan } = network(everyKind);
          const { backend, bytes } = countingBytes(createWasm(plan));
          const needs = processes.rankNeeds(samples, shard);
          const passes = new GradientPass(backend, { batch: needs.samples, shard, processes });
          passes.writeWeights(drawWeights(plan, 1));
          const assignment = processes.assign(samples, shard);
          const first = assignment.counts.slice(0, processes.rank).reduce((a, b) => a + b, 0);
          const places = Array.from({ length: assignment.counts[processes.rank]! }, (_, k) => first + k);
          const draw = { seed: 1, stream: 'train', epoch: 0 } as const;
          passes.runForward(drawSamples('test', plan, pictures(samples), places, draw), assignment);
          await passes.readReport();
          passes.backward(plan.layers.map(() => 0.5));
          await passes.combine();
          const gradients = plan.layers
            .filter(({ weightShape }) => weightShape.length > 0)
            .reduce((sum, { n }) => sum + backend.bytesOf('gradient', n), 0);
          const predicted = memoryFor(backend, { batch: samples, shard, moments: false, processes });
          const own = predicted - needs.exchanged * gradients - backend.scratchBytes!;
          expect(bytes()).toBeLessThanOrEqual(own);
          largest = Math.max(largest, bytes() / own);
        }),
      );
      expect(largest, `${samples} samples, ${shard} a shard, ${size} ranks`).toBe(1);
    }
  });
});
