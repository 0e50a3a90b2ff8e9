/** Asynchronous prediction, on any backend: awaits its device and its results. */
import type { Buffer } from '../backend/backend.ts';
import { requestBackend, type BackendChoice } from '../backend/open.ts';
import { Workspace } from '../backend/workspace.ts';
import { refuse } from '../errors.ts';
import { checkIsNetwork, checkWeights, type SpikingNetwork } from '../network/network.ts';
import { predictionOf, type LookOptions, type Prediction } from './look.ts';
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
    const workspace = new Workspace(backend);
    workspace.writeWeights(weights);
    workspace.forward([input], { first: 0, samples: 1, t0: 0, steps: plan.T });
    const { buffers, result } = workspace;
    const read = (buffer: Buffer): Promise<Float32Array> => backend.read(buffer) as Promise<Float32Array>;
    const flows = plan.layers.map(async ({ n }) => {
      const [FI, FO] = await Promise.all([read(buffers.of('FI', n)), read(buffers.of('FO', n))]);
      return { FI, FO };
    });
    const potentials = await read(result);
    return predictionOf(plan, await Promise.all(flows), potentials);
  } finally {
    backend.dispose();
  }
}
