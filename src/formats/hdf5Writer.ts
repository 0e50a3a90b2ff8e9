/** Writes HDF5 files in the form that {@link readHdf5} reads. The same groups give the same bytes. */
import { concat, wholes } from './bytes.ts';
import type { Hdf5Group } from './hdf5.ts';
import { compareBytes } from './hdf5Part.ts';
import { typeMessages } from './hdf5Type.ts';
import { elementBytes, type AnyTensor } from './tensor.ts';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The undefined address. */
const nowhere = 0xffff_ffff_ffff_ffffn;

/** Half the maximum number of children of a node of a B-tree: the default of HDF5 libraries. */
const treeHalf = 16;

/** The least number of bytes that the libraries accept for a heap. */
const leastHeap = 4096;

const padded = (bytes: Uint8Array, length = 8 * Math.ceil(bytes.length / 8)): Uint8Array => {
  const whole = new Uint8Array(length);
  whole.set(bytes);
  return whole;
};

/**
 * Writes groups and tensors. Names are sorted by their bytes, as the format requires.
 *
 * @param root tensors that fit their shapes, at most 65,534 names per group, and at most 65,535 texts. A name has at most 1024 bytes
 *   without `/`; names and texts have no zero character
 */
export function writeHdf5(root: Hdf5Group): Uint8Array {
  // All leaves of a file have the same room: for 8 names, or for more if one node cannot list all leaves of the largest group.
  const file = new Writer(Math.max(4, Math.ceil(largest(root) / 2 / (2 * treeHalf))));
  return file.finish(file.addGroup(root));
}

/** The number of names of the largest group. */
function largest(group: Hdf5Group): number {
  const inner = [...group.values()].map((item) => (item instanceof Map ? largest(item) : 0));
  return Math.max(group.size, ...inner);
}

/** The addresses of an object: its header, and for a group its tree and heap. */
interface Addresses {
  readonly header: number;
  readonly tree?: number;
  readonly heap?: number;
}

class Writer {
  readonly #leafHalf: number;
  readonly #pieces: Uint8Array[] = [new Uint8Array(96)];
  #end = 96;
  /** Texts, and references to them. The references are completed when the heap's address is known. */
  readonly #texts: Uint8Array[] = [];
  readonly #references: { readonly bytes: Uint8Array; readonly index: number }[] = [];

  constructor(leafHalf: number) {
    this.#leafHalf = leafHalf;
  }

  /** Adds bytes at a multiple of 8. Returns their address. */
  #add(...parts: readonly Uint8Array[]): number {
    const at = this.#end;
    for (const part of parts) {
      this.#pieces.push(part);
      this.#end += part.length;
    }
    const rest = -this.#end & 7;
    if (rest > 0) this.#pieces.push(new Uint8Array(rest));
    this.#end += rest;
    return at;
  }

  addGroup(group: Hdf5Group): Addresses {
    const names = [...group].map(([name, item]) => ({ item, bytes: padded(encode(`${name}\0`)) }));
    names.sort((a, b) => compareBytes(a.bytes, b.bytes));
    // The heap begins with an empty name, which is the first key of the tree.
    let size = 8;
    const entries = names.map(({ item, bytes }) => {
      const name = size;
      size += bytes.length;
      const object = item instanceof Map ? this.addGroup(item) : { header: this.#addTensor(item) };
      return { name, entry: entryOf(name, object) };
    });
    const data = this.#add(new Uint8Array(8), ...names.map(({ bytes }) => bytes));
    const heap = this.#add(encode('HEAP'), wholes([4, 0], [8, size], [8, 1], [8, data]));
    const leaves: Uint8Array[] = [];
    for (let from = 0; from < entries.length; from += 2 * this.#leafHalf) {
      const some = entries.slice(from, from + 2 * this.#leafHalf);
      const node = new Uint8Array(8 + 2 * this.#leafHalf * 40);
      node.set(concat([encode('SNOD'), wholes([2, 1], [2, some.length]), ...some.map(({ entry }) => entry)]));
      leaves.push(wholes([8, this.#add(node)], [8, some[some.length - 1].name]));
    }
    const head = wholes([1, 0], [1, 0], [2, leaves.length], [8, nowhere], [8, nowhere], [8, 0]);
    const tree = this.#add(padded(concat([encode('TREE'), head, ...leaves]), 24 + 8 * (4 * treeHalf + 1)));
    const header = this.#addHeader([[0x11, wholes([8, tree], [8, heap])]]);
    return { header, tree, heap };
  }

  #addHeader(messages: readonly (readonly [type: number, data: Uint8Array])[]): number {
    const parts = messages.map(([type, data]) => {
      const body = padded(data);
      return concat([wholes([2, type], [2, body.length], [4, 0]), body]);
    });
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    return this.#add(wholes([1, 1], [1, 0], [2, parts.length], [4, 1], [4, length], [4, 0]), ...parts);
  }

  #addTensor(tensor: AnyTensor): number {
    const bytes = tensor.dtype === 'STR' ? this.#refer(tensor.data) : elementBytes(tensor.data);
    const at = bytes.length > 0 ? this.#add(bytes) : nowhere;
    const { shape, dtype } = tensor;
    const sides = shape.map((side) => [8, side] as const);
    const space = wholes([1, 1], [1, shape.length], [1, 0], [1, 0], [4, 0], ...sides);
    return this.#addHeader([
      [0x01, space],
      [0x03, Uint8Array.from(typeMessages[dtype].split(' '), Number)],
      // Fill value, version 2: space is allocated late, a fill value is written only if it is set, and none is set.
      [0x05, wholes([1, 2], [1, 2], [1, 2], [1, 0])],
      [0x08, wholes([1, 3], [1, 1], [8, at], [8, bytes.length])],
    ]);
  }

  /** Returns references to texts. The heap with the texts is written last. */
  #refer(texts: readonly string[]): Uint8Array {
    const bytes = new Uint8Array(16 * texts.length);
    texts.forEach((text, k) => {
      const encoded = encode(text);
      if (encoded.length === 0) return;
      const index = this.#texts.push(encoded);
      const reference = bytes.subarray(16 * k, 16 * k + 16);
      reference.set(wholes([4, encoded.length]));
      this.#references.push({ bytes: reference, index });
    });
    return bytes;
  }

  #addHeap(): void {
    if (this.#texts.length === 0) return;
    const objects = this.#texts.map((text, k) =>
      concat([wholes([2, k + 1], [2, 0], [4, 0], [8, text.length]), padded(text)]),
    );
    const used = 16 + objects.reduce((sum, object) => sum + object.length, 0);
    const size = Math.max(leastHeap, used + 16);
    const room = wholes([2, 0], [2, 0], [4, 0], [8, size - used]);
    const head = wholes([4, 1], [8, size]);
    const at = this.#add(encode('GCOL'), head, ...objects, padded(room, size - used));
    for (const { bytes, index } of this.#references) bytes.set(wholes([8, at], [4, index]), 4);
  }

  finish(root: Addresses): Uint8Array {
    this.#addHeap();
    const signature = Uint8Array.of(0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a);
    const versions = wholes([4, 0], [1, 0], [1, 8], [1, 8], [1, 0]);
    const sizes = wholes([2, this.#leafHalf], [2, treeHalf], [4, 0]);
    const addresses = wholes([8, 0], [8, nowhere], [8, this.#end], [8, nowhere]);
    this.#pieces[0].set(concat([signature, versions, sizes, addresses, entryOf(0, root)]));
    return concat(this.#pieces);
  }
}

/** An entry of a symbol table: the name's place in the heap, and an object's addresses. */
function entryOf(name: number, { header, tree, heap }: Addresses): Uint8Array {
  const count = tree === undefined ? 0 : 1;
  return wholes([8, name], [8, header], [4, count], [4, 0], [8, tree ?? 0], [8, heap ?? 0]);
}
