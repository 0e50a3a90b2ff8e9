/**
 * Turns a graph into a chain: linear nodes, neurons, linear nodes, … Order comes from the edges; a graph of any other form is refused by
 * node name.
 */
import { neuronsOf, type Shape } from '../../spec/network.ts';
import { refuse, show } from '../errors.ts';
import { showShape } from '../formats/tensor.ts';
import { checkMap, isDense, isMap, type NirMapNode } from './mapNode.ts';
import type { NirNode } from './node.ts';
import { nirKinds, type NirKind } from '../../spec/nirConventions.ts';
import type { NirParameters } from '../../spec/nir.ts';

/** Neurons and their inputs. */
export interface NirLayer {
  /** The linear nodes before them, in order. */
  readonly maps: readonly NirMapNode[];
  readonly node: NirNode;
  readonly name: string;
  readonly shape: Shape;
  readonly parameters: NirParameters;
  /** Recurrent edge, from the neurons' own spikes of the previous step. */
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

/** The reason why a type of node is not supported. */
const missing: Readonly<Record<string, string>> = {
  I: 'an integrator without threshold would have to be a layer',
  LI: 'a leaky integrator without threshold would have to be a layer',
  CubaLI: 'a leaky integrator with a synapse would have to be a layer',
  Conv1d: 'a convolution along one side would have to be a layer',
  Delay: 'delays would have to be a stage',
  Threshold: 'a threshold without a potential would have to be a layer',
};

/** Limit on the values of a map, and on the neurons of a graph. */
const most = 2 ** 20;

/**
 * @param nodes as read from a file
 * @param where begins errors
 * @throws InputError if the graph is not a chain, or its nodes do not fit together
 */
export function chainOf(nodes: readonly NirNode[], where: string): NirChain {
  const { order, loops } = orderOf(nodes, where);
  const [first] = order;
  let shape = shapeOf(first);
  const input = shape;
  const layers: NirLayer[] = [];
  let maps: NirMapNode[] = [];
  let neurons = 0;
  const checkSize = ({ name }: NirNode, what: string, size: number): void => {
    if (size > most) refuse(where, name, `at most ${most} ${what}`, size);
  };
  checkSize(first, 'values', neuronsOf(shape));
  for (const node of order.slice(1)) {
    if (isMap(node)) {
      const map = checkMap(node, shape);
      maps.push(map);
      shape = map.output;
      checkSize(node, 'values', neuronsOf(shape));
    } else if (isNeuron(node)) {
      const count = neuronsOf(shape);
      neurons += count;
      checkSize(node, 'neurons in all', neurons);
      const loop = loops.get(node);
      const recurrent = loop && checkMap(loop, shape);
      const back = recurrent && neuronsOf(recurrent.output);
      if (recurrent && back !== count)
        refuse(where, recurrent.name, `as many outputs as ${show(node.name)} has neurons, ${count}`, back);
      const parameters = checkNeurons(node, count);
      layers.push({ maps, node, name: node.name, shape, parameters, ...(recurrent && { recurrent }) });
      maps = [];
    } else if (node.type === 'Output' || node.type === 'Input') {
      const said = neuronsOf(shapeOf(node));
      if (said !== neuronsOf(shape)) node.refuse('shape', `${neuronsOf(shape)} values, as reach it`, said);
    } else node.fail(missing[node.type] ?? 'no such type is known');
  }
  if (layers.length === 0) refuse(where, 'graph', 'at least one node of neurons (IF, LIF, CubaLIF)', 'none');
  return { input, layers, last: maps, output: order[order.length - 1] };
}

const namesOf = (nodes: readonly NirNode[], between: string): string =>
  nodes.map(({ name }) => show(name)).join(between);

/** The nodes from Input to Output, in order, and the recurrent linear node of each neuron node. */
function orderOf(
  nodes: readonly NirNode[],
  where: string,
): { order: readonly NirNode[]; loops: ReadonlyMap<NirNode, NirNode> } {
  const loops = new Map<NirNode, NirNode>();
  for (const node of nodes) {
    const [neuron] = node.before;
    const isAlone = node.before.size === 1 && node.after.size === 1 && node.after.has(neuron);
    if (!isAlone || !isNeuron(neuron) || !isDense(node)) continue;
    if (loops.has(neuron)) node.fail(`${show(neuron.name)} has a recurrent edge already`);
    loops.set(neuron, node);
  }
  const before = (node: NirNode): NirNode[] => [...node.before].filter((end) => end !== loops.get(node));
  const after = (node: NirNode): NirNode[] => [...node.after].filter((end) => end !== loops.get(node));
  const inputs = nodes.filter((node) => before(node).length === 0);
  const input = inputs.find(({ type }) => type === 'Input');
  if (!input) refuse(where, 'graph', 'one node Input that nothing reaches', namesOf(inputs, ', ') || 'none');
  let last = input;
  const order = new Set([last]);
  // Ends: nothing reaches the Input, and only one node each of the others.
  for (let ends = after(last); ends.length > 0; ends = after(last)) {
    if (ends.length > 1)
      last.fail(`it has branches, to ${namesOf(ends, ' and ')}; a branch would have to be a layer that adds`);
    [last] = ends;
    const reached = before(last);
    if (reached.length > 1)
      last.fail(
        `it is reached from ${namesOf(reached, ' and ')}; a sum of branches, or a cycle through several nodes, would have to exist`,
      );
    order.add(last);
  }
  const isLoop = new Set(loops.values());
  nodes
    .find((node) => !order.has(node) && !isLoop.has(node))
    ?.fail(`it is not on the way from ${show(input.name)}`);
  if (last.type !== 'Output') last.fail('the way ends in it, and not in an Output');
  return { order: [...order], loops };
}

/** The shape of a map: (n) or (C, H, W). A leading batch of one is dropped; a time axis or a larger batch is refused. */
function shapeOf(node: NirNode): Shape {
  const sides = node.wholes('shape', 1);
  if (sides.length === 4 && sides[0] === 1) sides.shift();
  if (sides.length !== 1 && sides.length !== 3)
    node.refuse('shape', 'a shape (n) or (C, H, W), without batch and time', showShape(sides));
  const [channels, height = 1, width = 1] = sides;
  return { channels, height, width };
}

/** Checks the parameters of neurons: time constants and thresholds must be above 0. */
function checkNeurons(node: NirNode, count: number): NirParameters {
  const kind = node.type as NirKind; // as `isNeuron` says
  const of = (key: string, absent?: number): Float64Array => node.parameters(key, count, absent);
  const positive = (key: string): Float64Array => {
    const values = of(key);
    const bad = values.find((value) => !(value > 0));
    if (bad !== undefined) node.refuse(key, 'numbers above 0', bad);
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
