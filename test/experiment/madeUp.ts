/** Results of trainings as they might be. */
import type { ExperimentSettings, Trained, Training } from '../../src/experiment/experiment.ts';
import { experiments } from '../../src/experiment/experiments.ts';
import { textOf } from '../../src/experiment/experiment.ts';

/** A training by its accuracies on the test samples; those on samples set aside are the same. */
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

export const settings: ExperimentSettings = { size: 'small', seed: 1, variant: 'authors' };
/** Of the paper's size. */
export const full: ExperimentSettings = { ...settings, size: 'paper' };

/** The trainings that the parts of an experiment are. */
export function trainingsOf(name: string, of: ExperimentSettings): Training[] {
  return experiments[name]!.parts(of).map((part) => part.of as Training);
}

/** What an experiment says of results, in one line. */
export function saidOf(name: string, results: readonly Trained[], of = settings): string {
  return textOf(experiments[name]!.report(of, results).content).replace(/\s+/g, ' ');
}
