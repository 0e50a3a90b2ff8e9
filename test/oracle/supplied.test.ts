/**
 * Tests that an archive is read array by array, and that a large array is stored in bytes if each of its numbers fits in a
 * byte.
 */
import { describe, expect, it } from 'vitest';
import { writeNpy } from '../../src/formats/npy.ts';
import { writeNpz } from '../../src/formats/npz.ts';
import type { AnyTensor, Tensor } from '../../src/formats/tensor.ts';
import { jsonOfArrays } from '../../src/oracle/files/jsonArrays.ts';
import { readSupplied } from '../../src/oracle/files/supplied.ts';
import { storedZip } from '../fuzz/samples.ts';

const many = 2 ** 20;
const floats = (change: (data: Float32Array) => void): AnyTensor => {
  const data = Float32Array.from({ length: many }, (_, k) => (k % 3) - 1);
  change(data);
  return { dtype: 'F32', shape: [4, many / 4], data };
};
const whole = floats(() => {});

describe('readSupplied', () => {
  it('asks for no more of an archive at once than one array takes', () => {
    const array = writeNpy(whole);
    const file = storedZip({ 'a.npy': array, 'b.npy': array, 'c.npy': array, 'd.npy': array });
    const asked: number[] = [];
    const { arrays } = readSupplied(
      {
        length: file.length,
        subarray: (from, to) => {
          asked.push(to - from);
          return file.slice(from, Math.max(from, to));
        },
      },
      'a.npz',
    );
    expect([...arrays.keys()]).toEqual(['a', 'b', 'c', 'd']);
    expect(Math.max(...asked)).toBeLessThan(1.01 * 4 * many);
  });

  it('keeps large arrays of whole numbers in bytes, whatever their precision, and no others', () => {
    const one = { dtype: 'F32', shape: [1], data: Float32Array.of(1) } as const;
    const doubles = Float64Array.from(whole.data as Float32Array);
    const { arrays } = readSupplied(
      writeNpz(
        Object.entries({
          whole,
          doubles: { dtype: 'F64', shape: [many], data: doubles },
          half: floats((data) => (data[many - 1] = 0.5)),
          large: floats((data) => (data[7] = 128)),
          infinite: floats((data) => (data[7] = Infinity)),
          none: floats((data) => (data[7] = NaN)),
          one,
        }) as [string, AnyTensor][],
      ),
      'a.npz',
    );
    const types = [...arrays].map(([name, { dtype }]) => [name, dtype]);
    expect(Object.fromEntries(types)).toEqual({
      whole: 'I8',
      doubles: 'I8',
      half: 'F32',
      large: 'F32',
      infinite: 'F32',
      none: 'F32',
      one: 'F32',
    });
    for (const name of ['whole', 'doubles']) {
      const { data } = arrays.get(name)! as Tensor;
      expect(data.every((value, i) => value === (whole as Tensor).data[i])).toBe(true);
      expect(arrays.get(name)!.shape).toEqual(name === 'whole' ? whole.shape : [many]);
    }
  });
});

it('arrays written as JSON are read as the same numbers, zeros with their signs', () => {
  const data = Float64Array.of(-0, 0, 0.1, Math.fround(0.1), 2 ** -149, -1.5e300);
  const text = jsonOfArrays(
    { variant: 'paper' },
    new Map([['x', { dtype: 'F64', shape: [2, 3], data }]]),
    'w',
  );
  const { arrays, words } = readSupplied(new TextEncoder().encode(text), 'w');
  expect(words).toEqual({ variant: 'paper' });
  expect(arrays.get('x')).toEqual({ dtype: 'F64', shape: [2, 3], data });
  const infinite = new Map([['x', { dtype: 'F64' as const, shape: [1], data: Float64Array.of(Infinity) }]]);
  expect(() => jsonOfArrays({}, infinite, 'w')).toThrow(
    /^w: "x" expected finite numbers in JSON, got Infinity; take \.npz$/,
  );
});

it('lists of one level that differ in length are refused, also where the count of numbers would fit', () => {
  const read = (list: unknown): unknown =>
    readSupplied(new TextEncoder().encode(JSON.stringify({ arrays: { x: list } })), 'w').arrays.get('x')!
      .shape;
  expect(read([[[1, 2]], [[3, 4]]])).toEqual([2, 1, 2]);
  expect(() => read([[1, 2], [3], [4, 5, 6]])).toThrow(
    /^w\(x\): "lists" expected 2 elements at this level, got 1$/,
  );
  expect(() => read([[1, 2], 3])).toThrow(/"number 0" expected a number/);
});
