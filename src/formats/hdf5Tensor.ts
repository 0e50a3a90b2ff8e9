import type { Hdf5Type, OpenChunks } from './hdf5Chunks.ts';
import { Hdf5Part } from './hdf5Part.ts';
import { countElements, decodeTensor, dtypes, showShape } from './tensor.ts';
import type { AnyTensor, Dtype } from './tensor.ts';

/** The most texts of a file. */
const mostTexts = 2 ** 20;

/** Types of messages of a tensor. */
const messages = { shape: 0x01, type: 0x03, filters: 0x0b } as const;

/**
 * Reads a tensor from the messages of its header, which are all checked. Chunks are read at each access to
 * `data`.
 */
export function readHdf5Tensor(
  layout: Hdf5Part,
  found: ReadonlyMap<number, Hdf5Part>,
  openChunks: OpenChunks,
): AnyTensor {
  const { file, path } = layout;
  const message = (name: keyof typeof messages): Hdf5Part =>
    found.get(messages[name]) ?? layout.fail(`its ${name}`, 'none');
  const shape = readShape(message('shape'));
  const type = readHdf5Type(message('type'));
  const { dtype } = type;
  const size = countElements(file.where, path, shape) * type.width;
  const decode = (elements: Uint8Array): AnyTensor['data'] =>
    dtype === 'STR'
      ? readTexts(new Hdf5Part(file, path, elements), type)
      : decodeTensor(layout.where, dtype, shape, elements, type).data;
  layout.expect(1, 'layout version', 3);
  const kind = layout.expect(1, 'layout', 0, 1, 2);
  if (kind === 2) return openChunks(layout, found.get(messages.filters), { shape, type, size, decode });
  // The elements lie beside the header, or in one piece.
  const at = kind === 1 ? layout.whole(8) : 0;
  const length = layout.whole(kind === 1 ? 8 : 2);
  if (length !== size) layout.fail(`${size} bytes for ${showShape(shape)}`, length);
  // A tensor without elements has no place in the file.
  const { bytes } = kind === 1 && length > 0 ? layout.take(at, length) : layout.part(length);
  return { dtype, shape, data: decode(bytes) } as AnyTensor; // `data` has the array of `dtype`
}

function readShape(part: Hdf5Part): number[] {
  const version = part.expect(1, 'version of a shape', 1, 2);
  const dimensions = part.whole(1);
  // A dataspace without data counts as one element, whose bytes are then missing.
  const hasMost = part.whole(1) & 1;
  part.skip(version === 1 ? 5 : 1);
  const shape = Array.from({ length: dimensions }, () => part.whole(8));
  // The greatest size of a side is its size, or unlimited.
  for (const side of hasMost ? shape : [])
    if (![side, 2 ** 64].includes(part.whole(8))) part.fail(`a side of at most ${side}`, 'another');
  return shape;
}

/** Texts: of the length of their type, padded with zeros, or references to objects of heaps. */
function readTexts(part: Hdf5Part, { width, inHeap }: Hdf5Type): string[] {
  const { file, path } = part;
  const count = part.left / width;
  file.spend(path, 'texts', count, mostTexts);
  return Array.from({ length: count }, () => {
    if (!inHeap) return part.text(width).replace(/\0+$/, '');
    const [length, heap, index] = part.wholes(4, 8, 4);
    return length === 0 ? '' : file.takeObject(path, heap, index, length).text(length);
  });
}

const classes: Readonly<Record<number, string>> = { 0: 'integers', 1: 'floats', 6: 'compounds', 8: 'enums' };

/** Reads the message of a type. */
function readHdf5Type(part: Hdf5Part): Hdf5Type {
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

/** The type of elements by class and class bits; undefined if it is not supported. */
function dtypeOf(part: Hdf5Part, kind: number, bits: number, width: number): Hdf5Type['dtype'] | undefined {
  switch (kind) {
    case 0:
      // Only the bits of byte order and sign may be set. All bits of an element are used.
      return (bits & ~9) === 0 && part.whole(2) === 0 && part.whole(2) === 8 * width
        ? dtypes.find((each) => each === `${bits & 8 ? 'I' : 'U'}${8 * width}`)
        : undefined;
    case 1:
      part.file.checkOrder(part, (bits & 1) !== 0);
      return floats[[bits & ~1, ...part.raw(12)].join()];
    case 3:
      return 'STR';
    case 8:
      // NumPy's booleans: FALSE and TRUE, one byte each.
      part.skip(12);
      return width === 1 && bits === 2 && part.text(18) === 'FALSE\0\0\0TRUE\0\0\0\0\0\x01'
        ? 'BOOL'
        : undefined;
    case 9:
      return width === 16 && (bits & 15) === 1 ? 'STR' : undefined;
  }
  return undefined;
}

/**
 * IEEE floats by their description: the place of the sign times 256, plus 32 for the implied first bit of the
 * fraction; the place and width of all bits, of the exponent and of the fraction; the bias.
 */
const floats: Readonly<Record<string, Dtype>> = {
  [`${256 * 31 + 32},0,0,32,0,23,8,0,23,127,0,0,0`]: 'F32',
  [`${256 * 63 + 32},0,0,64,0,52,11,0,52,255,3,0,0`]: 'F64',
};
