/** What lies between the neurons of two layers: synapses and pools, forward, backward, and the gradients of weights. */
import type { Floats } from '../../../spec/arithmetic.ts';
import { neuronsOf, type Shape } from '../../../spec/network.ts';

/** A window that moves over a map; of a linear layer, whose map is one place, it is that. */
export interface Synapse {
  readonly from: Shape;
  readonly to: Shape;
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly padding: readonly [number, number];
}

export interface Pool {
  /** `lppool`: a sum whose gradient is 0 where it is 0, as PyTorch's LPPool2d has it. */
  readonly kind: 'maxpool' | 'sumpool' | 'avgpool' | 'lppool';
  readonly size: number;
  readonly from: Shape;
  readonly to: Shape;
}

/** For each input of a map: the outputs that it reaches, and by which place of the kernel. */
interface Taps {
  readonly starts: Int32Array;
  readonly kernels: Int32Array;
  readonly places: Int32Array;
}

const known = new WeakMap<Synapse, Taps>();

/** The taps of one channel: of all they are the same. */
function tapsOf(synapse: Synapse): Taps {
  const found = known.get(synapse);
  if (found) return found;
  const { from, to, kernel, stride, padding } = synapse;
  const [kernels, places]: number[][] = [[], []];
  const starts = new Int32Array(from.height * from.width + 1);
  for (let y = 0; y < from.height; y++)
    for (let x = 0; x < from.width; x++) {
      for (let ky = 0; ky < kernel[0]; ky++)
        for (let kx = 0; kx < kernel[1]; kx++) {
          const [row, column] = [(y + padding[0] - ky) / stride[0], (x + padding[1] - kx) / stride[1]];
          if (!Number.isInteger(row) || !Number.isInteger(column)) continue;
          if (row < 0 || column < 0 || row >= to.height || column >= to.width) continue;
          kernels.push(ky * kernel[1] + kx);
          places.push(row * to.width + column);
        }
      starts[y * from.width + x + 1] = kernels.length;
    }
  const taps = { starts, kernels: Int32Array.from(kernels), places: Int32Array.from(places) };
  known.set(synapse, taps);
  return taps;
}

const areaOf = ({ kernel }: Synapse): number => kernel[0] * kernel[1];
const placesOf = ({ height, width }: Shape): number => height * width;

/** Terms of a sum of a synapse. */
export const fanIn = (synapse: Synapse): number => areaOf(synapse) * synapse.from.channels;

/** Numbers (rows, columns) as (columns, rows); of one row or column the same array. */
function turned(values: Floats, rows: number): Floats {
  if (rows === values.length || rows === 1) return values;
  const columns = values.length / rows;
  const out = new Float64Array(values.length);
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++) out[c * rows + r] = values[r * columns + c];
  return out;
}

/** Samples of a window, and steps from a spike to the current that it makes. */
export interface Window {
  readonly T: number;
  readonly B: number;
  readonly late: number;
}

/** Whether two maps of an array are the same, as those of an image that is shown at every step. */
function isSame(o: Floats, one: number, other: number, size: number): boolean {
  for (let i = 0; i < size; i++) if (o[one + i] !== o[other + i]) return false;
  return true;
}

/** x = W·o + b. */
export function computeCurrents(
  synapse: Synapse,
  [o, W, b]: readonly Floats[],
  { T, B, late }: Window,
): Float64Array {
  const { from, to } = synapse;
  const [inputs, outputs, C] = [neuronsOf(from), neuronsOf(to), to.channels];
  const weights = turned(W, C);
  const { starts, kernels, places } = tapsOf(synapse);
  const [before, here, area] = [placesOf(from), placesOf(to), areaOf(synapse)];
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
        const [row, place] = [(c * area + kernels[k]) * C, places[k] * C];
        for (let j = 0; j < C; j++) acc[place + j] += value * weights[row + j];
      }
    }
    for (let c = 0; c < C; c++)
      for (let p = 0; p < here; p++) x[m * outputs + c * here + p] = acc[p * C + c] + (b ? b[c] : 0);
  }
  return x;
}

/** ∂L/∂o = Wᵀ·dx; what arrives some steps later comes back from there. */
export function computeReturned(
  synapse: Synapse,
  [dx, W]: readonly Floats[],
  { T, B, late }: Window,
): Float64Array {
  const { from, to } = synapse;
  const [inputs, outputs, C] = [neuronsOf(from), neuronsOf(to), to.channels];
  const weights = turned(W, C);
  const { starts, kernels, places } = tapsOf(synapse);
  const [here, area] = [placesOf(from), areaOf(synapse)];
  const out = new Float64Array(T * B * inputs);
  for (let m = 0; m < (T - late) * B; m++) {
    const own = m + late * B;
    const d = turned(dx.subarray(own * outputs, (own + 1) * outputs), C);
    for (let c = 0; c < from.channels; c++)
      for (let p = 0; p < here; p++) {
        let sum = 0;
        for (let k = starts[p]; k < starts[p + 1]; k++) {
          const [row, place] = [(c * area + kernels[k]) * C, places[k] * C];
          for (let j = 0; j < C; j++) sum += weights[row + j] * d[place + j];
        }
        out[m * inputs + c * here + p] = sum;
      }
  }
  return out;
}

/** dW = Σ dx·oᵀ over all maps. Where o stays, its dx are summed first. */
export function computedW(
  synapse: Synapse,
  [dx, o]: readonly Floats[],
  { T, B, late }: Window,
): Float64Array {
  const { from, to } = synapse;
  const [inputs, outputs, C] = [neuronsOf(from), neuronsOf(to), to.channels];
  const { starts, kernels, places } = tapsOf(synapse);
  const [before, area] = [placesOf(from), areaOf(synapse)];
  const sums = new Float64Array(fanIn(synapse) * C);
  const summed = new Float64Array(outputs);
  for (let b = 0; b < B; b++) {
    summed.fill(0);
    for (let t = late; t < T; t++) {
      const [own, start] = [(t * B + b) * outputs, ((t - late) * B + b) * inputs];
      for (let k = 0; k < outputs; k++) summed[k] += dx[own + k];
      if (t < T - 1 && isSame(o, start, start + B * inputs, inputs)) continue;
      const d = turned(summed, C);
      for (let i = 0; i < inputs; i++) {
        const value = o[start + i];
        if (value === 0) continue;
        const [c, p] = [Math.floor(i / before), i % before];
        for (let k = starts[p]; k < starts[p + 1]; k++) {
          const [row, place] = [(c * area + kernels[k]) * C, places[k] * C];
          for (let j = 0; j < C; j++) sums[row + j] += value * d[place + j];
        }
      }
      summed.fill(0);
    }
  }
  return new Float64Array(turned(sums, sums.length / C));
}

/** db = Σ dx over all maps and places. */
export function computedb({ to }: Synapse, [dx]: readonly Floats[]): Float64Array {
  const [outputs, here] = [neuronsOf(to), placesOf(to)];
  const db = new Float64Array(to.channels);
  for (let i = 0; i < dx.length; i++) db[Math.floor((i % outputs) / here)] += dx[i];
  return db;
}

/** Calls with each output of a pool, and the inputs of its window. */
function forEachWindow(
  { size, from, to }: Pool,
  maps: number,
  window: (output: number, inputs: readonly number[]) => void,
): void {
  const inputs: number[] = [];
  for (let m = 0, at = 0; m < maps * from.channels; m++)
    for (let y = 0; y < to.height; y++)
      for (let x = 0; x < to.width; x++) {
        inputs.length = 0;
        for (let i = 0; i < size * size; i++) {
          const [row, column] = [y * size + Math.floor(i / size), x * size + (i % size)];
          inputs.push((m * from.height + row) * from.width + column);
        }
        window(at++, inputs);
      }
}

/** The greatest of each window, its sum or its mean. */
export function computePooled(pool: Pool, o: Floats): Float64Array {
  const maps = o.length / neuronsOf(pool.from);
  const out = new Float64Array(maps * neuronsOf(pool.to));
  forEachWindow(pool, maps, (at, inputs) => {
    let [most, sum] = [-Infinity, 0];
    for (const i of inputs) {
      most = Math.max(most, o[i]);
      sum += o[i];
    }
    out[at] = pool.kind === 'maxpool' ? most : pool.kind === 'avgpool' ? sum / pool.size ** 2 : sum;
  });
  return out;
}

/**
 * Which inputs of each window get its gradient: of a maximum the greatest, the first of equal ones: 1, and else 0. An input i is that where 3·a[i] − 2·b[i] is; both
 * arguments are the same numbers, and so a change of either says how far they may be off together.
 */
export function computeWinners(pool: Pool, [a, b]: readonly Floats[]): Float64Array {
  const winners = new Float64Array(a.length);
  forEachWindow(pool, a.length / neuronsOf(pool.from), (_, inputs) => {
    if (pool.kind === 'lppool') {
      if (inputs.some((i) => a[i] !== 0)) for (const i of inputs) winners[i] = 1;
      return;
    }
    for (const [at, i] of inputs.entries()) {
      const own = 3 * a[i] - 2 * b[i];
      if (inputs.every((j, other) => (other < at ? b[j] < own : other === at || b[j] <= own))) winners[i] = 1;
    }
  });
  return winners;
}

/** ∂L/∂(what a pool read); of a maximum it goes to the winner; of a sum that is 0 it may be nothing. */
export function computeUnpooled(pool: Pool, [d, winners]: readonly Floats[]): Float64Array {
  const maps = d.length / neuronsOf(pool.to);
  const out = new Float64Array(maps * neuronsOf(pool.from));
  const share = pool.kind === 'avgpool' ? 1 / pool.size ** 2 : 1;
  forEachWindow(pool, maps, (at, inputs) => {
    for (const i of inputs) out[i] = d[at] * (winners ? winners[i] : share);
  });
  return out;
}
