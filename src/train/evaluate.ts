/** Evaluation: the accuracy of a network on a data set. It runs forward passes only, and needs no learning rule. */
import { yieldToEventLoop } from '../yieldToEventLoop.ts';
import { requestBackend, type BackendChoice } from '../backend/open.ts';
import { checkDataset, type Dataset } from '../data/dataset.ts';
import { checkCallback, checkOptions, checkSignal } from '../errors.ts';
import { checkIsNetwork, trainedWeights, type SpikingNetwork } from '../network/network.ts';
import { checkMemory } from './memory.ts';
import { ForwardPass } from './forwardPass.ts';
import { addReport, checkFinite, spikeRates } from './report.ts';
import { drawSamples, labelsOf } from './sampleInput.ts';
import { noTotals, type Totals } from './state.ts';
import { alone, ofRank, type ProcessGroup } from './processGroup.ts';

/** The part of an `AbortSignal` that is used. A program without the types of the DOM or of Node has no `AbortSignal`. */
export interface StopSignal {
  readonly aborted: boolean;
}

/** The stop signal and the callback of an evaluation. */
export interface Watching {
  /** An `AbortSignal` that stops the evaluation after the current batch, without an error. Default: none. */
  readonly signal?: StopSignal;
  /** Called after each batch with the number of evaluated samples and the number of all samples. Default: none. */
  readonly onProgress?: (done: number, of: number) => void;
}

/** Options of {@link evaluate}. */
export interface EvaluateOptions extends BackendChoice, Watching {
  /** The processes that share the samples. Call `evaluate` in each with the same network and data. Default: only this one. */
  readonly processes?: ProcessGroup | undefined;
}

/** The result of a network on the samples of a data set. */
export interface Evaluation {
  /** The number of evaluated samples: all, or fewer if a signal stopped the evaluation. Without samples, accuracy and loss are 0. */
  readonly samples: number;
  readonly correct: number;
  /** correct / samples. */
  readonly accuracy: number;
  /** Mean L per sample. */
  readonly loss: number;
  /** Mean spikes per neuron and step of each layer of neurons, under keys such as `3 convolution`. */
  readonly spikeRates: Record<string, number>;
}

/** Minimum number of samples between two yields to the event loop. */
const least = 50;
/** Maximum batch size on a device, which must have memory for such a batch. */
export const mostSamples = 128;

/**
 * Classifies each sample of a data set. Images are encoded with the network's seed and the number of the sample, so each call returns the
 * same result.
 *
 * @param net a network with weights
 * @param data samples with the shape (C,H,W) of the network's input
 * @param options backend, signal, callback and processes; each has a default
 * @returns accuracy 0 … 1, mean loss, and spikes per neuron and step
 * @throws InputError if the network has no weights, the data does not fit, or a number is not finite
 * @example
 * ```ts
 * import { evaluate, images } from 'asf-bp';
 * import { tiny } from 'asf-bp/models/tiny';
 * const data = images('blank', { channels: 1, height: 28, width: 28 }, new Uint8Array(28 * 28), [0]);
 * console.log((await evaluate(tiny(), data)).samples); // 1
 * ```
 */
export async function evaluate(
  net: SpikingNetwork,
  data: Dataset,
  options: EvaluateOptions = {},
): Promise<Evaluation> {
  checkIsNetwork('evaluate', net);
  checkOptions('evaluate', options, ['backend', 'threads', 'device', 'signal', 'onProgress', 'processes']);
  const { plan, seed } = net;
  const weights = trainedWeights('evaluate', net);
  checkDataset('evaluate', data, plan);
  const backend = await requestBackend(options, plan, 'evaluate', Math.min(mostSamples, data.length));
  try {
    const { processes = alone } = options;
    const batch = Math.min(Math.ceil(least / backend.chunk) * backend.chunk, data.length);
    checkMemory('evaluate', backend, { batch, shard: 0, processes });
    const pass = new ForwardPass(backend, { batch, processes });
    pass.writeWeights(weights);
    return await evaluatePass(pass, seed, data, { batch: batch * processes.size }, options);
  } finally {
    backend.dispose();
  }
}

/**
 * Classifies each sample of a data set with the weights of the pass. The result does not depend on the batches.
 *
 * @param size `batch`: samples per batch, over all processes; `shard`: samples per shard, by default one shard per process
 */
export async function evaluatePass(
  pass: ForwardPass,
  seed: number,
  data: Dataset,
  { batch, shard }: { readonly batch: number; readonly shard?: number },
  watching: Watching,
): Promise<Evaluation> {
  checkOptions('evaluate', watching);
  const { signal, onProgress } = watching;
  checkSignal('evaluate', signal);
  checkCallback('evaluate', 'onProgress', onProgress);
  const { processes, backend } = pass;
  const { network } = backend;
  let totals: Totals = noTotals(network.layers.length);
  // L is summed sample by sample, so that the bits do not depend on the batch size.
  let loss = 0;
  for (let first = 0; first < data.length && !signal?.aborted; first += batch) {
    const indices = Uint32Array.from({ length: Math.min(batch, data.length - first) }, (_, b) => first + b);
    const assignment = processes.assign(indices.length, shard ?? Math.ceil(indices.length / processes.size));
    const draw = { seed, stream: 'test', epoch: 0 } as const;
    pass.runForward(
      drawSamples('evaluate', network, data, ofRank(indices, assignment, processes), draw),
      assignment,
    );
    const report = await pass.readReport();
    checkFinite(report, network, 'evaluate', `a sample from ${first} on`, 'the weights are too large');
    totals = addReport(totals, report, labelsOf(data, indices)).totals;
    for (const L of report.losses) loss += L;
    onProgress?.(totals.samples, data.length);
    await yieldToEventLoop();
  }
  const { samples, correct } = totals;
  const count = Math.max(1, samples);
  return {
    samples,
    correct,
    accuracy: correct / count,
    loss: loss / count,
    spikeRates: spikeRates(network, totals),
  };
}
