import { InputError, refuse, show } from '../errors.ts';

/** Characters of a text: a network of 1,000 layers has 100,000. A parser may make 33 bytes of one. */
export const mostCharacters = 2 ** 20;

/** Parses a JSON text, whose length is bounded before; a mistake is one line. */
export function parseJson(text: string, where: string, most = mostCharacters): unknown {
  if (text.length > most) refuse(where, 'JSON', `at most ${most} characters`, text.length);
  try {
    return JSON.parse(text);
  } catch (cause) {
    // JSON.parse throws a SyntaxError.
    throw new InputError(`${where}: expected JSON, got ${show(text)}; ${show((cause as Error).message)}`, {
      cause,
    });
  }
}

/** The same of the bytes of a file. */
export function parseJsonBytes(bytes: Uint8Array, where: string, most = mostCharacters): unknown {
  if (bytes.length > 4 * most) refuse(where, 'JSON', `at most ${most} characters`, `${bytes.length} bytes`);
  return parseJson(new TextDecoder().decode(bytes), where, most);
}
