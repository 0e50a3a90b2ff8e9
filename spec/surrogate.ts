/**
 * Surrogates: functions that replace f of Eq. (2) where it is differentiated. They use only + − × ÷, so their bits are the same
 * everywhere; each operation rounds once.
 */
import { real, type Precision } from './arithmetic.ts';

/** A surrogate. `distance` is u − Vth; `width` is a difference of potentials too. */
export interface Surrogate {
  /** The smooth f(u) around the threshold, from 0 to 1, in binary64. Networks do not use it. */
  smooth(distance: number, width: number): number;
  /** f′(u). Constants computed from the width are rounded once. */
  derivative(distance: number, width: number, precision?: Precision): number;
}

/** The name of a surrogate. */
export type SurrogateName = 'rectangle' | 'fastSigmoid';

export const surrogates = {
  /** The rectangle of Wu et al. 2018: 1/width within width/2 of the threshold; its f is a ramp. */
  rectangle: {
    smooth: (distance, width) => Math.min(1, Math.max(0, distance / width + 0.5)),
    derivative: (distance, width, { round } = real) =>
      Math.abs(distance) < round(width / 2) ? round(1 / width) : 0,
  },
  /** The fast sigmoid: f = ½(1 + z/(1 + |z|)) with z = distance/width, f′ = 1/(2·width) ÷ (1 + |z|)². */
  fastSigmoid: {
    smooth: (distance, width) => 0.5 * (1 + distance / width / (1 + Math.abs(distance / width))),
    derivative: (distance, width, { round } = real) => {
      const z = round(Math.abs(distance) / round(width));
      const root = round(1 + z);
      return round(round(0.5 / width) / round(root * root));
    },
  },
} as const satisfies Record<SurrogateName, Surrogate>;
