/** What tests share: bits, seeds, and how often a property is drawn. */

/** The bits of binary32 numbers, for comparison. NaN payloads are not compared. */
export function bits(values: ArrayLike<number>): Uint32Array {
  return new Uint32Array(Float32Array.from(values).buffer);
}

/** The seed of a property: from outside (`SEED`), else new; fast-check prints it with a failure. */
export function seedOf(): number {
  return process.env['SEED'] === undefined ? Date.now() & 0x7fffffff : Number(process.env['SEED']);
}

/** How often a property is drawn: `RUNS` from outside, else `runs`. */
export function runsOf(runs: number): number {
  return process.env['RUNS'] === undefined ? runs : Number(process.env['RUNS']);
}
