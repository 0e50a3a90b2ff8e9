import { Inflate } from 'fflate';
import { refuse } from '../errors.ts';

/** The most bytes that one compressed file may become. */
export const inflateLimit = 2 ** 30;

/** DEFLATE cannot do better than 258 bytes for 2 bits, 1032 : 1. A file that claims more is lying. */
const bestRatio = 1100;

/** Bytes handed to the stream at once: each may become 1032, so this bounds what is made beyond `size`. */
const smallestPiece = 1024;
const largestPiece = 32768;

/** What to do about damage that the reader cannot repair. */
export const fetchAgain = 'the file is damaged or cut short: fetch it again';

/**
 * Inflates a raw DEFLATE stream (RFC 1951) of which the container says that it gives `size` bytes.
 *
 * The claim is not trusted: nothing is allocated for it, the stream runs piece by piece and stops as soon as it gives
 * more. The container's checksum is the caller's to verify, and decides whether the bytes are the right ones.
 *
 * @throws InputError when `size` is over {@link inflateLimit} or more than the compressed bytes can hold, when the
 * stream is damaged or ends early, and when it gives another number of bytes. `next` ends the message.
 */
export function inflateExact(where: string, packed: Uint8Array, size: number, next = fetchAgain): Uint8Array {
  const most = Math.min(inflateLimit, packed.length * bestRatio);
  if (size > most)
    refuse(where, 'uncompressed size', `at most ${most} for ${packed.length} bytes`, size, next);
  const { chunks, total } = inflatePieces(where, packed, size, next);
  if (total !== size) {
    const got = total > size ? `more than ${size}` : total;
    refuse(where, 'uncompressed size', `${size} bytes, as the file says`, got, next);
  }
  return join(chunks, total);
}

function inflatePieces(where: string, packed: Uint8Array, size: number, next: string) {
  const chunks: Uint8Array[] = [];
  let total = 0;
  const stream = new Inflate((chunk) => {
    total += chunk.length;
    if (total <= size && chunk.length > 0) chunks.push(chunk);
  });
  // An empty last piece would hide a stream that ends early, so the last piece always has bytes in it.
  if (packed.length === 0) refuse(where, 'compressed data', 'a DEFLATE stream', 'no bytes', next);
  let at = 0;
  while (at < packed.length) {
    const wanted = Math.ceil((size - total) / 1032);
    const end = Math.min(packed.length, at + Math.max(smallestPiece, Math.min(largestPiece, wanted)));
    try {
      stream.push(packed.subarray(at, end), end === packed.length);
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'damage';
      refuse(where, 'compressed data', 'a DEFLATE stream', `${reason} in bytes ${at} to ${end} of it`, next);
    }
    if (total > size) break;
    at = end;
  }
  return { chunks, total };
}

function join(chunks: readonly Uint8Array[], total: number): Uint8Array {
  if (chunks.length === 1) return chunks[0]!;
  const whole = new Uint8Array(total);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
