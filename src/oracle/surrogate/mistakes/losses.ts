/** Mistakes of losses and labels. */
import type { Floats } from '../../../../spec/arithmetic.ts';
import { losses } from '../../../../spec/surrogateLoss.ts';
import { entriesOf } from '../../../keysOf.ts';
import { digits, rowsOf } from '../../rows.ts';
import type { SurrogateModel } from '../model.ts';
import { except, lossAs, mapped, stepsFrom, type SurrogateChange } from './changes.ts';

/** Common factors on a loss and thus on every gradient. */
export const lossFactors = ({ T, B, layers }: SurrogateModel): number[][] => {
  const C = layers[layers.length - 1].layer.size;
  return except(1, [2, 0.5, -1, T, 1 / T, B, 1 / B, C, 1 / C, B * T, 1 / (B * T), 1024, 65536]);
};

export const ofLosses = rowsOf<SurrogateModel>(['loss', 'backward'], {
  ...Object.fromEntries(
    entriesOf(losses).flatMap(([name, form]) =>
      (['spikes', 'potentials'] as const).map((on) => [
        `loss=${name}.${on}: The loss is ${name} of the ${on}.`,
        {
          concerns: (_, { loss, layers }: SurrogateModel) =>
            loss !== undefined &&
            (on === 'potentials' || layers[layers.length - 1].layer.neuron.output === 'spikes') &&
            (loss.on !== on || JSON.stringify(loss.form) !== JSON.stringify(form)),
          change: ({ loss, T }: SurrogateModel) => ({
            loss: loss && { ...loss, form, on, targets: name === 'mse_count' ? [T, 0] : loss.targets },
          }),
        } satisfies SurrogateChange,
      ]),
    ),
  ),
  'loss-target-rates: The targets are every step and none, or 1 and 0.': {
    ...lossAs(() => ({})),
    change: ({ loss: own, T }) => ({
      loss: own && { ...own, targets: own.form.readout === 'sum' ? [T, 0] : [1, 0] },
    }),
  },
  'loss-softmax-twice: The loss takes a softmax of a softmax.': lossAs(() => ({ isSoftened: true })),
  'label-of-next-sample: Each sample has the label of the next one.': labelsAs(
    (label, i) => label[(i + 1) % label.length],
  ),
  'label-of-last-sample: Each sample has the label of the one before.': labelsAs(
    (label, i) => label[(i + label.length - 1) % label.length],
  ),
  'label-plus-one: The labels are too high by one.': labelsAs((label, i, C) => (label[i] + 1) % C),
  'label-minus-one: The labels are too low by one.': labelsAs((label, i, C) => (label[i] + C - 1) % C),
  'loss-first-step-dropped: The first step is not in the loss.': readsOfLoss((values, model) =>
    stepsFrom(values, model, (t) => (t === 0 ? -1 : t)),
  ),
  'loss-last-step-dropped: The last step is not in the loss.': readsOfLoss((values, model) =>
    stepsFrom(values, model, (t) => (t === model.T - 1 ? -1 : t)),
  ),
});

function labelsAs(of: (label: Floats, i: number, C: number) => number): SurrogateChange {
  return {
    concerns: (stage, { loss }) => loss !== undefined && stage.reads.includes('label'),
    input: (values, key, _stage, { layers }) =>
      key === 'label'
        ? mapped(values, (_each, i) => of(values, i, layers[layers.length - 1].layer.size))
        : values,
  };
}

function readsOfLoss(change: (values: Floats, model: SurrogateModel) => Floats): SurrogateChange {
  return {
    concerns: (stage, { loss }) =>
      loss !== undefined && ['loss.read', `gradient.${stage.n}`].includes(stage.id),
    input: (values, key, _stage, model) => (/spikes$|mem$/.test(key) ? change(values, model) : values),
    output: (values, key, _stage, model) => (/dspikes$|dmem$/.test(key) ? change(values, model) : values),
  };
}

export const fittedOfLosses = rowsOf<SurrogateModel>(['loss'], {
  'loss-label-smoothing: The labels are smoothed.': {
    ...lossAs((_, k) => ({ smoothing: k })),
    usual: () => [0.1, 0.2, 0.05, 0.01].map((k) => [k]),
    found: ([k]) => `It is by ${digits(k)}.`,
  },
  'loss-times: The loss is multiplied by another factor.': {
    ...lossAs(({ factor }, k) => ({ factor: factor * k })),
    usual: lossFactors,
    found: ([k]) => `It is ${digits(k)}.`,
  },
});
