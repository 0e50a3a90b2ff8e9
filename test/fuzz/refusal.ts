import { InputError } from '../../src/errors.ts';

/** The message of the {@link InputError} that `read` throws; anything else is thrown on. */
export function refusalOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
  throw new Error('nothing was refused');
}
