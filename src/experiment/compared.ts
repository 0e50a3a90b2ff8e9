/** The spread of accuracies, and sentences about them for reports. Sentences are computed, so they are true for any result. */
import { percent } from '../printable.ts';
import type { Trained } from './experiment.ts';

interface Measured {
  readonly name: string;
  readonly accuracy: number;
  /** Number of test samples. */
  readonly samples: number;
}

/** Two standard errors of the difference of two accuracies, for independent samples. */
function marginOf(...both: readonly [Measured, Measured]): number {
  const errors = both.map(({ accuracy, samples }) => Math.sqrt((accuracy * (1 - accuracy)) / samples));
  return 2 * Math.hypot(...errors);
}

/** Compares two accuracies: 1 if the first is greater, −1 if it is smaller, 0 if the samples are too few to decide. */
export function directionOf(a: Measured, b: Measured): number {
  const difference = a.accuracy - b.accuracy;
  return Math.abs(difference) > marginOf(a, b) ? Math.sign(difference) : 0;
}

/** `A, 36.00 %, is 2.00 points above B, 34.00 %: within two standard errors, 4.25 points`. */
export function compared(a: Measured, b: Measured): string {
  const difference = a.accuracy - b.accuracy;
  const [first, second] = [a, b].map(({ name, accuracy }) => `${name}, ${percent(accuracy)}`);
  if (difference === 0) return `${first}, is equal to ${second}`;
  const side = `${(100 * Math.abs(difference)).toFixed(2)} points ${difference > 0 ? 'above' : 'below'}`;
  const within = directionOf(a, b) === 0 ? 'within' : 'more than';
  return `${first}, is ${side} ${second}: ${within} two standard errors, ${(100 * marginOf(a, b)).toFixed(2)} points`;
}

/** {@link compared}, then the paper's statement, and whether our difference has the sign that the paper states. */
export function comparedWith(paper: string, sign: number, a: Measured, b: Measured): string {
  const direction = directionOf(a, b);
  const verdict =
    direction === 0
      ? 'this run cannot tell'
      : direction === sign
        ? 'here it has the same sign'
        : 'here it has the opposite sign, which contradicts the paper at this size';
  return `${compared(a, b)}. ${paper}: ${verdict}`;
}

/** A sentence about the layer with the lowest spike rate in the last epoch of any run, or about silent layers. */
export function quietest(runs: readonly { readonly name: string; readonly trained: Trained }[]): string {
  const rates = runs.flatMap(({ name, trained: { epochs } }) =>
    Object.entries(epochs[epochs.length - 1].spikeRates).map(([layer, rate]) => ({ name, layer, rate })),
  );
  const least = rates.reduce((so, one) => (one.rate < so.rate ? one : so));
  const where = `layer ${least.layer.replace(/ (.*)/, ' ($1)')} of ${least.name}`;
  const silent = rates.filter(({ rate }) => rate === 0).length;
  if (silent === 0) {
    const rate = Number((100 * least.rate).toPrecision(2));
    return `No layer is silent in the last epoch; ${where} fires least, in ${rate} % of neurons and steps.`;
  }
  const more = silent > 1 ? `, and ${silent - 1} more` : '';
  return `Silent in the last epoch: ${where}${more}. Nothing is learnt through a silent layer.`;
}

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
