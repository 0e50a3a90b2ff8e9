/** The expected window in fixed point, as a vector has it: what enters it, and every array that follows, in units. */
import { real } from '../../spec/arithmetic.ts';
import { buildNetwork } from '../../spec/dictionary.ts';
import { toUnits, type FixedFormat } from '../../spec/fixed.ts';
import type { Network } from '../../spec/network.ts';
import { refuse } from '../errors.ts';
import { ours } from './files/layout.ts';
import { checkArrays } from './files/values.ts';
import type { Units } from './files/fixedCase.ts';
import { nameOfFormat, runFixedWindow, unitsOf, type FixedWindow } from './fixedWindow.ts';
import type { Values } from './interval.ts';
import { keys, weightKeys } from './keys.ts';
import { drawWords } from './parts/encode.ts';
import { seedDefaults } from './stepInputs.ts';
import { checkOptions, networkOf, tensorsOf, type Options } from './options.ts';

export interface ExpectedWindow {
  readonly window: FixedWindow;
  readonly given: ReadonlyMap<string, Units>;
  readonly made: ReadonlyMap<string, Units>;
  /** Weights, biases and intensities that lie beyond the range of the format. */
  readonly beyond: number;
}

/** What enters a window: no other array is looked at. */
const enters = /^(image|encode\.word|input\.spikes|layer\d+\.(weight|bias))$/;

/**
 * The window of a network in fixed point. Weights, biases and images are rounded to the format first.
 *
 * @throws InputError where weights are missing, or the spikes of the input and what they are made of
 */
export function expectedFixed(options: Options, format: FixedFormat): ExpectedWindow {
  const where = checkOptions('expected', options);
  const { description, variant } = networkOf(options, where);
  const network = buildNetwork(description, variant, real);
  const tensors = tensorsOf(options.arrays, where);
  const { B, arrays } = checkArrays(network, tensors, { ...ours, ...options.layout }, where);
  for (const key of network.layers.flatMap(weightKeys))
    if (!arrays.has(key)) refuse(where, key, 'an array', undefined);
  const hasSpikes = arrays.has('input.spikes');
  if (!hasSpikes && arrays.has('encode.seed') && !arrays.has('encode.word')) {
    const drawn = [...seedDefaults(B), ...arrays].map(([key, value]) => [key, { value }] as const);
    arrays.set('encode.word', drawWords(network, B, new Map(drawn)));
  }
  if (!hasSpikes && !(arrays.has('image') && arrays.has('encode.word')))
    refuse(where, 'input.spikes', 'an array, or image with encode.word or encode.seed', undefined);
  const used = hasSpikes ? [...arrays].filter(([key]) => !/^(image|encode\.word)$/.test(key)) : [...arrays];
  checkConstants(network, format, where);
  checkCounts(arrays.get('input.spikes'), where);
  const window = {
    description,
    variant,
    B,
    format,
    given: new Map(used.filter(([key]) => enters.test(key))),
  };
  const [given, made] = [new Map<string, Units>(), new Map<string, Units>()];
  for (const [key, values] of runFixedWindow(window)) {
    if (key === 'encoded.spikes') continue;
    const isMade = !window.given.has(key);
    if (isMade && !keys.some(({ name }) => name === key.replace(/\d+/, '{n}'))) continue;
    (isMade ? made : given).set(key, unitsOf(key, values, format));
  }
  return { window, given, made, beyond: countBeyond(window) };
}

/** Weights, biases and intensities that a format does not hold. */
function countBeyond({ given, format }: FixedWindow): number {
  const numbers = [...given].filter(([key]) => /(weight|bias|image)$/.test(key));
  return numbers.reduce(
    (sum, [, values]) => sum + values.filter((value) => !isWithin(value, format)).length,
    0,
  );
}

/** Whether a number is within the range of a format after it is rounded. */
function isWithin(value: number, { width, fraction, rounding }: FixedFormat): boolean {
  const most = 2 ** (width - 1);
  const units = Math.floor(value * 2 ** fraction + (rounding === 'nearest' ? 0.5 : 0));
  return units >= -most && units < most;
}

/** Thresholds and leaks must be numbers of the format, above 0. */
function checkConstants({ layers }: Network, format: FixedFormat, where: string): void {
  for (const { n, Vth, λ, spikes } of layers)
    for (const [name, value] of Object.entries({
      ...(spikes && { threshold: Vth }),
      ...(λ !== 1 && { leak: λ }),
    }))
      if (!isWithin(value, format) || toUnits(value, format) <= 0)
        refuse(where, `${name} of layer ${n}`, `a number of ${nameOfFormat(format)}, above 0`, value);
}

/** What enters are whole numbers, which a counter holds. */
function checkCounts(spikes: Values | undefined, where: string): void {
  const bad =
    spikes?.findIndex((count: number) => !Number.isInteger(count) || Math.abs(count) >= 2 ** 31) ?? -1;
  if (bad >= 0) refuse(where, 'input.spikes', 'whole numbers of 32 bits', `${spikes![bad]} at place ${bad}`); // it was found there
}
