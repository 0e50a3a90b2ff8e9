import { inflateLimit, decodeUtf8, wholesIn, type ByteSource } from './bytes.ts';
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
  /** Offsets in the archive: of the file's local header, and of the start and the end of the file's packed bytes. */
  readonly offset: number;
  readonly start: number;
  readonly end: number;
}

/**
 * The widths of the fields that the local header and the central record share: version, flags, method, time, CRC-32, packed size, size,
 * lengths of the name and of the extra field.
 */
const shared = [2, 2, 2, 4, 4, 4, 4, 2, 2];
/** The widths of all fields. The first is the signature; the last of the central record is the offset of the local header. */
const localFields = [4, ...shared];
const centralFields = [4, 2, ...shared, 2, 2, 2, 4, 4];
const endFields = [4, 2, 2, 2, 2, 4, 4, 2];
const [localLength, centralLength, endLength] = [30, 46, 22];
const zip64 = 'zip64, for over 4 GiB';
/** Limit on the files of an archive, because a file may have only 80 bytes in the archive, but far more in memory. */
export const mostFiles = 2 ** 12;

/**
 * Lists the files of a zip archive (APPNOTE 6.3.3) by its central directory.
 *
 * Layout, little-endian: the files, each after a local header; the central directory, with one record per file; the end record, whose
 * comment ends the archive. A record and its local header must agree about the name and the method.
 *
 * @throws InputError for encryption, methods other than stored and DEFLATE, zip64, several disks, too many files, two files
 *   that have the same name or share bytes, and a length or offset out of range
 */
export function listZip(source: ByteSource, where: string): ZipEntry[] {
  const { count, first, end } = findDirectory(source, where);
  const directory = source.subarray(first, end);
  const entries = new Map<string, ZipEntry>();
  let at = 0;
  for (let i = 0; i < count; i++) {
    const [signature, , , flags, method, , crc, packed, size, ...rest] = wholesIn(
      directory,
      at,
      centralFields,
    );
    const [nameLength, extraLength, commentLength, , , , offset] = rest;
    const expected = `${count} files, and file ${i + 1} at byte ${first + at}`;
    if (signature !== 0x02014b50) refuse(where, 'zip directory', expected, 'other bytes', fetchAgain);
    at += centralLength;
    const raw = directory.subarray(at, at + nameLength);
    if (raw.length < nameLength)
      refuse(where, 'zip name', `within byte ${end}`, `${nameLength} bytes at ${first + at}`);
    const name =
      decodeUtf8(raw) ?? refuse(where, 'zip name', `UTF-8 at byte ${first + at}`, 'another encoding');
    at += nameLength + extraLength + commentLength;
    if (entries.has(name)) refuse(where, 'zip directory', 'each name once', `${name} again`);
    if (flags & 0x2041)
      refuse(where, show(name), 'no encryption', 'an encrypted file', 'save it without a password');
    if (method !== 0 && method !== 8) refuse(where, show(name), 'method 0 (stored) or 8 (DEFLATE)', method);
    if ([packed, size, offset].includes(0xffffffff))
      refuse(where, 'zip file', 'the classic format', zip64, 'save it in parts');
    if (method === 0 && packed !== size)
      refuse(where, `size of ${show(name)}`, `${packed} bytes as stored`, size, fetchAgain);
    const start = startOf(source, where, first, { offset, raw, method });
    const most = `at most ${first - start} bytes from byte ${start}`;
    if (start + packed > first) refuse(where, `size of ${show(name)}`, most, packed, fetchAgain);
    entries.set(name, { name, method, crc, size, offset, start, end: start + packed });
  }
  if (first + at !== end)
    refuse(where, 'zip directory', `its end at byte ${first + at}`, `byte ${end}`, fetchAgain);
  checkRoom([...entries.values()], where);
  return [...entries.values()];
}

/** Finds the end record, and checks its data about the directory. A comment of up to 65535 bytes may follow the record. */
function findDirectory(source: ByteSource, where: string) {
  const locatorLength = 20;
  const from = Math.max(0, source.length - endLength - 0xffff - locatorLength);
  const tail = source.subarray(from, source.length);
  let at = tail.length - endLength;
  const last = Math.max(0, at - 0xffff);
  const isEnd = ([signature, , , , , , , comment]: readonly number[]): boolean =>
    signature === 0x06054b50 && comment === tail.length - at - endLength;
  // Comparing one byte first is faster.
  while (at >= last && !(tail[at] === 0x50 && isEnd(wholesIn(tail, at, endFields)))) at--;
  const next = 'it is not a zip file, or cut short';
  if (at < last) refuse(where, 'zip file', 'an end record in its last bytes', 'none', next);
  const [, disk, startDisk, onDisk, count, size, first] = wholesIn(tail, at, endFields);
  const [locator] = at >= locatorLength ? wholesIn(tail, at - locatorLength, [4]) : [];
  if (locator === 0x07064b50 || count === 0xffff || first === 0xffffffff)
    refuse(where, 'zip file', 'the classic format', zip64, 'save it in parts');
  if (count > mostFiles) refuse(where, 'zip file', `at most ${mostFiles} files`, count, 'save it in parts');
  if (disk !== 0 || startDisk !== 0 || onDisk !== count)
    refuse(where, 'zip file', 'one disk', 'several', 'join the parts first');
  const end = from + at;
  if (first + size !== end)
    refuse(where, 'zip directory', `to end at byte ${end}`, `${first} + ${size} bytes`, fetchAgain);
  return { count, first, end };
}

/**
 * The offset of the bytes of a file, after its local header, which is checked. Sizes in the header are ignored, because streaming writers
 * omit them.
 *
 * @param first the offset of the directory
 */
function startOf(
  source: ByteSource,
  where: string,
  first: number,
  { offset, raw, method }: { readonly offset: number; readonly raw: Uint8Array; readonly method: number },
): number {
  const header = source.subarray(offset, Math.min(offset + localLength + raw.length, first));
  const [signature, , , local, , , , , nameLength, extraLength] = wholesIn(header, 0, localFields);
  if (signature !== 0x04034b50)
    refuse(where, 'zip file', `a local header at byte ${offset}`, 'none', fetchAgain);
  const start = offset + localLength + nameLength + extraLength;
  if (start > first)
    refuse(where, 'zip file', `the header at byte ${offset} to end by byte ${first}`, start, fetchAgain);
  const isSame = nameLength === raw.length && raw.every((byte, i) => byte === header[localLength + i]);
  if (!isSame || local !== method)
    refuse(where, 'zip file', 'one name and method per file', `another at byte ${offset}`, fetchAgain);
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

/**
 * The beginning of a file: its first `most` bytes, or more if the file is compressed; all bytes if it has fewer. Its CRC-32 is
 * not checked.
 */
export function readZipHead(source: ByteSource, entry: ZipEntry, where: string, most: number): Uint8Array {
  if (entry.method === 0) return source.subarray(entry.start, Math.min(entry.start + most, entry.end));
  return inflateHead(where, source.subarray(entry.start, Math.min(entry.start + 4 * most, entry.end)), most);
}
