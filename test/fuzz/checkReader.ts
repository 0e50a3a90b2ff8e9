import * as fc from 'fast-check';
import { collectGarbage, measureAllocation } from './measure.ts';
import { applyMutations, mutations } from './mutations.ts';
import type { Reader } from './readers.ts';
import { checkRefusal } from './refusal.ts';

/** Limit on the length of a message: a few lines of a terminal. */
const mostCharacters = 400;

/**
 * Limit on the bytes that a reader may allocate for a file, garbage included. Of these bytes, at most 1 MiB does not depend
 * on the file: the result of the first 1024 bytes of DEFLATE, fflate's tables and window, a frame of a recording. The limit
 * allows twice as much.
 */
export const mostBytes = (file: Uint8Array): number => 4 * file.length + 2 ** 21;

/**
 * Feeds a reader with mutated files. Each call must return a value, or throw an `InputError` with one short line. Time and memory
 * must be in proportion to the file.
 *
 * @param mostSeconds limit on the processor time for one file; the smallest of several measurements is taken
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
  // Garbage collection or compilation can make a measurement too large, but not too small, so the smallest one is taken.
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
