/** Element types of files. F16 (binary16) is read as F32. */
import { computeWidth, decodeTensor, dtypes, type Dtype, type Tensor } from './tensor.ts';

export type FileDtype = Dtype | 'F16';

export const fileDtypes: readonly FileDtype[] = [...dtypes, 'F16'];

/** The number of bytes of one element. */
export const widthOf = (dtype: FileDtype): number => (dtype === 'F16' ? 2 : computeWidth(dtype));

/** As {@link decodeTensor}. */
export function decodeElements(
  where: string,
  dtype: FileDtype,
  shape: readonly number[],
  bytes: Uint8Array,
  options?: Parameters<typeof decodeTensor>[4],
): Tensor {
  const isHalf = dtype === 'F16';
  const tensor = decodeTensor(where, isHalf ? 'U16' : dtype, shape, bytes, options);
  return isHalf ? { dtype: 'F32', shape, data: widenHalves(tensor.data as Uint16Array) } : tensor; // F16 was decoded as U16
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
