/** Predictions, inspections and sessions on a backend, by name. */
import {
  openForward,
  requestBackend,
  worksAtOnce,
  type BackendChoice,
  type BackendName,
} from '../backend/open.ts';
import { show } from '../errors.ts';
import { wholeWindow, Workspace } from '../backend/workspace.ts';
import { checkOptions } from '../network/check.ts';
import { trainedWeights, type SpikingNetwork } from '../network/network.ts';
import {
  checkLook,
  inspectOn,
  predictionBuffers,
  predictionOf,
  predictOn,
  type LayerView,
  type LookOptions,
  type Prediction,
} from './predictOn.ts';
import type { Shown } from './sampleInput.ts';
import { checkRoom, type BackendSource } from './sampleWorkspace.ts';
import { Session, type SessionOptions } from './session.ts';

export type { Shown } from './sampleInput.ts';
export type { LayerView, Prediction } from './predictOn.ts';

export interface PredictOptions extends LookOptions {
  /** A synchronous backend. Default `wasm`. */
  readonly backend?: BackendName;
}

/**
 * Classifies one sample, synchronously.
 *
 * @param shown a map (C,H,W): a `Uint8Array` or `Uint8ClampedArray` is bytes 0 … 255, any other array intensities
 * from −1 to 1; or an `Input`
 * @throws InputError if the network has no weights, or the sample is not a map of its input
 */
export function predict(net: SpikingNetwork, shown: Shown, options: PredictOptions = {}): Prediction {
  return predictOn(sourceOf(options?.backend), net, shown, options);
}

/**
 * Classifies one sample on any backend: synchronous backends run at once, as in `predict`; with others it awaits the device and the
 * results.
 *
 * @param shown as for {@link predict}
 * @throws InputError as {@link predict}, or if there is no such device
 */
export async function requestPrediction(
  net: SpikingNetwork,
  shown: Shown,
  options: LookOptions & BackendChoice = {},
): Promise<Prediction> {
  const { threads: _threads, device: _device, ...look } = checkOptions('predict', options);
  const choice: BackendChoice = options;
  if (worksAtOnce(choice)) return predictOn(sourceOf(choice.backend), net, shown, look);
  const input = checkLook('predict', net, shown, look);
  const weights = trainedWeights('predict', net);
  const backend = await requestBackend(options, net.plan, 'predict');
  try {
    const { trains } = look;
    checkRoom('predict', backend, trains);
    const workspace = new Workspace(backend);
    workspace.writeWeights(weights);
    workspace.forward([input], wholeWindow(net.plan));
    const values = await Promise.all(
      // Only a report has doubles.
      predictionBuffers(workspace, trains).map((buffer) => backend.read(buffer) as Promise<Float32Array>),
    );
    return predictionOf(net.plan, trains, values);
  } finally {
    backend.dispose();
  }
}

/**
 * Inspects one sample: spikes, potentials and flows of the input (place 0) and of each layer (place n).
 *
 * @param shown as for {@link predict}
 * @throws InputError as {@link predict}; numbers that are not finite are returned unchanged
 */
export function inspect(net: SpikingNetwork, shown: Shown, options: PredictOptions = {}): LayerView[] {
  return inspectOn(sourceOf(options?.backend), net, shown, options);
}

/**
 * A session: a network that runs step by step.
 *
 * @throws InputError if the network has no weights
 */
export function session(
  net: SpikingNetwork,
  options: SessionOptions & Pick<PredictOptions, 'backend'> = {},
): Session {
  return new Session(sourceOf(options?.backend), net, options);
}

function sourceOf(name: BackendName = 'wasm'): BackendSource {
  return { name: show(name), open: (network, where) => openForward(name, network, where) };
}
