import { refuse, show } from '../errors.ts';
import { openChunks } from './hdf5Chunks.ts';
import { type Hdf5File, type Hdf5Part } from './hdf5Part.ts';
import { readHdf5Type, type Hdf5Form, type Hdf5Type } from './hdf5Type.ts';
import { countElements, decodeTensor, mostDimensions, showShape, type AnyTensor } from './tensor.ts';

/** Types of messages of a tensor. */
const messages = { space: 0x01, type: 0x03, layout: 0x08, filters: 0x0b } as const;

/**
 * A tensor from the messages of its header, all of which is checked. One in chunks is read whenever its data are asked for, as it may be
 * much larger than the file, and nobody may ask; its texts are read once.
 */
export function readHdf5Tensor(file: Hdf5File, found: Map<number, Hdf5Part>, path: string): AnyTensor {
  const message = (name: 'space' | 'type' | 'layout'): Hdf5Part =>
    found.get(messages[name]) ?? refuse(file.where, path, `a message of its ${name}`, 'none');
  const shape = readShape(message('space'));
  const type = readHdf5Type(message('type'), path);
  const size = countElements(file.where, `shape of ${show(path)}`, shape) * type.width;
  const bytes = openBytes(file, message('layout'), found.get(messages.filters), { path, shape, type, size });
  const { dtype } = type;
  const decode = (elements: Uint8Array): AnyTensor['data'] =>
    dtype === 'STR'
      ? readTexts(file, elements, type, path)
      : decodeTensor(`${file.where}(${show(path)})`, dtype, shape, elements, type.bigEndian).data;
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
  part.skip(1);
  if (version === 1) part.skip(5);
  // Of version 2: a number, or a shape; 2 is no data at all.
  else part.expect(1, 'kind of a shape', 0, 1);
  return Array.from({ length: dimensions }, () => part.whole(8));
}

/** The bytes of the elements, in C order: beside the header, in one piece, or in chunks, which the function that is returned reads. */
function openBytes(
  file: Hdf5File,
  layout: Hdf5Part,
  filters: Hdf5Part | undefined,
  form: Hdf5Form,
): Uint8Array | (() => Uint8Array) {
  const what = `elements of ${show(form.path)}`;
  const version = layout.whole(1);
  if (version !== 3) layout.fail('layout version 3', version, "write the file without libver='latest'");
  const kind = layout.expect(1, 'layout', 0, 1, 2);
  if (kind === 2) return openChunks(file, layout, filters, form);
  const isBeside = kind === 0;
  const at = isBeside ? 0 : layout.whole(8);
  const length = layout.whole(isBeside ? 2 : 8);
  if (length !== form.size)
    refuse(file.where, what, `${form.size} bytes for ${showShape(form.shape)}`, length);
  // What has no elements has no place.
  const { bytes } = isBeside || length === 0 ? layout.part(length) : file.take(at, length, what);
  return bytes;
}

/** Texts: as long as their type, filled with zeros, or references to objects of heaps. */
function readTexts(file: Hdf5File, bytes: Uint8Array, type: Hdf5Type, path: string): string[] {
  const { width, inHeap } = type;
  const what = `text of ${show(path)}`;
  const part = file.inner(bytes, what);
  const texts: string[] = [];
  file.spend('texts', bytes.length / width, what);
  for (let k = 0; k < bytes.length / width; k++) {
    if (!inHeap) texts.push(part.text(width).replace(/\0+$/, ''));
    else {
      const [length, heap, index] = part.wholes(4, 8, 4);
      texts.push(length === 0 ? '' : file.takeObject(heap, index, length, what).text(length));
    }
  }
  return texts;
}
