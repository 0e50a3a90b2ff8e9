/** Table 1: LeNet on MNIST, with IF and with LIF neurons. */
import { partsOf, reportOf, type AccuracyRun } from './accuracy.ts';
import type { Experiment, ExperimentSettings, Trained } from './experiment.ts';
import { leaks, protocols, settingsFor, timeWindow } from './protocol.ts';
import { keysOf } from '../keysOf.ts';

/** A tenth of the training samples is used to choose the epoch. */
const sizes = {
  small: {
    timeWindow: 20,
    samples: { validation: 6000 },
    settings: { epochs: 20, rateSteps: [14, 18] },
  },
  paper: { timeWindow, samples: { validation: 6000 }, settings: {} },
};

const seeds = 3;

function runsOf(settings: ExperimentSettings): AccuracyRun[] {
  const { samples, timeWindow: T, settings: own } = sizes[settings.size];
  return keysOf(leaks).map((neuron) => ({
    name: neuron,
    seeds,
    paper: `The paper’s ASF-BP (${neuron})`,
    training: {
      dataset: 'mnist',
      model: protocols.mnist.model,
      options: { variant: settings.variant, timeWindow: T, leak: leaks[neuron] },
      settings: { ...settingsFor('mnist', settings), ...own },
      samples,
    },
  }));
}

function wordsOf({ size, variant }: ExperimentSettings): string[] {
  const { timeWindow: T, settings } = sizes[size];
  const begin = `LeNet, variant ${variant}, T = ${T}, ${seeds} seeds, trained with 54,000 of the 60,000 samples`;
  return [
    'epochs' in settings
      ? `${begin} for ${settings.epochs} epochs. The paper trains with all. The authors’ code takes a window five times as long, and 125 ` +
        'epochs; `--size paper` does that.'
      : `${begin}: the paper trains with all. It says neither T nor the number of epochs of its table; both are those of the authors’ ` +
        'code, whose best epoch is chosen on the test set.',
  ];
}

export const table1: Experiment<Trained> = {
  help: 'LeNet on MNIST, of IF and of LIF neurons, beside the paper’s rows',
  data: 'mnist',
  parts: (settings) => partsOf(runsOf(settings)),
  report: (settings, results) => reportOf('table1', settings, runsOf(settings), results, wordsOf(settings)),
};
