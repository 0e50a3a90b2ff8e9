/** Table 2: VGG7 on CIFAR-10, with IF and with LIF neurons, and the IF network with a shorter window, from the paper's text. */
import { accuraciesOf, partsOf, reportOf, type AccuracyRun } from './accuracy.ts';
import { comparedWith, quietest, type Measured } from './compared.ts';
import { samplesOf, type Experiment, type ExperimentSettings, type Trained } from './experiment.ts';
import { narrowed, narrowWords, type Narrow } from './narrow.ts';
import { paperTables } from './paper.ts';
import { leaks, protocols, settingsFor, timeWindow, type NeuronModel } from './protocol.ts';

const { model: vgg7 } = protocols.cifar10;

/** With VGG7's threshold of 2, later layers of the small network would be silent at these windows; with 1 they fire. */
const narrow: Narrow = { maps: [16, 16, 32, 32, 32], units: 128, threshold: 1 };

/** A tenth of the training samples is used to choose the epoch. `windows`: the table's and the text's, a quarter of it. */
const sizes = {
  small: {
    windows: [40, 10],
    model: narrowed(vgg7, narrow),
    samples: { train: 2500, validation: 250, test: 1000 },
    settings: { epochs: 4, batch: 20, rateSteps: [3] },
  },
  paper: { windows: [400, timeWindow], model: vgg7, samples: { validation: 5000 }, settings: {} },
} as const;

function runsOf(settings: ExperimentSettings): AccuracyRun[] {
  const { windows, model, samples, settings: own } = sizes[settings.size];
  const [long, short] = windows;
  const run = (neuron: NeuronModel, T: number, paper: string): AccuracyRun => ({
    name: `${neuron}, T = ${T}`,
    paper,
    training: {
      dataset: 'cifar10',
      model,
      options: { variant: settings.variant, timeWindow: T, leak: leaks[neuron] },
      settings: { ...settingsFor('cifar10', settings), ...own },
      samples,
    },
  });
  return [
    run('IF', long, 'The paper’s ASF-BP (IF)'),
    run('LIF', long, 'The paper’s ASF-BP (LIF)'),
    run('IF', short, 'The paper’s ASF-BP (IF), in its text'),
  ];
}

const paperOf = (model: string | undefined): number =>
  paperTables.table2.rows.find((row) => row.model === model)!.accuracy; // `runsOf` names rows of it

function wordsOf(
  settings: ExperimentSettings,
  runs: readonly AccuracyRun[],
  results: readonly Trained[],
): string[] {
  const { size, variant } = settings;
  const measured = runs.map(({ name }, place): Measured => ({
    name,
    accuracy: accuraciesOf(results[place].epochs).byValidation,
    samples: samplesOf(results[place]).test,
  }));
  const [long, leaking, short] = measured;
  const [ours, lif, text] = runs.map(({ paper }) => paperOf(paper));
  return [
    size === 'paper' ? wordsOfPaper(variant) : wordsOfSmall(variant),
    `By validation: ${comparedWith(ours - lif, long, leaking)}`,
    `By validation: ${comparedWith(ours - text, long, short)}`,
    quietest(runs.map(({ name }, place) => ({ name, trained: results[place] }))),
  ];
}

function wordsOfPaper(variant: string): string {
  return (
    `VGG7, variant ${variant}, trained with 45,000 of the 50,000 samples: the paper trains with all. It gives T = 400 for its IF ` +
    'network; for LIF it gives none, and ours has the same. Epochs and threshold are those of the authors’ code, whose best epoch ' +
    'is chosen on the test set.'
  );
}

function wordsOfSmall(variant: string): string {
  const { windows, samples, settings } = sizes.small;
  const { train, validation, test } = samples;
  const T = windows.join(' and ');
  return (
    `A narrower VGG7, variant ${variant}: ${narrowWords(vgg7, narrow)}. T is ${T} in place of 400 and 100: a tenth. With the ` +
    `threshold of VGG7 its later layers would be silent or nearly so at such windows. ${train - validation} training samples and ${validation} ` +
    `for validation in place of 50,000, ${test} test samples, ${settings.epochs} epochs in place of 100, batches of ` +
    `${settings.batch}. So the accuracies are not to be compared with the paper’s; ours can be compared with each other. ` +
    '`--size paper` is the paper’s.'
  );
}

export const table2: Experiment<Trained> = {
  help: 'VGG7 on CIFAR-10, of IF and of LIF neurons, with a long and a shorter window, beside the paper’s rows',
  data: 'cifar10',
  parts: (settings) => partsOf(runsOf(settings)),
  report: (settings, results) => {
    const runs = runsOf(settings);
    return reportOf('table2', settings, runs, results, wordsOf(settings, runs, results));
  },
};
