/** The findings of `--verify` on a batch: the differences between two backends, the largest in units of their bounds. */
export interface Verified {
  readonly samples: number;
  /** The number of spikes of the other backend. */
  readonly spikes: number;
  /** The number of neurons with different trains. */
  readonly flipped: number;
  /** The number of those whose first difference lies outside its bound. */
  readonly outside: number;
  /** The largest difference of FI. */
  readonly FI: number;
  /** The largest difference of the sums of Eq. (12) and of the losses; Infinity if a count differs. */
  readonly report: number;
  /** The largest difference of dw. */
  readonly gradient: number;
  /** The largest difference of Adam's moments. */
  readonly moments: number;
  /** The largest difference of the weights after the update. */
  readonly weights: number;
}

/** Whether something differs by more than its bound. */
export function isBroken({ outside, FI, report, gradient, moments, weights }: Verified): boolean {
  return outside > 0 || Math.max(FI, report, gradient, moments, weights) > 1;
}
