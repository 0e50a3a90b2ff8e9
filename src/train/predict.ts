/**
 * Synchronous prediction: one sample through the network, a view inside, or a session, on any backend that works at once.
 */
import { openBackend, type BackendName } from '../backend/open.ts';
import type { SpikingNetwork } from '../network/network.ts';
import type { BackendSource } from './workspaces.ts';
import { inspectOn, predictOn, type LayerView, type LookOptions, type Prediction } from './look.ts';
import { Session, type SessionOptions } from './session.ts';
import type { Shown } from './shown.ts';

export type { Shown } from './shown.ts';
export type { LayerView, Prediction } from './look.ts';

export interface PredictOptions extends LookOptions {
  /** A backend that works at once. Default `wasm`. */
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
  return predictOn(placeOf(options.backend), net, shown, options);
}

/**
 * A view inside: spikes, potentials and flows of the input (place 0) and of each layer (place n).
 *
 * @param shown as for {@link predict}
 * @throws InputError as {@link predict}; numbers that are not finite are returned unchanged
 */
export function inspect(net: SpikingNetwork, shown: Shown, options: PredictOptions = {}): LayerView[] {
  return inspectOn(placeOf(options.backend), net, shown, options);
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
  return new Session(placeOf(options.backend), net, options);
}

function placeOf(name: BackendName = 'wasm'): BackendSource {
  return { name: String(name), open: (network, where) => openBackend(name, network, where) };
}
