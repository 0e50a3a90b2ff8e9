import type { Hdf5File, Hdf5Part } from './hdf5Part.ts';

/** Levels of a B-tree. A node has at least two children in a sound file, so this is more than any needs. */
const mostLevels = 32;

/**
 * The leaves of a B-tree of version 1, in order: the address of what a leaf holds, and the key before it.
 *
 * @param type 0 is a tree of names, 1 of chunks
 * @param key the bytes of a key
 * @param expected the level of the node, where the node above it says so
 */
export function* treeOf(
  file: Hdf5File,
  at: number,
  { type, what, key }: { readonly type: 0 | 1; readonly what: string; readonly key: number },
  expected?: number,
): Generator<readonly [address: number, key: Hdf5Part]> {
  const head = file.take(at, 24, what);
  head.signature('TREE', type);
  const [level, count] = head.wholes(1, 2);
  if (level > mostLevels || (expected !== undefined && level !== expected))
    head.fail(`a B-tree of level ${expected ?? `0 to ${mostLevels}`}`, level);
  const body = file.take(at + 24, count * (key + 8), what);
  for (let k = 0; k < count; k++) {
    const before = body.part(key);
    const child = body.whole(8);
    if (level === 0) yield [child, before];
    else yield* treeOf(file, child, { type, what, key }, level - 1);
  }
}
