/**
 * Turns a graph into a chain: linear nodes, neurons, linear nodes, … Order comes from the edges; a graph of any other form is refused by
 * node name.
 */
import { neuronsOf, type Shape } from '../../spec/network.ts';
import { refuse, show } from '../errors.ts';
import { parametersOf, refuseNode, type NirGraph, type NirNode } from './graph.ts';
import { checkMap, isMapType, type NirMapNode } from './mapNode.ts';
import { shapeOf } from './shape.ts';
import type { NirKind } from '../../spec/nirConventions.ts';
import type { NirParameters } from '../../spec/nir.ts';

/** Neurons and their inputs. */
export interface NirLayer {
  /** The linear nodes before them, in order. */
  readonly maps: readonly NirMapNode[];
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
}

const kinds: Readonly<Record<string, NirKind>> = { IF: 'IF', LIF: 'LIF', CubaLIF: 'CubaLIF' };

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

/** @throws InputError if the graph is not a chain, or its nodes do not fit together */
export function chainOf(graph: NirGraph, where: string): NirChain {
  const { order, loops } = orderOf(graph, where);
  const [first] = order;
  let shape = shapeOf(first, 'shape', where);
  const input = shape;
  const layers: NirLayer[] = [];
  let maps: NirMapNode[] = [];
  let neurons = 0;
  const checkSize = (node: NirNode, what: string, size: number): void => {
    if (size > most) refuse(where, node.name, `at most ${most} ${what}`, size);
  };
  checkSize(first, 'values', neuronsOf(shape));
  for (const node of order.slice(1)) {
    const kind = kinds[node.type];
    if (isMapType(node.type)) {
      const map = checkMap(node, shape, where);
      maps.push(map);
      shape = map.output;
      checkSize(node, 'values', neuronsOf(shape));
    } else if (kind) {
      const loop = loops.get(node.name);
      neurons += neuronsOf(shape);
      checkSize(node, 'neurons in all', neurons);
      const parameters = checkNeurons(node, kind, neuronsOf(shape), where);
      const recurrent = loop && checkMap(loop, shape, where);
      if (recurrent && neuronsOf(recurrent.output) !== neuronsOf(shape))
        refuse(
          where,
          loop.name,
          `as many outputs as ${show(node.name)} has neurons, ${neuronsOf(shape)}`,
          neuronsOf(recurrent.output),
        );
      layers.push({ maps, name: node.name, shape, parameters, ...(recurrent && { recurrent }) });
      maps = [];
    } else if (node.type === 'Output' || node.type === 'Input') {
      const said = neuronsOf(shapeOf(node, 'shape', where));
      if (said !== neuronsOf(shape))
        refuse(where, `${node.name}.shape`, `${neuronsOf(shape)} values, as reach it`, said);
    } else refuseNode(where, node, missing[node.type] ?? 'no such type is known');
  }
  if (layers.length === 0) refuse(where, 'graph', 'at least one node of neurons (IF, LIF, CubaLIF)', 'none');
  return { input, layers, last: maps };
}

/** The entry of a node: every node has one. */
const entryOf = <V>(map: ReadonlyMap<string, V>, name: string): V => map.get(name)!; // `orderOf` checks the names of edges

/** The nodes from Input to Output, in order, and the recurrent linear node of each neuron node. */
function orderOf(
  { nodes, edges }: NirGraph,
  where: string,
): { order: NirNode[]; loops: Map<string, NirNode> } {
  const [into, outOf] = [new Map<string, Set<string>>(), new Map<string, Set<string>>()];
  for (const name of nodes.keys()) [into, outOf].forEach((ends) => ends.set(name, new Set()));
  for (const [from, to] of edges) {
    for (const end of [from, to])
      if (!nodes.has(end)) refuse(where, 'edges', 'names of nodes', end, 'the edge dangles');
    entryOf(outOf, from).add(to);
    entryOf(into, to).add(from);
  }
  const loops = new Map<string, NirNode>();
  for (const node of nodes.values()) {
    const [before, after] = [[...entryOf(into, node.name)], [...entryOf(outOf, node.name)]];
    const neuron = nodes.get(before[0] ?? '');
    const isLoop = before.length === 1 && after.length === 1 && before[0] === after[0];
    if (!isLoop || !neuron || !kinds[neuron.type] || !['Affine', 'Linear'].includes(node.type)) continue;
    if (loops.has(neuron.name)) refuseNode(where, node, `${show(neuron.name)} has a recurrent edge already`);
    loops.set(neuron.name, node);
    for (const ends of [into, outOf]) {
      entryOf(ends, neuron.name).delete(node.name);
      ends.delete(node.name);
    }
  }
  const inputs = [...into].filter(([, before]) => before.size === 0).map(([name]) => entryOf(nodes, name));
  const input = inputs.find(({ type }) => type === 'Input');
  if (!input)
    refuse(
      where,
      'graph',
      'one node Input that nothing reaches',
      inputs.map(({ name }) => name).join(', ') || 'none',
    );
  const order = [input];
  const seen = new Set([input.name]);
  for (let node = input; ;) {
    const after = [...entryOf(outOf, node.name)];
    if (after.length === 0) break;
    if (after.length > 1)
      refuseNode(
        where,
        node,
        `it has branches, to ${after.map(show).join(' and ')}; a branch would have to be a layer that adds`,
      );
    node = entryOf(nodes, after[0]);
    if (entryOf(into, node.name).size > 1)
      refuseNode(
        where,
        node,
        `it is reached from ${[...entryOf(into, node.name)].map(show).join(' and ')}; a sum of branches, or a cycle through several nodes, would have to exist`,
      );
    if (seen.has(node.name)) refuseNode(where, node, 'it lies in a cycle');
    seen.add(node.name);
    order.push(node);
  }
  const left = [...into.keys()].find((name) => !seen.has(name));
  if (left !== undefined)
    refuseNode(where, entryOf(nodes, left), `it is not on the way from ${show(input.name)}`);
  if (order[order.length - 1].type !== 'Output')
    refuseNode(where, order[order.length - 1], 'the way ends in it, and not in an Output');
  return { order, loops };
}

/** Checks the parameters of neurons: time constants and thresholds must be above 0. */
function checkNeurons(node: NirNode, kind: NirKind, count: number, where: string): NirParameters {
  const of = (key: string, absent?: number): Float64Array => parametersOf(node, key, count, where, absent);
  const positive = (key: string): Float64Array => {
    const values = of(key);
    const bad = values.find((value) => !(value > 0));
    if (bad !== undefined) refuse(where, `${node.name}.${key}`, 'numbers above 0', bad);
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
