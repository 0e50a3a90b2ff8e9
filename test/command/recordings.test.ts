/** `predict` reads the same events as `train`, from named data sets and from folders of recordings by class. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findDataset, openDataset } from '../../src/command/readers/datasets.ts';
import { writePng } from '../../src/formats/png.ts';
import { encodeModel } from '../../src/modelFile/model.ts';
import { drawWeights, network, type SpikingNetwork } from '../../src/network/network.ts';
import { predict } from '../../src/train/predict.ts';
import { encodeAedat, encodeEvents, type Event } from '../formats/encoders.ts';
import { drawing } from '../support.ts';
import { asfbp, fresh, json, refusalOf } from './command.ts';
import { checkpointOf } from './place.ts';
import { draw, folderOf, gesture, netOf, nmnist, open } from './sets.ts';

/** Writes a model of a data set with random weights, without training. */
function modelOf(net: SpikingNetwork, dataset: string): string {
  const path = `${fresh('model')}.safetensors`;
  writeFileSync(path, encodeModel({ ...net, weights: drawWeights(net.plan, 1), trainedOn: { dataset } }));
  return path;
}

/** A recording of 40 events, one event every 0.5 ms. The class sets the side of the sensor (6 × 5 pixels), left or right. */
const eventsOf = (label: number, k: number): Event[] =>
  Array.from({ length: 40 }, (_, i) => [3 * label + ((i + k) % 3), i % 5, i % 2, 500 * i + k]);

function writeFolder(ending: 'bin' | 'aedat', parts = ['']): string {
  const encode = ending === 'bin' ? encodeEvents : encodeAedat;
  const files: Record<string, Uint8Array> = {};
  for (const part of parts)
    for (let k = 0; k < 24; k++)
      files[join(part, ['left', 'right'][k % 2]!, `${k >> 1}.${ending}`)] = encode(eventsOf(k % 2, k >> 1));
  return folderOf(files);
}

test.each([
  ['nmnist', nmnist, netOf(2, 34, 30), 'Train/7/00043.bin'],
  ['dvs-gesture', gesture, netOf(2, 32, 5, 'authors', 11), '8.bs2'],
])('predict reads a recording as %s does, whose name the model keeps', async (name, folder, net, file) => {
  const set = open(name, folder, net);
  const all = [set.train(), set.test()].flatMap((part) =>
    Array.from({ length: part.length }, (_, i) => part.input(i, { ...draw, sample: i })),
  );
  const read = { ...net, weights: drawWeights(net.plan, 1) };
  const [answer] = await json(['predict', modelOf(net, name), join(folder, file)]);
  const found = String(answer!['potentials']);
  expect(all.filter((input) => String(predict(read, input).potentials) === found)).toHaveLength(1);
});

const one = encodeAedat([[1, 2, 0, 3]]);
const ofNmnist = readFileSync(join(nmnist, 'Train/7/00043.bin'));
const outside = encodeEvents([[34, 4, 1, 5]]);
const noKind = 'expected a file of the kind that the network was trained on, got a recording of events';
test.each<[string, string, SpikingNetwork, string, Uint8Array, string]>([
  ['a network of images', 'mnist', netOf(2, 34, 3), 'a.bin', ofNmnist, noKind],
  ['another map', 'nmnist', netOf(1, 34, 3), 'a.bin', ofNmnist, 'expected a sample of 1 × 34 × 34, as the'],
  ['a pixel outside', 'nmnist', netOf(2, 34, 3), 'a.bin', outside, '"events" expected'],
  ['another camera', 'nmnist', netOf(2, 34, 3), 'a.aedat', one, 'got a recording of a DVS128'],
  ['a window of half an injection', 'cifar10-dvs', netOf(2, 42, 7, 'paper'), 'a.aedat', one, '"T" expected'],
])('predict refuses a recording for %s', async (_, dataset, net, name, bytes, words) => {
  const path = join(folderOf({ [name]: bytes }), name);
  expect(refusalOf(await asfbp(['predict', modelOf(net, dataset), path]))).toContain(words);
});

describe('a folder of recordings by class', () => {
  test('gets a network that takes it, whatever its sides are', () => {
    const side = fc.integer({ min: 1, max: 256 });
    const law = fc.property(side, side, (width, height) => {
      const bytes = encodeEvents([[width - 1, height - 1, 1, 5]]);
      const folder = folderOf({ 'a/0.bin': bytes, 'a/1.bin': bytes, 'b/0.bin': bytes, 'b/1.bin': bytes });
      const { plan } = network(findDataset(folder, 'test', {}).network());
      expect(openDataset(folder, 'test', { plan, seed: 1 }).train().shape).toEqual(plan.input);
    });
    fc.assert(law, { ...drawing(30), examples: [[3, 200], [1, 129], [200, 3], [256, 1]] }); // prettier-ignore
  });

  test.each(['bin', 'aedat'] as const)('of .%s is trained, evaluated and predicted', async (ending) => {
    const [folder, out] = [writeFolder(ending), fresh()];
    const { out: text } = await asfbp(['train', '--dataset', folder, '--epochs', '30', '--out', out]);
    expect(text).toContain('20 training and 4 test images (the last tenth of each class) · linear-100, ');
    expect(text).toContain(`predict ${out} FILE.${ending}\n`);
    const { net } = checkpointOf(out);
    expect(net.plan.input).toEqual({ channels: 2, height: 5, width: 6 });
    // The last of 40 events, 500 µs apart, is at 19.5 ms. AEDAT counts from the first event.
    expect(net.trainedOn).toEqual({ dataset: folder, recording: { width: 6, height: 5, ms: 20 } });
    expect(await json(['evaluate', out])).toMatchObject([{ samples: 4, accuracy: 1 }]);
    const file = join(folder, 'right', `3.${ending}`);
    const [answer] = await json(['predict', join(out, 'model.safetensors'), file]);
    expect(answer).toMatchObject({ class: 'right', label: 1 });
    // The file has the same frames as the sample of the data set.
    const sample = openDataset(folder, 'test', net).whole!().input(12 + 3, draw);
    expect(Array.from(predict(net, sample).potentials)).toEqual(answer!['potentials']);
  });

  test('may have the parts train and test, and one time longer than any in training is cut', async () => {
    const [folder, out] = [writeFolder('bin', ['train', 'test']), fresh()];
    const late = join(folder, 'test', 'left', '0.bin');
    writeFileSync(late, Buffer.concat([readFileSync(late), encodeEvents([[200, 200, 1, 90_000]])]));
    await json(['train', '--dataset', folder, '--epochs', '1', '--out', out]);
    const { net } = checkpointOf(out);
    expect(net.trainedOn?.recording).toEqual({ width: 6, height: 5, ms: 20 });
    expect(openDataset(folder, 'test', net).test().length).toBe(24);
    expect((await json(['predict', out, late]))[0]).toMatchObject({ file: late });
    const picture = join(folder, 'picture.png');
    writeFileSync(picture, writePng(5, 5, new Uint8Array(25)));
    expect(refusalOf(await asfbp(['predict', out, picture]))).toMatch(/got a picture of 5 × 5 pixels$/);
  });
});
