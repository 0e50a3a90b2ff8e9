/** The spread of results that differ only in their seeds. */

/** 97.5 % quantiles of Student's t, by degrees of freedom from 1. */
const quantiles = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179];

export interface Spread {
  /** Standard deviation, pooled over the groups. */
  readonly deviation: number;
  readonly freedom: number;
}

export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The common spread of groups whose means may differ; undefined if each group has fewer than two results. */
export function spreadOf(groups: readonly (readonly number[])[]): Spread | undefined {
  const some = groups.filter(({ length }) => length > 1);
  const freedom = some.reduce((sum, { length }) => sum + length - 1, 0);
  if (freedom === 0) return undefined;
  const squares = some.flatMap((group) => {
    const mean = meanOf(group);
    return group.map((value) => (value - mean) ** 2);
  });
  return { deviation: Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / freedom), freedom };
}

/** If only seeds differ, the means of n and m results differ by at most this number in 95 % of cases. */
export function bandOf({ deviation, freedom }: Spread, n: number, m: number): number {
  const t = quantiles[Math.min(freedom, quantiles.length) - 1];
  return t * deviation * Math.sqrt(1 / n + 1 / m);
}
