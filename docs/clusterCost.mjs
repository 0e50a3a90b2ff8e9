/** The cost of a batch on ranks: bytes, and a model of its time. `bench/cluster.md` has the tables and the assumptions. */
import { assignShards } from '../dist/src/mpi/shardAssignment.js';

/** Bytes that every rank sends before an exchange. */
const headBytes = 32;

/**
 * Bytes that leave a rank per batch: the mean and the most of the ranks, the mean of gradients alone, and what each rank of a ring
 * allreduce of the gradient would send. Every collective sends to each other rank directly.
 *
 * @param job its `weights` are the numbers in a gradient, four bytes each, and its `report` those in a report, eight bytes each
 */
export function bytesOf({ weights, report, samples, shard, ranks }) {
  const { counts, nodes } = assignShards(samples, shard, ranks);
  const others = ranks - 1;
  const gradient = (4 * weights * others) / ranks;
  const gradients = nodes.map((own) => (own.length + 1) * gradient);
  const sent = gradients.map((bytes, rank) => bytes + others * (8 * report * counts[rank] + 2 * headBytes));
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / ranks;
  return { mean: mean(sent), most: Math.max(...sent), gradients: mean(gradients), ring: 2 * gradient };
}

/**
 * Seconds of a batch: the rank with the most samples computes, then the exchange follows without overlap. Messages of a collective follow
 * each other; a gradient passes through memory three times (into the send buffer, into the sums, and back).
 *
 * @param machine seconds for a sample on a rank, for the update, and of latency per message; bytes per second from a rank through its
 *   `network`, and through its `memory`
 */
export function secondsOf(job, { sample, update, network, memory, latency }) {
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
