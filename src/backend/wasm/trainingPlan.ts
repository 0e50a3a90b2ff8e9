/**
 * The plan of a training: the plan of the forward pass, the needs of the backward pass, and the division of work among threads, which
 * cannot change the bits.
 */
import { biasesOf, type Network } from '../../../spec/network.ts';
import { reportRow, type Role } from '../backend.ts';
import type { Call } from './executor.ts';
import { derivedWeightsOfFirst, type DerivedWeights } from './forward.ts';
import { gradientOf, type WeightedGradient } from './gradients.ts';
import { planOf, trainBytes, type Plan } from './plan.ts';
import { planDerivatives, planFlows, planLists, type Frame, type Lists } from './scratch.ts';

/** Sample queues per thread, the same number for each: enough to even out their different times, while their trains take little memory. */
const queuesPerThread = { most: 32, least: 2, bytes: 2 ** 27 };

/** Weight slices per thread. */
const slicesPerThread = 4;

export interface TrainingPlan extends Plan {
  /** Sample queues: sample s belongs to queue s mod `queues`. */
  readonly queues: number;
  /** Slices of a layer's weights. */
  readonly slices: number;
  /** Bytes of one sample, for every role. */
  readonly bytes: Readonly<Record<Role, (n: number) => number>>;
  /** Bytes of the scratch memory of a thread. */
  readonly scratchBytes: number;
  /** For a layer with weights: its backward kernels, its frame, and the lists of its dFO. */
  gradient(n: number): WeightedGradient | undefined;
  frame(n: number): Frame | undefined;
  backwardLists(n: number): Partial<Lists> | undefined;
  /** Bytes of a frame that is not the map itself; otherwise 0. */
  frameBytes(n: number): number;
  readonly derivedWeights: DerivedWeights;
}

export function planTraining(network: Network, threads: number): TrainingPlan {
  const { layers } = network;
  const plan = planOf(network);
  const { geometries, weightBytes, mapBytes } = plan;
  const gradient = (n: number): WeightedGradient | undefined => gradientOf(layers[n - 1]).weights;
  const frames = layers.map(({ n }) => gradient(n)?.frame(geometries[n - 1]));
  const lists = layers.map(({ n }) => {
    const view = gradient(n)?.backward(geometries[n - 1]);
    return view && planLists(view, { columns: view.columns, channels: view.outputs }, 0, 1);
  });
  const frameBytes = (n: number): number => {
    const frame = frames[n - 1];
    return !frame || frame.isMap ? 0 : frame.rows * frame.columns * frame.lane;
  };
  const framed = (n: number): number => mapBytes(n) + frameBytes(n);
  const scratches = geometries.flatMap(({ layer, from, to }, k) => {
    const frame = frames[k];
    return [
      plan.lists[k].bytes,
      lists[k]?.bytes ?? 0,
      frame ? planFlows(from, frame).bytes : 0,
      biasesOf(layer) > 0 ? planFlows(to, { ...to, lane: 4 * to.channels }).bytes : 0,
      planDerivatives(to.channels).bytes,
    ];
  });
  const slices = threads > 1 ? slicesPerThread * threads : 1;
  return {
    ...plan,
    queues: queuesOf(plan, threads),
    slices,
    bytes: {
      ...plan.bytes,
      derivative: framed,
      du: framed,
      slope: mapBytes,
      gradient: weightBytes,
      moment: weightBytes,
      report: () => 8 * reportRow(network).length,
    },
    scratchBytes: Math.max(...scratches),
    gradient,
    frame: (n) => frames[n - 1],
    backwardLists: (n) => lists[n - 1]?.at,
    frameBytes,
    derivedWeights: derivedWeightsOf(plan, slices),
  };
}

function queuesOf(plan: Plan, threads: number): number {
  if (threads === 1) return 1;
  const { most, least, bytes } = queuesPerThread;
  const fit = Math.floor(bytes / threads / trainBytes(plan));
  return threads * Math.max(least, Math.min(most, fit));
}

/** Derived weights: those for the backward pass or, in the first layer, which needs none, those for its forward pass. */
function derivedWeightsOf(plan: Plan, slices: number): DerivedWeights {
  const forward = derivedWeightsOfFirst(plan);
  const { network, geometries } = plan;
  return {
    bytes(n) {
      const { weights } = gradientOf(network.layers[n - 1]);
      return n > 1 && weights ? 4 * weights.transposedCells(geometries[n - 1]) : forward.bytes(n);
    },
    calls(n, derived, w): Call[] {
      const { weights } = gradientOf(network.layers[n - 1]);
      if (n === 1 || !weights) return forward.calls(n, derived, w);
      return weights.transpose(geometries[n - 1], derived, w, slices);
    },
  };
}
