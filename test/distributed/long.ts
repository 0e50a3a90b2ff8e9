/** Long trainings for tests of faults and signals, and a check that they resume. */
import { expect } from 'vitest';
import { checkpointOf, fresh, json, start } from '../processes/process.ts';
import { smallNetwork, wideNetwork, writeDataset, writeNetwork } from '../command/world.ts';
import { lastOf, rankOfProcess, ranksWith, startJob, words } from './job.ts';

/** Many short epochs of 10 batches. Each epoch writes a checkpoint. */
export const long = words(
  `train --dataset ${writeDataset('long', 120, 10)} --model ${writeNetwork('small', smallNetwork)}
   --batch 12 --shard 2 --epochs 30 --lr 0.001 --lr-steps 20 --threads 1`,
);
/** Like `long`, with checkpoints of two megabytes. */
export const wide = long.map((word) =>
  word.endsWith('small.json') ? writeNetwork('wide', wideNetwork) : word,
);

const digests = new Map<readonly string[], string>();

/** The digest of an uninterrupted run. */
export async function digestOf(args: readonly string[]): Promise<string> {
  const found = digests.get(args) ?? (await json([...args, '--out', fresh()])).at(-1)!['digest'];
  digests.set(args, found);
  return found;
}

/** The checkpoint is readable. One process or `ranks` ranks resume from it and end with the digest of an uninterrupted run. */
export async function goesOn(out: string, { args = long, ranks = 0 } = {}): Promise<void> {
  checkpointOf(out);
  const again = [...args, '--out', out, '--resume', '--json'];
  const gone = ranks > 0 ? startJob(ranks, again) : start(again);
  expect(lastOf(await gone.ended)['digest']).toBe(await digestOf(args));
}

export const pidOf = (out: string, rank: number): number =>
  ranksWith(out).find((pid) => rankOfProcess(pid) === rank)!;
