/** `--distributed mpi`: what `train` does with ranks beside what it does alone. Loaded when it is asked for. */
import { hostname } from 'node:os';
import { checkSame, dataDigest, digestOf, type Identity } from '../../mpi/identity.ts';
import { asRank, idleLine, join, type Joined } from '../../mpi/join.ts';
import type { Ranks } from '../../mpi/ranks.ts';
import type { Settings } from '../../train/settings.ts';
import { version } from '../../version.ts';
import { resumeLine } from './folder.ts';
import { decodeSaved, savedBytes, type Run, type Saved, type TrainCommand } from './run.ts';
import type { Split } from '../../train/fit.ts';

const where = 'train';

/** Carries `work` out as a rank of the job that this process was started for. Returns the exit code. */
export async function inJob(
  interrupt: AbortSignal,
  options: TrainCommand,
  work: (ranks: Ranks) => Promise<number>,
): Promise<number> {
  let joined: Joined;
  try {
    joined = await join(interrupt);
  } catch (cause) {
    // The first process of each machine tells what is missing there.
    if (localRank() > 0) return 2;
    throw cause;
  }
  const { ranks } = joined;
  const next = (): string => `go on with: ${resumeLine(ranks.folder ?? options.out ?? 'DIR', ranks.size)}`;
  return asRank(joined, () => work(ranks), next);
}

/** The place of this process among those of its machine, as launchers tell it. */
function localRank(): number {
  const { OMPI_COMM_WORLD_LOCAL_RANK: open, MPI_LOCALRANKID: mpich, SLURM_LOCALID: slurm } = process.env;
  return Number(open ?? mpich ?? slurm ?? 0);
}

/** The checkpoint that a run goes on with. Rank 0 reads it, so that its folder need not be everywhere. */
export async function openShared(options: TrainCommand, ranks: Ranks): Promise<Saved | undefined> {
  const bytes = await ranks.bytesOfFirst(ranks.rank === 0 ? savedBytes(options) : undefined);
  return bytes.length > 0 ? decodeSaved(bytes, options) : undefined;
}

/** Refuses a job whose ranks are not the same. */
export async function checkRanks(run: Run, split: Split, backend: string, ranks: Ranks): Promise<void> {
  const { net, settings, state } = run;
  const { description, variant, plan } = net;
  const own: Identity = {
    version,
    ...Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, String(value)])),
    network: `${description.name ?? 'its layers'}, T ${plan.T}: ${digestOf(JSON.stringify([description, variant]))}`,
    backend,
    'begins at': state ? `epoch ${state.epoch}, batch ${state.batch}` : 'the beginning',
    'training data': dataDigest(split.train).slice(0, 16),
    'test data': dataDigest(split.test).slice(0, 16),
  };
  checkSame(where, await ranks.texts(JSON.stringify(own)));
}

/** The folder that rank 0 has made, for all. */
export async function shareFolder(out: string, ranks: Ranks): Promise<string> {
  const [first] = await ranks.texts(ranks.rank === 0 ? out : '');
  return (ranks.folder = first);
}

/** The job in words. */
export function ranksLine({ size, hosts }: Ranks): string {
  const machines = hosts === 1 ? hostname() : `${hosts} machines`;
  return `${size} ${size === 1 ? 'rank' : 'ranks'} on ${machines}`;
}

/** What is told of ranks that have nothing to do. */
export function idleRanks({ batch, shard }: Settings, samples: number, ranks: Ranks): string | undefined {
  const { counts, shards } = ranks.assign(Math.min(batch, samples), shard);
  return idleLine(counts, shards, shard);
}
