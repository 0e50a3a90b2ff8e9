/** Losses for training by surrogate gradients. They are functions of z, (T,B,C): the spikes or potentials of the last layer. */

/** The readout of the window, and its comparison with the label. */
export interface LossForm {
  /** Σ_t z; the mean of z over the steps; every z^t; the greatest z^t; −t of the first step t with a spike; or the last z^t. */
  readonly readout: 'sum' | 'mean' | 'each' | 'max' | 'first' | 'last';
  /** Softmax cross entropy, or the squared distance from a target. */
  readonly compares: 'crossEntropy' | 'squares';
  /**
   * The loss sums over the samples and the steps that are read. `squares` also sums over the classes. The loss divides by
   * the number of samples, and by the number of steps or classes if `over` names them.
   */
  readonly over: readonly ('steps' | 'classes')[];
}

/** The losses, by their names in a file. Each is a mean over the samples. */
export const losses = {
  ce_sum: { readout: 'sum', compares: 'crossEntropy', over: [] },
  ce_mean: { readout: 'mean', compares: 'crossEntropy', over: [] },
  ce_rate: { readout: 'each', compares: 'crossEntropy', over: ['steps'] },
  ce_each: { readout: 'each', compares: 'crossEntropy', over: ['steps'] },
  ce_steps: { readout: 'each', compares: 'crossEntropy', over: [] },
  ce_max: { readout: 'max', compares: 'crossEntropy', over: [] },
  ce_first: { readout: 'first', compares: 'crossEntropy', over: [] },
  ce_last: { readout: 'last', compares: 'crossEntropy', over: [] },
  mse_last: { readout: 'last', compares: 'squares', over: ['classes'] },
  mse_mean: { readout: 'mean', compares: 'squares', over: ['classes'] },
  mse_count: { readout: 'sum', compares: 'squares', over: ['classes', 'steps'] },
  mse_each: { readout: 'each', compares: 'squares', over: ['classes', 'steps'] },
} as const satisfies Readonly<Record<string, LossForm>>;

export type LossName = keyof typeof losses;

/** 1 over the number by which the sum of a loss is divided. */
export function scaleOf({ over }: LossForm, T: number, B: number, C: number): number {
  return over.reduce((scale, of) => scale / (of === 'steps' ? T : C), 1 / B);
}

/** The factor of z^t in the readout: 1/T for the mean, else 1. */
export const shareOf = ({ readout }: LossForm, T: number): number => (readout === 'mean' ? 1 / T : 1);

/** For each sample and class: −t for the first step t with a spike, or 1 − T without a spike. */
export function computeFirst(z: ArrayLike<number>, T: number): Float64Array {
  const map = z.length / T;
  const first = new Float64Array(map).fill(1 - T);
  for (let i = 0; i < map; i++) for (let t = T - 1; t >= 0; t--) if (z[t * map + i] !== 0) first[i] = -t;
  return first;
}
