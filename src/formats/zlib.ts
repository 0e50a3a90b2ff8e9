import { inflateSync } from 'fflate';
import { messageOf, refuse } from '../errors.ts';
import { concat } from './concat.ts';
import { hex32 } from './crc32.ts';
import { fetchAgain, inflateThrough } from './inflate.ts';

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
  let sum = 1;
  inflateThrough(where, stream.subarray(2, -4), size, (chunk) => {
    sum = adler32(chunk, sum);
    take(chunk);
  });
  checkSum(where, what, stream, sum);
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
  const packed = stream.subarray(2, -4);
  // One more than there are, which shows that there are more.
  const data = inflateInto(new Uint8Array(size + 1), packed);
  if (typeof data === 'string') refuse(where, what, 'a DEFLATE stream', data, fetchAgain);
  if (data.length !== size) {
    const got = data.length > size ? `more than ${size}` : data.length;
    refuse(where, 'uncompressed size', `${size} bytes, as the file says`, got, fetchAgain);
  }
  // fflate does not say where a stream ends: it ends with the last byte if it is none without it.
  if (typeof inflateInto(new Uint8Array(size), packed.subarray(0, -1)) !== 'string')
    refuse(where, what, `a DEFLATE stream of ${packed.length} bytes`, 'an end before it', fetchAgain);
  checkSum(where, what, stream, adler32(data, 1));
  return data;
}

/** The bytes of a stream, as far as there is room for them; or what is wrong with it. */
function inflateInto(out: Uint8Array, packed: Uint8Array): Uint8Array | string {
  try {
    return inflateSync(packed, { out });
  } catch (error) {
    return error instanceof RangeError ? 'more bytes than there is room for' : messageOf(error);
  }
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
