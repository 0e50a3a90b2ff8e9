/** The trainer trains by the other rules as by ASF-BP: on any backend, with any threads, stopped and resumed. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeModel, encodeModel } from '../../src/modelFile/model.ts';
import { readSafetensors, writeSafetensors } from '../../src/formats/safetensors.ts';
import {
  digest,
  evaluate,
  inspect,
  network,
  predict,
  train,
  type RuleName,
  type TrainOptions,
} from '../../src/index.ts';
import type { Dataset } from '../../src/data/dataset.ts';
import type { NetworkFile } from '../../src/network/models.ts';
import type { SpikingNetwork } from '../../src/network/network.ts';
import { variantText } from '../../src/network/network.ts';
import { checkSettings, surrogateNames } from '../../src/train/settings.ts';
import { timeRuleNames } from '../networks.ts';
import { drawing, isWhole } from '../support.ts';
import {
  anySettings,
  classes,
  everyKind,
  everyKindWithoutBias,
  pictures,
  refused,
  resultOf,
  run,
} from './small.ts';

const made = (rule: RuleName, variant: 'paper' | 'authors' = 'paper'): SpikingNetwork =>
  network(everyKindWithoutBias, { rule, variant });

/** What a training leaves and shows on its way. */
async function trained(net: SpikingNetwork, data: Dataset, options: TrainOptions) {
  const steps = await run(net, data, options);
  return {
    ...(await resultOf(net)),
    steps: steps.map(({ loss, correct, totals }) => ({ loss, correct, totals })),
  };
}

describe.each(timeRuleNames)('rule %s', (rule) => {
  test.each(['paper', 'authors'] as const)('two epochs lower the loss, variant %s', async (variant) => {
    const net = made(rule, variant);
    const options: TrainOptions = { epochs: 2, batch: 3, learningRate: 0.01, rateSteps: [] };
    const steps = await run(net, pictures(60), options);
    const ends = steps.filter(({ isEpochEnd }) => isEpochEnd);
    const [first, second] = ends.map(({ totals }) => totals.loss / totals.samples);
    expect(second).toBeLessThan(first!);
    expect(net.rule).toBe(rule);
  });

  test('has no S: it stays as it was', async () => {
    const net = made(rule);
    const before = [...net.S];
    for (const { S, notices } of await run(net, pictures(9), { batch: 3 })) {
      expect(S).toEqual(before);
      expect(notices.filter((notice) => notice.startsWith('S of'))).toEqual([]);
    }
  });

  test('a training that is stopped goes on from its checkpoint, on any backend, to the same bits', async () => {
    const cases = fc.record({ settings: anySettings, at: fc.double({ min: 0, max: 1, noNaN: true }) });
    await fc.assert(
      fc.asyncProperty(cases, async ({ settings, at }) => {
        const data = pictures(7);
        const whole = made(rule);
        const losses = (await run(whole, data, { ...settings, backend: 'reference' })).map(
          ({ loss }) => loss,
        );
        const stop = Math.min(losses.length - 1, Math.floor(at * losses.length));
        const net = made(rule);
        const again: number[] = [];
        let bytes = new Uint8Array();
        for await (const step of train(net, data, settings)) {
          again.push(step.loss);
          if (again.length <= stop) continue;
          const state = await step.state();
          const record = { dataset: 'pictures', trainSamples: 7, testSamples: 1 };
          const training = { state, run: record };
          const epochs = Array.from({ length: state.epoch }, (_, k) => ({
            epoch: k + 1,
            loss: 1,
            accuracy: 0,
            imagesPerSecond: 1,
            spikeRates: {},
          }));
          bytes = Uint8Array.from(encodeModel({ net, epochs, training }));
          break;
        }
        const read = decodeModel(bytes, 'file');
        expect(read.net.rule).toBe(rule);
        const { state } = read.training!;
        for (const { loss } of await run(read.net, data, { state })) again.push(loss);
        expect(again).toEqual(losses);
        expect(await resultOf(read.net)).toEqual(await resultOf(whole));
      }),
      drawing(12),
    );
  });

  test('has the same digest on each backend, with any number of threads', { timeout: 600_000 }, async () => {
    const presets = fc.constantFrom('paper' as const, 'authors' as const);
    await fc.assert(
      fc.asyncProperty(
        presets,
        anySettings,
        fc.integer({ min: 1, max: 9 }),
        async (variant, settings, count) => {
          const of = (options: TrainOptions) =>
            trained(network(everyKindWithoutBias, { rule, variant }), pictures(count), options);
          const expected = await of({ ...settings, backend: 'reference' });
          for (const threads of isWhole ? [1, 2, 3, 7] : [1, 3])
            expect(await of({ ...settings, threads })).toEqual(expected);
        },
      ),
      drawing(6),
    );
  });

  test('so it has where a shard has more samples than there are queues', { timeout: 600_000 }, async () => {
    // A thread has 32 sample queues: seven have 224. The last batch has one shard and a part of one.
    const flat: NetworkFile = {
      ...everyKindWithoutBias,
      layers: [
        { kind: 'averagePool', size: 3 },
        { kind: 'linear', units: 7, threshold: 0.25 },
        { kind: 'linear', units: classes },
      ],
    };
    const cases = fc.record({
      settings: anySettings,
      over: fc.integer({ min: 1, max: 16 }),
      more: fc.integer({ min: 1, max: 32 }),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ settings, over, more }) => {
        const of = (options: TrainOptions, shard: number) =>
          trained(network(flat, { rule, variant: 'paper' }), pictures(3 * shard + more), {
            ...settings,
            ...options,
            epochs: 1,
            batch: 2 * shard,
            shard,
          });
        const [small, large] = [32 + over, 224 + over];
        expect(await of({}, small)).toEqual(await of({ backend: 'reference' }, small));
        const expected = await of({}, large);
        for (const threads of isWhole ? [2, 3, 7] : [7])
          expect(await of({ threads }, large)).toEqual(expected);
      }),
      drawing(3),
    );
  });

  test('what it has learnt is asked on any backend, with the same answers', async () => {
    const net = made(rule);
    await run(net, pictures(12), { batch: 4 });
    const data = pictures(9, 1);
    const answers = [];
    for (const backend of ['reference', 'wasm'] as const) {
      const { correct, loss, spikeRates } = await evaluate(net, data, { backend });
      const shown = data.input(0, { seed: 1, stream: 'test', epoch: 0, sample: 0 });
      const { label, potentials, spikes } = predict(net, shown, { backend });
      const views = inspect(net, shown, { backend });
      answers.push({ correct, loss, spikeRates, label, potentials, spikes, views });
    }
    expect(answers[1]).toEqual(answers[0]);
    const fires = net.plan.layers.at(-1)!.spikes;
    expect(fires).toBe(net.variant.output === 'fires');
    if (fires) expect(answers[0]!.potentials).toEqual(answers[0]!.views.at(-1)!.FO);
    else expect(answers[0]!.potentials).toEqual(answers[0]!.views.at(-1)!.potentials.slice(-3));
  });

  test('keeps its rule in the model file', async () => {
    const net = made(rule, 'authors');
    await run(net, pictures(3));
    const { net: read } = decodeModel(encodeModel({ net, epochs: [] }), 'file');
    expect(read.rule).toBe(rule);
    expect(read.variant).toEqual(net.variant);
    expect(variantText(read.variant)).toBe('authors');
    expect(await digest(read.weights!)).toBe(await digest(net.weights!));
  });
});

test('surrogates and widths make different trainings', async () => {
  const digests = new Set<string>();
  for (const surrogate of surrogateNames) {
    for (const surrogateWidth of [1, 2]) {
      const net = made('stbp');
      await run(net, pictures(6), { surrogate, surrogateWidth });
      digests.add(await digest(net.weights!));
    }
  }
  expect(digests.size).toBe(2 * surrogateNames.length);
});

test('settings and files from before there were rules mean asf', async () => {
  const settings: Record<string, unknown> = { ...checkSettings('test', {}) };
  for (const name of ['rule', 'surrogate', 'surrogateWidth']) delete settings[name];
  expect(checkSettings('test', settings)).toMatchObject({ rule: 'asf' });
  const net = made('asf');
  await run(net, pictures(3));
  const file = readSafetensors(encodeModel({ net, epochs: [] }), 'file');
  const { output: _, ...older } = JSON.parse(file.metadata['variant']!) as Record<string, string>;
  for (const key of ['rule', 'digest']) delete file.metadata[key];
  file.metadata['asf-bp'] = '1';
  file.metadata['variant'] = JSON.stringify(older);
  const { net: read } = decodeModel(writeSafetensors(file.tensors, file.metadata), 'file');
  expect(read.rule).toBe('asf');
  expect(read.variant).toEqual(net.variant);
});

describe('is refused in one line', () => {
  test.each<[string, TrainOptions, RegExp]>([
    ['an unknown rule', { rule: 'bptt' as 'lee' }, /"rule" expected one of asf, stbp, lee.*, got bptt/],
    [
      'a rule for another output layer',
      { rule: 'lee' },
      /"output" expected leaks with rule lee, got integrates; make/,
    ],
    ['a width without its rule', { surrogateWidth: 2 }, /"surrogateWidth" expected nothing with rule asf/],
    [
      'a surrogate without its rule',
      { surrogate: 'fastSigmoid' },
      /"surrogate" expected nothing with rule asf/,
    ],
  ])('%s', (_, options, expected) => refused(() => run(made('asf'), pictures(3), options), expected));

  test.each<[string, TrainOptions, RegExp]>([
    [
      'asf for an output layer that fires',
      { rule: 'asf' },
      /"output" expected integrates with rule asf, got fires/,
    ],
    [
      'an unknown surrogate',
      { surrogate: 'step' as 'rectangle' },
      /"surrogate" expected one of rectangle, fast/,
    ],
    ['no width', { surrogateWidth: 0 }, /"surrogateWidth" expected a finite number from/],
  ])('%s', (_, options, expected) => refused(() => run(made('stbp'), pictures(3), options), expected));

  test.each(timeRuleNames)('rule %s where a layer has a bias', (rule) => {
    const message = `^train: "rule" expected asf for a network with a bias, as layer 3 \\(convolution\\) has, got ${rule}; train it`;
    return refused(() => run(network(everyKind, { rule }), pictures(3), { rule }), new RegExp(message));
  });

  test.each(['subtractThenLeak', 'leakThenSubtract'] as const)('rule lee where the reset is %s', (reset) => {
    const net = network({ ...everyKindWithoutBias, variant: { from: 'authors', output: 'leaks', reset } });
    const message =
      /"rule" expected asf for a variant of reset \w+, got lee; its gradient is that of a reset to 0/;
    return refused(() => run(net, pictures(3), { rule: 'lee' }), message);
  });

  test('a network of an unknown rule', () =>
    refused(
      () => network(everyKindWithoutBias, { rule: 'x' as 'lee' }),
      /^network: "rule" expected one of asf/,
    ));
});
