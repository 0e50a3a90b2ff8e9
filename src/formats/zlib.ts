import { refuse } from '../errors.ts';
import { hex32 } from '../hex.ts';
import { fetchAgain, inflateExact } from './inflate.ts';

/**
 * Inflates a zlib stream (RFC 1950) that has `size` bytes according to its container. Its header, its DEFLATE
 * stream, its size and its Adler-32 are verified. `what` names the stream in messages.
 */
export function inflateZlib(
  where: string,
  what: string,
  stream: Uint8Array,
  size: number,
  isSmall?: boolean,
): Uint8Array {
  const head = 256 * (stream[0] ?? 0) + (stream[1] ?? 0);
  if (stream.length < 6 || (head & 0x0f20) !== 0x0800 || head % 31 !== 0)
    refuse(where, what, 'a zlib stream of DEFLATE', `${stream.length} bytes of something else`, fetchAgain);
  const data = inflateExact(where, stream.subarray(2, -4), size, { what, isSmall });
  const stored = new DataView(stream.buffer, stream.byteOffset + stream.length - 4, 4).getUint32(0);
  const sum = adler32(data);
  if (sum !== stored) refuse(where, `Adler-32 of the ${what}`, hex32(stored), hex32(sum), fetchAgain);
  return data;
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
