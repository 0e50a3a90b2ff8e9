/**
 * `asf-bp/models/tiny`: a bundled network for handwritten digits, with about 19,000 weights of 8 bits. `docs/library.md` gives its training
 * and accuracy.
 *
 * @module asf-bp/models/tiny
 */
import { text } from '#tiny';
import { biasesOf, outputLayer, synapticOf } from '../../spec/network.ts';
import { checkNumber, checkOptions, checkWhole, refuse } from '../errors.ts';
import { decodeHex } from '../hex.ts';
import { loadModel } from '../modelFile/reader.ts';
import { inspect } from '../infer.ts';
import { checkIsNetwork, trainedWeights, type SpikingNetwork } from '../network/network.ts';
import type { Shown } from '../train/sampleInput.ts';

export { digitFromPng as digitOf, type CanvasPicture } from '../pictures/digit.ts';
export { digitFromStrokes } from '../pictures/strokes.ts';
export type { Picture } from '../formats/png.ts';
// A program saves the result of `learn` with this function. If it imported the function from `asf-bp`, a bundle would include all of
// training.
export { encodeModel } from '../modelFile/model.ts';

/** With this lead, `session.decide` needs a third of the steps, and misreads four more of 10,000 digits. */
export const lead = 2;

/**
 * Makes a new copy of the bundled network for handwritten digits.
 *
 * @returns a network with weights; its input is (1,28,28), white on black, and its window 16 steps
 */
export function tiny(): SpikingNetwork {
  return loadModel(decodeHex(text), 'tiny');
}

/** A sample and its class. */
export interface Labelled {
  readonly shown: Shown;
  readonly label: number;
}

/** Options of {@link learn}. */
export interface LearnOptions {
  /** Passes over the samples: 1 … 1000. Default 20. */
  readonly passes?: number;
  /** The share of a sample's error that one update removes: above 0, to 1. Default 0.2. */
  readonly rate?: number;
}

const where = 'learn';

/**
 * Trains the last layer of a network on additional samples.
 *
 * Each sample runs only once through the layers before the last layer. The potential u of the output is w · FO of the layer
 * before (Eq. 8). Each update follows Eq. 9 and 11, dw = (u / (T·Vth) − Y) · FO, and removes the share `rate` of the error. A
 * bias is the weight of a neuron whose FO is T.
 *
 * @param net a network with weights; it does not change
 * @param samples inputs as for `predict`, each with its class
 * @param options number of passes, and rate
 * @returns a network with a new last layer, which `encodeModel` saves
 * @throws InputError if the last layer is not a linear layer that integrates, or if a sample does not fit the network
 */
export function learn(
  net: SpikingNetwork,
  samples: readonly Labelled[],
  options: LearnOptions = {},
): SpikingNetwork {
  checkIsNetwork(where, net);
  const { passes = 20, rate = 0.2 } = checkOptions(where, options, ['passes', 'rate']);
  const { plan } = net;
  const output = outputLayer(plan);
  if (output.kind.name !== 'linear' || output.spikes)
    refuse(where, 'network', 'a linear output layer that does not fire', output.kind.name);
  if (!Array.isArray(samples)) refuse(where, 'samples', 'a list of { shown, label }', samples);
  checkWhole(where, 'passes', passes, 1, 1000);
  checkNumber(where, 'rate', rate, { low: 0, high: 1, above: true });
  const classes = output.output.channels;
  const always = biasesOf(output) > 0 ? plan.T : 0;
  // `Array.from` also visits missing elements.
  const seen = Array.from(samples, (sample: Labelled, k) => {
    const { shown, label } = sample ?? {};
    checkWhole(where, `samples[${k}].label`, label, 0, classes - 1);
    const { FO } = inspect(net, shown)[output.n - 1];
    return { FO, label, length: FO.reduce((sum, o) => sum + o * o, 0) + always ** 2 };
  });
  const weights = trainedWeights(where, net);
  const w = weights[weights.length - 1].slice();
  const inputs = synapticOf(output) / classes;
  const biases = w.subarray(synapticOf(output));
  const aim = plan.T * output.Vth;
  for (let pass = 0; pass < passes; pass++) {
    for (const { FO, label, length } of seen) {
      if (length === 0) continue;
      for (let i = 0; i < classes; i++) {
        const row = w.subarray(i * inputs, (i + 1) * inputs);
        let u = 0;
        for (let j = 0; j < inputs; j++) u += row[j] * FO[j];
        if (always > 0) u += biases[i] * always;
        const step = (rate * ((i === label ? aim : 0) - u)) / length;
        for (let j = 0; j < inputs; j++) row[j] += step * FO[j];
        if (always > 0) biases[i] += step * always;
      }
    }
  }
  return { ...net, weights: [...weights.slice(0, -1), w] };
}
