import { InputError, refuse, show } from '../errors.ts';

/** Limit on the characters of a text. A network of 1,000 layers has 100,000. A parser may need 33 bytes per character. */
export const mostCharacters = 2 ** 20;

/** Parses a JSON text after checking its length. An error has one line. */
export function parseJson(text: string, where: string, most = mostCharacters): unknown {
  if (text.length > most) refuse(where, 'JSON', `at most ${most} characters`, text.length);
  try {
    return JSON.parse(text);
  } catch (cause) {
    // `JSON.parse` throws a SyntaxError
    throw new InputError(`${where}: expected JSON, got ${show(text)}; ${show((cause as Error).message)}`, {
      cause,
    });
  }
}

export function parseJsonBytes(bytes: Uint8Array, where: string, most = mostCharacters): unknown {
  if (bytes.length > 4 * most) refuse(where, 'JSON', `at most ${most} characters`, `${bytes.length} bytes`);
  return parseJson(new TextDecoder().decode(bytes), where, most);
}
