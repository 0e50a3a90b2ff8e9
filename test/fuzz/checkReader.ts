import * as fc from 'fast-check';
import { InputError } from '../../src/errors.ts';
import { oneLine } from '../../src/printable.ts';
import { collectGarbage, measureAllocation } from './measure.ts';
import { applyMutations, mutations } from './mutations.ts';
import type { Reader } from './readers.ts';

/** The longest message: a few lines of a terminal. */
const mostCharacters = 400;

/**
 * The most that a reader may allocate, garbage included, for a file. What does not depend on the file is up to 1 MiB:
 * what 1024 bytes of DEFLATE may become before anyone can look, fflate's tables and window, a frame of a recording.
 */
export const mostBytes = (file: Uint8Array): number => 4 * file.length + 2 ** 21;

export interface Options {
  readonly seed: number;
  /** Files to try. */
  readonly runs: number;
  /** Processor time for one file, the least of several tries; small ones need a few milliseconds. */
  readonly mostSeconds?: number;
}

/**
 * Feeds a reader with mutated files, and throws when it does anything but return a value or refuse by an
 * {@link InputError} of one short line, in time and in memory that is in proportion to the file.
 */
export function checkReader(reader: Reader, { seed, runs, mostSeconds = 0.1 }: Options): void {
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
  let error: unknown;
  const { total } = measureAllocation(() => {
    try {
      reader.read(bytes);
    } catch (thrown) {
      error = thrown;
    }
  });
  const { user, system } = process.cpuUsage(start);
  if (error !== undefined) {
    if (!(error instanceof InputError))
      throw new Error(`not an InputError: ${String(error)}`, { cause: error });
    if (/[\n\r\u2028\u2029]/.test(error.message))
      throw new Error(`more than a line: ${error.message}`, { cause: error });
    if (oneLine(error.message) !== error.message)
      throw new Error(`not printable: ${JSON.stringify(error.message)}`, { cause: error });
    if (error.message.length > mostCharacters)
      throw new Error(`too long: ${error.message}`, { cause: error });
  }
  if (user + system > mostSeconds * 1e6) checkTimeAgain(reader, bytes, mostSeconds);
  if (total > mostBytes(bytes)) checkAgain(reader, bytes);
}

/** A collection of garbage or a compilation can show in a measurement, a file's own time is there each time. */
function checkTimeAgain(reader: Reader, bytes: Uint8Array, mostSeconds: number): void {
  const times = Array.from({ length: 3 }, () => {
    const start = process.cpuUsage();
    try {
      reader.read(bytes);
    } catch {
      // As the first time.
    }
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1e6;
  });
  const least = Math.min(...times);
  if (least > mostSeconds) throw new Error(`took ${least} s`);
}

/** V8's own work can show in a measurement, a file's is there each time. */
function checkAgain(reader: Reader, bytes: Uint8Array): void {
  const totals = Array.from({ length: 3 }, () => {
    // Twice: the first may leave buffers to a sweep in the background, which would hide as much of what comes.
    collectGarbage();
    collectGarbage();
    return measureAllocation(() => {
      try {
        reader.read(bytes);
      } catch {
        // As the first time.
      }
    }).total;
  });
  const least = Math.min(...totals);
  if (least > mostBytes(bytes)) throw new Error(`took ${least} bytes for a file of ${bytes.length}`);
}
