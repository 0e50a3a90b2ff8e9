/** What tests share: bits, seeds, and how often a property is drawn. */

/** The bits of binary32 numbers, for comparison. */
export function bits(values: ArrayLike<number>): Uint32Array {
  return new Uint32Array(Float32Array.from(values).buffer);
}

/** Fails unless two lists of binary32 numbers have the same bits; names the first place where they differ. */
export function expectBits(actual: ArrayLike<number>, expected: ArrayLike<number>, what: string): void {
  if (actual.length !== expected.length)
    throw new Error(`${what}: ${expected.length} numbers expected, got ${actual.length}`);
  const [a, e] = [bits(actual), bits(expected)];
  for (let i = 0; i < a.length; i++) {
    if (a[i] !== e[i]) throw new Error(`${what}: place ${i} is ${actual[i]}, expected ${expected[i]}`);
  }
}

/** The seed of a property: from outside (`SEED`), else new; fast-check prints it with a failure. */
export function seedOf(): number {
  return process.env['SEED'] === undefined ? Date.now() & 0x7fffffff : Number(process.env['SEED']);
}

/**
 * How often a property is drawn, or a danger tried: `runs` times where the whole suite is meant (`RUNS=all`, as `.ci/run` has it),
 * a quarter of it where somebody waits, or as often as `RUNS` says.
 */
export function runsOf(runs: number): number {
  const { RUNS } = process.env;
  if (RUNS === undefined) return Math.ceil(runs / 4);
  return RUNS === 'all' ? runs : Number(RUNS);
}

/** How fast-check draws a property `runs` times. */
export const drawing = (runs: number): { numRuns: number; seed: number } => ({
  numRuns: runsOf(runs),
  seed: seedOf(),
});

/** Random numbers 0 ≤ r < 1 of a seed (mulberry32). */
export function stream(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let z = Math.imul(state ^ (state >>> 15), state | 1);
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Numbers 0 ≤ r < 1 of a seed, by a linear congruence, whose upper bits are used. */
export function congruence(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** An array whose dimension k is dimension order[k] of another. */
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

/** A copy with one bit turned. */
export function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = new Uint8Array(bytes);
  copy[bit >> 3] ^= 1 << (bit & 7);
  return copy;
}

/** Places of bits: every one of the first 64 bytes, and as many of all as `runs` draws. */
export function bitsOf(bytes: Uint8Array, runs: number): number[] {
  const [all, count] = [8 * bytes.length, runsOf(runs)];
  const spread = Array.from({ length: count }, (_, k) => Math.floor(((k + 0.5) * all) / count));
  return [...Array.from({ length: 512 }, (_, k) => k), ...spread];
}

/** Whether the whole suite is meant, and not what somebody waits for. */
export const isWhole = process.env['RUNS'] === 'all';
