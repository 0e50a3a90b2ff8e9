/** The record `Window` of `assembly/window.ts`: the same fields in the same order, 4 bytes each. */
import { divisorOf, type Layer, type Network } from '../../../spec/network.ts';
import { subtracts } from '../../../spec/neuron.ts';
import type { Variant } from '../../../spec/variant.ts';
import type { Executor } from './executor.ts';
import type { Memory } from './memory.ts';

export const windowFields = [
  'steps',
  'carried',
  'block',
  'starts',
  'indices',
  'values',
  'inBits',
  'inRow',
  'map',
  'height',
  'width',
  'channels',
  'rows',
  'columns',
  'outputs',
  'sizeY',
  'sizeX',
  'stride',
  'spread',
  'padding',
  'weights',
  'weightRow',
  'negative',
  'bias',
  'maskWeights',
  'headCells',
  'byRows',
  'prefix',
  'reach',
  'ranks',
  'events',
  'eventValues',
  'lists',
  'listValues',
  'bounds',
  'active',
  'mapRows',
  'masks',
  'x',
  'u',
  'FI',
  'FO',
  'FOBefore',
  'outBits',
  'outRow',
  'spikes',
  'Vth',
  'spent',
  'leak',
  'mode',
  'divisor',
  'quarters',
  'trace',
] as const;

export type WindowRecord = Record<(typeof windowFields)[number], number>;

/** Fields that a sample has of its own. */
const ownFields = (
  ['starts', 'indices', 'values', 'inBits', 'map', 'u', 'FI', 'FO', 'FOBefore', 'outBits', 'trace'] as const
).map((field) => ({ field, place: windowFields.indexOf(field) }));

/** Fields that are binary32; the others are whole numbers. */
const floats: ReadonlySet<string> = new Set(['Vth', 'spent', 'leak', 'divisor']);

/** Bits of `mode`, as in `assembly/neuron.ts`. */
export const modes = {
  resetNext: 1,
  leaks: 2,
  leakSum: 4,
  accumulated: 8,
  subtracts: 16,
  subtractsLast: 32,
} as const;

/** The greatest binary32 number below a positive one: u ≥ Vth is u > belowOf(Vth). */
function belowOf(value: number): number {
  const bits = new Uint32Array(Float32Array.of(value).buffer);
  bits[0]--;
  return new Float32Array(bits.buffer)[0];
}

/** The words of a record; missing fields are 0. */
export function windowWords(record: Partial<WindowRecord>): Uint32Array {
  const words = new Uint32Array(windowFields.length);
  const reals = new Float32Array(words.buffer);
  for (const [place, field] of windowFields.entries())
    (floats.has(field) ? reals : words)[place] = record[field] ?? 0;
  return words;
}

/** Stages the records of samples: the same words, and over them addresses of their own. Returns where that of sample s is. */
export function stageWindows(
  { memory, executor }: { readonly memory: Memory; readonly executor: Pick<Executor, 'stage'> },
  samples: number,
  words: Uint32Array,
  ownOf: (s: number) => Partial<WindowRecord>,
): (s: number) => number {
  const at = executor.stage(samples * words.byteLength);
  const records = memory.u32(at, samples * words.length);
  for (let s = 0; s < samples; s++) {
    const own = ownOf(s);
    records.set(words, s * words.length);
    for (let k = 0; k < ownFields.length; k++) {
      const address = own[ownFields[k].field];
      if (address !== undefined) records[s * words.length + ownFields[k].place] = address;
    }
  }
  return (s) => at + s * words.byteLength;
}

/** The fields of a layer's neurons. */
export function neuronOf(
  layer: Layer,
  variant: Variant,
): Pick<WindowRecord, 'spikes' | 'Vth' | 'spent' | 'leak' | 'mode'> {
  const mode =
    (variant.reset === 'nextStep' ? modes.resetNext : 0) |
    (layer.λ !== 1 ? modes.leaks : 0) |
    (variant.leak === 'sumThenDifference' ? modes.leakSum : 0) |
    (variant.maxPoolFlow === 'accumulated' ? modes.accumulated : 0) |
    (subtracts(variant) ? modes.subtracts : 0) |
    (variant.reset === 'leakThenSubtract' ? modes.subtractsLast : 0);
  // A leaky output layer consists of neurons that never fire.
  const leaks = layer.isOutput && variant.output === 'leaks';
  const spikes = layer.spikes || leaks;
  const Vth = leaks ? Infinity : variant.fires === 'atThreshold' ? belowOf(layer.Vth) : layer.Vth;
  return { spikes: Number(spikes), Vth, spent: layer.Vth, leak: layer.λ, mode };
}

/** Whether a layer is a pool of IF neurons over 2 × 2 spikes whose potentials are quarters below 4. */
export function countsInQuarters({ layers, variant, T }: Network, n: number): boolean {
  const { window, λ, Vth } = layers[n - 1];
  const before = layers[n - 2];
  if (divisorOf(layers[n - 1]) !== 4 || !before || window.size !== 2 || λ !== 1) return false;
  if (subtracts(variant)) return false;
  // The flows of the layer before count its spikes, unless it is a pool that shows accumulated ones.
  if (before.kind.silent && variant.maxPoolFlow === 'accumulated') return false;
  return Vth < 3 && T < 2 ** 21;
}
