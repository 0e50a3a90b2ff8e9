/**
 * The cost of a batch on ranks: bytes, and a model of its time. `bench/cluster.md` has the tables and the assumptions.
 */
import { assignShards } from './shardAssignment.ts';

/** A batch on ranks. */
export interface Job {
  /** Numbers in a gradient, four bytes each. */
  readonly weights: number;
  /** Numbers in a report, eight bytes each. */
  readonly report: number;
  readonly samples: number;
  readonly shard: number;
  readonly ranks: number;
}

/** Bytes that every rank sends before an exchange. */
const headBytes = 32;

export interface Bytes {
  /** Bytes sent per batch and rank: the mean, and the maximum. */
  readonly mean: number;
  readonly most: number;
  /** The mean for gradients only, without the report and the agreement of ranks. */
  readonly gradients: number;
  /** Bytes that each rank of a ring allreduce of the gradient would send. */
  readonly ring: number;
}

/** Bytes that leave a rank. Every collective sends to each other rank directly. */
export function bytesOf({ weights, report, samples, shard, ranks }: Job): Bytes {
  const { counts, nodes } = assignShards(samples, shard, ranks);
  const others = ranks - 1;
  const gradient = (4 * weights * others) / ranks;
  const sent = nodes.map(
    (own, rank) => (own.length + 1) * gradient + others * (8 * report * counts[rank] + 2 * headBytes),
  );
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / ranks;
  return {
    mean: mean(sent),
    most: Math.max(...sent),
    gradients: mean(nodes.map((own) => (own.length + 1) * gradient)),
    ring: 2 * gradient,
  };
}

/** The speed of a machine and its network. */
export interface Machine {
  /** Seconds for one sample on a rank, forward and backward. */
  readonly sample: number;
  /** Seconds for the update and other work that every rank does alone. */
  readonly update: number;
  /** Bytes per second from a rank, and through its memory. */
  readonly network: number;
  readonly memory: number;
  /** Seconds per message. */
  readonly latency: number;
}

/**
 * Seconds of a batch: the rank with the most samples computes, then the exchange follows without overlap. Messages of a collective follow
 * each other; a gradient passes through memory three times (into the send buffer, into the sums, and back).
 */
export function secondsOf(job: Job, { sample, update, network, memory, latency }: Machine): number {
  const { counts, nodes } = assignShards(job.samples, job.shard, job.ranks);
  if (job.ranks === 1) return sample * job.samples + update;
  const rounds = Math.max(...nodes.map((own) => own.length));
  const collectives = 2 + 1 + rounds + 1;
  const { most } = bytesOf(job);
  const copied = (rounds + 2) * 4 * job.weights;
  return (
    sample * Math.max(...counts) +
    update +
    most / network +
    copied / memory +
    collectives * (job.ranks - 1) * latency
  );
}
