import type { Hdf5Part } from './hdf5Part.ts';

/**
 * The leaves of a B-tree of version 1, in order: the address of what a leaf holds, and the keys before and after it.
 *
 * @param part of the object that has the tree
 * @param type 0 is a tree of names, 1 of chunks
 * @param key the bytes of a key
 * @param most the highest level that the node may have: less than that of the node above it. A node has at least two children in a sound
 * file, so no tree needs more than 32.
 */
export function* treeOf(
  part: Hdf5Part,
  at: number,
  type: 0 | 1,
  key: number,
  most = 32,
): Generator<readonly [address: number, before: Hdf5Part, after: Hdf5Part]> {
  const head = part.take(at, 24);
  head.signature('TREE', type);
  const [level, count] = head.wholes(1, 2);
  if (level > most) head.fail(`a B-tree of level 0 to ${most}`, level);
  const body = part.take(at + 24, count * (key + 8) + key);
  let before = body.part(key);
  for (let k = 0; k < count; k++) {
    const child = body.whole(8);
    const after = body.part(key);
    if (level === 0) yield [child, before, after];
    else yield* treeOf(part, child, type, key, level - 1);
    before = after;
  }
}
