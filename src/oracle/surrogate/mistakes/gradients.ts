/** Mistakes of losses, labels and the backward pass, and of the gradients of weights. */
import type { Floats } from '../../../../spec/arithmetic.ts';
import { neuronAt } from '../../../../spec/surrogateGradient.ts';
import { losses, scaleOf, shareOf } from '../../../../spec/surrogateLoss.ts';
import { digits, largest, range, total } from '../../../engine/rounding.ts';
import type { Stage } from '../../../engine/stage.ts';
import { entriesOf } from '../../../keysOf.ts';
import { ofKind, rowsOf } from '../../rows.ts';
import type { Pool } from '../maps.ts';
import { dEnters, keyOf, withPools, type SurrogateLoss, type SurrogateModel } from '../model.ts';
import {
  answer,
  except,
  layerOf,
  lossAs,
  makes,
  mapped,
  neurons,
  nameOf,
  zero,
  type SeenSurrogate,
  type SurrogateChange,
} from './changes.ts';
import { comesBack, gradientsShown } from '../shown.ts';
import { agreed, leaksExchanged, quotientsOf } from './neurons.ts';

/** Factors by which programs often multiply a loss, and thus every gradient. */
const lossFactors = ({ T, B, layers }: SurrogateModel): number[][] => {
  const C = layers[layers.length - 1].layer.size;
  return except(1, [2, 0.5, -1, T, 1 / T, B, 1 / B, C, 1 / C, B * T, 1 / (B * T), 1024, 65536]);
};

type Move = (values: Floats, model: SurrogateModel) => Floats;

/** The loss reads an array made of that of the last layer by `of`; `back` brings its gradient to the last layer. */
const readAs = (of: Move, back: Move, isOf = (_loss: SurrogateLoss): boolean => true): SurrogateChange => ({
  concerns: (stage, { loss }) =>
    loss !== undefined &&
    isOf(loss) &&
    ['loss.read', 'loss.chosen', `gradient.${stage.n}`].includes(stage.id),
  input: (values, key, _stage, model) => (/(?<!d)(spikes|mem)$/.test(key) ? of(values, model) : values),
  output: (values, key, _stage, model) => (/d(spikes|mem)$/.test(key) ? back(values, model) : values),
});

/** The sums of an array (T,B,C) over each step and those before. */
function summedSoFar(values: Floats, T: number): Floats {
  const sums = values.slice();
  for (let i = values.length / T; i < sums.length; i++) sums[i] += sums[i - values.length / T];
  return sums;
}

/** An array (T,B,C), read as if it were (B,T,C). */
function exchanged(values: Floats, T: number, B: number): Floats {
  const C = values.length / (T * B);
  return mapped(values, (_, i) => {
    const [t, b] = [Math.floor(i / (B * C)), Math.floor(i / C) % B];
    return values[(b * T + t) * C + (i % C)];
  });
}

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
  'loss-logistic: The loss compares each class alone, by its sigmoid.': {
    ...lossAs(({ form }) => ({ form: { ...form, compares: 'logistic', over: [...form.over, 'classes'] } })),
    concerns: (_, { loss }) => loss?.form.compares === 'crossEntropy',
  },
  'loss-softmax-twice: The loss takes a softmax of a softmax.': lossAs(() => ({ isSoftened: true })),
  'loss-softmax-of-samples: The softmax is taken over the samples, and not over the classes.': lossAs(() => ({
    isOfSamples: true,
  })),
  'loss-softmax-missing: The loss takes no softmax: log_softmax is missing before nll_loss.': {
    ...lossAs(() => ({ isUnscaled: true })),
    concerns: (_, { loss }) => loss?.form.compares === 'crossEntropy',
  },
  'loss-of-sums-so-far: The loss reads, in each step, the sum of all steps so far.': readAs(
    (z, { T }) => summedSoFar(z, T),
    (gradient, { T }) => summedSoFar(gradient.slice().reverse(), T).reverse(),
  ),
  'loss-of-step-before: The loss reads the last step but one.': readAs(
    (z, { T }) => mapped(z, (_, i) => z[i - z.length / T] ?? 0),
    (gradient, { T }) => mapped(gradient, (_, i) => gradient[i + gradient.length / T] ?? 0),
    ({ form }) => form.readout === 'last',
  ),
  'loss-of-exchanged-axes: The loss takes steps for samples, and samples for steps.': readAs(
    (z, { T, B }) => exchanged(z, T, B),
    (gradient, { T, B }) => exchanged(gradient, B, T),
  ),
  'label-of-next-sample: Each sample has the label of the next one.': labelsAs(
    (label, i) => label[(i + 1) % label.length],
  ),
  'label-of-last-sample: Each sample has the label of the one before.': labelsAs(
    (label, i) => label[(i + label.length - 1) % label.length],
  ),
  'label-plus-one: The labels are too high by one.': labelsAs((label, i, C) => (label[i] + 1) % C),
  'label-minus-one: The labels are too low by one.': labelsAs((label, i, C) => (label[i] + C - 1) % C),
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

/** An array (T,…,C) multiplied by the weights of its steps and, if `k` has them, of its classes. */
const weighted = (values: Floats, { T, layers }: SurrogateModel, k: readonly number[]): Floats => {
  const C = layers[layers.length - 1].layer.size;
  return mapped(values, (value, i) => value * k[Math.floor((i * T) / values.length)] * (k[T + (i % C)] ?? 1));
};

const weightsText = (k: readonly number[]): string =>
  k.every((each) => each === k[0])
    ? `It is ${digits(k[0])}.`
    : `They are ${k.slice(0, 12).map(digits).join(', ')}${k.length > 12 ? ', …' : ''}.`;

/** Weights of the steps: the loss omits its first or last step, or all steps are multiplied by one factor. */
const usualWeights = ({ T }: SurrogateModel): number[][] => [
  ...[1, T / (T - 1)].flatMap((k) => [0, T - 1].map((t) => range(T).map((at) => (at === t ? 0 : k)))),
  ...[0.5, 2, 0.1, 10, T, 1 / T].map((k) => range(T).map(() => k)),
];

/**
 * Weights of the steps, in the ratios of the recorded gradients. If each step is compared with the labels, all weights other
 * than 0 are equal. If some classes have no gradient, the list continues with weights of the classes: 0 for these classes, 1
 * for the others.
 */
function weightsOf({ model, stage, got, with: made }: SeenSurrogate): number[][] {
  const { T, loss, layers } = model;
  const d = got(stage.writes[0]);
  if (stage.id !== `gradient.${stage.n}` || !loss || !d) return [];
  const steps = range(T).map((t) => d.subarray((t * d.length) / T, ((t + 1) * d.length) / T));
  const isEach = loss.form.readout === 'each';
  const most = steps.reduce((one, other) => (largest(other) > largest(one) ? other : one));
  const ratios = steps.map((step) =>
    isEach
      ? Number(largest(step) > 0)
      : total(step, (value, i) => value * most[i]) / total(most, (value) => value ** 2),
  );
  const C = layers[layers.length - 1].layer.size;
  const isSilent = range(C).map((c) => d.every((value: number, i: number) => i % C !== c || value === 0));
  const masks = isSilent.includes(true) ? isSilent.map((is) => Number(!is)) : [];
  const weights = (top: number): number[] => [...ratios.map((ratio) => ratio * top), ...masks];
  const missed = (top: number): number => {
    const v = made(weights(top))(stage.writes[0])?.v ?? [];
    return total(d, (value, i) => Math.abs(value - v[i]));
  };
  const nearest = (tops: readonly number[]): number =>
    tops.reduce((one, other) => (missed(other) < missed(one) ? other : one));
  let best = nearest(range(49).map((power) => 2 ** ((power - 24) / 4)));
  for (let by = 2 ** (1 / 8); by > 1 + 2 ** -26; by = Math.sqrt(by))
    best = nearest([best, best * by, best / by]);
  return [weights(best).map((k) => Number(k.toPrecision(6)))];
}

/** The targets of the labelled class and of the other classes, computed from the gradient of a squared-error loss. */
function targetsOf({ model, stage, got, right, there }: SeenSurrogate): number[][] {
  const { loss, layers } = model;
  const [d, label] = [got(stage.writes[0]), there('label')];
  if (stage.id !== `gradient.${stage.n}` || !loss || !d || !label) return [];
  const C = layers[layers.length - 1].layer.size;
  const { v } = right(stage.writes[0]);
  const share = 2 * shareOf(loss.form, model.T) * loss.factor * scaleOf(loss.form, model.T, model.B, C);
  const of = (isOn: boolean): number[] => {
    const target = loss.targets[isOn ? 0 : 1];
    const its = range(d.length).filter((i) => (i % C === label[Math.floor(i / C) % label.length]) === isOn);
    return agreed(its.map((i) => target + (v[i] - d[i]) / share)).flat();
  };
  const [on, off] = [of(true), of(false)];
  return on.length + off.length === 2 ? [[...on, ...off]] : [];
}

/**
 * Multiplies the inputs of a stage of the loss, and the gradient, by one factor per step. With `isEach`, the loss must compare
 * each step with the labels; otherwise it may also compare the sum or mean of the steps.
 */
function weightedIn(id: string, what: RegExp, isEach: boolean): SurrogateChange {
  const readouts = isEach ? ['each'] : ['each', 'sum', 'mean'];
  const change =
    (keys: RegExp): NonNullable<SurrogateChange['input']> =>
    (values, key, _stage, model, k) =>
      keys.test(key) ? weighted(values, model, k) : values;
  return {
    concerns: (stage, { loss }) =>
      loss !== undefined &&
      readouts.includes(loss.form.readout) &&
      [id, `gradient.${stage.n}`].includes(stage.id),
    input: change(what),
    output: change(/dspikes$|dmem$/),
    usual: usualWeights,
    found: weightsText,
  };
}

export const fittedOfLosses = rowsOf<SurrogateModel>(['loss'], {
  'loss-reads-weighted: What the loss reads is multiplied by weights of its steps, or also of its classes.': {
    ...weightedIn('loss.read', /spikes$|mem$/, false),
    fit: weightsOf,
  },
  'loss-of-weighted-steps: The loss of each step is multiplied by a weight.': {
    ...weightedIn('loss.0', /^loss\.rows$/, true),
    fit: weightsOf,
  },
  'loss-targets: The targets of the squares are others.': {
    change: ({ loss }, [on, off]) => ({ loss: loss && { ...loss, targets: [on, off] } }),
    concerns: (_, { loss }) => loss?.form.compares === 'squares',
    usual: ({ T }) => [1, T].map((on) => [on, 0]),
    fit: targetsOf,
    found: ([on, off]) => `They are ${digits(on)} and ${digits(off)}.`,
  },
  'loss-label-smoothing: The labels are smoothed.': {
    ...lossAs((_, k) => ({ smoothing: k })),
    usual: () => [0.1, 0.2, 0.05, 0.01].map((k) => [k]),
    found: ([k]) => `It is by ${digits(k)}.`,
  },
  'loss-times: The loss is multiplied by another factor.': {
    ...lossAs(({ factor }, k) => ({ factor: factor * k })),
    usual: lossFactors,
    // The loss is a single number, which some factor always fits.
    fit: (seen) => (seen.stage.id === 'loss.0' ? [] : agreed(factorOf(seen))),
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
    concerns: (stage, model) => nameOf(stage) === 'backward' && layerOf(model, stage).recurrent !== undefined,
    input: (values, key) => (key.endsWith('.recurrent') ? zero(values) : values),
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
  'reset-passes-gradient: The gradient goes back past a hard reset, too: it lacks the factor 1 − e.': {
    concerns(stage, model) {
      const { reset, resetGradient } = layerOf(model, stage).layer.neuron;
      // If the reset is detached, the mistake is `reset-not-in-backward`.
      return nameOf(stage) === 'factors' && /zero|vReset/.test(reset) && resetGradient !== 'detached';
    },
    stage: ofKind('point', (stage, model) => ({
      f(args, precision) {
        const e = args[stage.reads.indexOf(keyOf(stage.n, 'spikes'))];
        const [P, ...rest] = stage.f(args, precision);
        const λ = (i: number): number => neuronAt(layerOf(model, stage).layer, i).λ;
        return [mapped(P, (each, i) => (e?.[i] ? each + λ(i) : each)), ...rest];
      },
    })),
  },
  'leaks-exchanged-backward: The leaks of the synapse and of the potential are exchanged in the backward pass.':
    leaksExchanged,
  'synapse-leak-backward: The gradient of the synapse’s current decays by another factor.': {
    ...neurons(({ α }, k) => (α === 0 ? undefined : { α: k })),
    fit: decaysOf,
    found: ([k], { layers }) =>
      `It is ${digits(k)}${layers.every(({ layer: { neuron } }) => neuron.α === 0 || Math.abs(neuron.λ / k - 1) < 1e-5) ? ', as that of the potential' : ''}.`,
  },
  'gradient-kept: The backward pass does not start from 0: a gradient enters the last step, as if the batch before had left its own, or as if a loss read the last state.':
    {
      concerns: (stage) => nameOf(stage) === 'backward',
      input: fromBeyond,
      output: (values, _key, stage, model) => values.subarray(0, model.T * mapOf(stage, model)),
      fit: keptOf,
    },
  'pool-to-all: A maximum pool sends its gradient to all that are greatest.': ofWinners('all'),
  'pool-shared: A maximum pool divides its gradient among all that are greatest.': ofWinners('shared'),
  'pool-spread: A maximum pool divides its gradient among all its inputs.': ofWinners('spread'),
  'pool-to-last: A maximum pool sends its gradient to the last that is greatest.': ofWinners('last'),
  'time-cut: Backpropagation through time is cut every few steps.': {
    concerns: (stage) => nameOf(stage) === 'backward',
    // Each part of the window is a backward pass of its own.
    stage: ofKind('sum', ({ f, reads }, { T }, [k, early]) => ({
      f(args, precision) {
        const [P] = args;
        const hasSteps = (index: number): boolean =>
          args[index].length === P.length && !reads[index].endsWith('.recurrent');
        const parts = range(Math.ceil((T + early) / k)).flatMap((part) => {
          const [from, to] = [part * k - early, (part + 1) * k - early].map(
            (t) => (Math.max(0, t) * P.length) / T,
          );
          return [
            ...f(
              args.map((arg, index) => (hasSteps(index) ? arg.subarray(from, to) : arg)),
              precision,
            ),
          ];
        });
        return Float64Array.from(parts);
      },
    })),
    usual: ({ T }) =>
      except(T, [Math.floor(T / 2), Math.ceil(T / 2), 2, 3, 4, 5, 6, 8, 10, 16, 20, 25]).flatMap(([k]) => [
        [k, 0],
        [k, 1],
      ]),
    found: ([k]) => `It is cut every ${k} steps.`,
  },
});

const mapOf = (stage: Stage, model: SurrogateModel): number => model.B * layerOf(model, stage).layer.size;

/** For each number of the last step: how much the gradients of it, and of the step before, are off what follows from later ones. */
function missesOf({ model, stage, there }: SeenSurrogate) {
  const entry = layerOf(model, stage);
  const shown = nameOf(stage) === 'backward' ? gradientsShown(model, stage, there) : undefined;
  const [dx, s, P, G] = [dEnters(entry), ...['slopes', 'P', 'G'].map((what) => keyOf(stage.n, what))].map(
    there,
  );
  if (!shown || !dx || !s || !P || !G || model.T < 4) return [];
  const map = mapOf(stage, model);
  const off = (i: number): number => shown.δ[i] - shown.fixed[i] - s[i] * shown.times[i];
  return range(map).map((k) => {
    const i = dx.length - map + k;
    const { α, a } = neuronAt(entry.layer, k);
    return {
      α,
      a,
      s: s[i],
      g: G[i % G.length],
      dI: dx[i] / a,
      P: P[i - map],
      last: off(i),
      before: off(i - map),
    };
  });
}

/** The decay of the gradient of synaptic currents. */
function decaysOf(seen: SeenSurrogate): number[][] {
  return quotientsOf(missesOf(seen).map(({ α, g, dI, before }) => ({ over: dI, left: α * dI + g * before })));
}

/** What a step after the last one adds to δ of the last step, then what it adds to the gradient of the current. */
function keptOf(seen: SeenSurrogate): number[][] {
  const misses = missesOf(seen);
  const [entry, map] = [layerOf(seen.model, seen.stage), misses.length];
  if (misses.every(({ P }) => P === 0)) return [];
  const more = misses.map(({ α, P, before }) => (α === 0 || P === 0 ? 0 : before / P));
  const dI = misses.map(({ g }, k) => -g * more[k]);
  // Recurrent weights bring the gradient of this current back, too.
  const V = entry.recurrent && seen.there(keyOf(entry.n, 'recurrent'));
  const dx = Float64Array.from({ length: 2 * map }, (_, i) => misses[i % map].a * (dI[i - map] ?? 0));
  const fed = V ? comesBack(entry, dx, Float64Array.from(V), map) : zero(dx);
  return [[...misses.map(({ last, s }, k) => last + more[k] - s * fed[k]), ...dI]];
}

/** The inputs of ∂L/∂x with one more step, from which the last step gets the numbers of `keptOf`. */
function fromBeyond(
  values: Floats,
  key: string,
  stage: Stage,
  model: SurrogateModel,
  k: readonly number[],
): Floats {
  const what = key.split('.')[1];
  const map = mapOf(stage, model);
  if (what === 'recurrent' || values.length === 0) return values;
  const source = stage.reads.some((each) => each.endsWith('.dspikes')) ? 'dspikes' : 'dmem';
  return Float64Array.from({ length: (model.T + 1) * map }, (_, i) => {
    const beyond = i - model.T * map;
    if (beyond >= 0)
      return what === 'G' ? (k[map + beyond] ?? 0) : Number(['slopes', 'F', source].includes(what));
    if (beyond >= -map && what === 'P') return k[map + beyond] ?? 0;
    return beyond >= -map && what === 'keeps' ? 1 : values[i % values.length];
  });
}

/** Replaces the winners among equal maxima of a pool. */
function ofWinners(winners: Pool['winners']): SurrogateChange {
  return {
    concerns: (stage) => nameOf(stage) === 'winners',
    change: (model) => withPools(model, (pool) => (pool.kind === 'maxpool' ? { ...pool, winners } : pool)),
  };
}
