/**
 * The forward pass of single samples on two backends, from the same weights. A GPU may fuse, reorder and divide inexactly,
 * so a spike may differ, but only if the potential lies within a bound around the threshold that no order of the sum can
 * exceed.
 *
 * For a neuron with m roundings, |û − u| ≤ 2·(γₘ·Σ|w_ij·o_j| + m·2⁻¹²⁶) + Σ|w_ij|·d_j, see `bounds.ts`; the sums are over
 * its inputs and the window, and d_j counts the steps at which input j itself differed. A leak is at most 1 and lets no
 * error grow. Until its first different spike, a neuron was reset at the same steps on both.
 */
import type { Floats } from '../../../spec/arithmetic.ts';
import { divisorOf, neuronsOf, weightsOf, type Layer, type Network } from '../../../spec/network.ts';
import type { Backend, Role } from '../../backend/backend.ts';
import { wholeWindow, Workspace } from '../../backend/workspace.ts';
import { weightedLayers } from '../../network/network.ts';
import type { Sample } from '../forwardPass.ts';
import type { Flows } from './backward.ts';
import { gamma, tiny, unitsOf } from './bounds.ts';

/** The differences between two forward passes. */
export interface ForwardErrors {
  /** Spikes of the other backend. */
  readonly spikes: number;
  /** Neurons of a sample with different trains, and those whose first difference lies outside its bound. */
  readonly flipped: number;
  readonly outside: number;
  /** The largest difference of FI, in units of its bound. */
  readonly FI: number;
}

/** The results of one sample in the input (place 0) and each layer. */
interface Traces {
  readonly o: Floats[];
  readonly FI: Floats[];
  readonly trace: Floats[];
}

/** Runs a sample and reads the results. */
async function run(workspace: Workspace<Backend>, { input }: Sample): Promise<Traces> {
  const { backend, buffers } = workspace;
  const { layers } = backend.network;
  const hasTraces = buffers.find('trace', 1) !== undefined;
  workspace.forward([input], wholeWindow(backend.network), hasTraces);
  const places = [0, ...layers.map(({ n }) => n)];
  const read = (role: Role): Promise<Floats[]> =>
    Promise.all(
      places.map((n) => {
        const buffer = buffers.find(role, n);
        return buffer ? backend.read(buffer) : new Float32Array(0);
      }),
    );
  const [o, FI, trace] = await Promise.all([read('spikes'), read('FI'), read('trace')]);
  return { o, FI, trace };
}

/** Two backends side by side, with the same weights. */
export class BackendPair {
  private readonly network: Network;
  private readonly weights: readonly Floats[];
  private readonly both: readonly [Workspace<Backend>, Workspace<Backend>];

  /**
   * @param backend the backend under test
   * @param other a backend with the bits of `spec/`, with traces
   * @param weights in the order of the layers with weights
   */
  constructor(backend: Backend, other: Backend, weights: readonly Floats[]) {
    this.network = other.network;
    const places = weightedLayers(this.network).map(({ n }) => n);
    this.weights = this.network.layers.map(({ n }) => weights[places.indexOf(n)] ?? new Float32Array(0));
    this.both = [new Workspace(backend), new Workspace(other)];
    this.both[1].buffers.add(this.network.layers.map(({ n }) => ({ role: 'trace', n, samples: 1 })));
    for (const workspace of this.both) workspace.writeWeights(weights);
  }

  /**
   * Runs a sample on both and compares layer by layer.
   *
   * @param batch FI and FO of the sample within its batch on the tested backend; if the sample alone gives others, it is outside
   */
  async compare(sample: Sample, batch: Flows): Promise<ForwardErrors> {
    const { layers } = this.network;
    const [found, expected] = await Promise.all(this.both.map((workspace) => run(workspace, sample)));
    const all = layers.map((layer) =>
      compareLayer(this.network, layer, this.weights[layer.n - 1], found, expected),
    );
    const isUnlike = layers.some(({ n }) =>
      found.FI[n].some((value, i) => !Object.is(value, batch[n].FI[i])),
    );
    return { ...all.reduce(addForward), ...(isUnlike && { FI: Infinity }) };
  }

  free(): void {
    for (const { buffers } of this.both) buffers.free();
  }
}

export function addForward(a: ForwardErrors, b: ForwardErrors): ForwardErrors {
  return {
    spikes: a.spikes + b.spikes,
    flipped: a.flipped + b.flipped,
    outside: a.outside + b.outside,
    FI: Math.max(a.FI, b.FI),
  };
}

function compareLayer(
  network: Network,
  layer: Layer,
  w: Floats,
  found: Traces,
  expected: Traces,
): ForwardErrors {
  const { T } = network;
  const { n } = layer;
  const size = neuronsOf(layer.output);
  const inputs = flowsOf(found.o[n - 1], expected.o[n - 1], neuronsOf(layer.input), T);
  const [o, other] = [found.o[n], expected.o[n]];
  let [spikes, flipped, outside, FI] = [0, 0, 0, 0];
  for (let i = 0; i < size; i++) {
    let first = -1;
    for (let t = T - 1; t >= 0; t--) {
      if (other[t * size + i] !== 0) spikes++;
      if (o[t * size + i] !== other[t * size + i]) first = t;
    }
    if (first < 0 && found.FI[n][i] === expected.FI[n][i]) continue;
    const bound = boundOf(layer, w, i, inputs, T);
    FI = Math.max(FI, unitsOf(found.FI[n][i], expected.FI[n][i], bound));
    if (first < 0) continue;
    flipped++;
    if (!layer.spikes) outside += bound > 0 ? 0 : 1;
    else if (!(Math.abs(potentialAt(network, layer, w, expected, { i, t: first }) - layer.Vth) <= bound))
      outside++;
  }
  return { spikes, flipped, outside, FI };
}

/** For each input over the window: Σ|o|, events, and steps at which the two trains differ. */
interface Received {
  readonly magnitude: Float64Array;
  readonly events: Float64Array;
  readonly differences: Float64Array;
}

function flowsOf(found: Floats, expected: Floats, size: number, T: number): Received {
  const flows = {
    magnitude: new Float64Array(size),
    events: new Float64Array(size),
    differences: new Float64Array(size),
  };
  for (let k = 0, j = 0; k < T * size; k++, j = k % size) {
    const most = Math.max(Math.abs(found[k]), Math.abs(expected[k]));
    flows.magnitude[j] += most;
    if (most > 0) flows.events[j]++;
    flows.differences[j] += Math.abs(found[k] - expected[k]);
  }
  return flows;
}

/** The bound of neuron i. */
function boundOf(layer: Layer, w: Floats, i: number, flows: Received, T: number): number {
  const { synapses, kind, bias } = layer;
  const isPool = weightsOf(layer) === 0;
  const inputs = synapses.into(i);
  let [size, differences] = [0, 0];
  // Per step: the additions to u and FI, three for a leak, three for a division.
  let roundings = 8 * T;
  for (let n = 0; n < inputs.count; n++) {
    const j = inputs.j[n];
    const weight = isPool ? 1 / divisorOf(layer) : Math.abs(w[inputs.k[n]]);
    size += weight * flows.magnitude[j];
    differences += weight * flows.differences[j];
    roundings += 2 * flows.events[j];
  }
  // A bias is an input that always fires.
  if (bias.length > 0) [size, roundings] = [size + T * Math.abs(w[bias[i]]), roundings + 2 * T];
  return (kind.silent ? 0 : 2 * (gamma(roundings) * size + roundings * tiny)) + differences;
}

/** The potential that neuron i compared with its threshold at step t, from the trace before and the current. */
function potentialAt(
  { variant, precision }: Network,
  layer: Layer,
  w: Floats,
  { o, trace }: Traces,
  { i, t }: { readonly i: number; readonly t: number },
): number {
  const { n } = layer;
  const size = neuronsOf(layer.output);
  if (variant.reset === 'nextStep') return trace[n][t * size + i];
  const before = neuronsOf(layer.input);
  const x = precision.array(size);
  layer.kind.applyCurrent(x, w, o[n - 1].subarray(t * before, (t + 1) * before), layer);
  return precision.round((t === 0 ? 0 : trace[n][(t - 1) * size + i]) + x[i]);
}
