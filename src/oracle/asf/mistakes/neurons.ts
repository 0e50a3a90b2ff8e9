/** Stage neuron: integrate, leak, fire, reset in another way; another threshold or leak than the network's; spikes that are not those of the potentials. */
import type { Floats } from '../../../../spec/arithmetic.ts';
import { averagePool } from '../../../../spec/layers/averagePool.ts';
import type { Layer } from '../../../../spec/network.ts';
import { applyIntegration, applyResetAndLeak, isFiring, subtracts } from '../../../../spec/neuron.ts';
import type { Variant } from '../../../../spec/variant.ts';
import { total, type Values } from '../../../engine/rounding.ts';
import { keyOf } from '../../keys.ts';
import type { Numbers, Seen } from '../../name.ts';
import type { Model } from '../model.ts';
import { digits, fires, layerOf, medianOf, networkIn, replacing, type Row } from './rows.ts';

interface Neurons {
  readonly u: Floats;
  readonly o: Floats;
  readonly x: Floats;
  readonly layer: Layer;
  readonly variant: Variant;
  fire(): void;
}

/** A step of neurons that fire, in place of `applyNeuron`; layers that do not fire are left as they are. */
const byStep = (
  id: string,
  says: string,
  step: (neurons: Neurons) => void,
  hasEffect: (layer: Layer, variant: Variant) => boolean = () => true,
): Row => ({
  id,
  stages: ['neuron'],
  says,
  concerns(stage, model) {
    const layer = layerOf(stage, model);
    return layer !== undefined && layer.spikes && hasEffect(layer, model.variant);
  },
  change: replacing((own) => ({
    applyLayerNeuron(...[u, o, x, layer, variant, decide = (_u, _i, isFired) => isFired]) {
      if (!layer.spikes) return own.applyLayerNeuron(u, o, x, layer, variant, decide);
      const fire = (): void => {
        for (let i = 0; i < u.length; i++) o[i] = decide(u[i], i, isFiring(u[i], layer.Vth, variant)) ? 1 : 0;
      };
      step({ u, o, x, layer, variant, fire });
    },
  })),
  // Vth, which may be subtracted, is rounded, too.
  stage(stage, model) {
    if (stage.kind !== 'neuron') return undefined;
    const { Vth } = layerOf(stage, model)!; // it has neurons
    return { ...stage, rounded: (...args) => stage.rounded(...args) + (args[3] ? 2 * Vth : 0) };
  },
});

const leaks = ({ λ }: Layer): boolean => λ !== 1;

/** `carry` at the variant's end of the step, around integrating and firing; `before` is done to what is compared. */
const around =
  (carry: (neurons: Neurons) => void, before: (neurons: Neurons) => void = () => {}) =>
  (neurons: Neurons): void => {
    const { u, x, variant, fire } = neurons;
    if (variant.reset === 'nextStep') carry(neurons);
    applyIntegration(u, x);
    before(neurons);
    fire();
    if (variant.reset !== 'nextStep') carry(neurons);
  };

/** Each potential becomes another number. */
const each =
  (of: (u: number, fired: boolean, layer: Layer) => number) =>
  ({ u, o, layer }: Neurons): void => {
    for (let i = 0; i < u.length; i++) u[i] = of(u[i], o[i] !== 0, layer);
  };

/** One thing after the other. */
const both =
  (one: (neurons: Neurons) => void, other: (neurons: Neurons) => void) =>
  (neurons: Neurons): void => {
    one(neurons);
    other(neurons);
  };

const right = ({ u, o, layer, variant }: Neurons): void => applyResetAndLeak(u, o, layer, variant);

/** The reset of the variant, without a leak. */
const reset = ({ u, o, layer: { Vth }, variant }: Neurons): void =>
  applyResetAndLeak(u, o, { λ: 1, Vth }, variant);

const leak = each((u, _, { λ }) => λ * u);
const rectified = each((u) => Math.max(0, u));
const subtracted = each((u, fired, { Vth }) => (fired ? u - Vth : u));

/** Another way to reset: where the variant subtracts, too, the other way is a choice. */
const byReset = (answer: Variant['reset'], row: Row): Row => ({ ...row, choices: { reset: answer } });
const isReset = (_: Layer, variant: Variant): boolean => !subtracts(variant);

const stepRows: readonly Row[] = [
  // Where the variant resets to 0, the choice `reset=nextStep` shows the same.
  byStep(
    'potential-as-compared',
    'The potential is u as it is compared with Vth, before the reset and the leak: its key is compared.',
    (neurons) => {
      right(neurons);
      applyIntegration(neurons.u, neurons.x);
      neurons.fire();
    },
    (_, variant) => subtracts(variant),
  ),
  byReset(
    'subtractThenLeak',
    byStep(
      'reset-by-subtraction',
      'After a spike Vth is subtracted from u; Eq. 3 resets u to 0.',
      around(both(subtracted, leak)),
      isReset,
    ),
  ),
  byReset(
    'leakThenSubtract',
    byStep(
      'reset-by-subtraction-after-leak',
      'After a spike Vth is subtracted from λ·u; Eq. 3 resets u to 0.',
      around(both(leak, subtracted)),
      (layer, variant) => leaks(layer) && !subtracts(variant),
    ),
  ),
  byReset(
    'sameStep',
    byStep(
      'reset-to-zero',
      'After a spike u is reset to 0, where the variant subtracts Vth.',
      around(each((u, fired, { λ }) => (fired ? 0 : λ * u))),
      (_, variant) => subtracts(variant),
    ),
  ),
  byStep(
    'reset-missing',
    'u goes on after a spike as if there were none: the reset is missing.',
    around(leak),
  ),
  byStep('leak-missing', 'Neurons do not leak; Eq. 3 has λ·u.', around(reset), leaks),
  byStep('leak-twice', 'u leaks twice in a step; Eq. 3 has λ·u.', around(both(right, leak)), leaks),
  byStep(
    'leak-before-firing',
    'The leak comes after x is added and before u is compared, λ·(u + x); Eq. 3 compares λ·u + x.',
    around(reset, leak),
    leaks,
  ),
  byStep(
    'input-times-one-minus-leak',
    'The current is multiplied by 1 − λ, u + (1 − λ)·(x − u); Eq. 3 adds x as it is.',
    (neurons) => around(right)({ ...neurons, x: neurons.x.map((x) => (1 - neurons.layer.λ) * x) }),
    leaks,
  ),
  byStep('potential-clamped', 'u does not fall below 0; Eq. 3 has no lower bound.', around(right, rectified)),
  byStep(
    'negative-potential-forgotten',
    'A negative u is compared and then forgotten, the next step begins at 0; Eq. 3 keeps it.',
    around(both(rectified, right)),
  ),
  byStep(
    'refractory-step',
    'A neuron that fired does not integrate in the next step; Eq. 3 knows no refractory period.',
    (neurons) => around(right)({ ...neurons, x: neurons.x.map((x, i) => (neurons.o[i] === 0 ? x : 0)) }),
  ),
];

/** Leaks that people write, where spikes alone were supplied. */
const usualLeaks = [0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.97, 0.98, 0.99, 1].concat(
  [2, 5, 10, 20].map((τ) => Math.exp(-1 / τ)),
);

/** Thresholds that people write, where potentials were not supplied. */
const usualThresholds = [
  0.1, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.9, 1, 1.25, 1.5, 2, 3, 4, 5, 10,
];

/** Decisions against the network's constant that a fitted one needs: fewer may be flipped bits. */
const leastAgainst = 4;

/** What was supplied of a layer that fires. */
function suppliedTo({ stage, got, there, right, model }: Seen<Model>) {
  const [spikes, compared] = [got(keyOf(stage.n, 'spikes')), got(keyOf(stage.n, 'compared'))];
  const own = right(keyOf(stage.n, 'spikes')).v;
  const against = spikes ? total(own, (o, i) => (o === spikes[i] ? 0 : 1)) : 0;
  const layer = layerOf(stage, model)!; // it fires
  return { spikes, compared, against, layer, x: there(keyOf(stage.n, 'current')) };
}

/** The median of what `of` gives for a supplied potential, what is left of it a step later, and whether it fired. */
function medianOfSteps(
  seen: Seen<Model>,
  of: (before: number, left: number, fired: boolean) => number | undefined,
): number | undefined {
  const { spikes, compared, layer, x } = suppliedTo(seen);
  if (!compared || !x) return undefined;
  const size = compared.length / networkIn(seen.model).T;
  const found: number[] = [];
  for (let i = size; i < compared.length; i++) {
    const before = compared[i - size];
    const fired = spikes ? spikes[i - size] !== 0 : isFiring(before, layer.Vth, seen.model.variant);
    const value = of(before, compared[i] - x[i], fired);
    if (value !== undefined) found.push(value);
  }
  return found.length < leastAgainst ? undefined : medianOf(found);
}

/** A number that is plainly another than the network's. */
const other = (found: number | undefined, own: number): Numbers[] =>
  found !== undefined && found > 0 && Math.abs(found / own - 1) > 2 ** -12 ? [[found]] : [];

/** The potentials between which the supplied spikes have their threshold; or what is subtracted after a spike, which is the threshold too. */
function thresholds(seen: Seen<Model>): Numbers[] {
  const { spikes, compared, against, layer } = suppliedTo(seen);
  const { variant } = seen.model;
  const { Vth, λ } = layer;
  if (subtracts(variant) && compared)
    return other(
      medianOfSteps(seen, (before, left, fired) => {
        if (!fired) return undefined;
        return variant.reset === 'leakThenSubtract' ? λ * before - left : before - left / λ;
      }),
      Vth,
    );
  if (!spikes || against < leastAgainst) return [];
  if (subtracts(variant))
    return [...usualThresholds, 1.5 * Vth, 2 * Vth, Vth / 2].flatMap((each) => other(each, Vth));
  const u = seen.right(keyOf(seen.stage.n, 'compared')).v;
  let [below, above] = [-Infinity, Infinity];
  for (let i = 0; i < u.length; i++) {
    if (spikes[i] !== 0) above = Math.min(above, u[i]);
    else below = Math.max(below, u[i]);
  }
  return below < above && above - below < Infinity ? [[(below + above) / 2, below, above]] : [];
}

/** The leak of the supplied potentials, or one that makes the supplied spikes. */
function otherLeaks(seen: Seen<Model>): Numbers[] {
  const { compared, against, layer } = suppliedTo(seen);
  if (!compared) return against < leastAgainst ? [] : usualLeaks.flatMap((each) => other(each, layer.λ));
  return other(
    medianOfSteps(seen, (before, left, fired) =>
      fired || Math.abs(before) <= layer.Vth / 16 ? undefined : left / before,
    ),
    layer.λ,
  );
}

/** Most steps of a refractory period that are tried. */
const longestPause = 32;

/** The fewest steps between two spikes of a neuron. */
function shortestPause(spikes: Values, T: number): number {
  const size = spikes.length / T;
  const last = new Int32Array(size).fill(-T);
  let shortest = T;
  for (let i = 0; i < spikes.length; i++) {
    if (spikes[i] === 0) continue;
    const t = Math.floor(i / size);
    shortest = Math.min(shortest, t - last[i % size] - 1);
    last[i % size] = t;
  }
  return shortest;
}

function pauses(seen: Seen<Model>): Numbers[] {
  const { spikes } = suppliedTo(seen);
  if (!spikes) return [];
  const { T } = networkIn(seen.model);
  // What a subtraction leaves may fire without input.
  const most = Math.min(subtracts(seen.model.variant) ? T - 1 : shortestPause(spikes, T), longestPause);
  // One step alone has a name of its own.
  return Array.from({ length: Math.max(0, most - 1) }, (_, k) => [k + 2]);
}

/** A layer with another constant. */
const withLayer = (change: (layer: Layer, k: Numbers) => Layer): NonNullable<Row['change']> =>
  function ({ layer: own = (layer) => layer }, k) {
    return { layer: (layer) => (layer.spikes ? change(own(layer), k) : own(layer)) };
  };

const fittedRows: readonly Row[] = [
  {
    id: 'other-threshold',
    stages: ['neuron'],
    says: 'The neurons of the layer have another threshold than the network’s.',
    concerns: fires,
    fit: thresholds,
    change: withLayer((layer, [Vth = 1.5 * layer.Vth]) => ({ ...layer, Vth })),
    found: ([Vth, below, above]) =>
      above === undefined
        ? `It is ${digits(Vth)}.`
        : `It lies between ${digits(below)} and ${digits(above)}.`,
  },
  {
    id: 'other-leak',
    stages: ['neuron'],
    says: 'The neurons of the layer have another leak than the network’s.',
    concerns: fires,
    fit: otherLeaks,
    change: withLayer((layer, [λ = 0.8 * layer.λ]) => ({ ...layer, λ })),
    found: ([λ]) => `What was supplied is that of λ = ${digits(λ)}.`,
  },
  {
    id: 'refractory-period',
    stages: ['neuron'],
    says: 'A neuron that fired does not integrate for several steps; Eq. 3 knows no refractory period.',
    concerns: fires,
    fit: pauses,
    change(model, [steps = 2]) {
      // Steps that are left, by the potentials of a sample.
      const kept = new WeakMap<Floats, Int32Array>();
      return replacing((own) => ({
        applyLayerNeuron(...[u, o, x, layer, ...rest]) {
          if (!layer.spikes) return own.applyLayerNeuron(u, o, x, layer, ...rest);
          const left = kept.get(u) ?? new Int32Array(u.length);
          kept.set(u, left);
          own.applyLayerNeuron(
            u,
            o,
            x.map((each, i) => (left[i] > 0 ? 0 : each)),
            layer,
            ...rest,
          );
          for (let i = 0; i < left.length; i++) left[i] = o[i] === 0 ? Math.max(0, left[i] - 1) : steps;
        },
      }))(model);
    },
    found: ([steps]) => `It has ${steps} steps.`,
  },
];

const spikeRows: readonly Row[] = [
  {
    id: 'spikes-one-step-late',
    stages: ['neuron'],
    says: 'A spike appears one step after its potential reaches Vth; Eq. 2 has it in the same step.',
    concerns: fires,
    // The spikes are not those of the decisions: nothing can be followed.
    isFree: true,
    stage: (stage) => (stage.kind === 'neuron' ? { ...stage, late: 1 } : undefined),
  },
  {
    id: 'pool-without-neuron',
    stages: ['neuron'],
    says: 'An average pool passes its mean on; here it has neurons that fire.',
    concerns: (stage, model) => layerOf(stage, model)?.kind === averagePool,
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
];

export const neuronMistakes: readonly Row[] = [...stepRows, ...fittedRows, ...spikeRows];
