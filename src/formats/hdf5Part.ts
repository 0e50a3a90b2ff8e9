import { refuse, show } from '../errors.ts';
import { decodeUtf8, wholeIn } from './bytes.ts';

/** Advice for a file in another form of HDF5. */
export const asNirWrites = "write the file without libver='latest' and track_order";

/** Limit on the bytes of a name. The path of each member of a group includes the group's name, so a long name would take much memory. */
const mostName = 1024;

/** The positions of objects in the bytes of a heap, by index. */
interface Heap {
  readonly part: Hdf5Part;
  readonly offsets: Map<number, number>;
}

/** Compares names by their bytes, which determine the order in a group. Returns a number below 0 if `a` is first. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const at = a.findIndex((byte, k) => byte !== b[k]);
  return at < 0 ? a.length - b.length : a[at] - (b[at] ?? -1);
}

/**
 * The bytes of an HDF5 file, taken part by part. No byte may be taken twice, because parts of an intact file do not overlap. References
 * that share bytes, or form a circle, are refused. The length of the file thus limits the cost of reading.
 */
export class Hdf5File {
  readonly where: string;
  readonly #bytes: Uint8Array;
  /** 1 for each byte that was taken. */
  readonly #taken: Uint8Array;
  #bigEndian?: boolean;
  readonly #spent: Record<string, number> = {};
  readonly #heaps = new Map<number, Heap>();

  constructor(bytes: Uint8Array, where: string) {
    this.where = where;
    this.#bytes = bytes;
    this.#taken = new Uint8Array(bytes.length);
  }

  /** Takes `length` bytes from `at` on for the object `path`. */
  take(path: string, at: number, length: number): Hdf5Part {
    const end = this.#bytes.length;
    if (at + length > end)
      refuse(this.where, path, `to lie within the ${end} bytes of the file`, `${length} bytes from ${at}`);
    const taken = this.#taken.subarray(at, at + length);
    if (taken.includes(1))
      refuse(this.where, path, 'parts that do not overlap', `the same bytes again at ${at}`);
    taken.fill(1);
    return new Hdf5Part(this, path, this.#bytes.subarray(at, at + length), at);
  }

  /**
   * Limit on the bytes of all inflated chunks: 48 MiB plus twice the file, because trained weights hardly compress. With all
   * other limits, a graph takes at most 200 MB plus four times the size of its file.
   */
  get mostInflated(): number {
    return 2 * this.#bytes.length + 3 * 2 ** 24;
  }

  /** Counts items that take more bytes in memory than in the file. Refuses more than `most` of a kind. */
  spend(path: string, kind: string, count: number, most: number, next?: string): void {
    const spent = (this.#spent[kind] = (this.#spent[kind] ?? 0) + count);
    if (spent > most) refuse(this.where, path, `at most ${most} ${kind} in a file`, spent, next);
  }

  /** Refuses floats of both byte orders in one file, because a flipped bit may be the cause. */
  checkOrder(part: Hdf5Part, bigEndian: boolean): void {
    this.#bigEndian ??= bigEndian;
    if (this.#bigEndian !== bigEndian) part.fail('floats of one byte order in a file', 'the other');
  }

  /** Takes the name at `at`, which must end with a zero before `end`. */
  takeName(path: string, at: number, end: number): Hdf5Part {
    const zero = this.#bytes.subarray(0, Math.min(end, at + mostName + 1)).indexOf(0, at);
    if (zero < 0)
      refuse(this.where, path, `a name of at most ${mostName} bytes that ends with a zero`, `none at ${at}`);
    return this.take(path, at, zero - at + 1).part(zero - at);
  }

  /** Takes object `index` of the global heap at `at`. An object belongs to one element, so it is taken only once. */
  takeObject(path: string, at: number, index: number, length: number): Hdf5Part {
    const heap = this.#heaps.get(at) ?? this.#openHeap(path, at);
    const offset = heap.offsets.get(index);
    if (offset === undefined)
      refuse(this.where, path, `object ${index} of the heap at byte ${at}, once`, 'none, or again');
    heap.offsets.delete(index);
    return heap.part.at(offset, length);
  }

  #openHeap(path: string, at: number): Heap {
    const head = this.take(path, at, 16);
    head.signature('GCOL', 1);
    const [, size] = head.wholes(3, 8);
    const part = head.take(at + 16, Math.max(0, size - 16));
    const offsets = new Map<number, number>();
    while (part.left >= 16) {
      const [index, , length] = part.wholes(2, 6, 8);
      // Object 0 is the free space.
      if (index === 0) break;
      offsets.set(index, part.bytes.length - part.left);
      part.skip(Math.min(part.left, 8 * Math.ceil(length / 8)));
    }
    const heap = { part, offsets };
    this.#heaps.set(at, heap);
    return heap;
  }
}

/** A part of a file, read from its beginning to its end. Errors name the path of its object. */
export class Hdf5Part {
  readonly file: Hdf5File;
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly #start: number;
  #at = 0;

  constructor(file: Hdf5File, path: string, bytes: Uint8Array, start = 0) {
    this.file = file;
    this.path = path;
    this.bytes = bytes;
    this.#start = start;
  }

  /** File and object, for errors of other readers about this part. */
  get where(): string {
    return `${this.file.where}(${show(this.path)})`;
  }

  get left(): number {
    return this.bytes.length - this.#at;
  }

  /** Takes another part of the file, for the same object. */
  take(at: number, length: number): Hdf5Part {
    return this.file.take(this.path, at, length);
  }

  /** Refuses the number or text that was read last. */
  fail(expected: string, got: unknown, next?: string): never {
    refuse(this.file.where, this.path, `${expected} before byte ${this.#start + this.#at}`, got, next);
  }

  skip(length: number): void {
    if (length > this.left) this.fail(`${length} more bytes`, this.left);
    this.#at += length;
  }

  /** Reads an unsigned whole number of up to 8 bytes. Beyond 2⁵³ it is rounded, but then it exceeds the size of any file. */
  whole(width: number): number {
    this.skip(width);
    return wholeIn(this.bytes, this.#at - width, this.#at);
  }

  /** Reads whole numbers of these widths in bytes. */
  wholes(...widths: readonly number[]): number[] {
    return widths.map((width) => this.whole(width));
  }

  /** Reads a whole number that must be one of `known`. */
  expect(width: number, what: string, ...known: readonly number[]): number {
    const value = this.whole(width);
    if (!known.includes(value)) this.fail(`${what} ${known.join(' or ')}`, value, asNirWrites);
    return value;
  }

  /** The `length` bytes of this part from its byte `from` on, as a new part. */
  at(from: number, length: number): Hdf5Part {
    this.#at = from;
    return this.part(length);
  }

  /** The next bytes as a new part. */
  part(length: number): Hdf5Part {
    const start = this.#start + this.#at;
    return new Hdf5Part(this.file, this.path, this.raw(length), start);
  }

  /** Checks the four letters at the beginning of a structure, and its version or type. */
  signature(letters: string, version: number): void {
    const found = String.fromCharCode(...this.raw(4));
    if (found !== letters) this.fail(`the signature ${letters}`, found);
    this.expect(1, `${letters} of version`, version);
  }

  raw(length: number): Uint8Array {
    this.skip(length);
    return this.bytes.subarray(this.#at - length, this.#at);
  }

  text(length: number): string {
    return decodeUtf8(this.raw(length)) ?? this.fail('a text in UTF-8', 'other bytes');
  }
}

/**
 * The leaves of a B-tree of version 1, in order: the address in each leaf, and the keys before and after it.
 *
 * @param part a part of the object that has the tree
 * @param type 0 for a tree of names, 1 for a tree of chunks
 * @param key number of bytes of a key
 * @param most the highest level that the node may have, which is below that of its parent. A node has at least two children, so no tree
 *   needs more than 32 levels.
 */
export function* treeOf(
  part: Hdf5Part,
  at: number,
  type: 0 | 1,
  key: number,
  most = 32,
): Generator<readonly [address: number, before: Hdf5Part, after: Hdf5Part]> {
  const head = part.take(at, 24);
  head.signature('TREE', type);
  const [level, count] = head.wholes(1, 2);
  if (level > most) head.fail(`a B-tree of level 0 to ${most}`, level);
  const body = part.take(at + 24, count * (key + 8) + key);
  let before = body.part(key);
  for (let k = 0; k < count; k++) {
    const child = body.whole(8);
    const after = body.part(key);
    if (level === 0) yield [child, before, after];
    else yield* treeOf(part, child, type, key, level - 1);
    before = after;
  }
}
