/**
 * Recognises the kind of a file by its first bytes, so that an error can name the kind of an unexpected file. The web page also uses this
 * file.
 */
import { refuse } from '../errors.ts';
import type { ByteSource } from '../formats/index.ts';
import { keysOf } from '../keysOf.ts';

interface Kind {
  readonly words: string;
  /** Advice on the commands that accept such a file. */
  readonly next: string;
  readonly is: (bytes: Uint8Array) => boolean;
}

const begins =
  (...start: readonly number[]) =>
  (bytes: Uint8Array): boolean =>
    start.every((byte, at) => bytes[at] === byte);

const kinds = {
  picture: {
    words: 'a PNG picture',
    next: '`asf-bp predict MODEL FILE.png` takes it',
    is: begins(0x89, 0x50, 0x4e, 0x47),
  },
  graph: {
    words: 'an HDF5 file, as NIR graphs are',
    next: '`asf-bp import GRAPH.nir` makes a model of it, `asf-bp oracle run --graph GRAPH.nir --as CONVENTION` makes a trace, `asf-bp check TRACE --graph GRAPH.nir --as CONVENTION` checks one',
    is: begins(0x89, 0x48, 0x44, 0x46),
  },
  zip: {
    words: 'a zip file, as .npz and PyTorch files are',
    next: '`asf-bp predict MODEL FILE.npz` and `asf-bp check FILE.npz` take arrays',
    is: begins(0x50, 0x4b),
  },
  array: {
    words: 'an .npy array',
    next: 'numpy.savez puts it into an .npz; `asf-bp check FILE.npy --graph GRAPH.nir` takes spikes',
    is: begins(0x93, 0x4e, 0x55, 0x4d),
  },
  model: {
    words: 'a safetensors file, as models are',
    next: '`asf-bp info MODEL` shows a model, `asf-bp predict MODEL FILE` runs it',
    // The header is shorter than 2³² bytes and begins with {.
    is: (bytes) => begins(0, 0, 0, 0, 0x7b)(bytes.subarray(4)),
  },
  json: {
    words: 'a JSON text',
    next: '`asf-bp train --model FILE.json` takes a description of a network',
    is: (bytes) => /^\s*\{\s*("|\})/.test(textOf(bytes)),
  },
  table: {
    words: 'a table of text',
    next: '`asf-bp predict MODEL FILE.csv` takes samples, `asf-bp check FILE.csv --graph GRAPH.nir --as CONVENTION` a trace',
    is: (bytes) =>
      /^(?!\s*\[)[\t\r\n\x20-\x7e]*,[\t\r\n\x20-\x7e]*$/.test(textOf(bytes)) && /\d/.test(textOf(bytes)),
  },
} satisfies Record<string, Kind>;

export type KindName = keyof typeof kinds;

/** Number of inspected bytes. */
const looked = 256;

const textOf = (bytes: Uint8Array): string => String.fromCharCode(...bytes);

export function kindOf(bytes: ByteSource): KindName | undefined {
  const head = bytes.subarray(0, Math.min(looked, bytes.length));
  return keysOf(kinds).find((name) => kinds[name].is(head));
}

export const wordsOf = (kind: KindName): string => kinds[kind].words;

/** Refuses a file whose first bytes show an unexpected kind. Accepts a file of unknown kind. */
export function checkKind<Source extends ByteSource>(
  bytes: Source,
  expected: readonly KindName[],
  where: string,
  path: string,
): Source {
  const found = kindOf(bytes);
  if (!found || expected.includes(found)) return bytes;
  refuse(where, path, expected.map(wordsOf).join(', or '), wordsOf(found), kinds[found].next);
}
