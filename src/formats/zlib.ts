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
  let [sum, total] = [1, 0];
  const inflater = new Inflate((chunk) => {
    sum = adler32(chunk, sum);
    total += chunk.length;
    take(chunk);
  });
  pushPieces(packed, size, (piece, at) => {
    inflating(where, what, () => inflater.push(piece, at + piece.length === packed.length));
    return total;
  });
  checkTotal(where, total, size);
  checkSum(where, what, stream, sum);
}

/** Turns what fflate throws into a refusal. */
function inflating<T>(where: string, what: string, inflate: () => T): T {
  try {
    return inflate();
  } catch (error) {
    refuse(where, what, 'a DEFLATE stream', messageOf(error), fetchAgain);
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

/** The most bytes that are allocated before any of them is inflated. */
const mostTrusted = 2 ** 16;

/** The most bytes that are inflated before anyone looks at how much they give: up to 34 MB, in a tenth of a second. */
const mostUnseen = 2 ** 15;

/**
 * As {@link inflateZlibThrough}, all in one piece. A small one is inflated at once, into exactly `size` bytes: where there are many
 * streams, the windows of one after the other would weigh more than the file. What a stream gives beyond them is dropped, and its
 * Adler-32 then refuses it.
 */
export function inflateZlib(where: string, what: string, stream: Uint8Array, size: number): Uint8Array {
  if (size > mostTrusted || stream.length > mostUnseen) {
    const pieces: Uint8Array[] = [];
    inflateZlibThrough(where, what, stream, size, (piece) => pieces.push(piece));
    return concat(pieces);
  }
  checkHead(where, what, stream);
  const out = new Uint8Array(size);
  const data = inflating(where, what, () => inflateSync(stream.subarray(2, -4), { out }));
  checkTotal(where, data.length, size);
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
