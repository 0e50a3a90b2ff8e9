import { deflateSync } from 'fflate';
import { refuse, show } from '../errors.ts';
import { concat, wholes } from './bytes.ts';
import { crc32 } from './crc32.ts';
import { mostFiles } from './zip.ts';

/** 1 January 1980, 00:00, the earliest time in zip. A constant time makes archives reproducible. */
const epoch = 0x00210000;

const mostBytes = 0xfffffffe;

/**
 * Writes a zip archive with the files in their order, and deflates those that become smaller. The same files give the same bytes.
 *
 * @param files different names of at most 65,535 bytes, and the bytes of each file
 * @throws InputError for more than 4096 files (the limit of `zip.ts`), or for more than 4 GiB (zip64 is not supported)
 */
export function writeZip(files: Iterable<readonly [string, Uint8Array]>): Uint8Array {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let [offset, length] = [0, 0];
  for (const [name, data] of files) {
    const deflated = deflateSync(data, { level: 6 });
    const body = deflated.length < data.length ? deflated : data;
    const raw = new TextEncoder().encode(name);
    // The fields that local and central header share: version, flags, method, time, CRC, sizes, lengths of name and extra field.
    const fields = wholes(
      [2, 20],
      [2, raw.every((byte) => byte < 0x80) ? 0 : 0x800],
      [2, body === data ? 0 : 8],
      [4, epoch],
      [4, crc32(data)],
      [4, body.length],
      [4, data.length],
      [2, raw.length],
      [2, 0],
    );
    parts.push(wholes([4, 0x04034b50]), fields, raw, body);
    // Comment, disk and attributes are 0.
    const ends = wholes([8, 0], [2, 0], [4, offset]);
    directory.push(concat([wholes([4, 0x02014b50], [2, 20]), fields, ends, raw]));
    offset += 30 + raw.length + body.length;
    length += 46 + raw.length;
    const size = offset + length + 22;
    if (size > mostBytes)
      refuse('writeZip', show(name), `the archive to stay below ${mostBytes} bytes`, size);
  }
  const count = directory.length;
  if (count > mostFiles) refuse('writeZip', 'files', `at most ${mostFiles}`, count);
  const end = wholes([4, 0x06054b50], [4, 0], [2, count], [2, count], [4, length], [4, offset], [2, 0]);
  return concat([...parts, ...directory, end]);
}
