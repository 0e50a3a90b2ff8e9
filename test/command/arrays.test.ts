/** `asf-bp predict` takes arrays of each allowed shape and type, and refuses all others. */
import { describe, expect, test } from 'vitest';
import { openArrays } from '../../src/command/readers/npz.ts';
import { writeNpz } from '../../src/formats/npz.ts';
import type { AnyTensor } from '../../src/formats/tensor.ts';
import { network } from '../../src/network/network.ts';
import { smallNetwork } from './world.ts';

const { plan } = network(smallNetwork as Parameters<typeof network>[0]);
const bytes = new Uint8Array(256);

const open = (arrays: Record<string, AnyTensor>): ReturnType<typeof openArrays> =>
  openArrays('x.npz', writeNpz(Object.entries(arrays)), plan);

describe('arrays are taken', () => {
  const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b);
  test.each([
    ['images', [1, 8, 8], 1],
    ['images', [8, 8], 1],
    ['images', [64], 1],
    ['images', [3, 1, 8, 8], 3],
    ['images', [3, 8, 8], 3],
    ['images', [1, 64], 1],
    ['spikes', [4, 1, 8, 8], 1],
    ['spikes', [4, 64], 1],
    ['spikes', [2, 4, 64], 2],
    ['anything', [2, 64], 2],
  ])('%s of shape %j', (name, shape, count) => {
    const samples = open({ [name]: { dtype: 'U8', shape, data: new Uint8Array(size(shape)) } });
    expect(samples.map((sample) => sample.name)).toEqual(
      count === 1 ? ['x.npz'] : Array.from({ length: count }, (_, s) => `x.npz[${s}]`),
    );
  });

  test('of every integer type as bytes', () => {
    const shape = [64];
    const shares = Array<number>(64).fill(51 / 255);
    for (const images of [
      { dtype: 'I64', shape, data: new BigInt64Array(64).fill(51n) },
      { dtype: 'I32', shape, data: new Int32Array(64).fill(51) },
      { dtype: 'U16', shape, data: new Uint16Array(64).fill(51) },
    ] as const) {
      expect(open({ images })[0]!.shown).toEqual(Float64Array.from(shares));
    }
  });
});

describe('an array is refused with', () => {
  test.each<[string, Record<string, AnyTensor>, RegExp]>([
    [
      'maps of another size',
      { images: { dtype: 'U8', shape: [2, 63], data: bytes.slice(0, 126) } },
      /images" expected shape \(1, 8, 8\) or \(8, 8\) or \(64\), alone or after .*, got \(2, 63\)/,
    ],
    [
      'no sample',
      { images: { dtype: 'U8', shape: [0, 64], data: new Uint8Array(0) } },
      /or \(64\), alone or after the number of samples, got \(0, 64\)/,
    ],
    [
      'two arrays of unknown names',
      {
        x: { dtype: 'U8', shape: [64], data: bytes.slice(0, 64) },
        y: { dtype: 'U8', shape: [0], data: new Uint8Array(0) },
      },
      /an array `images` or `spikes`, or one array alone, got x, y/,
    ],
    [
      'rows and columns that are another size',
      { images: { dtype: 'U8', shape: [4, 16], data: bytes.slice(0, 64) } },
      /got \(4, 16\)/,
    ],
    [
      'an integer that is no byte',
      { images: { dtype: 'I16', shape: [64], data: new Int16Array(64).fill(256, 9) } },
      /bytes from 0 to 255, got 256 at place 9/,
    ],
    [
      'an intensity beyond 1',
      { images: { dtype: 'F32', shape: [64], data: new Float32Array(64).fill(255) } },
      /intensities from -1 to 1, got 255 at place 0/,
    ],
    [
      'half a spike',
      { spikes: { dtype: 'F32', shape: [4, 64], data: new Float32Array(256).fill(0.5) } },
      /whole numbers of spikes, got 0.5 at place 0/,
    ],
    [
      'spikes of another window',
      { spikes: { dtype: 'U8', shape: [3, 64], data: bytes.slice(0, 64 * 3) } },
      /shape \(4, 1, 8, 8\) or \(4, 8, 8\) or \(4, 64\), alone .*, got \(3, 64\)/,
    ],
    [
      'an intensity of NaN',
      { images: { dtype: 'F32', shape: [64], data: new Float32Array(64).fill(NaN) } },
      /intensities from -1 to 1, got NaN/,
    ],
  ])('%s', (_, arrays, expected) => {
    expect(() => open(arrays)).toThrow(expected);
  });
});
