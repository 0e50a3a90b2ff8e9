/** Computations of a few stages whose arrays have no samples, and the slots of these arrays. */
import type { Computation } from '../../src/engine/run.ts';
import type { Stage } from '../../src/engine/stage.ts';
import type { Slot } from '../../src/oracle/judge.ts';

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
