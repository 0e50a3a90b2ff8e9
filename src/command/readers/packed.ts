/** Samples that stay compressed in memory, for arrays of many times the size of their file. */
import { deflateRawSync } from 'node:zlib';
import { inflateSync } from 'fflate';
import { decodeElements, type NpyHeader, type NpzFile, type Tensor } from '../../formats/index.ts';

/** The values of samples, read one sample at a time. */
export interface SampleNumbers {
  readonly dtype: NpyHeader['dtype'];
  /** The array of all samples, if it is in memory. */
  readonly all?: Tensor;
  readonly dataOf: (i: number) => Tensor['data'];
}

/**
 * The least bytes of a block. Larger blocks compress better, but a whole block is inflated to read one sample: 43 µs at this
 * size.
 */
const leastBlock = 2 ** 14;

/**
 * Reads an array of `count` samples, and compresses it again in blocks of whole samples. Returns undefined if the array does
 * not store its samples one after the other.
 */
export function packSamples(
  arrays: NpzFile,
  key: string,
  count: number,
  what: string,
): SampleNumbers | undefined {
  const { dtype, bigEndian, fortran, start, width, count: numbers } = arrays.head(key);
  const size = (numbers / count) * width;
  if (size === 0 || dtype === 'STR' || fortran || start + count * size !== arrays.size(key)) return undefined;
  const samples = Math.ceil(leastBlock / size);
  const block = new Uint8Array(samples * size);
  const blocks: Uint8Array[] = [];
  // The header comes before the first block.
  let filled = -start;
  const pack = (): void => {
    // A copy, because the result of `deflateRawSync` keeps a larger buffer.
    blocks.push(new Uint8Array(deflateRawSync(block.subarray(0, filled), { level: 1, chunkSize: 2048 })));
    filled = 0;
  };
  arrays.readChunks(key, (chunk) => {
    for (let at = 0; at < chunk.length;) {
      const part = chunk.subarray(at, at + (filled < 0 ? -filled : block.length - filled));
      if (filled >= 0) block.set(part, filled);
      at += part.length;
      filled += part.length;
      if (filled === block.length) pack();
    }
  });
  if (filled > 0) pack();
  let open = -1;
  const dataOf = (i: number): Tensor['data'] => {
    const at = Math.floor(i / samples);
    // Node's zlib would allocate a new buffer for each block.
    if (at !== open) inflateSync(blocks[at], { out: block });
    open = at;
    const from = (i % samples) * size;
    const elements = block.subarray(from, from + size);
    return decodeElements(`${what}[${i}]`, dtype, [size / width], elements, { bigEndian }).data;
  };
  return { dtype, dataOf };
}
