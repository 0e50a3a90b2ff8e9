/** What the folder of a vector in fixed point says of its numbers: constants in units, shapes and bits. */
import { real } from '../../../spec/arithmetic.ts';
import { buildNetwork } from '../../../spec/dictionary.ts';
import { toUnits } from '../../../spec/fixed.ts';
import { writeNpz } from '../../formats/npz.ts';
import type { AnyTensor } from '../../formats/tensor.ts';
import type { FixedWindow } from '../fixedWindow.ts';
import { keyOf, placesOf } from '../keys.ts';
import { tensorOf } from '../options.ts';

/** Numbers in units of the format; random words are not negative. */
export type Units = Int32Array | Uint32Array;

/** Vth and λ of each layer in units; a leak of 1 is none. */
export function fixedConstants({
  description,
  variant,
  format,
}: FixedWindow): Record<string, { Vth: number; leak: number }> {
  const { layers } = buildNetwork(description, variant, real);
  return Object.fromEntries(
    layers.map(({ n, Vth, λ }) => [
      keyOf(n, '').slice(0, -1),
      { Vth: toUnits(Vth, format), leak: λ === 1 ? 2 ** format.fraction : toUnits(λ, format) },
    ]),
  );
}

function shapesOf({ description, variant, B }: FixedWindow): (key: string) => readonly number[] {
  const places = placesOf(buildNetwork(description, variant, real), B);
  return (key) => places.get(key)!.shape; // every array of a window has its place
}

/** Random words have 32 bits, spikes and counts as many bytes as they need, all else the format's bits. */
function bitsOf(key: string, values: Units, width: number): number {
  if (values instanceof Uint32Array) return 32;
  if (!/(spikes|FO)$/.test(key)) return width;
  const most = values.reduce((so, value) => Math.max(so, Math.abs(value)), 0);
  return most < 2 ** 7 ? 8 : most < 2 ** 15 ? 16 : 32;
}

/** Shape, type and bits of each array, as a manifest has them. */
export function describeUnits(
  window: FixedWindow,
  arrays: ReadonlyMap<string, Units>,
): Record<string, { shape: readonly number[]; type: 'U32' | 'I32'; bits: number }> {
  const shape = shapesOf(window);
  return Object.fromEntries(
    [...arrays].map(([key, values]) => [
      key,
      {
        shape: shape(key),
        type: values instanceof Uint32Array ? 'U32' : 'I32',
        bits: bitsOf(key, values, window.format.width),
      },
    ]),
  );
}

/** `case.npz`: what enters, and what is expected. `words` is its text `meta`. */
export function fixedArrays(
  window: FixedWindow,
  words: object,
  given: ReadonlyMap<string, Units>,
  made: ReadonlyMap<string, Units>,
): Uint8Array {
  const meta: AnyTensor = { dtype: 'STR', shape: [], data: [JSON.stringify(words)] };
  const shape = shapesOf(window);
  return writeNpz([
    ['meta', meta],
    ...[...given].map(([key, values]): [string, AnyTensor] => [key, tensorOf(values, shape(key))]),
    ...[...made].map(([key, values]): [string, AnyTensor] => [
      `expected.${key}`,
      tensorOf(values, shape(key)),
    ]),
  ]);
}
