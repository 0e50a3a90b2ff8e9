/** Reads HDF5 files completely, and writes files with DEFLATE chunks, which the writer in src cannot. */
import { deflateSync } from 'node:zlib';
import { readHdf5, type Hdf5Group } from '../../src/formats/hdf5.ts';
import { openChunks } from '../../src/formats/hdf5Chunks.ts';
import { writeHdf5 } from '../../src/formats/hdf5Writer.ts';
import type { AnyTensor } from '../../src/formats/tensor.ts';

/** Calls `readHdf5`, then reads `data` of each tensor, because `readHdf5` decodes it only on access. */
export function readWhole(bytes: Uint8Array, where: string): Hdf5Group {
  const group = readHdf5(bytes, where, openChunks);
  touch(group);
  return group;
}

function touch(group: Hdf5Group): void {
  for (const item of group.values())
    if (item instanceof Map) touch(item);
    else void item.data;
}

/** A file with one tensor of bytes in DEFLATE chunks. `claimed` is the size that the file states for each chunk. */
export function chunkedFile(
  data: Uint8Array,
  chunk: number,
  claimed = chunk,
  around = (tensor: AnyTensor): Hdf5Group => new Map([['a', tensor]]),
): Uint8Array {
  const packed = Array.from({ length: Math.ceil(data.length / chunk) }, (_, k) => {
    const plain = new Uint8Array(chunk);
    plain.set(data.subarray(k * chunk, (k + 1) * chunk));
    return deflateSync(plain);
  });
  const count = packed.length;
  const tree = Buffer.alloc(24 + 32 * count + 24);
  tree.write('TREE\u0001');
  tree.writeUInt16LE(count, 6);
  const lying = Buffer.concat([tree, ...packed]);
  // The tensor is written contiguously. Then the header is changed to describe chunks.
  const file = Buffer.from(
    writeHdf5(around({ dtype: 'U8', shape: [lying.length, 1, 1, 1], data: new Uint8Array(lying) })),
  );
  const first = file.indexOf('TREE\u0001');
  let child = first + tree.length;
  packed.forEach(({ length }, k) => {
    const key = first + 24 + 32 * k;
    file.writeUInt32LE(length, key);
    file.writeBigUInt64LE(BigInt(k * claimed), key + 8);
    file.writeBigUInt64LE(BigInt(child), key + 24);
    child += length;
  });
  // The message of the shape has 40 bytes. Its last 24 become the message of the filters.
  const shape = file.indexOf(Buffer.of(1, 0, 40, 0, 0, 0, 0, 0, 1, 4));
  file.writeUInt16LE(5, shape - 14);
  file.writeUInt16LE(16, shape + 2);
  file[shape + 9] = 1;
  file.writeBigUInt64LE(BigInt(count * claimed - (count * chunk - data.length)), shape + 16);
  file.set([0x0b, 0, 16, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0], shape + 24);
  const layout = file.indexOf(Buffer.of(8, 0, 24, 0, 0, 0, 0, 0, 3, 1), shape) + 8;
  file.set([3, 2, 2], layout);
  file.writeBigUInt64LE(BigInt(first), layout + 3);
  file.writeUInt32LE(claimed, layout + 11);
  file.writeUInt32LE(1, layout + 15);
  return new Uint8Array(file);
}
