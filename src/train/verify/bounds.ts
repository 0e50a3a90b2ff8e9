/**
 * The bounds of a GPU's rounding. WGSL allows either neighbour for + − ×, which is one whole unit in the last place; a
 * quotient is within 2.5 units, a root, taken through its inverse, within 5; sums may be fused and reordered; a result
 * below 2⁻¹²⁶ may be flushed. wasm, which rounds to the nearest, lies within the same radius: the distance between the two
 * is at most two radii.
 */
export const unit = 2 ** -23;
export const division = 3 * unit;
export const root = 5 * unit;
export const tiny = 2 ** -126;

/** The largest error of n successive roundings, relative to the sum of the terms' magnitudes. */
export function gamma(n: number): number {
  return n * unit < 1 ? (n * unit) / (1 - n * unit) : Infinity;
}

/** A difference in units of its bound: 0 if equal, above 1 if rounding does not explain it. */
export function unitsOf(a: number, b: number, bound: number): number {
  if (Object.is(a, b) || a === b) return 0;
  const units = Math.abs(a - b) / bound;
  return units >= 0 ? units : Infinity;
}

/** The largest difference between two lists, in units of its bound; bounds are computed only where the lists differ. */
export function largestOf(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  boundOf: (place: number) => number,
): number {
  let largest = 0;
  for (let k = 0; k < b.length; k++)
    if (a[k] !== b[k]) largest = Math.max(largest, unitsOf(a[k], b[k], boundOf(k)));
  return largest;
}
