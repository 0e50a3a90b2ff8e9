import { describe, expect, it } from 'vitest';
import type { Hdf5Group } from '../../src/formats/hdf5.ts';
import { Hdf5File } from '../../src/formats/hdf5Part.ts';
import { writeHdf5 } from '../../src/formats/hdf5Writer.ts';
import type { AnyTensor, Tensor } from '../../src/formats/tensor.ts';
import { chunkedFile, readWhole } from './hdf5Files.ts';
import { refusalOf } from '../fuzz/refusal.ts';
import { fixture } from '../nir/graphs.ts';

const at = (group: Hdf5Group, path: string): Hdf5Group | AnyTensor | undefined =>
  path
    .split('/')
    .reduce<Hdf5Group | AnyTensor | undefined>(
      (item, name) => (item instanceof Map ? item.get(name) : undefined),
      group,
    );
const refusal = (bytes: Uint8Array): string => refusalOf(() => readWhole(bytes, 'f'));

const every: Hdf5Group = new Map<string, Hdf5Group | AnyTensor>([
  ['F32', { dtype: 'F32', shape: [2, 3], data: Float32Array.of(1, -2, 0.5, NaN, Infinity, -0) }],
  ['F64', { dtype: 'F64', shape: [], data: Float64Array.of(Math.PI) }],
  ['I8', { dtype: 'I8', shape: [1, 1, 2], data: Int8Array.of(-128, 127) }],
  ['U8', { dtype: 'U8', shape: [1], data: Uint8Array.of(255) }],
  ['I16', { dtype: 'I16', shape: [1], data: Int16Array.of(-32768) }],
  ['U16', { dtype: 'U16', shape: [1], data: Uint16Array.of(65535) }],
  ['I32', { dtype: 'I32', shape: [1], data: Int32Array.of(-(2 ** 31)) }],
  ['U32', { dtype: 'U32', shape: [1], data: Uint32Array.of(2 ** 32 - 1) }],
  ['I64', { dtype: 'I64', shape: [1], data: BigInt64Array.of(-(2n ** 63n)) }],
  ['U64', { dtype: 'U64', shape: [1], data: BigUint64Array.of(2n ** 64n - 1n) }],
  ['BOOL', { dtype: 'BOOL', shape: [2], data: Uint8Array.of(0, 1) }],
  ['STR', { dtype: 'STR', shape: [2, 2], data: ['a', '', 'λ', 'x'.repeat(5000)] }],
  ['none', { dtype: 'F32', shape: [0, 3], data: new Float32Array(0) }],
  ['__proto__', new Map()],
  ['names', new Map(Array.from({ length: 100 }, (_, k) => [`${k}`, new Map()]))],
]);

describe('reading', () => {
  const upTo = (length: number) => Array.from({ length }, (_, k) => k);
  const edges = ['input', '0', '0', '1', '1', 'output'];
  // `test/foreign` compares the contents of the fixtures with h5py.
  it.each<[string, string, AnyTensor]>([
    ['lif_norse.nir', 'version', { dtype: 'STR', shape: [], data: ['0.1.1'] }],
    ['lif_norse.nir', 'node/edges', { dtype: 'STR', shape: [3, 2], data: edges }],
    ['lif_norse.nir', 'node/nodes/1/tau', { dtype: 'F32', shape: [1], data: Float32Array.of(0.0025) }],
    ['lif_norse.nir', 'node/nodes/input/shape', { dtype: 'I64', shape: [1], data: BigInt64Array.of(1n) }],
    // Chunks, big-endian numbers, booleans and short texts.
    ['chunks.h5', 'node/weight', { dtype: 'F32', shape: [5, 7, 2], data: Float32Array.from(upTo(70)) }],
    ['chunks.h5', 'node/plain', { dtype: 'I16', shape: [3, 4], data: Int16Array.from(upTo(12)) }],
    ['chunks.h5', 'node/flags', { dtype: 'BOOL', shape: [2], data: Uint8Array.of(1, 0) }],
    ['chunks.h5', 'node/name', { dtype: 'STR', shape: [], data: ['IF'] }],
    ['chunks.h5', 'node/text', { dtype: 'STR', shape: [], data: ['λ'] }],
    ['chunks.h5', 'node/none', { dtype: 'F64', shape: [0, 3], data: new Float64Array(0) }],
  ])('has the tensors of h5py: %s, %s', (name, path, tensor) => {
    expect(at(readWhole(fixture(name), 'f'), path)).toEqual(tensor);
  });

  it.each([
    ['lzf.h5', /"\/w" expected no filters, or gzip alone \(compression='gzip'\) before byte \d+, got lzf$/],
    ['latest.h5', /superblock version 0 before byte \d+, got 3; write the file without libver='latest'/],
  ])('refuses %s by name', (name, message) => {
    expect(refusal(fixture(name))).toMatch(message);
  });

  it('refuses several filters, and one without a name by its number', () => {
    const file = chunkedFile(new Uint8Array(9), 9);
    const filters = Buffer.from(file).indexOf(Buffer.of(0x0b, 0, 16, 0)) + 8;
    file[filters + 1] = 2;
    expect(refusal(file)).toMatch(/gzip alone .*, got number 1 and others$/);
    file.set([1, 0, 0, 0, 0, 0, 0, 4], filters + 1);
    expect(refusal(file)).toMatch(/gzip alone .*, got number 4$/);
  });

  it('refuses a zip, other bytes, and what is too short', () => {
    expect(refusal(Uint8Array.of(0x50, 0x4b, 3, 4))).toMatch(/got a zip, as PyTorch writes them$/);
    for (const other of [new Uint8Array(200), new TextEncoder().encode('# A text')])
      expect(refusal(other)).toMatch(/"file" expected an HDF5 file, as NIR graphs are, got other bytes$/);
    expect(refusal(fixture('lif_norse.nir').subarray(0, 95))).toMatch(
      /"superblock" expected to lie within the 95 bytes of the file, got 96 bytes from 0$/,
    );
  });

  it.each([
    ['names that are not in their order', 'aa\0', 'ca', 0, /names in their order/],
    ['a name twice', 'aa\0', 'b\0', 0, /names in their order, each once/],
    ['a count of names that is too small', 'SNOD\x01\0\x02', '\x01', 6, /the last name of a node/],
    ['floats of both orders of bytes', '\x11\x20\x1f', '\x21', 1, /floats of one byte order/],
    ['a float that became an integer', '\x11\x20\x1f', '\x10', 0, /a type of numbers/],
  ])('refuses %s', (_, bytes, others, later, message) => {
    const one: AnyTensor = { dtype: 'F32', shape: [1], data: Float32Array.of(1) };
    const file = writeHdf5(new Map(Object.entries({ aa: one, b: one })));
    readWhole(file, 'f');
    file.set(Buffer.from(others), Buffer.from(file).indexOf(bytes) + later);
    expect(refusal(file)).toMatch(message);
  });

  it.each([
    ['holds itself', 0, 1, /expected parts that do not overlap, got the same bytes again at \d+$/],
    ['its entry does not describe', 1, 0, /a group by symbol table as listed, or a tensor before byte/],
  ])('refuses a group that %s', (_, to, from, message) => {
    const file = writeHdf5(new Map([['a', new Map([['b', new Map()]])]]));
    const view = new DataView(file.buffer);
    // The root and `a` each have a node of names with one entry. The address in one entry is copied to the other.
    const nodes = [...file.keys()].filter(
      (k) => new TextDecoder().decode(file.subarray(k, k + 4)) === 'SNOD',
    );
    expect(nodes).toHaveLength(2);
    view.setBigUint64(nodes[to]! + 16, view.getBigUint64(nodes[from]! + 16, true), true);
    expect(refusal(file)).toMatch(message);
  });
});

/** A file with `count` texts of one byte. */
function shortTexts(count: number): Uint8Array {
  const data = new Uint8Array(count).fill(65);
  const file = Buffer.from(writeHdf5(new Map([['a', { dtype: 'U8', shape: [count], data }]])));
  file[file.indexOf(Buffer.of(0x10, 0, 0, 0, 1, 0, 0, 0, 0, 0, 8, 0))] = 0x13;
  return new Uint8Array(file);
}

describe('reading costs in proportion to what is read', () => {
  it.each([10, 70_000, 200_000])('chunks of %i bytes, the last of them beyond the tensor', (chunk) => {
    const data = Uint8Array.from({ length: 3 * chunk - 7 }, (_, k) => k % 251);
    const read = at(readWhole(chunkedFile(data, chunk), 'f'), 'a') as Tensor;
    expect(read.shape).toEqual([data.length]);
    expect(Buffer.compare(read.data as Uint8Array, data)).toBe(0);
  });

  it('refuses chunks that go far beyond their tensor', () => {
    const file = fixture('chunks.h5');
    // Changes one side of the chunks from 2 to 131,074.
    file[2029] = 2;
    expect(refusal(file)).toMatch(
      /"\/node\/weight" expected chunks of at most 1049696 bytes for \[5, 7, 2\] before byte \d+, got 28311984$/,
    );
  });

  it('takes 48 MiB and twice the file of what inflates, with small numbers as floats', () => {
    const file = chunkedFile(new Uint8Array(13 * 2 ** 20), 2 ** 20);
    expect(refusal(file)).toMatch(
      /"\/a" expected at most 50\d{6} inflated bytes in a file, got 54525952; write it without compression$/,
    );
    readWhole(chunkedFile(new Uint8Array(12 * 2 ** 20), 2 ** 20), 'f');
  });

  it('counts the inflated bytes of all tensors together', () => {
    const file = new Hdf5File(new Uint8Array(0), 'f');
    file.spend('a', 'inflated bytes', 2 ** 30, 2 ** 30);
    expect(() => file.spend('b', 'inflated bytes', 1, 2 ** 30)).toThrow(
      /^f: "b" expected at most 1073741824 inflated bytes in a file, got 1073741825$/,
    );
  });

  it('refuses more than a million texts, and names that no one would give', () => {
    expect(at(readWhole(shortTexts(1000), 'f'), 'a')).toMatchObject({
      dtype: 'STR',
      shape: [1000],
    });
    expect(refusal(shortTexts(2 ** 20 + 1))).toMatch(/"\/a" expected at most 1048576 texts in a file/);
    const file = writeHdf5(new Map([['x'.repeat(1024), new Map()]]));
    readWhole(file, 'f');
    // Overwrites the zero that ends the name.
    file[file.indexOf(120) + 1024] = 120;
    expect(refusal(file)).toMatch(/expected a name of at most 1024 bytes that ends with a zero, got none/);
  });
});

describe('writing', () => {
  it('gives what is read back, of every type', () => {
    const back = readWhole(writeHdf5(every), 'f');
    expect([...back.keys()].sort()).toEqual([...every.keys()].sort());
    for (const [name, item] of every) expect(back.get(name)).toEqual(item);
  });

  it.each([8, 9, 256, 257, 1500])('of %i groups, is as large as they are', (count) => {
    const many: Hdf5Group = new Map(
      Array.from({ length: count }, (_, k) => [`n${k}`, new Map([['a', new Map()]])]),
    );
    const file = writeHdf5(many);
    expect(readWhole(file, 'f')).toEqual(new Map([...many].sort(([a], [b]) => (a < b ? -1 : 1))));
    expect(file.length).toBeLessThan(10_000 + 4_000 * count);
  });

  it('gives the same bytes again, whatever the order of the names', () => {
    const file = writeHdf5(every);
    expect(writeHdf5(new Map([...every].reverse()))).toEqual(file);
    expect(writeHdf5(readWhole(file, 'f'))).toEqual(file);
  });
});
