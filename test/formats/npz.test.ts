/** `readNpz` reads what `writeNpz` and NumPy write, and refuses a damaged archive. */
import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/errors.ts';
import { writeNpy } from '../../src/formats/npy.ts';
import { NpzFile, readNpz, writeNpz } from '../../src/formats/npz.ts';
import type { AnyTensor } from '../../src/formats/tensor.ts';
import { listZip, readZipEntry } from '../../src/formats/zip.ts';
import { refusalOf } from '../fuzz/refusal.ts';
import { ascii, bitsOf, storedZip, tensors } from '../fuzz/samples.ts';
import { law } from '../spec/support.ts';

const bitsOfAll = (arrays: Iterable<readonly [string, AnyTensor]>) =>
  [...arrays].map(([name, array]) => [name, bitsOf(array)]);

describe('a file of NumPy', () => {
  const path = new URL('../fixtures/authors/grid_lenet_exactgrad_f32.npz', import.meta.url);
  const file = readFileSync(path);
  const arrays = readNpz(file, 'authors.npz');

  it('is written by us byte for byte, array by array', () => {
    expect(arrays.size).toBe(69);
    for (const entry of listZip(file, 'f')) {
      const ours = writeNpy(arrays.get(entry.name.slice(0, -4))!);
      expect(Buffer.compare(ours, readZipEntry(file, entry, 'f'))).toBe(0);
    }
  });
});

describe('writeNpz', () => {
  const maps = fc
    .dictionary(fc.string({ unit: 'grapheme' }), tensors)
    .map((record) => new Map<string, AnyTensor>(Object.entries(record)));

  law('writes what is read, and it again', maps, 100, (arrays) => {
    const file = writeNpz(arrays);
    const read = readNpz(file, 'f');
    expect(bitsOfAll(read)).toEqual(bitsOfAll(arrays));
    expect(writeNpz(read)).toEqual(file);
  });

  it('deflates', () => {
    const zeros: AnyTensor = { dtype: 'F32', shape: [1000], data: new Float32Array(1000) };
    expect(writeNpz([['z', zeros]]).length).toBeLessThan(400);
  });

  it('names the array that it refuses', () => {
    const bad: AnyTensor = { dtype: 'F32', shape: [2], data: new Float32Array(1) };
    expect(refusalOf(() => writeNpz([['w', bad]]))).toBe(
      'writeNpz(w): "array" expected 2 elements for [2], got 1',
    );
  });
});

const rows = fc.uint8Array({ minLength: 1, maxLength: 40, max: 1 });
// A chunk of the stream holds several rows, or a row spans several chunks.
const sizes = fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 50_000 }));
law(
  'NpzFile.read gives the rows that are needed, 0 for the others, and checks all of them',
  fc.tuple(rows, sizes, fc.boolean()),
  30,
  ([needed, size, isStored]) => {
    const shape = [needed.length, size];
    const data = new Uint8Array(needed.length * size).map((_, i) => (i * i) % 251);
    const array = { dtype: 'U8', shape, data } as const;
    const file = isStored ? storedZip({ 'a.npy': writeNpy(array) }) : writeNpz([['a', array]]);
    const expected = data.map((value, i) => value * needed[Math.floor(i / size)]!);
    const read = new NpzFile(file, 'f').read('a', needed);
    expect(read).toMatchObject({ dtype: 'U8', shape });
    expect(Buffer.compare(read.data as Uint8Array, expected)).toBe(0);
    const [{ start, end }] = listZip(file, 'f');
    file[Math.floor((start + end) / 2)]! ^= 1;
    expect(() => new NpzFile(file, 'f').read('a', needed)).toThrow(InputError);
  },
);

describe('readNpz', () => {
  it('names the file in the archive', () => {
    const file = storedZip({ 'a.npy': ascii('no') });
    expect(refusalOf(() => readNpz(file, 'v.npz'))).toBe(
      'v.npz(a.npy): ".npy file" expected 93 "NUMPY" at the start, got other bytes',
    );
  });

  it('refuses files that are no arrays', () => {
    const file = storedZip({ 'readme.txt': ascii('no') });
    expect(refusalOf(() => readNpz(file, 'v.npz'))).toBe(
      'v.npz: ".npz file" expected only files whose names end in .npy, got readme.txt; save plain arrays, as numpy.savez does',
    );
  });
});
