/** Stage neuron: a layer with another threshold or leak than the network’s, or with a refractory period, fitted to what was supplied. */
import type { Floats } from '../../../spec/arithmetic.ts';
import type { Layer } from '../../../spec/network.ts';
import { isFiring, subtracts } from '../../../spec/neuron.ts';
import type { Values } from '../interval.ts';
import { keyOf } from '../keys.ts';
import { semantics } from '../semantics.ts';
import { take } from '../slices.ts';
import type { StagePart } from '../stagePart.ts';
import { ownLayer, withDrift } from './helpers.ts';
import type { Fit, Make, Mistake } from './mistake.ts';

/** Decisions against the network’s constant that a fitted one needs: fewer may be flipped bits. */
const leastAgainst = 4;

/** Leaks that people write, where spikes alone were supplied. */
const usualLeaks = [0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.97, 0.98, 0.99, 1].concat(
  [2, 5, 10, 20].map((τ) => Math.exp(-1 / τ)),
);

/** Thresholds that people write, where potentials were not supplied. */
const usualThresholds = [
  0.1, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.9, 1, 1.25, 1.5, 2, 3, 4, 5, 10,
];

/** A layer that fires, what it reads and what was made of it. */
interface Seen extends Fit {
  readonly right: StagePart;
  readonly make: Make;
  readonly layer: Layer;
}

const seenBy = (right: StagePart, make: Make, known: Fit): Seen => ({
  ...known,
  right,
  make,
  layer: known.setting.network.layers[right.n - 1],
});

const spikesOf = ({ right: { n }, manner }: Seen): Values | undefined =>
  manner.follow.get(keyOf(n, 'spikes'));

/** The part with another constant of its layer. */
const partWith = ({ make, layer }: Seen, change: Partial<Pick<Layer, 'Vth' | 'λ'>>): StagePart => {
  const changed = { ...layer, ...change };
  return make({
    semantics: {
      applyLayerNeuron: (...[u, o, x, , ...rest]) => semantics.applyLayerNeuron(u, o, x, changed, ...rest),
    },
  })!; // other semantics take no part away
};

/** What a part makes where each neuron goes on with the spikes that were supplied; its own spikes are what it would have done. */
const following = ({ intervals, manner, right: { n } }: Seen, part: StagePart, what: 'compared' | 'spikes') =>
  take(part.run(intervals, { ...manner, bounds: false, branch: 'all' }), keyOf(n, what)).value;

/** Potentials between which a threshold lies; or one threshold, of several that were tried. */
interface Threshold {
  readonly below: number;
  readonly above: number;
  readonly isTried?: boolean;
}

const hasCompared = ({ manner, right: { n } }: Seen): boolean => manner.follow.has(keyOf(n, 'compared'));

/** The potentials between which the supplied spikes have their threshold; none where they have no other than the network’s. */
function thresholdBetween(seen: Seen): Threshold | undefined {
  const theirs = spikesOf(seen);
  // Where nothing was supplied to fit it to.
  if (!theirs) return { below: 1.5 * seen.layer.Vth, above: 1.5 * seen.layer.Vth };
  if (subtracts(seen.setting.variant)) {
    const Vth = subtractedThreshold(seen, theirs);
    return Vth === undefined ? undefined : { below: Vth, above: Vth, isTried: !hasCompared(seen) };
  }
  const u = following(seen, seen.right, 'compared');
  let [below, above, against] = [-Infinity, Infinity, 0];
  for (let i = 0; i < u.length; i++) {
    const fired = theirs[i] !== 0;
    if (fired) above = Math.min(above, u[i]);
    else below = Math.max(below, u[i]);
    if (fired !== isFiring(u[i], seen.layer.Vth, seen.setting.variant)) against++;
  }
  const isKnown = Number.isFinite(below) && Number.isFinite(above);
  return isKnown && against >= leastAgainst ? { below, above } : undefined;
}

/** What is subtracted after a spike, which is the threshold too: from the supplied potentials, or one that makes the supplied spikes. */
function subtractedThreshold(seen: Seen, theirs: Values): number | undefined {
  const { right, layer, manner } = seen;
  const { Vth, λ } = layer;
  const compared = manner.follow.get(keyOf(right.n, 'compared'));
  if (!compared) {
    if (againstOf(seen, right, theirs) < leastAgainst) return undefined;
    const candidates = [...usualThresholds, 1.5 * Vth, 2 * Vth, Vth / 2];
    return candidates.find(
      (each) => each !== Vth && againstOf(seen, partWith(seen, { Vth: each }), theirs) === 0,
    );
  }
  const isLeakFirst = seen.setting.variant.reset === 'leakThenSubtract';
  const found = medianOf(seen, compared, (before, left, fired) => {
    if (!fired) return undefined;
    return isLeakFirst ? λ * before - left : before - left / λ;
  });
  return found !== undefined && found > 0 && isOther(found, Vth) ? found : undefined;
}

/** How many of the supplied spikes a part that goes on with them would not have made. */
function againstOf(seen: Seen, part: StagePart, theirs: Values): number {
  const own = following(seen, part, 'spikes');
  let count = 0;
  for (let i = 0; i < own.length; i++) if ((own[i] !== 0) !== (theirs[i] !== 0)) count++;
  return count;
}

/** The median of what `of` gives for a supplied potential, what is left of it a step later, and whether it fired; none of too few. */
function medianOf(
  { right: { n }, layer, setting, intervals, manner }: Seen,
  compared: Values,
  of: (before: number, left: number, fired: boolean) => number | undefined,
): number | undefined {
  const x = take(intervals, keyOf(n, 'current')).value;
  const theirs = manner.follow.get(keyOf(n, 'spikes'));
  const size = compared.length / setting.network.T;
  const found: number[] = [];
  for (let i = size; i < compared.length; i++) {
    const before = compared[i - size];
    const fired = theirs ? theirs[i - size] !== 0 : isFiring(before, layer.Vth, setting.variant);
    const value = of(before, compared[i] - x[i], fired);
    if (value !== undefined) found.push(value);
  }
  return found.length < leastAgainst ? undefined : found.sort((a, b) => a - b)[found.length >> 1];
}

const isOther = (found: number, own: number): boolean => Math.abs(found / own - 1) > 2 ** -12;

/** The leak of the supplied potentials, or one that makes the supplied spikes; none where they have no other than the network’s. */
function otherLeak(seen: Seen): number | undefined {
  const { right, layer, manner } = seen;
  const compared = manner.follow.get(keyOf(right.n, 'compared'));
  if (compared) return leakOf(seen, compared);
  const theirs = spikesOf(seen);
  // Where nothing was supplied to fit it to.
  if (!theirs) return 0.8 * layer.λ;
  if (againstOf(seen, right, theirs) < leastAgainst) return undefined;
  return usualLeaks.find((λ) => λ !== layer.λ && againstOf(seen, partWith(seen, { λ }), theirs) === 0);
}

/** The median of what is left of a potential that did not fire; none where that is what the network says. */
function leakOf(seen: Seen, compared: Values): number | undefined {
  const { λ, Vth } = seen.layer;
  const found = medianOf(seen, compared, (before, left, fired) =>
    fired || Math.abs(before) <= Vth / 16 ? undefined : left / before,
  );
  return found !== undefined && found > 0 && isOther(found, λ) ? found : undefined;
}

/** A mistake that gives a layer another constant, fitted to what was supplied. */
function fitted<C>(
  what: Pick<Mistake, 'id' | 'says'>,
  fit: (seen: Seen) => C | undefined,
  partOf: (seen: Seen, constant: C) => StagePart,
  text: (constant: C) => string,
): Mistake {
  return withDrift({
    ...what,
    stages: ['neuron'],
    isFitted: true,
    isOfAll: true,
    concerns: (part, setting) => ownLayer(part, setting)?.spikes === true,
    plant: (right, make, setting) => ({
      ...right,
      run(intervals, manner) {
        const seen = seenBy(right, make, { setting, intervals, manner });
        const constant = fit(seen);
        return (constant === undefined ? right : partOf(seen, constant)).run(intervals, manner);
      },
    }),
    found(right, make, known) {
      const constant = fit(seenBy(right, make, known));
      return constant === undefined ? undefined : text(constant);
    },
  });
}

const digits = (value: number): string => String(Number(value.toPrecision(5)));

const otherThreshold = fitted(
  {
    id: 'other-threshold',
    says: 'The neurons of the layer have another threshold than the network’s.',
  },
  thresholdBetween,
  (seen, { below, above }) => partWith(seen, { Vth: (below + above) / 2 }),
  ({ below, above, isTried }) => {
    if (isTried) return `A threshold of ${digits(below)} makes these spikes.`;
    return below === above
      ? `It is ${digits(below)}.`
      : `It lies between ${digits(below)} and ${digits(above)}.`;
  },
);

const otherLeakage = fitted(
  { id: 'other-leak', says: 'The neurons of the layer have another leak than the network’s.' },
  otherLeak,
  (seen, λ) => partWith(seen, { λ }),
  (λ) => `What was supplied is that of λ = ${digits(λ)}.`,
);

/** Most steps of a refractory period that are tried. */
const longestPause = 32;

/** The steps after a spike without input that make the supplied spikes. */
function refractorySteps(seen: Seen): number | undefined {
  const theirs = spikesOf(seen);
  // Where nothing was supplied to fit it to.
  if (!theirs) return 2;
  const { network, variant } = seen.setting;
  // What a subtraction leaves may fire without input.
  const most = subtracts(variant) ? network.T - 1 : shortestPause(theirs, network.T);
  // One step alone has a name of its own.
  for (let steps = 2; steps <= Math.min(most, longestPause); steps++)
    if (againstOf(seen, withPause(seen, steps), theirs) === 0) return steps;
  return undefined;
}

/** The fewest steps between two spikes of a neuron. */
function shortestPause(spikes: Values, T: number): number {
  const size = spikes.length / T;
  const last = new Int32Array(size).fill(-T);
  let shortest = T;
  for (let i = 0; i < spikes.length; i++) {
    if (spikes[i] === 0) continue;
    const [neuron, t] = [i % size, Math.floor(i / size)];
    shortest = Math.min(shortest, t - last[neuron] - 1);
    last[neuron] = t;
  }
  return shortest;
}

/** The part whose neurons take no input for so many steps after a spike. */
function withPause({ make }: Seen, steps: number): StagePart {
  // Steps that are left, by the potentials of a sample.
  const kept = new WeakMap<Floats, Int32Array>();
  return make({
    semantics: {
      applyLayerNeuron(...[u, o, x, ...rest]) {
        const left = kept.get(u) ?? new Int32Array(u.length);
        kept.set(u, left);
        const taken = x.slice();
        for (let i = 0; i < left.length; i++) if (left[i] > 0) taken[i] = 0;
        semantics.applyLayerNeuron(u, o, taken, ...rest);
        for (let i = 0; i < left.length; i++) left[i] = o[i] === 0 ? Math.max(0, left[i] - 1) : steps;
      },
    },
  })!; // other semantics take no part away
}

const refractoryPeriod = fitted(
  {
    id: 'refractory-period',
    says: 'A neuron that fired does not integrate for several steps; Eq. 3 knows no refractory period.',
  },
  refractorySteps,
  withPause,
  (steps) => `It has ${steps} steps.`,
);

export const constantMistakes: readonly Mistake[] = [otherThreshold, otherLeakage, refractoryPeriod];
