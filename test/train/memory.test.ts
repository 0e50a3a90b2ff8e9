/** The library computes the memory that a batch needs before it allocates any. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planTraining } from '../../src/backend/wasm/trainingPlan.ts';
import { createWasm } from '../../src/backend/wasm/wasm.ts';
import { images, type Dataset } from '../../src/data/dataset.ts';
import { network } from '../../src/network/network.ts';
import { lenet, vgg7 } from '../../src/network/models.ts';
import { checkMemory, memoryFor, type GradientSize } from '../../src/train/memory.ts';
import { GradientPass } from '../../src/train/gradientPass.ts';
import { train } from '../../src/train/train.ts';
import { buildNetwork } from '../../spec/dictionary.ts';
import { binary32 } from '../../spec/arithmetic.ts';
import { ruleChoices, ruleNames, timeRuleOf } from '../../spec/rule.ts';
import { write } from '../backend/suite.ts';
import { anyCase } from '../networks.ts';
import { drawing } from '../support.ts';
import { countingBytes } from './small.ts';

it.each(ruleNames)('memoryFor is what a step of %s takes', { timeout: 120_000 }, async (name) => {
  await fc.assert(
    fc.asyncProperty(anyCase, fc.boolean(), async (drawn, moments) => {
      const variant = { ...drawn.variant, ...ruleChoices[name] };
      const { backend, bytes } = countingBytes(
        createWasm(buildNetwork(drawn.description, variant, binary32)),
      );
      const rule = timeRuleOf(name, { surrogate: 'rectangle', width: 1 });
      const { shard, samples } = drawn;
      const size: GradientSize = { batch: samples.length, shard, moments, rule };
      const passes = new GradientPass(backend, size);
      write(passes, drawn);
      if (moments) passes.writeMoments();
      for (let k = 0; k < 2; k++) {
        passes.run(samples);
        passes.backward(drawn.S);
      }
      expect(memoryFor(backend, size)).toBe(bytes() + backend.scratchBytes!);
      backend.dispose();
    }),
    drawing(60),
  );
});

describe('checkMemory', () => {
  const backend = createWasm(network(lenet, { timeWindow: 100 }).plan, 2);
  const size = { batch: 4096, shard: 16, moments: true };

  it('names the batch that fits, and no more does', () => {
    const found = 2 ** 29;
    const message = (batch: number): string | undefined => {
      try {
        checkMemory('train', backend, { ...size, batch }, found);
      } catch (cause) {
        return (cause as Error).message;
      }
    };
    const text = message(4096)!;
    expect(text).toMatch(
      /^train: "batch" expected \d\.\d\d GiB of memory for a batch of 4096, got 0\.50; take a batch of \d+ or fewer$/,
    );
    const fits = Number(/batch of (\d+) or/.exec(text)![1]);
    expect(message(fits)).toBeUndefined();
    expect(message(fits + 1)).toBeDefined();
  });

  it('says what else would help where no batch fits', () => {
    expect(() => checkMemory('train', backend, size, 2 ** 20)).toThrow(/; take a shorter window or fewer/);
  });

  it('refuses more than 32 bits can address, before it begins', async () => {
    const net = network(lenet, { timeWindow: 4 });
    const data = images('blank', net.plan.input, new Uint8Array(20_000 * 784), new Uint8Array(20_000));
    const run = train(net, data, { batch: 20_000, shard: 20_000 });
    await expect(run.next()).rejects.toThrow(
      /^train: "batch" expected \d+\.\d\d GiB of memory for a batch of 20000, got \d\.\d\d; take a/,
    );
  });
});

describe('threads', () => {
  it('have as many sample queues each, though trains of a long window are large', () => {
    const groups = [100, 200, 400].map((timeWindow) => {
      const { plan } = network(vgg7, { timeWindow });
      return [2, 3].map((threads) => planTraining(plan, threads).chunk / threads);
    });
    expect(groups).toEqual([
      [11, 7],
      [5, 3],
      [2, 2],
    ]);
  });

  it('train on recordings whose events take more than 64 MB a batch, in the bits of one thread', async () => {
    const [T, size] = [300, 1024];
    const shape = { channels: 1, height: 32, width: 32 };
    const data: Dataset = {
      name: 'dense',
      length: 96,
      shape,
      input: (i) => ({ frames: new Float32Array(T * size).fill(1 + (i % 3)) }),
      label: (i) => i % 3,
    };
    const description = {
      input: shape,
      timeWindow: T,
      threshold: 1,
      leak: 1,
      layers: [{ kind: 'linear', units: 3 }],
    } as const;
    const trained = [1, 2].map(async (threads) => {
      const net = network(description);
      for await (const { epoch } of train(net, data, { threads, batch: 32, epochs: 1, seed: 1 }))
        expect(epoch).toBe(0);
      return net.weights;
    });
    const [one, two] = await Promise.all(trained);
    expect(two).toEqual(one);
  });
});
