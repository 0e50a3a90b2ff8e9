/** Mistakes of stage `neuron`: wrong integration, leaking, firing or reset; a wrong Vth or λ; wrong spikes. */
import type { Floats } from '../../../../spec/arithmetic.ts';
import type { Layer } from '../../../../spec/network.ts';
import { applyIntegration, applyResetAndLeak, isFiring, subtracts } from '../../../../spec/neuron.ts';
import type { Variant } from '../../../../spec/variant.ts';
import { roundTo, total } from '../../../engine/rounding.ts';
import { keyOf } from '../../keys.ts';
import type { Fitted, Seen } from '../../name.ts';
import type { Model } from '../model.ts';
import {
  digits,
  fires,
  isMean,
  layerOf,
  middleOf,
  networkIn,
  ofKind,
  replacing,
  rowsOf,
  TOf,
  type Change,
  type Row,
} from './rows.ts';

interface Neurons {
  readonly u: Floats;
  readonly o: Floats;
  readonly x: Floats;
  readonly layer: Layer;
  readonly variant: Variant;
  fire(): void;
}

type Step = (neurons: Neurons) => void;
type Condition = (layer: Layer, variant: Variant) => boolean;

const asVariant: Step = ({ u, o, layer, variant }) => applyResetAndLeak(u, o, layer, variant);
/** The reset of the variant, without a leak. */
const resetAlone: Step = ({ u, o, layer, variant }) => applyResetAndLeak(u, o, { ...layer, λ: 1 }, variant);

/** A step that changes each potential on its own. */
const mapped =
  (of: (u: number, fired: boolean, layer: Layer) => number): Step =>
  ({ u, o, layer }) => {
    for (let i = 0; i < u.length; i++) u[i] = of(u[i], o[i] !== 0, layer);
  };

const leak = mapped((u, _, { λ }) => λ * u);
const rectified = mapped((u) => Math.max(0, u));
const subtracted = mapped((u, fired, { Vth }) => (fired ? u - Vth : u));

const both =
  (one: Step, other: Step): Step =>
  (neurons) => {
    one(neurons);
    other(neurons);
  };

/** The reset and the leak of the variant, after which u is stored with `bits` significant bits. */
const storedIn = (bits: number): Step =>
  both(
    asVariant,
    mapped((u) => roundTo(u, bits)),
  );

/**
 * A step of neurons. `carry` resets and leaks: before integration if the variant resets in the next step, otherwise at the end.
 * `before` changes the potentials that are compared.
 */
const around =
  (carry: Step, before: Step = () => {}): Step =>
  (neurons) => {
    if (neurons.variant.reset === 'nextStep') carry(neurons);
    applyIntegration(neurons.u, neurons.x);
    before(neurons);
    neurons.fire();
    if (neurons.variant.reset !== 'nextStep') carry(neurons);
  };

const asVariantStep: Step = around(asVariant);

/** The line a·u + b in words. */
function lineText(a: number, b: number): string {
  const term = a === 0 ? '' : a === 1 ? 'u' : `${digits(a)}·u`;
  if (b === 0) return term;
  return term === '' ? digits(b) : `${term} ${b < 0 ? '−' : '+'} ${digits(Math.abs(b))}`;
}

/** The step of the variant with changed currents. */
const ofInput =
  (of: (x: number, i: number, neurons: Neurons) => number): Step =>
  (neurons) =>
    around(asVariant)({ ...neurons, x: neurons.x.map((x, i) => of(x, i, neurons)) });

/** Replaces the step of neurons that fire, in layers where the replacement has an effect. */
function byStep(step: Step, hasEffect: Condition = () => true): Change {
  return {
    concerns: (stage, model) => fires(stage, model) && hasEffect(layerOf(stage, model)!, model.variant), // neurons belong to a layer
    change: replacing((original) => ({
      applyLayerNeuron(...[u, o, x, layer, variant, decide = (_u, _i, isFired) => isFired]) {
        if (!layer.spikes) return original.applyLayerNeuron(u, o, x, layer, variant, decide);
        const fire = (): void =>
          u.forEach((seen, i) => (o[i] = decide(seen, i, isFiring(seen, layer.Vth, variant)) ? 1 : 0));
        step({ u, o, x, layer, variant, fire });
      },
    })),
    // Subtracting Vth also rounds.
    stage: ofKind('neuron', (stage, model: Model) => {
      const { Vth } = layerOf(stage, model)!; // neurons belong to a layer
      return { rounded: (...args) => stage.rounded(...args) + (args[3] ? 2 * Vth : 0) };
    }),
  };
}

const leaks: Condition = ({ λ }) => λ !== 1;
const isReset: Condition = (_, variant) => !subtracts(variant);

/** Replaces the reset by another answer. */
const byReset = (reset: Variant['reset'], step: Step, hasEffect: Condition): Change => ({
  choices: { reset },
  ...byStep(around(step), hasEffect),
});

const ofSteps = rowsOf(['neuron'], {
  // If the variant resets u to 0, the choice `reset=nextStep` covers this mistake.
  'potential-as-compared: The potential is u as it is compared with Vth, before the reset and the leak: its key is compared.':
    byStep(
      (neurons) => {
        asVariant(neurons);
        applyIntegration(neurons.u, neurons.x);
        neurons.fire();
      },
      (_, variant) => subtracts(variant),
    ),
  'reset-by-subtraction: After a spike Vth is subtracted from u; Eq. 3 resets u to 0.': byReset(
    'subtractThenLeak',
    both(subtracted, leak),
    isReset,
  ),
  'reset-by-subtraction-after-leak: After a spike Vth is subtracted from λ·u; Eq. 3 resets u to 0.': byReset(
    'leakThenSubtract',
    both(leak, subtracted),
    (layer, variant) => leaks(layer, variant) && isReset(layer, variant),
  ),
  'reset-to-zero: After a spike u is reset to 0, where the variant subtracts Vth.': byReset(
    'sameStep',
    mapped((u, fired, { λ }) => (fired ? 0 : λ * u)),
    (_, variant) => subtracts(variant),
  ),
  'reset-missing: u goes on after a spike as if there were none: the reset is missing.': byStep(around(leak)),
  'leak-missing: Neurons do not leak; Eq. 3 has λ·u.': byStep(around(resetAlone), leaks),
  'leak-twice: u leaks twice in a step; Eq. 3 has λ·u.': byStep(around(both(asVariant, leak)), leaks),
  'leak-before-firing: The leak comes after x is added and before u is compared, λ·(u + x); Eq. 3 compares λ·u + x.':
    byStep(around(resetAlone, leak), leaks),
  'input-times-one-minus-leak: The current is multiplied by 1 − λ, u + (1 − λ)·(x − u); Eq. 3 adds x as it is.':
    byStep(
      ofInput((x, _, { layer }) => (1 - layer.λ) * x),
      leaks,
    ),
  'potential-clamped: u does not fall below 0; Eq. 3 has no lower bound.': byStep(
    around(asVariant, rectified),
  ),
  'negative-potential-forgotten: A negative u is compared and then forgotten, the next step begins at 0; Eq. 3 keeps it.':
    byStep(around(both(rectified, asVariant))),
  'potential-in-binary16: From step to step u is stored in binary16; it is at least of binary32.': byStep(
    around(storedIn(11)),
  ),
  'potential-in-bfloat16: From step to step u is stored in bfloat16; it is at least of binary32.': byStep(
    around(storedIn(8)),
  ),
  'refractory-step: A neuron that fired does not integrate in the next step; Eq. 3 knows no refractory period.':
    byStep(ofInput((x, i, { o }) => (o[i] === 0 ? x : 0))),
});

/** Common leaks. They are tried if only spikes were supplied. */
const usualLeaks = [0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.97, 0.98, 0.99, 1].concat(
  [2, 5, 10, 20].map((τ) => Math.exp(-1 / τ)),
);

/** Common thresholds. They are tried if a spike subtracts Vth, and potentials were not supplied. */
const usualThresholds = [
  0.1, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.9, 1, 1.25, 1.5, 2, 3, 4, 5, 10,
];

/** The least number of steps or deviating spikes to fit a constant. If there are fewer, the deviations may be flipped bits. */
const leastFitted = 4;

/**
 * Candidate thresholds or leaks. From potentials: the median of the values that the steps imply. From spikes: a threshold
 * between the potentials of silent and firing neurons, or common values to try.
 */
function constantsOf(
  { stage: { n }, stage, model, right, got, there }: Seen<Model>,
  what: 'Vth' | 'λ',
): Fitted[] {
  const layer = layerOf(stage, model)!; // neurons belong to a layer
  const { Vth, λ } = layer;
  const [compared, spikes, x] = [
    got(keyOf(n, 'compared')),
    got(keyOf(n, 'spikes')),
    there(keyOf(n, 'current')),
  ];
  const u = right(keyOf(n, 'compared')).v;
  const isPlain = (found: number): boolean => found > 0 && Math.abs(found / layer[what] - 1) > 2 ** -12;
  const isLeak = what === 'λ';
  if (compared && x && (isLeak || subtracts(model.variant))) {
    const all: number[] = [];
    const size = compared.length / TOf(model);
    for (let i = size; i < compared.length; i++) {
      const [before, left] = [compared[i - size], compared[i] - x[i]];
      const fired = spikes ? spikes[i - size] !== 0 : isFiring(before, Vth, model.variant);
      if (isLeak && !fired && Math.abs(before) > Vth / 16) all.push(left / before);
      if (!isLeak && fired)
        all.push(model.variant.reset === 'leakThenSubtract' ? λ * before - left : before - left / λ);
    }
    return all.length < leastFitted ? [] : [middleOf(all)!].filter(isPlain).map((found) => [found]); // `all` is not empty
  }
  const expected = right(keyOf(n, 'spikes')).v;
  if (!spikes || total(expected, (o, i) => (o === spikes[i] ? 0 : 1)) < leastFitted) return [];
  if (isLeak) return usualLeaks.filter(isPlain).map((found) => [found]);
  if (subtracts(model.variant))
    return [...usualThresholds, 1.5 * Vth, 2 * Vth, Vth / 2].filter(isPlain).map((found) => [found]);
  let [below, above] = [-Infinity, Infinity];
  for (let i = 0; i < u.length; i++)
    if (spikes[i] !== 0) above = Math.min(above, u[i]);
    else below = Math.max(below, u[i]);
  return below < above && above - below < Infinity ? [[(below + above) / 2, below, above]] : [];
}

/**
 * Pairs (potential before, what is left of it in the next step, divided by λ) of the neurons that fired, or of those that did not.
 */
function pairsOf(
  { stage: { n }, stage, model, got, there }: Seen<Model>,
  ofFired: boolean,
): [number, number][] {
  const { Vth, λ } = layerOf(stage, model)!; // neurons belong to a layer
  const [compared, x] = [got(keyOf(n, 'compared')), there(keyOf(n, 'current'))];
  if (!compared || !x) return [];
  const size = compared.length / TOf(model);
  const pairs: [number, number][] = [];
  for (let i = size; i < compared.length; i++) {
    const before = compared[i - size];
    if (isFiring(before, Vth, model.variant) === ofFired) pairs.push([before, (compared[i] - x[i]) / λ]);
  }
  return pairs.length < leastFitted ? [] : pairs;
}

/** A number that a fit found, or the round number that is close to it. */
function rounded(found: number): number {
  const round = Math.round(found * 1000) / 1000;
  return Math.abs(found - round) < 2 ** -16 ? round : found;
}

/** The line a·u + b on which what is left of the potentials of fired neurons lies. */
function resetLineOf(seen: Seen<Model>): Fitted[] {
  const pairs = pairsOf(seen, true).sort(([one], [other]) => one - other);
  if (pairs.length === 0) return [];
  const [[least, left], [most, over]] = [pairs[0], pairs[pairs.length - 1]];
  const a = most - least < 2 ** -8 ? 0 : rounded((over - left) / (most - least));
  const b = rounded(middleOf(pairs.map(([u, v]) => v - a * u))!); // there are pairs
  return a === 0 && b === 0 ? [] : [[a, b]];
}

/** By how much each potential that did not fire comes nearer to 0. */
function linearLeakOf(seen: Seen<Model>): Fitted[] {
  const { λ } = layerOf(seen.stage, seen.model)!; // neurons belong to a layer
  const falls = pairsOf(seen, false).map(([u, left]) => Math.abs(u) - λ * Math.abs(left));
  const by = middleOf(falls.filter((each) => each > 0));
  return by === undefined ? [] : [[rounded(by)], [rounded(by), 1]];
}

/** The change of {@link byStep} with fitted parameters. */
const byFitted =
  (stepOf: (k: Fitted) => Step): NonNullable<Row['change']> =>
  (model, k) =>
    byStep(stepOf(k)).change!(model, k); // it has one

/** Changes a constant (such as threshold or leak) of the layers that fire. */
const withLayer =
  (change: (layer: Layer, k: Fitted) => Partial<Layer>): NonNullable<Row['change']> =>
  ({ layer: inner = (layer) => layer }, k) => ({
    layer: (layer) => (layer.spikes ? { ...inner(layer), ...change(inner(layer), k) } : inner(layer)),
  });

/** Refractory periods to try, in steps. */
const usualPauses: readonly Fitted[] = Array.from({ length: 31 }, (_, k) => [k + 2]);

/** Neurons that ignore their input for some steps after a spike. */
function withPause(steps: number): NonNullable<Row['change']> {
  // For the potentials of a sample: how many more steps each neuron pauses.
  const pauses = new WeakMap<Floats, Int32Array>();
  return replacing((original) => ({
    applyLayerNeuron(...[u, o, x, layer, ...rest]) {
      if (!layer.spikes) return original.applyLayerNeuron(u, o, x, layer, ...rest);
      const left = pauses.get(u) ?? new Int32Array(u.length);
      pauses.set(u, left);
      const taken = x.map((each, i) => (left[i] > 0 ? 0 : each));
      original.applyLayerNeuron(u, o, taken, layer, ...rest);
      for (let i = 0; i < left.length; i++) left[i] = o[i] === 0 ? Math.max(0, left[i] - 1) : steps;
    },
  }));
}

/** Names the network and the layers whose thresholds lie in an interval; '' if there are none. */
function whose(model: Model, below: number, above: number): string {
  const all = networkIn(model).layers.filter(({ spikes }) => spikes);
  const names = [
    { name: 'the network', Vth: model.description.threshold },
    ...all.map(({ n, Vth }) => ({ name: `layer ${n}`, Vth })),
  ].filter(({ Vth }) => isFiring(above, Vth, model.variant) && !isFiring(below, Vth, model.variant));
  return names.length === 0 ? '' : `, as that of ${names.map(({ name }) => name).join(', ')}`;
}

const ofConstants = rowsOf(['neuron'], {
  'other-threshold: The neurons do not have the threshold of their layer.': {
    concerns: fires,
    fit: (seen) => constantsOf(seen, 'Vth'),
    change: withLayer((layer, [Vth = 1.5 * layer.Vth]) => ({ Vth })),
    found: ([Vth, below, above], model) =>
      above === undefined
        ? `Theirs is ${digits(Vth)}${whose(model, Vth * (1 - 2 ** -12), Vth * (1 + 2 ** -12))}.`
        : `Theirs lies between ${digits(below)} and ${digits(above)}${whose(model, below, above)}.`,
  },
  'other-leak: The neurons do not have the leak of their layer.': {
    concerns: fires,
    fit: (seen) => constantsOf(seen, 'λ'),
    change: withLayer((layer, [λ = 0.8 * layer.λ]) => ({ λ })),
    found: ([λ]) => `What was supplied is that of λ = ${digits(λ)}.`,
  },
  'refractory-period: A neuron that fired does not integrate for several steps; Eq. 3 knows no refractory period.':
    {
      concerns: fires,
      // A period of one step is the mistake `refractory-step`.
      fit: ({ model }) => usualPauses.filter(([steps]) => steps < TOf(model)),
      change: (model, [steps = 2]) => withPause(steps)(model, []),
      found: ([steps]) => `It has ${steps} steps.`,
    },
  'reset-to-another: After a spike u is set to a·u + b; Eq. 3 resets it to 0.': {
    ...byStep(asVariantStep, isReset),
    fit: resetLineOf,
    change: byFitted(([a = 0, b = 0.1]) =>
      around(
        both(
          mapped((u, fired) => (fired ? a * u + b : u)),
          leak,
        ),
      ),
    ),
    found: ([a, b]) => `It is ${lineText(a, b)}.`,
  },
  'leak-by-subtraction: Potentials come nearer to 0 by the same amount in each step; Eq. 3 has λ·u.': {
    ...byStep(asVariantStep, leaks),
    fit: linearLeakOf,
    change: byFitted(([by = 0.05, isBeyond]) => {
      const fallen = (u: number): number => Math.max(isBeyond ? -by : 0, Math.abs(u) - by);
      return around(
        both(
          resetAlone,
          mapped((u) => Math.sign(u) * fallen(u)),
        ),
      );
    }),
    found: ([by, isBeyond]) => `It is ${digits(by)}${isBeyond ? ', even beyond 0' : ''}.`,
  },
  'spikes-in-units: A neuron fires ⌊u/Vth⌋ times in a step; Eq. 2 has one spike.': {
    concerns: fires,
    isFree: true,
    usual: () => [[0], [1], [2]],
    stage: ofKind('neuron', (stage, model: Model, [form = 0]) => {
      const layer = layerOf(stage, model)!; // neurons belong to a layer
      const { Vth } = layer;
      const left = (u: number, o: number): number => [o === 0 ? u : 0, u * (1 - o), u - Vth * o][form];
      const carry = both(({ u, o }) => {
        for (let i = 0; i < u.length; i++) u[i] = left(u[i], o[i]);
      }, leak);
      return {
        step({ u, o }, x, decide) {
          const fire = (): void =>
            u.forEach((seen, i) => (o[i] = decide(seen, i, Math.max(0, Math.floor(seen / Vth)))));
          around(carry)({ u, o, x, layer, variant: model.variant, fire });
        },
      };
    }),
    found: ([form = 0]) =>
      `Then u is ${['0', 'multiplied by 1 − the spikes', 'less by Vth for each'][form]}.`,
  },
  'state-kept: Potentials do not start at 0: they are set, or kept from the batch or sample before.': {
    concerns: ({ kind }, model) => kind === 'neuron' && TOf(model) > 2,
    isOfAll: true,
    // By how much each potential is too large in the first step. The evidence for the mistake is that later steps continue from
    // these potentials.
    fit({ stage, model, right, got }) {
      const usesPotential =
        model.variant.reset === 'nextStep' || (stage.kind === 'neuron' && !stage.keys.spikes);
      const names = usesPotential ? (['potential', 'compared'] as const) : (['compared'] as const);
      const key = names.map((name) => keyOf(stage.n, name)).find((each) => got(each));
      const [v, supplied] = key ? [right(key).v, got(key)] : [];
      return v && supplied ? [[...v.subarray(0, v.length / TOf(model))].map((u, i) => supplied[i] - u)] : [];
    },
    input(values, key, _, model, k) {
      const size = values.length / TOf(model);
      return key.endsWith('current') ? values.map((x, i) => (i < size ? x + (k[i] ?? 1 / 4) : x)) : values;
    },
    found(k) {
      const isEqual = k.every((each) => Math.abs(each / k[0] - 1) < 2 ** -12);
      if (isEqual) return `In the first step each u is off by ${digits(k[0])}.`;
      const right = k.filter((each) => Math.abs(each) < 2 ** -16).length;
      return `In the first step ${right} of ${k.length} numbers are right.`;
    },
  },
});

const ofSpikes = rowsOf(['neuron'], {
  'first-step-dropped: The current of the first step is not added: u stays 0, and no neuron fires there; Eq. 3 begins with it.':
    {
      concerns: ({ kind }, model) => kind === 'neuron' && TOf(model) > 1,
      input: (values, key, _, model) =>
        key.endsWith('current') ? values.map((x, i) => (i < values.length / TOf(model) ? 0 : x)) : values,
    },
  'spikes-one-step-late: A spike appears one step after its potential reaches Vth; Eq. 2 has it in the same step.':
    {
      concerns: fires,
      // The run cannot follow the recorded spikes, because they are one step later than their decisions.
      isFree: true,
      stage: ofKind('neuron', () => ({ late: 1 })),
    },
  'pool-without-neuron: The program’s average pool passes its mean on; in this variant it has neurons that fire.':
    {
      concerns: (stage, model) => isMean(layerOf(stage, model)),
      stage({ id, stage, n, reads }) {
        const f = ([x]: readonly Floats[]): Floats => x.slice();
        return {
          id,
          stage,
          n,
          by: 'window',
          kind: 'sum',
          reads,
          writes: [keyOf(n, 'spikes')],
          roundings: 0,
          f,
        };
      },
    },
});

export const neuronMistakes: readonly Row[] = [...ofSteps, ...ofConstants, ...ofSpikes];
