import { refuse, show } from '../errors.ts';
import { keysOf } from '../keysOf.ts';

/** The array of each element type, by its safetensors name. BOOL is 0 or 1 in a byte. */
export const arrayOf = {
  F32: Float32Array,
  F64: Float64Array,
  I8: Int8Array,
  U8: Uint8Array,
  I16: Int16Array,
  U16: Uint16Array,
  I32: Int32Array,
  U32: Uint32Array,
  I64: BigInt64Array,
  U64: BigUint64Array,
  BOOL: Uint8Array,
} as const;

/** Element types, by their safetensors names. BOOL is 0 or 1 in a byte. */
export type Dtype = keyof typeof arrayOf;

/** Numbers in C order (the last dimension runs fastest), with their shape; `[]` is one number. */
export type Tensor = {
  [D in Dtype]: {
    readonly dtype: D;
    readonly shape: readonly number[];
    readonly data: (typeof arrayOf)[D]['prototype'];
  };
}[Dtype];

/** Texts in C order, as .npy files hold them. */
export interface StringTensor {
  readonly dtype: 'STR';
  readonly shape: readonly number[];
  readonly data: string[];
}

/** An array of numbers or texts. */
export type AnyTensor = Tensor | StringTensor;

export const dtypes = keysOf(arrayOf);

/** NumPy's limit on the dimensions. */
const mostDimensions = 64;

/**
 * The number of elements of a shape; 1 for `[]`.
 *
 * @throws InputError if a dimension is not a whole number, there are more than 64 dimensions, or their product is 2⁵³ or more
 */
export function countElements(where: string, what: string, shape: readonly number[]): number {
  if (!Array.isArray(shape)) refuse(where, what, 'a shape, a list of whole numbers', shape);
  if (shape.length > mostDimensions)
    refuse(where, what, `at most ${mostDimensions} dimensions`, shape.length);
  for (const size of shape) {
    if (!Number.isSafeInteger(size) || size < 0) refuse(where, what, 'whole dimensions from 0 to 2^53', size);
  }
  if (shape.includes(0)) return 0;
  let count = 1;
  for (const size of shape) {
    count *= size;
    if (!Number.isSafeInteger(count)) refuse(where, what, 'fewer than 2^53 elements', showShape(shape));
  }
  return count;
}

export function showShape(shape: readonly number[]): string {
  return show(`[${shape.join(', ')}]`);
}

/** Element types of .npy and safetensors files. F16 (binary16) is read as F32. */
export type FileDtype = Dtype | 'F16';

export const fileDtypes: readonly FileDtype[] = [...dtypes, 'F16'];

/** The number of bytes of one element. */
export const widthOf = (dtype: FileDtype): number => (dtype === 'F16' ? 2 : arrayOf[dtype].BYTES_PER_ELEMENT);

/**
 * Makes a tensor from bytes: an aligned copy in the byte order of the machine, which is little-endian. F16 becomes F32. `bytes` must
 * have the length that the shape requires.
 *
 * @param options.mayShare whether the tensor may use the memory of `bytes`, instead of a copy, if they are aligned
 * @throws InputError when a BOOL is neither 0 nor 1
 */
export function decodeElements(
  where: string,
  dtype: FileDtype,
  shape: readonly number[],
  bytes: Uint8Array,
  { bigEndian = false, mayShare = false }: { readonly bigEndian?: boolean; readonly mayShare?: boolean } = {},
): Tensor {
  const width = widthOf(dtype);
  const aligned = mayShare && bytes.byteOffset % width === 0 ? bytes : new Uint8Array(bytes);
  if (bigEndian) swapBytes(aligned, width);
  if (dtype === 'BOOL') {
    const bad = aligned.findIndex((value) => value > 1);
    if (bad >= 0) refuse(where, `element ${bad}`, '0 or 1 in an array of booleans', aligned[bad]);
  }
  const buffer = aligned.buffer as ArrayBuffer; // the readers use no shared memory
  const kind = dtype === 'F16' ? Uint16Array : arrayOf[dtype];
  const data = new kind(buffer, aligned.byteOffset, aligned.length / width);
  if (dtype === 'F16') return { dtype: 'F32', shape, data: widenHalves(data as Uint16Array) }; // as `kind` says
  return { dtype, shape, data } as Tensor; // `data` matches `dtype`
}

/** Converts the bits of IEEE binary16 numbers to binary32. The result is exact; a NaN becomes the quiet NaN. */
export function widenHalves(bits: Uint16Array): Float32Array {
  const wide = new Float32Array(bits.length);
  for (let i = 0; i < bits.length; i++) {
    const exponent = (bits[i] >> 10) & 31;
    const fraction = bits[i] & 1023;
    const finite = exponent > 0 ? (1024 + fraction) * 2 ** (exponent - 25) : fraction * 2 ** -24;
    const size = exponent < 31 ? finite : fraction > 0 ? NaN : Infinity;
    wide[i] = bits[i] >> 15 ? -size : size;
  }
  return wide;
}

/** The elements of an array as little-endian bytes, without a copy. */
export function elementBytes({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function swapBytes(bytes: Uint8Array, width: number): void {
  for (let at = 0; at < bytes.length; at += width) {
    for (let low = at, high = at + width - 1; low < high; low++, high--) {
      const byte = bytes[low];
      bytes[low] = bytes[high];
      bytes[high] = byte;
    }
  }
}

/** Arrays of numbers other than bigints. */
export type Numbers = Exclude<Tensor['data'], BigInt64Array | BigUint64Array>;

/** Converts bigints to numbers. `Float64Array.from` with a function would first build a list of all numbers. */
export function numbersOf(data: Tensor['data']): Numbers {
  if (!(data instanceof BigInt64Array || data instanceof BigUint64Array)) return data;
  const numbers = new Float64Array(data.length);
  for (let i = 0; i < data.length; i++) numbers[i] = Number(data[i]);
  return numbers;
}
