/**
 * A second implementation of Algorithm 1, which tests every bit of the stages of `spec/`. It computes a step in binary32, by plain
 * loops over the tables of `naive.ts`, and rounds after each operation.
 */
import type { StepResult } from '../../spec/algorithm1.ts';
import type { Shape } from '../../spec/network.ts';
import type { Variant } from '../../spec/variant.ts';
import type { Case } from '../networks.ts';
import { framesOf, tablesOf, type Table } from './naive.ts';

const fl = Math.fround;
const sum = (values: readonly number[]): number => values.reduce((s, value) => fl(s + value), 0);
const empty = (length: number): number[] => Array<number>(length).fill(0);

/** The indices of a map in the order row, column, channel. */
function raster({ channels, height, width }: Shape): number[] {
  const places = empty(channels * height * width).map((_, n) => n);
  return places.map((n) => (n % channels) * height * width + Math.floor(n / channels));
}

function currentOf(layer: Table, w: readonly number[], o: readonly number[]): number[] {
  const { kind, windows, weight, divisor, input, output, bias } = layer;
  const order = raster(input);
  return windows.map((window, i) => {
    if (kind === 'maxPool') return Math.max(...window.map((j) => o[j]));
    if (window.length > 0) return fl(sum(window.map((j) => o[j])) / divisor);
    const x = sum(order.flatMap((j) => (weight[i][j] < 0 ? [] : fl(w[weight[i][j]] * o[j]))));
    return bias < 0 ? x : fl(x + w[bias + Math.floor(i / (output.height * output.width))]);
  });
}

/** The part of a potential that remains for the next step. */
function leftOf({ λ, Vth }: Table, { reset, leak }: Variant, u: number, o: number): number {
  const leaked = (v: number): number => {
    if (λ === 1) return v;
    return leak === 'product' ? fl(λ * v) : fl(fl(fl(λ * v) + v) - v);
  };
  if (o === 0) return leaked(u);
  if (reset === 'subtractThenLeak') return leaked(fl(u - Vth));
  return reset === 'leakThenSubtract' ? fl(leaked(u) - Vth) : 0;
}

type State = Record<'x' | 'u' | 'o' | 'FI' | 'FO', number[]>;

function applyStep(state: State, before: State, w: readonly number[], layer: Table, variant: Variant): void {
  const { fires, kind, Vth } = layer;
  state.x = currentOf(layer, w, before.o);
  for (const [i, x] of state.x.entries()) {
    const isNext = variant.reset === 'nextStep';
    if (kind === 'maxPool') state.o[i] = x;
    else if (!fires) state.u[i] = fl(state.u[i] + x);
    else {
      const u = fl((isNext ? leftOf(layer, variant, state.u[i], state.o[i]) : state.u[i]) + x);
      const o = (variant.fires === 'atThreshold' ? u >= Vth : u > Vth) ? 1 : 0;
      [state.u[i], state.o[i]] = [isNext ? u : leftOf(layer, variant, u, o), o];
    }
    state.FI[i] = fl(state.FI[i] + x);
    state.FO[i] += state.o[i];
  }
}

/** Eq. (12) for a batch: the new S, or undefined if the ratio is refused. */
function scaleOf(layer: Table, variant: Variant, states: readonly State[], S: number): number | undefined {
  const { windows, output, Vth } = layer;
  const isPool = windows[0].length > 0;
  const size = output.height * output.width;
  const [FI, FO] = [[], []] as number[][];
  for (const state of states) {
    const isIn = state.FI.map((flow, i) => isPool || variant.scaleOver === 'all' || flow >= state.FO[i]);
    const flows = state.FI.map((flow, i) => (isIn[i] ? flow : 0));
    const channels = empty(output.channels).map((_, c) => sum(flows.slice(c * size, (c + 1) * size)));
    FI.push(sum(channels));
    FO.push(state.FO.filter((_, i) => isIn[i]).reduce((s, count) => s + count, 0));
  }
  if (variant.scale !== 'layer') return S;
  const isBelow = variant.scaleRange === 'aboveFloor' && sum(FI) < fl(0.001);
  const ratio = isBelow ? 1 : fl(fl(FO.reduce((s, count) => s + count, 0)) / sum(FI));
  const isFitting = ratio > 0 && ratio <= fl(1 / Vth);
  if (variant.scaleRange === 'belowInverseThreshold' && !isFitting) return undefined;
  return variant.scaleMemory === 'replace' ? ratio : fl(fl(fl(0.6) * ratio) + fl(fl(0.4) * S));
}

function dFIOf(
  { fires, Vth }: Table,
  variant: Variant,
  { FI, FO }: State,
  S: number,
  dFO: number[],
): number[] {
  const bound = fl(1 / Vth);
  return dFO.map((d, i) => {
    if (!fires) return d;
    const ratio = fl(FO[i] / FI[i]);
    const own = ratio > 0 && ratio <= bound ? ratio : bound;
    const isOpen = variant.gate === 'always' || FI[i] > 0;
    return isOpen ? fl(d * (variant.scale === 'neuron' ? own : S)) : 0;
  });
}

/** ∂L/∂FO of the layer before. Its flows are `FO`. */
function dFOOf(layer: Table, w: readonly number[], dFI: readonly number[], FO: readonly number[]): number[] {
  const { kind, windows, weight, divisor, output } = layer;
  const order = raster(output);
  const dFO = FO.map((_, j) => {
    const terms = order.flatMap((i) => {
      if (windows[i].length > 0) return windows[i].includes(j) ? dFI[i] : [];
      return weight[i][j] < 0 ? [] : fl(dFI[i] * w[weight[i][j]]);
    });
    return fl(sum(terms) / divisor);
  });
  if (kind !== 'maxPool') return dFO;
  dFO.fill(0);
  for (const i of order) {
    const most = Math.max(...windows[i].map((j) => FO[j]));
    const first = windows[i].find((j) => FO[j] === most)!; // the maximum is one of them
    dFO[first] = fl(dFO[first] + dFI[i]);
  }
  return dFO;
}

function accumulate(
  dw: number[],
  layer: Table,
  dFI: readonly number[],
  FO: readonly number[],
  T: number,
): void {
  const { input, output, weight, bias } = layer;
  for (const j of raster(input))
    for (const i of raster(output)) {
      const k = weight[i][j];
      if (k >= 0) dw[k] = fl(dw[k] + fl(FO[j] * dFI[i]));
    }
  for (const [i, d] of dFI.entries()) {
    const k = bias + Math.floor(i / (output.height * output.width));
    if (bias >= 0) dw[k] = fl(dw[k] + fl(d * T));
  }
}

/** Adds pairs, then pairs of pairs. A list without a partner is unchanged. */
function treeSum(lists: readonly number[][]): number[] {
  if (lists.length === 1) return lists[0];
  const pairs = lists.flatMap((list, m) => {
    if (m % 2 === 1) return [];
    const partner = lists[m + 1];
    return [partner ? list.map((value, k) => fl(value + partner[k])) : list];
  });
  return treeSum(pairs);
}

interface Again extends Pick<StepResult, 'S' | 'refused' | 'L'> {
  readonly states: readonly (readonly State[])[];
  readonly losses: readonly number[];
  readonly dFO: readonly (readonly (readonly number[])[])[];
  readonly dw: readonly (readonly number[])[];
}

/** All results of `trainingStep`. */
export function stepAgain({ description, variant, weights, samples, S: before, shard, when }: Case): Again {
  const layers = tablesOf(description, variant).map((layer) => ({
    ...layer,
    Vth: fl(layer.Vth),
    λ: fl(layer.λ),
  }));
  const { timeWindow: T } = description;
  const N = layers.length;
  const w = weights.map((list) => Array.from(list));
  const all = samples.map(framesOf);
  const sizes = [layers[0].from, ...layers.map(({ to }) => to)];
  const stateOf = (size: number): State => ({ x: empty(size), u: empty(size), o: empty(size), FI: empty(size), FO: empty(size) }); // prettier-ignore
  const states = all.map(({ frames }) => {
    const state = sizes.map(stateOf);
    for (let t = 0; t < T; t++) {
      state[0].o = frames.slice(t * sizes[0], (t + 1) * sizes[0]);
      for (const flow of ['FI', 'FO'] as const)
        state[0][flow] = state[0][flow].map((s, i) => s + state[0].o[i]);
      for (const [n, layer] of layers.entries()) applyStep(state[n + 1], state[n], w[n], layer, variant);
    }
    for (const [n, layer] of layers.entries())
      if (layer.kind === 'maxPool' && variant.maxPoolFlow === 'accumulated')
        state[n + 1].FO = currentOf(layer, w[n], state[n].FO);
    return state;
  });

  const isUpdate =
    when.epoch % when.every === 0 && (variant.scaleUpdate === 'everyBatch' || when.batch === 0);
  const scales = layers.map((layer, n) =>
    layer.fires && isUpdate
      ? scaleOf(layer, variant, states.map((state) => state[n + 1]), before[n])
      : before[n],
  ); // prettier-ignore
  const S = scales.map((found, n) => found ?? before[n]);
  const refused = scales.flatMap((found, n) => (found === undefined ? [n + 1] : []));

  const window = fl(T * layers[N - 1].Vth);
  const errors = states.map((state, b) =>
    state[N].u.map((u, i) => fl(fl(u / window) - (i === all[b].label ? 1 : 0))),
  );
  const losses = errors.map((error) => {
    const squares = sum(error.map((e) => fl(e * e)));
    return variant.loss === 'half' ? fl(squares / 2) : squares;
  });
  const mean = (total: number): number => (variant.batch === 'mean' ? fl(total / samples.length) : total);

  const shards: number[][][] = [];
  const dFO = states.map((state, b) => {
    if (b % shard === 0) shards.push(w.map(({ length }) => empty(length)));
    const found = sizes.map(empty);
    let dFI = errors[b].map((e) => fl((variant.loss === 'half' ? e : fl(2 * e)) / window));
    for (let n = N; n >= 1; n--) {
      const [layer, { FO }] = [layers[n - 1], state[n - 1]];
      if (n < N) dFI = dFIOf(layer, variant, state[n], S[n - 1], found[n]);
      if (n < N || variant.outputWeights === 'trained') accumulate(shards.at(-1)![n - 1], layer, dFI, FO, T);
      if (n > 1) found[n - 1] = dFOOf(layer, w[n - 1], dFI, FO);
    }
    return found;
  });
  const dw = w.map((_, n) => treeSum(shards.map((lists) => lists[n])).map(mean));
  return { states, S, refused, losses, L: mean(sum(losses)), dFO, dw };
}
