/** `readNpy` reads what `writeNpy` and NumPy write, and refuses a damaged file. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readNpy, writeNpy } from '../../src/formats/npy.ts';
import type { AnyTensor, StringTensor } from '../../src/formats/tensor.ts';
import { refusalOf } from '../fuzz/refusal.ts';
import { ascii, bitsOf, npyDict, npyFile, tensors } from '../fuzz/samples.ts';
import { law } from '../spec/support.ts';
import { anyText } from '../texts.ts';

const read = (descr: string, shape: string, body: readonly number[], fortran = 'False', version = 1) =>
  readNpy(npyFile(npyDict(descr, shape, fortran), body, version), 'a.npy');
const messageOf = (descr: string, shape: string, body: readonly number[] = []) =>
  refusalOf(() => read(descr, shape, body));
const headMessageOf = (head: string) => refusalOf(() => readNpy(npyFile(head, []), 'a.npy'));

const plain = 'save it with one of f2 f4 f8 i1 i2 i4 i8 u1 u2 u4 u8 b1 U';
const textArrays: fc.Arbitrary<StringTensor> = fc
  .array(
    anyText({ maxLength: 6 }).filter((text) => !text.endsWith('\0')),
    { maxLength: 5 },
  )
  .map((data) => ({ dtype: 'STR', shape: [data.length], data }));

describe('readNpy', () => {
  it.each<[descr: string, body: readonly number[], dtype: string, data: AnyTensor['data']]>([
    ['<f4', [0, 0, 0xc0, 0x3f], 'F32', Float32Array.of(1.5)],
    ['>f4', [0x3f, 0xc0, 0, 0], 'F32', Float32Array.of(1.5)],
    ['<f8', [0, 0, 0, 0, 0, 0, 0xf8, 0x3f], 'F64', Float64Array.of(1.5)],
    ['>f8', [0x3f, 0xf8, 0, 0, 0, 0, 0, 0], 'F64', Float64Array.of(1.5)],
    ['|i1', [255], 'I8', Int8Array.of(-1)],
    ['|u1', [255], 'U8', Uint8Array.of(255)],
    ['|b1', [1], 'BOOL', Uint8Array.of(1)],
    ['<i2', [254, 255], 'I16', Int16Array.of(-2)],
    ['>u2', [255, 254], 'U16', Uint16Array.of(65534)],
    ['>i4', [255, 255, 255, 254], 'I32', Int32Array.of(-2)],
    ['<u4', [0, 0, 0, 128], 'U32', Uint32Array.of(2 ** 31)],
    ['>i8', [255, 255, 255, 255, 255, 255, 255, 254], 'I64', BigInt64Array.of(-2n)],
    ['<u8', [0, 0, 0, 0, 0, 0, 0, 128], 'U64', BigUint64Array.of(2n ** 63n)],
  ])('reads %s', (descr, body, dtype, data) => {
    expect(read(descr, '(1,)', body)).toEqual({ dtype, shape: [1], data });
    expect(read(descr, '()', body).shape).toEqual([]);
  });

  it('re-orders Fortran order, also of a file of NumPy', () => {
    // NumPy 2.2.4: np.array([[1, 2, 3], [4, 5, -6]], dtype='>f2', order='F')
    const halves =
      'k05VTVBZAQB2AHsnZGVzY3InOiAnPmYyJywgJ2ZvcnRyYW5fb3JkZXInOiBUcnVlLCAnc2hhcGUnOiAoMiwgMyksIH0gICAgICAgICAgICAgICAg' +
      'ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAo8AEQAQABFAEIAxgA=';
    expect(readNpy(Buffer.from(halves, 'base64'), 'f')).toEqual({
      dtype: 'F32',
      shape: [2, 3],
      data: Float32Array.of(1, 2, 3, 4, 5, -6),
    });
    // NumPy 2.2.4: np.asfortranarray(np.array([['λ', 'ab'], ['', 'c😀']]).astype('>U2'))
    const texts =
      'k05VTVBZAQB2AHsnZGVzY3InOiAnPlUyJywgJ2ZvcnRyYW5fb3JkZXInOiBUcnVlLCAnc2hhcGUnOiAoMiwgMiksIH0gICAgICAgICAgICAgICAg' +
      'ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAO7AAAAAAAAAAAAAAAAAAAAYQAAAGIAAABjAAH2AA==';
    expect(readNpy(Buffer.from(texts, 'base64'), 'f')).toEqual({
      dtype: 'STR',
      shape: [2, 2],
      data: ['λ', 'ab', '', 'c😀'],
    });
  });

  law(
    'finds every element of a Fortran array where its index says',
    fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }),
    100,
    (shape) => {
      const count = shape.reduce((a, b) => a * b, 1);
      const { data } = read('|u1', `(${shape.join(', ')},)`, [...Array(count).keys()], 'True');
      for (let c = 0; c < count; c++) {
        let rest = c;
        let f = 0;
        for (let k = shape.length - 1, stride = count; k >= 0; k--) {
          stride /= shape[k]!;
          f += (rest % shape[k]!) * stride;
          rest = Math.floor(rest / shape[k]!);
        }
        expect(data[c]).toBe(f);
      }
    },
  );

  it('reads versions 1, 2 and 3, and every spelling of the dict', () => {
    for (const version of [1, 2, 3])
      expect(read('|u1', '(2,)', [8, 9], 'False', version).data).toEqual(Uint8Array.of(8, 9));
    const head = ' { "shape" :( 2 ) ,"fortran_order":False,\t"descr":\'|u1\'} \n ';
    expect(readNpy(npyFile(head, [8, 9]), 'f').data).toEqual(Uint8Array.of(8, 9));
  });

  it('reads arrays without elements', () => {
    expect(read('<f4', '(0, 3)', [])).toEqual({ dtype: 'F32', shape: [0, 3], data: new Float32Array(0) });
    expect(read('<f4', '(3, 0)', [], 'True')).toEqual({
      dtype: 'F32',
      shape: [3, 0],
      data: new Float32Array(0),
    });
    expect(read('<U3', '(0,)', [])).toEqual({ dtype: 'STR', shape: [0], data: [] });
  });

  it.each([
    ['|O', 'a pickled object array'],
    ['<c8', 'complex numbers'],
    ['|S3', 'byte strings'],
    ['|V4', 'a structured or raw array'],
    ['<M8[s]', 'dates'],
    ['<f16', 'extended floats'],
    ...[...'f4 =f4 |f4 <f4x <i16 <U <U0 |U3 <constructor'.split(' '), '<f4 ', ''].map((descr) => [descr, '']),
  ])('refuses the type %j: %s', (descr, name) => {
    const got = name === '' ? '' : `${name} (${descr}); ${plain}`;
    expect(messageOf(descr, '(1,)')).toContain(`a.npy: "descr" expected a plain element type, got ${got}`);
  });

  const file = npyFile(npyDict('|u1', '(1,)'), [0]);
  const start = '".npy file" expected 93 "NUMPY" at the start, got';
  it.each<[string, Uint8Array]>([
    [`${start} a Python pickle; ${plain}`, Uint8Array.of(0x80, 4, 0x95)],
    [`${start} other bytes`, new Uint8Array(0)],
    ['".npy file" expected at least 10 bytes, got 8; the file is cut short', file.subarray(0, 8)],
    ['"header length" expected at most 20 bytes, got 58; the file is cut short or', file.subarray(0, 30)],
    ['".npy version" expected 1.0, 2.0 or 3.0 at byte 6, got 4.0', ascii('\x93NUMPY\x04\0')],
  ])('refuses what is not as %s', (expected, bytes) => {
    expect(refusalOf(() => readNpy(bytes, 'a.npy'))).toContain(`a.npy: ${expected}`);
  });

  it.each([
    ['<f4', '(3, 2)', '"elements" expected 24 bytes for [3, 2] from byte 70, got 4; the file is cut short'],
    ['|u1', '(3,)', '"elements" expected 3 bytes for [3] from byte 68, got 4; the file continues after its'],
    ['<f4', '(4294967296, 4294967296)', '"shape" expected fewer than 2^53 elements, got [4294967296, '],
  ])('refuses four bytes of %s %s', (descr, shape, expected) => {
    expect(messageOf(descr, shape, [0, 0, 0, 0])).toContain(`a.npy: ${expected}`);
  });

  it.each([
    "{'descr': '|u1', 'descr': '|u1', 'fortran_order': False, 'shape': (0,), }",
    "{'descr': '|u1', }",
    "{'order': 1}",
    "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }",
    "{'descr': '|u1', 'fortran_order': 1, 'shape': (0,)}",
    "{'descr': '|u1', 'fortran_order': False, 'shape': (1, 2",
    "{'descr': '|u1', 'fortran_order': False, 'shape': (-1,)}",
    "{'descr': '|u1', 'fortran_order': False, 'shape': 1}",
    "{'descr': '|u1', 'fortran_order': False, 'sh\\x61pe': (0,)}",
    `${npyDict('|u1', '(0,)')};import os`,
    '[]',
  ])('refuses the dict %s', (head) =>
    expect(headMessageOf(head)).toMatch(
      /^a\.npy: (header: expected JSON|"(header|descr|shape|fortran_order)" expected)/,
    ),
  );

  it.each([
    ['|b1', [1, 7], '"element 1" expected 0 or 1 in an array of booleans, got 7'],
    ['<U1', [0, 0, 0x11, 0, 0, 0, 0, 0], '"text" expected a Unicode character at byte 68, got 1114112'],
    ['<U1', [0, 0xd8, 0, 0, 0, 0, 0, 0], '"text" expected a Unicode character at byte 68, got 55296'],
  ])('refuses the elements %s %j', (descr, body, expected) => {
    expect(messageOf(descr, '(2,)', body)).toBe(`a.npy: ${expected}`);
  });
});

describe('writeNpy', () => {
  law('writes what is read, aligned', fc.oneof(tensors, textArrays), 100, (array: AnyTensor) => {
    const file = writeNpy(array);
    const again = readNpy(file, 'f');
    expect(bitsOf(again)).toEqual(bitsOf(array));
    expect(writeNpy(again)).toEqual(file);
    expect((10 + file[8]! + 256 * file[9]!) % 64).toBe(0);
  });

  it('writes long texts in pieces', () => {
    const text = '😀λa'.repeat(100_000);
    const array: AnyTensor = { dtype: 'STR', shape: [], data: [text] };
    expect(readNpy(writeNpy(array), 'f')).toEqual(array);
  });

  it.each([
    [{ dtype: 'STR', shape: [1], data: ['a\0'] }, '"text" expected no zero character at its end, got a?'],
    [{ dtype: 'STR', shape: [1], data: ['\ud800'] }, '"text" expected Unicode characters, got '],
    [{ dtype: 'STR', shape: [2], data: ['a'] }, '"array" expected 2 elements for [2], got 1'],
    [
      { dtype: 'I8', shape: [1], data: Uint8Array.of(1) },
      '"array" expected Int8Array for I8, got [object Uint8',
    ],
  ])('refuses %j', (array, expected) => {
    expect(refusalOf(() => writeNpy(array as AnyTensor))).toContain(`writeNpy: ${expected}`);
  });
});
