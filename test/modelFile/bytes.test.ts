/** Models and states are accepted as bytes of any kind. A network alone is also a model. */
import { describe, expect, test } from 'vitest';
import {
  decodeModel,
  encodeModel,
  loadModel,
  readAedat,
  readCifar10,
  readEvents,
  session,
} from '../../src/index.ts';
import { readPng, writePng } from '../../src/formats/png.ts';
import { readIdx } from '../../src/formats/idx.ts';
import { readNpy, writeNpy } from '../../src/formats/npy.ts';
import { modelParts } from '../../src/modelFile/model.ts';
import { importNIR } from '../../src/nir.ts';
import { encodeAedat, encodeCifar10, encodeEvents } from '../formats/encoders.ts';
import { idxFile } from '../fuzz/samples.ts';
import { fixture } from '../nir/graphs.ts';
import { fresh, ready, refused } from '../train/small.ts';

/** The same bytes in each kind of object, in the middle of a larger buffer if possible. */
function kinds(bytes: Uint8Array): [string, unknown][] {
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length + 16), 8, bytes.length);
  shared.set(bytes);
  const wide = new Uint8Array(bytes.length + 16);
  wide.set(bytes, 8);
  const whole = new SharedArrayBuffer(bytes.length);
  new Uint8Array(whole).set(bytes);
  return [
    ['ArrayBuffer', new Uint8Array(bytes).buffer],
    ['SharedArrayBuffer', whole],
    ['view of shared memory', shared],
    ['DataView', new DataView(wide.buffer, 8, bytes.length)],
    ['Buffer', Buffer.from(bytes)],
    ['Uint8ClampedArray', new Uint8ClampedArray(wide.buffer, 8, bytes.length)],
  ];
}

const detached = new ArrayBuffer(8);
structuredClone(detached, { transfer: [detached] });

const net = ready();
const model = encodeModel(net);
const one = session(net);
one.step({ spikes: [1, 2] });
const state = one.save();
const idx = idxFile([2, 3], new Uint8Array(6).fill(7));
const npy = writeNpy({ dtype: 'U8', shape: [2], data: Uint8Array.of(1, 2) });
const events = [[1, 2, 0, 5]] as const;
const readers: [string, Uint8Array, (bytes: never) => unknown][] = [
  ['loadModel', model, (bytes) => loadModel(bytes).weights],
  ['decodeModel', model, (bytes) => decodeModel(bytes).net.weights],
  ['readIdx', idx, (bytes) => readIdx(bytes, 'idx').shape],
  ['readAedat', encodeAedat(events), (bytes) => readAedat(bytes, 'aedat')],
  ['readCifar10', encodeCifar10([7], [new Uint8Array(3072)]), (bytes) => readCifar10(bytes, 'cifar')],
  ['readEvents', encodeEvents(events), (bytes) => readEvents(bytes, { width: 34, height: 34 }, 'events')],
  ['readNpy', npy, (bytes) => readNpy(bytes, 'npy')],
  ['readPng', writePng(2, 2, Uint8Array.of(1, 2, 3, 4)), (bytes) => readPng(bytes)],
  ['importNIR', fixture('lif_norse.nir'), async (bytes) => (await importNIR(bytes, { as: 'norse' })).weights],
  [
    'restore',
    state,
    (bytes) => {
      const other = session(ready());
      other.restore(bytes);
      return other.save();
    },
  ],
];

describe.each(readers)('%s', (_, bytes, read) => {
  test('takes bytes of every kind', async () => {
    const expected = await read(bytes as never);
    for (const [kind, given] of kinds(bytes)) expect(await read(given as never), kind).toEqual(expected);
  });
  // test/fuzz/exports accepts a result or a refusal. Here each of these must be refused.
  test.each([
    ['nothing', undefined],
    ['a text', 'bytes'],
    ['a list', [1, 2]],
    ['memory that was taken away', detached],
    ['a proxy of bytes', new Proxy(new Uint8Array(bytes), {})],
    ['a length without bytes', { byteLength: 5 }],
    ['a promise of bytes', Promise.resolve(bytes)],
  ])('refuses %s', async (_kind, value) => {
    await refused(() => read(value as never), /expected/);
  });
});

test('what was read of shared memory stays as it was when another thread changes it', () => {
  const reads: [Uint8Array, (bytes: Uint8Array) => unknown][] = [
    [npy, (bytes) => readNpy(bytes, 'npy').data],
    [idx, (bytes) => readIdx(bytes, 'idx').data],
    [model, (bytes) => loadModel(bytes).weights],
  ];
  for (const [bytes, read] of reads) {
    const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
    shared.set(bytes);
    const found = read(shared);
    shared.fill(0);
    expect(found).toEqual(read(bytes));
  }
});

describe('encodeModel', () => {
  test('needs no copy of the weights until its parts are joined', () => {
    const buffers = new Set(net.weights!.map(({ buffer }) => buffer));
    const [head, ...parts] = modelParts(net);
    for (const part of parts) expect(buffers).toContain(part.buffer);
    expect(Buffer.concat([head!, ...parts])).toEqual(Buffer.from(model));
  });

  test('takes a network alone', () => {
    expect(encodeModel(net)).toEqual(encodeModel({ net, epochs: [] }));
    expect(loadModel(encodeModel(net)).weights).toEqual(net.weights);
  });
  test('keeps names of classes, and refuses too many, too long and none', () => {
    const named = ready();
    const { channels } = named.plan.layers.at(-1)!.output;
    named.classes = ['cross', 'ring'];
    expect(loadModel(encodeModel(named)).classes).toEqual(named.classes);
    expect(loadModel(encodeModel(net)).classes).toBeUndefined();
    for (const classes of [Array(channels + 1).fill('a'), ['a'.repeat(256)], [1], 'ab']) {
      named.classes = classes as string[];
      expect(() => encodeModel(named)).toThrow(
        `encodeModel: "classes" expected at most ${channels} names of less than 256 characters`,
      );
    }
  });
  test('refuses what could not be read again', async () => {
    await refused(() => encodeModel(fresh('paper')));
    const bad = ready();
    bad.weights![0]![3] = NaN;
    await refused(() => encodeModel(bad));
    for (const wrong of [
      { seed: 2 ** 32 },
      { rule: 'bptt' },
      { S: [-1, 1, 1, 1] },
      { nir: { as: 'norse', dt: 0 } },
    ])
      await refused(
        () => encodeModel(Object.assign(ready(), wrong)),
        new RegExp(`^encodeModel: "${Object.keys(wrong).join()}`),
      );
    await refused(() => encodeModel({} as never));
    await refused(() => encodeModel({ net, epochs: [{}] } as never), /^encodeModel: "epochs/);
  });
});
