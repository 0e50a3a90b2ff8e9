/**
 * `asf-bp/infer`, the inference-only entry: loads a model, predicts, shows the inside, runs step by step. It gives the
 * same bits as `asf-bp` with the kernels of the forward pass alone.
 *
 * It shares the code up to `backend/wasm/forward.ts`. No module does anything when it is imported: kernels are compiled at
 * their first use.
 *
 * @module asf-bp/infer
 */
import { createForward } from './backend/wasm/forward.ts';
import { forwardKernels } from './backend/wasm/infer.ts';
import type { WasmModule } from './backend/wasm/module.ts';
import type { SpikingNetwork } from './network/network.ts';
import {
  inspectOn,
  predictOn,
  type LayerView,
  type LookOptions,
  type Prediction,
} from './train/predictOn.ts';
import type { Shown } from './train/sampleInput.ts';
import type { BackendSource } from './train/sampleWorkspace.ts';
import { Session, type SessionOptions } from './train/session.ts';

export { InputError } from './errors.ts';
export { loadModel } from './modelFile/reader.ts';
export { network, type NetworkOptions, type SpikingNetwork, type TrainedOn } from './network/network.ts';
export type { NetworkFile } from './network/models.ts';
export type { Input } from './backend/backend.ts';
export type { Answer, LayerView, LookOptions, Prediction } from './train/predictOn.ts';
export type { DecideOptions, Decision, Session, SessionOptions, ShownStep } from './train/session.ts';
export type { Shown } from './train/sampleInput.ts';

const place: BackendSource = {
  name: 'infer',
  open: (plan) => createForward(plan, forwardKernels),
};

/**
 * Classifies one sample, synchronously.
 *
 * @param shown a map (C,H,W): a `Uint8Array` or `Uint8ClampedArray` is bytes 0 … 255, any other array intensities
 * from −1 to 1; or an `Input`
 * @throws InputError if the network has no weights, or the sample is not a map of its input
 */
export function predict(net: SpikingNetwork, shown: Shown, options: LookOptions = {}): Prediction {
  return predictOn(place, net, shown, options);
}

/**
 * A view inside: spikes, potentials and flows of the input (place 0) and of each layer (place n).
 *
 * @param shown as for {@link predict}
 * @throws InputError as {@link predict}; numbers that are not finite are returned unchanged
 */
export function inspect(net: SpikingNetwork, shown: Shown, options: LookOptions = {}): LayerView[] {
  return inspectOn(place, net, shown, options);
}

/**
 * A session: a network that runs step by step.
 *
 * @throws InputError if the network has no weights
 */
export function session(net: SpikingNetwork, options: SessionOptions = {}): Session {
  return new Session(place, net, options);
}

/**
 * Sets kernels that you have compiled, for example by streaming: a module of `asf-bp/infer.wasm` or
 * `asf-bp/core.wasm`. Call it before the first prediction.
 *
 * @throws InputError if the module is another one
 */
export function setWasmModule(module: WasmModule): void {
  forwardKernels.use(module);
}
