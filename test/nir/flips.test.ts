/** Each flipped bit of a graph, outside its numbers, is refused or changes nothing. */
import { readFileSync } from 'node:fs';
import { afterAll, expect, it } from 'vitest';
import { InputError } from '../../src/errors.ts';
import type { Hdf5Group } from '../../src/formats/hdf5.ts';
import { Hdf5File } from '../../src/formats/hdf5Part.ts';
import { readWhole } from '../formats/hdf5Files.ts';
import { flipped, isWhole, seedOf } from '../support.ts';
import { chainIn, conv, fixture, graphFile, ifNode, input, output } from './graphs.ts';

/** A value as text, without the bytes of the file it comes from. */
const told = (value: unknown): string =>
  JSON.stringify(value, (key, item: unknown) => {
    if (['fields', 'before', 'after'].includes(key)) return undefined;
    if (!ArrayBuffer.isView(item)) return item;
    return Buffer.from(item.buffer, item.byteOffset, item.byteLength).toString('latin1');
  });

/** The parts of the file that were read since the list was cleared. */
let parts: [path: string, at: number, to: number][] = [];
const { take } = Hdf5File.prototype;
Hdf5File.prototype.take = function (path, at, length) {
  parts.push([path, at, at + length]);
  return take.call(this, path, at, length);
};
afterAll(() => void (Hdf5File.prototype.take = take));

/** The content of a graph, as text. */
function read(bytes: Uint8Array): string {
  parts = [];
  return told(chainIn(bytes));
}

/** The paths of the tensors that hold numbers. */
const numbersOf = (group: Hdf5Group, path = ''): string[] =>
  [...group].flatMap(([name, item]) => {
    const at = `${path}/${name}`;
    return item instanceof Map ? numbersOf(item, at) : item.dtype === 'STR' ? [] : [at];
  });

const c = { ...conv([2, 1, 3], 1, Array(18).fill(1), [-5, -5]), input_shape: [4, 4] };
const biased = graphFile({ i: input(1, 4, 4), c, n: ifNode, o: output(2, 4, 4) }, 'i→c c→n n→o');

it('a side of compressed numbers is not smaller than it was written', () => {
  const file = new Uint8Array(readFileSync(new URL('../fixtures/oracle/F1_norse_lif.nir', import.meta.url)));
  expect(file[25680]).toBe(9);
  file[25680] = 1;
  expect(() => read(file)).toThrow(/"\/node\/nodes\/n0\/v_leak" expected a side of at most 1 before byte/);
});

it('floats whose class is overwritten with zeros are not whole numbers', () => {
  const file = fixture('braille_noDelay_noBias_subtract.nir').slice();
  expect([...file.subarray(31328, 31332)]).toEqual([0x11, 32, 63, 0]); // the type of τ_syn: version 1, floats
  expect(() => read(file.fill(0, 31328, 31332))).toThrow(/tau_syn" expected a type of numbers/);
});

it.each([
  ['a convolution with a bias', biased],
  ['a recurrent graph with synapses', fixture('braille_noDelay_bias_zero.nir')],
])('a turned bit that is no number gives no other network: %s', { timeout: 300_000 }, (_, file) => {
  const sound = read(file);
  // 1 marks a byte that is read, 2 a byte of a number. The numbers of a tensor are the last part of it that is read.
  const kinds = new Uint8Array(file.length);
  for (const [, at, to] of parts) kinds.fill(1, at, to);
  const all = [...parts].reverse();
  for (const path of numbersOf(readWhole(file, 'g')))
    kinds.fill(2, ...(all.find(([own]) => own === path)!.slice(1) as [number, number]));
  const bits = [...file.keys()].flatMap((at) =>
    kinds[at] === 1 ? Array.from({ length: 8 }, (__, bit) => 8 * at + bit) : [],
  );
  const step = isWhole ? 1 : 41;
  let refused = 0;
  for (let k = seedOf() % step; k < bits.length; k += step) {
    try {
      const isSame = read(flipped(file, bits[k]!)) === sound;
      // A flipped address of numbers may point to unused bytes.
      if (!isSame && !parts.some(([, at, to]) => kinds.subarray(at, to).includes(0)))
        expect.fail(`bit ${bits[k]}`);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      refused++;
    }
  }
  expect(refused).toBeGreaterThan(bits.length / step / 4);
});
