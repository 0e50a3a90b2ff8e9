/**
 * `asf-bp/infer`, the inference-only entry: loads a model, predicts, inspects, and runs step by step. It contains only the
 * kernels of the forward pass, and returns the same bits as `asf-bp`. Kernels are compiled at their first use, not at import.
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

export { rowOf } from './modelFile/row.ts';
export { InputError } from './errors.ts';
export { loadModel } from './modelFile/reader.ts';
export { network, type NetworkOptions, type SpikingNetwork, type TrainedOn } from './network/network.ts';
export type { NetworkFile } from './network/models.ts';
export type { Input } from './backend/backend.ts';
export type { Answer, LayerView, LookOptions, Prediction } from './train/predictOn.ts';
export type { DecideOptions, Decision, Session, SessionOptions, ShownStep } from './train/session.ts';
export type { Shown } from './train/sampleInput.ts';

const source: BackendSource = {
  name: 'infer',
  open: (plan) => createForward(plan, forwardKernels),
};

/**
 * Classifies one sample, synchronously.
 *
 * @param net a network with weights
 * @param shown a map (C,H,W) or an `Input`. In a map, a `Uint8Array` or `Uint8ClampedArray` has bytes 0 … 255; any other
 * array has intensities −1 … 1
 * @param options the draw that encodes an image, and layers whose spike trains are returned
 * @returns the class, its lead over the second class, and the potential u of each class
 * @throws InputError if the network has no weights, the sample does not fit the network's input, or a number is not finite
 * @example
 * ```ts
 * import { predict } from 'asf-bp/infer';
 * import { tiny } from 'asf-bp/models/tiny';
 * console.log(predict(tiny(), new Uint8Array(28 * 28)).isSure); // false
 * ```
 */
export function predict(net: SpikingNetwork, shown: Shown, options: LookOptions = {}): Prediction {
  return predictOn(source, net, shown, options);
}

/**
 * Inspects one sample: returns spikes, potentials and flows of each layer.
 *
 * @param net a network with weights
 * @param shown as for {@link predict}
 * @param options the draw that encodes an image
 * @returns the input at index 0, layer n at index n
 * @throws InputError as {@link predict}, except that numbers that are not finite are returned unchanged
 */
export function inspect(net: SpikingNetwork, shown: Shown, options: LookOptions = {}): LayerView[] {
  return inspectOn(source, net, shown, options);
}

/**
 * Opens a session: a network that runs step by step.
 *
 * @param net a network with weights
 * @param options the draw that encodes images
 * @returns a session at step 0; it needs no disposal
 * @throws InputError if the network has no weights
 * @example
 * ```ts
 * import { session } from 'asf-bp/infer';
 * import { tiny } from 'asf-bp/models/tiny';
 * const steps = session(tiny());
 * console.log(steps.decide(new Uint8Array(28 * 28), { most: 5 }).steps); // 5
 * ```
 */
export function session(net: SpikingNetwork, options: SessionOptions = {}): Session {
  return new Session(source, net, options);
}

/**
 * Sets kernels that you have compiled, for example by streaming. Call it before the first prediction.
 *
 * @param module a `WebAssembly.Module` of `asf-bp/infer.wasm` or `asf-bp/core.wasm`
 * @throws InputError if the module lacks a kernel of this version
 */
export function setWasmModule(module: WasmModule): void {
  forwardKernels.use(module);
}
