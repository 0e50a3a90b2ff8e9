/** The record `Window` of `assembly/window.ts`: the same fields in the same order, 4 bytes each. */
import type { Memory } from './memory.ts';

export const windowFields = [
  'steps',
  'starts',
  'indices',
  'values',
  'inBits',
  'inRow',
  'events',
  'height',
  'width',
  'channels',
  'rows',
  'columns',
  'outputs',
  'size',
  'stride',
  'padding',
  'weights',
  'reachStarts',
  'reach',
  'x',
  'u',
  'FI',
  'FO',
  'touched',
  'outBits',
  'outRow',
  'spikes',
  'Vth',
  'leak',
  'mode',
  'trace',
] as const;

export type WindowRecord = Record<(typeof windowFields)[number], number>;

/** Fields that are binary32; the others are whole numbers. */
const floats: ReadonlySet<string> = new Set(['Vth', 'leak']);

/** Bits of `mode`, as in `assembly/neuron.ts`. */
export const modes = { firesAbove: 1, resetNext: 2, leaks: 4, leakSum: 8 } as const;

/** Writes the record at an address. */
export function writeWindow(memory: Memory, at: number, record: WindowRecord): void {
  const words = memory.u32(at, windowFields.length);
  const reals = memory.f32(at, windowFields.length);
  for (const [place, field] of windowFields.entries()) {
    if (floats.has(field)) reals[place] = record[field];
    else words[place] = record[field];
  }
}
