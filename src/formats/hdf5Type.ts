/** The types of elements in HDF5 files. The reader and the writer share the messages that describe them. */
import type { Hdf5Part } from './hdf5Part.ts';
import { dtypes, type Dtype } from './tensor.ts';

/** The type of a tensor's elements. STR is a text: of `width` bytes, or of any length in a heap. */
export interface Hdf5Type {
  readonly dtype: Dtype | 'STR';
  /** Bytes of an element in the tensor. For a text in a heap, bytes of the reference. */
  readonly width: number;
  readonly bigEndian: boolean;
  readonly inHeap: boolean;
}

/** An integer that uses all bits of its width; `sign` is 8 for signed integers. */
const integer = (width: number, sign: 0 | 8): string => `16 ${sign} 0 0 ${width} 0 0 0 0 0 ${8 * width} 0`;

/**
 * The bytes of the messages, in version 1 and little-endian: class, three bytes of class bits, four bytes of width, properties.
 * For floats, the second byte of class bits is the position of the sign. The properties of a float are position and width of
 * all bits, of the exponent and of the fraction, then the bias.
 */
export const typeMessages: Readonly<Record<Dtype | 'STR', string>> = {
  F32: '17 32 31 0 4 0 0 0 0 0 32 0 23 8 0 23 127 0 0 0',
  F64: '17 32 63 0 8 0 0 0 0 0 64 0 52 11 0 52 255 3 0 0',
  I8: integer(1, 8),
  U8: integer(1, 0),
  I16: integer(2, 8),
  U16: integer(2, 0),
  I32: integer(4, 8),
  U32: integer(4, 0),
  I64: integer(8, 8),
  U64: integer(8, 0),
  // NumPy's booleans: an enumeration over I8 with the names FALSE and TRUE in ASCII, and their numbers 0 and 1.
  BOOL: `24 2 0 0 1 0 0 0 ${integer(1, 8)} 70 65 76 83 69 0 0 0 84 82 85 69 0 0 0 0 0 1`,
  // A text of any length in UTF-8 that ends with a zero.
  STR: '25 1 1 0 16 0 0 0 16 0 0 0 1 0 0 0 0 0 8 0',
};

const classes: Readonly<Record<number, string>> = { 0: 'integers', 1: 'floats', 6: 'compounds', 8: 'enums' };

export function readHdf5Type(part: Hdf5Part): Hdf5Type {
  const [head, bits, , , width] = part.wholes(1, 1, 1, 1, 4);
  const kind = head & 15;
  // Numbers may have any version above 0, and either byte order.
  const bigEndian = kind < 2 && (bits & 1) === 1;
  const message = `${[16 + kind, bits - Number(bigEndian), ...part.bytes.subarray(2)].join(' ')} `;
  // Texts may have other properties than those that we write.
  const isText = kind === 3 || (kind === 9 && width === 16 && (bits & 15) === 1);
  const dtype = isText ? 'STR' : dtypes.find((each) => message.startsWith(`${typeMessages[each]} `));
  const got = head < 16 ? 'version 0' : `${classes[kind] ?? `class ${kind}`} of ${width} bytes`;
  if (!dtype || width === 0 || head < 16) part.fail('a type of numbers, booleans or texts', got);
  if (kind === 1) part.file.checkOrder(part, bigEndian);
  return { dtype, width, bigEndian, inHeap: kind === 9 };
}
