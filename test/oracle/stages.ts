/** Computations of a few stages whose arrays have no samples, the slots of these arrays, and arrays with other numbers than the expected ones. */
import type { Computation } from '../../src/engine/run.ts';
import type { Stage } from '../../src/engine/stage.ts';
import type { Slot } from '../../src/oracle/judge.ts';
import { describeArray } from '../../src/oracle/relations/relations.ts';
import type { Unexplained } from '../../src/oracle/relations/search.ts';
import { stream } from '../support.ts';

export function slotOf(key: string, axes: string, shape: readonly number[], isSpikes = false): Slot {
  return { key, n: 1, shape, axes: axes.split(' '), equation: '', isSpikes };
}

export function computationOf(stages: readonly Stage[], T = 1): Computation {
  const computation: Computation = {
    B: 1,
    T,
    atOnce: 1,
    stages,
    axesOf: () => '',
    ofSamples: () => computation,
  };
  return computation;
}

export type Numbers = Float64Array;
export type Change = (v: Numbers, i: number) => number;

/** Drawn numbers in binary32, or spikes. */
export function draw({ shape, isSpikes }: Slot, seed: number): Numbers {
  const next = stream(seed);
  const one = (): number => (isSpikes ? Number(next() < 0.3) : Math.fround(next() * 4 - 2));
  return Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, one);
}

/** An array in place of `v`. `change` computes number i of the array from the expected numbers. */
export function subjectOf(
  slot: Slot,
  v: Numbers,
  change: Change,
  more: Partial<Unexplained> = {},
): Unexplained {
  return {
    slot,
    expected: { v, r: slot.isSpikes ? undefined : v.map((each) => 2 ** -22 * Math.abs(each)) },
    got: v.map((_, i) => change(v, i)),
    inputs: [],
    others: [],
    constants: [
      ['T', 20],
      ['Vth', 0.75],
    ],
    ...more,
  };
}

/** The description of such an array. */
export const said = (
  slot: Slot,
  change: Change,
  v = draw(slot, 1),
  more: Partial<Unexplained> = {},
): string => describeArray(subjectOf(slot, v, change, more));
