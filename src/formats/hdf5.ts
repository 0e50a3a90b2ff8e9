/**
 * HDF5 files in the form that NIR writes: superblock 0, object headers of version 1, groups by symbol table.
 * Tensors are contiguous or in chunks of DEFLATE. The format of `libver='latest'`, links by name and other
 * filters are refused. Attributes are not read.
 */
import { bytesOf, type AnyBytes } from './bytes.ts';
import { refuse } from '../errors.ts';
import type { OpenChunks } from './hdf5Chunks.ts';
import { readHdf5Tensor } from './hdf5Tensor.ts';
import { asNirWrites, compareBytes, Hdf5File, treeOf, type Hdf5Part } from './hdf5Part.ts';
import type { AnyTensor } from './tensor.ts';

/** A group: groups and tensors by name, in the order of the file. */
export type Hdf5Group = Map<string, Hdf5Group | AnyTensor>;

/** Groups within groups. */
const mostDepth = 32;

/** Types of messages in an object's header. */
const messages = { continuation: 0x10, symbolTable: 0x11, layout: 0x08 } as const;

const signature = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

/**
 * Reads the groups and tensors of an HDF5 file. Each tensor is a fresh copy.
 *
 * @param openChunks opens a tensor in chunks
 * @throws InputError when a part lies outside the file or overlaps another, and for unsupported features, by
 * name.
 */
export function readHdf5(given: AnyBytes, where: string, openChunks: OpenChunks): Hdf5Group {
  const bytes = bytesOf(where, 'file', given);
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
  const root = readObject(file, head.whole(8), '/', 0, openChunks);
  return root instanceof Map ? root : refuse(where, '/', 'a group', 'a tensor');
}

/** A group or a tensor from the header at an address. */
function readObject(
  file: Hdf5File,
  at: number,
  path: string,
  depth: number,
  openChunks: OpenChunks,
): Hdf5Group | AnyTensor {
  const head = file.take(path, at, 16);
  if (depth > mostDepth) head.fail(`at most ${mostDepth} groups within groups`, depth);
  const found = readMessages(head, at);
  const [table, layout] = [found.get(messages.symbolTable), found.get(messages.layout)];
  if (table) return readGroup(table, depth, openChunks);
  return layout
    ? readHdf5Tensor(layout, found, openChunks)
    : head.fail('a group by symbol table, or a tensor', 'neither', asNirWrites);
}

/** The messages of an object's header, by type; the first of several. */
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
      // Bit 1: the message is shared and lies elsewhere.
      if (flags & 2) part.fail('messages that are not shared', `a shared one of type ${type}`);
      if (type === messages.continuation) blocks.push(part.take(part.whole(8), part.whole(8)));
      else if (!found.has(type)) found.set(type, part);
    }
  }
  if (count > 0) head.fail(`${count} more messages`, 'the end of the header');
  return found;
}

/** The group of a symbol table: a B-tree of nodes of names, which lie in a heap. */
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
    let place = 0;
    for (let k = 0; k < count; k++) {
      const [offset, object, kind] = entries.wholes(8, 8, 4);
      place = offset;
      const named = file.takeName(path, names + place, names + size);
      const name = named.text(named.left);
      if (kind === 2) entries.fail('no link by name', name);
      entries.skip(20);
      if (compareBytes(before, named.bytes) >= 0) entries.fail('names in their order, each once', name);
      before = named.bytes;
      const inner = path === '/' ? `/${name}` : `${path}/${name}`;
      group.set(name, readObject(file, object, inner, depth + 1, openChunks));
    }
    // This detects a count that is too small.
    if (after.whole(8) !== place) after.fail('the last name of a node', 'another');
  }
  return group;
}
