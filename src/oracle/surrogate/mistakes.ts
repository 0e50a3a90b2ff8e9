/** What goes wrong in training steps by surrogate gradients: rows of what a program does instead, from the issues of five frameworks and from practice. */
import type { Floats } from '../../../spec/arithmetic.ts';
import type { TrainedNeuron } from '../../../spec/frameworks.ts';
import { neuronsOf } from '../../../spec/network.ts';
import { namedSurrogates, type SurrogateTerms, type Term } from '../../../spec/surrogateForms.ts';
import { losses } from '../../../spec/surrogateLoss.ts';
import { largest, total } from '../../engine/rounding.ts';
import type { Stage } from '../../engine/stage.ts';
import { entriesOf } from '../../keysOf.ts';
import type { Mistake, Seen } from '../name.ts';
import { digits, rowsOf, type ChangeOf } from '../rows.ts';
import { computedW } from './maps.ts';
import {
  comparedOf,
  keyOf,
  lateOf,
  type SurrogateLayer,
  type SurrogateLoss,
  type SurrogateModel,
} from './steps.ts';

type Row = Mistake<SurrogateModel>;
type Change = ChangeOf<SurrogateModel>;
type Own = Seen<SurrogateModel>;

const layerOf = ({ layers }: SurrogateModel, { n }: Pick<Stage, 'n'>): SurrogateLayer => layers[n - 1];
const partOf = ({ id }: Stage): string => id.split('.')[0];
const isNormal = ({ g, λ }: TrainedNeuron): boolean => λ !== 1 && Math.abs(g + λ - 1) < 1e-9;

// kinds of rows

/** Parts in which a neuron is. */
const ofNeuron = ['synapse', 'neuron', 'charged', 'distance', 'surrogate', 'factors', 'backward'];

/** Other neurons. What gives nothing leaves a neuron as it is, and concerns none where it gives none. */
function neurons(change: (neuron: TrainedNeuron, k: number) => Partial<TrainedNeuron> | undefined): Change {
  return {
    concerns: (stage, model) =>
      ofNeuron.includes(partOf(stage)) && change(layerOf(model, stage).layer.neuron, 0.5) !== undefined,
    change: ({ layers }, [k]) => ({
      layers: layers.map((own) => {
        const { neuron, each } = own.layer;
        const all = each?.map((one) => ({ ...one, ...change(one, k) }));
        return {
          ...own,
          layer: { ...own.layer, neuron: { ...neuron, ...change(neuron, k) }, ...(all && { each: all }) },
        };
      }),
    }),
  };
}

/** Other neurons that fire. */
const firing = (change: Parameters<typeof neurons>[0]): Change =>
  neurons((neuron, k) => (neuron.output === 'potential' ? undefined : change(neuron, k)));

/** Another answer to a question on neurons that fire. */
const answer = (other: Partial<TrainedNeuron>): Change =>
  firing((neuron) => (entriesOf(other).every(([key, value]) => neuron[key] === value) ? undefined : other));

/** Another surrogate. */
function surrogates(
  change: (terms: SurrogateTerms, neuron: TrainedNeuron, k: number) => SurrogateTerms | undefined,
): Change {
  return {
    concerns: (stage, model) => {
      const { surrogate, neuron } = layerOf(model, stage).layer;
      return partOf(stage) === 'surrogate' && change(surrogate, neuron, 0.5) !== undefined;
    },
    change: ({ layers }, [k]) => ({
      layers: layers.map((own) => {
        const terms = change(own.layer.surrogate, own.layer.neuron, k);
        return terms ? { ...own, layer: { ...own.layer, surrogate: terms } } : own;
      }),
    }),
  };
}

/** Another loss. */
const lossAs = (change: (own: SurrogateLoss, k: number) => Partial<SurrogateLoss>): Change => ({
  concerns: (_, model) => model.loss !== undefined,
  change: ({ loss }, [k]) => ({ loss: loss && { ...loss, ...change(loss, k) } }),
});

/** What a part of the stages makes, changed. */
const makes = (part: string, change: NonNullable<Change['output']>, what = ''): Change => ({
  concerns: (stage) => partOf(stage) === part,
  output: (values, key, stage, model, k) =>
    key.endsWith(what) ? change(values, key, stage, model, k) : values,
});

/** What a part of the stages reads under a key, changed. */
const reads = (
  part: string,
  what: string,
  change: (values: Floats, model: SurrogateModel, stage: Stage) => Floats,
): Change => ({
  concerns: (stage) => partOf(stage) === part,
  input: (values, key, stage, model) => (key.endsWith(what) ? change(values, model, stage) : values),
});

/** Each number of an array, changed. */
const mapped = (values: Floats, of: (value: number, i: number) => number): Floats =>
  Float64Array.from(values, (value: number, i: number) => of(value, i));

const zero = (values: Floats): Floats => new Float64Array(values.length);

/** Steps of a window from other steps; from outside of it comes 0. */
function stepsFrom(values: Floats, { T }: SurrogateModel, from: (t: number) => number): Floats {
  const map = values.length / T;
  return mapped(values, (_, i) => {
    const t = from(Math.floor(i / map));
    return t < 0 || t >= T ? 0 : values[t * map + (i % map)];
  });
}

const turned = (values: Floats): Floats => {
  const side = Math.sqrt(values.length);
  return Float64Array.from(
    values,
    (_: number, i: number) => values[(i % side) * side + Math.floor(i / side)],
  );
};

// what is fitted

/** Where a potential that was recorded follows from the one of the step before: both, and what entered. */
function followers({ there, model, stage }: Own): { u: number; before: number; x: number }[] {
  const { n, layer } = layerOf(model, stage);
  const { neuron } = layer;
  const [mem, x, e] = [keyOf(n, 'mem'), stage.reads[0], keyOf(n, 'spikes')].map((key) => there(key));
  if (!mem || !x || partOf(stage) !== 'neuron') return [];
  const map = mem.length / model.T;
  const found = [];
  for (let i = map; i < mem.length; i++)
    if (!e || e[neuron.recorded === 'compared' ? i - map : i] === 0)
      found.push({ u: mem[i], before: mem[i - map], x: x[i] });
  return found;
}

/** The median of what many numbers say. */
function agreed(numbers: readonly number[]): number[][] {
  const finite = numbers.filter(Number.isFinite).sort((a, b) => a - b);
  return finite.length === 0 ? [] : [[Number(finite[finite.length >> 1].toPrecision(6))]];
}

/** λ as potentials say it, with the gain that is stated or with 1 − λ; or as it is often mistaken. */
function leaksOf(seen: Own, isGainToo: boolean): number[][] {
  const { g, c } = layerOf(seen.model, seen.stage).layer.neuron;
  const pairs = followers(seen);
  const most = largest(pairs.map(({ before }) => before));
  const own = pairs
    .filter(({ before, x }) => Math.abs(isGainToo ? before - x : before) > most / 8)
    .map(({ u, before, x }) => (isGainToo ? (u - x - c) / (before - x) : (u - g * x - c) / before));
  return agreed(own);
}

/** Leaks for which another is often mistaken. */
const usualLeaks = ({ layers }: SurrogateModel): number[][] =>
  except(
    NaN,
    layers.flatMap(({ layer: { neuron } }) => {
      const { λ } = neuron;
      return [0.5, 0.9, 0.95, 0.99, 1, 1 - λ, Math.exp(λ - 1), 1 + Math.log(λ), λ ** 2, Math.sqrt(λ)];
    }),
  ).filter(([λ]) => λ > 0 && λ <= 1);

/** Thresholds between the potentials that were silent and those that fired; or others that are common. */
function thresholdsOf({ model, stage, there }: Own): number[][] {
  const layer = layerOf(model, stage);
  const { θ } = layer.layer.neuron;
  const [u, e] = [there(comparedOf(layer)), there(keyOf(layer.n, 'spikes'))];
  let [most, least] = [-Infinity, Infinity];
  if (u && e)
    for (let i = 0; i < u.length; i++)
      if (e[i] === 0) most = Math.max(most, u[i]);
      else least = Math.min(least, u[i]);
  const isApart = most < least && Number.isFinite(most) && Number.isFinite(least);
  return isApart ? except(θ, [shortest(most, least)]) : [];
}

const usualThresholds = ({ layers }: SurrogateModel): number[][] =>
  except(
    NaN,
    layers.flatMap(({ layer: { neuron } }) => [neuron.θ, 1, 0.5, neuron.θ / 2, 2 * neuron.θ]),
  ).filter(([θ]) => θ > 0);

/** The number with the fewest digits between two. */
function shortest(low: number, high: number): number {
  const middle = (low + high) / 2;
  for (let places = 0; places < 12; places++) {
    const value = Number(middle.toFixed(places));
    if (value > low && value <= high) return value;
  }
  return middle;
}

/** The potentials of all neurons and samples before the first step. */
function leftOf({ there, model, stage }: Own): number[][] {
  const { n, layer } = layerOf(model, stage);
  const { neuron } = layer;
  const [mem, x, e] = [keyOf(n, 'mem'), stage.reads[0], keyOf(n, 'spikes')].map((key) => there(key));
  if (!mem || !x || neuron.λ === 0) return [];
  const left = Array.from({ length: mem.length / model.T }, (_, i) => {
    const fired = neuron.recorded === 'between' && e ? e[i] : 0;
    // Of a potential that was set, nothing is left but that it fired.
    const isSet = fired > 0 && neuron.reset !== 'subtract';
    const u = isSet ? neuron.θ * (fired + 0.5) : mem[i] + fired * neuron.subtracts;
    return (u - neuron.g * x[i] - neuron.c) / neuron.λ - neuron.start;
  });
  return left.every(Number.isFinite) ? [left] : [];
}

/** The factor between what was recorded and what is right, as most numbers have it. */
function factorOf({ got, right, stage }: Own): number[] {
  const [key] = stage.writes;
  const [own, { v, r }] = [got(key), right(key)];
  if (!own) return [];
  const ratios = Array.from(v.keys())
    .filter((i) => Math.abs(v[i]) > 64 * (r?.[i] ?? 0) && v[i] !== 0)
    .map((i) => own[i] / v[i]);
  return agreed(ratios).flat();
}

const except = (own: number, all: readonly number[]): number[][] =>
  [...new Set(all)].filter((k) => k !== own && Number.isFinite(k)).map((k) => [k]);

/** Factors by which a surrogate is often too high, or too steep; to the defaults of its form, too. */
const usualFactors = ({ layers }: SurrogateModel): number[][] =>
  except(1, [
    ...[2, 4, 10, 5, 3, Math.PI, Math.PI / 2].flatMap((k) => [k, 1 / k]),
    ...layers.flatMap(({ layer: { neuron, surrogate } }) => [
      neuron.θ,
      1 / neuron.θ,
      ...surrogate.flatMap(({ k, h }) =>
        [25, 100, Math.PI, 4, 1, Math.SQRT1_2, Math.SQRT2, k * k, 2 * k * k, 0.5].flatMap((one) => [
          one / k,
          1 / h,
        ]),
      ),
    ]),
  ]);

/** Factors by which a loss, and with it every gradient, is often multiplied. */
const lossFactors = ({ T, B, layers }: SurrogateModel): number[][] => {
  const C = layers[layers.length - 1].layer.size;
  return except(1, [2, 0.5, -1, T, 1 / T, B, 1 / B, C, 1 / C, B * T, 1 / (B * T), 1024, 65536]);
};

// the rows

const ofNeurons = rowsOf<SurrogateModel>(['neuron', 'surrogate', 'backward'], {
  'reset=none: Its neurons are not reset.': answer({ reset: 'none' }),
  'reset=zero: A spike sets the potential to 0 before the next leak: what arrives then is kept.': answer({
    reset: 'zero',
    resetWhen: 'beforeLeak',
    overshoot: 'stays',
  }),
  'reset=zeroAfterLeak: A spike sets the potential of the next step to 0: what arrives then is dropped.':
    answer({
      reset: 'zero',
      resetWhen: 'afterLeak',
      overshoot: 'stays',
    }),
  'reset=zeroSameStep: A spike sets the potential to 0 in the same step.': answer({
    reset: 'zero',
    resetWhen: 'sameStep',
  }),
  'reset=vReset: A spike sets the potential to v_reset in the same step.': answer({
    reset: 'vReset',
    resetWhen: 'sameStep',
  }),
  'reset=subtract: A spike subtracts θ in the next step, after the leak.': answer({
    reset: 'subtract',
    resetWhen: 'afterLeak',
    overshoot: 'stays',
  }),
  'reset=subtractBeforeLeak: A spike subtracts θ before the next leak, and so λ·θ.': answer({
    reset: 'subtract',
    resetWhen: 'beforeLeak',
    overshoot: 'stays',
  }),
  'reset=subtractSameStep: A spike subtracts θ in the same step.': answer({
    reset: 'subtract',
    resetWhen: 'sameStep',
  }),
  'reset=subtractNoDelay: A spike subtracts θ in the same step, as reset_delay=False does.': answer({
    reset: 'subtract',
    resetWhen: 'sameStep',
    overshoot: 'afterLeak',
    recorded: 'between',
    resetGradient: 'flows',
  }),
  'reset-subtracts-one: A spike subtracts 1, and not θ.': firing(({ subtracts }) =>
    subtracts === 1 ? undefined : { subtracts: 1 },
  ),
  'reset-spike-less-threshold: The reset subtracts e − θ, and not θ·e.': firing(({ c, θ }) => ({
    subtracts: 1,
    c: c + θ,
  })),
  'fires=above: A neuron fires where u > θ.': answer({ fires: 'above' }),
  'fires=at: A neuron fires where u ≥ θ.': answer({ fires: 'at' }),
  'spikes=one: A neuron sends one spike a step at most.': answer({ spikes: 'one' }),
  'spikes=whole: A neuron sends ⌊u/θ⌋ spikes a step.': answer({ spikes: 'whole' }),
  'spikes-unlimited: The spikes of a step have no limit.': answer({ most: Infinity }),
  'no-floor: The potential has no least value.': answer({ floor: -Infinity }),
  'recorded=between: Potentials were recorded after the reset.': answer({ recorded: 'between' }),
  'recorded=compared: Potentials were recorded as they are compared, before the reset.': answer({
    recorded: 'compared',
  }),
  'no-gain: What enters a neuron is not multiplied by its gain.': neurons(({ g }) =>
    g === 1 ? undefined : { g: 1 },
  ),
  'gain-of-leak: What enters a neuron is multiplied by 1 − λ.': neurons((neuron) =>
    isNormal(neuron) || neuron.λ === 1 ? undefined : { g: 1 - neuron.λ },
  ),
  'leak-of-input: The leak multiplies what enters, too.': neurons(({ g, λ }) =>
    λ === 1 ? undefined : { g: g * λ },
  ),
  'no-rest: The potential leaks to 0, and not to its rest.': neurons(({ c }) =>
    c === 0 ? undefined : { c: 0 },
  ),
  'constants-exchanged: The leaks of the synapse and of the potential are exchanged.': neurons((neuron) => {
    const { α, λ, a } = neuron;
    if (α === 0 || α === λ) return undefined;
    return { α: λ, λ: α, ...(isNormal(neuron) && { g: 1 - α }), a: a === α ? λ : a };
  }),
  'no-synapse: The synapse keeps nothing of its current.': neurons(({ α, a }) =>
    α === 0 ? undefined : { α: 0, a: a === α ? 1 : a },
  ),
  'synapse-takes-potential: The synapse goes on with the potential, and not with its own current.': neurons(
    ({ α, λ }) => (α === 0 ? undefined : { α: 0, λ: λ + α }),
  ),
  'state-forgotten: Each step starts from rest: the state of the step before is not handed on.': neurons(
    ({ λ }) => (λ === 0 ? undefined : { λ: 0, α: 0 }),
  ),
  'surrogate=afterReset: The surrogate is of the potential after the reset.': answer({
    surrogateAt: 'afterReset',
  }),
  'resetGradient=flows: The spike in the reset is not detached.': answer({ resetGradient: 'flows' }),
  'resetGradient=detached: The spike in the reset is detached.': answer({ resetGradient: 'detached' }),
  'resetGradient=half: Half of the reset is detached.': answer({ resetGradient: 'half' }),
}).map((row): Row => {
  // Answers to two questions are tried together.
  const [question, other] = row.id.split('=');
  return other ? { ...row, choices: { [question]: other } } : row;
});

const fittedOfNeurons = rowsOf<SurrogateModel>(['neuron', 'surrogate', 'backward'], {
  'threshold: The threshold is another.': {
    ...firing(({ θ, subtracts }, k) => ({ θ: k, ...(subtracts === θ && { subtracts: k }) })),
    fit: thresholdsOf,
    usual: usualThresholds,
    found: ([k]) => `It is ${digits(k)}.`,
  },
  'leak: The potential leaks by another factor.': {
    ...neurons((neuron, k) => ({ λ: k, ...(isNormal(neuron) && { g: 1 - k }) })),
    fit: (seen) => leaksOf(seen, isNormal(layerOf(seen.model, seen.stage).layer.neuron)),
    usual: usualLeaks,
    found: ([k]) => `λ is ${digits(k)}.`,
  },
  'time-step: The time step is another.': {
    ...neurons((neuron, k) => ({
      λ: 1 - (1 - neuron.λ) * k,
      ...(neuron.α !== 0 && { α: 1 - (1 - neuron.α) * k }),
      ...(isNormal(neuron) && { g: neuron.g * k, c: neuron.c * k }),
    })),
    usual: () => [0.5, 2, 0.1, 10].map((k) => [k]),
    found: ([k]) => `It is ${digits(k)} of the stated one.`,
  },
  'leak-alone: The potential leaks by another factor, and its gain is the stated one.': {
    ...neurons((neuron, k) => (isNormal(neuron) ? { λ: k } : undefined)),
    fit: (seen) => leaksOf(seen, false),
    usual: usualLeaks,
    found: ([k]) => `λ is ${digits(k)}.`,
  },
});

const ofStates = rowsOf<SurrogateModel>(['neuron'], {
  'state-kept: It does not start from rest, as if the batch before had left its state.': {
    concerns: (stage) => partOf(stage) === 'neuron',
    input: (values, _key, stage, model, k) => {
      const { λ, g } = layerOf(model, stage).layer.neuron;
      return mapped(values, (x, i) => x + (i < k.length ? (λ * k[i]) / g : 0));
    },
    fit: leftOf,
  },
  'refractory-step: A neuron cannot fire in two steps in a row.': makes(
    'neuron',
    (values, _key, _stage, { T }) => {
      const out = Float64Array.from(values);
      const map = out.length / T;
      for (let i = map; i < out.length; i++) if (out[i - map] !== 0) out[i] = 0;
      return out;
    },
    'spikes',
  ),
  'spikes-recorded-late: Spikes were recorded one step late.': {
    isFree: true,
    ...makes('neuron', (spikes, _key, _stage, model) => stepsFrom(spikes, model, (t) => t - 1), 'spikes'),
  },
  'reset-of-all: Where one neuron of a sample fires, all are reset.': {
    concerns: (stage) => partOf(stage) === 'neuron',
    stage: (stage) =>
      stage.kind !== 'neuron'
        ? undefined
        : {
            ...stage,
            step(state, x, decide, t) {
              stage.step(state, x, decide, t);
              if (state['e'].some((e: number) => e !== 0)) state['u'].fill(0);
            },
          },
  },
});

const areaOf = ({ synapse: { kernel } }: SurrogateLayer): number => kernel[0] * kernel[1];
const isSquare = (layer: SurrogateLayer): boolean =>
  areaOf(layer) === 1 && layer.synapse.from.channels === layer.synapse.to.channels;
const numberOf = (key: string): number => Number(/^layer(\d+)/.exec(key)?.[1] ?? 0);

/** Other weights, wherever they are read; a gradient is by those that are stated, where a change undoes itself. */
const weightsAs = (
  change: (w: Floats, layer: SurrogateLayer) => Floats,
  isOf: (layer: SurrogateLayer) => boolean = () => true,
  isUndone = false,
): Change => ({
  concerns: (stage, model) =>
    ['current', 'returned', ...(isUndone ? ['dw'] : [])].includes(partOf(stage)) &&
    model.layers.some((layer) => layer.n === numberOf(weightOf(stage)) && isOf(layer)),
  input: (values, key, _stage, model) =>
    key.endsWith('.weight') ? change(values, model.layers[numberOf(key) - 1]) : values,
  output: (values, key, stage, model) =>
    key.endsWith('.dw') ? change(values, layerOf(model, stage)) : values,
});
const weightOf = ({ reads: keys, writes: [made] }: Stage): string =>
  keys.find((key) => key.endsWith('.weight')) ?? made;

/** What enters a layer, other than it was recorded; its gradient is made of that, too. */
const entersAs = (
  change: (values: Floats, model: SurrogateModel, layer: SurrogateLayer, k: readonly number[]) => Floats,
  isOf: (layer: SurrogateLayer) => boolean = () => true,
): Change => ({
  concerns: (stage, model) => ['current', 'dw'].includes(partOf(stage)) && isOf(layerOf(model, stage)),
  input: (values, key, stage, model, k) =>
    /^input$|spikes$|\.from\./.test(key) ? change(values, model, layerOf(model, stage), k) : values,
});

/** Weights of so many bits, with one scale. */
const quantised = (bits: number): Change =>
  weightsAs((w) => {
    const scale = largest(w) / (2 ** (bits - 1) - 1);
    return scale > 0 ? mapped(w, (each) => Math.round(each / scale) * scale) : w;
  });

/** The weights of before an optimiser's step, where those after it were recorded: W + k·dW, or by the signs alone, as Adam begins. */
const beforeStep = (of: (dw: number) => number): Change => ({
  concerns: (stage, { recorded }) =>
    ['current', 'returned'].includes(partOf(stage)) &&
    recorded.has(weightOf(stage).replace('.weight', '.dw')),
  stage(stage, _model, [k]) {
    if (stage.kind !== 'sum') return undefined;
    const places = stage.reads.flatMap((key, place) => (/\.(weight|bias)$/.test(key) ? [place] : []));
    const gradients = places.map((place) =>
      stage.reads[place].replace('.weight', '.dw').replace('.bias', '.db'),
    );
    return {
      ...stage,
      reads: [...stage.reads, ...gradients],
      f(args, precision) {
        const own = [...args];
        for (const [at, place] of places.entries())
          own[place] = Float64Array.from(
            args[place],
            (w: number, i: number) => w + k * of(args[stage.reads.length + at][i]),
          );
        return stage.f(own.slice(0, stage.reads.length), precision);
      },
    };
  },
  usual: () => [0.001, 0.01, 0.1, 1, 0.0001, 0.0005, 0.002, 0.005, 0.02, 0.05, 0.5].map((k) => [k]),
  found: ([k]) => `Its rate is ${digits(k)}.`,
});

const ofCurrents = rowsOf<SurrogateModel>(['current', 'backward'], {
  'bias-missing: The bias is not added.': reads('current', '.bias', zero),
  'bias-twice: The bias is added twice.': reads('current', '.bias', (b) => mapped(b, (value) => 2 * value)),
  'weight-transposed: The weights are transposed.': weightsAs((w) => turned(w), isSquare, true),
  'weight-of-another-layer: It has the weights of another layer.': {
    concerns: (stage, model) => partOf(stage) === 'current' && likeOf(model, stage) !== undefined,
    wire: (key, stage, model) => (key.endsWith('.weight') ? keyOf(likeOf(model, stage)!.n, 'weight') : key), // it concerns those that have one
  },
  'kernel-flipped: The kernel of the convolution is flipped in rows and columns.': weightsAs(
    (w, layer) => {
      const area = areaOf(layer);
      return mapped(w, (_, i) => w[i - (i % area) + (area - 1 - (i % area))]);
    },
    (layer) => areaOf(layer) > 1,
    true,
  ),
  'weight-magnitude: The weights are taken without their signs.': weightsAs((w) => mapped(w, Math.abs)),
  'weights-in-int8: The weights have 8 bits.': quantised(8),
  'weights-in-int4: The weights have 4 bits.': quantised(4),
  'first-step-dropped: Nothing enters in the first step.': {
    concerns: (stage) => ['current', 'dw', 'db'].includes(partOf(stage)),
    input: (values, key, _stage, model) =>
      key.endsWith('dcurrent') ? stepsFrom(values, model, (t) => (t === 0 ? -1 : t)) : values,
    output: (values, key, _stage, model) =>
      key.endsWith('.current') ? stepsFrom(values, model, (t) => (t === 0 ? -1 : t)) : values,
  },
  'time-reversed: What enters is reversed in time.': entersAs((o, model) =>
    stepsFrom(o, model, (t) => model.T - 1 - t),
  ),
  'one-step-late: What enters comes one step late.': {
    ...entersAs((o, model) => stepsFrom(o, model, (t) => t - 1)),
    concerns: (stage) => ['current', 'dw', 'returned'].includes(partOf(stage)),
    output: (values, _key, stage, model) =>
      partOf(stage) === 'returned' ? stepsFrom(values, model, (t) => t + 1) : values,
  },
  'flattened-channels-last: Before the linear layer the map is flattened (H,W,C); the weights are for (C,H,W).':
    entersAs(
      (o, _model, { before, synapse }) => {
        const { channels: C } = before.at(-1)?.to ?? synapse.from;
        const [size, area] = [synapse.from.channels, synapse.from.channels / C];
        return mapped(o, (_, i) => {
          const j = i % size;
          return o[i - j + (j % C) * area + Math.floor(j / C)];
        });
      },
      ({ before, synapse }) =>
        areaOf({ synapse } as SurrogateLayer) === 1 &&
        (before.at(-1)?.to.channels ?? synapse.from.channels) < synapse.from.channels, // it reads no more
    ),
  'potentials-are-sent: The potentials of the layer before enter, and not its spikes.': {
    concerns: (stage, { recorded }) =>
      ['current', 'dw'].includes(partOf(stage)) && recorded.has(keyOf(stage.n - 1, 'mem')),
    wire: (key) => key.replace(/spikes$/, 'mem'),
  },
  'recurrent-transposed: The recurrent weights are transposed.': ofRecurrent('.recurrent', turned),
  'recurrent-missing: Spikes do not come back.': ofRecurrent('.back', zero),
  'recurrent-to-itself: Each neuron’s spikes come back to it, too.': {
    concerns: (_, { layers }) => layers.some(({ recurrent }) => recurrent && !recurrent.hasSelf),
    change: ({ layers }) => ({
      layers: layers.map((own) => ({
        ...own,
        recurrent: own.recurrent && { ...own.recurrent, hasSelf: true },
      })),
    }),
  },
  ...Object.fromEntries(
    (['maxpool', 'sumpool', 'avgpool'] as const).map((kind) => [
      `pool=${kind}: A pool is a ${kind} and not what it should be.`,
      {
        concerns: (_, { layers }) =>
          layers.some((each) => [...each.before, ...each.within].some((pool) => pool.kind !== kind)),
        change: ({ layers }) => ({
          layers: layers.map((own) => ({
            ...own,
            before: own.before.map((pool) => ({ ...pool, kind })),
            within: own.within.map((pool) => ({ ...pool, kind })),
          })),
        }),
      } satisfies Change,
    ]),
  ),
});

const fittedOfCurrents = rowsOf<SurrogateModel>(['current', 'backward'], {
  'input-scaled: What enters the first layer was scaled or shifted, and was recorded before that.': {
    ...entersAs(
      (o, _model, _layer, [k, shift]) => mapped(o, (each) => k * each + shift),
      ({ n }) => n === 1,
    ),
    usual(_model, there) {
      const o = there('input');
      if (!o) return [];
      const mean = total(o, (each) => each) / o.length;
      const square = total(o, (each) => (each - mean) ** 2);
      const [σ, σ1] = [Math.sqrt(square / o.length), Math.sqrt(square / (o.length - 1))];
      const all = [
        [1 / σ, -mean / σ],
        [1 / σ1, -mean / σ1],
        [1, -mean],
        [2, -1],
        [1 / 255, 0],
        [255, 0],
        [2, 0],
        [0.5, 0],
      ];
      return all.filter((each) => each.every(Number.isFinite));
    },
    found: ([k, shift]) => `It is ${digits(k)} of the recorded, and ${digits(shift)} more.`,
  },
  'weights-after-step: The weights were recorded after the optimiser’s step.': beforeStep((dw) => dw),
  'weights-after-adam: The weights were recorded after the first step of Adam.': beforeStep(Math.sign),
});

function ofRecurrent(what: string, change: (values: Floats) => Floats): Change {
  return {
    concerns: (stage, model) =>
      ['current', 'backward', 'drecurrent'].includes(partOf(stage)) &&
      layerOf(model, stage).recurrent !== undefined,
    input: (values, key) => (key.endsWith(what) ? change(values) : values),
    // The gradient of transposed weights is by those that are stated.
    output: (values, key) => (change === turned && key.endsWith('.drecurrent') ? turned(values) : values),
  };
}

/** Another layer with as many weights. */
const likeOf = (model: SurrogateModel, { n }: Stage): SurrogateLayer | undefined => {
  const { from, to } = layerOf(model, { n }).synapse;
  return model.layers.find(
    (each) =>
      each.n !== n &&
      neuronsOf(each.synapse.from) === neuronsOf(from) &&
      neuronsOf(each.synapse.to) === neuronsOf(to),
  );
};

/** y of the surrogate, in units that a mistake takes it in. */
const distances = (of: (y: number, θ: number) => number, isOf = (_θ: number): boolean => true): Change => ({
  concerns: (stage, model) => partOf(stage) === 'distance' && isOf(layerOf(model, stage).layer.neuron.θ),
  output: (values, _key, stage, model) => {
    const { θ } = layerOf(model, stage).layer.neuron;
    return mapped(values, (y) => of(y, θ));
  },
});

const half = (terms: SurrogateTerms, at: Partial<Term>, sign = 1): SurrogateTerms =>
  terms.map((term) => ({
    ...term,
    h: sign * term.h,
    from: Math.max(term.from ?? -Infinity, at.from ?? -Infinity),
    to: Math.min(term.to ?? Infinity, at.to ?? Infinity),
  }));

const ofSurrogates = rowsOf<SurrogateModel>(['surrogate'], {
  'surrogate-of-potential: The surrogate is of u, and not of u − θ.': distances((y, θ) => y + θ),
  'surrogate-around-one: The surrogate is of u − 1, and not of u − θ.': distances(
    (y, θ) => y + θ - 1,
    (θ) => θ !== 1,
  ),
  'surrogate-in-units-of-threshold: The surrogate is of (u − θ)/θ.': distances(
    (y, θ) => y / θ,
    (θ) => θ !== 1,
  ),
  'surrogate-one-step-late: The surrogate is of the potential of the step before.': makes(
    'distance',
    (y, _key, stage, model) => {
      const { θ } = layerOf(model, stage).layer.neuron;
      const map = y.length / model.T;
      return mapped(y, (_, i) => (i < map ? -θ : y[i - map]));
    },
  ),
  'surrogate-above-alone: The surrogate is 0 below the threshold.': surrogates((terms) =>
    half(terms, { from: 0 }),
  ),
  'surrogate-below-alone: The surrogate is 0 above the threshold.': surrogates((terms) =>
    half(terms, { to: 0 }),
  ),
  'surrogate-sign-below: The surrogate has the other sign below the threshold.': surrogates((terms) => [
    ...half(terms, { to: 0 }, -1),
    ...half(terms, { from: 0 }),
  ]),
  'surrogate-sign-above: The surrogate has the other sign above the threshold.': surrogates((terms) => [
    ...half(terms, { to: 0 }),
    ...half(terms, { from: 0 }, -1),
  ]),
  'surrogate-not-squared: The surrogate lacks its square: h/(1 + k·|y|).': surrogates((terms) =>
    terms.some(({ form }) => form === 'superSpike' || form === 'arctan')
      ? terms.map((term) => ({ ...term, form: 'reciprocal' }))
      : undefined,
  ),
  'surrogate-times-slope: The surrogate is multiplied by its steepness.': surrogates((terms) =>
    terms.map((term) => ({ ...term, h: term.h * term.k })),
  ),
  'surrogate-not-periodic: The surrogate is not periodic above the threshold.': surrogates((terms) =>
    terms.some(({ form }) => form === 'periodic')
      ? terms.filter(({ form }) => form === 'exponential').map(({ to: _to, ...term }) => term)
      : undefined,
  ),
  'surrogate-of-current: The surrogate is of what enters, and not of the potential.': {
    concerns: (stage) => partOf(stage) === 'distance',
    wire: (key, stage) => (/\.(mem|u|charged)$/.test(key) ? keyOf(stage.n, 'current') : key),
  },
  'surrogate-box-twice: The box of the surrogate is twice as high.': surrogates((terms) =>
    terms.some(({ form }) => form === 'box') && terms.length > 1
      ? terms.map((term) =>
          term.form === 'box'
            ? {
                ...term,
                h:
                  2 * term.h +
                  total(
                    terms.filter(({ form }) => form === 'constant').map(({ h }) => h),
                    (h) => h,
                  ),
              }
            : term,
        )
      : undefined,
  ),
  'surrogate-branch-everywhere: A branch of the surrogate is added where it does not hold.': surrogates(
    (terms) =>
      terms.some(({ from, to }) => from !== undefined && to !== undefined)
        ? terms.map(({ from, to, ...term }) =>
            from !== undefined && to !== undefined
              ? term
              : { ...term, ...(from !== undefined && { from }), ...(to !== undefined && { to }) },
          )
        : undefined,
  ),
  'surrogate-missing: The surrogate is 0, or the spikes are detached.': surrogates(() => []),
  'surrogate-of-fired: The surrogate is multiplied by the spikes.': {
    concerns: (stage) => partOf(stage) === 'surrogate',
    stage: (stage) =>
      stage.kind !== 'point'
        ? undefined
        : {
            ...stage,
            reads: [...stage.reads, keyOf(stage.n, 'spikes')],
            wide: [8, 0],
            f: (args, precision) => [mapped(stage.f([args[0]], precision)[0], (s, i) => s * args[1][i])],
          },
  },
  ...Object.fromEntries(
    Object.entries(namedSurrogates)
      .filter(([, { terms }]) => terms({}, 1).length > 0)
      .map(([name, { defaults, terms }]) => [
        `surrogate=${name}: The surrogate is ${name}${
          Object.keys(defaults).length > 0
            ? ` with ${Object.entries(defaults)
                .map(([key, value]) => `${key} ${value}`)
                .join(', ')}`
            : ''
        }.`,
        surrogates((own, { θ }) => {
          const other = terms(defaults, θ);
          return JSON.stringify(other) === JSON.stringify(own) ? undefined : other;
        }),
      ]),
  ),
});

const fittedOfSurrogates = rowsOf<SurrogateModel>(['surrogate'], {
  'surrogate-steepness: The surrogate is steeper, or less steep.': {
    ...surrogates((terms, _, k) => terms.map((term) => ({ ...term, k: term.k * k }))),
    usual: usualFactors,
    found: ([k]) => `Its steepness is ${digits(k)} of the stated one.`,
  },
  'surrogate-height: The surrogate is higher, or lower.': {
    ...surrogates((terms, _, k) => terms.map((term) => ({ ...term, h: term.h * k }))),
    usual: usualFactors,
    found: ([k]) => `It is ${digits(k)} of the stated one.`,
  },
  'surrogate-width: The surrogate is wider or narrower, and as much lower or higher.': {
    ...surrogates((terms, _, k) => terms.map((term) => ({ ...term, h: term.h * k, k: term.k * k }))),
    usual: usualFactors,
    found: ([k]) => `Both are ${digits(k)} of the stated ones.`,
  },
  'surrogate-limited: The surrogate has a greatest value.': {
    ...makes('surrogate', (s, _key, _stage, _model, [k]) => mapped(s, (value) => Math.min(k, value))),
    usual: () => [0.1, 0.2, 0.25, 0.3, 0.5, 1].map((k) => [k]),
    found: ([k]) => `It is ${k}.`,
  },
});

const ofGradients = rowsOf<SurrogateModel>(['backward'], {
  'spikes-detached: The gradient of the layers behind does not reach the spikes: they are detached.': makes(
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
    concerns: (stage, model) => partOf(stage) === 'factors' && layerOf(model, stage).layer.neuron.α !== 0,
  },
  'recurrent-detached: The spikes that come back are detached.': {
    ...reads('backward', '.recurrent', zero),
    concerns: (stage, model) => partOf(stage) === 'backward' && layerOf(model, stage).recurrent !== undefined,
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
  'pool-to-all: A maximum pool sends its gradient to all that are greatest.': ofWinners((isMost) => isMost),
  'pool-to-last: A maximum pool sends its gradient to the last that is greatest.': ofWinners(
    (isMost, isLast) => isMost && isLast,
  ),
  'dw-transposed: The gradient is transposed.': {
    ...makes('dw', turned),
    concerns: (stage, model) => partOf(stage) === 'dw' && isSquare(layerOf(model, stage)),
  },
  'dw-of-first-sample: The gradient is of the first sample alone.': ofSums((d, { B, T }) => {
    const size = d.length / (T * B);
    return mapped(d, (each, i) => (Math.floor(i / size) % B === 0 ? each : 0));
  }),
  'dw-of-last-step: The gradient is of the last step alone.': ofSums((d, model) =>
    stepsFrom(d, model, (t) => (t === model.T - 1 ? t : -1)),
  ),
  'dw-one-step-late: The gradient takes the spikes of the step before.': {
    concerns: (stage) => partOf(stage) === 'dw',
    input: (values, key, _stage, model) =>
      key.endsWith('dcurrent') ? values : stepsFrom(values, model, (t) => t - 1),
  },
  'db-missing: The gradient of the bias is missing.': makes('db', zero),
});

/** What the gradients of weights and biases are summed of. */
function ofSums(change: (d: Floats, model: SurrogateModel) => Floats): Change {
  return {
    concerns: (stage) => ['dw', 'db'].includes(partOf(stage)),
    input: (values, key, _stage, model) => (key.endsWith('dcurrent') ? change(values, model) : values),
  };
}

function ofWinners(takes: (isMost: boolean, isLast: boolean) => boolean): Change {
  return {
    concerns: (stage, model) =>
      /^unfrom|^unpooled/.test(stage.id) && stage.reads.length > 1 && model.layers.length > 0,
    stage(stage, model) {
      const [, what, n] = /^un(from|pooled)\.\d+\.(\d+)$/.exec(stage.id) ?? [];
      const layer = model.layers[Number(n) - 1];
      const place = Number(stage.id.split('.')[1]) - 1;
      const pool = (what === 'from' ? layer.before : layer.within)[place];
      const source =
        place > 0
          ? keyOf(layer.n, `${what}.${place}`)
          : what === 'from'
            ? keyOf(layer.n - 1, 'spikes')
            : keyOf(layer.n, 'current');
      if (stage.kind !== 'sum') return undefined;
      return {
        ...stage,
        reads: [stage.reads[0], source],
        selects: [1],
        f: ([d, o]) => unpooledTo(pool, d, o, takes),
      };
    },
  };
}

/** ∂L/∂(what a pool read), where others than the first of equal ones get it. */
function unpooledTo(
  { size, from, to }: SurrogateLayer['before'][number],
  d: Floats,
  o: Floats,
  takes: (isMost: boolean, isLast: boolean) => boolean,
): Float64Array {
  const out = new Float64Array(o.length);
  for (let at = 0; at < d.length; at++) {
    const [x, y] = [at % to.width, Math.floor(at / to.width) % to.height];
    const map = Math.floor(at / (to.width * to.height));
    const inputs = Array.from(
      { length: size * size },
      (_, i) => (map * from.height + y * size + Math.floor(i / size)) * from.width + x * size + (i % size),
    );
    const most = Math.max(...inputs.map((i) => o[i]));
    const last = inputs.filter((i) => o[i] === most).at(-1);
    for (const i of inputs) if (takes(o[i] === most, i === last)) out[i] = d[at];
  }
  return out;
}

const fittedOfGradients = rowsOf<SurrogateModel>(['backward'], {
  'time-cut: Backpropagation through time is cut every few steps.': {
    ...makes('factors', (values, key, _stage, model, [k, early]) =>
      /\.(P|keeps)$/.test(key) && values.length % model.T === 0
        ? stepsFrom(values, model, (t) => ((t + 1 + early) % k === 0 ? -1 : t))
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
    concerns: (stage) => partOf(stage) === 'dw',
    stage: (stage, model, [k]) =>
      stage.kind !== 'sum'
        ? undefined
        : {
            ...stage,
            reads: [...stage.reads, keyOf(stage.n, 'weight')],
            f: ([d, o, W]) => {
              const { T, B } = model;
              const own = layerOf(model, stage);
              return computedW(own.synapse, [d, o], { T, B, late: lateOf(own) }).map(
                (each, i) => each + k * W[i],
              );
            },
          },
    fit: ({ got, right, there, stage }) => {
      const [key] = stage.writes;
      const [own, W] = [got(key), there(keyOf(stage.n, 'weight'))];
      if (!own || !W || partOf(stage) !== 'dw') return [];
      return agreed(Array.from(right(key).v, (each, i) => (own[i] - each) / W[i]));
    },
    found: ([k]) => `It is ${digits(k)} of the weights.`,
  },
  'gradient-clipped: Each number of the gradient is clipped.': {
    concerns: (stage) => ['dw', 'db', 'drecurrent', 'drecurrent_bias'].includes(partOf(stage)),
    isOwn: true,
    output: (values, _key, _stage, _model, [k]) =>
      mapped(values, (value) => Math.max(-k, Math.min(k, value))),
    fit: ({ got, stage }) => {
      const own = got(stage.writes[0]);
      return own && largest(own) > 0 ? [[largest(own)]] : [];
    },
    found: ([k]) => `None is above ${digits(k)}.`,
  },
  'gradient-times: The gradient is multiplied by one factor, as if the loss were.': {
    concerns: (stage) => ['dw', 'db', 'drecurrent', 'drecurrent_bias'].includes(partOf(stage)),
    isOwn: true,
    output: (values, _key, _stage, _model, [k]) => mapped(values, (value) => k * value),
    fit(seen) {
      const [own] = factorOf(seen);
      if (!own) return [];
      return [lossFactors(seen.model).find(([k]) => Math.abs(k / own - 1) < 1e-4) ?? [own]];
    },
    found: ([k]) => `It is ${digits(k)}.`,
  },
});

const ofLosses = rowsOf<SurrogateModel>(['loss', 'backward'], {
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
        } satisfies Change,
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

function labelsAs(of: (label: Floats, i: number, C: number) => number): Change {
  return {
    concerns: (stage, { loss }) => loss !== undefined && stage.reads.includes('label'),
    input: (values, key, _stage, { layers }) =>
      key === 'label'
        ? mapped(values, (_each, i) => of(values, i, layers[layers.length - 1].layer.size))
        : values,
  };
}

function readsOfLoss(change: (values: Floats, model: SurrogateModel) => Floats): Change {
  return {
    concerns: (stage, { loss }) =>
      loss !== undefined && ['loss.read', `gradient.${stage.n}`].includes(stage.id),
    input: (values, key, _stage, model) => (/spikes$|mem$/.test(key) ? change(values, model) : values),
    output: (values, key, _stage, model) => (/dspikes$|dmem$/.test(key) ? change(values, model) : values),
  };
}

const fittedOfLosses = rowsOf<SurrogateModel>(['loss'], {
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

const ofFormats: Row[] = [
  ['binary16', 11, 'binary16'],
  ['bfloat16', 8, 'bfloat16'],
].map(([id, bits, name]) => ({
  id: `${id}`,
  bits: Number(bits),
  stages: ['current', 'neuron', 'backward'],
  says: `Its numbers are of ${name}.`,
}));

const rows: readonly Row[] = [
  ...ofNeurons,
  ...ofStates,
  ...ofCurrents,
  ...ofSurrogates,
  ...ofGradients,
  ...ofLosses,
  ...fittedOfNeurons,
  ...fittedOfCurrents,
  ...fittedOfSurrogates,
  ...fittedOfGradients,
  ...fittedOfLosses,
  ...ofFormats,
];

/** The rows of a model: each in all layers, and, where there are several, in one alone. */
export function mistakesOf({ layers }: SurrogateModel): Row[] {
  if (layers.length < 2) return [...rows];
  const alone = rows.filter(({ bits, stages }) => bits === undefined && !stages.includes('loss'));
  return [
    ...rows,
    ...layers.flatMap(({ n }) =>
      alone.map((row): Row => ({
        ...row,
        id: `${row.id}@${n}`,
        isAlone: true,
        says: `${row.says} In layer ${n} alone.`,
        concerns: (stage, model) => stage.n === n && row.concerns?.(stage, model) !== false,
      })),
    ),
  ];
}
