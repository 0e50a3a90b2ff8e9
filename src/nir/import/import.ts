/** Converts a parsed NIR graph to an ordinary network. */
import { binary32 } from '../../../spec/arithmetic.ts';
import { neuronsOf, type LayerDescription, type Shape } from '../../../spec/network.ts';
import { refuse } from '../../errors.ts';
import { network, type SpikingNetwork } from '../../network/network.ts';
import type { NirChain } from './chain.ts';
import { composeMaps, pageWeights, type Composed } from './compose.ts';
import type { NamedConvention } from '../convention.ts';
import type { NirMapNode } from './mapNode.ts';
import { importNeurons, refuseNeurons, type ImportedNeurons } from './neurons.ts';
import type { NirNode } from './node.ts';

/** Limit on the multiplications that combine the linear nodes of a graph. So many take less than 10 seconds. */
const mostWork = 4e8;

/** All merged weights together may take four times the bytes of the graph's weights, plus this number of bytes. */
const mostBytes = 1.5e8;

/** A layer of the network: linear nodes, and the neurons after them. */
interface ImportedLayer {
  readonly maps: readonly NirMapNode[];
  readonly node: NirNode;
  readonly shape: Shape;
  readonly neurons: Omit<ImportedNeurons, 'reset'>;
}

/** Imports a chain under a checked convention, with steps of length `step`. */
export function importChain(
  chain: NirChain,
  convention: NamedConvention,
  step: number,
  timeWindow: number,
  where: string,
): SpikingNetwork {
  const all = chain.layers.map((layer) => importNeurons(layer, convention, step));
  // If neurons compare differently, u ≥ θ is written as u > θ₋, where θ₋ is the next number below θ.
  const fires = all.every((neurons) => neurons.fires === 'atThreshold') ? 'atThreshold' : 'aboveThreshold';
  const [{ reset }] = all;
  const other = all.findIndex((neurons) => neurons.reset !== reset);
  if (other >= 0) refuseNeurons(chain.layers[other], 'a different reset');
  // If neurons leak, the reset moves to the next step, before the leak, because no variant records u between reset and leak.
  const leaks = all.some(({ leak }) => leak !== 1);
  const imported: ImportedLayer[] = chain.layers.map((layer, k) => ({ ...layer, neurons: all[k] }));
  const sums = chain.last.some(({ map }) => map);
  if (sums) {
    // The graph has no neurons after the last linear nodes, so they get default values.
    const { output: shape } = chain.last[chain.last.length - 1];
    const gain = new Float64Array(neuronsOf(shape)).fill(1);
    const bias = new Float64Array(gain.length);
    const neurons = { threshold: 1, leak: 1, fires, gain, bias } as const;
    imported.push({ maps: chain.last, node: chain.output, shape, neurons });
  }
  const layers: LayerDescription[] = [];
  const weights: (() => Float32Array)[] = [];
  const inGraph = imported.flatMap(({ maps }) =>
    maps.map(({ map }) => (map && 'w' in map ? map.w.byteLength : 0)),
  );
  const most = inGraph.reduce((sum, bytes) => sum + 4 * bytes, mostBytes);
  let [work, written] = [0, 0];
  // The shape of the map before a layer, in the network and in the graph. After a matrix, only the graph has rows and columns.
  let [shape, mapShape] = [chain.input, chain.input];
  for (const [index, item] of imported.entries()) {
    const { maps, node, neurons } = item;
    const flat = neuronsOf(shape) === neuronsOf(mapShape) && shape.height !== mapShape.height;
    const isOutput = index === imported.length - 1;
    const composed = composeMaps(maps, shape, { isOutput, flat }, node, (more) => {
      work += more;
      if (work > mostWork)
        refuse(where, node.name, `at most ${mostWork} multiplications to combine the nodes before it`, work);
    });
    const { description, makeWeights, output } = composed;
    const held = (value: number): number => {
      const rounded = binary32.round(value);
      if (Number.isFinite(rounded)) return value;
      return refuse(where, node.name, 'weights times gains, and biases, that binary32 holds', rounded);
    };
    const biases = biasesOf(composed, neurons, node);
    biases.forEach(held);
    // A pool has no weights for a gain, so its threshold is divided by the gain.
    const gain = makeWeights ? 1 : neurons.gain[0];
    const θ = binary32.round(neurons.threshold / gain);
    const threshold = neurons.fires === fires ? θ : beside(θ, -1);
    const words = { ...description, threshold, leak: neurons.leak, ...(biases.length > 0 && { bias: true }) };
    layers.push(words as LayerDescription); // a pool with a bias was refused
    if (makeWeights)
      weights.push(() => {
        const values = makeWeights(neurons.gain, biases.length, held, () => {
          written += 4 * pageWeights;
          if (written > most)
            refuse(where, node.name, `at most ${most} bytes of weights in merged nodes`, written);
        });
        values.set(biases, values.length - biases.length);
        return values;
      });
    [shape, mapShape] = [output, item.shape];
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
 * The bias of each channel; none if all are 0. A bias is the input of a neuron when no spikes arrive, times its gain, plus the
 * constant that v_leak adds per step. Refuses gains and biases that weights cannot express.
 */
function biasesOf(
  { makeWeights, silence, output }: Composed,
  { gain, bias }: ImportedLayer['neurons'],
  node: NirNode,
): Float32Array {
  const biases = bias.map((b, i) => gain[i] * silence[i] + b);
  const isBiased = biases.some((b) => b !== 0);
  if (!makeWeights && (isBiased || gain.some((g) => g !== gain[0])))
    node.lacks('weights before it, for its bias or gain,');
  const positions = output.height * output.width;
  for (const values of [gain, biases])
    if (values.some((value, i) => value !== values[i - (i % positions)]))
      node.lacks('a bias or gain for each neuron of a channel');
  return Float32Array.from({ length: isBiased ? output.channels : 0 }, (_, c) => biases[c * positions]);
}
