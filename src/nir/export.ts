/** Exports a network as a NIR graph. Properties that a graph cannot express are refused, or listed in `told`. */
import {
  biasesOf,
  divisorOf,
  neuronsOf,
  outputLayer,
  synapticOf,
  type Layer,
  type Shape,
} from '../../spec/network.ts';
import { subtracts } from '../../spec/neuron.ts';
import { nirConventions, type NirConvention, type NirNeuronConvention } from '../../spec/nirConventions.ts';
import { logarithm } from '../../spec/random.ts';
import { checkOptions, InputError, refuse } from '../errors.ts';
import type { Hdf5Group } from '../formats/hdf5.ts';
import { writeHdf5 } from '../formats/hdf5Writer.ts';
import type { AnyTensor } from '../formats/tensor.ts';
import { keysOf } from '../keysOf.ts';
import { checkIsNetwork, trainedWeights, weightedLayers, type SpikingNetwork } from '../network/network.ts';
import { checkConvention, checkStep, type NirConventionGiven } from './convention.ts';
import { beside } from './import/import.ts';

/** Options of {@link exportNIR}. */
export interface ExportOptions {
  /**
   * The convention of the program that will read the graph. It is required if a neuron leaks, because readers compute leaks differently.
   * Default: none.
   */
  readonly as?: NirConventionGiven;
  /** Length of a step, in the unit of the time constants: above 0. Default: that of the convention. */
  readonly dt?: number;
}

/** An exported graph. */
export interface NirExport {
  /** The bytes of a `.nir` file. */
  readonly bytes: Uint8Array;
  /** Properties that the graph does not contain, one text each. */
  readonly told: readonly string[];
}

/** The checked options of an export, and the names of these options in error messages. */
interface ExportRequest {
  readonly convention: NirConvention | undefined;
  readonly dt: number | undefined;
  readonly words: { readonly where: string; readonly as: string; readonly dt: string };
}

type Node = Record<string, AnyTensor>;

const text = (data: string): AnyTensor => ({ dtype: 'STR', shape: [], data: [data] });
const whole = (value: number): AnyTensor => ({
  dtype: 'I64',
  shape: [],
  data: BigInt64Array.of(BigInt(value)),
});
const wholes = (...data: number[]): AnyTensor => ({
  dtype: 'I64',
  shape: [data.length],
  data: BigInt64Array.from(data, BigInt),
});
const floats = (shape: readonly number[], data: Float32Array): AnyTensor => ({ dtype: 'F32', shape, data });
const shapeOf = ({ channels, height, width }: Shape): number[] =>
  height * width === 1 ? [channels] : [channels, height, width];

/** Exports a network. `exportNIR` of `asf-bp/nir` calls this function. */
export function exportNIR(net: SpikingNetwork, options: ExportOptions = {}): NirExport {
  const words = { where: 'exportNIR', as: 'as', dt: 'dt' };
  const { where } = words;
  checkIsNetwork(where, net);
  checkOptions(where, options, ['as', 'dt']);
  const { as, dt } = options;
  const convention = as === undefined ? undefined : checkConvention(where, as);
  if (dt !== undefined) checkStep(where, 'dt', dt);
  return exportNetwork(net, { convention, dt, words });
}

export function exportNetwork(net: SpikingNetwork, request: ExportRequest): NirExport {
  const { plan, variant } = net;
  const { where } = request.words;
  const weights = trainedWeights(where, net);
  if (variant.output === 'leaks')
    throw new InputError(
      `${where}: the output layer leaks and does not fire; few programs read such a NIR graph: train with another rule`,
    );
  if (subtracts(variant))
    throw new InputError(
      `${where}: neurons that subtract the threshold (reset ${variant.reset}) cannot be expressed in NIR, which resets to v_reset`,
    );
  const told = new Set<string>();
  const nodes: [string, Node][] = [['input', { type: text('Input'), shape: wholes(...shapeOf(plan.input)) }]];
  const add = (node: Node): number => nodes.push([String(nodes.length - 1), node]);
  const weighted = weightedLayers(plan);
  for (const layer of plan.layers) {
    const neuron = neuronOf(layer, net, request, told);
    for (const node of linearOf(layer, weights[weighted.indexOf(layer)], neuron?.factor ?? 1)) add(node);
    if (neuron) add(neuron.node);
  }
  nodes.push(['output', { type: text('Output'), shape: wholes(neuronsOf(outputLayer(plan).output)) }]);
  told.add(`the encoding of inputs (${variant.input}), and the window of ${plan.T} steps`);
  if (plan.layers.some((layer) => layer.spikes)) told.add('S, and other values that only training needs');
  return { bytes: writeHdf5(rootOf(nodes)), told: [...told] };
}

/** The content of the file: a version, and the graph as a chain of nodes. */
function rootOf(nodes: readonly (readonly [string, Node])[]): Hdf5Group {
  const ends = nodes.slice(1).flatMap(([to], k) => [nodes[k][0], to]);
  const graph = new Map<string, Hdf5Group | AnyTensor>([
    ['type', text('NIRGraph')],
    ['edges', { dtype: 'STR', shape: [ends.length / 2, 2], data: ends }],
    ['nodes', new Map(nodes.map(([name, node]) => [name, new Map(Object.entries(node))]))],
    ['metadata', new Map()],
  ]);
  return new Map<string, Hdf5Group | AnyTensor>([
    ['version', text('1.0.8')],
    ['node', graph],
  ]);
}

/** The linear nodes of a layer. A pool has no weights. */
function linearOf(layer: Layer, w: Float32Array | undefined, factor: number): Node[] {
  const { kind, input, output, window: kernel, weightShape } = layer;
  const { size, stride, padding } = kernel;
  const sides = (value: number): AnyTensor => wholes(value, value);
  if (!w) {
    const type = text(kind.silent || divisorOf(layer) > 1 ? 'AvgPool2d' : 'SumPool2d');
    return [{ type, kernel_size: sides(size), stride: sides(stride), padding: sides(0) }];
  }
  const all = factor === 1 ? w : w.map((value) => value * factor);
  const [synaptic, biases] = [synapticOf(layer), biasesOf(layer)];
  const weight = floats(weightShape, all.slice(0, synaptic));
  const b = biases > 0 ? all.slice(synaptic) : new Float32Array(output.channels);
  const bias = floats([output.channels], b);
  if (kind.name === 'convolution')
    return [
      {
        type: text('Conv2d'),
        input_shape: wholes(input.height, input.width),
        weight,
        bias,
        stride: sides(stride),
        padding: sides(padding),
        dilation: sides(1),
        groups: whole(1),
      },
    ];
  const flatten: Node = {
    type: text('Flatten'),
    input_type: wholes(...shapeOf(input)),
    start_dim: whole(0),
    end_dim: whole(-1),
  };
  const dense: Node = biases > 0 ? { type: text('Affine'), weight, bias } : { type: text('Linear'), weight };
  return [...(input.height * input.width === 1 ? [] : [flatten]), dense];
}

/** A node of neurons with equal parameters. */
function neurons(type: 'IF' | 'LIF', output: Shape, parameters: Readonly<Record<string, number>>): Node {
  const shape = shapeOf(output);
  const tensors = Object.entries(parameters).map(([key, value]): [string, AnyTensor] => [
    key,
    { dtype: 'F64', shape, data: new Float64Array(neuronsOf(output)).fill(value) },
  ]);
  return { type: text(type), ...Object.fromEntries(tensors) };
}

/** Whether a layer can have the LIF neurons of a convention. */
const isPlain = ({ reset, sends, arrives, numbers, floor }: NirNeuronConvention): boolean =>
  reset !== 'subtract' &&
  sends === 'sameStep' &&
  arrives === 'sameStep' &&
  numbers === 'float' &&
  floor === 'none';

const plainNames = (): string =>
  keysOf(nirConventions)
    .filter((name) => isPlain(nirConventions[name].neurons.LIF))
    .join(', ');

/** The neurons of a layer, and the factor of their weights. Undefined for a layer without neurons. */
function neuronOf(
  layer: Layer,
  { variant }: SpikingNetwork,
  { convention, dt, words }: ExportRequest,
  told: Set<string>,
): { node: Node; factor: number } | undefined {
  const { kind, output, Vth, λ, window: kernel } = layer;
  const IF = (θ: number): Node => {
    if (convention && convention.neurons.IF.ifLeak !== 'one')
      throw new InputError(
        `${words.where}: "${words.as}" expected a convention whose IF neurons do not leak; in this one they leak`,
      );
    return neurons('IF', output, { r: 1, v_threshold: θ, v_reset: 0 });
  };
  // The mean over a window of n inputs is 0 or at least 1/n, so a threshold of 1/(2n) gives the maximum.
  if (kind.silent) return { node: IF(1 / (2 * kernel.size ** 2)), factor: 1 };
  if (!layer.spikes) return undefined;
  /**
   * The threshold that gives the same spikes in a reader with the other comparison: u ≥ θ equals u > θ₋ for the next lower number θ₋, and u
   * > θ equals u ≥ θ₊ for the next higher number θ₊.
   */
  const thresholdFor = (reader: NirNeuronConvention['fires']): number => {
    const tie = variant.fires === 'atThreshold' ? 'at' : 'above';
    if (tie === reader) return Vth;
    if (convention) told.add('ties: the threshold is the adjacent binary32 number');
    return beside(Vth, tie === 'at' ? -1 : 1);
  };
  if (λ === 1) return { node: IF(thresholdFor(convention?.neurons.IF.fires ?? 'above')), factor: 1 };
  if (!convention)
    refuse(
      words.where,
      words.as,
      `the convention of the program that will read the graph, since its neurons leak: ${plainNames()}, or JSON`,
      undefined,
    );
  if (variant.leak === 'sumThenDifference')
    told.add('the rounding of the leak (sumThenDifference): potentials differ by up to an ulp in a step');
  const neuron = convention.neurons.LIF;
  if (!isPlain(neuron))
    throw new InputError(
      `${words.where}: "${words.as}" expected a convention that resets to zero in the same step, in floating point without a floor (${plainNames()}, or JSON); this one differs`,
    );
  const step = dt ?? convention.dt;
  if (typeof step !== 'number')
    refuse(words.where, words.dt, 'the length of a step, since the convention has none', undefined);
  const θ = thresholdFor(neuron.fires);
  const τ = neuron.step === 'euler' ? step / (1 - λ) : -step / logarithm(λ);
  // A gain of 1 leaves the weights unchanged.
  const r = neuron.gain === 'complement' ? 1 / (1 - λ) : τ / step;
  const factor = neuron.gain === 'one' || neuron.gain === 'whereOne' || neuron.resistance === 'used' ? 1 : r;
  const isPool = layer.weightShape.length === 0;
  if (factor !== 1)
    told.add(
      `${isPool ? 'thresholds of pools divided' : 'weights multiplied'} by ${neuron.gain === 'complement' ? '1/(1 − λ)' : 'τ/dt'} = ${Number(factor.toPrecision(6))}, since this reader assumes r = 1`,
    );
  const node = neurons('LIF', output, {
    tau: τ,
    r: factor === 1 ? r : 1,
    v_leak: 0,
    v_threshold: isPool ? θ / factor : θ,
    v_reset: 0,
  });
  return { node, factor };
}
