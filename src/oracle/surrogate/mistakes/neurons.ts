/** Mistakes of neurons: in constants, resets and initial states, and in the form, height, steepness or place of surrogates. */
import { precisionOf, type Floats } from '../../../../spec/arithmetic.ts';
import type { TrainedNeuron } from '../../../../spec/frameworks.ts';
import {
  namedSurrogates,
  surrogateOf,
  type SurrogateTerms,
  type Term,
} from '../../../../spec/surrogateForms.ts';
import { neuronAt, spikesOf } from '../../../../spec/surrogateGradient.ts';
import { digits, largest, range } from '../../../engine/rounding.ts';
import type { Stage } from '../../../engine/stage.ts';
import { entriesOf } from '../../../keysOf.ts';
import { isOff } from '../../judge.ts';
import { firstWrongStep, leastNear, lowest, middleOf, ofKind, rowsOf, stepsFrom } from '../../rows.ts';
import { comparedOf, dEnters, enters, hasSynapse, keyOf, type SurrogateModel } from '../model.ts';
import { currentsShown, gradientsShown } from '../shown.ts';
import {
  answer,
  except,
  firing,
  isNormal,
  layerOf,
  makes,
  mapped,
  neurons,
  nameOf,
  ofNeuron,
  surrogates,
  zero,
  type SeenSurrogate,
  type SurrogateChange,
  type SurrogateRow,
} from './changes.ts';

/** Recorded arrays of neurons: potentials, input and spikes. */
function recordedOf({ there, model, stage }: SeenSurrogate) {
  const { n, layer } = layerOf(model, stage);
  const [mem, x, e] = [keyOf(n, 'mem'), stage.reads[0], keyOf(n, 'spikes')].map((key) => there(key));
  return { mem, x, e, neuron: layer.neuron };
}

/** Recorded potentials that follow from the step before without a reset: each with the potential and the input that it follows from. */
function followers(seen: SeenSurrogate): { i: number; u: number; before: number; x: number }[] {
  const { mem, x, e, neuron } = recordedOf(seen);
  if (!mem || !x || nameOf(seen.stage) !== 'neuron') return [];
  const map = mem.length / seen.model.T;
  const found = [];
  for (let i = map; i < mem.length; i++)
    if (!e || e[neuron.recorded === 'compared' ? i - map : i] === 0)
      found.push({ i, u: mem[i], before: mem[i - map], x: x[i] });
  return found;
}

/** The median of the finite numbers, to six digits. */
export function agreed(numbers: readonly number[]): number[][] {
  const middle = middleOf(numbers);
  return middle === undefined ? [] : [[Number(middle.toPrecision(6))]];
}

/** The potential to which u leaks; c is this potential times 1 − λ. */
const restOf = ({ λ, c }: TrainedNeuron): number => (λ === 1 ? 0 : c / (1 - λ));

/**
 * λ fitted to potentials; if neurons have decays of their own, also one λ for each. The gain is as stated or, if `isGainToo`,
 * 1 − λ. If `isRestKept`, the potential to which u leaks is as stated; otherwise, c is as stated.
 */
function leaksOf(seen: SeenSurrogate, isGainToo: boolean, isRestKept = true): number[][] {
  const { layer } = layerOf(seen.model, seen.stage);
  const { size, each = [] } = layer;
  const pairs = followers(seen).map(({ i, u, before, x }) => {
    const { g, c, ...own } = neuronAt(layer, i);
    const rest = isRestKept ? restOf({ ...own, g, c }) : 0;
    const over = before - rest - (isGainToo ? x : 0);
    return { i, over, left: u - rest - (isRestKept ? 0 : c) - (isGainToo ? x : g * x) };
  });
  const own = each.map(({ λ }, k) => quotientsOf(pairs.filter(({ i }) => i % size === k))[0]?.[0] ?? λ);
  // Of few numbers, each neuron has a λ that fits by chance.
  const all = own.length > 0 && pairs.length >= 4 * own.length ? [[], own] : [[]];
  return quotientsOf(pairs).flatMap(([k]) => all.map((ks) => [k, Number(isRestKept), ...ks]));
}

/**
 * The factor on the length of a step, from the potentials of the first step. In this step, the synaptic current is only the
 * input, whatever its decay.
 */
function timeStepsOf(seen: SeenSurrogate): number[][] {
  const { mem, x, e, neuron } = recordedOf(seen);
  const entry = layerOf(seen.model, seen.stage);
  const entered = seen.there(enters(entry));
  if (!mem || !x || !entered || nameOf(seen.stage) !== 'neuron') return [];
  const { λ, α, g, c, start, recorded } = neuron;
  const isPower = isExponential(entry.name);
  const found = [];
  for (let i = 0; i < mem.length / seen.model.T; i++) {
    const step = isPower ? entered[i] : g * x[i] + c - (1 - λ) * start;
    if ((recorded === 'compared' || e?.[i] === 0) && step !== 0) found.push((mem[i] - start) / step);
  }
  const [[share] = []] = agreed(found);
  if (!isPower || share === undefined) return agreed(found);
  // In the first step, the share α·(1 − λ) or α of an input arrives. Two lengths of a step give the same share, one on each
  // side of the maximum.
  const arrives = (power: number): number => {
    const k = Math.exp(power);
    return α ** k * (g === 1 ? 1 : 1 - λ ** k);
  };
  const top = lowest((power) => -arrives(power), -5, 5);
  return [
    [-5, top],
    [top, 5],
  ].map(([from, to]) => [
    Number(Math.exp(lowest((power) => Math.abs(arrives(power) - share), from, to)).toPrecision(6)),
  ]);
}

/** Whether the length dt of a step is an exponent of the decays, as in e^(−dt/τ), and not a factor of 1 − λ. */
const isExponential = (name: string): boolean => name.startsWith('sinabs.');

/** The decay α of synaptic currents, from the currents that the potentials of successive steps imply. */
function synapsesOf({ model, stage, there }: SeenSurrogate): number[][] {
  const entry = layerOf(model, stage);
  const { neuron } = entry.layer;
  const x = there(enters(entry));
  const I = nameOf(stage) === 'neuron' && neuron.α !== 0 ? currentsShown(model, entry, there)?.I : undefined;
  if (!I || !x) return [];
  const { α, a } = neuron;
  const map = I.length / model.T;
  // Sinabs also multiplies the input by α.
  const pairs = Array.from(I.subarray(map), (now, k) =>
    a === α ? { over: I[k] + x[k + map], left: now } : { over: I[k], left: now - a * x[k + map] },
  ).filter(({ over, left }) => Number.isFinite(over + left));
  return quotientsOf(pairs);
}

/** The median quotient of the pairs whose divisor is not small. */
export function quotientsOf(pairs: readonly { readonly over: number; readonly left: number }[]): number[][] {
  const most = largest(pairs.map(({ over }) => over));
  return agreed(pairs.filter(({ over }) => Math.abs(over) > most / 8).map(({ over, left }) => left / over));
}

const leakText = ([k, , ...each]: readonly number[]): string =>
  `λ ${each.length > 0 ? 'of each neuron ' : ''}is ${(each.length > 0 ? each : [k]).slice(0, 4).map(digits).join(', ')}${each.length > 4 ? ', …' : ''}.`;

/** Leaks that are often used by mistake. */
const usualLeaks = ({ layers }: SurrogateModel): number[][] =>
  except(
    NaN,
    layers.flatMap(({ layer: { neuron } }) => {
      const { λ } = neuron;
      const steps = [2, 1 / 2].map((k) => 1 - (1 - λ) * k);
      const forms = [Math.exp(λ - 1), 1 + Math.log(λ), λ ** 2, Math.sqrt(λ)];
      return [0.5, 0.9, 0.95, 0.99, 1, 1 - λ, ...steps, ...forms];
    }),
  ).filter(([λ]) => λ > 0 && λ <= 1);

/** A threshold between the silent and the firing potentials, if there is one. */
function thresholdsOf({ model, stage, there }: SeenSurrogate): number[][] {
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

/** The number with the fewest decimals between two numbers. */
function shortest(low: number, high: number): number {
  const middle = (low + high) / 2;
  for (let decimals = 0; decimals < 12; decimals++) {
    const value = Number(middle.toFixed(decimals));
    if (value > low && value <= high) return value;
  }
  return middle;
}

/** For each neuron and sample: by how much the potential before the first step exceeds the stated one. */
function leftOf(seen: SeenSurrogate): number[][] {
  const { mem, x, e, neuron } = recordedOf(seen);
  if (!mem || !x || neuron.λ === 0) return [];
  const left = Array.from({ length: mem.length / seen.model.T }, (_, i) => {
    const fired = neuron.recorded === 'between' && e ? e[i] : 0;
    // A potential that a reset has replaced shows only that the neuron fired.
    const isSet = fired > 0 && neuron.reset !== 'subtract';
    const u = isSet ? neuron.θ * (fired + 0.5) : mem[i] + fired * neuron.subtracts;
    return (u - neuron.g * x[i] - neuron.c) / neuron.λ - neuron.start;
  });
  return left.every(Number.isFinite) ? [left] : [];
}

/**
 * What a state before the first step adds to synaptic currents: the numbers added in step 0, then the numbers added in step 1.
 * In later steps, the numbers of step 1 decay by α.
 */
function keptCurrentsOf({ model, stage, there, right, got }: SeenSurrogate): number[][] {
  const entry = layerOf(model, stage);
  const [I, x] = [currentsShown(model, entry, there)?.I, there(stage.reads[0])];
  if (!I || !x) return [];
  const { T, B } = model;
  const map = B * entry.layer.size;
  // A state that was left shows in the first step.
  const isShown = stage.writes.some((key) => {
    const [its, { v, r }] = [got(key), right(key)];
    return its !== undefined && range(map).some((i) => isOff(its[i], v[i], r?.[i] ?? 0));
  });
  if (!isShown) return [];
  const left = Array.from({ length: 2 * map }, (_, i): number => {
    const { α, θ, g, c, λ, start } = neuronAt(entry.layer, i);
    // A potential that comes from a reset shows only that the neuron fired.
    const more = (at: number, before: number): number =>
      (Number.isNaN(I[at]) ? (1.5 * θ - c - λ * before) / g : I[at]) - x[at];
    if (i < map) return more(i, start);
    const later = Array.from({ length: T - 1 }, (_each, t) => i + t * map);
    const shown = later.findIndex((at) => Number.isFinite(I[at]));
    const all = later.map((at, t) => more(at, 0) / α ** t);
    return shown < 0 ? Math.max(...all) : all[shown];
  });
  return left.every(Number.isFinite) ? [left] : [];
}

/** Replaces the reset. If it is not in the same step as the spike, the overshoot above θ stays. */
const resets = (
  reset: TrainedNeuron['reset'],
  resetWhen: TrainedNeuron['resetWhen'],
  more: Partial<TrainedNeuron> = {},
): SurrogateChange =>
  answer({ reset, resetWhen, ...(resetWhen !== 'sameStep' && { overshoot: 'stays' }), ...more });

/** An array of a stage with its steps in reverse order; an array without steps stays the same. */
function reversed(values: Floats, key: string, stage: Stage, model: SurrogateModel): Floats {
  const hasSteps = values.length > layerOf(model, stage).layer.size && !key.endsWith('.recurrent');
  return hasSteps ? stepsFrom(values, model.T, (t) => model.T - 1 - t) : values;
}

export const leaksExchanged = neurons((neuron) => {
  const { α, λ, a } = neuron;
  if (α === 0 || α === λ) return undefined;
  return { α: λ, λ: α, ...(isNormal(neuron) && { g: 1 - α }), a: a === α ? λ : a };
});

export const ofNeurons = rowsOf<SurrogateModel>(['neuron', 'surrogate', 'backward'], {
  'reset=none: Its neurons are not reset.': answer({ reset: 'none' }),
  'reset=zero: A spike sets the potential to 0 before the next leak: what arrives then is kept.': resets(
    'zero',
    'beforeLeak',
  ),
  'reset=zeroAfterLeak: A spike sets the potential of the next step to 0: what arrives then is dropped.':
    resets('zero', 'afterLeak'),
  'reset=zeroSameStep: A spike sets the potential to 0 in the same step.': resets('zero', 'sameStep'),
  'reset=vReset: A spike sets the potential to v_reset in the same step.': resets('vReset', 'sameStep'),
  'reset=subtract: A spike subtracts θ in the next step, after the leak.': resets('subtract', 'afterLeak'),
  'reset=subtractBeforeLeak: A spike subtracts θ before the next leak, and so λ·θ.': resets(
    'subtract',
    'beforeLeak',
  ),
  'reset=subtractSameStep: A spike subtracts θ in the same step.': resets('subtract', 'sameStep'),
  'reset=subtractNoDelay: A spike subtracts θ in the same step, as reset_delay=False does.': resets(
    'subtract',
    'sameStep',
    { overshoot: 'afterLeak', recorded: 'between', resetGradient: 'flows' },
  ),
  'reset-subtracts-one: A spike subtracts 1, and not θ.': firing(({ subtracts }) =>
    subtracts === 1 ? undefined : { subtracts: 1 },
  ),
  'surrogate-adds-one: The surrogate takes the recorded potential plus 1, and not plus θ, for each spike.': {
    ...firing(() => ({ subtracts: 1 })),
    concerns: (stage) => nameOf(stage) === 'charged',
  },
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
  'constants-exchanged: The leaks of the synapse and of the potential are exchanged.': leaksExchanged,
  'no-synapse: The synapse keeps nothing of its current.': neurons(({ α, a }) =>
    α === 0 ? undefined : { α: 0, a: a === α ? 1 : a },
  ),
  'synapse-takes-potential: The synapse goes on with the potential, and not with its own current.': neurons(
    ({ α, λ }) => (α === 0 ? undefined : { α: 0, λ: λ + α }),
  ),
  'state-forgotten: Each step starts from rest: the state of the step before is not handed on.': neurons(
    ({ λ, resetWhen }) =>
      λ === 0 ? undefined : { λ: 0, α: 0, ...(resetWhen !== 'sameStep' && { reset: 'none' }) },
  ),
  'surrogate=afterReset: The surrogate is of the potential after the reset.': answer({
    surrogateAt: 'afterReset',
  }),
  'resetGradient=flows: The spike in the reset is not detached.': answer({ resetGradient: 'flows' }),
  'resetGradient=detached: The spike in the reset is detached.': answer({ resetGradient: 'detached' }),
  'resetGradient=half: Half of the reset is detached.': answer({ resetGradient: 'half' }),
  'time-reversed: Its neurons run from the last step to the first: a state comes from the step after.': {
    concerns: (stage) => ofNeuron.includes(nameOf(stage)),
    input: reversed,
    output: reversed,
    isFree: true,
  },
  'threshold: The threshold is another.': {
    ...firing(({ θ, subtracts }, k) => ({ θ: k, ...(subtracts === θ && { subtracts: k }) })),
    fit: thresholdsOf,
    usual: usualThresholds,
    found: ([k]) => `It is ${digits(k)}.`,
  },
  'state-starts: All potentials start at one value, and not at the stated one: another constant, or a state that was left over.':
    {
      ...neurons((_, k) => ({ start: k })),
      usual: () => [[0]],
      fit: (seen) =>
        leftOf(seen).flatMap((left) => agreed(left.map((k) => k + recordedOf(seen).neuron.start))),
      found: ([k]) => `It is ${digits(k)}.`,
    },
  'leak: The potential leaks by another factor.': {
    ...neurons((neuron, k) => ({
      λ: k,
      c: restOf(neuron) * (1 - k),
      ...(isNormal(neuron) && { g: 1 - k }),
    })),
    fit: (seen) => leaksOf(seen, isNormal(layerOf(seen.model, seen.stage).layer.neuron)),
    usual: usualLeaks,
    found: leakText,
  },
  'time-step: The time step is another.': {
    // If the time step changes λ alone, or λ and a gain of 1 − λ, the mistake is `leak`.
    ...neurons((neuron, k, name) => {
      const { λ, α, a } = neuron;
      const isPower = isExponential(name);
      if (α === 0 && (isPower || !isNormal(neuron))) return undefined;
      const after = (decay: number): number => (isPower ? decay ** k : 1 - (1 - decay) * k);
      return {
        λ: after(λ),
        ...(α !== 0 && { α: after(α), ...(a === α && { a: after(α) }) }),
        ...(isNormal(neuron) && { g: 1 - after(λ), c: restOf(neuron) * (1 - after(λ)) }),
      };
    }),
    usual: () => [0.5, 2, 0.1, 10].map((k) => [k]),
    fit: timeStepsOf,
    found: ([k]) => `It is ${digits(k)} of the stated one.`,
  },
  'synapse-leak: The current of the synapse decays by another factor.': {
    ...neurons(({ α, a }, k) => (α === 0 ? undefined : { α: k, a: a === α ? k : a })),
    fit: synapsesOf,
    found: ([k]) => `α is ${digits(k)}.`,
  },
  'leak-alone: The potential leaks by another factor, and its gain is the stated one.': {
    // With a second parameter, the potential to which u leaks is as stated; otherwise, c is.
    ...neurons((neuron, k, _, isRestKept) =>
      isNormal(neuron) ? { λ: k, ...(isRestKept && { c: restOf(neuron) * (1 - k) }) } : undefined,
    ),
    fit: (seen) => [false, true].flatMap((isRestKept) => leaksOf(seen, false, isRestKept)),
    usual: usualLeaks,
    found: leakText,
  },
}).map((row): SurrogateRow => {
  // Rows with an answer in their id are choices.
  const [question, other] = row.id.split('=');
  return other ? { ...row, choices: { [question]: other } } : row;
});

/** The first step that differs, as the step or the period at which a state begins anew. At step 1, the first step is dropped. */
function droppedOf(seen: SeenSurrogate): number[][] {
  const from = firstWrongStep(seen);
  return from > 1 && from < seen.model.T
    ? [0, 1].flatMap((every) => [0, 1].map((late) => [from, every, late]))
    : [];
}

export const ofStates = rowsOf<SurrogateModel>(['neuron', 'backward'], {
  'state-kept: It does not start from rest, as if the batch before, steps under no_grad(), or the sample before had left its state.':
    {
      concerns: (stage) => nameOf(stage) === 'neuron',
      input: (values, _key, stage, model, k) => {
        const { layer } = layerOf(model, stage);
        const { λ, g } = layer.neuron;
        if (!hasSynapse(layerOf(model, stage)))
          return mapped(values, (x, i) => x + (i < k.length ? (λ * k[i]) / g : 0));
        const map = values.length / model.T;
        const later = (i: number): number =>
          (k[map + (i % map)] ?? 0) * neuronAt(layer, i).α ** (Math.floor(i / map) - 1);
        return mapped(values, (x, i) => x + (i < map ? (k[i] ?? 0) : later(i)));
      },
      fit: (seen) => (hasSynapse(layerOf(seen.model, seen.stage)) ? keptCurrentsOf(seen) : leftOf(seen)),
    },
  'state-dropped: The state begins anew in the middle of the window.': {
    concerns: (stage) => ['synapse', 'neuron'].includes(nameOf(stage)),
    stage: ofKind('neuron', (stage, _, [from, isEvery, isLate]) => ({
      step(state, x, decide, t) {
        const isAnew = t > 0 && (isEvery ? t % from === 0 : t === from);
        if (isAnew)
          for (const [key, values] of entriesOf(stage.begin(precisionOf(state['u'])))) state[key].set(values);
        // With the state, an input is lost that the synapse has not taken yet.
        stage.step(state, isAnew && isLate && nameOf(stage) === 'synapse' ? zero(x) : x, decide, t);
      },
    })),
    fit: droppedOf,
    found: ([from, isEvery]) => (isEvery ? `It does so every ${from} steps.` : `It does so at step ${from}.`),
  },
  'spikes-rounded: A neuron sends u/θ spikes rounded to the nearest, and not down.': {
    concerns: (stage, model) =>
      nameOf(stage) === 'neuron' && layerOf(model, stage).layer.neuron.spikes === 'whole',
    stage: ofKind('neuron', (stage, model) => {
      const θ = (i: number): number => neuronAt(layerOf(model, stage).layer, i).θ;
      const sends = (u: number, i: number): number => stage.sends?.(u + θ(i) / 2, i) ?? 0;
      return {
        sends,
        step: (state, x, decide, t) => stage.step(state, x, (u, i) => decide(u, i, sends(u, i)), t),
      };
    }),
  },
  'states-exchanged: Each step takes the current of the synapse for the potential, and the potential for this current.':
    {
      concerns: (stage, model) =>
        ['neuron', 'backward'].includes(nameOf(stage)) && hasSynapse(layerOf(model, stage)),
      stage(stage, model) {
        const entry = layerOf(model, stage);
        if (stage.kind === 'sum')
          return {
            ...stage,
            f([P, F, G, keeps, ...rest], precision) {
              // ∂L/∂u of each step without the steps after it, times a.
              const δ = stage.f([zero(P), F, mapped(G, () => 1), zero(keeps), ...rest], precision);
              const [dx, map] = [zero(δ), δ.length / model.T];
              for (let i = δ.length - 1; i >= 0; i--) {
                δ[i] += keeps[i] * (dx[i + map] ?? 0);
                dx[i] = G[i % G.length] * δ[i] + P[i] * (δ[i + map] ?? 0);
              }
              return dx;
            },
          };
        if (stage.kind !== 'neuron') return undefined;
        return {
          ...stage,
          reads: [enters(entry)],
          step(state, x, decide, t) {
            const { u, I, e } = state;
            for (let i = 0; i < u.length; i++) {
              const neuron = neuronAt(entry.layer, i);
              [u[i], I[i]] = [I[i], neuron.α * u[i] + neuron.a * x[i]];
              e[i] = spikesOf(neuron, u[i]);
            }
            stage.step(state, I.slice(), decide, t);
          },
        };
      },
    },
  'synapse-reset: A spike also resets the current of the synapse.': {
    concerns: (stage, model) => nameOf(stage) === 'neuron' && hasSynapse(layerOf(model, stage)),
    usual: () => [0, 1].flatMap((late) => [0, 1].map((subtracted) => [subtracted, late])),
    stage: ofKind('neuron', (stage, model, [isSubtracted, isLate]) => ({
      begin(precision) {
        const state = stage.begin(precision);
        return { ...state, lost: zero(state['u']) };
      },
      step(state, x, decide, t) {
        const { lost, e } = state;
        const left = mapped(x, (I, i) => I - lost[i]);
        const before = e.slice();
        stage.step(state, left, decide, t);
        const spikes = isLate ? before : e;
        for (let i = 0; i < lost.length; i++) {
          const { α, subtracts } = neuronAt(layerOf(model, stage).layer, i);
          lost[i] = α * (lost[i] + (isSubtracted ? subtracts * spikes[i] : Math.min(1, spikes[i]) * left[i]));
        }
      },
    })),
    found: ([isSubtracted, isLate]) =>
      `It ${isSubtracted ? 'subtracts θ' : 'sets the current to 0'}${isLate ? ', one step later' : ''}.`,
  },
  'current-gated: No spike resets the potential: it is what enters that is multiplied by 1 − e of the step before.':
    {
      ...answer({ reset: 'none' }),
      stage: ofKind('neuron', ({ id, step }) => ({
        step(state, x, decide, t) {
          const isOpen = (i: number): boolean => id.startsWith('synapse') || state['e'][i] === 0;
          const entering = mapped(x, (each, i) => (isOpen(i) ? each : 0));
          step(state, entering, decide, t);
        },
      })),
    },
  'reset-of-all: Where one neuron of a sample fires, all are reset.': {
    concerns: (stage) => nameOf(stage) === 'neuron',
    stage: ofKind('neuron', ({ step }) => ({
      step(state, x, decide, t) {
        step(state, x, decide, t);
        if (state['e'].some((e: number) => e !== 0)) state['u'].fill(0);
      },
    })),
  },
});

// surrogates

/** Common wrong factors on the height or steepness of a surrogate, including those that yield the defaults of its form. */
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

/** Changes the y at which the surrogate is computed. */
const distances = (
  of: (y: number, θ: number) => number,
  isOf = (_θ: number): boolean => true,
): SurrogateChange => ({
  concerns: (stage, model) => nameOf(stage) === 'distance' && isOf(layerOf(model, stage).layer.neuron.θ),
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

/**
 * The slopes s that follow from recorded gradients, with y = u − θ. At most `mostShown` are returned, those with the most effect on
 * gradients.
 */
function slopesShown({ model, stage, there, got }: SeenSurrogate): { y: number; s: number }[] {
  const y = there(keyOf(stage.n, 'distance'));
  const isOf = nameOf(stage) === 'backward' && got(dEnters(layerOf(model, stage))) !== undefined;
  const shown = isOf && y ? gradientsShown(model, stage, there) : undefined;
  if (!shown || !y) return [];
  const { s, δ, fixed, size } = shown;
  return Array.from(s, (each, i) => ({ y: y[i], s: each, share: Math.abs(δ[i] - fixed[i]) / size[i] }))
    .filter((one) => Number.isFinite(one.s) && one.share > 0.1)
    .sort((one, other) => other.share - one.share)
    .slice(0, mostShown);
}

const mostShown = 256;

/** The factor with which this change of the surrogate yields the recorded slopes; empty if no factor does. */
const factorOfSlopes =
  (change: (terms: SurrogateTerms, k: number) => SurrogateTerms) =>
  (seen: SeenSurrogate): number[][] => {
    const shown = slopesShown(seen);
    const { surrogate } = layerOf(seen.model, seen.stage).layer;
    if (shown.length < fewShown) return [];
    const sum = (of: (one: (typeof shown)[number]) => number): number =>
      shown.reduce((all, one) => all + Math.abs(of(one)), 0);
    const size = sum(({ s }) => s);
    const off = (power: number): number => {
      const of = surrogateOf(change(surrogate, Math.exp(power)));
      return sum(({ y, s }) => of(y) - s) / size;
    };
    const powers = range(161).map((k) => Math.log(100) * (k / 80 - 1));
    const power = leastNear(off, powers);
    return off(power) < 1e-3 ? [[Number(Math.exp(power).toPrecision(6))]] : [];
  };

const fewShown = 4;

/** Changes surrogates by a factor, which is one of a list or fitted to the gradients. */
function scaledSurrogates(change: (terms: SurrogateTerms, k: number) => SurrogateTerms): SurrogateChange {
  const ratios = surrogates((terms, _, k) => change(terms, k));
  return {
    ...ratios,
    concerns: (stage, model) =>
      ratios.concerns?.(stage, model) === true ||
      (nameOf(stage) === 'backward' && layerOf(model, stage).layer.surrogate.length > 0),
    usual: usualFactors,
    fit: factorOfSlopes(change),
  };
}

export const ofSurrogates = rowsOf<SurrogateModel>(['surrogate'], {
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
  'surrogate-of-last-step: The surrogate is of the potential of the last step.': makes(
    'distance',
    (y, _key, _stage, { T }) => stepsFrom(y, T, () => T - 1),
  ),
  'surrogate-sign-below: The surrogate has the other sign below the threshold.': surrogates((terms) => [
    ...half(terms, { to: 0 }, -1),
    ...half(terms, { from: 0 }),
  ]),
  'surrogate-not-squared: The surrogate lacks its square: h/(1 + k·|y|).': surrogates((terms) =>
    terms.some(({ form }) => form === 'superSpike' || form === 'arctan')
      ? terms.map((term) => ({ ...term, form: 'reciprocal' }))
      : undefined,
  ),
  'surrogate-times-slope: The surrogate is multiplied by its steepness.': surrogates((terms) =>
    terms.map((term) => ({ ...term, h: term.h * term.k })),
  ),
  'surrogate-box-twice: The box of the surrogate is twice as high.': surrogates((terms) => {
    const below = terms.reduce((sum, { form, h }) => (form === 'constant' ? sum + h : sum), 0);
    return terms.some(({ form }) => form === 'box') && terms.length > 1
      ? terms.map((term) => (term.form === 'box' ? { ...term, h: 2 * term.h + below } : term))
      : undefined;
  }),
  'surrogate-branch-everywhere: A branch of the surrogate is added where it does not hold.': surrogates(
    (terms) => {
      const others = terms.map((term) => {
        const { from, to, ...everywhere } = term;
        return from === undefined || to === undefined ? term : everywhere;
      });
      return others.every((term, k) => term === terms[k]) ? undefined : others;
    },
  ),
  'surrogate-not-cut: The surrogate is not cut at 0: where it should be 0, it is negative.': surrogates(
    (terms) =>
      terms.some(({ form }) => form === 'triangle')
        ? terms.map((term) => (term.form === 'triangle' ? { ...term, form: 'tent' } : term))
        : undefined,
  ),
  'surrogate-missing: The surrogate is 0, or the spikes are detached.': surrogates(() => []),
  ...Object.fromEntries(
    Object.entries(namedSurrogates)
      .filter(([, { terms }]) => terms({}, 1).length > 0)
      .map(([name, { defaults, terms }]) => {
        const numbers = Object.entries(defaults).map(([key, value]) => `${key} ${value}`);
        const change = surrogates((ratios, { θ }) => {
          const other = terms(defaults, θ);
          return JSON.stringify(other) === JSON.stringify(ratios) ? undefined : other;
        });
        const text = numbers.length > 0 ? ` with ${numbers.join(', ')}` : '';
        return [`surrogate=${name}: The surrogate is ${name}${text}.`, change];
      }),
  ),
});

/** Surrogates with another factor. */
export const fittedOfSurrogates = rowsOf<SurrogateModel>(['surrogate', 'backward'], {
  'surrogate-steepness: The surrogate is steeper, or less steep.': {
    ...scaledSurrogates((terms, k) => terms.map((term) => ({ ...term, k: term.k * k }))),
    found: ([k]) => `Its steepness is ${digits(k)} of the stated one.`,
  },
  'surrogate-height: The surrogate is higher, or lower.': {
    ...scaledSurrogates((terms, k) => terms.map((term) => ({ ...term, h: term.h * k }))),
    found: ([k]) => `It is ${digits(k)} of the stated one.`,
  },
  'surrogate-width: The surrogate is wider or narrower, and as much lower or higher.': {
    ...scaledSurrogates((terms, k) => terms.map((term) => ({ ...term, h: term.h * k, k: term.k * k }))),
    found: ([k]) => `Both are ${digits(k)} of the stated ones.`,
  },
});
