/** Helpers for tests: bits, seeds, and the number of runs of a property test. */

/** The bits of binary32 numbers, for comparison. */
export function bits(values: ArrayLike<number>): Uint32Array {
  return new Uint32Array(Float32Array.from(values).buffer);
}

/** Two lists of binary32 numbers must have the same bits. The error names the first difference. */
export function expectBits(actual: ArrayLike<number>, expected: ArrayLike<number>, what: string): void {
  if (actual.length !== expected.length)
    throw new Error(`${what}: ${expected.length} numbers expected, got ${actual.length}`);
  const [a, e] = [bits(actual), bits(expected)];
  for (let i = 0; i < a.length; i++) {
    if (a[i] !== e[i]) throw new Error(`${what}: place ${i} is ${actual[i]}, expected ${expected[i]}`);
  }
}

/** The seed of a property test: `SEED`, or a new one. fast-check prints it with a failure. */
export function seedOf(): number {
  return process.env['SEED'] === undefined ? Date.now() & 0x7fffffff : Number(process.env['SEED']);
}

/**
 * The number of draws of a property test, or of other repeated trials: `runs` if `RUNS=all`, as in `.ci/run`; a quarter without
 * `RUNS`; otherwise the number in `RUNS`.
 */
export function runsOf(runs: number): number {
  const { RUNS } = process.env;
  if (RUNS === undefined) return Math.ceil(runs / 4);
  return RUNS === 'all' ? runs : Number(RUNS);
}

/** Options of fast-check for a property test with `runs` draws. */
export const drawing = (runs: number): { numRuns: number; seed: number } => ({
  numRuns: runsOf(runs),
  seed: seedOf(),
});

/** Random numbers 0 ≤ r < 1 from a seed (mulberry32). */
export function stream(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let z = Math.imul(state ^ (state >>> 15), state | 1);
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Random numbers 0 ≤ r < 1 from a seed, by a linear congruence. Only their upper bits are good. */
export function congruence(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Permutes the dimensions of an array: dimension k of the result is dimension order[k]. */
export function permuted(shape: readonly number[], data: readonly number[], order: readonly number[]) {
  const strides = shape.map((_, d) => shape.slice(d + 1).reduce((a, b) => a * b, 1));
  const of = order.map((d) => shape[d]);
  const out = Float64Array.from(data, (_, i) => {
    let [rest, from] = [i, 0];
    for (let d = of.length - 1; d >= 0; d--) {
      from += (rest % of[d]) * strides[order[d]];
      rest = Math.floor(rest / of[d]);
    }
    return data[from];
  });
  return { shape: of, data: out };
}

/** A copy with one flipped bit. */
export function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = new Uint8Array(bytes);
  copy[bit >> 3] ^= 1 << (bit & 7);
  return copy;
}

/** Indices of bits: all in the first 64 bytes, and `runs` (see `runsOf`) spread over the whole. */
export function bitsOf(bytes: Uint8Array, runs: number): number[] {
  const [all, count] = [8 * bytes.length, runsOf(runs)];
  const spread = Array.from({ length: count }, (_, k) => Math.floor(((k + 0.5) * all) / count));
  return [...Array.from({ length: 512 }, (_, k) => k), ...spread];
}

/** Whether the whole suite runs. */
export const isWhole = process.env['RUNS'] === 'all';
