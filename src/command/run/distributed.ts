/** `--distributed mpi`: the part of `train` that only ranks need. */
import { hostname } from 'node:os';
import {
  checkSame,
  dataDigest,
  digestOf,
  type Identity,
  asRank,
  join,
  namesOf,
  type Ranks,
} from '../../mpi/index.ts';
import type { Settings, Split } from '../../train/index.ts';
import { version } from '../../version.ts';
import { resumeLine } from './folder.ts';
import type { Run, TrainCommand } from './run.ts';

const where = 'train';

/** Runs `work` as a rank of the MPI job that started this process. Returns the exit code. */
export async function inJob(
  interrupt: AbortSignal,
  options: TrainCommand,
  work: (ranks: Ranks) => Promise<number>,
): Promise<number> {
  let ranks: Ranks;
  try {
    ranks = await join(interrupt);
  } catch (cause) {
    // The first process of each machine reports the missing parts of this machine.
    if (localRank() > 0) return 2;
    throw cause;
  }
  const next = (): string => `resume with: ${resumeLine(ranks.folder ?? options.out ?? 'DIR', ranks.size)}`;
  return asRank(ranks, () => work(ranks), next);
}

/** The number of this process on its machine, as the launcher sets it. */
function localRank(): number {
  const { OMPI_COMM_WORLD_LOCAL_RANK: open, MPI_LOCALRANKID: mpich, SLURM_LOCALID: slurm } = process.env;
  return Number(open ?? mpich ?? slurm ?? 0);
}

export async function checkRanks(run: Run, split: Split, backend: string, ranks: Ranks): Promise<void> {
  const { net, settings, state } = run;
  const { description, variant, plan } = net;
  const identity: Identity = {
    version,
    ...Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, String(value)])),
    network: `${description.name ?? 'its layers'}, T ${plan.T}: ${digestOf(JSON.stringify([description, variant]))}`,
    backend,
    'begins at': state ? `epoch ${state.epoch}, batch ${state.batch}` : 'the beginning',
    'training data': dataDigest(split.train).slice(0, 16),
    'test data': dataDigest(split.test).slice(0, 16),
  };
  checkSame(where, await ranks.texts(JSON.stringify(identity)));
}

/** Sends the name of rank 0's folder to all ranks. */
export async function shareFolder(out: string, ranks: Ranks): Promise<string> {
  const [first] = await ranks.texts(ranks.rank === 0 ? out : '');
  return (ranks.folder = first);
}

export function ranksLine({ size, hosts }: Ranks): string {
  const machines = hosts === 1 ? hostname() : `${hosts} machines`;
  return `${size} ${size === 1 ? 'rank' : 'ranks'} on ${machines}`;
}

/** A notice about ranks without samples; undefined if every rank has some. */
export function idleRanks({ batch, shard }: Settings, samples: number, ranks: Ranks): string | undefined {
  const { counts, shards } = ranks.assign(Math.min(batch, samples), shard);
  const idle = counts.flatMap((count, rank) => (count === 0 ? [rank] : []));
  if (idle.length === 0) return undefined;
  return `${namesOf(idle)} without samples: a batch has ${shards} ${shards === 1 ? 'shard' : 'shards'} of ${shard}; take a larger batch or fewer ranks`;
}
