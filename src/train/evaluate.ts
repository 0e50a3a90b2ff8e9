/** Evaluation: how often the network is right on a data set. Forward passes only. */
import { breath } from '../breath.ts';
import { openBackend } from '../backend/open.ts';
import { checkDataset, type Dataset } from '../data/dataset.ts';
import { refuse } from '../errors.ts';
import { checkWeights, type SpikingNetwork } from '../network/network.ts';
import { Passes } from './passes.ts';
import { noTotals, type Totals } from './state.ts';
import { addReport, checkFinite, spikeRates } from './train.ts';

export interface EvaluateOptions {
  /** Default `wasm`. */
  readonly backend?: string;
  /** Threads of the backend; default 1. */
  readonly threads?: number;
  readonly signal?: AbortSignal;
  /** Called after each batch with the samples done and the samples of all. */
  readonly onProgress?: (done: number, of: number) => void;
}

export interface Evaluation {
  readonly samples: number;
  readonly correct: number;
  /** correct / samples. */
  readonly accuracy: number;
  /** Mean L of a sample. */
  readonly loss: number;
  /** Mean spikes a neuron and step, by `n kind`. */
  readonly spikeRates: Record<string, number>;
}

/** Samples between two breaths. */
const batch = 50;

/**
 * Classifies each sample of a data set. Images are encoded by the network's seed and the sample's number, so the answer
 * is always the same.
 *
 * @throws InputError where the network has no weights or the data does not fit
 */
export async function evaluate(
  net: SpikingNetwork,
  data: Dataset,
  options: EvaluateOptions = {},
): Promise<Evaluation> {
  const { plan, weights, seed } = net;
  if (!weights) refuse('evaluate', 'network', 'trained weights', undefined, 'train it or load a model');
  checkDataset('evaluate', data, plan.input, plan.layers.at(-1)!.output.channels);
  checkWeights('evaluate', plan, weights);
  const passes = new Passes(
    openBackend(options.backend ?? 'wasm', plan, 'evaluate', options.threads),
    Math.min(batch, data.length),
  );
  try {
    passes.writeWeights(weights);
    let totals: Totals = noTotals(plan.layers.length);
    for (let first = 0; first < data.length && !options.signal?.aborted; first += batch) {
      const samples = Array.from({ length: Math.min(batch, data.length - first) }, (_, b) => ({
        input: data.input(first + b, { seed, stream: 'test', epoch: 0, sample: first + b }),
        label: data.label(first + b),
      }));
      passes.forward(samples);
      const report = await passes.readReport();
      checkFinite(report, plan, 'evaluate', `a sample from ${first} on`, 'the weights are too large');
      totals = addReport(totals, report, samples).totals;
      options.onProgress?.(totals.samples, data.length);
      await breath();
    }
    const { samples, correct, loss } = totals;
    const rates = spikeRates(plan, totals);
    return { samples, correct, accuracy: correct / samples, loss: loss / samples, spikeRates: rates };
  } finally {
    passes.backend.dispose();
  }
}
