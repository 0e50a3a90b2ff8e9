/** `readSafetensors` reads what `safetensorsParts` makes, and refuses a damaged file. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readSafetensors } from '../../src/formats/safetensors.ts';
import { widthOf, type Tensor } from '../../src/formats/tensor.ts';
import { refusalOf } from '../fuzz/refusal.ts';
import { ascii, bitsOf, concat, safetensorsFile, tensors, u32le, writeSafetensors } from '../fuzz/samples.ts';
import { law } from '../spec/support.ts';

const messageOf = (header: string, data: readonly number[] = []) =>
  refusalOf(() => readSafetensors(safetensorsFile(header, data), 'm.safetensors'));
const info = (dtype: string, shape: string, offsets: string) =>
  `{"dtype":"${dtype}","shape":${shape},"data_offsets":${offsets}}`;

const one: Tensor = { dtype: 'F32', shape: [1], data: Float32Array.of(1) };

/** A header with two tensors. The first has bytes 0 and 1, the second has the range `second`. */
const two = (second: string) => `{"a":${info('U8', '[2]', '[0,2]')},"b":${info('U8', '[2]', second)}}`;
describe('readSafetensors', () => {
  it('reads a file of the official Python library', () => {
    // Written by safetensors 0.4.5: {'h': float16 [1.5, -2], 'a': int32 [[0], [1], [2]], 'b': bool [True, False]}, {'k': 'v'}
    const base64 =
      'yAAAAAAAAAB7Il9fbWV0YWRhdGFfXyI6eyJrIjoidiJ9LCJhIjp7ImR0eXBlIjoiSTMyIiwic2hhcGUiOlszLDFdLCJkYXRhX29mZnNldHMiOlsw' +
      'LDEyXX0sImgiOnsiZHR5cGUiOiJGMTYiLCJzaGFwZSI6WzJdLCJkYXRhX29mZnNldHMiOlsxMiwxNl19LCJiIjp7ImR0eXBlIjoiQk9PTCIsInNo' +
      'YXBlIjpbMl0sImRhdGFfb2Zmc2V0cyI6WzE2LDE4XX19ICAgICAgIAAAAAABAAAAAgAAAAA+AMABAA==';
    const { tensors: read, metadata } = readSafetensors(Buffer.from(base64, 'base64'), 'f');
    expect({ ...metadata }).toEqual({ k: 'v' });
    expect({ ...read }).toEqual({
      a: { dtype: 'I32', shape: [3, 1], data: Int32Array.of(0, 1, 2) },
      h: { dtype: 'F32', shape: [2], data: Float32Array.of(1.5, -2) },
      b: { dtype: 'BOOL', shape: [2], data: Uint8Array.of(1, 0) },
    });
  });

  it('gives copies: the file may change afterwards', () => {
    const file = writeSafetensors({ one });
    const read = readSafetensors(file, 'f');
    file.fill(0);
    expect(read.tensors['one']).toEqual(one);
  });

  const cut = concat(u32le(200, 0), [0x7b, 0x7d]);
  it.each<[string, Uint8Array]>([
    ['"header length" expected from 2 to 2 bytes, got 200; the file is cut short, or it is not', cut],
    ['"safetensors file" expected at least 10 bytes, got 9', cut.subarray(0, 9)],
    ['"header" expected { at byte 8, got 32; it is not a safetensors file', safetensorsFile(' {}', [])],
    ['"file" expected a safetensors file, got a web page', ascii('<!DOCTYPE html><html></html>'.padEnd(40))],
    ['"file" expected a safetensors file, got a web page', ascii('<html>\n\n\n'.padEnd(40))],
    // A truncated file with a header of 0x213c bytes also begins with `<!`.
    ['"header length" expected from 2 to 2 bytes, got 8508; ', ascii('<!\0\0\0\0\0\0{}')],
  ])('refuses what is not as %s', (expected, file) => {
    expect(refusalOf(() => readSafetensors(file, 'm'))).toContain(`m: ${expected}`);
  });

  const ofB = '"data_offsets of b" expected';
  it.each([
    ['[1,3]', 3, `${ofB} to begin at 2, where the previous one ends, got 1`],
    ['[3,5]', 5, `${ofB} to begin at 2, where the previous one ends, got 3`],
    ['[2,5]', 5, `${ofB} 2 bytes for U8 [2], got 3`],
    ['[2,4]', 3, '"data" expected 4 bytes, as the header says, got 3; the file is cut short'],
    ['[2,4]', 5, '"data" expected 4 bytes, as the header says, got 5; the file continues after its tensors'],
    ['[4,2]', 0, `${ofB} [begin, end] with begin <= end, got [4,2]`],
    ['[2,4,6]', 0, `${ofB} [begin, end]`],
    ['[2]', 0, `${ofB} [begin, end]`],
  ])('refuses the range %s in %i bytes', (range, length, expected) => {
    expect(messageOf(two(range), Array(length).fill(0))).toContain(`m.safetensors: ${expected}`);
  });

  const empty = info('U8', '[0]', '[0,0]');
  it.each([
    `{"a":${empty},"a":${empty}}`,
    `{"a":${empty},"\\u0061":${empty}}`,
    '{"__metadata__":{"k":"v","k":"w"}}',
    '{"__metadata__":{},"__metadata__":{}}',
    `{"a":{"dtype":"U8","dtype":"U8","shape":[0],"data_offsets":[0,0]}}`,
  ])('refuses %s, which has a name twice', (header) => {
    expect(messageOf(header)).toBe('m.safetensors: "header" expected each name once, got one again');
  });

  it('takes colons, quotes and backslashes in names and texts', () => {
    const texts = { 'a:"b\\': ':\\":', c: '\\' };
    expect({ ...readSafetensors(writeSafetensors({ one }, texts), 'f').metadata }).toEqual(texts);
  });

  it('refuses every other JSON', () => {
    expect(messageOf('{"a":{"dtype":"U8","shape":[]}}')).toBe(
      'm.safetensors: "a" expected dtype, shape and data_offsets, got dtype,shape',
    );
    expect(messageOf('{"__metadata__":{"k":1}}')).toBe('m.safetensors: "metadata k" expected a text, got 1');
    for (const header of ['{"a":[]}', '{"a":1}', '{"__metadata__":null}', '{"a":{"size":1}}'])
      expect(messageOf(header)).toMatch(/expected (an object|dtype)/);
    for (const header of ['{"a', '{"\\x":{}}', '{"\xff":{}}', '{} x', '{,}'])
      expect(messageOf(header)).toMatch(/header.* expected JSON/);
    const wrong = ['[-1]', '[1.5]', '[01]', '["1"]', '[1,]', '[9007199254740992]', '1'];
    for (const shape of [...wrong, `[${Array(65).fill(1).join()}]`])
      expect(messageOf(`{"a":${info('U8', shape, '[0,1]')}}`, [0])).toMatch(
        /(header|shape of a)"?:? expected /,
      );
  });

  it('bounds what a header may have before it is parsed', () => {
    expect(messageOf(`{"a":${'['.repeat(2 ** 20)}`)).toMatch(/at most 524288 characters outside its texts/);
    const many = Array.from({ length: 4097 }, (_, k) => `"${k}":${empty}`);
    expect(messageOf(`{${many.join()}}`)).toMatch(/"header" expected at most 4096 names, got 4097/);
  });

  it('refuses element types that it does not read, by name, and elements that a type does not have', () => {
    const types = 'F32, F64, I8, U8, I16, U16, I32, U32, I64, U64, BOOL, F16';
    expect(messageOf(`{"a":${info('BF16', '[1]', '[0,2]')}}`, [0, 0])).toContain(
      `"dtype of a" expected one of ${types}, got BF16`,
    );
    expect(messageOf(`{"a":${info('BOOL', '[2]', '[0,2]')}}`, [1, 2])).toContain('"element 1" expected 0 or');
  });

  it('treats no name as special', () => {
    const named = { ['__proto__']: one, constructor: one, '': one, 'a"\\\u2028\ud83d\ude00': one };
    const records = Object.fromEntries(Object.entries(named));
    const read = readSafetensors(writeSafetensors(records, Object.fromEntries([['__proto__', 'x']])), 'f');
    expect(Object.keys(read.tensors)).toEqual(Object.keys(records));
    expect(Object.entries(read.metadata)).toEqual([['__proto__', 'x']]);
    expect(Object.getPrototypeOf(read.tensors)).toBeNull();
  });
});

describe('safetensorsParts', () => {
  const files = fc.tuple(
    fc.dictionary(fc.string({ unit: 'grapheme' }), tensors),
    fc.dictionary(fc.string(), fc.string()),
  );

  law('writes what the reader reads, in its order, and it again', files, 100, ([named, texts]) => {
    fc.pre(!('__metadata__' in named));
    const file = writeSafetensors(named, texts);
    const read = readSafetensors(file, 'f');
    expect(Object.entries(read.tensors).map(([k, v]) => [k, bitsOf(v)])).toEqual(
      Object.entries(named).map(([k, v]) => [k, bitsOf(v)]),
    );
    expect(Object.entries(read.metadata)).toEqual(Object.entries(texts));
    expect(writeSafetensors(read.tensors, read.metadata)).toEqual(file);
  });

  law('aligns the data and each tensor, which PyTorch needs', files, 100, ([named, texts]) => {
    fc.pre(!('__metadata__' in named));
    const file = writeSafetensors(named, texts);
    const length = Number(new DataView(file.buffer).getBigUint64(0, true));
    expect(length % 8).toBe(0);
    const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length))) as Record<
      string,
      { data_offsets: number[] }
    >;
    for (const [name, { dtype }] of Object.entries(named))
      expect(header[name]!.data_offsets[0]! % widthOf(dtype)).toBe(0);
  });
});
