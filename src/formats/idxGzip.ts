import { gunzip, gunzipHead, isGzip } from './gzip.ts';
import { inflateLimit } from './bytes.ts';
import { countElements } from './tensor.ts';
import { readIdx, readIdxHead, type Idx } from './idx.ts';

/** Bytes of the longest head. */
const mostHead = 20;

/**
 * Reads an IDX file, compressed by gzip or not: {@link readIdx} and {@link gunzip}.
 *
 * No more is inflated than the dimensions say.
 *
 * @param check refuses dimensions that nobody can take, before their elements are inflated
 */
export function readIdxMaybeGzip(
  bytes: Uint8Array,
  where: string,
  check: (shape: readonly number[]) => void = () => {},
): Idx {
  const isPacked = isGzip(bytes);
  const { shape, start } = readIdxHead(isPacked ? gunzipHead(bytes, where, mostHead) : bytes, where);
  check(shape);
  if (!isPacked) return readIdx(bytes, where);
  const size = start + countElements(where, 'IDX dimensions', shape);
  return readIdx(gunzip(bytes, where, Math.min(size, inflateLimit)), where);
}
