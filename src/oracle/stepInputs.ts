/** What enters a step from outside, and what holds where it is not given. */
import { initialScale } from '../../spec/scale.ts';
import { adam } from '../../spec/update.ts';
import { biasesOf, synapticOf } from '../../spec/network.ts';
import { isSingle, orNone, ε, type Arrays, type Interval, type Intervals, type Values } from './interval.ts';
import { keyOf, placesOf } from './keys.ts';
import type { Setting } from './stagePart.ts';
import { range, scalar, take } from './slices.ts';

/** Keys that a part could make and that are nevertheless given where they are there: the input's randomness. */
const inputs = ['encode.word', 'input.spikes'];

/** Splits arrays into what is given and what an implementation has made of it. */
export function splitArrays(
  arrays: Arrays,
  setting: Setting,
): { given: Map<string, Values>; made: Map<string, Values> } {
  const places = placesOf(setting.network, setting.B);
  const given = new Map<string, Values>();
  const made = new Map<string, Values>();
  const isEncoded = arrays.has('image') && (arrays.has('encode.word') || arrays.has('encode.seed'));
  for (const [key, values] of arrays) {
    const isInput = key === 'input.spikes' ? !isEncoded : inputs.includes(key) && !arrays.has('encode.seed');
    (places.get(key)?.row.stage === undefined || isInput ? given : made).set(key, values);
  }
  return { given, made };
}

/** What holds of an encoding where only its seed is given. */
export const seedDefaults = (B: number): [string, Values][] => [
  ['encode.stream', Float64Array.of(1)],
  ['encode.epoch', Float64Array.of(0)],
  ['encode.sample', Uint32Array.from(range(B))],
];

/** Adds what holds where nothing is given. */
export function withDefaults(
  given: Intervals,
  { network, B, variant, precision }: Setting,
): Map<string, Interval> {
  const all = new Map(given);
  const set = (key: string, value: Values): void => {
    if (!all.has(key)) all.set(key, { value });
  };
  const one = (value: number): Values => Float64Array.of(value);
  if (all.has('encode.seed')) for (const [key, value] of seedDefaults(B)) set(key, value);
  set('scale.update', one(1));
  set('step', one(1));
  set('weightDecay', one(adam.weightDecay));
  for (const layer of network.layers) {
    if (layer.spikes && !all.has(keyOf(layer.n, 'S.before'))) {
      const S = initialScale(layer, variant, precision);
      all.set(keyOf(layer.n, 'S.before'), {
        value: one(S),
        radius: orNone(Float64Array.of(isSingle(S) ? 0 : ε * S)),
      });
    }
    // Moments of a later step are not known to be 0.
    if (layer.weightShape.length === 0 || scalar(all, 'step') !== 1) continue;
    for (const what of ['m.before', 'v.before']) {
      set(keyOf(layer.n, what), precision.array(synapticOf(layer)));
      if (biasesOf(layer) > 0) set(keyOf(layer.n, `bias.${what}`), precision.array(biasesOf(layer)));
    }
  }
  return all;
}

/** What a step leaves for the next one: from its keys to those of the next. */
export function leftKeys({ network }: Setting): Map<string, string> {
  const left = new Map<string, string>();
  for (const { n, spikes, weightShape, bias } of network.layers) {
    if (spikes) left.set(keyOf(n, 'S'), keyOf(n, 'S.before'));
    if (weightShape.length === 0) continue;
    left.set(keyOf(n, 'weight.after'), keyOf(n, 'weight'));
    left.set(keyOf(n, 'm'), keyOf(n, 'm.before')).set(keyOf(n, 'v'), keyOf(n, 'v.before'));
    if (bias.length === 0) continue;
    left.set(keyOf(n, 'bias.after'), keyOf(n, 'bias'));
    for (const what of ['bias.m', 'bias.v']) left.set(keyOf(n, what), keyOf(n, `${what}.before`));
  }
  return left;
}

/** What is carried from a step to the next: what it left, its settings, and its number plus one. */
export function carry(intervals: Intervals, left: ReadonlyMap<string, string>): Map<string, Interval> {
  const carried = new Map<string, Interval>();
  for (const key of ['learningRate', 'weightDecay', 'scale.update'])
    if (intervals.has(key)) carried.set(key, take(intervals, key));
  carried.set('step', { value: Float64Array.of(scalar(intervals, 'step') + 1) });
  for (const [from, to] of left) if (intervals.has(from)) carried.set(to, take(intervals, from));
  return carried;
}
