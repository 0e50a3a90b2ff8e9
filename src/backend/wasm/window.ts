/** The record `Run` of `assembly/window.ts`, 4 bytes per field. */
import {
  ACCUMULATED,
  LEAK_SUM,
  LEAKS,
  realFields,
  RESET_NEXT,
  SUBTRACTS,
  SUBTRACTS_LAST,
  windowFields,
} from '#kernels';
import { divisorOf, type Layer, type Network } from '../../../spec/network.ts';
import { subtracts } from '../../../spec/neuron.ts';
import type { Variant } from '../../../spec/variant.ts';
import { keysOf } from '../../keysOf.ts';
import type { Argument, Executor, Growing } from './executor.ts';
import type { Geometry } from './kinds.ts';
import type { Memory } from './memory.ts';

export type RunFields = Record<(typeof windowFields)[number], number>;

/** Fields that each call sets, and fields of the masks and the scratch, which only some layers have. */
type SomeFields =
  | ('steps' | 'carried' | 'starts' | 'indices' | 'values' | 'inBits' | 'map')
  | ('u' | 'FI' | 'FO' | 'FOBefore' | 'outBits' | 'potentials')
  | ('maskWeights' | 'headCells' | 'prefix' | 'reach' | 'ranks' | 'events' | 'eventValues' | 'lists')
  | ('listValues' | 'bounds' | 'active' | 'mapRows' | 'masks');

/** The fields of a layer's record. The types list a new field that is not set here. */
export type LayerFields = Omit<RunFields, SomeFields> & Partial<Pick<RunFields, SomeFields>>;

/** Fields that are binary32; the others are whole numbers. */
const reals: ReadonlySet<string> = new Set(realFields);

/** The greatest binary32 number below `value` > 0. To decide u ≥ Vth, the kernels test u > belowOf(Vth). */
function belowOf(value: number): number {
  const bits = new Uint32Array(Float32Array.of(value).buffer);
  bits[0]--;
  return new Float32Array(bits.buffer)[0];
}

/** The words of a record; missing fields are 0. */
export function runWords(record: Partial<RunFields>): Uint32Array {
  const words = new Uint32Array(windowFields.length);
  const numbers = new Float32Array(words.buffer);
  for (const [index, field] of windowFields.entries())
    (reals.has(field) ? numbers : words)[index] = record[field] ?? 0;
  return words;
}

/** Stages one record per sample, and returns the addresses. Each record is `words`, with `fields` replaced. */
export function stageRuns(
  { memory, executor }: { readonly memory: Memory; readonly executor: Pick<Executor, 'stage'> },
  samples: number,
  words: Uint32Array,
  fields: Partial<Record<keyof RunFields, Argument>>,
): Growing {
  const at = executor.stage(samples * words.byteLength);
  const records = memory.u32(at, samples * words.length);
  for (let s = 0; s < samples; s++) records.set(words, s * words.length);
  for (const field of keysOf(fields)) {
    const value = fields[field]!; // a key of the record
    const { first, by } = typeof value === 'number' ? { first: value, by: 0 } : value;
    const index = windowFields.indexOf(field);
    for (let s = 0; s < samples; s++) records[s * words.length + index] = first + s * by;
  }
  return { first: at, by: words.byteLength };
}

/** The fields of a layer's neurons. */
export function neuronOf(layer: Layer, variant: Variant) {
  const mode =
    (variant.reset === 'nextStep' ? RESET_NEXT : 0) |
    (layer.λ !== 1 ? LEAKS : 0) |
    (variant.leak === 'sumThenDifference' ? LEAK_SUM : 0) |
    (variant.maxPoolFlow === 'accumulated' ? ACCUMULATED : 0) |
    (subtracts(variant) ? SUBTRACTS : 0) |
    (variant.reset === 'leakThenSubtract' ? SUBTRACTS_LAST : 0);
  // A leaky output layer consists of neurons that never fire.
  const leaks = layer.isOutput && variant.output === 'leaks';
  const spikes = layer.spikes || leaks;
  const Vth = leaks ? Infinity : variant.fires === 'atThreshold' ? belowOf(layer.Vth) : layer.Vth;
  return { spikes: Number(spikes), Vth, spent: layer.Vth, leak: layer.λ, mode };
}

/**
 * A linear layer adds whole rows of its weights if they exceed a core's second-level cache and the rows are long. From 512
 * outputs on, adding rows takes 0.7 to 1.1 times the time of tiles: the fewer the events, the less.
 */
const forRows = { cells: 2 ** 18, outputs: 512 };

/** Whether a layer adds whole rows of its weights (`assembly/rows.ts`). */
export function addsRows({ layer, weights, to }: Geometry): boolean {
  if (layer.kind.name !== 'linear' || !weights) return false;
  return weights.cells > forRows.cells && to.channels >= forRows.outputs;
}

/** Whether a layer is a pool over 2 × 2 spikes, and the potentials of its IF neurons are multiples of 1/4 below 4. */
export function countsInQuarters({ layers, variant, T }: Network, n: number): boolean {
  const { window, λ, Vth } = layers[n - 1];
  const before = layers[n - 2];
  if (divisorOf(layers[n - 1]) !== 4 || !before || window.size !== 2 || λ !== 1) return false;
  if (subtracts(variant)) return false;
  // FO of the layer before must count its spikes. It does not for a maximum pool with accumulated flows.
  if (before.kind.silent && variant.maxPoolFlow === 'accumulated') return false;
  return Vth < 3 && T < 2 ** 21;
}
