import { Inflate, inflateSync } from 'fflate';
import { messageOf, refuse } from '../errors.ts';
import { hex32 } from '../hex.ts';
import { checkClaim, checkTotal, fetchAgain, Gathered, pushPieces } from './inflate.ts';

/** The most bytes, packed and not, of a small stream. */
export const small = 2 ** 16;

/**
 * Inflates a zlib stream (RFC 1950) of which the container says that it gives `size` bytes: its header, the DEFLATE stream in it,
 * its size and its Adler-32 are verified. `what` names the stream in messages.
 *
 * A small one is inflated at once, into its own bytes: fflate's streams take windows of 300 KB, which many small ones would leave
 * behind.
 */
export function inflateZlib(
  where: string,
  what: string,
  stream: Uint8Array,
  size: number,
  isSmall = size <= small && stream.length <= small,
): Uint8Array {
  checkHead(where, what, stream);
  const packed = stream.subarray(2, -4);
  checkClaim(where, packed, size);
  const data = isSmall ? atOnce(where, what, packed, size) : inPieces(where, what, packed, size);
  const stored = new DataView(stream.buffer, stream.byteOffset + stream.length - 4, 4).getUint32(0);
  const sum = adler32(data);
  if (sum !== stored) refuse(where, `Adler-32 of the ${what}`, hex32(stored), hex32(sum), fetchAgain);
  return data;
}

function atOnce(where: string, what: string, packed: Uint8Array, size: number): Uint8Array {
  // One more than there are, which shows that there are more.
  const out = new Uint8Array(size + 1);
  checkStream(where, what, packed, size, (part) => inflateSync(part, { out }).length);
  return out.subarray(0, size);
}

function inPieces(where: string, what: string, packed: Uint8Array, size: number): Uint8Array {
  const gathered = new Gathered(packed, size);
  checkStream(where, what, packed, size, (part) => {
    let total = 0;
    const inflater = new Inflate((chunk) => {
      total += chunk.length;
      if (part === packed) gathered.add(chunk);
    });
    pushPieces(part, size, (piece, at) => {
      inflater.push(piece, at + piece.length === part.length);
      return total;
    });
    return total;
  });
  return gathered.bytes;
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

/** Adler-32. */
function adler32(data: Uint8Array): number {
  let [a, b] = [1, 0];
  for (let i = 0; i < data.length;) {
    // 4096 sums of bytes stay far below 2^53, so the remainder can wait.
    for (const end = Math.min(data.length, i + 4096); i < end; i++) b += a += data[i];
    a %= 65521;
    b %= 65521;
  }
  return b * 65536 + a;
}
