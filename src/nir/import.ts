/** Imports a graph as an ordinary network. */
import { binary32, type Floats } from '../../spec/arithmetic.ts';
import { neuronsOf, type LayerDescription, type Shape } from '../../spec/network.ts';
import { ranges } from '../../spec/random.ts';
import type { NirConvention } from '../../spec/nirConventions.ts';
import { checkWhole, InputError, show } from '../errors.ts';
import { oneLine } from '../printable.ts';
import type { AnyBytes } from '../formats/bytes.ts';
import { checkRecord } from '../network/check.ts';
import { network, type SpikingNetwork } from '../network/network.ts';
import { chainOf, type NirChain, type NirLayer } from './chain.ts';
import { composeMaps, type Composed } from './compose.ts';
import { checkConvention, checkStep, conventionName, type NirConventionGiven } from './convention.ts';
import { readNirGraph, refuseNode } from './graph.ts';
import { importNeurons, instead, type ImportedNeurons } from './neurons.ts';
import { dtOf } from './run.ts';

export interface ImportOptions {
  /** The choices that NIR leaves open: the name of a simulator, or a record with a name and the differences. */
  readonly as: NirConventionGiven;
  /** Length of a step, in the unit of the graph's time constants: above 0. Default: the convention's own. */
  readonly dt?: number;
  /** T, in steps: 1 … 65535. Default 100. */
  readonly timeWindow?: number;
}

/**
 * The network of a `.nir` file. Its input is frames of spikes or counts, T × (C,H,W).
 *
 * @throws InputError if the file is not a NIR graph, or if no layer corresponds to one of its nodes, which is named
 */
export function importNIR(bytes: AnyBytes, options: ImportOptions, name = 'importNIR'): SpikingNetwork {
  const where = typeof name === 'string' ? oneLine(name) : show(name);
  checkRecord(where, 'options', options, ['as', 'dt', 'timeWindow']);
  const { as, dt, timeWindow = 100 } = options;
  const convention = checkConvention(where, as);
  if (dt !== undefined) checkStep(where, 'dt', dt);
  checkWhole(where, 'timeWindow', timeWindow, 1, ranges.T);
  const chain = chainOf(readNirGraph(bytes, where), where);
  const step = dtOf(chain, { convention, ...(dt !== undefined && { dt }) }, where);
  return importChain(chain, convention, step, timeWindow, where);
}

/** Imports a chain under a checked convention, with steps of this length. */
export function importChain(
  chain: NirChain,
  convention: NirConvention,
  step: number,
  timeWindow: number,
  where: string,
): SpikingNetwork {
  const made = chain.layers.map((layer) => importNeurons(layer, convention, step, where));
  // If neurons differ in their comparison, ≥ θ is written as > the next number below θ.
  const fires = made.every((neurons) => neurons.fires === 'atThreshold') ? 'atThreshold' : 'aboveThreshold';
  const [{ reset }] = made;
  const other = made.findIndex((neurons) => neurons.reset !== reset);
  if (other >= 0)
    refuseNode(
      where,
      { name: chain.layers[other].name, type: chain.layers[other].parameters.kind },
      `a reset of its own has no place in a model here; ${instead}`,
    );
  const layers: LayerDescription[] = [];
  const weights: Float32Array[] = [];
  let shape = chain.input;
  const add = (composed: Composed, neurons: ImportedNeurons | undefined): void => {
    const { description, output, divided } = composed;
    const threshold = neurons ? thresholdOf(neurons, fires, divided) : 1;
    const n = layers.length + 1;
    const biases = biasesOf(composed, neurons, where, n);
    const own = { ...description, threshold, leak: neurons?.leak ?? 1 };
    // A pool with a bias was refused above.
    layers.push(biases ? ({ ...own, bias: true } as LayerDescription) : own);
    if (composed.weights) {
      const { length } = composed.weights;
      const kept = new Float32Array(length + (biases?.length ?? 0));
      setScaled(kept, composed.weights, composed.output, neurons?.gain, `${where}: layer ${n}`);
      if (biases) kept.set(biases, length);
      weights.push(kept);
    } else checkGain(neurons, where, n);
    shape = output;
  };
  const isFlat = (own: Shape): boolean => neuronsOf(shape) === neuronsOf(own) && shape.height !== own.height;
  for (const [place, layer] of chain.layers.entries()) {
    const isOutput = place === chain.layers.length - 1 && chain.last.every(({ map }) => !map);
    const flat = place > 0 && isFlat(chain.layers[place - 1].shape);
    add(composeMaps(layer.maps, shape, isOutput, flat, where), made[place]);
  }
  const hasLast = chain.last.some(({ map }) => map);
  if (hasLast) add(composeMaps(chain.last, shape, true, isFlat(lastShape(chain.layers)), where), undefined);
  const net = network(
    {
      name: 'nir',
      variant: { from: 'paper', fires, reset, output: hasLast ? 'integrates' : 'fires' },
      input: { ...chain.input, scale: 1 },
      timeWindow,
      threshold: 1,
      leak: 1,
      layers,
    },
    {},
    where,
  );
  net.weights = weights;
  net.nir = { as: conventionName(convention), dt: step };
  return net;
}

const lastShape = (layers: readonly NirLayer[]): Shape => layers[layers.length - 1].shape;

/** θ, rounded once; if it is compared by ≥ in a network that compares by >, the next binary32 number below it. */
function thresholdOf({ threshold, fires }: ImportedNeurons, asked: string, divided: number): number {
  const θ = binary32.round(threshold) / divided;
  return fires === 'atThreshold' && asked === 'aboveThreshold' ? below(θ) : θ;
}

/** The next binary32 number below a positive number. */
export function below(value: number): number {
  const bits = new Uint32Array(Float32Array.of(value).buffer);
  bits[0]--;
  return new Float32Array(bits.buffer)[0];
}

/** Weights times the gain of their target neuron, rounded once. A channel of a convolution has one gain. */
function setScaled(
  to: Float32Array,
  w: Floats,
  output: Shape,
  gain: Float64Array | undefined,
  layer: string,
): void {
  if (!gain) return to.set(w);
  const places = output.height * output.width;
  if (gain.some((g, i) => g !== gain[i - (i % places)]))
    throw new InputError(
      `${layer} is a convolution, and neurons of one channel have gains of their own; a map of gains would have to exist`,
    );
  for (let k = 0; k < w.length; k++) to[k] = w[k] * gain[Math.floor((k * gain.length) / w.length)];
}

/**
 * The input of each channel's neurons when nothing fires: the bias of the linear nodes times the gain, plus the part of v_leak. Undefined
 * if it is 0.
 */
function biasesOf(
  { bias, output, weights }: Composed,
  neurons: ImportedNeurons | undefined,
  where: string,
  n: number,
): Float32Array | undefined {
  const count = neuronsOf(output);
  const each = (values: Float64Array | undefined, i: number, absent: number): number =>
    values === undefined ? absent : values[values.length === 1 ? 0 : i];
  const all = Float64Array.from(
    { length: count },
    (_, i) => each(neurons?.gain, i, 1) * each(bias, i, 0) + each(neurons?.bias, i, 0),
  );
  if (all.every((b) => b === 0)) return undefined;
  if (!weights)
    throw new InputError(
      `${where}: layer ${n} is a pool, and its neurons have a bias; weights would have to be before them`,
    );
  const places = output.height * output.width;
  if (all.some((b, i) => b !== all[i - (i % places)]))
    throw new InputError(
      `${where}: layer ${n} is a convolution, and neurons of one channel have biases of their own; a map of biases would have to exist`,
    );
  return Float32Array.from({ length: output.channels }, (_, c) => all[c * places]);
}

/** Refuses a gain after a pool, which has no weights to take it. */
function checkGain(neurons: ImportedNeurons | undefined, where: string, n: number): void {
  if (neurons && neurons.gain.some((g) => g !== 1))
    throw new InputError(
      `${where}: layer ${n} is a pool, and its neurons have a gain of ${neurons.gain[0]}; weights would have to be before them`,
    );
}
