import * as fc from 'fast-check';
import { collectGarbage, measureAllocation } from './measure.ts';
import { applyMutations, mutations } from './mutations.ts';
import type { Reader } from './readers.ts';
import { checkRefusal } from './refusal.ts';

/** The longest message: a few lines of a terminal. */
const mostCharacters = 400;

/**
 * The most that a reader may allocate, garbage included, for a file. The part that does not depend on the
 * file is at most 1 MiB: the result of the first 1024 bytes of DEFLATE, fflate's tables and window, a frame
 * of a recording.
 */
export const mostBytes = (file: Uint8Array): number => 4 * file.length + 2 ** 21;

/**
 * Feeds a reader with mutated files. Throws unless each call returns a value or throws an `InputError` of one
 * short line, in time and in memory in proportion to the file.
 *
 * @param mostSeconds processor time for one file, the least of several tries; small ones need a few
 * milliseconds
 */
export function checkReader(
  reader: Reader,
  parameters: Pick<fc.Parameters, 'seed' | 'numRuns' | 'endOnFailure'>,
  mostSeconds = 0.1,
): void {
  const samples = reader.samples();
  const pick = fc.nat(samples.length - 1);
  const property = fc.property(pick, pick, mutations, (one, other, list) => {
    const mutated = applyMutations(samples[one]!, samples[other]!, list);
    checkRead(reader, reader.repair?.(mutated) ?? mutated, mostSeconds);
  });
  fc.assert(property, { ...parameters, includeErrorInReport: true });
}

function checkRead({ read }: Reader, file: Uint8Array, mostSeconds: number): void {
  let { error, seconds, bytes } = measureRead(read, file);
  if (error !== undefined) checkRefusal(error, mostCharacters);
  // Garbage collection or compilation can disturb one measurement, but the cost of a file is in each of them.
  for (let again = 0; again < 3 && (seconds > mostSeconds || bytes > mostBytes(file)); again++) {
    collectGarbage();
    const other = measureRead(read, file);
    seconds = Math.min(seconds, other.seconds);
    bytes = Math.min(bytes, other.bytes);
  }
  if (seconds > mostSeconds) throw new Error(`took ${seconds} s`);
  if (bytes > mostBytes(file)) throw new Error(`took ${bytes} bytes for a file of ${file.length}`);
}

function measureRead(read: Reader['read'], file: Uint8Array) {
  let error: unknown;
  const start = process.cpuUsage();
  const { total: bytes } = measureAllocation(() => {
    try {
      read(file);
    } catch (thrown) {
      error = thrown;
    }
  });
  const { user, system } = process.cpuUsage(start);
  return { error, seconds: (user + system) / 1e6, bytes };
}
