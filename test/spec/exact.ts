/** Exact arithmetic over fractions of whole numbers, to judge the roundings of binary32. */
import fc from 'fast-check';

/** The number n/d, d > 0. */
export interface Fraction {
  readonly n: bigint;
  readonly d: bigint;
}

/** The exact value of a finite number. */
export function fractionOf(value: number): Fraction {
  let [m, e] = [value, 0n];
  while (!Number.isInteger(m)) [m, e] = [m * 2, e + 1n];
  return { n: BigInt(m), d: 1n << e };
}

export function add(a: Fraction, b: Fraction): Fraction {
  return { n: a.n * b.d + b.n * a.d, d: a.d * b.d };
}

export function multiply(a: Fraction, b: Fraction): Fraction {
  return { n: a.n * b.n, d: a.d * b.d };
}

export function divide(a: Fraction, b: Fraction): Fraction {
  const sign = b.n < 0n ? -1n : 1n;
  return { n: sign * a.n * b.d, d: sign * a.d * b.n };
}

/** The binary32 number nearest to a fraction, of two the one whose last bit is 0. A zero has no sign here. */
export function nearest({ n, d }: Fraction): number {
  if (n < 0n) return -nearest({ n: -n, d });
  if (n === 0n) return 0;
  // n/d = q·2ᵉ with 2²³ ≤ q < 2²⁴, or e = −149, where the subnormal numbers are.
  let e = Math.max(bitsOf(n) - bitsOf(d) - 24, -149);
  if (scaled(n, d, e).q >= 1n << 24n) e++;
  const { q, rest, unit } = scaled(n, d, e);
  const up = 2n * rest > unit || (2n * rest === unit && q % 2n === 1n);
  const value = Number(up ? q + 1n : q) * 2 ** e;
  return value < 2 ** 128 ? value : Infinity;
}

/** True where `root` ≥ 0 is the binary32 number nearest to √x: √x lies between the middles to its neighbours. */
export function isNearestRoot(root: number, x: number): boolean {
  if (x === 0) return root === 0;
  const [word, view] = [new Uint32Array(1), new Float32Array(1)];
  const neighbour = (by: number): number => {
    view[0] = root;
    word.set(new Uint32Array(view.buffer));
    return new Float32Array(Uint32Array.of(word[0] + by).buffer)[0];
  };
  const below = fractionOf((root + neighbour(-1)) / 2);
  const above = fractionOf((root + neighbour(1)) / 2);
  const [low, exact, high] = [multiply(below, below), fractionOf(x), multiply(above, above)];
  return low.n * exact.d < exact.n * low.d && exact.n * high.d < high.n * exact.d;
}

function bitsOf(n: bigint): number {
  return n.toString(2).length;
}

function scaled(n: bigint, d: bigint, e: number): { q: bigint; rest: bigint; unit: bigint } {
  const over = e < 0 ? n << BigInt(-e) : n;
  const unit = e < 0 ? d : d << BigInt(e);
  return { q: over / unit, rest: over % unit, unit };
}

/** Any finite binary32 number by its bits: as many subnormal and huge ones as there are exponents. */
export const anyBits = fc
  .integer({ min: 0, max: 2 ** 32 - 1 })
  .map((word) => new Float32Array(Uint32Array.of(word).buffer)[0])
  .filter(Number.isFinite);

/** Subnormal numbers, and the smallest normal ones. */
export const tiny = fc.integer({ min: -(2 ** 24), max: 2 ** 24 }).map((n) => n * 2 ** -149);

/** Numbers that meet in a sum: few exponents, ties, −0. */
export const near = fc.oneof(
  fc.float({ min: -4, max: 4, noNaN: true }),
  fc.constantFrom(-0, 0, 1, -1, 2 ** -24, 3 * 2 ** -24, 1 + 2 ** -23, 1 + 2 ** -12, -1 - 2 ** -11),
  tiny,
);
