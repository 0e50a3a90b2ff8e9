/** Test vectors in fixed point: the names of number formats, and files with exact results in units of a format. */
import { binary32, real } from '../../../spec/arithmetic.ts';
import { buildNetwork } from '../../../spec/dictionary.ts';
import { toUnits, type FixedFormat } from '../../../spec/fixed.ts';
import type { Network } from '../../../spec/network.ts';
import type { Values } from '../../engine/rounding.ts';
import { Replay } from '../../engine/run.ts';
import { refuse } from '../../errors.ts';
import { writeNpz } from '../../formats/npz.ts';
import { numbersOf, showShape, type AnyTensor } from '../../formats/tensor.ts';
import { checkNetwork, checkVariant } from '../../network/check.ts';
import type { NetworkFile } from '../../network/models.ts';
import { startOf } from '../asf/check.ts';
import {
  explainFixed,
  isFraction,
  runFixedCase,
  type FixedExplanation,
  type FixedCase,
} from '../asf/fixed.ts';
import { modelOf } from '../asf/model.ts';
import { computationOf } from '../asf/steps.ts';
import type { Verdict } from '../judge.ts';
import { indicesOf, keyOf, keys, slotsOf } from '../keys.ts';
import { checkOptions, openEntered, tensorOf, type Options } from '../options.ts';
import { namesOfCase, type Supplied } from './supplied.ts';
import { checkArrays, ours } from './values.ts';

/** The name of a format, such as `fixed-8-4-truncate-saturate`. */
export const nameOfFormat = ({ width, fraction, rounding, overflow }: FixedFormat): string =>
  `fixed-${width}-${fraction}-${rounding}-${overflow}`;

/** The format that a name describes; undefined if it describes none. */
export function formatOf(name: string): FixedFormat | undefined {
  const found = /^fixed-(\d{1,2})-(\d{1,2})-(truncate|nearest)-(saturate|wrap)$/.exec(name);
  if (!found) return undefined;
  const [width, fraction] = [Number(found[1]), Number(found[2])];
  if (width < 2 || width > 26 || fraction > width) return undefined;
  const [rounding, overflow] = [found[3] as FixedFormat['rounding'], found[4] as FixedFormat['overflow']]; // the pattern allows only these
  return { width, fraction, rounding, overflow };
}

/** The numbers of a key as whole numbers: fractions in units of the format, others unchanged. */
export function unitsOf(key: string, values: Float64Array, format: FixedFormat): Int32Array | Uint32Array {
  if (key === 'encode.word') return Uint32Array.from(values);
  return Int32Array.from(values, (value) => (isFraction(key) ? toUnits(value, format) : value));
}

export interface ExpectedCase {
  readonly fixedCase: FixedCase;
  readonly inputs: ReadonlyMap<string, Units>;
  readonly expected: ReadonlyMap<string, Units>;
  /** How many weights, biases and intensities lie beyond the range of the format. */
  readonly beyond: number;
}

/** The keys of the inputs of a window; other arrays are ignored. */
const enters = /^(image|encode\.word|input\.spikes|layer\d+\.(weight|bias))$/;

/**
 * The window of a network in fixed point. Weights, biases and images are rounded to the format first.
 *
 * @throws InputError if weights are missing, or if the input spikes are missing and cannot be encoded from an image
 */
export function expectedFixed(options: Options, format: FixedFormat): ExpectedCase {
  const where = checkOptions('expected', options);
  const { description, variant, network, B, arrays } = openEntered(options, where);
  const hasSpikes = arrays.has('input.spikes');
  if (!hasSpikes && !arrays.has('encode.word')) {
    const model = modelOf(description, variant, B);
    const run = new Replay(computationOf(model), startOf(model, arrays, real));
    arrays.set('encode.word', run.ball('encode.word').v);
  }
  const used = hasSpikes ? [...arrays].filter(([key]) => !/^(image|encode\.word)$/.test(key)) : [...arrays];
  checkConstants(network, format, where);
  checkCounts(arrays.get('input.spikes'), where);
  const fixedCase = {
    description,
    variant,
    B,
    format,
    inputs: new Map(used.filter(([key]) => enters.test(key))),
  };
  const [inputs, expected] = [new Map<string, Units>(), new Map<string, Units>()];
  for (const [key, values] of runFixedCase(fixedCase)) {
    if (key === 'encoded.spikes') continue;
    const isComputed = !fixedCase.inputs.has(key);
    if (isComputed && !keys.some(({ name }) => name === key.replace(/\d+/, '{n}'))) continue;
    (isComputed ? expected : inputs).set(key, unitsOf(key, values, format));
  }
  return { fixedCase, inputs, expected, beyond: countBeyond(fixedCase) };
}

/** Counts the weights, biases and intensities that a format cannot hold. */
function countBeyond({ inputs, format }: FixedCase): number {
  const numbers = [...inputs].filter(([key]) => /(weight|bias|image)$/.test(key));
  return numbers.reduce(
    (sum, [, values]) => sum + values.filter((value) => !isWithin(value, format)).length,
    0,
  );
}

/** Whether a number, once rounded, is within the range of a format. */
function isWithin(value: number, { width, fraction, rounding }: FixedFormat): boolean {
  const most = 2 ** (width - 1);
  const units = Math.floor(value * 2 ** fraction + (rounding === 'nearest' ? 0.5 : 0));
  return units >= -most && units < most;
}

/** Refuses a threshold or leak that, rounded to the format, is 0 or less, or that is outside the range of the format. */
function checkConstants({ layers }: Network, format: FixedFormat, where: string): void {
  for (const { n, Vth, λ, spikes } of layers)
    for (const [name, value] of Object.entries({
      ...(spikes && { threshold: Vth }),
      ...(λ !== 1 && { leak: λ }),
    }))
      if (!isWithin(value, format) || toUnits(value, format) <= 0)
        refuse(where, `${name} of layer ${n}`, `a number of ${nameOfFormat(format)}, above 0`, value);
}

/** Refuses input spikes that are not whole numbers of 32 bits. */
function checkCounts(spikes: Values | undefined, where: string): void {
  const bad =
    spikes?.findIndex((count: number) => !Number.isInteger(count) || Math.abs(count) >= 2 ** 31) ?? -1;
  if (bad >= 0) refuse(where, 'input.spikes', 'whole numbers of 32 bits', `${spikes![bad]} at place ${bad}`); // `bad` is an index of `spikes`
}

/** Numbers in units of the format. The random words `encode.word` are in a Uint32Array. */
export type Units = Int32Array | Uint32Array;

/** Vth and λ of each layer in units; a λ of 1 is 2^fraction. */
export function fixedConstants({
  description,
  variant,
  format,
}: FixedCase): Record<string, { Vth: number; leak: number }> {
  const { layers } = buildNetwork(description, variant, real);
  return Object.fromEntries(
    layers.map(({ n, Vth, λ }) => [
      keyOf(n, '').slice(0, -1),
      { Vth: toUnits(Vth, format), leak: λ === 1 ? 2 ** format.fraction : toUnits(λ, format) },
    ]),
  );
}

function shapesOf({ description, variant, B }: FixedCase): (key: string) => readonly number[] {
  const slots = slotsOf(buildNetwork(description, variant, real), B);
  return (key) => slots.get(key)!.shape; // every array of a window has a slot
}

/** Bits per number: 32 for random words; 8, 16 or 32, as needed, for spikes and counts; otherwise those of the format. */
function bitsOf(key: string, values: Units, width: number): number {
  if (values instanceof Uint32Array) return 32;
  if (!/(spikes|FO)$/.test(key)) return width;
  const most = values.reduce((so, value) => Math.max(so, Math.abs(value)), 0);
  return most < 2 ** 7 ? 8 : most < 2 ** 15 ? 16 : 32;
}

/** Shape, type and bits of each array, for a manifest. */
export function describeUnits(
  fixedCase: FixedCase,
  arrays: ReadonlyMap<string, Units>,
): Record<string, { shape: readonly number[]; type: 'U32' | 'I32'; bits: number }> {
  const shape = shapesOf(fixedCase);
  return Object.fromEntries(
    [...arrays].map(([key, values]) => [
      key,
      {
        shape: shape(key),
        type: values instanceof Uint32Array ? 'U32' : 'I32',
        bits: bitsOf(key, values, fixedCase.format.width),
      },
    ]),
  );
}

/** The bytes of `case.npz`: inputs, expected arrays, and `words` as the text `meta`. */
export function fixedArrays(
  fixedCase: FixedCase,
  words: object,
  inputs: ReadonlyMap<string, Units>,
  expected: ReadonlyMap<string, Units>,
): Uint8Array {
  const meta: AnyTensor = { dtype: 'STR', shape: [], data: [JSON.stringify(words)] };
  const shape = shapesOf(fixedCase);
  return writeNpz([
    ['meta', meta],
    ...[...inputs].map(([key, values]): [string, AnyTensor] => [key, tensorOf(values, shape(key))]),
    ...[...expected].map(([key, values]): [string, AnyTensor] => [
      `expected.${key}`,
      tensorOf(values, shape(key)),
    ]),
  ]);
}

// the verdict on results

/** The verdict on a case that can be judged only by its expected numbers. */
export interface ExactVerdict {
  readonly verdict: Verdict;
  readonly says: string;
  /** For a difference in fixed point: mistakes that each explain all arrays of a layer. */
  readonly explanation?: FixedExplanation;
}

/** Compares arrays with those of a vector in fixed point, and names the mistakes that explain a difference. */
export function judgeFixed(
  vector: Supplied,
  arrays: ReadonlyMap<string, AnyTensor>,
  where: string,
  tell?: Parameters<typeof explainFixed>[2],
): ExactVerdict {
  const found = compareNumbers(vector.arrays, arrays, where);
  const format = formatOf((namesOfCase(vector)[2] ?? '').replace(/-if$/, ''));
  if (found.verdict !== 'differs' || !format) return found;
  const description = checkNetwork(where, vector.words['network']);
  const variant = checkVariant(where, (vector.words['variant'] ?? 'paper') as NetworkFile['variant']); // `checkVariant` checks it
  // Checks the shapes of the vector's arrays, because the work to explain a difference grows with their sizes.
  const tensors = [...vector.arrays].flatMap(([key, array]) =>
    array.dtype === 'STR' || !/layer\d|input\.spikes/.test(key)
      ? []
      : [[key.replace('expected.', ''), array] as const],
  );
  const { B } = checkArrays(buildNetwork(description, variant, binary32), new Map(tensors), ours, where);
  const numbers = (list: ReadonlyMap<string, AnyTensor>): Map<string, ArrayLike<number>> =>
    new Map([...list].flatMap(([key, { dtype, data }]) => (dtype === 'STR' ? [] : [[key, numbersOf(data)]])));
  const one = { description, variant, B, format, arrays: numbers(vector.arrays) };
  const explanation = explainFixed(one, numbers(arrays), tell);
  return { ...found, ...(explanation && { explanation }) };
}

/**
 * Compares arrays with the `expected.` arrays of a case. If all compared arrays agree, but the case lacks a supplied array of a
 * layer, the verdict is `undecided`.
 */
function compareNumbers(
  inputs: ReadonlyMap<string, AnyTensor>,
  arrays: ReadonlyMap<string, AnyTensor>,
  where: string,
): ExactVerdict {
  const sizes = (shape: readonly number[]): string => shape.filter((size) => size !== 1).join();
  const [off, missing]: string[][] = [[], []];
  let [compared, first] = [0, ''];
  for (const [name, { data, shape }] of inputs) {
    const key = name.replace(/^expected\./, '');
    if (key === name) continue;
    const mine = arrays.get(key);
    if (!mine) {
      missing.push(key);
      continue;
    }
    // Hardware simulations write flat arrays, whatever the shape.
    const isFlat = mine.shape.length === 1 && mine.data.length === data.length;
    if (!isFlat && sizes(mine.shape) !== sizes(shape))
      refuse(where, key, `a shape ${showShape(shape)}, or so many numbers`, showShape(mine.shape));
    compared += data.length;
    const at = Array.from<unknown>(data).findIndex((value, i) => Number(value) !== Number(mine.data[i]));
    if (at < 0) continue;
    off.push(key);
    const slot = `[${indicesOf(shape, at).join(', ')}]`;
    first ||= `${key} DIFFERS first at ${slot}: expected ${String(data[at])}, got ${String(mine.data[at])}`;
  }
  if (compared === 0) refuse(where, 'arrays', 'some that are expected of the case', 'none');
  const unknown = [...arrays.keys()].filter((name) => !inputs.has(name) && !inputs.has(`expected.${name}`));
  const says = [
    first || `${compared} numbers agree`,
    ...(off.length > 1 ? [`so do ${off.slice(1).join(', ')}`] : []),
    ...(unknown.length > 0 ? [`not judged, as the case has none of these: ${unknown.join(', ')}`] : []),
    ...(missing.length > 0 ? [`not supplied: ${missing.join(', ')}`] : []),
  ].join('; ');
  if (off.length > 0) return { verdict: 'differs', says };
  return { verdict: unknown.some((name) => /^layer\d/.test(name)) ? 'undecided' : 'agrees', says };
}
