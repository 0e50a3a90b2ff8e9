/** Mistakes of losses, labels and the backward pass, and of the gradients of weights. */
import type { Floats } from '../../../../spec/arithmetic.ts';
import { losses } from '../../../../spec/surrogateLoss.ts';
import { largest } from '../../../engine/rounding.ts';
import { entriesOf } from '../../../keysOf.ts';
import { delayed, digits, rowsOf, stepsFrom, withTerm } from '../../rows.ts';
import type { Pool } from '../maps.ts';
import { keyOf, withPools, type SurrogateModel } from '../model.ts';
import {
  answer,
  except,
  layerOf,
  lossAs,
  makes,
  mapped,
  neurons,
  nameOf,
  reads,
  transposed,
  withoutFirst,
  zero,
  type SeenSurrogate,
  type SurrogateChange,
} from './changes.ts';
import { isSquare } from './currents.ts';
import { agreed } from './neurons.ts';

/** Common factors on a loss and thus on every gradient. */
const lossFactors = ({ T, B, layers }: SurrogateModel): number[][] => {
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
    change: ({ loss, T }) => ({
      loss: loss && { ...loss, targets: loss.form.readout === 'sum' ? [T, 0] : [1, 0] },
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
  'loss-first-step-dropped: The first step is not in the loss.': readsOfLoss((values, { T }) =>
    withoutFirst(values, T),
  ),
  'loss-last-step-dropped: The last step is not in the loss.': readsOfLoss((values, { T }) =>
    stepsFrom(values, T, (t) => (t === T - 1 ? -1 : t)),
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

/** The median factor between recorded and right numbers. */
function factorOf({ got, right, stage }: SeenSurrogate): number[] {
  const [key] = stage.writes;
  const [supplied, { v, r }] = [got(key), right(key)];
  if (!supplied) return [];
  const ratios = Array.from(v.keys())
    .filter((i) => Math.abs(v[i]) > 64 * (r?.[i] ?? 0) && v[i] !== 0)
    .map((i) => supplied[i] / v[i]);
  return agreed(ratios).flat();
}

export const ofGradients = rowsOf<SurrogateModel>(['backward'], {
  'spikes-detached: The gradient of later layers does not reach the spikes: they are detached.': makes(
    'returned',
    zero,
  ),
  'potential-detached: Nothing goes back through time: the potential is detached in each step.': makes(
    'factors',
    zero,
    '.P',
  ),
  'synapse-detached: The current of the synapse is detached in each step.': {
    ...makes('factors', zero, '.keeps'),
    concerns: (stage, model) => nameOf(stage) === 'factors' && layerOf(model, stage).layer.neuron.α !== 0,
  },
  'state-detached: Nothing goes back through time: the whole state is detached in each step.': {
    ...makes('factors', (values, key) => (/\.(P|keeps)$/.test(key) ? zero(values) : values)),
    concerns: (stage, model) => nameOf(stage) === 'factors' && layerOf(model, stage).layer.neuron.α !== 0,
  },
  'recurrent-detached: The spikes that come back are detached.': {
    ...reads('backward', '.recurrent', zero),
    concerns: (stage, model) => nameOf(stage) === 'backward' && layerOf(model, stage).recurrent !== undefined,
  },
  'no-leak-backward: The leak is missing in the backward pass.': neurons(({ λ }) =>
    λ === 1 ? undefined : { λ: 1 },
  ),
  'no-gain-backward: The gain is missing in the backward pass.': neurons(({ g }) =>
    g === 1 ? undefined : { g: 1 },
  ),
  'reset-gradient-of-kept: Of the reset, the part of v_reset is detached.': neurons(
    ({ vReset, resetGradient }) => (vReset === 0 || resetGradient === 'detached' ? undefined : { vReset: 0 }),
  ),
  'reset-not-in-backward: The backward pass takes the potential as if no spike had reset it.': answer({
    reset: 'none',
  }),
  'pool-to-all: A maximum pool sends its gradient to all that are greatest.': ofWinners('all'),
  'pool-to-last: A maximum pool sends its gradient to the last that is greatest.': ofWinners('last'),
  'dw-transposed: The gradient is transposed.': {
    ...makes('dw', transposed),
    concerns: (stage, model) => nameOf(stage) === 'dw' && isSquare(layerOf(model, stage)),
  },
  'dw-of-first-sample: The gradient is of the first sample alone.': ofSums((d, { B, T }) => {
    const size = d.length / (T * B);
    return mapped(d, (each, i) => (Math.floor(i / size) % B === 0 ? each : 0));
  }),
  'dw-of-last-step: The gradient is of the last step alone.': ofSums((d, { T }) =>
    stepsFrom(d, T, (t) => (t === T - 1 ? t : -1)),
  ),
  'dw-one-step-late: The gradient takes the spikes of the step before.': {
    concerns: (stage) => nameOf(stage) === 'dw',
    input: (values, key, _stage, { T }) => (key.endsWith('dcurrent') ? values : delayed(values, T)),
  },
  'db-missing: The gradient of the bias is missing.': makes('db', zero),
  'time-cut: Backpropagation through time is cut every few steps.': {
    ...makes('factors', (values, key, _stage, { T }, [k, early]) =>
      /\.(P|keeps)$/.test(key) && values.length % T === 0
        ? stepsFrom(values, T, (t) => ((t + 1 + early) % k === 0 ? -1 : t))
        : values,
    ),
    usual: ({ T }) =>
      except(T, [Math.floor(T / 2), Math.ceil(T / 2), 2, 3, 4, 5, 6, 8, 10, 16, 20, 25]).flatMap(([k]) => [
        [k, 0],
        [k, 1],
      ]),
    found: ([k]) => `It is cut every ${k} steps.`,
  },
  'weight-decay: Weight decay is in the gradient.': {
    concerns: (stage) => nameOf(stage) === 'dw',
    stage: withTerm(({ n }) => keyOf(n, 'weight')),
    fit: ({ got, right, there, stage }) => {
      const [key] = stage.writes;
      const [supplied, W] = [got(key), there(keyOf(stage.n, 'weight'))];
      if (!supplied || !W || nameOf(stage) !== 'dw') return [];
      return agreed(Array.from(right(key).v, (each, i) => (supplied[i] - each) / W[i]));
    },
    found: ([k]) => `It is ${digits(k)} of the weights.`,
  },
  'gradient-clipped: Each number of the gradient is clipped.': {
    concerns: (stage) => ['dw', 'db', 'drecurrent', 'drecurrent_bias'].includes(nameOf(stage)),
    isOwn: true,
    output: (values, _key, _stage, _model, [k]) =>
      mapped(values, (value) => Math.max(-k, Math.min(k, value))),
    fit: ({ got, stage }) => {
      const supplied = got(stage.writes[0]);
      return supplied && largest(supplied) > 0 ? [[largest(supplied)]] : [];
    },
    found: ([k]) => `None is above ${digits(k)}.`,
  },
  'gradient-times: The gradient is multiplied by one factor, as if the loss were.': {
    concerns: (stage) => ['dw', 'db', 'drecurrent', 'drecurrent_bias'].includes(nameOf(stage)),
    isOwn: true,
    output: (values, _key, _stage, _model, [k]) => mapped(values, (value) => k * value),
    fit(seen) {
      const [factor] = factorOf(seen);
      if (!factor) return [];
      return [lossFactors(seen.model).find(([k]) => Math.abs(k / factor - 1) < 1e-4) ?? [factor]];
    },
    found: ([k]) => `It is ${digits(k)}.`,
  },
});

/** Changes the terms of the gradients of weights and biases. */
function ofSums(change: (d: Floats, model: SurrogateModel) => Floats): SurrogateChange {
  return {
    concerns: (stage) => ['dw', 'db'].includes(nameOf(stage)),
    input: (values, key, _stage, model) => (key.endsWith('dcurrent') ? change(values, model) : values),
  };
}

/** Other winners among equal maxima of a pool. */
function ofWinners(winners: Pool['winners']): SurrogateChange {
  return {
    concerns: (stage) => nameOf(stage) === 'winners',
    change: (model) => withPools(model, (pool) => (pool.kind === 'maxpool' ? { ...pool, winners } : pool)),
  };
}
