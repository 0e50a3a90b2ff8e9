/** Models and states come as bytes of any kind, and a network alone is a model. */
import { describe, expect, test } from 'vitest';
import { InputError } from '../../src/errors.ts';
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
import { importNIR } from '../../src/nir/index.ts';
import { encodeAedat, encodeCifar10, encodeEvents } from '../formats/encoders.ts';
import { idxFile } from '../fuzz/samples.ts';
import { fixture } from '../nir/graphs.ts';
import { fresh, ready } from '../train/small.ts';

/** The same bytes as everything that has some; in the middle of more where that can be. */
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
  test('refuses all else in one line', async () => {
    const detached = new ArrayBuffer(8);
    structuredClone(detached, { transfer: [detached] });
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const values = [
      undefined,
      null,
      0,
      1n,
      '',
      'bytes',
      true,
      Symbol('x'),
      {},
      [],
      [1, 2],
      () => {},
      new Date(),
    ];
    values.push(detached, proxy, new Proxy(new Uint8Array(bytes), {}), new Proxy(new ArrayBuffer(9), {}));
    values.push(
      { byteLength: 5 },
      { byteLength: -1 },
      { byteLength: '9' },
      Object.create(null),
      Promise.resolve(model),
    );
    for (const value of values) {
      let error: unknown;
      try {
        await read(value as never);
      } catch (thrown) {
        error = thrown;
      }
      expect(error).toBeInstanceOf(InputError);
      expect((error as Error).message).not.toContain('\n');
    }
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
  test('refuses what could not be read again', () => {
    expect(() => encodeModel(fresh('paper'))).toThrow(
      /^encodeModel: "weights" expected a list of 4 arrays, got 0$/,
    );
    const bad = ready();
    bad.weights![0]![3] = NaN;
    expect(() => encodeModel(bad)).toThrow(
      /^encodeModel: "weights of layer 1" expected finite numbers, got NaN/,
    );
    for (const [wrong, message] of [
      [{ seed: 2 ** 32 }, '"seed" expected a whole number from 0 to 4294967295, got 4294967296'],
      [{ rule: 'bptt' }, '"rule" expected one of asf, stbp, lee, got bptt'],
      [{ S: [-1, 1, 1, 1] }, '"S"'],
      [{ nir: { as: 'norse', dt: 0 } }, '"nir.dt" expected a finite number above 0'],
    ] as const)
      expect(() => encodeModel(Object.assign(ready(), wrong))).toThrow(`encodeModel: ${message}`);
    expect(() => encodeModel({} as never)).toThrow(/^encodeModel: "network" expected a network/);
    expect(() => encodeModel({ net, epochs: [{}] } as never)).toThrow(/^encodeModel: "epochs/);
  });
});
