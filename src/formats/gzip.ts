import { inflateLimit, isGzip } from './bytes.ts';
import { refuse } from '../errors.ts';
import { hex32 } from '../hex.ts';
import { crc32 } from './crc32.ts';
import { readIdx, readIdxHead, type Idx } from './idx.ts';
import { inflateExact, inflateHead } from './inflate.ts';
import { countElements } from './tensor.ts';

const FHCRC = 2;
const FEXTRA = 4;
const FNAME = 8;
const FCOMMENT = 16;

const badFile =
  'the file is damaged, cut short, or continues after its end (several members are not supported)';

/**
 * Decompresses a gzip file (RFC 1952) of one member, and verifies its CRC-32 and its size.
 *
 * Layout: 10 bytes of header, the optional fields that its flags name, a DEFLATE stream, CRC-32 and size
 * modulo 2³² (both little-endian). These two are read from the end of the file, so further bytes are
 * detected as well.
 *
 * @param limit limit on the bytes of the result
 * @throws InputError if the file is not gzip, is damaged, continues after its first member, or becomes larger
 * than `limit`
 */
export function gunzip(bytes: Uint8Array, where: string, limit = inflateLimit): Uint8Array {
  const start = skipHeader(bytes, where);
  const end = bytes.length - 8;
  if (end <= start) refuse(where, 'gzip file', `more than ${start + 8} bytes`, bytes.length, badFile);
  const trailer = new DataView(bytes.buffer, bytes.byteOffset + end, 8);
  const size = trailer.getUint32(4, true);
  if (size > limit) refuse(where, 'uncompressed size', `at most ${limit} bytes`, size, badFile);
  const data = inflateExact(where, bytes.subarray(start, end), size, { next: badFile });
  const crc = crc32(data);
  if (crc !== trailer.getUint32(0, true)) {
    refuse(where, 'gzip CRC-32', hex32(trailer.getUint32(0, true)), hex32(crc), badFile);
  }
  return data;
}

/** Checks the header and returns the offset of the DEFLATE stream. */
function skipHeader(bytes: Uint8Array, where: string): number {
  if (!isGzip(bytes)) refuse(where, 'gzip file', 'to start with the bytes 1f 8b', 'other bytes');
  if (bytes.length < 18) refuse(where, 'gzip file', 'at least 18 bytes', bytes.length, badFile);
  if (bytes[2] !== 8) refuse(where, 'gzip method', '8 (DEFLATE) at byte 2', bytes[2]);
  const flags = bytes[3];
  if (flags & 0xe0) refuse(where, 'gzip flags', 'the upper three bits of byte 3 to be 0', flags, badFile);
  let at = 10;
  if (flags & FEXTRA) at += 2 + bytes[at] + 256 * bytes[at + 1];
  if (flags & FNAME) at = skipText(bytes, at, where);
  if (flags & FCOMMENT) at = skipText(bytes, at, where);
  if (flags & FHCRC) {
    const crc = crc32(bytes.subarray(0, at)) & 0xffff;
    const stored = (bytes[at] ?? 0) + 256 * (bytes[at + 1] ?? 0);
    if (stored !== crc) refuse(where, 'gzip header CRC', String(crc), stored, badFile);
    at += 2;
  }
  return at;
}

function skipText(bytes: Uint8Array, at: number, where: string): number {
  const zero = bytes.indexOf(0, at);
  if (zero < 0)
    refuse(where, 'gzip header', `a text that ends with a zero, from byte ${at}`, 'the end', badFile);
  return zero + 1;
}

/** Bytes of the longest head of an IDX file. */
const mostHead = 20;

/**
 * Reads an IDX file, compressed by gzip or not. Refuses one that has more bytes than its dimensions require.
 *
 * @param check refuses unsuitable dimensions, before the elements are inflated
 */
export function readIdxMaybeGzip(
  bytes: Uint8Array,
  where: string,
  check: (shape: readonly number[]) => void = () => {},
): Idx {
  const isPacked = isGzip(bytes);
  const head = isPacked ? inflateHead(where, bytes.subarray(skipHeader(bytes, where), -8), mostHead) : bytes;
  const { shape, start } = readIdxHead(head, where);
  check(shape);
  if (!isPacked) return readIdx(bytes, where);
  const size = start + countElements(where, 'IDX dimensions', shape);
  return readIdx(gunzip(bytes, where, Math.min(size, inflateLimit)), where);
}
