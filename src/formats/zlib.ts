import { Inflate, inflateSync } from 'fflate';
import { messageOf, refuse } from '../errors.ts';
import { concat } from './concat.ts';
import { hex32 } from './crc32.ts';
import { checkClaim, checkTotal, fetchAgain, pushPieces } from './inflate.ts';

/**
 * Inflates a zlib stream (RFC 1950) of which the container says that it gives `size` bytes: its header, the DEFLATE stream in it,
 * its size and its Adler-32 are verified. The bytes come in chunks, in their order. `what` names the stream in messages.
 */
export function inflateZlibThrough(
  where: string,
  what: string,
  stream: Uint8Array,
  size: number,
  take: (chunk: Uint8Array) => void,
): void {
  checkHead(where, what, stream);
  const packed = stream.subarray(2, -4);
  checkClaim(where, packed, size);
  let sum = 1;
  checkStream(where, what, packed, size, (part) => {
    let total = 0;
    const inflater = new Inflate((chunk) => {
      total += chunk.length;
      if (part !== packed) return;
      sum = adler32(chunk, sum);
      take(chunk);
    });
    pushPieces(part, size, (piece, at) => {
      inflater.push(piece, at + piece.length === part.length);
      return total;
    });
    return total;
  });
  checkSum(where, what, stream, sum);
}

/** Refuses a stream that is damaged, or gives other than `size` bytes, by what `inflate` returns or throws. */
function checkStream(
  where: string,
  what: string,
  packed: Uint8Array,
  size: number,
  inflate: (part: Uint8Array) => number,
): void {
  const given = outcomeOf(inflate, packed);
  if (typeof given === 'string') refuse(where, what, 'a DEFLATE stream', given, fetchAgain);
  checkTotal(where, given, size);
  // fflate does not say where a stream ends: it ends with the last byte if it is none without it.
  if (typeof outcomeOf(inflate, packed.subarray(0, -1)) !== 'string')
    refuse(where, what, `a DEFLATE stream of ${packed.length} bytes`, 'an end before it', fetchAgain);
}

/** How many bytes a stream gives, or what is wrong with it. */
function outcomeOf(inflate: (part: Uint8Array) => number, part: Uint8Array): number | string {
  try {
    return inflate(part);
  } catch (error) {
    return error instanceof RangeError ? 'more bytes than there is room for' : messageOf(error);
  }
}

function checkHead(where: string, what: string, stream: Uint8Array): void {
  const head = 256 * (stream[0] ?? 0) + (stream[1] ?? 0);
  if (stream.length < 6 || (head & 0x0f20) !== 0x0800 || head % 31 !== 0)
    refuse(where, what, 'a zlib stream of DEFLATE', `${stream.length} bytes of something else`, fetchAgain);
}

function checkSum(where: string, what: string, stream: Uint8Array, sum: number): void {
  const stored = new DataView(stream.buffer, stream.byteOffset + stream.length - 4, 4).getUint32(0);
  if (sum !== stored) refuse(where, `Adler-32 of the ${what}`, hex32(stored), hex32(sum), fetchAgain);
}

/** The most bytes, packed and not, of a small stream. */
export const small = 2 ** 16;

/**
 * As {@link inflateZlibThrough}, all in one piece. A small one is inflated at once, into its own bytes: fflate's streams take windows of
 * 300 KB, which many small ones would leave behind.
 */
export function inflateZlib(where: string, what: string, stream: Uint8Array, size: number): Uint8Array {
  if (size > small || stream.length > small) {
    const pieces: Uint8Array[] = [];
    inflateZlibThrough(where, what, stream, size, (piece) => pieces.push(piece));
    return concat(pieces);
  }
  checkHead(where, what, stream);
  // One more than there are, which shows that there are more.
  const out = new Uint8Array(size + 1);
  checkStream(where, what, stream.subarray(2, -4), size, (part) => inflateSync(part, { out }).length);
  const data = out.subarray(0, size);
  checkSum(where, what, stream, adler32(data, 1));
  return data;
}

/** Adler-32 of what `before` is that of, and then `added`. */
function adler32(added: Uint8Array, before: number): number {
  let a = before % 65536;
  let b = Math.floor(before / 65536);
  for (let i = 0; i < added.length;) {
    // 4096 sums of bytes stay far below 2^53, so the remainder can wait.
    for (const end = Math.min(added.length, i + 4096); i < end; i++) b += a += added[i];
    a %= 65521;
    b %= 65521;
  }
  return b * 65536 + a;
}
