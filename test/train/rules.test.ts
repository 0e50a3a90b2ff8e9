/**
 * Tests of the rules that go back through time. They leave S unchanged, and their networks give the same answers on every
 * backend. Other surrogates and widths give other weights. Settings and files without a rule mean `asf`.
 */
import { describe, expect, test } from 'vitest';
import { decodeModel, encodeModel } from '../../src/modelFile/model.ts';
import { readSafetensors } from '../../src/formats/safetensors.ts';
import { digest, evaluate, inspect, predict } from '../../src/index.ts';
import { checkSettings, surrogateNames } from '../../src/train/settings.ts';
import { timeRuleNames } from '../networks.ts';
import { writeSafetensors } from '../fuzz/samples.ts';
import { made, pictures, run } from './small.ts';

describe.each(timeRuleNames)('rule %s', (rule) => {
  test('has no S: it stays as it was', async () => {
    const net = made(rule);
    const before = [...net.S];
    for (const { S, notices } of await run(net, pictures(9), { batch: 3 })) {
      expect(S).toEqual(before);
      expect(notices.filter((notice) => notice.startsWith('S of'))).toEqual([]);
    }
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
