import { gunzip, isGzip } from './gzip.ts';
import { readIdx, type Idx } from './idx.ts';

/** Reads an IDX file, compressed by gzip or not: {@link readIdx} and {@link gunzip}. */
export function readIdxMaybeGzip(bytes: Uint8Array, where: string): Idx {
  return readIdx(isGzip(bytes) ? gunzip(bytes, where) : bytes, where);
}
