/** `predict` reads the same events as `train`: those of named sets, and of folders of recordings by class. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openDataset, findDataset } from '../../src/command/readers/datasets.ts';
import { fittingNetwork } from '../../src/command/readers/fitting.ts';
import { encodeModel } from '../../src/modelFile/model.ts';
import { drawWeights, network, type SpikingNetwork } from '../../src/network/network.ts';
import { predict } from '../../src/train/predict.ts';
import { encodeAedat, encodeEvents, type Event } from '../formats/encoders.ts';
import { asfbp, checkpointOf, fresh, json, linesOf, refusalOf } from './command.ts';
import { drawing } from '../support.ts';
import { draw, gesture, netOf, nmnist, open } from './sets.ts';

const alone = ['--threads', '1'];

/** Writes a network with random weights, without training, as a model of a data set. */
function modelOf(net: SpikingNetwork, trainedOn: NonNullable<SpikingNetwork['trainedOn']>): string {
  const path = `${fresh('model')}.safetensors`;
  writeFileSync(path, encodeModel({ ...net, weights: drawWeights(net.plan, 1), trainedOn }));
  return path;
}

/** Two classes that differ in the side with the events, on a sensor of 6 × 5 pixels and for 21 ms. */
const eventsOf = (label: number, k: number): Event[] =>
  Array.from({ length: 40 }, (_, i) => [3 * label + ((i + k) % 3), i % 5, i % 2, 500 * i + k]);

function writeFolder(ending: 'bin' | 'aedat', parts = ['']): string {
  const folder = fresh('recordings');
  const encode = ending === 'bin' ? encodeEvents : encodeAedat;
  for (const part of parts)
    for (const [label, name] of ['left', 'right'].entries()) {
      mkdirSync(join(folder, part, name), { recursive: true });
      for (let k = 0; k < 12; k++)
        writeFileSync(join(folder, part, name, `${k}.${ending}`), encode(eventsOf(label, k)));
    }
  return folder;
}

/** CIFAR10-DVS with two recordings per class. */
function cifar10Dvs(): string {
  const folder = fresh('cifar10-dvs');
  const names = 'airplane automobile bird cat deer dog frog horse ship truck'.split(' ');
  for (const [label, name] of names.entries()) {
    mkdirSync(join(folder, name), { recursive: true });
    for (const k of [1, 2]) {
      const events = Array.from({ length: 30 }, (_, i): Event => [
        9 * label + i,
        20 * k + i,
        i % 2,
        1000 * i,
      ]);
      writeFileSync(join(folder, name, `${k}.aedat`), encodeAedat(events));
    }
  }
  return folder;
}

describe('predict reads a recording as the data set does', () => {
  test.each([
    ['nmnist', nmnist, netOf(2, 34, 30), 'Train/7/00043.bin'],
    ['dvs-gesture', gesture, netOf(2, 32, 5, 'authors', 11), '8.bs2'],
    ['cifar10-dvs', cifar10Dvs(), netOf(2, 42, 6, 'paper'), 'cat/1.aedat'],
  ])('%s, by the name that the model keeps', async (name, folder, net, file) => {
    const model = modelOf(net, { dataset: name });
    const set = open(name, folder, net);
    const all = [set.train(), set.test()].flatMap((part) =>
      Array.from({ length: part.length }, (_, i) => part.input(i, { ...draw, sample: i })),
    );
    const read = { ...net, weights: drawWeights(net.plan, 1) };
    const [answer] = await json(['predict', model, join(folder, file)]);
    const same = all.filter(
      (input) => String(predict(read, input).potentials) === String(answer!['potentials']),
    );
    expect(same).toHaveLength(1);
  });

  test('and refuses one for a network that learnt no recordings, or of another map', async () => {
    const file = join(nmnist, 'Train/7/00043.bin');
    expect(refusalOf(await asfbp(['predict', modelOf(netOf(2, 34, 3), { dataset: 'mnist' }), file]))).toMatch(
      /expected a file of the kind that the network was trained on, got a recording of events; put the counts of each step/,
    );
    expect(
      refusalOf(await asfbp(['predict', modelOf(netOf(1, 34, 3), { dataset: 'nmnist' }), file])),
    ).toMatch(/expected a sample of 1 × 34 × 34, as the network takes, got a recording of events$/);
  });
});

describe('predict refuses, as the data set does,', () => {
  const write = (name: string, bytes: Uint8Array): string => {
    const path = `${fresh('events')}-${name}`;
    writeFileSync(path, bytes);
    return path;
  };

  test.each<[string, string, SpikingNetwork, string, Uint8Array, RegExp]>([
    [
      'a pixel outside the sensor of nmnist',
      'nmnist',
      netOf(2, 34, 3),
      'a.bin',
      encodeEvents([
        [3, 4, 1, 5],
        [34, 4, 1, 5],
      ]),
      /"events" expected pixels of 34 × 34, got column 34, row 4 at byte 5$/,
    ],
    [
      'random bytes',
      'dvs-gesture',
      netOf(2, 32, 3),
      'a.bs2',
      Uint8Array.from({ length: 500 }, (_, i) => (i * 167 + 41) % 256),
      /"events" expected pixels of 128 × 128, got /,
    ],
    [
      'another camera',
      'nmnist',
      netOf(2, 34, 3),
      'a.aedat',
      encodeAedat([[1, 2, 0, 3]]),
      /expected pixels of 34 × 34, got a recording of a DVS128$/,
    ],
    [
      'a window that is no multiple of the injections',
      'cifar10-dvs',
      netOf(2, 42, 7, 'paper'),
      'a.aedat',
      encodeAedat([[1, 2, 0, 3]]),
      /"T" expected a multiple of the 3 injections, got 7$/,
    ],
  ])('%s', async (_, dataset, net, name, bytes, expected) => {
    expect(refusalOf(await asfbp(['predict', modelOf(net, { dataset }), write(name, bytes)]))).toMatch(
      expected,
    );
  });
});

describe('a folder of recordings by class', () => {
  test('gets a network that takes it, whatever its sides are', () => {
    const side = fc.integer({ min: 1, max: 256 });
    fc.assert(
      fc.property(side, side, (width, height) => {
        const folder = fresh('sides');
        for (const name of ['a', 'b']) {
          mkdirSync(join(folder, name), { recursive: true });
          for (const k of [0, 1])
            writeFileSync(
              join(folder, name, `${k}.bin`),
              encodeEvents([
                [0, 0, 1, 0],
                [width - 1, height - 1, 1, 5],
              ]),
            );
        }
        const made = network(fittingNetwork(findDataset(folder, 'test', {}).facts!()!));
        expect(openDataset(folder, 'test', { plan: made.plan, seed: 1 }).train().shape).toEqual(
          made.plan.input,
        );
      }),
      {
        ...drawing(30),
        examples: [
          [3, 200],
          [1, 129],
          [200, 3],
          [256, 1],
          [130, 1],
        ],
      },
    );
  });

  test.each(['bin', 'aedat'] as const)(
    'of .%s is trained, evaluated, shown and predicted',
    async (ending) => {
      const [folder, out] = [writeFolder(ending), fresh()];
      const { out: text, code } = await asfbp([
        'train',
        '--dataset',
        folder,
        '--epochs',
        '30',
        '--out',
        out,
        ...alone,
      ]);
      expect(code).toBe(0);
      expect(text).toContain('20 training and 4 test images (the last tenth of each class) · linear-100, ');
      expect(text).toContain('\nclasses 0: left, 1: right\n');
      expect(text).toContain(`predict ${out} FILE.${ending}\n`);
      const { net } = checkpointOf(out);
      expect(net.plan.input).toEqual({ channels: 2, height: 5, width: 6 });
      // The last of 40 events, 500 µs apart: 19.5 ms; AEDAT counts from the first.
      expect(net.trainedOn).toEqual({ dataset: folder, recording: { width: 6, height: 5, ms: 20 } });
      const [own] = await json(['evaluate', out, ...alone]);
      expect(own).toMatchObject({ samples: 4, accuracy: 1 });
      const file = join(folder, 'right', `3.${ending}`);
      const [answer] = await json(['predict', join(out, 'model.safetensors'), file]);
      expect(answer).toMatchObject({ class: 'right', label: 1 });
      // Binned as in training: equal to the sample of that file in the set.
      const sample = openDataset(folder, 'test', net).whole!().input(12 + 3, draw);
      expect(Array.from(predict(net, sample).potentials)).toEqual(answer!['potentials']);
      expect(linesOf(await asfbp(['show', folder, '0', '--model', out, '--json']))[0]).toMatchObject({
        T: 20,
      });
    },
  );

  test('may have the parts train and test, and one time longer than any in training is cut', async () => {
    const folder = writeFolder('bin', ['train', 'test']);
    const late = join(folder, 'test', 'left', '0.bin');
    const bytes = readFileSync(late);
    writeFileSync(late, Buffer.concat([bytes, encodeEvents([[200, 200, 1, 90_000]])]));
    const [out] = [fresh()];
    await json(['train', '--dataset', folder, '--epochs', '1', '--out', out]);
    const { net } = checkpointOf(out);
    expect(net.trainedOn?.recording).toEqual({ width: 6, height: 5, ms: 20 });
    expect(openDataset(folder, 'test', net).test().length).toBe(24);
    expect((await json(['predict', out, late]))[0]).toMatchObject({ file: late });
  });

  test('is refused with a recording that is cut short, by its name', async () => {
    const folder = writeFolder('bin');
    writeFileSync(join(folder, 'left', '3.bin'), new Uint8Array(7));
    expect(refusalOf(await asfbp(['train', '--dataset', folder]))).toMatch(
      /left\/3\.bin: "events" expected 5 bytes each, got 7 bytes; the event at byte 5 is cut short$/,
    );
  });
});
