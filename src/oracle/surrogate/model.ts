/** A training step by surrogate gradients: its layers, the recorded keys, and the names of its arrays. */
import type { Floats } from '../../../spec/arithmetic.ts';
import { neuronClasses, type TrainedNeuron } from '../../../spec/frameworks.ts';
import type { TrainedLayer } from '../../../spec/surrogateGradient.ts';
import type { LossForm } from '../../../spec/surrogateLoss.ts';
import { largest } from '../../engine/rounding.ts';
import { cachedBySamples, once } from '../memo.ts';
import { placeOf, pointwise, type Pool, type Synapse } from './maps.ts';

/** A layer: pools (`before`), all its synapses (`synapse`), further pools (`within`), and neurons. */
export interface SurrogateLayer {
  readonly n: number;
  /** Framework and class, such as `snntorch.Leaky`. */
  readonly name: string;
  readonly before: readonly Pool[];
  readonly synapse: Synapse;
  readonly within: readonly Pool[];
  readonly hasBias: boolean;
  /** Whether the layer's input was recorded separately because it is not the spikes of the layer before. */
  readonly isHeard: boolean;
  /**
   * Whether the layer's input is the recorded current of its neurons, because something unknown lies between the weights and
   * the neurons.
   */
  readonly isDirect?: true;
  /** Whether this separate input consists of the spikes of the layer before, multiplied by the mask of a dropout. */
  readonly isMasked?: boolean | undefined;
  /** Whether the neurons that the layer's currents feed are unknown. If so, the recorded gradient of the currents is used. */
  readonly isOpen: boolean;
  /** Whether the layer's module was in training mode. */
  readonly isTraining: boolean;
  /** Recurrent weights, if any: one per neuron, or a matrix, with or without weights from each neuron to itself. */
  readonly recurrent?:
    { readonly hasSelf: boolean; readonly isOneToOne: boolean; readonly hasBias: boolean } | undefined;
  /** Whether the recorded current lacks the recurrent current. */
  readonly isFedAfter?: true;
  readonly layer: TrainedLayer;
}

/** What a loss may read of the numbers z^t of an output, and the derivatives of this by each z^t. */
export type Readout = (z: readonly number[]) => {
  readonly value: number;
  readonly slopes: readonly number[];
};

/** The loss of what was read of each class, given the target of each class and the label, and the derivatives by each class. */
export type Comparison = (
  z: readonly number[],
  targets: readonly number[],
  label: number,
) => { readonly value: number; readonly slopes: readonly number[] };

export interface SurrogateLoss {
  readonly form: LossForm;
  /** A readout that no loss of the list has, in place of the last step. */
  readonly reads?: Readout;
  /** A comparison that no loss of the list has, in place of that of the form. */
  readonly compares?: Comparison;
  readonly on: 'spikes' | 'potentials';
  /** For squares: the targets of the labelled class and of the other classes. */
  readonly targets: readonly [number, number];
  /** Factor on the loss, besides the scale of its form. */
  readonly factor: number;
  /** Label smoothing: the share distributed over all classes. */
  readonly smoothing?: number;
  /** Whether softmax is applied before the loss, which then applies it again. */
  readonly isSoftened?: boolean;
  /** Whether softmax is taken over the samples, and not over the classes. */
  readonly isOfSamples?: boolean;
  /** Whether the loss takes its input as logarithms of shares, without a softmax. */
  readonly isUnscaled?: boolean;
  /** Whether the maximum includes the potential 0 before the first step. */
  readonly hasZero: boolean;
}

/** A training step of a framework, and which arrays of this step were recorded. A mistake is a changed model. */
export interface SurrogateModel {
  readonly layers: readonly SurrogateLayer[];
  readonly T: number;
  readonly B: number;
  readonly loss?: SurrogateLoss | undefined;
  /** Keys that were recorded. */
  readonly recorded: ReadonlySet<string>;
  /** Limit on the numbers of an array that are computed at once; a test sets it low. */
  readonly atOnce?: number;
}

export const keyOf = (n: number, what: string): string => `layer${n}.${what}`;

/** The number of steps from a spike to its current. */
export const lateOf = ({ layer: { neuron } }: SurrogateLayer): number =>
  ({ sameStep: 0, stepAfter: 1, twoAfter: 2 })[neuron.arrives];

export const inputOf = ({ n, before, isHeard }: SurrogateLayer): string =>
  isHeard ? keyOf(n, 'input') : before.length > 0 ? keyOf(n, `from.${before.length}`) : ofBefore(n);

export const ofBefore = (n: number): string => (n === 1 ? 'input' : keyOf(n - 1, 'spikes'));

/** The keys of the neurons' input and of its gradient. */
export const enters = ({ n, within, isFedAfter }: SurrogateLayer): string =>
  keyOf(n, within.length > 0 ? `pooled.${within.length}` : isFedAfter ? 'fed' : 'current');
export const dEnters = ({ n, within }: SurrogateLayer): string =>
  keyOf(n, within.length > 0 ? `dpooled.${within.length}` : 'dcurrent');

/**
 * The key of the potential that the backward pass reads. If the potential was recorded after the reset, the key is
 * `charged`: u, computed from the recorded potential.
 */
export const potentialOf = (model: SurrogateModel, layer: SurrogateLayer): string =>
  isCharged(model, layer) ? keyOf(layer.n, 'charged') : comparedOf(layer);

export const isCharged = ({ recorded }: SurrogateModel, { n, layer: { neuron } }: SurrogateLayer): boolean =>
  neuron.recorded === 'between' && neuron.output === 'spikes' && recorded.has(keyOf(n, 'mem'));

/** The key of the potential that is compared with θ. */
export const comparedOf = ({ n, layer: { neuron } }: SurrogateLayer): string =>
  keyOf(n, neuron.recorded === 'compared' || neuron.output === 'potential' ? 'mem' : 'u');

export const sends = ({ layer: { neuron } }: SurrogateLayer): boolean => neuron.output === 'spikes';
/** All neurons of a layer if they differ, otherwise one that stands for all. */
const eachOf = ({ neuron, each }: TrainedLayer): readonly TrainedNeuron[] => each ?? [neuron];
/** The largest value that `of` has over the neurons of a layer. */
export const mostOf = (layer: TrainedLayer, of: (neuron: TrainedNeuron) => number): number =>
  largest(eachOf(layer).map(of));
export const hasSynapse = ({ layer }: SurrogateLayer): boolean => eachOf(layer).some(({ α }) => α !== 0);
export const currentOf = (layer: SurrogateLayer): string =>
  hasSynapse(layer) ? keyOf(layer.n, 'synapse') : enters(layer);

export const isGainMade = ({ name }: SurrogateLayer): boolean => neuronClasses[name]?.isGainMade === true;
export const isBiasLate = ({ name }: SurrogateLayer): boolean => neuronClasses[name]?.isBiasLate === true;

/** Roundings of the constants of a neuron: if the gain is 1 − λ, the rounding of λ weighs more. */
export const operationsOf = (layer: SurrogateLayer): number =>
  (isGainMade(layer) ? 4 : 0) +
  mostOf(layer.layer, ({ g, λ }) => (g !== 1 && Math.abs(g + λ - 1) < 1e-9 ? 8 + 4 / Math.max(g, 1e-6) : 8));

/** Recorded gradients may be rounded copies of wider numbers, so no sum of them counts as exact. */
export const loose = (roundings: number) => ({ roundings, grid: (): number => -Infinity });

/** Recurrent weights as a matrix (n,n). One weight per neuron fills the diagonal; otherwise the diagonal is 0 unless `hasSelf`. */
export function recurrentMatrix({ recurrent, layer: { size } }: SurrogateLayer, V: Floats): Floats {
  if (!recurrent || (!recurrent.isOneToOne && recurrent.hasSelf)) return V;
  const one = (k: number): number => V[V.length === 1 ? 0 : k];
  return Float64Array.from({ length: size * size }, (_, k) => {
    const isSelf = k % (size + 1) === 0;
    if (recurrent.isOneToOne) return isSelf ? one(k % size) : 0;
    return isSelf ? 0 : V[k];
  });
}

/** The recurrent synapses, with weights `recurrentMatrix`. They return a layer's spikes to its neurons in the next step. */
export const backOf = once(({ layer: { size } }: SurrogateLayer): Synapse =>
  pointwise(placeOf(size), placeOf(size)),
);

/** The model with other pools. */
export const withPools = <M extends Pick<SurrogateModel, 'layers'>>(
  model: M,
  of: (pool: Pool) => Pool,
): M => ({
  ...model,
  layers: model.layers.map((one) => ({ ...one, before: one.before.map(of), within: one.within.map(of) })),
});

/** The model with only the first samples. */
export const ofSamples = cachedBySamples<SurrogateModel>(({ loss, B }, count) => ({
  loss: loss && { ...loss, factor: (loss.factor * count) / B },
}));

export const hasWinners = ({ kind }: Pool): boolean => kind !== 'sumpool' && kind !== 'avgpool';
