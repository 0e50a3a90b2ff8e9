import type { ByteSource } from './bytes.ts';
import { refuse, show } from '../errors.ts';
import { decodeNpy, writeNpy, readNpyHeader, type NpyHeader } from './npy.ts';
import type { AnyTensor } from './tensor.ts';
import { listZip, readZipChunks, readZipEntry, readZipHead, type ZipEntry } from './zip.ts';
import { writeZip } from './zipWriter.ts';

const mostHead = 2 ** 16 + 64;

/**
 * An .npz file: a zip archive of .npy files. Its arrays, by name without `.npy`, are inflated on request.
 *
 * @throws InputError when the archive is damaged, and as {@link listZip}
 */
export class NpzFile {
  readonly source: ByteSource;
  private readonly where: string;
  private readonly entries = new Map<string, ZipEntry>();

  constructor(source: ByteSource, where: string) {
    [this.source, this.where] = [source, where];
    const entries = listZip(source, where);
    const other = entries.find(({ name }) => !name.endsWith('.npy'))?.name;
    if (other !== undefined) {
      const isPickle = entries.some(({ name }) => name.endsWith('data.pkl'));
      const got = isPickle ? 'a PyTorch file, which is a pickle' : other;
      const next = 'save plain arrays, as numpy.savez does';
      refuse(where, '.npz file', 'only files whose names end in .npy', got, next);
    }
    for (const entry of entries) this.entries.set(entry.name.slice(0, -4), entry);
  }

  get names(): string[] {
    return [...this.entries.keys()];
  }

  has(name: string): boolean {
    return this.entries.has(name);
  }

  /** The type and shape of an array of the file. Only the array's header is inflated. */
  head(name: string): NpyHeader {
    const [entry, at] = this.find(name);
    return readNpyHeader(readZipHead(this.source, entry, at, mostHead), at);
  }

  /** The inflated size of an array's .npy file in bytes, as the archive states it. */
  size(name: string): number {
    return this.find(name)[0].size;
  }

  /**
   * Reads an array of the file.
   *
   * @param needed only for an array in C order: 1 for each row whose values are needed. Other rows are checked, but
   * become 0 and take no memory
   */
  read(name: string, needed?: Uint8Array): AnyTensor {
    const [entry, where] = this.find(name);
    const bytes = needed ? this.readRows(name, needed) : readZipEntry(this.source, entry, where);
    return decodeNpy(bytes, where, true);
  }

  /** Reads the header and some rows of an .npy file. The memory of other rows is never written, so it takes no space. */
  private readRows(name: string, needed: Uint8Array): Uint8Array {
    const { start, width, shape } = this.head(name);
    const bytes = new Uint8Array(this.size(name));
    const size = shape.slice(1).reduce((row, sizes) => row * sizes, width);
    let at = 0;
    this.readChunks(name, (all) => {
      const chunk = all.subarray(0, bytes.length - at);
      for (let from = at, end; from < at + chunk.length; from = end) {
        const row = Math.floor((from - start) / size);
        end = row < 0 ? start : start + (row + 1) * size;
        if (row < 0 || needed[row]) bytes.set(chunk.subarray(from - at, end - at), from);
      }
      at += chunk.length;
    });
    return bytes;
  }

  /** Passes the bytes of an array's .npy file to `take`, chunk by chunk. */
  readChunks(name: string, take: (chunk: Uint8Array) => void): void {
    readZipChunks(this.source, ...this.find(name), take);
  }

  private find(name: string): [ZipEntry, string] {
    const entry = this.entries.get(name);
    if (!entry) refuse(this.where, '.npz file', `an array ${show(name)}`, this.names.join(', '));
    return [entry, `${this.where}(${show(entry.name)})`];
  }
}

/**
 * Reads all arrays of an .npz file.
 *
 * @param keep converts each array as soon as it is read
 * @throws InputError when the archive or an array is damaged, and as {@link readNpy} and {@link listZip}
 */
export function readNpz(
  source: ByteSource,
  where: string,
  keep: (array: AnyTensor) => AnyTensor = (array) => array,
): Map<string, AnyTensor> {
  const file = new NpzFile(source, where);
  return new Map(file.names.map((name) => [name, keep(file.read(name))]));
}

/**
 * Writes an .npz file that NumPy reads. The same arrays in the same order give the same bytes.
 *
 * @throws InputError as {@link writeNpy} and {@link writeZip}
 */
export function writeNpz(arrays: Iterable<readonly [string, AnyTensor]>): Uint8Array {
  return writeZip(files());

  function* files(): Generator<readonly [string, Uint8Array]> {
    for (const [name, array] of arrays) yield [`${name}.npy`, writeNpy(array, `writeNpz(${show(name)})`)];
  }
}
