/** Runs one sample through a network on synchronous backends: predictions and inspections. */
import { neuronsOf, type LayerKindName, type Network, type Shape } from '../../spec/network.ts';
import type { Draw } from '../../spec/random.ts';
import type { Buffer, Input } from '../backend/backend.ts';
import { wholeWindow, type Workspace } from '../backend/workspace.ts';
import { checkWhole, placeNotFinite, refuse } from '../errors.ts';
import { checkOptions } from '../network/check.ts';
import { checkIsNetwork, type SpikingNetwork } from '../network/network.ts';
import { answerOf, type Answer } from './answer.ts';
import { workspaceOf, type BackendSource, type SampleWorkspace } from './workspaces.ts';
import { layerKey, nameOf } from './layerLabels.ts';
import { asSpikes, inputOf, type Shown } from './sampleInput.ts';

/** Options of a prediction. */
export interface LookOptions {
  /** The random numbers that encode the image. Default: the network's seed, stream `test`, epoch 0 and sample 0. */
  readonly draw?: Partial<Draw>;
  /** Layers whose spike trains are returned, by n: 0 (the input) … N. Default: none. */
  readonly trains?: readonly number[];
}

/** The prediction of a network for one sample. */
export interface Prediction extends Answer {
  /** Spikes of each layer of neurons over the window, by `n kind`. */
  readonly spikes: Record<string, number>;
  /** Spike trains of the requested layers, by n: T maps (C,H,W), o of each step. */
  readonly trains?: Record<number, Float32Array>;
}

/** The state of one layer after one sample. Maps are (C,H,W). */
export interface LayerView {
  /** 0 is the input. */
  readonly n: number;
  readonly kind: LayerKindName | 'input';
  readonly shape: Shape;
  /** T maps: o of each step. */
  readonly spikes: Float32Array;
  /** T maps: u after each step, as the variant shows it; empty for the input and for maximum pools. */
  readonly potentials: Float32Array;
  readonly FI: Float32Array;
  readonly FO: Float32Array;
}

/** Predicts on a source of synchronous backends. */
export function predictOn(
  source: BackendSource,
  net: SpikingNetwork,
  shown: Shown,
  options: LookOptions,
): Prediction {
  const input = checkLook('predict', net, shown, options);
  const workspace = workspaceOf('predict', net, source, { stepwise: false, shown: options.trains });
  workspace.evict();
  const { buffers, answer } = runSample(workspace, input, options.trains);
  return answer(buffers.map((buffer) => workspace.read(buffer)));
}

/** Inspects on a source of synchronous backends. */
export function inspectOn(
  source: BackendSource,
  net: SpikingNetwork,
  shown: Shown,
  options: Omit<LookOptions, 'trains'>,
): LayerView[] {
  const input = checkLook('inspect', net, shown, options);
  const { plan } = net;
  const all = [0, ...plan.layers.map(({ n }) => n)];
  // Spike trains, potentials, and the potentials in the backend.
  const workspace = workspaceOf('inspect', net, source, { stepwise: false, shown: all, maps: 3 });
  workspace.evict();
  workspace.buffers.add(plan.layers.map(({ n }) => ({ role: 'trace', n, samples: 1 })));
  workspace.forward([input], wholeWindow(plan), true);
  return all.map((n) => viewOf(plan, workspace, n, workspace.buffers.find('trace', n)));
}

/** Options of a look, and where it runs. */
const lookKeys = ['draw', 'trains', 'backend'];

/** The checked input of a prediction or an inspection. */
export function checkLook(where: string, net: SpikingNetwork, shown: Shown, options: LookOptions): Input {
  checkIsNetwork(where, net);
  const { draw, trains } = checkOptions(where, options, lookKeys);
  if (trains !== undefined) {
    if (!Array.isArray(trains)) refuse(where, 'trains', 'a list of layers, by number', trains);
    for (const n of trains) checkWhole(where, 'trains', n, 0, net.plan.layers.length);
  }
  return asSpikes(net.plan, inputOf(where, net, shown, draw));
}

/**
 * Runs a sample through the window.
 *
 * @returns the buffers that hold the results, and the prediction from their values
 */
export function runSample(
  workspace: Workspace,
  input: Input,
  trains: readonly number[] | undefined,
): { buffers: readonly Buffer[]; answer(values: readonly Float32Array[]): Prediction } {
  const { buffers, result } = workspace;
  const { network } = workspace.backend;
  const { layers } = network;
  workspace.forward([input], wholeWindow(network));
  const sent = [...new Set(trains)].filter((n) => hasTrain(network, n));
  const wanted = [
    ...layers.map(({ n }) => buffers.of('FI', n)),
    ...layers.map(({ n }) => buffers.of('FO', n)),
    ...sent.map((n) => buffers.of('spikes', n)),
  ];
  return {
    buffers: [result, ...wanted],
    answer([potentials, ...values]) {
      checkFinite(network, values.slice(0, layers.length));
      const FO = values.slice(layers.length, 2 * layers.length);
      const firing = layers.filter(({ spikes }) => spikes);
      const spikes = Object.fromEntries(firing.map((layer) => [layerKey(layer), spikesIn(FO[layer.n - 1])]));
      const answer = { ...answerOf(network, potentials, network.T), spikes };
      if (!trains) return answer;
      const own = values.slice(2 * layers.length);
      const trainOf = (n: number): Float32Array => own[sent.indexOf(n)] ?? silence(network, n);
      return { ...answer, trains: Object.fromEntries(trains.map((n) => [n, trainOf(n)])) };
    },
  };
}

/** Why a number is no longer finite. */
export const tooLarge = 'the weights or the sample are too large';

/** @throws InputError if FI of a layer has a number that is not finite */
function checkFinite({ layers }: Network, FI: readonly Float32Array[]): void {
  for (const [place, values] of FI.entries()) {
    const bad = placeNotFinite(values);
    if (bad < 0) continue;
    refuse('predict', 'FI', 'finite numbers', `${values[bad]} in ${nameOf(layers[place])}`, tooLarge);
  }
}

/** Layer n from a workspace; `trace` holds its potentials. */
export function viewOf(
  plan: Network,
  workspace: SampleWorkspace,
  n: number,
  trace: Buffer | undefined,
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
    potentials: trace && layer && !layer.kind.silent ? workspace.read(trace) : new Float32Array(0),
    FI: n === 0 ? FO.slice() : workspace.read(buffers.of('FI', n)),
    FO,
  };
}

/** True for the input and for a layer that sends spikes; the train of an output layer that does not fire is silence. */
function hasTrain({ layers }: Network, n: number): boolean {
  return n < layers.length || layers[n - 1].spikes;
}

function silence({ layers, T }: Network, n: number): Float32Array {
  return new Float32Array(T * neuronsOf(layers[n - 1].output));
}

/**
 * Spikes of a layer, from FO of each neuron. A cold runtime adds whole numbers without memory for each, and eight at a time in a tenth of
 * the time that one at a time needs.
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
