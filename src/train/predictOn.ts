/** Runs one sample through a network on synchronous backends: predictions and inspections. */
import { computeClass } from '../../spec/loss.ts';
import {
  neuronsOf,
  outputLayer,
  type Layer,
  type LayerKindName,
  type Network,
  type Shape,
} from '../../spec/network.ts';
import type { Draw } from '../../spec/random.ts';
import type { Buffer, Input } from '../backend/backend.ts';
import { wholeWindow, type Workspace } from '../backend/workspace.ts';
import { checkOptions, checkWhole, indexNotFinite, refuse } from '../errors.ts';
import { checkIsNetwork, type SpikingNetwork } from '../network/network.ts';
import { byLayer, nameOf } from './layerLabels.ts';
import { asSpikes, inputOf, type Shown } from './sampleInput.ts';
import { workspaceOf, type BackendSource, type SampleWorkspace } from './sampleWorkspace.ts';

/** Options of a prediction. */
export interface LookOptions {
  /** The random numbers that encode the image. Default: the network's seed, stream `test`, epoch 0 and sample 0. */
  readonly draw?: Partial<Draw>;
  /** Layers whose spike trains are returned, by n: 0 (the input) … N. Default: none. */
  readonly trains?: readonly number[];
}

/** The class with the greatest potential, and the confidence in it. */
export interface Answer {
  /** The class with the greatest potential; of several such classes, the lowest. */
  readonly label: number;
  /** The class with the second greatest potential; undefined if there is only one class. */
  readonly second: number | undefined;
  /** Lead of the greatest potential over the second greatest. At 0, for example for an empty image, the label means nothing. */
  readonly lead: number;
  /**
   * Whether the label is clear: the greatest potential is at least steps × Vth / 2, and its lead at least steps × Vth / 4. Training aims at
   * steps × Vth for the right class and at 0 for the others (Eq. 6). If the output layer fires, Vth counts as 1.
   */
  readonly isSure: boolean;
  /** u of each class after the last step, or FO of each class if the output layer fires. */
  readonly potentials: Float32Array;
}

/** The prediction of a network for one sample. */
export interface Prediction extends Answer {
  /** Number of spikes of each layer of neurons over the window, under keys such as `3 convolution`. */
  readonly spikes: Record<string, number>;
  /** Spike trains of the requested layers, by n: T maps (C,H,W), o of each step. */
  readonly trains?: Record<number, Float32Array>;
}

/** The state of one layer after one sample. Maps are (C,H,W). */
export interface LayerView {
  /** The number of the layer; 0 is the input. */
  readonly n: number;
  readonly kind: LayerKindName | 'input';
  readonly shape: Shape;
  /** T maps: o of each step. */
  readonly spikes: Float32Array;
  /**
   * T maps: u after each step. If the variant resets and leaks in the next step, this is u before both. Empty for maximum pools
   * and for the input.
   */
  readonly potentials: Float32Array;
  /** Flow in of each neuron: its currents, summed over the steps. */
  readonly FI: Float32Array;
  /** Flow out of each neuron: its spikes, summed over the steps. */
  readonly FO: Float32Array;
}

export function predictOn(
  source: BackendSource,
  net: SpikingNetwork,
  shown: Shown,
  options: LookOptions,
): Prediction {
  const input = checkLook('predict', net, shown, options);
  const { trains } = options;
  const workspace = workspaceOf('predict', net, source, { layers: trains ?? [] });
  workspace.forward([input], wholeWindow(net.plan));
  return predictionOf(
    net.plan,
    trains,
    predictionBuffers(workspace, trains).map((buffer) => workspace.read(buffer)),
  );
}

export function inspectOn(
  source: BackendSource,
  net: SpikingNetwork,
  shown: Shown,
  options: Omit<LookOptions, 'trains'>,
): LayerView[] {
  const input = checkLook('inspect', net, shown, options);
  const { plan } = net;
  const all = [0, ...plan.layers.map(({ n }) => n)];
  // Memory for three maps per layer: spike trains, potentials, and the potentials in the backend.
  const workspace = workspaceOf('inspect', net, source, { layers: all, maps: 3 });
  workspace.buffers.add(plan.layers.map(({ n }) => ({ role: 'potentials', n, samples: 1 })));
  workspace.forward([input], wholeWindow(plan), true);
  return all.map((n) => viewOf(plan, workspace, n, workspace.buffers.find('potentials', n)));
}

const lookKeys = ['draw', 'trains', 'backend'];

/** Checks the arguments of a prediction or an inspection, and returns the input. */
export function checkLook(where: string, net: SpikingNetwork, shown: Shown, options: LookOptions): Input {
  checkIsNetwork(where, net);
  const { draw, trains } = checkOptions(where, options, lookKeys);
  if (trains !== undefined) {
    if (!Array.isArray(trains)) refuse(where, 'trains', 'a list of layers, by number', trains);
    for (const n of trains) checkWhole(where, 'trains', n, 0, net.plan.layers.length);
  }
  return asSpikes(net.plan, inputOf(where, net, shown, draw));
}

/** The buffers that a prediction reads: the result, FI of each layer, FO of each layer, and the requested trains. */
export function predictionBuffers(
  { buffers, result, backend: { network } }: Workspace,
  trains: readonly number[] = [],
): Buffer[] {
  const each = network.layers.map(({ n }) => n);
  return [
    result,
    ...each.map((n) => buffers.of('FI', n)),
    ...each.map((n) => buffers.of('FO', n)),
    ...trains.filter((n) => hasTrain(network, n)).map((n) => buffers.of('spikes', n)),
  ];
}

/** Computes the prediction from the values of {@link predictionBuffers}. */
export function predictionOf(
  plan: Network,
  trains: readonly number[] | undefined,
  [potentials, ...values]: readonly Float32Array[],
): Prediction {
  const { length } = plan.layers;
  for (const layer of plan.layers) checkFinite('predict', 'FI', layer, values[layer.n - 1]);
  const spikes = byLayer(plan, ({ n }) => spikesIn(values[length + n - 1]));
  const prediction = { ...answerOf(plan, potentials, plan.T), spikes };
  if (!trains) return prediction;
  const sent = values.slice(2 * length);
  const trainOf = (n: number): Float32Array =>
    (hasTrain(plan, n) ? sent.shift() : undefined) ?? silence(plan, n);
  return { ...prediction, trains: Object.fromEntries(trains.map((n) => [n, trainOf(n)])) };
}

/** A label is clear if its potential and its lead reach these shares of the potential that training aims at. */
const [sureReach, sureLead] = [1 / 2, 1 / 4];

export function answerOf(plan: Network, potentials: Float32Array, steps: number): Answer {
  const label = computeClass(potentials);
  let second: number | undefined;
  for (const [index, u] of potentials.entries())
    if (index !== label && (second === undefined || u > potentials[second])) second = index;
  const first = potentials[label];
  const lead = second === undefined ? first : first - potentials[second];
  const { spikes, Vth } = outputLayer(plan);
  const aim = steps * (spikes ? 1 : Vth);
  const isSure = steps > 0 && first >= sureReach * aim && lead >= sureLead * aim;
  return { label, second, lead, isSure, potentials };
}

/** Checks that the numbers of a layer are finite. */
export function checkFinite(where: string, what: string, layer: Layer, values: Float32Array): void {
  const bad = indexNotFinite(values);
  if (bad < 0) return;
  const next = 'the weights or the sample are too large';
  refuse(where, what, 'finite numbers', `${values[bad]} in ${nameOf(layer)}`, next);
}

/** The view of layer n in a workspace. */
export function viewOf(
  plan: Network,
  workspace: SampleWorkspace,
  n: number,
  potentials: Buffer | null,
): LayerView {
  const layer = plan.layers[n - 1];
  const { buffers } = workspace;
  const FO = workspace.read(buffers.of('FO', n));
  return {
    n,
    kind: layer?.kind.name ?? 'input',
    shape: layer?.output ?? plan.input,
    spikes: hasTrain(plan, n)
      ? workspace.read(buffers.of('spikes', n))
      : silence(workspace.backend.network, n),
    potentials: potentials && layer && !layer.kind.silent ? workspace.read(potentials) : new Float32Array(0),
    FI: n === 0 ? FO.slice() : workspace.read(buffers.of('FI', n)),
    FO,
  };
}

/** Whether a layer has a spike train that is not always 0. An output layer that does not fire has none. */
function hasTrain({ layers }: Network, n: number): boolean {
  return n < layers.length || layers[n - 1].spikes;
}

function silence({ layers, T }: Network, n: number): Float32Array {
  return new Float32Array(T * neuronsOf(layers[n - 1].output));
}

/**
 * Counts the spikes of a layer, from FO of each neuron. It is fast even before the runtime has compiled it: sums of whole
 * numbers allocate nothing, and adding eight numbers per iteration takes a tenth of the time of one per iteration.
 */
export function spikesIn(FO: Float32Array): number {
  const counts = new Uint32Array(FO);
  const whole = counts.length - (counts.length % 8);
  let sum = 0;
  for (let i = 0; i < whole; i += 8) {
    sum += counts[i] + counts[i + 1] + counts[i + 2] + counts[i + 3];
    sum += counts[i + 4] + counts[i + 5] + counts[i + 6] + counts[i + 7];
  }
  for (let i = whole; i < counts.length; i++) sum += counts[i];
  return sum;
}
