/** The cost of a batch on ranks: bytes, and a model of its time. `bench/cluster.md` has the tables and the assumptions. */
import { assignShards } from '../dist/src/mpi/shardAssignment.js';

/** Bytes that every rank sends before an exchange. */
const headBytes = 32;

/**
 * The bytes that a rank sends per batch: their mean over the ranks, the most of any rank, the mean for gradients alone, and the
 * bytes of a ring allreduce of the gradient for comparison. In every collective, each rank sends directly to all other ranks.
 *
 * @param job `weights` and `report` are the counts of numbers in a gradient (four bytes each) and in a report (eight bytes each)
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
 * The seconds of a batch: the rank with the most samples computes, then the exchange follows without overlap. The messages of a collective
 * are sent one after the other. A gradient passes through memory three times: into the send buffer, into the sums, and back.
 *
 * @param machine seconds for a sample on a rank, for the update, and for the latency of a message; bytes per second through a rank's
 *   `network` and `memory`
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
