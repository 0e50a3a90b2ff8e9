/**
 * Randomness by counter: a random number is a function of its purpose, never of earlier draws.
 *
 * word = f(seed, stream, epoch, sample, t, index). Threads, machines and resumed runs therefore agree, and any number can
 * be recomputed alone. The generator is Threefry-2x32 with 20 rounds (Salmon et al. 2011, Random123). No `Math.log`,
 * `exp`, `sin` or `pow` enters a number, because the last bits of their results differ between engines.
 *
 * | stream    | key                     | counter                            | word               |
 * |-----------|-------------------------|------------------------------------|--------------------|
 * | `weights` | seed, 0·2²⁴             | layer, ⌊k/2⌋ of weight k           | k mod 2            |
 * | `train`   | seed, 1·2²⁴ + epoch     | sample, ⌊t/2⌋·2¹⁷ + index          | t mod 2            |
 * | `test`    | seed, 2·2²⁴ + epoch     | sample, ⌊t/2⌋·2¹⁷ + index          | t mod 2            |
 * | `shuffle` | seed, 3·2²⁴ + epoch     | 0, ⌊n/2⌋ of draw n                 | n mod 2            |
 * | `augment` | seed, 4·2²⁴ + epoch     | sample, ⌊n/2⌋ of draw n            | n mod 2            |
 * | `split`   | seed, 5·2²⁴ + class     | 0, ⌊n/2⌋ of draw n                 | n mod 2            |
 *
 * Ranges: seed 0 … 2³²−1, epoch 0 … 2²⁴−1, sample 0 … 2³²−1, t 0 … 65535 (here t counts from 0), index
 * 0 … 2¹⁷−1 in raster order (row, column, channel), layer 1 … N.
 */

/** Streams of random numbers: the upper 8 bits of the key's second word. */
export const streams = { weights: 0, train: 1, test: 2, shuffle: 3, augment: 4, split: 5 } as const;
export type Stream = keyof typeof streams;

/** Largest value of each field, inclusive; T is the largest number of steps in a window. */
export const ranges = {
  seed: 2 ** 32 - 1,
  epoch: 2 ** 24 - 1,
  sample: 2 ** 32 - 1,
  T: 65535,
  index: 2 ** 17 - 1,
};

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

/** The arguments that determine the random numbers of one sample in one epoch. */
export interface Draw {
  /** 0 … 2³² − 1. */
  seed: number;
  /** The purpose of the random numbers. */
  stream: Stream;
  /** The epoch, from 0. */
  epoch: number;
  /** Index of the sample in its data set, not in the batch. */
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
 * Returns draw number n as a whole number below m: ⌊word·m / 2³²⌋, with a word of the stream `augment`. The code that
 * augments a data set defines the use of each draw.
 */
export function augmentDraw({ seed, epoch, sample }: Omit<Draw, 'stream'>, n: number, m: number): number {
  return below(m, threefry(seed, keyOf('augment', epoch), sample, Math.floor(n / 2))[n % 2]);
}

/**
 * A random order of 0 … n−1 (Fisher and Yates, from the end), for one epoch or, with the stream `split`, for one class. A
 * draw below m is ⌊word·m / 2³²⌋.
 */
export function shuffled(
  n: number,
  seed: number,
  epoch: number,
  stream: 'shuffle' | 'split' = 'shuffle',
): Uint32Array {
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1, draw = 0; i > 0; i--, draw++) {
    const j = below(i + 1, threefry(seed, keyOf(stream, epoch), 0, Math.floor(draw / 2))[draw % 2]);
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

/** A whole number 0 … m−1 from a random word. */
function below(m: number, word: number): number {
  return Math.floor((word * m) / 2 ** 32);
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
 * The quantile of the standard normal distribution for a probability p, 0 < p < 1. Rational approximations of Wichura (1988),
 * algorithm AS 241 (PPND16), relative error about 1e-16.
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

/** The value of a polynomial at x; coefficients in ascending powers. */
function polynomial(coefficients: readonly number[], x: number): number {
  let value = 0;
  for (let n = coefficients.length - 1; n >= 0; n--) value = value * x + coefficients[n];
  return value;
}

const centre = {
  over: [
    3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946, 45921.95393154987,
    67265.7709270087, 33430.57558358813, 2509.0809287301227,
  ],
  under: [
    1, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597, 39307.89580009271,
    28729.085735721943, 5226.495278852854,
  ],
};
const middle = {
  over: [
    1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045, 1.2704582524523684,
    0.2417807251774506, 0.022723844989269184, 0.0007745450142783414,
  ],
  under: [
    1, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008, 0.015198666563616457,
    0.0005475938084995345, 1.0507500716444169e-9,
  ],
};
const tail = {
  over: [
    6.657904643501103, 5.463784911164114, 1.7848265399172913, 0.29656057182850487, 0.026532189526576124,
    0.0012426609473880784, 2.7115555687434876e-5, 2.0103343992922881e-7,
  ],
  under: [
    1, 0.599832206555888, 0.1369298809227358, 0.014875361290850615, 0.0007868691311456133,
    1.8463183175100548e-5, 1.421511758316446e-7, 2.0442631033899397e-15,
  ],
};
