/** The expected window in fixed point, as a vector has it: what enters it, and every array that follows, in units. */
import { real } from '../../spec/arithmetic.ts';
import { buildNetwork } from '../../spec/dictionary.ts';
import type { FixedFormat } from '../../spec/fixed.ts';
import { refuse } from '../errors.ts';
import { ours } from './files/layout.ts';
import { checkArrays } from './files/values.ts';
import type { Units } from './files/fixedCase.ts';
import { runFixedWindow, unitsOf, type FixedWindow } from './fixedWindow.ts';
import { keys, weightKeys } from './keys.ts';
import { checkOptions, networkOf, tensorsOf, type Options } from './options.ts';

export interface ExpectedWindow {
  readonly window: FixedWindow;
  readonly given: ReadonlyMap<string, Units>;
  readonly made: ReadonlyMap<string, Units>;
  /** Weights and biases that lie beyond the range of the format. */
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
  if (!hasSpikes && !(arrays.has('image') && arrays.has('encode.word')))
    refuse(where, 'input.spikes', 'an array, or image with encode.word', undefined);
  const used = hasSpikes ? [...arrays].filter(([key]) => !/^(image|encode\.word)$/.test(key)) : [...arrays];
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

function countBeyond({ given, format }: FixedWindow): number {
  const { width, fraction } = format;
  const most = 2 ** (width - 1 - fraction);
  const weights = [...given].filter(([key]) => /(weight|bias)$/.test(key));
  return weights.reduce((sum, [, values]) => sum + values.filter((w) => w < -most || w >= most).length, 0);
}
