/** Asynchronous prediction, on any backend: awaits its device and its results. */
import { resultOf } from '../backend/backend.ts';
import { requestBackend, type BackendChoice } from '../backend/open.ts';
import { refuse } from '../errors.ts';
import { checkIsNetwork, checkWeights, type SpikingNetwork } from '../network/network.ts';
import { predictionOf, type LookOptions, type Prediction } from './look.ts';
import { Passes } from './passes.ts';
import { inputOf, type Shown } from './shown.ts';

/**
 * Classifies one sample, as `predict` does, on any backend.
 *
 * @param shown as for `predict`
 * @throws InputError if the network has no weights, the sample is not a map of its input, or there is no such device
 */
export async function requestPrediction(
  net: SpikingNetwork,
  shown: Shown,
  { draw, ...choice }: Pick<LookOptions, 'draw'> & BackendChoice = {},
): Promise<Prediction> {
  const where = 'predict';
  checkIsNetwork(where, net);
  const { plan, weights } = net;
  const input = inputOf(where, net, shown, draw);
  if (!weights) refuse(where, 'network', 'trained weights', undefined, 'train it or load a model');
  checkWeights(where, plan, weights);
  const backend = await requestBackend(choice, plan, where);
  try {
    const passes = new Passes(backend, 1);
    passes.writeWeights(weights);
    passes.forward([{ input, label: -1 }]);
    const read = (n: number): Promise<{ FI: Float32Array; FO: Float32Array }> => passes.readFlows(n, 0);
    const result = resultOf(plan, passes.buffersOf(plan.layers.length));
    const [flows, potentials] = await Promise.all([
      Promise.all(plan.layers.map(({ n }) => read(n))),
      backend.read(result) as Promise<Float32Array>,
    ]);
    return predictionOf(plan, flows, potentials);
  } finally {
    backend.dispose();
  }
}
