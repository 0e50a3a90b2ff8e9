/** DEFLATE streams (RFC 1951) whose inflated size the container states. */
import { Inflate } from 'fflate';
import { InputError, messageOf, refuse } from '../errors.ts';
import { concat, inflateLimit } from './bytes.ts';
import { hex32 } from '../hex.ts';

/** The best ratio of DEFLATE is 1032 : 1, 258 bytes for 2 bits. A file that claims more than 1100 : 1 is wrong. */
const bestRatio = 1100;

/** Limits on the packed bytes per call of the stream. One packed byte may become up to 1032 bytes. */
const smallestPiece = 256;
const largestPiece = 32768;

/**
 * The number of inflated bytes that each call should produce. The smallest compressed piece can inflate to about this number.
 * If a call produces more, fflate doubles its buffers once more. Each call allocates new buffers.
 */
const wantedAtOnce = 2 ** 18;

/** Node's zlib, several times as fast as fflate; undefined in other runtimes. */
const zlib = globalThis.process?.getBuiltinModule?.('node:zlib');

/** Advice after damage that the reader cannot repair. */
export const fetchAgain = 'the file is damaged or cut short: fetch it again';

type Take = (chunk: Uint8Array) => void;

/**
 * Inflates a stream that has `size` bytes according to its container.
 *
 * The size is not trusted: inflation stops as soon as the stream exceeds it. Node inflates into one array, other runtimes piece by piece.
 * The caller verifies the container's checksum, which decides whether the bytes are right.
 *
 * @throws InputError if `size` is over {@link inflateLimit} or more than the packed bytes can hold, or if the stream is
 *   damaged, cut short, or has another size
 */
export function inflateExact(where: string, packed: Uint8Array, size: number): Uint8Array {
  checkSize(where, packed, size);
  if (!zlib) {
    const all = inflateHead(where, packed, size);
    checkTotal(where, size, all.length);
    return all;
  }
  try {
    // An array of one byte more than `size` shows whether the stream continues, and takes all bytes at once.
    // Node shares one buffer among arrays below 4096 bytes; the caller gets an array of its own.
    const all = zlib.inflateRawSync(packed, {
      maxOutputLength: size + 1,
      chunkSize: Math.max(4096, size + 1),
    });
    checkTotal(where, size, all.length);
    return new Uint8Array(all.buffer, all.byteOffset, size);
  } catch (error) {
    if (error instanceof InputError) throw error;
    if (error instanceof RangeError) checkTotal(where, size, size + 1);
    refuseStream(where, packed, messageOf(error));
  }
}

/** As {@link inflateExact}, but `take` receives the bytes chunk by chunk. */
export function inflateTo(take: Take, where: string, packed: Uint8Array, size: number): void {
  checkSize(where, packed, size);
  checkTotal(where, size, inflatePieces(take, where, packed, size));
}

/** Inflates a stream until the result has more than `most` bytes or the stream ends. */
export function inflateHead(where: string, packed: Uint8Array, most: number): Uint8Array {
  const chunks: Uint8Array[] = [];
  inflatePieces((chunk) => chunks.push(chunk), where, packed, most);
  return concat(chunks);
}

function checkSize(where: string, packed: Uint8Array, size: number): void {
  const most = Math.min(inflateLimit, packed.length * bestRatio);
  if (size > most)
    refuse(where, 'uncompressed size', `at most ${most} for ${packed.length} bytes`, size, fetchAgain);
  if (packed.length === 0) refuseStream(where, packed, 'nothing');
}

function refuseStream(where: string, packed: Uint8Array, got: string): never {
  refuse(where, 'compressed data', `a DEFLATE stream of ${packed.length} bytes`, got, fetchAgain);
}

function checkTotal(where: string, size: number, total: number): void {
  const got = total > size ? `more than ${size}` : total;
  if (total !== size) refuse(where, 'uncompressed size', `${size} bytes, as the file says`, got, fetchAgain);
}

/** Inflates a stream piece by piece, until it ends or exceeds `size` bytes. Returns the number of inflated bytes. */
function inflatePieces(take: Take, where: string, packed: Uint8Array, size: number): number {
  let total = 0;
  const stream = new Inflate((chunk) => {
    total += chunk.length;
    take(chunk);
  });
  // fflate does not report the end, but its internal fields do: `f` marks the last block, and `l` is set within a block.
  const state = stream['s'] as { f?: number; l?: unknown };
  for (let at = 0; at < packed.length && total <= size && !(state.f && !state.l);) {
    // The number of packed bytes that inflate to `wantedAtOnce` bytes at the ratio so far.
    const likely = Math.ceil((wantedAtOnce * at) / (total + 1));
    const end = at + Math.max(smallestPiece, Math.min(largestPiece, likely));
    try {
      stream.push(packed.subarray(at, end), end >= packed.length);
    } catch (error) {
      if (error instanceof InputError) throw error;
      refuseStream(where, packed, messageOf(error));
    }
    at = end;
  }
  return total;
}

/**
 * Inflates a zlib stream (RFC 1950), whose contents must have `size` bytes. Verifies the header, the size and Adler-32. `what`
 * names the stream in errors.
 */
export function inflateZlib(where: string, what: string, stream: Uint8Array, size: number): Uint8Array {
  const head = 256 * (stream[0] ?? 0) + (stream[1] ?? 0);
  if (stream.length < 6 || (head & 0x0f20) !== 0x0800 || head % 31 !== 0)
    refuse(where, what, 'a zlib stream of DEFLATE', `${stream.length} bytes of something else`, fetchAgain);
  const data = inflateExact(where, stream.subarray(2, -4), size);
  const stored = new DataView(stream.buffer, stream.byteOffset + stream.length - 4, 4).getUint32(0);
  const sum = adler32(data);
  if (sum !== stored) refuse(where, `Adler-32 of the ${what}`, hex32(stored), hex32(sum), fetchAgain);
  return data;
}

function adler32(data: Uint8Array): number {
  let [a, b] = [1, 0];
  for (let i = 0; i < data.length;) {
    // The remainder is taken every 4096 bytes, while the sums are still far below 2^53.
    for (const end = Math.min(data.length, i + 4096); i < end; i++) b += a += data[i];
    a %= 65521;
    b %= 65521;
  }
  return b * 65536 + a;
}
