import { refuse } from '../errors.ts';
import { concat } from './concat.ts';
import { Inflater } from './deflate.ts';

/** The most bytes that one compressed file may become. */
export const inflateLimit = 2 ** 30;

/** DEFLATE cannot do better than 258 bytes for 2 bits, 1032 : 1. A file that claims more is lying. */
const bestRatio = 1100;

/** What to do about damage that the reader cannot repair. */
export const fetchAgain = 'the file is damaged or cut short: fetch it again';

/**
 * Inflates a raw DEFLATE stream (RFC 1951) of which the container says that it gives `size` bytes.
 *
 * The claim is not trusted: nothing is allocated for it, the stream runs piece by piece and stops as soon as it gives
 * more. The container's checksum is the caller's to verify, and decides whether the bytes are the right ones.
 *
 * @throws InputError when `size` is over {@link inflateLimit} or more than the compressed bytes can hold, when the
 * stream is damaged, does not end with the last of its bytes, or gives another number of bytes. `next` ends the message.
 */
export function inflateExact(where: string, packed: Uint8Array, size: number, next = fetchAgain): Uint8Array {
  const chunks: Uint8Array[] = [];
  inflateThrough(where, packed, size, (chunk) => chunks.push(chunk), next);
  return chunks.length === 1 ? chunks[0] : concat(chunks);
}

/** The first bytes of a raw DEFLATE stream, `most` or a few more, or all that there are. What is behind them is not looked at. */
export function inflateHead(where: string, packed: Uint8Array, most: number): Uint8Array {
  const chunks: Uint8Array[] = [];
  inflatePieces(where, packed, most, (chunk) => chunks.push(chunk), fetchAgain);
  return concat(chunks);
}

/** As {@link inflateExact}, for a caller who looks at the bytes and keeps none: they come in chunks, in their order. */
export function inflateThrough(
  where: string,
  packed: Uint8Array,
  size: number,
  take: (chunk: Uint8Array) => void,
  next = fetchAgain,
): void {
  const most = Math.min(inflateLimit, packed.length * bestRatio);
  if (size > most)
    refuse(where, 'uncompressed size', `at most ${most} for ${packed.length} bytes`, size, next);
  const total = inflatePieces(where, packed, size, take, next);
  if (total !== size) {
    const got = total > size ? `more than ${size}` : total;
    refuse(where, 'uncompressed size', `${size} bytes, as the file says`, got, next);
  }
}

/** Hands on chunks until there are more than `size` bytes; returns how many there were. */
function inflatePieces(
  where: string,
  packed: Uint8Array,
  size: number,
  take: (chunk: Uint8Array) => void,
  next: string,
): number {
  const fail = (got: string): never =>
    refuse(where, 'compressed data', `a DEFLATE stream of ${packed.length} bytes`, got, next);
  if (packed.length === 0) fail('nothing');
  const stream = new Inflater(packed, size, take, fail);
  const length = stream.run();
  if (length !== undefined && length !== packed.length) fail(`an end after ${length}`);
  return stream.total;
}
