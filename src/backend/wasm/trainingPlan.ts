/**
 * The plan of a training. It adds the memory of the backward pass to the plan of the forward pass, and divides the work among threads. The
 * division cannot change the bits.
 */
import { biasesOf, type Network } from '../../../spec/network.ts';
import { reportRow, type Role } from '../backend.ts';
import { frameBytes, frameOf, runOfdFO, transposeCalls, transposedCells } from './gradients.ts';
import { planOf, type Plan } from './plan.ts';
import { planDerivatives, planFlows } from './scratch.ts';

/** Sample queues per thread. Many queues balance samples of unequal times; few queues need less memory for spike trains. */
const queuesPerThread = { most: 32, least: 2, bytes: 2 ** 27 };

const slicesPerThread = 4;

export interface TrainingPlan extends Plan {
  /** Slices of a layer's weights. */
  readonly slices: number;
  readonly bytes: Readonly<Record<Role, (n: number) => number>>;
}

/** `chunk` is the number of sample queues: sample s belongs to queue s mod `chunk`. */
export function planTraining(network: Network, threads: number): TrainingPlan {
  const plan = planOf(network);
  const { cells, geometries, lists, weightBytes, mapBytes, bytes, derived } = plan;
  const framed = (n: number): number => mapBytes(n) + frameBytes(geometries[n - 1]);
  const scratches = geometries.flatMap((geometry, k) => {
    const { layer, from, to, weights } = geometry;
    return [
      lists[k].bytes,
      ...(weights ? [runOfdFO(geometry).bytes, planFlows(from, frameOf(geometry)).bytes] : []),
      biasesOf(layer) > 0 ? planFlows(to, { ...to, lane: 4 * to.channels }).bytes : 0,
      planDerivatives(to.channels).bytes,
    ];
  });
  const slices = threads > 1 ? slicesPerThread * threads : 1;
  const trainBytes = cells.reduce((sum, _, n) => sum + bytes.spikes!(n), 0); // a forward pass has spike trains
  /** Whether layer n has weights laid out for the backward pass. The derived weights of the first layer are for its forward pass. */
  const isTransposed = (n: number): boolean => n > 1 && geometries[n - 1].weights !== undefined;
  return {
    ...plan,
    chunk: queuesOf(trainBytes, threads),
    slices,
    bytes: {
      ...(bytes as TrainingPlan['bytes']), // the roles below complete the record
      derivative: framed,
      du: framed,
      slope: mapBytes,
      gradient: weightBytes,
      m: weightBytes,
      v: weightBytes,
      report: () => 8 * reportRow(network).length,
    },
    scratchBytes: Math.max(...scratches),
    derived: {
      bytes: (n) => (isTransposed(n) ? 4 * transposedCells(geometries[n - 1]) : derived.bytes(n)),
      calls: (n, to, w) =>
        isTransposed(n) ? transposeCalls(geometries[n - 1], to, w, slices) : derived.calls(n, to, w),
    },
  };
}

function queuesOf(trainBytes: number, threads: number): number {
  if (threads === 1) return 1;
  const { most, least, bytes } = queuesPerThread;
  const fit = Math.floor(bytes / threads / trainBytes);
  return threads * Math.max(least, Math.min(most, fit));
}
