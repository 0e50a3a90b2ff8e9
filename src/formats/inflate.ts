/** DEFLATE streams (RFC 1951), of which the container says how many bytes they give. */
import { Inflate, inflateSync } from 'fflate';
import { InputError, messageOf, refuse } from '../errors.ts';
import { concat, inflateLimit } from './bytes.ts';

/** DEFLATE cannot do better than 258 bytes for 2 bits, 1032 : 1. A file that claims more is lying. */
const bestRatio = 1100;

/** Bytes handed to the stream at once; each may become 1032. */
const smallestPiece = 1024;
const largestPiece = 32768;

/** The bytes that a piece should become: fflate doubles its buffers for more, and takes new ones for each piece. */
const wantedAtOnce = 2 ** 18;

/** The most bytes, packed and not, of a small stream. */
export const small = 2 ** 16;

/** What to do about damage that the reader cannot repair. */
export const fetchAgain = 'the file is damaged or cut short: fetch it again';

/** The bytes of a stream, chunk by chunk. */
export interface Sink {
  add(chunk: Uint8Array): void;
  readonly bytes: Uint8Array;
}

interface InflateOptions {
  /** The stream, in messages, and the end of them. */
  readonly what?: string;
  readonly next?: string;
  /** Gets the bytes and keeps what it wants of them; by default all. */
  readonly kept?: Sink | undefined;
  readonly isSmall?: boolean | undefined;
}

/**
 * Inflates a stream of which the container says that it gives `size` bytes.
 *
 * The claim is not trusted: nothing is allocated for it, the stream runs piece by piece and stops as soon as it gives
 * more. The container's checksum is the caller's to verify, and decides whether the bytes are the right ones.
 *
 * A small one is inflated at once, into its own bytes: fflate's streams take windows of 300 KB, which many small ones would leave
 * behind.
 *
 * @throws InputError when `size` is over {@link inflateLimit} or more than the compressed bytes can hold, when the
 * stream is damaged, does not end with the last of its bytes, or gives another number of bytes
 */
export function inflateExact(
  where: string,
  packed: Uint8Array,
  size: number,
  { what = 'compressed data', next = fetchAgain, kept, isSmall }: InflateOptions = {},
): Uint8Array {
  const most = Math.min(inflateLimit, packed.length * bestRatio);
  if (size > most)
    refuse(where, 'uncompressed size', `at most ${most} for ${packed.length} bytes`, size, next);
  const fail = (got: string): never =>
    refuse(where, what, `a DEFLATE stream of ${packed.length} bytes`, got, next);
  const all = kept ?? new Gathered(packed, size);
  const { total, left } =
    (isSmall ?? (!kept && size <= small && packed.length <= small))
      ? inflateSmall(packed, size, all, fail)
      : inflatePieces(packed, size, all, fail);
  const got = total > size ? `more than ${size}` : total;
  if (total !== size) refuse(where, 'uncompressed size', `${size} bytes, as the file says`, got, next);
  if (left > 0) fail('an end before it');
  return all.bytes;
}

/** What a stream gave: more than it should where it goes on. And how many of its own bytes are behind its end, or 1 for some. */
interface Outcome {
  readonly total: number;
  readonly left: number;
}

function inflateSmall(packed: Uint8Array, size: number, kept: Sink, fail: (got: string) => never): Outcome {
  // One byte more than there are shows that there are more.
  const out = new Uint8Array(size + 1);
  const lengthOf = (part: Uint8Array): number | string => {
    try {
      // Of no bytes it returns the whole of `out`, which is too much.
      return inflateSync(part, { out }).length;
    } catch (error) {
      // A RangeError is of a stored block that does not fit.
      return error instanceof RangeError ? out.length : messageOf(error);
    }
  };
  // fflate does not say where it ends: with the last byte if it is none without it.
  const left = typeof lengthOf(packed.subarray(0, -1)) === 'string' ? 0 : 1;
  const total = lengthOf(packed);
  if (typeof total === 'string') return fail(total);
  kept.add(out.subarray(0, Math.min(total, size)));
  return { total, left };
}

/** The first bytes of a stream, `most` or a few more, or all that there are. What is behind them is not looked at. */
export function inflateHead(where: string, packed: Uint8Array, most: number): Uint8Array {
  const chunks: Uint8Array[] = [];
  const kept = { bytes: packed, add: (chunk: Uint8Array) => chunks.push(chunk) };
  inflatePieces(packed, most, kept, (got) =>
    refuse(where, 'compressed data', `a DEFLATE stream of ${packed.length} bytes`, got, fetchAgain),
  );
  return concat(chunks);
}

/** Hands on a stream piece by piece, until it has given more than `size` bytes. */
function inflatePieces(packed: Uint8Array, size: number, kept: Sink, fail: (got: string) => never): Outcome {
  if (packed.length === 0) fail('nothing');
  let total = 0;
  const stream = new Inflate((chunk) => {
    total += chunk.length;
    kept.add(chunk);
  });
  for (let at = 0; at < packed.length && total <= size;) {
    // No more than `size` is made beyond it.
    const rest = Math.ceil((2 * size - total) / 1032);
    // As many as became so much up to here.
    const likely = Math.ceil((wantedAtOnce * at) / (total + 1));
    const end = at + Math.max(smallestPiece, Math.min(largestPiece, rest, likely));
    try {
      stream.push(packed.subarray(at, end), end >= packed.length);
    } catch (error) {
      if (error instanceof InputError) throw error;
      fail(messageOf(error));
    }
    at = end;
  }
  // fflate's own fields, which no function of it returns: the bytes that are not used up, and how many bits of them are.
  const [rest, { p: bits }] = [stream['p'], stream['s']] as [Uint8Array, { p: number }];
  return { total, left: rest.length - Math.ceil(bits / 8) };
}

/**
 * The chunks of a stream, one behind the other. The array grows fourfold, so that nothing is allocated for a claim of which less than
 * a quarter has come.
 */
export class Gathered implements Sink {
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
