/** Computes from the recorded gradients of a layer the slopes of its surrogate, and what each step gets from the next one. */
import type { Floats } from '../../../spec/arithmetic.ts';
import { computeFactors, computeSlopes } from '../../../spec/surrogateGradient.ts';
import type { Values } from '../../engine/rounding.ts';
import type { Replay } from '../../engine/run.ts';
import type { Stage } from '../../engine/stage.ts';
import type { Known, Unexplained, View } from '../relations/search.ts';
import { currentOf, dEnters, keyOf, potentialOf, type SurrogateModel } from './model.ts';

/** For each number: δ, and δ of the next step; s, if all other values are right; and the parts of δ = fixed + s · times. */
export interface ShownGradients {
  readonly δ: Float64Array;
  readonly next: Float64Array;
  readonly s: Float64Array;
  readonly fixed: Float64Array;
  readonly times: Float64Array;
  /** The size of the numbers that δ is computed from. */
  readonly size: Float64Array;
}

type Find = (key: string) => Values | undefined;

/** The parts of δ^t = P·δ^(t+1) + F·M + s·E, from recorded gradients; undefined if these do not determine them. */
export function gradientsShown(
  model: SurrogateModel,
  { n, reads }: Stage,
  find: Find,
): ShownGradients | undefined {
  const { layers, B } = model;
  const entry = layers[n - 1];
  const { layer, recurrent } = entry;
  const read = (key: string): Float64Array | undefined => {
    const values = find(key);
    return values && Float64Array.from(values);
  };
  const of = (what: string): Float64Array | undefined => read(keyOf(n, what));
  const [dx, u, e, I] = [dEnters(entry), potentialOf(model, entry), keyOf(n, 'spikes'), currentOf(entry)].map(
    read,
  );
  const [G, keeps] = [of('G'), of('keeps')];
  if (recurrent || !dx || !u || !e || !I || !G || !keeps || G.includes(0)) return undefined;
  const [E, M] = ['dspikes', 'dmem'].map((what) => (reads.includes(keyOf(n, what)) ? of(what) : undefined));
  const map = B * layer.size;
  const [none, one] = [0, 1].map((s) =>
    computeFactors(layer, [u.slice().fill(s), u, e, I], map, M !== undefined),
  );
  const isBetween = layer.neuron.recorded === 'between' && M !== undefined;
  const [δ, next, s, fixed, times, size] = Array.from({ length: 6 }, () => new Float64Array(dx.length));
  for (let i = dx.length - 1; i >= 0; i--) {
    const { a } = layer.each?.[i % layer.size] ?? layer.neuron;
    const [dI, g, later] = [dx[i] / a, G[i % G.length], i + map < dx.length];
    δ[i] = (dI - (later ? (keeps[i % keeps.length] * dx[i + map]) / a : 0)) / g;
    next[i] = later ? δ[i + map] : 0;
    const loss = M ? M[i] : 0;
    fixed[i] = none.P[i] * next[i] + (isBetween ? none.F[i] : 1) * loss;
    times[i] =
      (E ? E[i] : 0) + (one.P[i] - none.P[i]) * next[i] + (isBetween ? (one.F[i] - none.F[i]) * loss : 0);
    s[i] = (δ[i] - fixed[i]) / times[i];
    size[i] = Math.abs(dI / g) + Math.abs(fixed[i]);
  }
  return { δ, next, s, fixed, times, size };
}

/** The views of a wrong ∂L/∂x: s; what each step gets from the next one; and each step, computed from the recorded next one. */
export function viewsOf(
  model: SurrogateModel,
  run: Replay,
  stage: Stage,
  subject: Unexplained,
): readonly View[] | undefined {
  const { n } = stage;
  const entry = model.layers[n - 1];
  const find = (key: string): Floats | undefined => run.find(key)?.v;
  const [s, P] = ['slopes', 'P'].map((what) => run.find(keyOf(n, what)));
  const y = find(keyOf(n, 'distance'));
  const shown = stage.id === `backward.${n}` ? gradientsShown(model, stage, find) : undefined;
  if (!shown || !s || !P || !y) return undefined;
  const { layer } = entry;
  const map = model.B * layer.size;
  const named = (key: string, v: Floats): Known => ({ slot: { ...subject.slot, key }, v });
  const [slopes, distances] = [named('s', s.v), named('u − θ', y)];
  const [E, all] = [
    named(keyOf(n, 'dspikes'), find(keyOf(n, 'dspikes')) ?? y.slice().fill(0)),
    named('the gradient of the steps', Float64Array.from([...shown.δ, ...new Float64Array(map)])),
  ];
  const [u, e, I] = [potentialOf(model, entry), keyOf(n, 'spikes'), currentOf(entry)].map((key) =>
    find(key)!,
  ); // shown has read them
  const others = [...subject.others, slopes, distances];
  /** Values that the gradients do not determine count as expected. */
  const seen = (
    expected: Floats,
    own: Floats | undefined,
    got: (i: number) => number,
    over: Floats,
  ): Partial<Unexplained> => {
    const [v, r] = [Float64Array.from(expected), new Float64Array(expected.length)];
    const values = v.map((each, i) => {
      r[i] =
        (own?.[i] ?? 0) +
        (2 ** -20 * (shown.size[i] + Math.abs(shown.s[i] * shown.times[i]))) / Math.abs(over[i]);
      const isShown = r[i] < Math.max(Math.abs(each), Math.abs(got(i))) / 16;
      if (!isShown) r[i] = Infinity;
      return isShown ? got(i) : each;
    });
    return { expected: { v, r }, got: values };
  };
  const view = (says: string, more: Partial<Unexplained>): View => [
    says,
    { ...subject, others, sample: undefined, ...more },
  ];
  const ones = y.slice().fill(1);
  const expected = shown.fixed.map((each, i) => each + s.v[i] * shown.times[i]);
  const slopeView = view('of the slope s of the surrogate, ', {
    ...seen(s.v, s.r, (i) => shown.s[i], shown.times),
    inputs: [distances],
    make: ([values]) => computeSlopes(layer, values),
  });
  const factorView = view('of the factor P from the step after, ', {
    ...seen(P.v, P.r, (i) => P.v[i] + (shown.δ[i] - expected[i]) / shown.next[i], shown.next),
    inputs: [slopes, named('u', u), named(keyOf(n, 'spikes'), e)],
    make: ([values, potentials, spikes]) =>
      computeFactors(layer, [values, potentials, spikes, I], map, false).P,
  });
  const stepView = view('of each step from the step after, ', {
    ...seen(expected, undefined, (i) => shown.δ[i], ones),
    // δ with one more step after the last, which has no gradient.
    inputs: [slopes, E, { ...all, slot: { ...all.slot, shape: [model.T + 1, ...all.slot.shape.slice(1)] } }],
    make: ([values, its, δ]) =>
      expected.map(
        (each, i) => each + P.v[i] * (δ[i + map] - shown.next[i]) + values[i] * its[i] - s.v[i] * E.v[i],
      ),
  });
  // No step follows the last one: if the last one is right, so are the slopes.
  const isRight = shown.δ.subarray(-map).every((each, k, { length }) => {
    const i = shown.δ.length - length + k;
    return Math.abs(each - expected[i]) <= 2 ** -16 * shown.size[i];
  });
  return [isRight ? factorView : slopeView, stepView, ['', subject]];
}
