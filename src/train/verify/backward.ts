/**
 * The radius of a gradient: the greatest distance of a backward pass from the exact result, given the same flows, weights
 * and S. A derivative d has a radius r. Each stage computes the next d and r, with the functions of `spec/` over
 * binary64:
 *
 * - Eq. (9): a quotient, a difference and a quotient
 * - Eq. (10), the factor: r·S and a rounding; for S_j also a quotient
 * - Eq. (10), the sum, and Eq. (11): Σ|a|·(r + γ·(|d| + r)) over the same terms, γ of as many roundings
 */
import { accumulatedb, accumulatedw, biasesIn } from '../../../spec/backward.ts';
import { computeNeuronScale } from '../../../spec/scale.ts';
import { neuronsOf, outputLayer, weightsOf, type Layer, type Network } from '../../../spec/network.ts';
import type { Floats } from '../../../spec/arithmetic.ts';
import { division, gamma, tiny, unit } from './bounds.ts';

/** FI and FO of one sample, of the input (place 0) and each layer. */
export type Flows = readonly { readonly FI: Floats; readonly FO: Floats }[];

/** A derivative and its radius. */
interface Derivative {
  readonly d: Float64Array;
  readonly r: Float64Array;
}

const absolute = (values: Floats): Float64Array => Float64Array.from(values, Math.abs);

/** The radii of the batch's gradient, of layer n at place n − 1; empty for untrained layers. */
export class GradientRadii {
  readonly radii: readonly Float64Array[];
  private readonly network: Network;
  private readonly w: readonly Float64Array[];
  private readonly S: readonly number[];
  private readonly fanOut: readonly number[];
  private readonly roundings: readonly number[];

  /** @param weights of layer n at place n − 1 */
  constructor(network: Network, weights: readonly Floats[], S: readonly number[], samples: number) {
    const { layers, variant } = network;
    const isLearning = (layer: Layer): boolean => !layer.isOutput || variant.outputWeights === 'trained';
    this.network = network;
    this.S = S;
    this.w = weights.map((w) => Float64Array.from(w));
    this.radii = layers.map((layer) => new Float64Array(isLearning(layer) ? weightsOf(layer) : 0));
    this.fanOut = layers.map(fanOutOf);
    // One product, one addition per term, and the tree over shards.
    this.roundings = layers.map(({ output }) => 2 + samples * output.height * output.width + 32);
  }

  /** Adds the contribution of one sample. */
  add(flows: Flows, label: number): void {
    const { layers, T } = this.network;
    let at = outputDerivative(this.network, flows[flows.length - 1].FI, label);
    for (const layer of [...layers].reverse()) {
      const { n } = layer;
      at = throughNeuron(this.network, layer, at, flows[n], this.S[n - 1]);
      const radius = this.radii[n - 1];
      const terms = this.roundings[n - 1];
      if (radius.length > 0) {
        accumulatedw(radius, spread(at, terms), absolute(flows[n - 1].FO), layer);
        accumulatedb(biasesIn(radius, layer), spread(at, terms), T, layer);
      }
      if (n > 1) at = this.throughSynapses(layer, at, flows[n - 1].FO);
    }
  }

  private throughSynapses(layer: Layer, at: Derivative, FO: Floats): Derivative {
    const [w, terms] = [this.w[layer.n - 1], this.fanOut[layer.n - 1]];
    const size = neuronsOf(layer.input);
    const [d, r] = [new Float64Array(size), new Float64Array(size)];
    layer.kind.applydFO(d, w, at.d, FO, layer);
    // A pool's division adds three.
    layer.kind.applydFO(r, w.map(Math.abs), spread(at, terms + 4), FO, layer);
    return { d, r: r.map((radius) => radius + terms * tiny) };
  }
}

/** r + γ·(|d| + r): the radius that a term adds to a sum, without its factor. */
function spread({ d, r }: Derivative, roundings: number): Float64Array {
  const γ = gamma(roundings);
  return r.map((radius, i) => radius + γ * (Math.abs(d[i]) + radius) + tiny);
}

/** Eq. (9) of the output layer. */
function outputDerivative({ layers, T, variant, precision }: Network, u: Floats, label: number): Derivative {
  const window = precision.round(T * outputLayer({ layers }).Vth);
  const factor = (variant.loss === 'half' ? 1 : 2) / window;
  const d = new Float64Array(u.length);
  const r = d.map((_, j) => {
    const share = u[j] / window;
    const error = share - Number(j === label);
    d[j] = error * factor;
    const radius = division * Math.abs(share) + tiny + unit * Math.abs(error);
    return (radius * factor + (division + unit) * Math.abs(d[j])) * (1 + gamma(8)) + tiny;
  });
  return { d, r };
}

/** Eq. (10), the factor. Both backends have the same open gates, since FI is the same. */
function throughNeuron(
  { variant, precision }: Network,
  layer: Layer,
  { d, r }: Derivative,
  { FI, FO }: { FI: Floats; FO: Floats },
  S: number,
): Derivative {
  if (!layer.spikes) return { d, r };
  const isOwn = variant.scale === 'neuron';
  const slopes = d.map((_, j) => {
    if (variant.gate === 'positiveInput' && !(FI[j] > 0)) return 0;
    return isOwn ? computeNeuronScale(FI[j], FO[j], layer, precision) : S;
  });
  const own = isOwn ? 2 * division : 0;
  return {
    d: d.map((value, j) => value * slopes[j]),
    r: r.map((radius, j) => {
      const most = Math.abs(slopes[j]);
      const rounding = (own + unit) * (Math.abs(d[j]) + radius) * most;
      return (radius * most + rounding) * (1 + gamma(4)) + (most > 0 ? tiny : 0);
    }),
  };
}

/** Maximum number of outputs that an input reaches. */
function fanOutOf({ synapses, input }: Layer): number {
  let most = 0;
  for (let j = 0; j < neuronsOf(input); j++) most = Math.max(most, synapses.outOf(j).count);
  return most;
}
