/**
 * Converts a graph to a chain: linear nodes, neurons, linear nodes, … The edges determine the order. If the graph is no chain, the error
 * names a node.
 */
import { neuronsOf, type Shape } from '../../../spec/network.ts';
import { refuse, show } from '../../errors.ts';
import { showShape } from '../../formats/tensor.ts';
import { checkMap, isDense, isMap, type NirMapNode } from './mapNode.ts';
import type { NirNode } from './node.ts';
import { nirKinds, type NirKind } from '../../../spec/nirConventions.ts';
import type { NirParameters } from '../../../spec/nir.ts';

/** Neurons, and the linear nodes before them. */
export interface NirLayer {
  /** The linear nodes, in order. */
  readonly maps: readonly NirMapNode[];
  readonly node: NirNode;
  readonly shape: Shape;
  readonly parameters: NirParameters;
  /** The recurrent node, which receives the spikes that these neurons sent in the previous step. */
  readonly recurrent?: NirMapNode;
}

export interface NirChain {
  readonly input: Shape;
  readonly layers: readonly NirLayer[];
  /** Linear nodes after the last neurons. */
  readonly last: readonly NirMapNode[];
  readonly output: NirNode;
}

const isNeuron = ({ type }: NirNode): boolean => nirKinds.some((kind) => kind === type);

/** Limit on the values of a map, and on the neurons of a graph. */
const most = 2 ** 20;

/** Limit on the values of all maps. */
const mostOfAll = 2 ** 22;

/**
 * @param nodes nodes of a graph, as read from a file
 * @param where name of the graph in error messages
 * @throws InputError if the graph is not a chain, or its nodes do not fit together
 */
export function chainOf(nodes: readonly NirNode[], where: string): NirChain {
  const { order, loops } = orderOf(nodes, where);
  const [first] = order;
  const input = shapeOf(first);
  let shape = input;
  const layers: NirLayer[] = [];
  let maps: NirMapNode[] = [];
  let [neurons, values] = [0, 0];
  for (const node of order) {
    const count = neuronsOf(shape);
    if (isMap(node)) {
      const map = checkMap(node, shape);
      maps.push(map);
      shape = map.output;
    } else if (isNeuron(node)) {
      neurons += count;
      const loop = loops.get(node);
      const recurrent = loop && checkMap(loop, shape);
      if (recurrent && recurrent.output.channels !== count)
        loop.refuse('weight', `${count} outputs, one for each neuron`, recurrent.output.channels);
      const parameters = checkNeurons(node, count);
      layers.push({ maps, node, shape, parameters, ...(recurrent && { recurrent }) });
      maps = [];
    } else if (node.type === 'Output' || node.type === 'Input') {
      const said = neuronsOf(shapeOf(node));
      if (said !== count) node.refuse('shape', `${count} values, the size of its input`, said);
    } else node.lacks('a layer of its kind');
    values += neuronsOf(shape);
    if (values > mostOfAll) refuse(where, node.name, `at most ${mostOfAll} values of maps in all`, values);
    const size = Math.max(neurons, neuronsOf(shape));
    if (size > most) refuse(where, node.name, `at most ${most} values, and neurons in all`, size);
  }
  if (layers.length === 0) refuse(where, 'graph', 'nodes of neurons (IF, LIF, CubaLIF)', 'none');
  return { input, layers, last: maps, output: order[order.length - 1] };
}

const namesOf = (nodes: readonly NirNode[], between: string): string =>
  nodes.map(({ name }) => show(name)).join(between);

/** The nodes from Input to Output, in order. `loops` has the recurrent linear node of each neuron node. */
function orderOf(
  nodes: readonly NirNode[],
  where: string,
): { order: readonly NirNode[]; loops: ReadonlyMap<NirNode, NirNode> } {
  const loops = new Map<NirNode, NirNode>();
  for (const node of nodes) {
    const [neuron] = node.before;
    const isAlone = node.before.size === 1 && node.after.size === 1 && node.after.has(neuron);
    if (!isAlone || !isNeuron(neuron) || !isDense(node)) continue;
    if (loops.has(neuron)) node.lacks(`a second recurrent edge of ${show(neuron.name)}`);
    loops.set(neuron, node);
  }
  const aside = new Set(loops.values());
  const withoutLoops = (ends: Iterable<NirNode>): NirNode[] => [...ends].filter((end) => !aside.has(end));
  const way = withoutLoops(nodes);
  const inputs = way.filter(({ before }) => withoutLoops(before).length === 0);
  let last =
    inputs.find(({ type }) => type === 'Input') ??
    refuse(where, 'graph', 'one node Input that nothing reaches', namesOf(inputs, ', ') || 'none');
  const order = new Set([last]);
  // This loop ends: no edge leads to the Input, and a node with two incoming edges is refused.
  for (let ends = withoutLoops(last.after); ends.length > 0; ends = withoutLoops(last.after)) {
    if (ends.length > 1) last.lacks(`branches, to ${namesOf(ends, ' and ')},`);
    [last] = ends;
    const reached = withoutLoops(last.before);
    if (reached.length > 1) last.lacks(`a sum or a cycle, of ${namesOf(reached, ' and ')},`);
    order.add(last);
  }
  way.find((node) => !order.has(node))?.lacks('a path from Input to it');
  if (last.type !== 'Output') last.lacks('an Output after it');
  return { order: [...order], loops };
}

/** The shape of a map: (n) or (C, H, W). A leading batch of 1 is dropped. A time axis or a larger batch is refused. */
function shapeOf(node: NirNode): Shape {
  const sides = node.wholes('shape', 1);
  if (sides.length === 4 && sides[0] === 1) sides.shift();
  if (sides.length !== 1 && sides.length !== 3)
    node.refuse('shape', 'a shape (n) or (C, H, W)', showShape(sides));
  const [channels, height = 1, width = 1] = sides;
  return { channels, height, width };
}

/** Checks the parameters of neurons. Time constants and thresholds must be above 0. */
function checkNeurons(node: NirNode, count: number): NirParameters {
  const kind = node.type as NirKind; // `isNeuron` checked it
  const of = (key: string, absent?: number): Float64Array => node.parameters(key, count, absent);
  const positive = (key: string): Float64Array => {
    const values = of(key);
    for (const value of values) if (value <= 0) node.refuse(key, 'numbers above 0', value);
    return values;
  };
  const none = new Float64Array(count);
  return {
    kind,
    τ: kind === 'IF' ? none : positive(kind === 'LIF' ? 'tau' : 'tau_mem'),
    r: of('r'),
    vLeak: kind === 'IF' ? none : of('v_leak'),
    vThreshold: positive('v_threshold'),
    vReset: of('v_reset', 0),
    τSyn: kind === 'CubaLIF' ? positive('tau_syn') : none,
    wIn: kind === 'CubaLIF' ? of('w_in', 1) : none,
  };
}
