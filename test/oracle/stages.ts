/** Computations of a few stages, whose arrays have no samples. */
import type { Computation } from '../../src/engine/run.ts';
import type { Stage } from '../../src/engine/stage.ts';

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
