/** Prediction: one sample through the network, and a look inside. */
import { computeClass } from '../../spec/loss.ts';
import { neuronsOf, type Shape } from '../../spec/network.ts';
import type { Draw } from '../../spec/random.ts';
import { openBackend } from '../backend/open.ts';
import { resultOf, type Backend, type Buffer } from '../backend/backend.ts';
import { InputError, refuse } from '../errors.ts';
import { checkIsNetwork, checkWeights, weightedLayers, type SpikingNetwork } from '../network/network.ts';
import { layerKey, nameOf } from './report.ts';
import { inputOf, type Shown } from './shown.ts';

export type { Shown } from './shown.ts';

export interface PredictOptions {
  /** A backend that works at once; default `wasm`. */
  readonly backend?: string;
  /** Which random numbers encode the image; default the network's seed and sample 0. */
  readonly draw?: Partial<Draw>;
}

export interface Prediction {
  /** The class with the greatest potential; of equal ones the lowest. */
  readonly label: number;
  /** u^T of each class; where the output layer fires, its FO. */
  readonly potentials: Float32Array;
  /** Spikes of each layer of neurons over the window, by `n kind`. */
  readonly spikes: Record<string, number>;
}

/** One layer of one sample, laid open. Maps are (C,H,W). */
export interface LayerView {
  /** 0 is the input. */
  readonly n: number;
  readonly kind: string;
  readonly shape: Shape;
  /** T maps: o of each step. */
  readonly spikes: Float32Array;
  /** T maps: u after each step, as the variant shows it; empty for the input and for maximum pools. */
  readonly potentials: Float32Array;
  readonly FI: Float32Array;
  readonly FO: Float32Array;
}

/**
 * Classifies one sample, at once.
 *
 * @param shown a map (C,H,W): a `Uint8Array` or `Uint8ClampedArray` is bytes 0 … 255, any other array intensities from
 * −1 to 1; or an `Input`
 * @throws InputError where the network has no weights, or the sample is not a map of its input
 */
export function predict(net: SpikingNetwork, shown: Shown, options: PredictOptions = {}): Prediction {
  const { views, result: potentials } = look('predict', net, shown, options, false);
  const { layers } = net.plan;
  for (const layer of layers) {
    const bad = views[layer.n].FI.find((u) => !Number.isFinite(u));
    if (bad !== undefined) {
      throw new InputError(
        `predict: FI is ${bad}: the input of ${nameOf(layer)} is not finite; the weights or the sample are too large`,
      );
    }
  }
  const spikes = Object.fromEntries(
    layers
      .filter((layer) => layer.spikes)
      .map((layer) => [layerKey(layer), views[layer.n].FO.reduce((sum, count) => sum + count, 0)]),
  );
  return { label: computeClass(potentials), potentials, spikes };
}

/**
 * The same sample laid open: spikes, potentials and flows of the input (place 0) and of each layer (place n).
 *
 * @param shown as {@link predict} takes it
 * @throws InputError as {@link predict}; what is not finite is shown as it is
 */
export function inspect(net: SpikingNetwork, shown: Shown, options: PredictOptions = {}): LayerView[] {
  return look('inspect', net, shown, options, true).views;
}

/** A network's buffers for one sample, kept between calls until its weights are replaced. */
interface Bench {
  readonly backend: Backend;
  readonly weights: Float32Array[];
  readonly w: Map<number, Buffer>;
  readonly buffers: { o: Buffer; u: Buffer; FI: Buffer; FO: Buffer }[];
  traces?: Buffer[];
}
const benches = new WeakMap<SpikingNetwork, Map<string, Bench>>();

function look(
  where: string,
  net: SpikingNetwork,
  shown: Shown,
  options: PredictOptions,
  trace: boolean,
): { views: LayerView[]; result: Float32Array } {
  checkIsNetwork(where, net);
  const { plan } = net;
  const input = inputOf(where, net, shown, options.draw);
  const bench = benchOf(where, net, options.backend ?? 'wasm');
  const { backend, w, buffers } = bench;
  if (!backend.readSync) refuse(where, 'backend', 'one that works at once', backend.name);
  const read = (buffer: Buffer): Float32Array => backend.readSync!(buffer) as Float32Array;
  if (trace) bench.traces ??= plan.layers.map(({ n }) => backend.allocate('trace', n, 1));

  const span = { first: 0, samples: 1, t0: 0, steps: plan.T };
  backend.encode(buffers[0], [input], span);
  for (const { n } of plan.layers) {
    const to = trace ? { ...buffers[n], trace: bench.traces![n - 1] } : buffers[n];
    backend.forward(n, buffers[n - 1], w.get(n) ?? null, to, span);
  }
  const none = new Float32Array(0);
  const views = buffers.map(({ o, FI, FO }, n) => {
    const layer = plan.layers[n - 1];
    const flows = { FI: read(n === 0 ? FO : FI), FO: read(FO) };
    const shape = layer?.output ?? plan.input;
    const hasPotential = layer !== undefined && !layer.kind.silent;
    return {
      n,
      kind: layer?.kind.name ?? 'input',
      shape,
      spikes: !trace
        ? none
        : layer?.isOutput && !layer.spikes
          ? new Float32Array(plan.T * neuronsOf(shape))
          : read(o),
      potentials: trace && hasPotential ? read(bench.traces![n - 1]) : none,
      ...flows,
    };
  });
  return { views, result: read(resultOf(plan, buffers.at(-1)!)) };
}

function benchOf(where: string, net: SpikingNetwork, name: string): Bench {
  const { plan, weights } = net;
  if (!weights) refuse(where, 'network', 'trained weights', undefined, 'train it or load a model');
  const known = benches.get(net) ?? new Map<string, Bench>();
  benches.set(net, known);
  const old = known.get(name);
  if (old?.weights === weights) return old;
  old?.backend.dispose();
  known.delete(name);
  checkWeights(where, plan, weights);
  const backend = openBackend(name, plan, where);
  try {
    const bench = buildBench(net, backend, weights);
    known.set(name, bench);
    return bench;
  } catch (error) {
    backend.dispose();
    throw error;
  }
}

function buildBench({ plan }: SpikingNetwork, backend: Backend, weights: Float32Array[]): Bench {
  const w = new Map(weightedLayers(plan).map(({ n }) => [n, backend.allocate('weights', n, 1)]));
  for (const [place, buffer] of [...w.values()].entries()) backend.write(buffer, weights[place]);
  const buffers = [0, ...plan.layers.map(({ n }) => n)].map((n) => ({
    o: backend.allocate('spikes', n, 1),
    u: backend.allocate('potential', n, 1),
    FI: backend.allocate('FI', n, 1),
    FO: backend.allocate('FO', n, 1),
  }));
  return { backend, weights, w, buffers };
}
