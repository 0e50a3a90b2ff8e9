import { refuse } from '../errors.ts';
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

/** As {@link inflateZlibThrough}, all in one piece. */
export function inflateZlib(where: string, what: string, stream: Uint8Array, size: number): Uint8Array {
  const pieces: Uint8Array[] = [];
  inflateZlibThrough(where, what, stream, size, (piece) => pieces.push(piece));
  return pieces.length === 1 ? pieces[0] : concat(pieces);
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
