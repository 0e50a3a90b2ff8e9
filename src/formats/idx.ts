import { bytesOf, isGzip, type AnyBytes } from './bytes.ts';
import { refuse } from '../errors.ts';
import { countElements, showShape } from './tensor.ts';

/** The element types of IDX, from code 8 on. Only the first is supported. */
const types = ['unsigned byte', 'signed byte', 'unknown', 'short', 'int', 'float', 'double'];

/** An array of bytes with its shape. */
export interface Idx {
  readonly shape: number[];
  /** The elements in C order. */
  readonly data: Uint8Array;
}

/**
 * Reads an IDX file of unsigned bytes with 1 to 4 dimensions, the format of MNIST.
 *
 * Layout, big-endian: two zero bytes, the type (8), the number of dimensions, each dimension in 4 bytes, the
 * elements.
 *
 * @param supplied the bytes of the file, decompressed
 * @param where name of the file in error messages
 * @returns the shape, and the elements as a view of `supplied`
 * @throws InputError if the elements have another type, or the length does not match the dimensions
 */
export function readIdx(supplied: AnyBytes, where: string): Idx {
  const bytes = bytesOf(where, 'file', supplied);
  if (isGzip(bytes))
    refuse(where, 'IDX file', 'two zero bytes at the start', 'a gzip file', 'decompress it first');
  if (bytes.length < 8) refuse(where, 'IDX file', 'at least 8 bytes', bytes.length, 'the file is cut short');
  const starts = `${bytes[0]}, ${bytes[1]}`;
  if (bytes[0] !== 0 || bytes[1] !== 0)
    refuse(where, 'IDX file', 'two zero bytes at the start', starts, 'it is not an IDX file');
  const type = `${bytes[2]} (${types[bytes[2] - 8] ?? 'unknown'})`;
  if (bytes[2] !== 8) refuse(where, 'IDX type', '8 (unsigned byte) at byte 2', type);
  const dimensions = bytes[3];
  if (dimensions < 1 || dimensions > 4) refuse(where, 'IDX dimensions', '1 to 4 at byte 3', dimensions);
  const start = 4 + 4 * dimensions;
  if (bytes.length < start)
    refuse(where, 'IDX file', `${start} bytes of header`, bytes.length, 'the file is cut short');
  const view = new DataView(bytes.buffer, bytes.byteOffset, start);
  const shape = Array.from({ length: dimensions }, (_, i) => view.getUint32(4 + 4 * i));
  const size = countElements(where, 'IDX dimensions', shape);
  const got = bytes.length - start;
  const next = got < size ? 'the file is cut short' : 'the file continues after its elements';
  const expected = `${size} bytes for ${showShape(shape)} from byte ${start}`;
  if (got !== size) refuse(where, 'IDX elements', expected, got, next);
  return { shape, data: bytes.subarray(start) };
}
