/** A second implementation of the surrogates of `spec/surrogate.ts`, in binary64, to test them. */
import type { SurrogateName } from '../../spec/surrogate.ts';

/** Functions of z = (u − Vth)/width: f′ times the width, and the |z| at which f′ jumps or has an edge. */
interface Again {
  slope(z: number): number;
  readonly kinks: readonly number[];
}

export const surrogatesAgain: Readonly<Record<SurrogateName, Again>> = {
  rectangle: {
    slope: (z) => (Math.abs(z) < 0.5 ? 1 : 0),
    kinks: [0.5],
  },
  fastSigmoid: {
    slope: (z) => 1 / (2 * (1 + Math.abs(z)) ** 2),
    kinks: [0],
  },
};

/** The distance of u from the nearest jump or edge of f′. */
export function distanceToKink(name: SurrogateName, distance: number, width: number): number {
  return Math.min(...surrogatesAgain[name].kinks.map((z) => Math.abs(Math.abs(distance) - z * width)));
}
