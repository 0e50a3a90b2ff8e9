/** The balanced tree in which the gradients of a batch's shards are added. */

/** Shards `first` to `end` − 1: a node of the balanced tree over the shards of a batch. */
export interface Node {
  readonly first: number;
  readonly end: number;
}

/**
 * Gradients in memory at the same time while a balanced tree over `shards` is summed: one per level, and the shard's
 * own.
 */
export function gradientsOf(shards: number): number {
  let most = 1;
  for (let k = 0; k < shards; k++) {
    let levels = 0;
    for (let bits = k; bits > 0; bits = Math.floor(bits / 2)) levels += bits % 2;
    most = Math.max(most, levels + 1);
  }
  return most;
}
