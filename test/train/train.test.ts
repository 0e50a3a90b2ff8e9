/** `train` trains as the README says, gives the same bits on both backends, and refuses wrong settings. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  digest,
  evaluate,
  firstOf,
  images,
  InputError,
  lenet,
  network,
  predict,
  train,
} from '../../src/index.ts';
import { computeScales } from '../../src/train/report.ts';
import { drawing } from '../support.ts';
import { anySettings, everyKind, fresh, pictures, presets, resultOf, run } from './small.ts';

describe('train', () => {
  test('trains LeNet on images, and the network predicts', async () => {
    const pixels = Uint8Array.from({ length: 4 * 784 }, (_, k) => (k * 31) & 255);
    const data = images('four', { channels: 1, height: 28, width: 28 }, pixels, [3, 1, 4, 1]);
    const net = network(lenet, { timeWindow: 3 });
    const losses = [];
    for await (const { epoch, batch, loss } of train(net, data, { epochs: 2, batch: 2 })) {
      losses.push({ epoch, batch, loss });
    }
    expect(losses).toEqual(
      [0, 0, 1, 1].map((epoch, k) => ({ epoch, batch: k % 2, loss: expect.any(Number) })),
    );
    const { label, potentials, spikes } = predict(
      net,
      Array.from(pixels.subarray(0, 784), (v) => v / 255),
    );
    expect(potentials).toHaveLength(10);
    expect(label).toBe(potentials.indexOf(Math.max(...potentials)));
    expect(Object.keys(spikes)).toEqual([
      '1 convolution',
      '2 averagePool',
      '3 convolution',
      '4 averagePool',
      '5 linear',
    ]);
  });

  test('learns the small pictures, with layers of every kind, under both presets', async () => {
    for (const variant of ['paper', 'authors'] as const) {
      const net = fresh(variant);
      const settings = { epochs: 30, batch: 6, learningRate: 0.01, rateSteps: [] };
      const steps = await run(net, pictures(30), settings);
      expect(steps.at(-1)!.totals.loss).toBeLessThan(0.1 * steps[4]!.totals.loss);
      const { accuracy } = await evaluate(net, pictures(30));
      expect(accuracy).toBeGreaterThan(0.8);
    }
  });

  test('moves the weights of every layer that has some', async () => {
    const net = fresh('authors');
    const [first] = await run(net, pictures(9), { batch: 9 });
    const before = net.weights!.map((w) => w.slice());
    expect(first!.isEpochEnd).toBe(true);
    await run(net, pictures(9), { batch: 9 });
    for (const [place, w] of net.weights!.entries()) {
      expect(w.every(Number.isFinite)).toBe(true);
      expect(w).not.toEqual(before[place]);
    }
  });

  test('says of each batch where it stands, and the epoch so far', async () => {
    const steps = await run(fresh('paper'), pictures(8), { batch: 3, epochs: 2 });
    expect(steps.map(({ epoch, batch, samples, isEpochEnd }) => [epoch, batch, samples, isEpochEnd])).toEqual(
      [0, 1].flatMap((epoch) => [
        [epoch, 0, 3, false],
        [epoch, 1, 3, false],
        [epoch, 2, 2, true],
      ]),
    );
    for (const { batches, epochs, totals, batch } of steps) {
      expect({ batches, epochs }).toEqual({ batches: 3, epochs: 2 });
      expect(totals.samples).toBe(Math.min(8, 3 * (batch + 1)));
    }
    const { totals } = steps[2]!;
    const sum = steps.slice(0, 3).reduce((all, { loss, samples }) => all + loss * samples, 0);
    expect(totals.loss).toBeCloseTo(sum, 9);
    expect(totals.correct).toBe(steps.slice(0, 3).reduce((all, { correct }) => all + correct, 0));
  });

  test('shows each sample once an epoch, in another order each time', async () => {
    const seen: number[] = [];
    const data = pictures(20);
    const spied = {
      ...data,
      input: (...args: Parameters<typeof data.input>) => (seen.push(args[0]), data.input(...args)),
    };
    await run(fresh('paper'), spied, { batch: 6, epochs: 2 });
    const [first, second] = [seen.slice(0, 20), seen.slice(20)];
    const all = Array.from({ length: 20 }, (_, k) => k);
    expect([...first].sort((a, b) => a - b)).toEqual(all);
    expect([...second].sort((a, b) => a - b)).toEqual(all);
    expect(first).not.toEqual(second);
    expect(first).not.toEqual(all);
  });
});

describe('the same data, network, settings and seed', () => {
  test('give the same bits on both backends', async () => {
    await fc.assert(
      fc.asyncProperty(
        presets,
        anySettings,
        fc.integer({ min: 1, max: 9 }),
        async (variant, settings, count) => {
          const results = [];
          for (const backend of ['wasm', 'reference'] as const) {
            const net = fresh(variant);
            const steps = await run(net, pictures(count), { ...settings, backend });
            results.push({
              ...(await resultOf(net)),
              steps: steps.map(({ loss, correct, totals, S, notices }) => ({
                loss,
                correct,
                totals,
                S,
                notices,
              })),
            });
          }
          expect(results[0]).toEqual(results[1]);
        },
      ),
      drawing(25),
    );
  });

  test('with other seeds give other bits', async () => {
    const digests = [];
    for (const seed of [0, 1, 2, 2 ** 32 - 1]) {
      const net = fresh('authors');
      await run(net, pictures(6), { seed });
      digests.push(await digest(net.weights!));
      expect(net.seed).toBe(seed);
    }
    expect(new Set(digests).size).toBe(4);
  });

  test('give the same bits for a batch and a shard beyond the data as for ones that fit', async () => {
    const digests = [];
    for (const size of [7, 8, 65535]) {
      const net = fresh('paper');
      await run(net, pictures(7), { batch: size, shard: size });
      digests.push(await digest(net.weights!));
    }
    expect(new Set(digests).size).toBe(1);
  });
});

describe('train refuses', () => {
  const data = pictures(4);
  const refused = async (options: object, some = data): Promise<void> => {
    for await (const step of train(fresh('paper'), some, options)) expect(step).toBe('never reached');
  };
  test.each<[object, RegExp]>([
    [{ seed: -1 }, /^train: "seed" expected a whole number from 0 to 4294967295, got -1$/],
    [{ epochs: 0 }, /"epochs" expected a whole number/],
    [{ batch: 1.5 }, /"batch" expected a whole number from 1 to 65535, got 1.5/],
    [{ shard: '4' }, /"shard" expected a whole number .* got '4'$/],
    [{ learningRate: NaN }, /"learningRate" expected a finite number .* got NaN/],
    [{ learningRate: 0 }, /"learningRate" expected/],
    [{ rateFactor: 2 }, /"rateFactor" expected/],
    [{ rateSteps: 3 }, /"rateSteps" expected a list of epochs, got 3/],
    [{ weightDecay: -1 }, /"weightDecay" expected/],
    [{ scaleEvery: 0 }, /"scaleEvery" expected/],
    [{ optimiser: 'adm' }, /"optimiser" expected one of adam, sgd, got adm; did you mean adam\?/],
    [{ backend: 'wsm' }, /"backend" expected one of wasm, reference, webgpu, got wsm; did you mean wasm\?/],
    [{ learningrate: 1 }, /"settings" expected only seed, .*, got learningrate/],
  ])('%j', async (options, expected) => {
    await expect(refused(options)).rejects.toThrow(expected);
    await expect(refused(options)).rejects.toBeInstanceOf(InputError);
  });

  test('no samples, samples of another size, and labels that are no class', async () => {
    await expect(refused({}, firstOf(data, 0))).rejects.toThrow(/at least one sample/);
    const shape = { channels: 1, height: 6, width: 6 };
    await expect(refused({}, { ...data, shape })).rejects.toThrow(/samples of 2 × 6 × 6.*got 1 × 6 × 6/);
    await expect(refused({}, { ...data, label: () => 3 })).rejects.toThrow(
      /labels from 0 to 2.*got 3 at sample 0/,
    );
  });

  test('weights that do not fit the network', async () => {
    const net = fresh('paper');
    net.weights = [new Float32Array(3)];
    await expect(run(net)).rejects.toThrow(/"weights" expected a list of 4 arrays, got 1/);
  });

  test('weights that are not finite', async () => {
    const net = fresh('paper');
    await run(net);
    net.weights![2]![5] = NaN;
    await expect(run(net)).rejects.toThrow(
      /"weights of layer 5" expected finite numbers, got NaN at place 5/,
    );
  });
});

test('a network file is not changed by what is done with its network', async () => {
  const before = structuredClone(everyKind);
  await run(fresh('paper'));
  expect(everyKind).toEqual(before);
});

test('a notice shows S with the digits that a reader needs', () => {
  const { plan } = fresh('paper');
  const sums = plan.layers.map(() => [{ FI: -1, FO: 1 }]);
  const report = { losses: new Float32Array(1), potentials: [], sums, spikes: [] };
  const before = plan.layers.map(() => Math.fround(0.001));
  const { notices } = computeScales(plan, report, before, { epoch: 0, batch: 0, every: 1 });
  expect(notices[0]).toContain('S of layer 1 (convolution) stays 0.001000: Eq. 12 gives -1.000, outside');
});
