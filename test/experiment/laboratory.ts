/** A laboratory that trains nothing: it computes results from its arguments alone. Also trainings with made-up results. */
import {
  textOf,
  type ExperimentSummary,
  type ExperimentSettings,
  type Laboratory,
  type Trained,
  type Training,
} from '../../src/experiment/experiment.ts';
import { experiments } from '../../src/experiment/index.ts';
import { network } from '../../src/network/network.ts';
import { checkSettings } from '../../src/train/settings.ts';
import { layerKey } from '../../src/train/layerLabels.ts';

/** A hash of a text, as a number from 0 to 1. */
function fraction(text: string): number {
  let hash = 2166136261;
  for (const letter of text) hash = Math.imul(hash ^ letter.charCodeAt(0), 16777619) >>> 0;
  return ((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32;
}

export const pretended: Laboratory = {
  estimate: () => Promise.resolve(1),
  train(name, { model, options, settings, samples }) {
    const { plan } = network(model, options);
    const about = JSON.stringify([name, options, settings]);
    const layers = plan.layers.filter(({ spikes }) => spikes).map(layerKey);
    const of = (what: string): number => fraction(about + what);
    const byLayer = (what: string) => Object.fromEntries(layers.map((key) => [key, of(what + key)]));
    const epochs = Array.from({ length: checkSettings('pretended', settings).epochs }, (_, k) => ({
      epoch: k + 1,
      loss: of(`loss ${k}`),
      accuracy: of(`accuracy ${k}`),
      ...(samples.validation > 0 && { validation: of(`validation ${k}`) }),
      imagesPerSecond: 100,
      spikeRates: byLayer(`rate ${k}`),
      S: byLayer(`S ${k}`),
    }));
    const { train = 60000, test = 10000 } = samples;
    const validation = samples.validation < 1 ? Math.round(samples.validation * train) : samples.validation;
    const counts = { train: train - validation, validation, test };
    return Promise.resolve({ epochs, digest: 'ab'.repeat(32), samples: counts });
  },
  time: (training) =>
    Promise.resolve({
      seconds: 0.1 + fraction(JSON.stringify(training)),
      threads: 2,
      bytes: 2 ** 28,
      bytesOneThread: 2 ** 27,
      batches: 10,
    }),
};

/** Runs all parts of an experiment, or only `parts`, in the pretended laboratory. */
export async function carriedOut(
  name: string,
  settings: ExperimentSettings,
  parts = experiments[name]!.parts(settings),
): Promise<ExperimentSummary> {
  const results = [];
  for (const { run } of parts) results.push(await run(pretended));
  return experiments[name]!.summarise({ ...settings, experiment: name }, JSON.parse(JSON.stringify(results)));
}

/** A made-up training with these accuracies, equal on test and validation samples. */
export function madeUp(accuracies: readonly number[], test = 1000, rate = 0.05): Trained {
  const epochs = accuracies.map((accuracy, k) => ({
    epoch: k + 1,
    loss: 1 - accuracy,
    accuracy,
    validation: accuracy,
    imagesPerSecond: 100,
    spikeRates: { '1 convolution': 0.1, '6 convolution': rate },
  }));
  return { epochs, digest: 'cd'.repeat(32), samples: { train: 900, validation: 100, test } };
}

export const settings: ExperimentSettings = { experiment: 'any', size: 'small', seed: 1, variant: 'authors' };
export const full: ExperimentSettings = { ...settings, size: 'paper' };

export function trainingsOf(name: string, of: ExperimentSettings): Training[] {
  return experiments[name]!.parts(of).map((part) => part.of as Training);
}

/** The text of an experiment's report about some results, in one line. */
export function saidOf(name: string, results: readonly Trained[], of = settings): string {
  return textOf(experiments[name]!.summarise({ ...of, experiment: name }, results).content).replace(
    /\s+/g,
    ' ',
  );
}
