import { deflateSync } from 'fflate';
import { refuse, show } from '../errors.ts';
import { concat } from './bytes.ts';
import { crc32 } from './crc32.ts';
import { mostFiles } from './zip.ts';

/** 1 January 1980, 00:00, the earliest time in zip: the same files give the same archive on any day. */
const epoch = 0x00210000;

const mostBytes = 0xfffffffe;

/**
 * Writes a zip archive: without times, with the files in their order. The same files give the same bytes.
 *
 * @param compress whether to deflate the files that become smaller; otherwise all are stored
 * @throws InputError if two files have one name, and for more than 4096 files (the limit of `zip.ts`) or 4
 * GiB (zip64 is not supported)
 */
export function writeZip(files: Iterable<readonly [string, Uint8Array]>, compress: boolean): Uint8Array {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  const names = new Set<string>();
  let offset = 0;
  for (const [name, data] of files) {
    if (names.has(name)) refuse('writeZip', 'name', 'each name once', `${name} again`);
    names.add(name);
    const deflated = compress ? deflateSync(data, { level: 6 }) : data;
    const body = deflated.length < data.length ? deflated : data;
    const raw = new TextEncoder().encode(name);
    if (raw.length > 0xffff) refuse('writeZip', 'name', 'at most 65535 bytes', raw.length);
    const fields = describe(raw, data, body);
    parts.push(writeLocal(fields, raw), body);
    directory.push(writeCentral(fields, raw, offset));
    offset += 30 + raw.length + body.length;
    if (offset > mostBytes)
      refuse('writeZip', show(name), `the archive to stay below ${mostBytes} bytes`, offset);
  }
  if (names.size > mostFiles) refuse('writeZip', 'files', `at most ${mostFiles}`, names.size);
  const length = directory.reduce((sum, record) => sum + record.length, 0);
  const size = offset + length + 22;
  if (size > mostBytes) refuse('writeZip', 'archive', `at most ${mostBytes} bytes`, size);
  return concat([...parts, ...directory, writeEnd(names.size, length, offset)]);
}

/** The 26 bytes that local and central header share: version, flags, method, time, CRC, sizes, lengths. */
function describe(name: Uint8Array, data: Uint8Array, body: Uint8Array): Uint8Array {
  const fields = new Uint8Array(26);
  const view = new DataView(fields.buffer);
  view.setUint16(0, 20, true);
  view.setUint16(2, name.every((byte) => byte < 0x80) ? 0 : 0x800, true);
  view.setUint16(4, body === data ? 0 : 8, true);
  view.setUint32(6, epoch, true);
  view.setUint32(10, crc32(data), true);
  view.setUint32(14, body.length, true);
  view.setUint32(18, data.length, true);
  view.setUint16(22, name.length, true);
  return fields;
}

function writeLocal(fields: Uint8Array, name: Uint8Array): Uint8Array {
  const header = new Uint8Array(30 + name.length);
  new DataView(header.buffer).setUint32(0, 0x04034b50, true);
  header.set(fields, 4);
  header.set(name, 30);
  return header;
}

function writeCentral(fields: Uint8Array, name: Uint8Array, offset: number): Uint8Array {
  const record = new Uint8Array(46 + name.length);
  const view = new DataView(record.buffer);
  view.setUint32(0, 0x02014b50, true);
  view.setUint16(4, 20, true);
  record.set(fields, 6);
  view.setUint32(42, offset, true);
  record.set(name, 46);
  return record;
}

function writeEnd(count: number, length: number, offset: number): Uint8Array {
  const end = new Uint8Array(22);
  const view = new DataView(end.buffer);
  view.setUint32(0, 0x06054b50, true);
  view.setUint16(8, count, true);
  view.setUint16(10, count, true);
  view.setUint32(12, length, true);
  view.setUint32(16, offset, true);
  return end;
}
