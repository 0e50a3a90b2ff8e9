/** One sample through a network, on any backend that works at once: the prediction, and a view inside. */
import { computeClass } from '../../spec/loss.ts';
import { neuronsOf, type LayerKindName, type Network, type Shape } from '../../spec/network.ts';
import type { Draw } from '../../spec/random.ts';
import type { Buffer } from '../backend/backend.ts';
import { checkWhole, InputError, placeNotFinite, refuse } from '../errors.ts';
import { checkIsNetwork, type SpikingNetwork } from '../network/network.ts';
import { workspaceOf, type BackendSource, type SampleWorkspace } from './workspaces.ts';
import { layerKey, nameOf } from './names.ts';
import { inputOf, type Shown } from './shown.ts';

/** Options of a prediction. */
export interface LookOptions {
  /** The random numbers that encode the image. Default: the network's seed, stream `test`, epoch 0 and sample 0. */
  readonly draw?: Partial<Draw>;
  /** Layers whose spike trains are returned, by n: 0 (the input) … N. Default: none. */
  readonly trains?: readonly number[];
}

/** The prediction of a network for one sample. */
export interface Prediction {
  /** The class with the greatest potential; among equals the lowest. */
  readonly label: number;
  /** u^T of each class; its FO if the output layer fires. */
  readonly potentials: Float32Array;
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

/** Predicts on a source of backends. */
export function predictOn(
  place: BackendSource,
  net: SpikingNetwork,
  shown: Shown,
  { draw, trains }: LookOptions,
): Prediction {
  const workspace = show('predict', place, net, shown, draw, false);
  const { plan } = net;
  checkTrains('predict', plan, trains);
  const { buffers, result } = workspace;
  const flows = plan.layers.map(({ n }) => ({
    FI: workspace.read(buffers.of('FI', n)),
    FO: workspace.read(buffers.of('FO', n)),
  }));
  const answer = predictionOf(plan, flows, workspace.read(result));
  if (!trains) return answer;
  return { ...answer, trains: Object.fromEntries(trains.map((n) => [n, trainOf(plan, workspace, n)])) };
}

/**
 * The prediction from a window's results.
 *
 * @param flows of layer n at place n − 1
 * @throws InputError if a number is not finite
 */
export function predictionOf(
  { layers }: Network,
  flows: readonly { readonly FI: Float32Array; readonly FO: Float32Array }[],
  potentials: Float32Array,
): Prediction {
  const spikes: Record<string, number> = {};
  for (const layer of layers) {
    const { FI, FO } = flows[layer.n - 1];
    const bad = placeNotFinite(FI);
    if (bad >= 0) {
      throw new InputError(
        `predict: "FI" expected finite numbers, got ${FI[bad]} in ${nameOf(layer)}; the weights or the sample are too large`,
      );
    }
    if (layer.spikes) spikes[layerKey(layer)] = sumOf(FO);
  }
  return { label: computeClass(potentials), potentials, spikes };
}

/** Inspects on a source of backends. */
export function inspectOn(
  place: BackendSource,
  net: SpikingNetwork,
  shown: Shown,
  { draw }: LookOptions,
): LayerView[] {
  const workspace = show('inspect', place, net, shown, draw, true);
  const { plan } = net;
  return [0, ...plan.layers.map(({ n }) => n)].map((n) =>
    viewOf(plan, workspace, n, workspace.buffers.find('trace', n)),
  );
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
    spikes: trainOf(plan, workspace, n),
    potentials: trace && layer && !layer.kind.silent ? workspace.read(trace) : new Float32Array(0),
    FI: n === 0 ? FO.slice() : workspace.read(buffers.of('FI', n)),
    FO,
  };
}

/** Spikes of layer n; silence for an output layer that does not fire. */
function trainOf({ layers }: Network, workspace: SampleWorkspace, n: number): Float32Array {
  const layer = layers[n - 1];
  if (!layer?.isOutput || layer.spikes) return workspace.read(workspace.buffers.of('spikes', n));
  return new Float32Array(workspace.backend.network.T * neuronsOf(layer.output));
}

/** Runs a sample through the network's whole window. */
function show(
  where: string,
  place: BackendSource,
  net: SpikingNetwork,
  shown: Shown,
  draw: Partial<Draw> | undefined,
  traces: boolean,
): SampleWorkspace {
  checkIsNetwork(where, net);
  const input = inputOf(where, net, shown, draw);
  const workspace = workspaceOf(where, net, place, false);
  workspace.evict();
  const { layers, T } = net.plan;
  if (traces) workspace.buffers.add(layers.map(({ n }) => ({ role: 'trace', n, samples: 1 })));
  workspace.forward([input], { first: 0, samples: 1, t0: 0, steps: T }, traces);
  return workspace;
}

function checkTrains(where: string, { layers }: Network, trains: readonly number[] | undefined): void {
  if (trains === undefined) return;
  if (!Array.isArray(trains)) refuse(where, 'trains', 'a list of layers, by number', trains);
  for (const n of trains) checkWhole(where, 'trains', n, 0, layers.length);
}

export function sumOf(values: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum;
}
