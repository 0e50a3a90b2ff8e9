import * as fc from 'fast-check';
import { InputError } from '../../src/errors.ts';
import { applyMutations, mutations } from './mutations.ts';
import type { Reader } from './readers.ts';

/** The longest message: a few lines of a terminal. */
const mostCharacters = 400;

export interface Options {
  readonly seed: number;
  /** Files to try. */
  readonly runs: number;
  /** Processor time for one file. Two seconds are a thousand times what a small one needs: only a hang gets there. */
  readonly mostSeconds?: number;
}

/**
 * Feeds a reader with mutated files, and throws when it does anything but return a value or refuse by an
 * {@link InputError} of one short line, in time.
 */
export function checkReader(reader: Reader, { seed, runs, mostSeconds = 2 }: Options): void {
  const samples = reader.samples();
  const pick = fc.nat(samples.length - 1);
  const property = fc.property(pick, pick, mutations, (one, other, list) => {
    const mutated = applyMutations(samples[one]!, samples[other]!, list);
    checkRead(reader, reader.repair ? reader.repair(mutated) : mutated, mostSeconds);
  });
  try {
    fc.assert(property, { seed, numRuns: runs, includeErrorInReport: true });
  } catch (error) {
    const repeat = `FUZZ_SEED=${seed} FUZZ_RUNS=${runs} npx vitest run test/fuzz -t '${reader.name}'`;
    throw new Error(`Repeat by: ${repeat}\n${(error as Error).message}`, { cause: error });
  }
}

function checkRead(reader: Reader, bytes: Uint8Array, mostSeconds: number): void {
  const start = process.cpuUsage();
  try {
    reader.read(bytes);
  } catch (error) {
    if (!(error instanceof InputError))
      throw new Error(`not an InputError: ${String(error)}`, { cause: error });
    if (/[\n\r\u2028\u2029]/.test(error.message))
      throw new Error(`more than a line: ${error.message}`, { cause: error });
    if (error.message.length > mostCharacters)
      throw new Error(`too long: ${error.message}`, { cause: error });
  }
  const { user, system } = process.cpuUsage(start);
  if (user + system > mostSeconds * 1e6) throw new Error(`took ${(user + system) / 1e6} s`);
}
