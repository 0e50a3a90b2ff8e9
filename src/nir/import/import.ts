/** Imports a NIR graph as an ordinary network. `importNIR` opens a file; the command passes a graph that it has read. */
import { binary32 } from '../../../spec/arithmetic.ts';
import { neuronsOf, type LayerDescription, type Shape } from '../../../spec/network.ts';
import { ranges } from '../../../spec/random.ts';
import { checkWhole, placeNotFinite, refuse } from '../../errors.ts';
import type { AnyBytes } from '../../formats/bytes.ts';
import { checkRecord } from '../../network/check.ts';
import { network, type SpikingNetwork } from '../../network/network.ts';
import { chainOf, type NirChain } from './chain.ts';
import { composeMaps, type Composed } from './compose.ts';
import { checkConvention, checkStep, type NamedConvention, type NirConventionGiven } from '../convention.ts';
import { readNirGraph } from './graph.ts';
import type { NirMapNode } from './mapNode.ts';
import { importNeurons, refuseNeurons, type ImportedNeurons } from './neurons.ts';
import type { NirNode } from './node.ts';
import { dtOf } from '../run.ts';

/** Options of {@link importNIR}. */
export interface ImportOptions {
  /** The choices that NIR leaves open: the name of a simulator, or `{ from, … }` with the differences from one. */
  readonly as: NirConventionGiven;
  /** Length of a step, in the unit of the graph's time constants: above 0. Default: the convention's own. */
  readonly dt?: number;
  /** T, in steps: 1 … 65535. Default 100. */
  readonly timeWindow?: number;
}

/**
 * Imports a NIR graph as a network, whose input is frames of spikes or counts, T × (C,H,W).
 *
 * @param bytes a `.nir` file; do not change it before the promise settles
 * @param options the convention of the simulator, the length of a step, and the window T in steps
 * @param where name of the file in error messages
 * @returns a network with weights, for `predict` and `session`
 * @throws InputError if the file is not a NIR graph, or no layer corresponds to one of its nodes, which the message names
 * @example
 * ```ts
 * import { exportNIR, importNIR } from 'asf-bp/nir';
 * import { tiny } from 'asf-bp/models/tiny';
 * const { bytes } = await exportNIR(tiny());
 * const net = await importNIR(bytes, { as: 'norse', timeWindow: 16 });
 * console.log(net.plan.layers.length); // 5
 * ```
 */
export async function importNIR(
  bytes: AnyBytes,
  options: ImportOptions,
  where = 'importNIR',
): Promise<SpikingNetwork> {
  checkRecord(where, 'options', options, ['as', 'dt', 'timeWindow']);
  const { as, dt, timeWindow = 100 } = options;
  const convention = checkConvention(where, as);
  if (dt !== undefined) checkStep(where, 'dt', dt);
  checkWhole(where, 'timeWindow', timeWindow, 1, ranges.T);
  const chain = chainOf(await readGraph(bytes, where), where);
  const step = dtOf(chain, { convention, ...(dt !== undefined && { dt }) }, where);
  return importChain(chain, convention, step, timeWindow, where);
}

/** Thrown if a tensor is stored in chunks. */
const inChunks = new Error();

/** Like {@link readNirGraph}, but loads the reader of chunks only if a file has them, which halves the time of a cold start. */
async function readGraph(bytes: AnyBytes, where: string): Promise<NirNode[]> {
  try {
    return readNirGraph(bytes, where, () => {
      throw inChunks;
    });
  } catch (error) {
    if (error !== inChunks) throw error;
    return readNirGraph(bytes, where, (await import('../../formats/hdf5Chunks.ts')).openChunks);
  }
}

/** Limit on the multiplications that combine the linear nodes of a graph: some seconds. */
const mostWork = 2 ** 29;

/** A layer of the network: linear nodes, and the neurons that they lead to. */
interface Part {
  readonly maps: readonly NirMapNode[];
  readonly node: NirNode;
  readonly shape: Shape;
  readonly neurons: Omit<ImportedNeurons, 'reset'>;
}

/** Linear nodes without neurons behind them, whose output is summed. */
function lastPart({ last, output }: NirChain, fires: ImportedNeurons['fires']): Part {
  const { output: shape } = last[last.length - 1];
  const count = neuronsOf(shape);
  const gain = new Float64Array(count).fill(1);
  const neurons = { threshold: 1, leak: 1, fires, gain, bias: new Float64Array(count) };
  return { maps: last, node: output, shape, neurons };
}

/** Imports a chain under a checked convention, with steps of this length. */
export function importChain(
  chain: NirChain,
  convention: NamedConvention,
  step: number,
  timeWindow: number,
  where: string,
): SpikingNetwork {
  const made = chain.layers.map((layer) => importNeurons(layer, convention, step));
  // If neurons differ in their comparison, ≥ θ is written as > the next number below θ.
  const fires = made.every((neurons) => neurons.fires === 'atThreshold') ? 'atThreshold' : 'aboveThreshold';
  const [{ reset }] = made;
  const other = made.findIndex((neurons) => neurons.reset !== reset);
  if (other >= 0) refuseNeurons(chain.layers[other], 'a different reset');
  // With leaking neurons, the variant shows u before the reset: none shows it between reset and leak.
  const leaks = made.some(({ leak }) => leak !== 1);
  const parts: Part[] = chain.layers.map((layer, k) => ({ ...layer, neurons: made[k] }));
  const sums = chain.last.some(({ map }) => map);
  if (sums) parts.push(lastPart(chain, fires));
  const layers: LayerDescription[] = [];
  const weights: (() => Float32Array)[] = [];
  let work = 0;
  // The input map of a layer, here and in the graph. A matrix loses rows and columns.
  let [shape, own] = [chain.input, chain.input];
  for (const [place, part] of parts.entries()) {
    const { maps, node, neurons } = part;
    const flat = neuronsOf(shape) === neuronsOf(own) && shape.height !== own.height;
    const isOutput = place === parts.length - 1;
    const composed = composeMaps(maps, shape, { isOutput, flat }, node, (more) => {
      work += more;
      if (work > mostWork)
        refuse(where, node.name, `at most ${mostWork} multiplications to combine the nodes before it`, work);
    });
    const { description, makeWeights, output } = composed;
    const biases = biasesOf(composed, neurons, node);
    // A pool has no weights for a gain: the threshold is divided by it.
    const gain = makeWeights ? 1 : neurons.gain[0];
    const θ = binary32.round(neurons.threshold / gain);
    const threshold = neurons.fires === fires ? θ : beside(θ, -1);
    const words = { ...description, threshold, leak: neurons.leak, ...(biases.length > 0 && { bias: true }) };
    layers.push(words as LayerDescription); // a pool with a bias was refused
    if (makeWeights)
      weights.push(() => {
        const kept = makeWeights(neurons.gain, biases.length);
        kept.set(biases, kept.length - biases.length);
        const bad = placeNotFinite(kept);
        const expected = 'weights times gains, and biases, that binary32 holds';
        if (bad >= 0) refuse(where, node.name, expected, kept[bad]);
        return kept;
      });
    [shape, own] = [output, part.shape];
  }
  const net = network(
    {
      name: 'nir',
      variant: {
        from: 'paper',
        fires,
        reset: reset === 'sameStep' && leaks ? 'nextStep' : reset,
        output: sums ? 'integrates' : 'fires',
      },
      input: { ...chain.input, scale: 1 },
      timeWindow,
      threshold: 1,
      leak: 1,
      layers,
    },
    {},
    where,
  );
  net.weights = weights.map((make) => make());
  net.nir = { as: convention.name, dt: step };
  return net;
}

/** The next binary32 number below (-1) or above (1) a positive number. */
export function beside(value: number, side: -1 | 1): number {
  const bits = new Uint32Array(Float32Array.of(value).buffer);
  bits[0] += side;
  return new Float32Array(bits.buffer)[0];
}

/**
 * The bias of each channel, or none if all are 0: the input of its neurons without spikes, times their gain, plus the part of v_leak.
 * Refuses gains and biases that weights cannot express.
 */
function biasesOf(
  { makeWeights, silence, output }: Composed,
  { gain, bias }: Part['neurons'],
  node: NirNode,
): Float32Array {
  const biases = bias.map((own, i) => gain[i] * silence[i] + own);
  const isBiased = biases.some((b) => b !== 0);
  if (!makeWeights && (isBiased || gain.some((g) => g !== gain[0])))
    node.lacks('weights before it, for its bias or gain,');
  const places = output.height * output.width;
  for (const values of [gain, biases])
    if (values.some((value, i) => value !== values[i - (i % places)]))
      node.lacks('a bias or gain for each neuron of a channel');
  return Float32Array.from({ length: isBiased ? output.channels : 0 }, (_, c) => biases[c * places]);
}
