/** Synapses and pools between the neurons of two layers: forward, backward, and the gradients of weights. */
import type { Floats } from '../../../spec/arithmetic.ts';
import { neuronsOf, type Shape } from '../../../spec/network.ts';
import { ε, tiny } from '../../engine/rounding.ts';
import type { Ball } from '../../engine/stage.ts';
import { once } from '../memo.ts';
import { borders } from '../rows.ts';

/** All synapses between two layers, as a kernel that moves over a map. In a linear layer, kernel and map have one position. */
export interface Synapse {
  readonly from: Shape;
  readonly to: Shape;
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly padding: readonly [number, number];
  /** The index in `borders` of what a window reads beyond the map. Default: 0. */
  readonly border?: number;
}

export interface Pool {
  /** `lppool`: a sum whose gradient is 0 where all its inputs are 0, as in PyTorch's LPPool2d. `first`: the first input. */
  readonly kind: 'maxpool' | 'sumpool' | 'avgpool' | 'lppool' | 'first';
  readonly size: number;
  readonly from: Shape;
  readonly to: Shape;
  /** Whether the inputs of a window are `to.height` rows and `to.width` columns apart, and not neighbours. */
  readonly isSpread?: boolean;
  /** Which of several equal maxima get the gradient, or `spread`: a share for each input. Default: the first. */
  readonly winners?: 'last' | 'all' | 'shared' | 'spread' | undefined;
}

/** For each position of a map: the positions that its synapses reach in the other map, and their kernel positions. */
interface Taps {
  readonly starts: Int32Array;
  readonly kernels: Int32Array;
  readonly positions: Int32Array;
}

/** The inputs in the window of each output. The taps of one channel are the same for all channels. */
const windowsOf = once(({ from, to, kernel, stride, padding, border = 0 }: Synapse): Taps => {
  const [kernels, positions]: number[][] = [[], []];
  const starts = new Int32Array(positionsOf(to) + 1);
  const within = (at: number, size: number): number =>
    at >= 0 && at < size ? at : borders[border][1](at, size);
  for (let position = 0; position < positionsOf(to); position++) {
    const [y, x] = [Math.floor(position / to.width), position % to.width];
    for (let ky = 0; ky < kernel[0]; ky++)
      for (let kx = 0; kx < kernel[1]; kx++) {
        const row = within(y * stride[0] - padding[0] + ky, from.height);
        const column = within(x * stride[1] - padding[1] + kx, from.width);
        if (row < 0 || column < 0 || row >= from.height || column >= from.width) continue;
        kernels.push(ky * kernel[1] + kx);
        positions.push(row * from.width + column);
      }
    starts[position + 1] = kernels.length;
  }
  return { starts, kernels: Int32Array.from(kernels), positions: Int32Array.from(positions) };
});

/** The outputs that each input reaches. */
const tapsOf = once((synapse: Synapse): Taps => {
  const windows = windowsOf(synapse);
  const starts = new Int32Array(positionsOf(synapse.from) + 1);
  for (const position of windows.positions) starts[position + 1]++;
  for (let k = 1; k < starts.length; k++) starts[k] += starts[k - 1];
  const [kernels, positions, next] = [windows.kernels.slice(), windows.positions.slice(), starts.slice()];
  for (let output = 0; output + 1 < windows.starts.length; output++)
    for (let k = windows.starts[output]; k < windows.starts[output + 1]; k++) {
      const at = next[windows.positions[k]]++;
      [kernels[at], positions[at]] = [windows.kernels[k], output];
    }
  return { starts, kernels, positions };
});

/** Synapses between the same places of two maps. In a linear layer, a map has one place. */
export const pointwise = (from: Shape, to: Shape): Synapse => ({
  from,
  to,
  kernel: [1, 1],
  stride: [1, 1],
  padding: [0, 0],
});

export const placeOf = (channels: number): Shape => ({ channels, height: 1, width: 1 });

export const areaOf = ({ kernel }: Synapse): number => kernel[0] * kernel[1];
export const positionsOf = ({ height, width }: Shape): number => height * width;

/** The number of synapses that reach an output, and thus of terms in its sum. */
export const fanIn = (synapse: Synapse): number => areaOf(synapse) * synapse.from.channels;

/** Transposes (rows, columns) to (columns, rows); returns the same array for one row or column. */
function transposed(values: Floats, rows: number): Floats {
  if (rows === values.length || rows === 1) return values;
  const columns = values.length / rows;
  const out = new Float64Array(values.length);
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++) out[c * rows + r] = values[r * columns + c];
  return out;
}

/** The numbers of steps and samples of a window, and the delay in steps from a spike to its current. */
export interface Timing {
  readonly T: number;
  readonly B: number;
  readonly late: number;
}

/** Whether two maps of an array are equal, such as those of an image shown at every step. */
function isSame(o: Floats, one: number, other: number, size: number): boolean {
  for (let i = 0; i < size; i++) if (o[one + i] !== o[other + i]) return false;
  return true;
}

/** x = W·o + b. */
export function computeCurrents(
  synapse: Synapse,
  [o, W, b]: readonly Floats[],
  { T, B, late }: Timing,
): Float64Array {
  const { from, to } = synapse;
  const [inputs, outputs, C] = [neuronsOf(from), neuronsOf(to), to.channels];
  const weights = transposed(W, C);
  const { starts, kernels, positions } = tapsOf(synapse);
  const [before, here, area] = [positionsOf(from), positionsOf(to), areaOf(synapse)];
  const acc = new Float64Array(outputs);
  const x = new Float64Array(T * B * outputs);
  for (let m = 0; m < T * B; m++) {
    const start = (m - late * B) * inputs;
    if (m >= (late + 1) * B && isSame(o, start, start - B * inputs, inputs)) {
      x.copyWithin(m * outputs, (m - B) * outputs, (m - B + 1) * outputs);
      continue;
    }
    acc.fill(0);
    for (let i = 0; i < inputs && start >= 0; i++) {
      const value = o[start + i];
      if (value === 0) continue;
      const [c, p] = [Math.floor(i / before), i % before];
      for (let k = starts[p]; k < starts[p + 1]; k++) {
        const [row, position] = [(c * area + kernels[k]) * C, positions[k] * C];
        for (let j = 0; j < C; j++) acc[position + j] += value * weights[row + j];
      }
    }
    for (let c = 0; c < C; c++)
      for (let p = 0; p < here; p++)
        x[m * outputs + c * here + p] = acc[p * C + c] + (b && start >= 0 ? b[c] : 0);
  }
  return x;
}

/** ∂L/∂o = Wᵀ·dx; dx is taken from the step at which the current arrives. */
export function computeReturned(
  synapse: Synapse,
  [dx, W]: readonly Floats[],
  { T, B, late }: Timing,
): Float64Array {
  const { from, to } = synapse;
  const [inputs, outputs, channels] = [neuronsOf(from), neuronsOf(to), from.channels];
  const { starts, kernels, positions } = windowsOf(synapse);
  const [here, area] = [positionsOf(to), areaOf(synapse)];
  const size = channels * area;
  const weights = new Float64Array(W.length);
  for (let j = 0; j < to.channels; j++)
    weights.set(transposed(W.subarray(j * size, (j + 1) * size), channels), j * size);
  const acc = new Float64Array(inputs);
  const out = new Float64Array(T * B * inputs);
  for (let m = 0; m < (T - late) * B; m++) {
    acc.fill(0);
    for (let i = 0; i < outputs; i++) {
      const d = dx[(m + late * B) * outputs + i];
      if (d === 0) continue;
      const [j, p] = [Math.floor(i / here), i % here];
      for (let k = starts[p]; k < starts[p + 1]; k++) {
        const [row, position] = [(j * area + kernels[k]) * channels, positions[k] * channels];
        for (let c = 0; c < channels; c++) acc[position + c] += weights[row + c] * d;
      }
    }
    out.set(transposed(acc, inputs / channels), m * inputs);
  }
  return out;
}

/** dW = Σ dx·oᵀ over all maps. If o is the same in successive steps, their dx are summed first. */
export function computedW(
  synapse: Synapse,
  [dx, o]: readonly Floats[],
  { T, B, late }: Timing,
): Float64Array {
  const { from, to } = synapse;
  const [inputs, outputs, C] = [neuronsOf(from), neuronsOf(to), to.channels];
  const { starts, kernels, positions } = tapsOf(synapse);
  const [before, area] = [positionsOf(from), areaOf(synapse)];
  const sums = new Float64Array(fanIn(synapse) * C);
  const summed = new Float64Array(outputs);
  for (let b = 0; b < B; b++) {
    summed.fill(0);
    for (let t = late; t < T; t++) {
      const [outputAt, start] = [(t * B + b) * outputs, ((t - late) * B + b) * inputs];
      for (let k = 0; k < outputs; k++) summed[k] += dx[outputAt + k];
      if (t < T - 1 && isSame(o, start, start + B * inputs, inputs)) continue;
      const d = transposed(summed, C);
      for (let i = 0; i < inputs; i++) {
        const value = o[start + i];
        if (value === 0) continue;
        const [c, p] = [Math.floor(i / before), i % before];
        for (let k = starts[p]; k < starts[p + 1]; k++) {
          const [row, position] = [(c * area + kernels[k]) * C, positions[k] * C];
          for (let j = 0; j < C; j++) sums[row + j] += value * d[position + j];
        }
      }
      summed.fill(0);
    }
  }
  return new Float64Array(transposed(sums, sums.length / C));
}

/** db = Σ dx over all positions, from map `from` on: before it, no delayed current has arrived. */
export function computedb({ to }: Synapse, [dx]: readonly Floats[], from = 0): Float64Array {
  const [outputs, here] = [neuronsOf(to), positionsOf(to)];
  const db = new Float64Array(to.channels);
  for (let i = from * outputs; i < dx.length; i++) db[Math.floor((i % outputs) / here)] += dx[i];
  return db;
}

/** The places of the inputs of each window of a pool, one window after the other. All channels have the same places. */
const placesOfPool = once(({ size, from, to, isSpread }: Pool): Int32Array => {
  const synapse = { ...pointwise(from, to), kernel: [size, size], stride: [size, size] } as const;
  const { positions } = windowsOf(synapse);
  if (!isSpread) return positions;
  return positions.map((_, k) => {
    const [position, i] = [Math.floor(k / size ** 2), k % size ** 2];
    const [y, x] = [Math.floor(position / to.width), position % to.width];
    return (y + Math.floor(i / size) * to.height) * from.width + x + (i % size) * to.width;
  });
});

/** Visits each window of some maps: its index, and the indices of its inputs, which the next window overwrites. */
function eachWindow(pool: Pool, count: number, visit: (w: number, its: Int32Array) => void): void {
  const [places, its] = [placesOfPool(pool), new Int32Array(pool.size ** 2)];
  const [before, here] = [positionsOf(pool.from), positionsOf(pool.to)];
  for (let w = 0; w < count; w++) {
    const [start, at] = [Math.floor(w / here) * before, (w % here) * its.length];
    for (let k = 0; k < its.length; k++) its[k] = start + places[at + k];
    visit(w, its);
  }
}

/** The number of windows of maps with `length` numbers. */
const countWindows = ({ from, to }: Pool, length: number): number =>
  (length / neuronsOf(from)) * neuronsOf(to);

/** The maximum, sum, mean or first number of each window. */
export function computePooled(pool: Pool, o: Floats): Float64Array {
  if (pool.kind === 'maxpool') return computeMaxima(pool, { v: o }).v as Float64Array; // `computeMaxima` makes it
  const out = new Float64Array(countWindows(pool, o.length));
  eachWindow(pool, out.length, (w, its) => {
    if (pool.kind === 'first') out[w] = o[its[0]];
    else for (const i of its) out[w] += o[i];
    if (pool.kind === 'avgpool') out[w] /= its.length;
  });
  return out;
}

/** The maximum of each window. Its error is at most the largest error of the inputs that can be the maximum. */
export function computeMaxima(pool: Pool, { v: o, r }: Ball): Ball {
  const v = new Float64Array(countWindows(pool, o.length));
  const radius = r && new Float64Array(v.length);
  eachWindow(pool, v.length, (w, its) => {
    v[w] = greatest(its, (i) => o[i]);
    if (!r || !radius) return;
    const least = greatest(its, (i) => o[i] - r[i]);
    for (const i of its) if (o[i] + r[i] >= least && r[i] > radius[w]) radius[w] = r[i];
  });
  return { v, r: radius };
}

/** The greatest number over some indices; NaN are left out. */
function greatest(its: Int32Array, of: (i: number) => number): number {
  let most = -Infinity;
  for (const i of its) if (of(i) > most) most = of(i);
  return most;
}

/**
 * For each input, the factor of its window's gradient: 1 or 0, or an equal share if `winners` is `shared` or `spread`. A
 * maximum pool selects its greatest input; `winners` decides between equal ones. Where errors leave the greatest input open,
 * each factor that could differ has the bound 1.
 */
export function computeWinners(pool: Pool, { v: o, r }: Ball): Ball {
  const v = new Float64Array(o.length);
  if (pool.winners === 'spread') return { v: v.fill(1 / pool.size ** 2) };
  const opens = new Float64Array(o.length);
  let isOpen = false;
  eachWindow(pool, countWindows(pool, o.length), (_, its) => {
    const most = greatest(its, (i) => o[i]);
    const equal = its.filter((i) => o[i] === most);
    const isAll = pool.winners === 'all' || pool.winners === 'shared';
    if (isAll) for (const i of equal) v[i] = pool.winners === 'shared' ? 1 / equal.length : 1;
    else if (equal.length > 0) v[equal[pool.winners === 'last' ? equal.length - 1 : 0]] = 1;
    if (!r) return;
    const least = greatest(its, (i) => o[i] - r[i]);
    const rivals = its.filter((i) => o[i] + r[i] >= least);
    if (rivals.length < 2 || rivals.every((i) => r[i] === 0)) return;
    isOpen = true;
    for (const i of rivals) opens[i] = 1;
  });
  return isOpen ? { v, r: opens } : { v };
}

/** For each input of a pool that sums powers: 0 if all inputs of its window are 0, otherwise 1. */
export function computeActive(pool: Pool, { v: o, r }: Ball): Ball {
  const v = new Float64Array(o.length);
  const opens = r && new Float64Array(o.length);
  eachWindow(pool, countWindows(pool, o.length), (_, its) => {
    const isActive = its.some((i) => o[i] !== 0);
    const isOpen = opens && its.every((i) => Math.abs(o[i]) <= r[i]);
    for (const i of its) {
      if (isActive) v[i] = 1;
      if (isOpen) opens[i] = 1;
    }
  });
  return { v, r: opens };
}

/** ∂L/∂(input of a pool). `winners` has the factors of `computeWinners`; without it, all inputs get the gradient. */
export function computeUnpooled(pool: Pool, [d, winners]: readonly (Ball | undefined)[]): Ball {
  const { v: gradients, r: errors } = d!; // the gradient is required
  const v = new Float64Array((gradients.length / neuronsOf(pool.to)) * neuronsOf(pool.from));
  const r = new Float64Array(v.length);
  const share = pool.kind === 'avgpool' ? 1 / pool.size ** 2 : 1;
  let isExact = true;
  eachWindow(pool, gradients.length, (w, its) => {
    const [gradient, off] = [gradients[w] * share, errors ? errors[w] * share : 0];
    if (gradient === 0 && off === 0) return;
    for (const i of its) {
      const factor = winners ? winners.v[i] : 1;
      const open = winners?.r ? winners.r[i] : 0;
      v[i] = gradient * factor;
      // A factor that is not 1 is rounded, and so is its product.
      const rounded = share * factor === 1 || v[i] === 0 ? 0 : 3 * ε * Math.abs(v[i]) + tiny;
      r[i] = off * (factor + open) + Math.abs(gradient) * open + rounded;
      if (r[i] > 0) isExact = false;
    }
  });
  return isExact ? { v } : { v, r };
}
