/** Mistakes of losses and labels. */
import type { Floats } from '../../../../spec/arithmetic.ts';
import { losses, scaleOf, shareOf, type LossForm } from '../../../../spec/surrogateLoss.ts';
import { digits, largest, range, total } from '../../../engine/rounding.ts';
import { entriesOf } from '../../../keysOf.ts';
import { rowsOf } from '../../rows.ts';
import type { Comparison, Readout, SurrogateLoss, SurrogateModel } from '../model.ts';
import { except, lossAs, mapped, type SeenSurrogate, type SurrogateChange } from './changes.ts';
import { agreed } from './neurons.ts';

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

/** 1 for the `count` greatest of some numbers, else 0. */
function chooseGreatest(z: readonly number[], count: number): number[] {
  const order = range(z.length).sort((a, b) => z[b] - z[a]);
  return z.map((_, t) => Number(order.indexOf(t) < count));
}

/** A readout that is linear in the numbers, with weights that depend on them. */
const weightedBy =
  (slopesOf: (z: readonly number[]) => number[]): Readout =>
  (z) => {
    const slopes = slopesOf(z);
    return { value: total(range(z.length), (t) => slopes[t] * z[t]), slopes };
  };

/** Readouts of common programs that no loss of the list has. */
export const readouts: Readonly<Record<string, Readout>> = {
  'loss-of-top-two: The loss reads the mean of the two greatest steps.': weightedBy((z) =>
    chooseGreatest(z, 2).map((of) => of / 2),
  ),
  'loss-of-top-three: The loss reads the mean of the three greatest steps.': weightedBy((z) =>
    chooseGreatest(z, 3).map((of) => of / 3),
  ),
  'loss-of-greatest-share: The loss reads the greatest step, divided by the number of steps.': weightedBy(
    (z) => chooseGreatest(z, 1).map((of) => of / z.length),
  ),
  'loss-of-greatest-magnitude: The loss reads the greatest magnitude over the steps.': weightedBy((z) =>
    chooseGreatest(z.map(Math.abs), 1).map((of, t) => of * Math.sign(z[t])),
  ),
  'loss-of-step-of-greatest-magnitude: The loss reads the step whose magnitude is greatest, with its sign.':
    weightedBy((z) => chooseGreatest(z.map(Math.abs), 1)),
  'loss-of-greatest-but-last: The loss reads the greatest of all steps but the last.': weightedBy((z) => [
    ...chooseGreatest(z.slice(0, -1), 1),
    0,
  ]),
  'loss-of-greatest-but-first: The loss reads the greatest of all steps but the first.': weightedBy((z) => [
    0,
    ...chooseGreatest(z.slice(1), 1),
  ]),
  'loss-of-positive: The loss reads the sum of the steps that are above 0.': weightedBy((z) =>
    z.map((each) => Number(each > 0)),
  ),
  'loss-of-magnitudes: The loss reads the sum of the magnitudes of the steps.': weightedBy((z) =>
    z.map(Math.sign),
  ),
  'loss-of-clamped-count: The loss reads the sum of the steps, clamped to 1.': (z) => {
    const sum = total(z, (each) => each);
    return { value: Math.min(1, sum), slopes: z.map(() => Number(sum <= 1)) };
  },
  'loss-of-clamped-steps: The loss reads the sum of the steps, each clamped to 1.': (z) => ({
    value: total(z, (each) => Math.min(1, each)),
    slopes: z.map((each) => Number(each <= 1)),
  }),
  'loss-of-exponentials: The loss reads the logarithm of the sum of exp z over the steps.': (z) => {
    const most = Math.max(...z);
    const sum = total(z, (each) => Math.exp(each - most));
    return { value: most + Math.log(sum), slopes: z.map((each) => Math.exp(each - most) / sum) };
  },
  'loss-of-squares: The loss reads the sum of the squares of the steps.': (z) => ({
    value: total(z, (each) => each * each),
    slopes: z.map((each) => 2 * each),
  }),
};

/** Whether the loss is of squares, and reads something else than `readout`. Cross entropies have a name for each readout. */
const isSquares =
  (readout: LossForm['readout']): NonNullable<SurrogateChange['concerns']> =>
  (_, { loss }) =>
    loss?.form.compares === 'squares' && loss.form.readout !== readout;

/** Tries a row together with those that have parameters, because it is as rare. */
const withFitted: Pick<SurrogateChange, 'usual'> = { usual: () => [[]] };

/** The form of a loss that reads one number of each output. */
const ofOneNumber = (form: LossForm, readout: LossForm['readout']): LossForm => ({
  ...form,
  readout,
  over: form.over.filter((each) => each !== 'steps'),
});

/** Softmax, and Σ_k d_k ∂q_k/∂z_i for its shares q. */
function softmaxOf(z: readonly number[]) {
  const most = Math.max(...z);
  const sum = total(z, (each) => Math.exp(each - most));
  const q = z.map((each) => Math.exp(each - most) / sum);
  const through = (d: readonly number[]): number[] => {
    const mean = total(range(z.length), (k) => d[k] * q[k]);
    return q.map((share, i) => share * (d[i] - mean));
  };
  return { q, through };
}

/** A loss that is a mean over the classes, each from its number and its target. */
const overClasses =
  (
    valueOf: (z: number, target: number) => number,
    slopeOf: (z: number, target: number) => number,
  ): Comparison =>
  (z, targets) => ({
    value: total(range(z.length), (c) => valueOf(z[c], targets[c])) / z.length,
    slopes: z.map((each, c) => slopeOf(each, targets[c]) / z.length),
  });

/** Comparisons of common programs that no loss of the list has. */
export const comparisons: Readonly<Record<string, Comparison>> = {
  'loss-logistic: The loss compares each class alone, by its sigmoid.': overClasses(
    (z, target) => Math.log1p(Math.exp(-Math.abs(z))) + Math.max(0, z) - z * target,
    (z, target) => 1 / (1 + Math.exp(-z)) - target,
  ),
  'loss-of-distances: The loss is the distance |z − target| of each class from its target.': overClasses(
    (z, target) => Math.abs(z - target),
    (z, target) => Math.sign(z - target),
  ),
  'loss-of-huber: The loss is that of Huber (SmoothL1Loss): squares of distances below 1, else the distances.':
    overClasses(
      (z, target) => {
        const apart = Math.abs(z - target);
        return apart < 1 ? apart ** 2 / 2 : apart - 0.5;
      },
      (z, target) => Math.max(-1, Math.min(1, z - target)),
    ),
  'loss-of-margins: The loss is that of margins (MultiMarginLoss): the mean over the classes of max(0, 1 − z of the label + z).':
    (z, _, label) => {
      const over = z.map((each, c) => (c === label ? 0 : Math.max(0, 1 - z[label] + each)));
      const count = over.filter((each) => each > 0).length;
      return {
        value: total(over, (each) => each) / z.length,
        slopes: over.map((each, c) => (c === label ? -count : Number(each > 0)) / z.length),
      };
    },
  'loss-squares-of-softmax: The loss is the squared distance of the softmax from the targets.': (
    z,
    targets,
  ) => {
    const { q, through } = softmaxOf(z);
    const apart = q.map((share, c) => share - targets[c]);
    return {
      value: total(apart, (each) => each ** 2) / z.length,
      slopes: through(apart.map((each) => (2 * each) / z.length)),
    };
  },
  'loss-focal: The loss is a focal loss, (1 − q)² times the cross entropy.': (z, _, label) => {
    const { q, through } = softmaxOf(z);
    const share = q[label];
    const d = 2 * (1 - share) * Math.log(share) - (1 - share) ** 2 / share;
    return {
      value: -((1 - share) ** 2) * Math.log(share),
      slopes: through(z.map((_each, c) => (c === label ? d : 0))),
    };
  },
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
  'loss-of-sum: The loss reads the sum of the steps.': {
    ...lossAs(({ form }) => ({ form: ofOneNumber(form, 'sum') })),
    concerns: isSquares('sum'),
  },
  'loss-of-greatest: The loss reads the greatest of the steps.': {
    ...lossAs(({ form }) => ({ form: ofOneNumber(form, 'max') })),
    concerns: isSquares('max'),
  },
  ...Object.fromEntries(
    entriesOf(readouts).map(([says, reads]) => [
      says,
      { ...lossAs(({ form }) => ({ form: ofOneNumber(form, 'last'), reads })), ...withFitted },
    ]),
  ),
  ...Object.fromEntries(
    entriesOf(comparisons).map(([says, compares]) => [
      says,
      {
        ...lossAs(({ form }) => ({
          compares,
          form: { ...form, over: form.over.filter((each) => each !== 'classes') },
        })),
        ...withFitted,
      },
    ]),
  ),
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
  'label-from-other-end: The labels count from the last class, or the classes of the output are in reverse.':
    labelsAs((label, i, C) => C - 1 - label[i]),
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

function weightsText(k: readonly number[]): string {
  if (k.every((each) => each === k[0])) return `It is ${digits(k[0])}.`;
  const starts = range(k.length).filter((i) => i === 0 || k[i] !== k[i - 1]);
  const parts = starts.map((from, at) => {
    const times = (starts[at + 1] ?? k.length) - from;
    return `${digits(k[from])}${times > 1 ? ` (${times} times)` : ''}`;
  });
  return `They are ${parts.slice(0, 12).join(', ')}${parts.length > 12 ? ', …' : ''}.`;
}

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
function weightsOf(
  { model, stage, got, with: made }: SeenSurrogate,
  isEach = model.loss?.form.readout === 'each',
): number[][] {
  const { T, loss, layers } = model;
  const d = got(stage.writes[0]);
  if (stage.id !== `gradient.${stage.n}` || !loss || !d) return [];
  const steps = range(T).map((t) => d.subarray((t * d.length) / T, ((t + 1) * d.length) / T));
  const most = steps.reduce((one, other) => (largest(other) > largest(one) ? other : one));
  const ratios = steps.map((step) =>
    isEach
      ? Number(largest(step) > 0)
      : total(step, (value, i) => value * most[i]) / total(most, (value) => value ** 2),
  );
  const C = layers[layers.length - 1].layer.size;
  if (ratios.every((ratio) => ratio === 0)) return [];
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
  const forms = isEach ? ['each'] : ['each', 'sum', 'mean'];
  const change =
    (keys: RegExp): NonNullable<SurrogateChange['input']> =>
    (values, key, _stage, model, k) =>
      keys.test(key) ? weighted(values, model, k) : values;
  return {
    concerns: (stage, { loss }) =>
      loss !== undefined &&
      forms.includes(loss.form.readout) &&
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
    fit: (seen) => weightsOf(seen),
  },
  'loss-of-weighted-sum: The loss reads a weighted sum of the steps.': {
    ...weightedIn('loss.read', /spikes$|mem$/, false),
    ...lossAs(({ form }) => ({ form: ofOneNumber(form, 'sum') })),
    concerns: (_, { loss }) => loss !== undefined && !['sum', 'mean'].includes(loss.form.readout),
    fit: (seen) => weightsOf(seen, false),
  },
  'loss-of-weighted-steps: The loss of each step is multiplied by a weight.': {
    ...weightedIn('loss.0', /^loss\.rows$/, true),
    fit: (seen) => weightsOf(seen),
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
    // The loss is a single number, which some factor always fits. A gradient of zeros is none of a loss times 0.
    fit: (seen) => (seen.stage.id === 'loss.0' ? [] : agreed(factorOf(seen)).filter(([k]) => k !== 0)),
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
