/**
 * Computes what made the recorded arrays of a layer: its currents, the slopes of its surrogate, and the gradient that each step gets from
 * the next step.
 */
import type { Floats } from '../../../spec/arithmetic.ts';
import { computeFactors, neuronAt, resetOf } from '../../../spec/surrogateGradient.ts';
import type { Values } from '../../engine/rounding.ts';
import type { Stage } from '../../engine/stage.ts';
import { computeReturned } from './maps.ts';
import {
  backOf,
  currentOf,
  dEnters,
  keyOf,
  potentialOf,
  recurrentMatrix,
  type SurrogateLayer,
  type SurrogateModel,
} from './model.ts';

/**
 * For each number: δ; δ of the next step; the slope s that follows if all other values are right; and the parts of δ = fixed + s · times.
 */
export interface ShownGradients {
  readonly δ: Float64Array;
  readonly next: Float64Array;
  readonly s: Float64Array;
  readonly fixed: Float64Array;
  readonly times: Float64Array;
  /** The magnitude of the numbers from which δ is computed. */
  readonly size: Float64Array;
}

type Find = (key: string) => Values | undefined;

/**
 * The parts of δ^t = P·δ^(t+1) + F·M + s·E, from recorded gradients. Undefined if an array is missing, or if G, by which the
 * gradients are divided, is 0 somewhere.
 */
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
  if (!dx || !u || !e || !I || !G || !keeps || G.includes(0)) return undefined;
  const [E, M] = ['dspikes', 'dmem'].map((what) => (reads.includes(keyOf(n, what)) ? of(what) : undefined));
  const map = B * layer.size;
  const V = recurrent && of('recurrent');
  const fed = V && comesBack(entry, dx, V, map);
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
      (E ? E[i] : 0) +
      (fed ? fed[i] : 0) +
      (one.P[i] - none.P[i]) * next[i] +
      (isBetween ? (one.F[i] - none.F[i]) * loss : 0);
    s[i] = (δ[i] - fixed[i]) / times[i];
    size[i] = Math.abs(dI / g) + Math.abs(fixed[i]);
  }
  return { δ, next, s, fixed, times, size };
}

/** The gradients that come back to the spikes of each step from the currents of the next step, through recurrent weights. */
export function comesBack(layer: SurrogateLayer, dx: Floats, V: Floats, map: number): Float64Array {
  const timing = { T: dx.length / map, B: map / layer.layer.size, late: 1 };
  return computeReturned(backOf(layer), [dx, recurrentMatrix(layer, V)], timing);
}

/**
 * The currents that would have made the recorded potentials: I, which enters the neuron, and x, from which I follows. NaN where potentials
 * do not show them.
 */
export function currentsShown(
  { B }: SurrogateModel,
  { n, layer }: SurrogateLayer,
  find: Find,
): { readonly I: Float64Array; readonly x: Float64Array } | undefined {
  const [u, e] = ['mem', 'spikes'].map((what) => find(keyOf(n, what)));
  const { neuron } = layer;
  const { reset, resetWhen, recorded, output } = neuron;
  if (!u || (output === 'spikes' && !e) || neuron.overshoot !== 'stays') return undefined;
  const map = B * layer.size;
  const isBetween = recorded === 'between' && output === 'spikes';
  const [I, x] = [0, 1].map(() => new Float64Array(u.length));
  for (let i = 0; i < u.length; i++) {
    const own = neuronAt(layer, i);
    const [now, sent] = [i, i - map].map((at) => (at < 0 || reset === 'none' ? 0 : (e?.[at] ?? 0)));
    const before = i < map ? own.start : u[i - map];
    // A hard reset leaves nothing of what arrived.
    const isSet = reset !== 'subtract' && (isBetween ? now : resetWhen === 'afterLeak' ? sent : 0) !== 0;
    const isAtFloor = own.added !== 0 || u[i] <= own.floor;
    const isLate = !isBetween && resetWhen === 'afterLeak';
    const v = isBetween || isLate ? before : resetOf(own, before, sent).v;
    const charged = u[i] + own.subtracts * (isBetween ? now : isLate ? sent : 0);
    I[i] = isSet || isAtFloor ? NaN : (charged - own.λ * v - own.c) / own.g;
    x[i] = (I[i] - (i < map ? 0 : own.α * I[i - map])) / own.a;
  }
  return { I, x };
}
