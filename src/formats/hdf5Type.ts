import type { Hdf5Part } from './hdf5Part.ts';
import { dtypes, type AnyTensor, type Dtype } from './tensor.ts';

/** The type of a tensor's elements. STR is a text: of a length of its own, in a heap, or of `width` bytes. */
export interface Hdf5Type {
  readonly dtype: Dtype | 'STR';
  /** Bytes of an element where the tensor lies: of a text in a heap, its reference. */
  readonly width: number;
  readonly bigEndian: boolean;
  readonly inHeap: boolean;
}

/** What a tensor is. */
export interface Hdf5Form {
  readonly shape: readonly number[];
  readonly type: Hdf5Type;
  /** Bytes of all elements. */
  readonly size: number;
  /** The elements from their bytes, in C order. */
  readonly decode: (elements: Uint8Array) => AnyTensor['data'];
}

const classes: Readonly<Record<number, string>> = { 0: 'integers', 1: 'floats', 6: 'compounds', 8: 'enums' };

/** Reads the message of a type. */
export function readHdf5Type(part: Hdf5Part): Hdf5Type {
  const [head, bits, more, , width] = part.wholes(1, 1, 1, 1, 4);
  const kind = head & 15;
  const dtype = dtypeOf(part, kind, bits + 256 * more, width);
  if (!dtype || width === 0)
    part.fail(
      'a type of numbers, booleans or texts',
      `${classes[kind] ?? `class ${kind}`} of ${width} bytes`,
    );
  return { dtype, width, bigEndian: (bits & 1) !== 0, inHeap: kind === 9 };
}

/** The type of elements of a class, whose bits say more; none if it is not read. */
function dtypeOf(part: Hdf5Part, kind: number, bits: number, width: number): Hdf5Type['dtype'] | undefined {
  switch (kind) {
    case 0: {
      // Of the order of bytes and the sign; all else belongs to floats.
      if ((bits & ~9) !== 0) return undefined;
      const name = `${bits & 8 ? 'I' : 'U'}${8 * width}`;
      // All bits are used.
      return part.whole(2) === 0 && part.whole(2) === 8 * width
        ? dtypes.find((each) => each === name)
        : undefined;
    }
    case 1:
      part.file.checkOrder(part, (bits & 1) !== 0);
      return floats[[bits & ~1, ...part.raw(12)].join()];
    case 3:
      return 'STR';
    case 8:
      return width === 1 && bits === 2 && isBoolean(part) ? 'BOOL' : undefined;
    case 9:
      return width === 16 && (bits & 15) === 1 ? 'STR' : undefined;
  }
  return undefined;
}

/**
 * IEEE floats: the place of the sign (256 times) and that the first bit of the fraction is implied; place and width of all their bits,
 * of exponent and of fraction, and the bias.
 */
const floats: Readonly<Record<string, Dtype>> = {
  [`${256 * 31 + 32},0,0,32,0,23,8,0,23,127,0,0,0`]: 'F32',
  [`${256 * 63 + 32},0,0,64,0,52,11,0,52,255,3,0,0`]: 'F64',
};

/** NumPy's booleans: FALSE and TRUE, a byte each. */
function isBoolean(part: Hdf5Part): boolean {
  part.skip(12);
  return part.text(18) === 'FALSE\0\0\0TRUE\0\0\0\0\0\x01';
}
