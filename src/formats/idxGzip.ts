import { gunzip, gunzipHead, isGzip } from './gzip.ts';
import { readIdx, readIdxHead, type Idx } from './idx.ts';

/** Bytes of the longest head. */
const mostHead = 20;

/**
 * Reads an IDX file, compressed by gzip or not: {@link readIdx} and {@link gunzip}.
 *
 * @param check refuses dimensions that nobody can take, before their elements are inflated
 */
export function readIdxMaybeGzip(
  bytes: Uint8Array,
  where: string,
  check: (shape: readonly number[]) => void = () => {},
): Idx {
  const isPacked = isGzip(bytes);
  check(readIdxHead(isPacked ? gunzipHead(bytes, where, mostHead) : bytes, where).shape);
  return readIdx(isPacked ? gunzip(bytes, where) : bytes, where);
}
