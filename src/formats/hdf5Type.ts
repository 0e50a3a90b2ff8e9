import { refuse, show } from '../errors.ts';
import type { Hdf5Part } from './hdf5Part.ts';
import { dtypes, type Dtype } from './tensor.ts';

/** The type of a tensor's elements. STR is a text: of a length of its own, in a heap, or of `width` bytes. */
export interface Hdf5Type {
  readonly dtype: Dtype | 'STR';
  /** Bytes of an element where the tensor lies. */
  readonly width: number;
  readonly bigEndian: boolean;
  readonly inHeap: boolean;
}

/** What a tensor is, beside where it lies. */
export interface Hdf5Form {
  readonly path: string;
  readonly shape: readonly number[];
  readonly type: Hdf5Type;
  /** Bytes of all elements. */
  readonly size: number;
}

const classes = [
  'whole numbers', 'floating-point numbers', 'times', 'texts', 'bit fields', 'opaque bytes',
  'compounds', 'references', 'enumerations', 'lists', 'arrays',
]; // prettier-ignore

/** Reads the message of a type. */
export function readHdf5Type(part: Hdf5Part, path: string): Hdf5Type {
  const refuseType = (got: string): never =>
    refuse(
      part.file.where,
      `type of ${show(path)}`,
      'floats of 4 or 8 bytes, whole numbers of 1 to 8, booleans, or texts in UTF-8',
      got,
    );
  const [head, bits, more, , width] = part.wholes(1, 1, 1, 1, 4);
  const kind = head & 15;
  const bigEndian = (bits & 1) !== 0;
  const known = { width, bigEndian, inHeap: false };
  if (kind === 0) {
    const name = `${bits & 8 ? 'I' : 'U'}${8 * width}`;
    const dtype = dtypes.find((each) => each === name);
    const isPlain = part.whole(2) === 0 && part.whole(2) === 8 * width;
    return dtype && isPlain ? { ...known, dtype } : refuseType(`integers of ${width} bytes`);
  }
  if (kind === 1) {
    const layout = Array.from(part.raw(12)).join();
    const dtype = floats[layout];
    return dtype && (bits & 64) === 0 ? { ...known, dtype } : refuseType(`floats of ${width} bytes`);
  }
  if (kind === 3 && width > 0) return { dtype: 'STR', width, bigEndian: false, inHeap: false };
  if (kind === 8 && isBoolean(part, width, bits + 256 * more)) return { ...known, dtype: 'BOOL' };
  if (kind === 9 && (bits & 15) === 1) return { dtype: 'STR', width: 16, bigEndian: false, inHeap: true };
  return refuseType(classes[kind] ?? `class ${kind}`);
}

/** IEEE floats: place and width of all their bits, of exponent and of fraction, and the bias. */
const floats: Readonly<Record<string, Dtype>> = {
  '0,0,32,0,23,8,0,23,127,0,0,0': 'F32',
  '0,0,64,0,52,11,0,52,255,3,0,0': 'F64',
};

/** NumPy's booleans: FALSE and TRUE, a byte each. */
function isBoolean(part: Hdf5Part, width: number, members: number): boolean {
  if (width !== 1 || members !== 2 || part.left < 12 + 16 + 2) return false;
  part.skip(12);
  const names = part.text(16);
  return names === 'FALSE\0\0\0TRUE\0\0\0\0' && part.whole(1) === 0 && part.whole(1) === 1;
}
