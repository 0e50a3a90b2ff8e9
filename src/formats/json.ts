import { InputError, show } from '../errors.ts';

/** Parses a JSON text; a mistake is one line. */
export function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new InputError(`${where}: expected JSON, got ${show(text)}; ${show((cause as Error).message)}`, {
      cause,
    });
  }
}
