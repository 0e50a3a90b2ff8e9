/**
 * HDF5 files in the form that NIR writes: superblock 0, object headers of version 1, groups by symbol table. Tensors are
 * compact, contiguous or in chunks, which may be compressed by DEFLATE. Links by name, other filters than DEFLATE, and files of
 * `libver='latest'` are refused. Attributes are ignored.
 */
import { bytesOf, type AnyBytes } from './bytes.ts';
import { refuse } from '../errors.ts';
import type { OpenChunks } from './hdf5Chunks.ts';
import { asNirWrites, compareBytes, Hdf5File, treeOf, Hdf5Part } from './hdf5Part.ts';
import { readHdf5Type, type Hdf5Type } from './hdf5Type.ts';
import { type AnyTensor, countElements, decodeElements, showShape } from './tensor.ts';

/** A group: groups and tensors by name, in the order of the file. */
export type Hdf5Group = Map<string, Hdf5Group | AnyTensor>;

const mostDepth = 32;

/** Types of messages in an object's header. */
const shapeMessage = 0x01;
const typeMessage = 0x03;
const layoutMessage = 0x08;
const filtersMessage = 0x0b;
const continuation = 0x10;
const symbolTable = 0x11;

const signature = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

/**
 * Reads the groups and tensors of an HDF5 file. Each tensor is a new copy.
 *
 * @param openChunks locates the chunks of a tensor
 * @throws InputError if a part lies outside the file or overlaps another, or if a feature is unsupported; the message names it
 */
export function readHdf5(supplied: AnyBytes, where: string, openChunks: OpenChunks): Hdf5Group {
  const bytes = bytesOf(where, 'file', supplied);
  if (signature.some((byte, at) => bytes[at] !== byte)) {
    const isZip = bytes[0] === 0x50 && bytes[1] === 0x4b;
    const got = isZip ? 'a zip, as PyTorch writes them' : 'other bytes';
    refuse(where, 'file', 'an HDF5 file, as NIR graphs are', got);
  }
  const file = new Hdf5File(bytes, where);
  const head = file.take('superblock', 0, 96);
  head.skip(signature.length);
  head.expect(1, 'superblock version', 0);
  head.skip(4);
  head.expect(2, 'widths of addresses and lengths', 0x0808);
  head.skip(9);
  head.expect(8, 'base address', 0);
  head.skip(32);
  const at = head.whole(8);
  const root = readObject(file.take('/', at, 16), at, 0, openChunks);
  return root instanceof Map ? root : refuse(where, '/', 'a group', 'a tensor');
}

/**
 * Reads the group or the tensor whose header begins with `head`, at the address `at`.
 *
 * @param cached for a group: the copy of the addresses of its tree and heap in its entry in the group above
 */
function readObject(
  head: Hdf5Part,
  at: number,
  depth: number,
  openChunks: OpenChunks,
  cached?: Uint8Array | false,
): Hdf5Group | AnyTensor {
  if (depth > mostDepth) head.fail(`at most ${mostDepth} groups within groups`, depth);
  const found = readMessages(head, at);
  const [table, layout] = [found.get(symbolTable), found.get(layoutMessage)];
  if (table && !(cached && compareBytes(cached, table.bytes))) return readGroup(table, depth, openChunks);
  return layout
    ? readHdf5Tensor(layout, found, openChunks)
    : head.fail('a group by symbol table as listed, or a tensor', 'neither', asNirWrites);
}

/** The messages of an object's header, by type. If several have the same type, the first is used. */
function readMessages(head: Hdf5Part, at: number): Map<number, Hdf5Part> {
  head.expect(1, 'version of the header', 1);
  const [, inAll, , size] = head.wholes(1, 2, 4, 4);
  let count = inAll;
  const blocks = [head.take(at + 16, size)];
  const found = new Map<number, Hdf5Part>();
  // `blocks` grows during the loop.
  for (const block of blocks) {
    for (; count > 0 && block.left >= 8; count--) {
      const [type, length, flags] = block.wholes(2, 2, 1, 3);
      const part = block.part(length);
      // Bit 1 means that the message is shared and lies elsewhere.
      if (flags & 2) part.fail('no shared message', `type ${type}`);
      if (type === continuation) blocks.push(part.take(part.whole(8), part.whole(8)));
      else if (!found.has(type)) found.set(type, part);
    }
  }
  if (count > 0) head.fail(`${count} more messages`, 'the end of the header');
  return found;
}

/** Reads a group from its symbol table: a B-tree whose leaves list the members, and a heap with their names. */
function readGroup(table: Hdf5Part, depth: number, openChunks: OpenChunks): Hdf5Group {
  const { file, path } = table;
  const [tree, at] = table.wholes(8, 8);
  const heap = table.take(at, 32);
  heap.signature('HEAP', 0);
  const [, size, , names] = heap.wholes(3, 8, 8, 8);
  const group: Hdf5Group = new Map();
  let before: Uint8Array = new Uint8Array(0);
  for (const [node, , after] of treeOf(table, tree, 0, 8)) {
    const part = table.take(node, 8);
    part.signature('SNOD', 1);
    const [, count] = part.wholes(1, 2);
    const entries = table.take(node + 8, 40 * count);
    let last = 0;
    for (let k = 0; k < count; k++) {
      const [offset, object, kind] = entries.wholes(8, 8, 4, 4);
      last = offset;
      const named = file.takeName(path, names + offset, names + size);
      const name = named.text(named.left);
      if (kind === 2) entries.fail('no link by name', name);
      const cached = entries.raw(16);
      if (compareBytes(before, named.bytes) >= 0) entries.fail('names in their order, each once', name);
      before = named.bytes;
      const inner = path === '/' ? `/${name}` : `${path}/${name}`;
      const head = file.take(inner, object, 16);
      group.set(name, readObject(head, object, depth + 1, openChunks, kind > 0 && cached));
    }
    // A difference means that `count` is too small.
    if (after.whole(8) !== last) after.fail('the last name of a node', 'another');
  }
  return group;
}

const mostTexts = 2 ** 20;

/**
 * Reads a tensor from the messages of its header. Numbers in chunks are read at each access to `data`, because they may take much
 * more memory than the file.
 */
function readHdf5Tensor(
  layout: Hdf5Part,
  found: ReadonlyMap<number, Hdf5Part>,
  openChunks: OpenChunks,
): AnyTensor {
  const { file, path } = layout;
  const message = (type: number, what: string): Hdf5Part => found.get(type) ?? layout.fail(what, 'none');
  const shape = readShape(message(shapeMessage, 'its shape'));
  const type = readHdf5Type(message(typeMessage, 'its type'));
  const { dtype } = type;
  const size = countElements(file.where, path, shape) * type.width;
  const decode = (elements: Uint8Array): AnyTensor['data'] =>
    dtype === 'STR'
      ? readTexts(new Hdf5Part(file, path, elements), type)
      : decodeElements(layout.where, dtype, shape, elements, type).data;
  layout.expect(1, 'layout version', 3);
  const kind = layout.expect(1, 'layout', 0, 1, 2);
  if (kind === 2) {
    const readAll = openChunks(layout, found.get(filtersMessage), shape, type.width);
    let texts: AnyTensor['data'] | undefined;
    return {
      dtype,
      shape,
      get data() {
        const data = texts ?? decode(readAll());
        if (dtype === 'STR') texts = data;
        return data;
      },
    } as AnyTensor; // `data` matches `dtype`
  }
  // The elements lie in the header, or in one piece elsewhere.
  const at = kind === 1 ? layout.whole(8) : 0;
  const length = layout.whole(kind === 1 ? 8 : 2);
  if (length !== size) layout.fail(`${size} bytes for ${showShape(shape)}`, length);
  // A tensor without elements takes no bytes of the file, so its address is not used.
  const { bytes } = kind === 1 && length > 0 ? layout.take(at, length) : layout.part(length);
  return { dtype, shape, data: decode(bytes) } as AnyTensor; // `data` matches `dtype`
}

function readShape(part: Hdf5Part): number[] {
  const version = part.expect(1, 'version of a shape', 1, 2);
  const dimensions = part.whole(1);
  // A dataspace without data counts as one element, so the check of its bytes fails.
  const hasMost = part.whole(1) & 1;
  part.skip(version === 1 ? 5 : 1);
  const shape = Array.from({ length: dimensions }, () => part.whole(8));
  // The maximum of each side must be its size or unlimited.
  for (const side of hasMost ? shape : [])
    if (![side, 2 ** 64].includes(part.whole(8))) part.fail(`a side of at most ${side}`, 'another');
  return shape;
}

/** Reads texts. Either they have a fixed length, padded with zeros, or each element refers to a text in a heap. */
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
