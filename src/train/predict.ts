/** Predictions, inspections and sessions on a backend that is chosen by name. */
import {
  openForward,
  requestBackend,
  worksAtOnce,
  type BackendChoice,
  type BackendName,
} from '../backend/open.ts';
import { checkOptions, show } from '../errors.ts';
import { wholeWindow, Workspace } from '../backend/workspace.ts';
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

/** Options of {@link predict}, {@link inspect} and {@link session}. */
export interface PredictOptions extends LookOptions {
  /** A synchronous backend. Default `wasm`. */
  readonly backend?: BackendName;
}

/**
 * Classifies one sample, synchronously.
 *
 * @param net a network with weights
 * @param shown a map (C,H,W): bytes 0 … 255 if it is a `Uint8Array` or `Uint8ClampedArray`, otherwise intensities −1 … 1; or an
 * `Input`
 * @param options the draw that encodes an image, layers whose spike trains are returned, and a synchronous backend
 * @returns the class, its lead over the second class, and the potential u of each class
 * @throws InputError if the network has no weights, the sample does not fit the network's input, or a number is not finite
 * @example
 * ```ts
 * import { predict } from 'asf-bp';
 * import { tiny } from 'asf-bp/models/tiny';
 * console.log(predict(tiny(), new Uint8Array(28 * 28)).isSure); // false
 * ```
 */
export function predict(net: SpikingNetwork, shown: Shown, options: PredictOptions = {}): Prediction {
  return predictOn(sourceOf(options?.backend), net, shown, options);
}

/**
 * Classifies one sample on any backend, and awaits the device and the results.
 *
 * @param net a network with weights
 * @param shown as for {@link predict}
 * @param options the draw, layers whose spike trains are returned, and the backend with its threads or device
 * @returns as {@link predict}
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
      // only reports contain doubles
      predictionBuffers(workspace, trains).map((buffer) => backend.read(buffer) as Promise<Float32Array>),
    );
    return predictionOf(net.plan, trains, values);
  } finally {
    backend.dispose();
  }
}

/**
 * Inspects one sample: returns spikes, potentials and flows of each layer.
 *
 * @param net a network with weights
 * @param shown as for {@link predict}
 * @param options the draw that encodes an image, and a synchronous backend
 * @returns the input at index 0, layer n at index n
 * @throws InputError as {@link predict}; numbers that are not finite are returned unchanged
 */
export function inspect(net: SpikingNetwork, shown: Shown, options: PredictOptions = {}): LayerView[] {
  return inspectOn(sourceOf(options?.backend), net, shown, options);
}

/**
 * Opens a session: a network that runs step by step.
 *
 * @param net a network with weights
 * @param options the draw that encodes images, and a synchronous backend
 * @returns a session at step 0; it needs no disposal
 * @throws InputError if the network has no weights
 * @example
 * ```ts
 * import { session } from 'asf-bp';
 * import { tiny } from 'asf-bp/models/tiny';
 * const steps = session(tiny());
 * console.log(steps.decide(new Uint8Array(28 * 28), { most: 5 }).steps); // 5
 * ```
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
