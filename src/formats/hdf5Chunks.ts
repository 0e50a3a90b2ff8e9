import { refuse, show } from '../errors.ts';
import type { Hdf5File, Hdf5Part } from './hdf5Part.ts';
import { treeOf } from './hdf5Tree.ts';
import type { Hdf5Form } from './hdf5Type.ts';
import { countElements, showShape } from './tensor.ts';
import { inflateZlib } from './zlib.ts';

const filterNames: Readonly<Record<number, string>> = {
  2: 'shuffle',
  3: 'fletcher32',
  4: 'szip',
  5: 'nbit',
  6: 'scaleoffset',
  32000: 'lzf',
};

/** The most bytes of chunks that lie beyond a small tensor. */
const mostBeyond = 2 ** 20;

/** A chunk: where it begins in the tensor, and its bytes as they lie in the file. */
interface Chunk {
  readonly start: readonly number[];
  readonly packed: Uint8Array;
}

/** Finds the chunks of a tensor, each of them of DEFLATE or as it is. What is returned reads them into the bytes of the tensor. */
export function openChunks(
  file: Hdf5File,
  layout: Hdf5Part,
  filters: Hdf5Part | undefined,
  { path, shape, type, size }: Hdf5Form,
): () => Uint8Array {
  const { where } = file;
  const what = `chunks of ${show(path)}`;
  const dimensions = layout.whole(1);
  if (dimensions !== shape.length + 1) layout.fail(`${shape.length + 1} dimensions of a chunk`, dimensions);
  const tree = layout.whole(8);
  const chunk = shape.map(() => layout.whole(4));
  layout.expect(4, 'bytes of an element', type.width);
  if (chunk.includes(0)) refuse(where, what, 'no side of 0', showShape(chunk));
  const deflated = filters !== undefined && isDeflated(filters, path);
  const length = countElements(where, what, chunk) * type.width;
  const count = countElements(
    where,
    what,
    shape.map((side, d) => Math.ceil(side / chunk[d])),
  );
  if (count === 0) return () => new Uint8Array(0);
  const found = findChunks(file, tree, what, chunk, shape);
  if (found.length !== count) refuse(where, what, `${count} for ${showShape(shape)}`, found.length);
  const useful = 4 * size + mostBeyond;
  if (count * length > useful)
    refuse(where, what, `at most ${useful} bytes for ${showShape(shape)}`, count * length);
  if (deflated) file.spend('inflated bytes', count * length, what);
  return () => {
    const pieces = found.map(({ start, packed: bytes }) => {
      const plain = deflated ? inflateZlib(`${where}(${show(path)})`, 'chunk', bytes, length) : bytes;
      if (plain.length !== length) refuse(where, what, `${length} bytes each`, plain.length);
      return { plain, start };
    });
    // Nothing is allocated for the shape before its bytes are there.
    const whole = new Uint8Array(size);
    const { width } = type;
    for (const { plain, start } of pieces) {
      /** Lays a row of the last dimension into the tensor, or what lies in dimension d; what is beyond its edges is dropped. */
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

/** Whether the filters are DEFLATE; others are refused by name. */
function isDeflated(filters: Hdf5Part, path: string): boolean {
  filters.expect(1, 'version of the filters', 1);
  const count = filters.whole(1);
  filters.skip(6);
  if (count === 0) return false;
  const id = filters.whole(2);
  if (id === 1 && count === 1) return true;
  refuse(
    filters.file.where,
    `filters of ${show(path)}`,
    "none, or gzip alone (compression='gzip')",
    filterNames[id] ?? (id === 1 ? 'several' : `number ${id}`),
  );
}

function findChunks(
  file: Hdf5File,
  tree: number,
  what: string,
  chunk: readonly number[],
  shape: readonly number[],
): Chunk[] {
  const found: Chunk[] = [];
  const seen = new Set<string>();
  for (const [at, key] of treeOf(file, tree, { type: 1, what, key: 8 + 8 * (shape.length + 1) })) {
    const length = key.whole(4);
    key.expect(4, 'left-out filters', 0);
    const start = shape.map((side, d) => {
      const from = key.whole(8);
      if (from >= side || from % chunk[d] !== 0)
        key.fail(`a chunk that begins within ${showShape(shape)}, at a multiple of ${chunk[d]}`, from);
      return from;
    });
    if (seen.has(start.join())) key.fail('each chunk once', showShape(start));
    seen.add(start.join());
    found.push({ start, packed: file.take(at, length, what).bytes });
  }
  return found;
}
