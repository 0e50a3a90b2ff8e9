import { createHash } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import * as fc from 'fast-check';
import { zipSync } from 'fflate';
import { crc32 } from '../../src/formats/crc32.ts';
import { safetensorsParts } from '../../src/formats/safetensors.ts';
import { arrayOf, widthOf, dtypes, type AnyTensor, type Tensor } from '../../src/formats/tensor.ts';

/** Files written byte by byte, so that the tests of readers do not depend on the package's writers. */

export const ascii = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'));

export const concat = (...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array =>
  new Uint8Array(
    Buffer.concat(parts.map((part) => (part instanceof Uint8Array ? part : Uint8Array.from(part)))),
  );

/** Bytes that do not compress. */
export function noiseOf(length: number): Uint8Array {
  let word = 7;
  return Uint8Array.from({ length }, () => {
    word ^= word << 13;
    word ^= word >>> 17;
    word ^= word << 5;
    return word;
  });
}

const words = (values: readonly number[], isLittle: boolean): Uint8Array => {
  const bytes = new Uint8Array(4 * values.length);
  for (const [i, value] of values.entries()) new DataView(bytes.buffer).setUint32(4 * i, value, isLittle);
  return bytes;
};
export const u32be = (...values: readonly number[]): Uint8Array => words(values, false);
export const u32le = (...values: readonly number[]): Uint8Array => words(values, true);

export const writeSafetensors = (
  arrays: Readonly<Record<string, Tensor>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array => concat(...safetensorsParts(arrays, metadata));

export function idxFile(shape: readonly number[], data: Uint8Array, type = 8): Uint8Array {
  return concat([0, 0, type, shape.length], u32be(...shape), data);
}

/** An .npy file with the dict `head`. Version 1 has 2 bytes for the length, other versions have 4. */
export function npyFile(head: string, body: Uint8Array | readonly number[], version = 1): Uint8Array {
  const length = u32le(head.length).subarray(0, version === 1 ? 2 : 4);
  return concat([0x93], ascii('NUMPY'), [version, 0], length, ascii(head), body);
}

export function npyDict(descr: string, shape: string, fortran = 'False'): string {
  return `{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': ${shape}, }\n`;
}

/** A zip archive of files that are not compressed. */
export const storedZip = (files: Readonly<Record<string, Uint8Array>>): Uint8Array =>
  zipSync(files, { level: 0 });

export function safetensorsFile(header: string, data: Uint8Array | readonly number[]): Uint8Array {
  return concat(u32le(header.length, 0), ascii(header), data);
}

export function pngChunk(type: string, data: Uint8Array | readonly number[]): Uint8Array {
  const body = concat(ascii(type), data);
  return concat(u32be(data.length), body, u32be(crc32(body)));
}

export const pngSignature = Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

interface PngParts {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly colour: number;
  readonly interlace?: number;
  /** Rows with their filter bytes. */
  readonly raw: Uint8Array | readonly number[];
  /** Chunks between IHDR and IDAT. */
  readonly extra?: readonly Uint8Array[];
}

export function pngFile({ width, height, raw, extra = [], ...parts }: PngParts): Uint8Array {
  const header = concat(u32be(width, height), [parts.depth, parts.colour, 0, 0, parts.interlace ?? 0]);
  const idat = deflateSync(Uint8Array.from(raw));
  const chunks = [pngChunk('IHDR', header), ...extra, pngChunk('IDAT', idat), pngChunk('IEND', [])];
  return concat(pngSignature, ...chunks);
}

/** Corrects the CRC of each chunk, so that a mutation reaches the code behind the check. */
export function repairPng(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 8; at + 12 <= bytes.length;) {
    const end = at + 8 + view.getUint32(at);
    if (end + 4 > bytes.length) break;
    view.setUint32(end, crc32(bytes.subarray(at + 4, end)));
    at = end + 4;
  }
  return bytes;
}

/** Corrects the digest of a model, if the header still contains the key `digest`. */
export function repairModel(bytes: Uint8Array): Uint8Array {
  const file = Buffer.from(bytes);
  const at = file.indexOf('"digest":"') + 10;
  if (at < 10 || at + 64 > file.length) return bytes;
  const sum = createHash('sha256')
    .update(file.subarray(0, at))
    .update(file.subarray(at + 64));
  file.write(sum.digest('hex'), at, 'latin1');
  return new Uint8Array(file);
}

export function repairState(bytes: Uint8Array): Uint8Array {
  if (bytes.length < 32) return bytes;
  const sum = createHash('sha256').update(bytes.subarray(0, -32)).digest();
  bytes.set(sum, bytes.length - 32);
  return bytes;
}

/** A tensor filled with a number or with the values of a list. */
export function tensorOf(
  dtype: Exclude<Tensor['dtype'], 'I64' | 'U64'>,
  shape: readonly number[],
  values: number | ArrayLike<number> = 0,
): Tensor {
  const length = shape.reduce((product, size) => product * size, 1);
  const numbers = typeof values === 'number' ? Array<number>(length).fill(values) : values;
  return { dtype, shape, data: arrayOf[dtype].from(numbers) } as Tensor;
}

/** Random tensors of up to four dimensions, from random bits. */
export const tensors: fc.Arbitrary<Tensor> = fc
  .record({ dtype: fc.constantFrom(...dtypes), shape: fc.array(fc.nat(4), { maxLength: 4 }) })
  .chain(({ dtype, shape }) => {
    const length = shape.reduce((product, size) => product * size, widthOf(dtype));
    return fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => {
      const raw = dtype === 'BOOL' ? bytes.map((byte) => byte & 1) : new Uint8Array(bytes);
      return { dtype, shape, data: new arrayOf[dtype](raw.buffer) } as Tensor;
    });
  });

/** The type, the shape and the bytes of a tensor. */
export function bitsOf(tensor: AnyTensor): unknown {
  const { dtype, shape, data } = tensor;
  if (dtype === 'STR') return { dtype, shape, data };
  return { dtype, shape, data: [...new Uint8Array(data.buffer, data.byteOffset, data.byteLength)] };
}
