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
