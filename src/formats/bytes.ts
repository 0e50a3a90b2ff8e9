import { refuse } from '../errors.ts';

/** Bytes that are read part by part, from a file or from memory. */
export interface ByteSource {
  readonly length: number;
  /** The bytes from `from` to `to` − 1; none if `to` is not greater than `from`. */
  subarray(from: number, to: number): Uint8Array;
}

/** Limit on the size of one decompressed file in bytes. */
export const inflateLimit = 2 ** 30;

/** Bytes, as a buffer or a view of one. */
export type AnyBytes = ArrayBuffer | SharedArrayBuffer | ArrayBufferView;

/** A view of the bytes, or a copy if another thread may change them. */
export function bytesOf(where: string, what: string, supplied: AnyBytes): Uint8Array {
  if (typeof where !== 'string') refuse('file', 'where', 'a text', where);
  try {
    const { buffer = supplied, byteOffset = 0, byteLength } = supplied as Partial<Uint8Array>; // an ArrayBuffer has only `byteLength`
    // If the length is absent, this comparison is false.
    if (byteLength! >= 0) {
      const bytes = new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength); // shared memory is copied below
      return bytes.buffer instanceof ArrayBuffer ? bytes : bytes.slice();
    }
  } catch {
    // `supplied` is undefined, detached, or not a buffer.
  }
  refuse(where, what, 'an ArrayBuffer or a view', supplied);
}

const utf8 = /* @__PURE__ */ new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text of bytes in UTF-8; undefined if they are not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

/**
 * Checks that the bytes of a file from `start` on are one or more whole records of `width` bytes.
 *
 * @param what the records, in the plural
 */
export function checkRecords(where: string, what: string, size: number, width: number, start = 0): void {
  const rest = (size - start) % width;
  const next = rest > 0 ? `the ${what.slice(0, -1)} at byte ${size - rest} is cut short` : undefined;
  if (size === start || rest > 0)
    refuse(where, what, `${width} bytes each, one or more from byte ${start}`, `${size - start} bytes`, next);
}

export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

export function concat(chunks: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

/** Encodes whole numbers, little-endian. Each has a width in bytes. */
export function wholes(
  ...numbers: readonly (readonly [width: number, value: number | bigint])[]
): Uint8Array {
  const bytes = new Uint8Array(numbers.reduce((sum, [width]) => sum + width, 0));
  let at = 0;
  for (const [width, value] of numbers)
    for (let k = 0, rest = BigInt(value); k < width; k++, rest >>= 8n) bytes[at++] = Number(rest & 255n);
  return bytes;
}

/** The unsigned whole number in the bytes `from` … `to` − 1, little-endian. Beyond 2⁵³ it is rounded. */
export function wholeIn(bytes: Uint8Array, from = 0, to = bytes.length): number {
  let whole = 0;
  for (let at = to - 1; at >= from; at--) whole = 256 * whole + bytes[at];
  return whole;
}

/** Decodes whole numbers of these widths in bytes, from byte `at` on. Returns none if a number is incomplete. */
export function wholesIn(bytes: Uint8Array, at: number, widths: readonly number[]): number[] {
  const numbers = widths.map((width) => wholeIn(bytes, at, (at += width)));
  return at > bytes.length ? [] : numbers;
}
