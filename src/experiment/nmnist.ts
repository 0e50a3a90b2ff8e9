/** LeNet on sensor events, N-MNIST, with IF and with LIF neurons. The paper has no such row; its event data is CIFAR10-DVS. */
import { lenetNmnist } from '../network/models.ts';
import { accuraciesOf, coursesOf, partsOf, type AccuracyRun } from './accuracy.ts';
import { compared, quietest } from './compared.ts';
import { samplesOf, type Experiment, type ExperimentReport } from './experiment.ts';
import type { ExperimentSettings, Trained } from './experiment.ts';
import { leaks, settingsFor } from './protocol.ts';
import { percent } from './text.ts';
import { keysOf } from '../keysOf.ts';

/** A tenth of the training recordings is used to choose the epoch. */
const sizes = {
  small: {
    samples: { train: 900, validation: 0.1, test: 100 },
    settings: { epochs: 20, batch: 32, rateSteps: [14] },
  },
  paper: { samples: { validation: 0.1 }, settings: {} },
} as const;

const title = 'LeNet on N-MNIST, which the paper does not have';

function runsOf(settings: ExperimentSettings): AccuracyRun[] {
  const { samples, settings: own } = sizes[settings.size];
  return keysOf(leaks).map((neuron) => ({
    name: neuron,
    training: {
      dataset: 'nmnist',
      model: lenetNmnist,
      options: { variant: settings.variant, leak: leaks[neuron] },
      settings: { ...settingsFor('mnist', settings), ...own },
      samples,
    },
  }));
}

function wordsOf({ size, variant }: ExperimentSettings, [IF, LIF]: readonly Trained[]): string[] {
  const { train, validation, test } = samplesOf(IF);
  const measured = Object.entries({ IF, LIF }).map(([name, trained]) => ({
    name,
    accuracy: accuraciesOf(trained.epochs).byValidation,
    samples: test,
    trained,
  }));
  const given =
    `LeNet for 34 × 34 pixels and two polarities, variant ${variant}, T = ${lenetNmnist.timeWindow} steps of 10 ms: all three ` +
    `saccades. ${train} recordings for training, ${validation} for validation, ${test} for testing: one of them is ` +
    `${percent(1 / test)}.`;
  const protocol =
    size === 'paper'
      ? 'The protocol is that of the authors’ code for MNIST.'
      : 'The whole set has 60,000 and 10,000; `--size paper` takes all that there are, and the protocol of MNIST.';
  return [
    `${given} ${protocol}`,
    'The paper gives no accuracy on N-MNIST, so there is nothing to stand beside ours. Its event data is CIFAR10-DVS: that is `table3`.',
    `By validation: ${compared(measured[0], measured[1])}.`,
    quietest(measured),
  ];
}

function report(settings: ExperimentSettings, results: readonly Trained[]): ExperimentReport {
  const ours = runsOf(settings).map(({ name }, place) => {
    const { epochs, digest, samples } = results[place];
    return { name, epochs, digest, samples, accuracies: accuraciesOf(epochs) };
  });
  return {
    lines: [
      { experiment: 'nmnist', ...settings, title },
      ...ours.map(({ name, epochs, digest, samples, accuracies }) => ({
        row: name,
        paper: null,
        ...accuracies,
        epochs: epochs.length,
        samples,
        digest,
      })),
    ],
    content: [
      title,
      {
        title: 'The epoch is chosen by a validation split, or on the test set, as the authors choose it:',
        columns: ['', 'paper', 'validation', 'on test', 'last', 'epochs'],
        rows: ours.map(({ name, epochs, accuracies: { byValidation, bestOnTest, last } }) => [
          name,
          'none',
          percent(byValidation),
          percent(bestOnTest),
          percent(last),
          String(epochs.length),
        ]),
      },
      ...wordsOf(settings, results),
    ],
    figure: coursesOf(ours.map(({ name }, place) => ({ name, trained: [results[place]] }))),
  };
}

export const nmnist: Experiment<Trained> = {
  help: 'LeNet on N-MNIST, recordings of a sensor, of IF and of LIF neurons; not in the paper',
  data: 'nmnist',
  parts: (settings) => partsOf(runsOf(settings)),
  report,
};
