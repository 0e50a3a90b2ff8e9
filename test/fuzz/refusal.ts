import { InputError } from '../../src/errors.ts';
import { oneLine } from '../../src/printable.ts';
import { flipped } from '../support.ts';

/** The message of the {@link InputError} that `read` throws. Other errors are rethrown. */
export function refusalOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
  throw new Error('nothing was refused');
}

/** Throws unless `error` is an {@link InputError} with one printable line of at most `most` characters. */
export function checkRefusal(error: unknown, most = Infinity): void {
  if (!(error instanceof InputError))
    throw new Error(`not an InputError: ${String(error)}`, { cause: error });
  const { message } = error;
  if (oneLine(message) !== message || message.length > most)
    throw new Error(`not one short printable line: ${JSON.stringify(message)}`, { cause: error });
}

/** The bits of a list that can be flipped without a refusal. Other errors are rethrown. */
export function unnoticed(
  file: Uint8Array,
  bits: readonly number[],
  read: (damaged: Uint8Array) => unknown,
): number[] {
  return bits.filter((bit) => {
    try {
      read(flipped(file, bit));
      return true;
    } catch (error) {
      if (error instanceof InputError) return false;
      throw error;
    }
  });
}

/** Reads the file once per flipped bit. Returns the number of refusals. Other errors are rethrown. */
export function countRefusals(file: Uint8Array, read: (damaged: Uint8Array) => void): number {
  const bits = Array.from({ length: 8 * file.length }, (_, bit) => bit);
  return bits.length - unnoticed(file, bits, read).length;
}
