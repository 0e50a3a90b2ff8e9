/** Stages loss and backward: factors of Eq. 6 and of Eq. 9. */
import { outputLayer } from '../../../spec/network.ts';
import { isFiring } from '../../../spec/neuron.ts';
import { keyOf } from '../keys.ts';
import { take } from '../slices.ts';
import { settingOf, type StagePart, type Setting } from '../stagePart.ts';
import { buildParts } from '../parts/parts.ts';
import { loosened, withDriftOf } from './helpers.ts';
import { changingOutputs, scaled, type Mistake } from './mistake.ts';

const makesOutput = ({ outputs }: StagePart): boolean => outputs.includes('output');
const isFactorOf9 = ({ n, outputs }: StagePart, { network }: Setting): boolean =>
  n === network.layers.length && outputs.includes(keyOf(n, 'dFI'));
const VthOf = ({ network }: Setting): number => outputLayer(network).Vth;
const TOf = ({ network }: Setting): number => network.T;
const classesOf = ({ network }: Setting): number => outputLayer(network).output.channels;

/** An array times a factor that is not 1. */
function byFactor(
  id: string,
  stage: 'loss' | 'backward',
  says: string,
  isMade: (part: StagePart, setting: Setting) => boolean,
  factor: (setting: Setting) => number,
): Mistake {
  return {
    id,
    stages: [stage],
    says,
    concerns: (part, setting) => isMade(part, setting) && factor(setting) !== 1,
    plant: (right, _, setting) =>
      changingOutputs(right, (interval) => loosened(scaled(interval, factor(setting)), 4)),
  };
}

/** The label vector of label smoothing with its usual share. */
const smoothed: Mistake = {
  id: 'label-smoothing',
  stages: ['loss', 'backward'],
  says: 'Labels are smoothed by 0.1; Eq. 6 has 1 at the class and 0 elsewhere.',
  concerns: (part, setting) => part.outputs.includes('loss.sample') || isFactorOf9(part, setting),
  plant(_, make) {
    const part = make({
      semantics: {
        computeLabelVector(label, classes, precision) {
          const Y = precision.array(classes).fill(0.1 / classes);
          Y[label] = Y[label] + 0.9;
          return Y;
        },
      },
    });
    return part && changingOutputs(part, (interval) => withDriftOf(interval, 8));
  },
};

/** Eq. 6 takes the potential, which the output layer keeps. */
const outputCounts: Mistake = {
  id: 'output-counts-spikes',
  stages: ['loss'],
  says: 'The output layer fires and resets as the others do, and its spikes are counted; Eq. 6 integrates.',
  concerns: makesOutput,
  plant(right, _, setting) {
    const { n } = outputLayer(setting.network);
    const firing = settingOf({ ...setting, variant: { ...setting.variant, output: 'fires' } });
    const neuron = buildParts(firing).find(({ id }) => id === `neuron.${n}`)!; // it fires, so that it has one
    const [compared, end] = [keyOf(n, 'compared'), keyOf(n, 'potential.end')];
    return {
      ...right,
      inputs: neuron.inputs,
      run(intervals, manner) {
        const u = take(neuron.run(intervals, { ...manner, bounds: false }), compared).value;
        const count = new Float64Array(u.length / setting.network.T);
        for (let i = 0; i < u.length; i++)
          if (isFiring(u[i], VthOf(setting), setting.variant)) count[i % count.length]++;
        return right.run(new Map([...intervals, [end, { value: count }]]), manner);
      },
    };
  },
};

export const lossMistakes: readonly Mistake[] = [
  byFactor(
    'output-without-threshold',
    'loss',
    'Vth is missing in Eq. 6: u / T for u / (T·Vth).',
    makesOutput,
    VthOf,
  ),
  byFactor(
    'output-without-window',
    'loss',
    'T is missing in Eq. 6: u / Vth for u / (T·Vth).',
    makesOutput,
    TOf,
  ),
  byFactor('gradient-without-threshold', 'backward', 'Vth is missing in Eq. 9.', isFactorOf9, VthOf),
  byFactor('gradient-without-window', 'backward', 'T is missing in Eq. 9.', isFactorOf9, TOf),
  byFactor(
    'gradient-threshold-twice',
    'backward',
    'Vth is in Eq. 9 twice.',
    isFactorOf9,
    (s) => 1 / VthOf(s),
  ),
  byFactor('gradient-window-twice', 'backward', 'T is in Eq. 9 twice.', isFactorOf9, (s) => 1 / TOf(s)),
  byFactor(
    'gradient-without-window-and-threshold',
    'backward',
    'T·Vth is missing in Eq. 9.',
    isFactorOf9,
    (s) => TOf(s) * VthOf(s),
  ),
  byFactor(
    'loss-mean-of-classes',
    'loss',
    'L is the mean over the classes; Eq. 6 is the sum.',
    ({ outputs }) => outputs.includes('loss.sample'),
    (s) => 1 / classesOf(s),
  ),
  byFactor(
    'gradient-mean-of-classes',
    'backward',
    'Eq. 9 is divided by the number of classes: the loss is a mean over them, where Eq. 6 is the sum.',
    isFactorOf9,
    (s) => 1 / classesOf(s),
  ),
  byFactor(
    'gradient-mean-of-batch',
    'backward',
    'Eq. 9 is divided by the samples of the batch; it is of each sample’s own L. Where the mean is meant: --gradients batch.',
    isFactorOf9,
    ({ B, wholeB = B }) => 1 / wholeB,
  ),
  byFactor(
    'gradient-of-mean-squares',
    'backward',
    'Eq. 9 is of a mean of squares over the classes (nn.MSELoss as it is): without the ½ of Eq. 6, and divided by their number.',
    (part, setting) => isFactorOf9(part, setting) && setting.variant.loss === 'half',
    (s) => 2 / classesOf(s),
  ),
  byFactor(
    'gradient-of-mean-squares-of-batch',
    'backward',
    'Eq. 9 is of a mean of squares over the batch and the classes (nn.MSELoss as it is): check it with --gradients batch.',
    isFactorOf9,
    (s) => (s.variant.loss === 'half' ? 2 : 1) / (classesOf(s) * (s.wholeB ?? s.B)),
  ),
  outputCounts,
  smoothed,
  byFactor(
    'gradient-negated',
    'backward',
    'Eq. 9 has the other sign: Y − output for output − Y.',
    isFactorOf9,
    () => -1,
  ),
];
