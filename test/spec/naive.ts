/**
 * A second implementation of networks through time, in binary64, by plain loops over dense tables. It tests the rules that go
 * back through time. Derivatives are computed *forward* (STBP), or layer by layer from the formulas of Lee et al. 2020. From
 * `spec/`, this file imports only types. `again.ts` uses the same tables.
 */
import type { NetworkDescription } from '../../spec/dictionary.ts';
import type { Shape } from '../../spec/network.ts';
import type { Variant } from '../../spec/variant.ts';
import type { Case } from '../networks.ts';

/**
 * A layer as tables. `weight[i][j]` is the index of the weight from j to i, or −1 if there is none. `windows[i]` has the inputs of
 * a pool's output i.
 */
export interface Table {
  readonly kind: string;
  readonly input: Shape;
  readonly output: Shape;
  readonly from: number;
  readonly to: number;
  readonly weight: number[][];
  readonly windows: number[][];
  /** The index of the first bias, or −1 if there is none. */
  readonly bias: number;
  /** The divisor of the sum of a window. */
  readonly divisor: number;
  readonly Vth: number;
  readonly λ: number;
  readonly fires: boolean;
}

export function tablesOf(
  { input, layers, threshold, leak = 1 }: NetworkDescription,
  variant: Variant,
): Table[] {
  let [C, H, W] = [input.channels, input.height, input.width];
  return layers.map((words, place) => {
    const { kind } = words;
    const get = (name: string, byDefault: number): number =>
      Number((words as unknown as Record<string, number>)[name] ?? byDefault);
    const isPool = kind === 'averagePool' || kind === 'maxPool' || kind === 'sumPool';
    if (!isPool && kind !== 'linear' && kind !== 'convolution')
      throw new Error(`naive: write ${kind} here too`);
    const size = isPool ? get('size', 0) : get('kernel', 1);
    const [stride, padding] = [get('stride', isPool ? size : 1), isPool ? 0 : get('padding', 0)];
    const along = (n: number): number => Math.floor((n + 2 * padding - size) / stride) + 1;
    const isLinear = kind === 'linear';
    const outputs = isLinear ? get('units', 0) : isPool ? C : get('channels', 0);
    const [rows, columns] = isLinear ? [1, 1] : [along(H), along(W)];
    const from = C * H * W;
    const to = outputs * rows * columns;
    const weight = Array.from({ length: to }, () => Array.from({ length: from }, () => -1));
    const windows = Array.from({ length: to }, (): number[] => []);
    for (let i = 0; i < to; i++) {
      const [c, y, x] = [Math.floor(i / (rows * columns)), Math.floor(i / columns) % rows, i % columns];
      for (let j = 0; j < from; j++) {
        const [cj, yj, xj] = [Math.floor(j / (H * W)), Math.floor(j / W) % H, j % W];
        const [dy, dx] = [yj - (y * stride - padding), xj - (x * stride - padding)];
        if (isLinear) weight[i][j] = i * from + j;
        else if (dy < 0 || dy >= size || dx < 0 || dx >= size) continue;
        else if (!isPool) weight[i][j] = ((c * C + cj) * size + dy) * size + dx;
        else if (c === cj) windows[i].push(j); // j ascends, which within a map is row by row
      }
    }
    const fixed = isPool && kind !== 'sumPool' && variant.averagePool === 'threeQuarters';
    const isOutput = place === layers.length - 1;
    const map = { channels: C, height: H, width: W };
    [C, H, W] = [outputs, rows, columns];
    return {
      kind,
      input: map,
      output: { channels: C, height: H, width: W },
      bias: words.bias ? outputs * (isLinear ? from : map.channels * size ** 2) : -1,
      from,
      to,
      weight,
      windows,
      divisor: kind === 'averagePool' ? size ** 2 : 1,
      Vth: fixed ? 0.75 : (words.threshold ?? threshold),
      λ: fixed ? 1 : (words.leak ?? leak),
      fires: kind !== 'maxPool' && (!isOutput || variant.output === 'fires'),
    };
  });
}

/** The event counts of a sample; empty for an image. */
export function framesOf({ input, label }: Case['samples'][number]): { frames: number[]; label: number } {
  return { frames: 'frames' in input ? Array.from(input.frames) : [], label };
}

/** A value, and its derivative with respect to one weight (`by`). */
interface Dual {
  readonly value: number;
  readonly by: number;
}

export interface NaiveRun {
  /** Spikes [t][n][i]; n = 0 is the input. */
  readonly o: number[][][];
  /** Result of the output layer: u at the end, or FO. */
  readonly result: number[];
  readonly L: number;
  /** Derivative of L with respect to the selected weight. */
  readonly dL: number;
  /** The smallest non-zero distance of a potential from its threshold. */
  readonly margin: number;
}

/**
 * Runs the window, and computes the derivative of L by weight `k` of layer `at`. `derivative` returns the slope of a spike; its
 * argument is the distance of the potential from the threshold.
 */
export function runNaive(
  { description, variant, weights: w, samples }: Case,
  b: number,
  derivative: (distance: number) => number = () => 0,
  at = 0,
  k = -1,
): NaiveRun {
  const layers = tablesOf(description, variant);
  const T = description.timeWindow;
  const inputs = layers[0].from;
  const { frames, label } = framesOf(samples[b]);
  const zero: Dual = { value: 0, by: 0 };
  const u = layers.map(({ to }) => Array.from({ length: to }, () => zero));
  const spikes = layers.map(({ to }) => Array.from({ length: to }, () => zero));
  const FO = Array.from({ length: layers.at(-1)!.to }, () => zero);
  const o: number[][][] = [];
  let margin = Infinity;
  const leaked = ({ value, by }: Dual, λ: number): Dual => ({
    value: λ === 1 ? value : variant.leak === 'product' ? λ * value : λ * value + value - value,
    by: λ * by,
  });
  for (let t = 0; t < T; t++) {
    let before: Dual[] = frames.slice(t * inputs, (t + 1) * inputs).map((value) => ({ value, by: 0 }));
    const step = [before.map(({ value }) => value)];
    for (const [place, layer] of layers.entries()) {
      for (let i = 0; i < layer.to; i++) {
        const x = currentOf(layer, w[place], before, i, place + 1 === at ? k : -1);
        if (layer.kind === 'maxPool') {
          spikes[place][i] = x;
          continue;
        }
        const isOutput = place === layers.length - 1;
        const [was, fired] = [u[place][i], spikes[place][i]];
        const λ = isOutput && variant.output === 'integrates' ? 1 : layer.λ;
        // If potentials are reset in the same step, a leaking output layer adds its input before it leaks.
        const late = isOutput && variant.output === 'leaks' && variant.reset === 'sameStep';
        const kept = late ? was : leaked(was, λ);
        const rest = fired.value !== 0 ? 0 : kept.value;
        const slope = kept.by * (1 - fired.value) - λ * was.value * fired.by;
        const now: Dual = { value: rest + x.value, by: slope + x.by };
        u[place][i] = late ? leaked(now, λ) : now;
        if (!layer.fires) continue;
        const distance = now.value - layer.Vth;
        if (distance !== 0) margin = Math.min(margin, Math.abs(distance));
        const isFiring = variant.fires === 'atThreshold' ? distance >= 0 : distance > 0;
        spikes[place][i] = { value: isFiring ? 1 : 0, by: derivative(distance) * now.by };
      }
      before = spikes[place].slice();
      step.push(before.map(({ value }) => value));
    }
    for (const [i, fired] of before.entries())
      FO[i] = { value: FO[i].value + fired.value, by: FO[i].by + fired.by };
    o.push(step);
  }
  const output = layers.at(-1)!;
  const result = output.fires ? FO : u.at(-1)!;
  const window = T * (output.fires ? 1 : output.Vth);
  let [L, dL] = [0, 0];
  for (const [i, { value, by }] of result.entries()) {
    const error = value / window - (i === label ? 1 : 0);
    L += error * error;
    dL += (2 * error * by) / window;
  }
  const half = variant.loss === 'half' ? 0.5 : 1;
  return { o, result: result.map(({ value }) => value), L: half * L, dL: half * dL, margin };
}

function currentOf(
  { kind, weight, windows, divisor, from }: Table,
  w: ArrayLike<number>,
  o: readonly Dual[],
  i: number,
  k: number,
): Dual {
  if (kind === 'maxPool') return windows[i].map((j) => o[j]).reduce((a, c) => (c.value > a.value ? c : a));
  let [value, by] = [0, 0];
  if (windows[i].length > 0) {
    for (const j of windows[i]) [value, by] = [value + o[j].value, by + o[j].by];
    return { value: value / divisor, by: by / divisor };
  }
  for (let j = 0; j < from; j++) {
    const at = weight[i][j];
    if (at < 0) continue;
    value += w[at] * o[j].value;
    by += w[at] * o[j].by + (at === k ? o[j].value : 0);
  }
  return { value, by };
}

/** ∂L/∂w of Lee et al. 2020 for one sample, layer n at index n − 1, by the formulas of the public code of their paper. */
export function computeLeeGradient(small: Case, b: number): { dw: number[][]; margin: number } {
  const { description, variant } = small;
  const w = small.weights.map((list) => Array.from(list));
  const layers = tablesOf(description, variant);
  const T = description.timeWindow;
  const { o, result, margin } = runNaive(small, b);
  const θ = layers.at(-1)!.Vth;
  const factor = variant.loss === 'half' ? 1 : 2;
  const last = result.map(
    (u, i) => (factor * (u / (θ * T) - (i === small.samples[b].label ? 1 : 0))) / (θ * T),
  );
  let g: number[][] = Array.from({ length: T }, () => last);
  const dw = w.map((list) => list.map(() => 0));
  for (let n = layers.length; n >= 1; n--) {
    const layer = layers[n - 1];
    const isOutput = n === layers.length;
    const δ = isOutput || layer.kind === 'maxPool' ? g : deltas(layer, o, g, n, T);
    for (let t = 0; t < T; t++) {
      for (let i = 0; i < layer.to; i++) {
        for (let j = 0; j < layer.from; j++) {
          if (layer.weight[i][j] >= 0) dw[n - 1][layer.weight[i][j]] += δ[t][i] * o[t][n - 1][j];
        }
      }
    }
    g = δ.map((d, t) => backThrough(layer, w[n - 1], d, o[t][n - 1]));
  }
  return { dw, margin };
}

/** δ_t = s_t·(g_t·NG/θ) + (1 − s_t)·δ_{t+1} of a layer of neurons. */
function deltas(layer: Table, o: number[][][], g: number[][], n: number, T: number): number[][] {
  const δ = g.map((row) => row.map(() => 0));
  for (let i = 0; i < layer.to; i++) {
    let [LF, FO] = [0, 0];
    for (let t = 1; t <= T; t++) {
      LF += Math.pow(layer.λ, T - t) * o[t - 1][n][i];
      FO += o[t - 1][n][i];
    }
    const NG = (LF > 1e-3 ? 1 : 0) + (Math.log(layer.λ) * LF) / (FO === 0 ? 1 : FO);
    const slope = layer.windows.some(({ length }) => length > 0) ? 1 : NG / layer.Vth;
    for (let t = T - 1; t >= 0; t--) {
      const later = t + 1 < T ? δ[t + 1][i] : 0;
      δ[t][i] = o[t][n][i] === 1 ? g[t][i] * slope : later;
    }
  }
  return δ;
}

function backThrough(
  { kind, weight, windows, divisor, from, to }: Table,
  w: ArrayLike<number>,
  d: readonly number[],
  o: readonly number[],
): number[] {
  const g = Array.from({ length: from }, () => 0);
  for (let i = 0; i < to; i++) {
    if (kind === 'maxPool') g[windows[i].reduce((a, c) => (o[c] > o[a] ? c : a))] += d[i];
    else if (windows[i].length > 0) for (const j of windows[i]) g[j] += d[i] / divisor;
    else for (let j = 0; j < from; j++) if (weight[i][j] >= 0) g[j] += w[weight[i][j]] * d[i];
  }
  return g;
}
