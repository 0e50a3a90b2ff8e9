import { refuse } from '../errors.ts';
import { inflateLimit } from './inflate.ts';

/** An address that leads nowhere. */
const nowhere = 2 ** 64;

/** The most of a file that weighs more than where it lies. */
const most = { 'inflated bytes': inflateLimit, texts: 2 ** 20 } as const;

/** The most bytes of a name. A path is named in messages, so a long one would cost its length for each of its members. */
export const mostName = 1024;

/** Where the objects of a heap lie in its bytes, by index. */
interface Heap {
  readonly part: Hdf5Part;
  readonly places: Map<number, number>;
}

/**
 * The bytes of an HDF5 file, taken part by part. In a sound file no two parts overlap, so all that is taken is at most as long as
 * the file; a file that leads to the same bytes again and again, in a circle too, is refused before it costs more than that.
 */
export class Hdf5File {
  readonly where: string;
  readonly #bytes: Uint8Array;
  #left: number;
  readonly #spent = { 'inflated bytes': 0, texts: 0 };
  readonly #heaps = new Map<number, Heap>();

  constructor(bytes: Uint8Array, where: string) {
    this.where = where;
    this.#bytes = bytes;
    this.#left = bytes.length;
  }

  /** Takes `length` bytes from `at`; `what` names them in messages. */
  take(at: number, length: number, what: string): Hdf5Part {
    const end = this.#bytes.length;
    if (at > end || length > end - at) {
      const found = at >= nowhere ? 'an address that leads nowhere' : `${length} bytes from ${at}`;
      refuse(this.where, what, `to lie within the ${end} bytes of the file`, found, 'the file is damaged');
    }
    this.#left -= length;
    if (this.#left < 0)
      refuse(this.where, what, 'parts that do not overlap', `the same bytes again at ${at}`);
    return new Hdf5Part(this, this.#bytes.subarray(at, at + length), at, what);
  }

  /** Counts what the file has of a kind, and refuses more than one file may have. */
  spend(kind: keyof typeof most, count: number, what: string): void {
    this.#spent[kind] += count;
    if (this.#spent[kind] > most[kind])
      refuse(this.where, what, `at most ${most[kind]} ${kind} in a file`, this.#spent[kind]);
  }

  /** A name that ends with a zero, from `at`; it ends before `end`. */
  takeName(at: number, end: number, what: string): string {
    const last = Math.min(end, at + mostName + 1);
    const zero = at < last ? this.#bytes.subarray(0, last).indexOf(0, at) : -1;
    if (zero < 0)
      refuse(
        this.where,
        what,
        `a name of at most ${mostName} bytes that ends with a zero`,
        `none at byte ${at}`,
      );
    return this.take(at, zero - at + 1, what).text(zero - at);
  }

  /** Bytes that were taken before, as a part. */
  inner(bytes: Uint8Array, what: string): Hdf5Part {
    return new Hdf5Part(this, bytes, 0, what);
  }

  /** Object `index` of the global heap at `at`. In a sound file an object belongs to one element, so it is taken once. */
  takeObject(at: number, index: number, length: number, what: string): Hdf5Part {
    const heap = this.#heaps.get(at) ?? this.#openHeap(at, what);
    const place = heap.places.get(index);
    if (place === undefined)
      refuse(this.where, what, `object ${index} of the heap at byte ${at}, once`, 'none, or again');
    heap.places.delete(index);
    return heap.part.at(place, length);
  }

  #openHeap(at: number, what: string): Heap {
    const head = this.take(at, 16, what);
    head.signature('GCOL', 1);
    const [, size] = head.wholes(3, 8);
    if (size < 16) head.fail('at least 16 bytes of the heap', size);
    const part = this.take(at + 16, size - 16, what);
    const places = new Map<number, number>();
    while (part.left >= 16) {
      const [index, , length] = part.wholes(2, 6, 8);
      // Object 0 is the room that is left.
      if (index === 0) break;
      places.set(index, part.bytes.length - part.left);
      part.skip(Math.min(part.left, 8 * Math.ceil(length / 8)));
    }
    const heap = { part, places };
    this.#heaps.set(at, heap);
    return heap;
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A part of a file, read from its beginning to its end. */
export class Hdf5Part {
  readonly file: Hdf5File;
  readonly bytes: Uint8Array;
  readonly #start: number;
  readonly #what: string;
  #at = 0;

  constructor(file: Hdf5File, bytes: Uint8Array, start: number, what: string) {
    this.file = file;
    this.bytes = bytes;
    this.#start = start;
    this.#what = what;
  }

  get left(): number {
    return this.bytes.length - this.#at;
  }

  /** Refuses what was read last. */
  fail(expected: string, got: unknown, next?: string): never {
    refuse(this.file.where, this.#what, `${expected} before byte ${this.#start + this.#at}`, got, next);
  }

  skip(length: number): void {
    if (length > this.left) this.fail(`${length} more bytes`, this.left);
    this.#at += length;
  }

  /** An unsigned whole number of up to 8 bytes; beyond 2⁵³ it is rounded, and so larger than any file. */
  whole(width: number): number {
    this.skip(width);
    let value = 0;
    for (let back = 1; back <= width; back++) value = 256 * value + this.bytes[this.#at - back];
    return value;
  }

  /** The whole numbers that follow, of these widths. */
  wholes(...widths: readonly number[]): number[] {
    return widths.map((width) => this.whole(width));
  }

  /** A whole number that must be one of those that are read. */
  expect(width: number, what: string, ...known: readonly number[]): number {
    const value = this.whole(width);
    if (!known.includes(value)) this.fail(`${what} ${known.join(' or ')}`, value);
    return value;
  }

  /** Bytes of it as a part of their own, whatever was read. */
  at(from: number, length: number): Hdf5Part {
    this.#at = from;
    return this.part(length);
  }

  /** The next bytes as a part of their own. */
  part(length: number): Hdf5Part {
    const start = this.#start + this.#at;
    return new Hdf5Part(this.file, this.raw(length), start, this.#what);
  }

  /** The four letters that begin a structure, and its version or type. */
  signature(letters: string, version: number): void {
    const found = String.fromCharCode(...this.raw(4));
    if (found !== letters) this.fail(`the signature ${letters}`, found, 'the file is damaged');
    this.expect(1, `${letters} of version`, version);
  }

  raw(length: number): Uint8Array {
    this.skip(length);
    return this.bytes.subarray(this.#at - length, this.#at);
  }

  text(length: number): string {
    try {
      return decoder.decode(this.raw(length));
    } catch {
      this.fail('a text in UTF-8', 'one that is not');
    }
  }
}
