import { FlateErrorCode, Gunzip, type FlateError } from 'fflate';
import { messageOf, InputError, refuse } from '../errors.ts';
import { inflateLimit } from './bytes.ts';
import { concat } from './concat.ts';

/** DEFLATE cannot do better than 258 bytes for 2 bits, 1032 : 1. A file that claims more is lying. */
const bestRatio = 1100;

/** Bytes handed to the stream at once; each may become 1032. */
const smallestPiece = 1024;
const largestPiece = 32768;

/** The bytes that a piece should become: fflate doubles its buffers for more, and takes new ones for each piece. */
const wantedAtOnce = 2 ** 18;

/** A gzip header without fields, and the length of a trailer. */
const header = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0);
const trailerLength = 8;

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
  checkClaim(where, packed, size, next);
  const gathered = new Gathered(packed, size);
  checkTotal(
    where,
    inflatePieces(where, packed, size, (chunk) => gathered.add(chunk), next),
    size,
    next,
  );
  return gathered.bytes;
}

/**
 * The chunks of a stream, one behind the other. The array grows fourfold, so that nothing is allocated for a claim of which less than
 * a quarter has come.
 */
export class Gathered {
  readonly #size: number;
  #bytes: Uint8Array;
  #length = 0;

  /** @param size what the container says that there will be; what is more is dropped */
  constructor(packed: Uint8Array, size: number) {
    this.#size = size;
    this.#bytes = new Uint8Array(Math.min(size, 4 * packed.length));
  }

  add(chunk: Uint8Array): void {
    const taken = chunk.subarray(0, this.#size - this.#length);
    const length = this.#length + taken.length;
    if (length > this.#bytes.length) {
      const grown = new Uint8Array(Math.min(this.#size, 4 * length));
      grown.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = grown;
    }
    this.#bytes.set(taken, this.#length);
    this.#length = length;
  }

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }
}

/** The first bytes of a raw DEFLATE stream, `most` or a few more, or all that there are. What is behind them is not looked at. */
export function inflateHead(where: string, packed: Uint8Array, most: number): Uint8Array {
  const chunks: Uint8Array[] = [];
  inflatePieces(where, packed, most, (chunk) => chunks.push(chunk), fetchAgain);
  return concat(chunks);
}

/** Refuses a claim that no stream of this length can keep. */
export function checkClaim(where: string, packed: Uint8Array, size: number, next = fetchAgain): void {
  const most = Math.min(inflateLimit, packed.length * bestRatio);
  if (size > most)
    refuse(where, 'uncompressed size', `at most ${most} for ${packed.length} bytes`, size, next);
}

/** Refuses a stream that gave another number of bytes than it claims. */
export function checkTotal(where: string, total: number, size: number, next = fetchAgain): void {
  const got = total > size ? `more than ${size}` : total;
  if (total !== size) refuse(where, 'uncompressed size', `${size} bytes, as the file says`, got, next);
}

/**
 * Hands on a stream piece by piece, until it has given more than `size` bytes.
 *
 * @param push takes a piece and its place, and returns how many bytes the stream has given
 */
export function pushPieces(
  packed: Uint8Array,
  size: number,
  push: (piece: Uint8Array, at: number) => number,
): void {
  let total = 0;
  for (let at = 0; at < packed.length && total <= size;) {
    // No more than `size` is made beyond it.
    const rest = Math.ceil((2 * size - total) / 1032);
    // As many as became so much up to here.
    const likely = Math.ceil((wantedAtOnce * at) / (total + 1));
    const length = Math.max(smallestPiece, Math.min(largestPiece, rest, likely));
    total = push(packed.subarray(at, at + length), at);
    at += length;
  }
}

/**
 * fflate's public interface tells where a stream ends only for members of a gzip file, so the stream is made one: it
 * gets a header, and behind it 8 bytes of trailer and a second header, whose place must be exactly there.
 *
 * @returns how many bytes it has given: more than `size` where it goes on
 */
export function inflatePieces(
  where: string,
  packed: Uint8Array,
  size: number,
  take: (chunk: Uint8Array) => void,
  next: string,
): number {
  let total = 0;
  let ended = false;
  const fail = (got: string): never =>
    refuse(where, 'compressed data', `a DEFLATE stream of ${packed.length} bytes`, got, next);
  const stream = new Gunzip((chunk) => {
    total += chunk.length;
    if (chunk.length > 0) take(chunk);
  });
  stream.onmember = (offset) => {
    const length = offset - header.length - trailerLength;
    if (length !== packed.length) fail(`an end after ${length}`);
    ended = true;
  };
  if (packed.length === 0) fail('nothing');
  pushPieces(packed, size, (piece, at) => {
    // Header and first piece go together: a push without data would fill fflate's window with 32 KiB of zeros.
    pushInto(stream, at === 0 ? concat([header, piece]) : piece, fail);
    return total;
  });
  if (total > size) return total;
  pushInto(stream, concat([new Uint8Array(trailerLength), header]), fail);
  if (!ended) fail('no end');
  return total;
}

function pushInto(stream: Gunzip, piece: Uint8Array, fail: (got: string) => never): void {
  try {
    stream.push(piece);
  } catch (error) {
    if (error instanceof InputError) throw error;
    const elsewhere = (error as FlateError).code === FlateErrorCode.InvalidHeader; // fflate throws no other
    fail(elsewhere ? 'an end elsewhere' : messageOf(error));
  }
}
