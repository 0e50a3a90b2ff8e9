/**
 * Randomness by counter: a random number is a function of what it is for, never of what was drawn before.
 *
 * word = f(seed, stream, epoch, sample, t, index). Threads, machines and resumed runs therefore agree, and any
 * number can be made again alone. The generator is Threefry-2x32 with 20 rounds (Salmon et al. 2011,
 * Random123). No `Math.log`, `exp`, `sin` or `pow` enters a number: engines differ in their last bits.
 *
 * | stream    | key                     | counter                            | word               |
 * |-----------|-------------------------|------------------------------------|--------------------|
 * | `weights` | seed, 0·2²⁴             | layer, ⌊k/2⌋ of weight k           | k mod 2            |
 * | `train`   | seed, 1·2²⁴ + epoch     | sample, ⌊t/2⌋·2¹⁷ + index          | t mod 2            |
 * | `test`    | seed, 2·2²⁴ + epoch     | sample, ⌊t/2⌋·2¹⁷ + index          | t mod 2            |
 * | `shuffle` | seed, 3·2²⁴ + epoch     | 0, ⌊n/2⌋ of draw n                 | n mod 2            |
 *
 * Ranges: seed 0 … 2³²−1, epoch 0 … 2²⁴−1, sample 0 … 2³²−1, t 0 … 65535 (here t counts from 0), index
 * 0 … 2¹⁷−1 in raster order (row, column, channel), layer 1 … N.
 */

/** Streams of random numbers: the upper 8 bits of the key's second word. */
export const streams = { weights: 0, train: 1, test: 2, shuffle: 3 } as const;
export type Stream = keyof typeof streams;

/** Largest value of each counter field, inclusive. */
export const ranges = { seed: 2 ** 32 - 1, epoch: 2 ** 24 - 1, sample: 2 ** 32 - 1, T: 65535, index: 2 ** 17 - 1 };

const rotations = [13, 15, 26, 6, 17, 29, 16, 24];
const parity = 0x1bd11bda;

/**
 * Threefry-2x32-20: 64 random bits as a function of a 64-bit key and a 64-bit counter.
 *
 * @returns two words, each 0 … 2³²−1
 */
export function threefry(key0: number, key1: number, counter0: number, counter1: number): [number, number] {
  const key = [key0, key1, parity ^ key0 ^ key1];
  let a = (counter0 + key0) | 0;
  let b = (counter1 + key1) | 0;
  for (let round = 0; round < 20; round++) {
    a = (a + b) | 0;
    const r = rotations[round % 8];
    b = ((b << r) | (b >>> (32 - r))) ^ a;
    if (round % 4 === 3) {
      const n = (round + 1) / 4;
      a = (a + key[n % 3]) | 0;
      b = (b + key[(n + 1) % 3] + n) | 0;
    }
  }
  return [a >>> 0, b >>> 0];
}

/** Where the random numbers of one presentation of one sample come from. */
export interface Draw {
  seed: number;
  stream: Stream;
  epoch: number;
  /** The sample's place in its data set, not in the batch. */
  sample: number;
}

/** The second word of the key. */
export function keyOf(stream: Stream, epoch: number): number {
  return streams[stream] * 2 ** 24 + epoch;
}

/** The random word of input `index` (raster order) at step `t` (from 0). */
export function inputWord({ seed, stream, epoch, sample }: Draw, t: number, index: number): number {
  return threefry(seed, keyOf(stream, epoch), sample, Math.floor(t / 2) * 2 ** 17 + index)[t % 2];
}

/**
 * A random order of 0 … n−1 (Fisher and Yates, from the end), for one epoch.
 * A draw below m is ⌊word·m / 2³²⌋.
 */
export function shuffled(n: number, seed: number, epoch: number): Uint32Array {
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1, draw = 0; i > 0; i--, draw++) {
    const word = threefry(seed, keyOf('shuffle', epoch), 0, Math.floor(draw / 2))[draw % 2];
    const j = Math.floor((word * (i + 1)) / 2 ** 32);
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

/**
 * Algorithm 1, line 1: w ← N(0, 2 / fan-in) (He et al. 2015), computed in binary64.
 *
 * @param count weights of the layer, in the order (out, in, row, column)
 * @param fanIn inputs of one neuron
 */
export function initialWeights(count: number, fanIn: number, seed: number, layer: number): Float64Array {
  const w = new Float64Array(count);
  const deviation = Math.sqrt(2 / fanIn);
  for (let k = 0; k < count; k++) {
    const word = threefry(seed, keyOf('weights', 0), layer, Math.floor(k / 2))[k % 2];
    w[k] = deviation * normalQuantile((word + 0.5) / 2 ** 32);
  }
  return w;
}

/**
 * The value that a standard normal number stays below with probability p, 0 < p < 1.
 * Rational approximations of Wichura (1988), algorithm AS 241 (PPND16), relative error about 1e-16.
 */
export function normalQuantile(p: number): number {
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) {
    const r = 0.180625 - q * q;
    return (q * polynomial(centre.over, r)) / polynomial(centre.under, r);
  }
  const r = Math.sqrt(-logarithm(q < 0 ? p : 1 - p));
  const z =
    r <= 5
      ? polynomial(middle.over, r - 1.6) / polynomial(middle.under, r - 1.6)
      : polynomial(tail.over, r - 5) / polynomial(tail.under, r - 5);
  return q < 0 ? -z : z;
}

/**
 * Natural logarithm of a positive, normal x, from + − × ÷ only, so that every engine gives the same bits.
 * x = m·2ᵉ with √½ ≤ m < √2; log m = 2·artanh((m−1)/(m+1)) by its series.
 */
export function logarithm(x: number): number {
  let exponent = 0;
  let m = x;
  while (m >= Math.SQRT2) [m, exponent] = [m / 2, exponent + 1];
  while (m < Math.SQRT1_2) [m, exponent] = [m * 2, exponent - 1];
  const s = (m - 1) / (m + 1);
  let series = 0;
  for (let n = 23; n >= 1; n -= 2) series = 1 / n + s * s * series;
  return exponent * Math.LN2 + 2 * s * series;
}

/** Coefficients in ascending powers. */
function polynomial(coefficients: readonly number[], x: number): number {
  let value = 0;
  for (let n = coefficients.length - 1; n >= 0; n--) value = value * x + coefficients[n];
  return value;
}

const centre = {
  over: [
    3.387132872796366608, 133.14166789178437745, 1971.5909503065514427, 13731.693765509461125,
    45921.953931549871457, 67265.770927008700853, 33430.575583588128105, 2509.0809287301226727,
  ],
  under: [
    1, 42.313330701600911252, 687.1870074920579083, 5394.1960214247511077, 21213.794301586595867,
    39307.89580009271061, 28729.085735721942674, 5226.495278852854561,
  ],
};
const middle = {
  over: [
    1.42343711074968357734, 4.6303378461565452959, 5.7694972214606914055, 3.64784832476320460504,
    1.27045825245236838258, 0.24178072517745061177, 0.0227238449892691845833, 7.7454501427834140764e-4,
  ],
  under: [
    1, 2.05319162663775882187, 1.6763848301838038494, 0.68976733498510000455, 0.14810397642748007459,
    0.0151986665636164571966, 5.475938084995344946e-4, 1.05075007164441684324e-9,
  ],
};
const tail = {
  over: [
    6.6579046435011037772, 5.4637849111641143699, 1.7848265399172913358, 0.29656057182850489123,
    0.026532189526576123093, 0.0012426609473880784386, 2.71155556874348757815e-5, 2.01033439929228813265e-7,
  ],
  under: [
    1, 0.59983220655588793769, 0.13692988092273580531, 0.0148753612908506148525, 7.868691311456132591e-4,
    1.8463183175100546818e-5, 1.4215117583164458887e-7, 2.04426310338993978564e-15,
  ],
};
