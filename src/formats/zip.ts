import { inflateLimit, decodeUtf8, type ByteSource } from './bytes.ts';
import { refuse, show } from '../errors.ts';
import { hex32 } from '../hex.ts';
import { crc32 } from './crc32.ts';
import { fetchAgain, inflateExact, inflateHead, inflateTo } from './inflate.ts';

/** A file in a zip archive, as the central directory describes it. */
export interface ZipEntry {
  readonly name: string;
  /** Stored or DEFLATE. */
  readonly method: 0 | 8;
  readonly crc: number;
  readonly size: number;
  /** Offsets in the archive: of the file's local header, of its first byte, and of its end. */
  readonly offset: number;
  readonly start: number;
  readonly end: number;
}

const endLength = 22;
const centralLength = 46;
const localLength = 30;
const locatorLength = 20;
const zip64 = 'zip64, for over 4 GiB';
/** Limit on the files of an archive, because a file may have only 80 bytes in the archive, but far more in memory. */
export const mostFiles = 2 ** 12;

/**
 * Lists the files of a zip archive (APPNOTE 6.3.3) by its central directory.
 *
 * Layout, little-endian: the files, each after a local header; the central directory, with one record per file; the end record, whose
 * comment ends the archive. A record and its local header must agree about the name and the method.
 *
 * @throws InputError for encryption, methods other than stored and DEFLATE, zip64, several disks, too many files, two files with one name
 *   or with common bytes, and a length or offset out of range
 */
export function listZip(source: ByteSource, where: string): ZipEntry[] {
  const { count, first, end } = findDirectory(source, where);
  const directory = source.subarray(first, end);
  const archive: Archive = { source, first, directory, view: viewOf(directory), where };
  const entries: ZipEntry[] = [];
  const names = new Set<string>();
  let at = 0;
  for (let i = 0; i < count; i++) {
    const { view } = archive;
    const expected = `${count} files, and file ${i + 1} at byte ${first + at}`;
    if (at + centralLength > view.byteLength || view.getUint32(at, true) !== 0x02014b50)
      refuse(where, 'zip directory', expected, 'other bytes', fetchAgain);
    const entry = readCentral(archive, at);
    if (names.has(entry.name)) refuse(where, 'zip directory', 'each name once', `${entry.name} again`);
    names.add(entry.name);
    entries.push(entry);
    at +=
      centralLength +
      view.getUint16(at + 28, true) +
      view.getUint16(at + 30, true) +
      view.getUint16(at + 32, true);
  }
  if (first + at !== end)
    refuse(where, 'zip directory', `its end at byte ${first + at}`, `byte ${end}`, fetchAgain);
  checkRoom(entries, where);
  return entries;
}

const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array): DataView =>
  new DataView(buffer, byteOffset, byteLength);

/** Finds the end record, after which a comment of up to 65535 bytes may follow, and checks its data about the directory. */
function findDirectory(source: ByteSource, where: string) {
  const from = Math.max(0, source.length - endLength - 0xffff - locatorLength);
  const view = viewOf(source.subarray(from, source.length));
  const length = view.byteLength;
  let at = length - endLength;
  const last = Math.max(0, at - 0xffff);
  while (
    at >= last &&
    !(view.getUint32(at, true) === 0x06054b50 && view.getUint16(at + 20, true) === length - at - endLength)
  )
    at--;
  const next = 'it is not a zip file, or cut short';
  if (at < last) refuse(where, 'zip file', 'an end record in its last bytes', 'none', next);
  const count = view.getUint16(at + 10, true);
  const size = view.getUint32(at + 12, true);
  const first = view.getUint32(at + 16, true);
  const locator = at >= locatorLength && view.getUint32(at - locatorLength, true) === 0x07064b50;
  if (locator || count === 0xffff || first === 0xffffffff)
    refuse(where, 'zip file', 'the classic format', zip64, 'save it in parts');
  if (count > mostFiles) refuse(where, 'zip file', `at most ${mostFiles} files`, count, 'save it in parts');
  if (view.getUint32(at + 4, true) !== 0 || view.getUint16(at + 8, true) !== count) {
    refuse(where, 'zip file', 'one disk', 'several', 'join the parts first');
  }
  const end = from + at;
  if (first + size !== end) {
    refuse(where, 'zip directory', `to end at byte ${end}`, `${first} + ${size} bytes`, fetchAgain);
  }
  return { count, first, end };
}

interface Archive {
  readonly source: ByteSource;
  /** The offset of the directory, and its bytes. */
  readonly first: number;
  readonly directory: Uint8Array;
  readonly view: DataView;
  readonly where: string;
}

/** @param at position of the entry in the directory */
function readCentral(archive: Archive, at: number): ZipEntry {
  const { first, directory, view, where } = archive;
  const nameLength = view.getUint16(at + 28, true);
  const begins = at + centralLength;
  const got = `${nameLength} bytes at ${first + at}`;
  if (begins + nameLength > directory.length)
    refuse(where, 'zip name', `within byte ${first + directory.length}`, got);
  const raw = directory.subarray(begins, begins + nameLength);
  const name =
    decodeUtf8(raw) ?? refuse(where, 'zip name', `UTF-8 at byte ${first + begins}`, 'another encoding');
  const method = checkMethod(view.getUint16(at + 8, true), view.getUint16(at + 10, true), name, where);
  const packed = view.getUint32(at + 20, true);
  const size = view.getUint32(at + 24, true);
  const offset = view.getUint32(at + 42, true);
  if (packed === 0xffffffff || size === 0xffffffff || offset === 0xffffffff)
    refuse(where, 'zip file', 'the classic format', zip64, 'save it in parts');
  if (method === 0 && packed !== size)
    refuse(where, `size of ${show(name)}`, `${packed} bytes as stored`, size, fetchAgain);
  const start = checkLocal(archive, offset, raw, method);
  const expected = `at most ${first - start} bytes from byte ${start}`;
  if (start + packed > first) refuse(where, `size of ${show(name)}`, expected, packed, fetchAgain);
  return { name, method, crc: view.getUint32(at + 16, true), size, offset, start, end: start + packed };
}

function checkMethod(flags: number, method: number, name: string, where: string): 0 | 8 {
  if (flags & 0x2041)
    refuse(where, show(name), 'no encryption', 'an encrypted file', 'save it without a password');
  if (method !== 0 && method !== 8) refuse(where, show(name), 'method 0 (stored) or 8 (DEFLATE)', method);
  return method;
}

/**
 * Checks the header of a file, and returns the offset of the file's bytes. Sizes in the header are ignored, because streaming writers omit
 * them.
 */
function checkLocal(
  { source, first, where }: Archive,
  offset: number,
  name: Uint8Array,
  method: number,
): number {
  const header = source.subarray(offset, Math.min(offset + localLength + name.length, first));
  const view = viewOf(header);
  if (header.length < localLength || view.getUint32(0, true) !== 0x04034b50) {
    refuse(where, 'zip file', `a local header at byte ${offset}`, 'none', fetchAgain);
  }
  const nameLength = view.getUint16(26, true);
  const start = offset + localLength + nameLength + view.getUint16(28, true);
  if (start > first)
    refuse(where, 'zip file', `the header at byte ${offset} to end by byte ${first}`, start, fetchAgain);
  const same = nameLength === name.length && name.every((byte, i) => byte === header[localLength + i]);
  if (!same || view.getUint16(8, true) !== method) {
    refuse(where, 'zip file', 'one name and method per file', `another at byte ${offset}`, fetchAgain);
  }
  return start;
}

/** Checks that no two files share bytes, and that their total size is within the limit. */
function checkRoom(entries: readonly ZipEntry[], where: string): void {
  let end = 0;
  let total = 0;
  for (const entry of [...entries].sort((a, b) => a.offset - b.offset)) {
    if (entry.offset < end)
      refuse(where, show(entry.name), `to begin at byte ${end} or later`, entry.offset, 'files overlap');
    end = entry.end;
    total += entry.size;
  }
  if (total > inflateLimit) refuse(where, 'uncompressed size', `at most ${inflateLimit} bytes in all`, total);
}

/**
 * The bytes of a file in an archive, as a new array.
 *
 * @throws InputError if the bytes are damaged, or their length or CRC-32 differs from the directory's
 */
export function readZipEntry(
  source: ByteSource,
  { start, end, method, size, crc }: ZipEntry,
  where: string,
): Uint8Array {
  const packed = source.subarray(start, end);
  const stored = (): Uint8Array => (source instanceof Uint8Array ? new Uint8Array(packed) : packed);
  const bytes = method === 0 ? stored() : inflateExact(where, packed, size);
  checkCrc(crc32(bytes), crc, where);
  return bytes;
}

/** As {@link readZipEntry}, but `take` receives the bytes chunk by chunk. */
export function readZipChunks(
  source: ByteSource,
  { start, end, method, size, crc }: ZipEntry,
  where: string,
  take: (chunk: Uint8Array) => void,
): void {
  const packed = source.subarray(start, end);
  let sum = 0;
  const add = (chunk: Uint8Array): void => {
    sum = crc32(chunk, sum);
    take(chunk);
  };
  if (method === 0) add(packed);
  else inflateTo(add, where, packed, size);
  checkCrc(sum, crc, where);
}

function checkCrc(sum: number, crc: number, where: string): void {
  if (sum !== crc) refuse(where, 'CRC-32', hex32(crc), hex32(sum), fetchAgain);
}

/** The beginning of a file: at least `most` bytes, or all if it has fewer. Its CRC-32 is not checked. */
export function readZipHead(source: ByteSource, entry: ZipEntry, where: string, most: number): Uint8Array {
  // Only a stored file is read in part.
  if (entry.method === 0) return source.subarray(entry.start, Math.min(entry.start + most, entry.end));
  return inflateHead(where, source.subarray(entry.start, Math.min(entry.start + 4 * most, entry.end)), most);
}
