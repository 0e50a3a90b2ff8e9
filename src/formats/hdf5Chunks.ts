import { treeOf, type Hdf5Part } from './hdf5Part.ts';
import { countElements, showShape } from './tensor.ts';
import { inflateZlib } from './inflate.ts';

/** Limit on the bytes of a tensor's chunks: four times the tensor's size, plus this number. It matters for small tensors. */
const mostBeyond = 2 ** 20;

/**
 * The type of {@link openChunks}. Callers pass this function to a reader, because the code of DEFLATE is large and only some files need it.
 */
export type OpenChunks = typeof openChunks;

/**
 * Locates the chunks of a tensor, which are plain or compressed by DEFLATE.
 *
 * @param width bytes of an element
 * @returns a function that reads the elements into a new array
 */
export function openChunks(
  layout: Hdf5Part,
  filters: Hdf5Part | undefined,
  shape: readonly number[],
  width: number,
): () => Uint8Array {
  const { file, path } = layout;
  const countOf = (sides: readonly number[]): number => countElements(file.where, path, sides);
  layout.expect(1, 'dimensions of a chunk', shape.length + 1);
  const tree = layout.whole(8);
  const chunk = shape.map(() => layout.whole(4));
  layout.expect(4, 'bytes of an element', width);
  if (chunk.includes(0)) layout.fail('chunks without a side of 0', showShape(chunk));
  const deflated = filters !== undefined && isDeflated(filters);
  const length = countOf(chunk) * width;
  const count = countOf(shape.map((side, d) => Math.ceil(side / chunk[d])));
  // A tensor without elements has no tree.
  const found = count === 0 ? [] : findChunks(layout, tree, chunk, shape);
  if (found.length !== count) layout.fail(`${count} chunks for ${showShape(shape)}`, found.length);
  const size = countOf(shape) * width;
  const useful = 4 * size + mostBeyond;
  if (count * length > useful)
    layout.fail(`chunks of at most ${useful} bytes for ${showShape(shape)}`, count * length);
  // Numbers become floats of at least 4 bytes.
  const inflated = (count * length * Math.max(4, width)) / width;
  if (deflated)
    file.spend(path, 'inflated bytes', inflated, file.mostInflated, 'write it without compression');
  return () => {
    let whole = new Uint8Array(0);
    for (const { start, packed } of found) {
      const plain = deflated ? inflateZlib(layout.where, 'chunk', packed.bytes, length) : packed.bytes;
      if (plain.length !== length) packed.fail(`a chunk of ${length} bytes`, plain.length);
      // Allocated only after some bytes were read, because the shape may be wrong.
      if (whole.length === 0) whole = new Uint8Array(size);
      /** Copies a chunk into the tensor, for the dimensions from d on. Elements beyond the tensor's edges are omitted. */
      const lay = (d: number, from: number, to: number): void => {
        const most = Math.min(chunk[d], shape[d] - start[d]);
        const first = to + start[d];
        if (d === shape.length - 1)
          whole.set(plain.subarray(from * width, (from + most) * width), first * width);
        else for (let k = 0; k < most; k++) lay(d + 1, (from + k) * chunk[d + 1], (first + k) * shape[d + 1]);
      };
      lay(0, 0, 0);
    }
    return whole;
  };
}

/** Whether the filter is DEFLATE. Other filters are refused by name. */
function isDeflated(filters: Hdf5Part): boolean {
  filters.expect(1, 'version of the filters', 1);
  const count = filters.whole(1);
  filters.skip(6);
  if (count === 0) return false;
  const [id, length] = filters.wholes(2, 2, 4);
  if (id === 1 && count === 1) return true;
  const [known] = filters.text(length).split('\0');
  const name = known || `number ${id}`;
  filters.fail("no filters, or gzip alone (compression='gzip')", count === 1 ? name : `${name} and others`);
}

/** For each chunk, the index of its first element in the tensor, and its bytes in the file. */
function findChunks(layout: Hdf5Part, tree: number, chunk: readonly number[], shape: readonly number[]) {
  const found = new Map<string, { readonly start: readonly number[]; readonly packed: Hdf5Part }>();
  for (const [at, key] of treeOf(layout, tree, 1, 8 + 8 * (shape.length + 1))) {
    const length = key.whole(4);
    key.expect(4, 'left-out filters', 0);
    const start = shape.map(() => key.whole(8));
    if (start.some((from, d) => from >= shape[d] || from % chunk[d] !== 0) || found.has(start.join()))
      key.fail(`chunks side by side in ${showShape(shape)}, each once`, showShape(start));
    found.set(start.join(), { start, packed: layout.take(at, length) });
  }
  return [...found.values()];
}
