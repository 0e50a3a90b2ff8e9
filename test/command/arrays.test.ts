/** `asf-bp predict` takes arrays of each allowed shape and type, and refuses all others. */
import { expect, test } from 'vitest';
import { openArrays } from '../../src/command/readers/npz.ts';
import { packSamples } from '../../src/command/readers/packed.ts';
import { NpzFile, writeNpz } from '../../src/formats/npz.ts';
import type { AnyTensor } from '../../src/formats/tensor.ts';
import { network } from '../../src/network/network.ts';
import { refusalOf } from '../fuzz/refusal.ts';
import { tensorOf } from '../fuzz/samples.ts';
import { smallNetwork } from './world.ts';

const { plan } = network(smallNetwork as Parameters<typeof network>[0]);
const open = (arrays: Record<string, AnyTensor>): ReturnType<typeof openArrays> =>
  openArrays('x.npz', writeNpz(Object.entries(arrays)), plan);
const u8 = (...shape: number[]) => tensorOf('U8', shape);
const f32 = (value: number, ...shape: number[]) => tensorOf('F32', shape, value);

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
])('%s of shape %j are taken', (name, shape, count) => {
  const names = Array.from({ length: count }, (_, s) => (count === 1 ? 'x.npz' : `x.npz[${s}]`));
  expect(Array.from(open({ [name]: u8(...shape) }), (sample) => sample.name)).toEqual(names);
});

test.each<AnyTensor>([
  { dtype: 'I64', shape: [64], data: new BigInt64Array(64).fill(51n) },
  tensorOf('I32', [64], 51),
  tensorOf('U16', [64], 51),
])('$dtype are taken as bytes', (images) => {
  expect([...open({ images })][0]!.intensities).toEqual(new Float64Array(64).fill(51 / 255));
});

const short: AnyTensor = { dtype: 'I16', shape: [64], data: new Int16Array(64).fill(256, 9) };
test.each<[string, Record<string, AnyTensor>, string]>([
  ['maps of another size', { images: u8(2, 63) }, 'images" expected shape (1, 8, 8) or (8, 8) or (64)'],
  ['no sample', { images: u8(0, 64) }, 'or (64), alone or after the number of samples, got (0, 64)'],
  ['two arrays of unknown names', { x: u8(64), y: u8(0) }, '`images` or `spikes`, or one array alone, got'],
  ['rows and columns that are another size', { images: u8(4, 16) }, 'got (4, 16)'],
  ['an integer that is no byte', { images: short }, 'bytes from 0 to 255, got 256 at place 9'],
  ['an intensity beyond 1', { images: f32(255, 64) }, 'intensities from -1 to 1, got 255 at place 0'],
  ['an intensity of NaN', { images: f32(NaN, 64) }, 'intensities from -1 to 1, got NaN'],
  ['half a spike', { spikes: f32(0.5, 4, 64) }, 'whole numbers of spikes, got 0.5 at place 0'],
  ['spikes of another window', { spikes: u8(3, 64) }, 'shape (4, 1, 8, 8) or (4, 8, 8) or (4, 64), alone '],
])('an array is refused with %s', (_, arrays, words) => {
  expect(refusalOf(() => open(arrays))).toContain(words);
});

test.each([
  ['U8', 784],
  ['F32', 5000],
  ['U16', 1],
  ['BOOL', 3],
] as const)('samples of %s that stay compressed have the numbers of their array', (dtype, size) => {
  const a = tensorOf(
    dtype,
    [100, size],
    Array.from({ length: 100 * size }, (_, k) => (k % 3) % 2),
  );
  const { dataOf } = packSamples(new NpzFile(writeNpz([['a', a]]), 'f'), 'a', 100, 'f')!;
  const all = [0, 99, 1, 7, 6, 50].map((i) => [i, dataOf(i)] as const);
  for (const [i, data] of all) expect(data).toEqual(a.data.slice(i * size, (i + 1) * size));
});
