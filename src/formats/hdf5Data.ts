import { openChunks } from './hdf5Chunks.ts';
import { Hdf5Part } from './hdf5Part.ts';
import { readHdf5Type, type Hdf5Form, type Hdf5Type } from './hdf5Type.ts';
import { countElements, decodeTensor, mostDimensions, showShape, type AnyTensor } from './tensor.ts';

/** Types of messages of a tensor. */
const messages = { shape: 0x01, type: 0x03, filters: 0x0b } as const;

/**
 * A tensor from the messages of its header, all of which is checked. One in chunks is read whenever its data are asked for, as it may be
 * much larger than the file, and nobody may ask; its texts are read once.
 */
export function readHdf5Tensor(layout: Hdf5Part, found: ReadonlyMap<number, Hdf5Part>): AnyTensor {
  const { file, path } = layout;
  const message = (name: 'shape' | 'type'): Hdf5Part =>
    found.get(messages[name]) ?? layout.fail(`a message of its ${name}`, 'none');
  const shape = readShape(message('shape'));
  const type = readHdf5Type(message('type'));
  const { dtype } = type;
  const size = countElements(file.where, path, shape) * type.width;
  const bytes = openBytes(layout, found.get(messages.filters), { shape, type, size });
  const decode = (elements: Uint8Array): AnyTensor['data'] =>
    dtype === 'STR'
      ? readTexts(new Hdf5Part(file, path, elements), type)
      : decodeTensor(layout.where, dtype, shape, elements, type.bigEndian).data;
  // `data` has the array of `dtype`.
  if (bytes instanceof Uint8Array) return { dtype, shape, data: decode(bytes) } as AnyTensor;
  let texts: AnyTensor['data'] | undefined;
  return {
    dtype,
    shape,
    get data() {
      const data = texts ?? decode(bytes());
      if (dtype === 'STR') texts = data;
      return data;
    },
  } as AnyTensor; // as above
}

function readShape(part: Hdf5Part): number[] {
  const version = part.expect(1, 'version of a shape', 1, 2);
  const dimensions = part.whole(1);
  if (dimensions > mostDimensions) part.fail(`at most ${mostDimensions} dimensions`, dimensions);
  // What has no data at all has no bytes, and one element.
  part.skip(version === 1 ? 6 : 2);
  return Array.from({ length: dimensions }, () => part.whole(8));
}

/** The bytes of the elements, in C order: beside the header, in one piece, or in chunks, which the function that is returned reads. */
function openBytes(
  layout: Hdf5Part,
  filters: Hdf5Part | undefined,
  form: Hdf5Form,
): Uint8Array | (() => Uint8Array) {
  layout.expect(1, 'layout version', 3);
  const kind = layout.expect(1, 'layout', 0, 1, 2);
  if (kind === 2) return openChunks(layout, filters, form);
  const at = kind === 1 ? layout.whole(8) : 0;
  const length = layout.whole(kind === 1 ? 8 : 2);
  if (length !== form.size) layout.fail(`${form.size} bytes for ${showShape(form.shape)}`, length);
  // What has no elements has no place.
  return (kind === 1 && length > 0 ? layout.take(at, length) : layout.part(length)).bytes;
}

/** Texts: as long as their type, filled with zeros, or references to objects of heaps. */
function readTexts(part: Hdf5Part, { width, inHeap }: Hdf5Type): string[] {
  const { file, path } = part;
  const count = part.left / width;
  file.spend(path, 'texts', count);
  return Array.from({ length: count }, () => {
    if (!inHeap) return part.text(width).replace(/\0+$/, '');
    const [length, heap, index] = part.wholes(4, 8, 4);
    return length === 0 ? '' : file.takeObject(path, heap, index, length).text(length);
  });
}
