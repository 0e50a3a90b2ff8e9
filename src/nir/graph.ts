/** Reads a NIR graph: the nodes and edges of an HDF5 file, each checked. Nested graphs are flattened. */
import type { AnyBytes } from '../formats/bytes.ts';
import { InputError, refuse, show } from '../errors.ts';
import { readHdf5, type Hdf5Group } from '../formats/hdf5.ts';
import { limits } from '../network/check.ts';
import { numbersOf, showShape, type AnyTensor, type Numbers } from '../formats/tensor.ts';

/** A node with its fields as in the file. */
export interface NirNode {
  readonly name: string;
  readonly type: string;
  readonly fields: Hdf5Group;
}

export interface NirGraph {
  readonly nodes: ReadonlyMap<string, NirNode>;
  readonly edges: readonly (readonly [from: string, to: string])[];
}

/** Limit on the nesting of graphs. */
const mostDepth = 8;
/** Limit on the edges of a graph: far more than the layers of any network. */
const mostEdges = 2 ** 12;

/**
 * Reads a graph from the bytes of a `.nir` file.
 *
 * @throws InputError if the file is not an HDF5 file of this form, or an edge names a missing node
 */
export function readNirGraph(bytes: AnyBytes, where: string): NirGraph {
  const root = readHdf5(bytes, where).get('node');
  if (!(root instanceof Map))
    refuse(where, 'node', 'a group, as nir.write makes it', root ? 'a tensor' : undefined);
  const nodes = new Map<string, NirNode>();
  const edges: [string, string][] = [];
  if (textOf(root, 'type', where, 'node') === 'NIRGraph') addGraph(root, '', 0);
  else addNode('node', root);
  return { nodes, edges };

  function addNode(name: string, fields: Hdf5Group): void {
    if (nodes.has(name)) refuse(where, name, 'a name of one node', 'another');
    nodes.set(name, { name, type: textOf(fields, 'type', where, name), fields });
  }

  function addGraph(group: Hdf5Group, path: string, depth: number): void {
    const at = path.slice(0, -1) || 'node';
    if (depth > mostDepth) refuse(where, at, `at most ${mostDepth} graphs within graphs`, depth);
    const inner = group.get('nodes');
    if (!(inner instanceof Map)) refuse(where, at, 'a group "nodes"', inner ? 'a tensor' : undefined);
    const graphs = new Set<string>();
    for (const [name, node] of inner) {
      if (!(node instanceof Map)) refuse(where, `${path}${name}`, 'a node', 'a tensor');
      if (textOf(node, 'type', where, path + name) !== 'NIRGraph') addNode(path + name, node);
      else {
        graphs.add(name);
        addGraph(node, `${path}${name}.`, depth + 1);
      }
    }
    for (const [from, to] of edgesOf(group, where, at)) {
      for (const end of [from, to]) {
        if (!inner.has(end))
          refuse(
            where,
            `edges of ${at}`,
            `names of nodes: ${show([...inner.keys()].join(', '))}`,
            end,
            'the edge dangles',
          );
      }
      // A graph is entered at its Input and left at its Output.
      edges.push([
        path + from + (graphs.has(from) ? '.output' : ''),
        path + to + (graphs.has(to) ? '.input' : ''),
      ]);
    }
  }
}

/** A text field of a group. */
function textOf(group: Hdf5Group, key: string, where: string, at: string): string {
  const found = group.get(key);
  if (found === undefined || found instanceof Map || found.dtype !== 'STR' || found.data.length !== 1)
    refuse(where, `${at}.${key}`, 'a text', found === undefined ? undefined : 'something else');
  return found.data[0];
}

function edgesOf(group: Hdf5Group, where: string, at: string): [string, string][] {
  const found = group.get('edges');
  if (
    found === undefined ||
    found instanceof Map ||
    found.dtype !== 'STR' ||
    found.shape.length !== 2 ||
    found.shape[1] !== 2
  )
    refuse(
      where,
      `edges of ${at}`,
      'texts of shape (n, 2)',
      found === undefined || found instanceof Map ? undefined : `${found.dtype} of ${showShape(found.shape)}`,
    );
  const count = found.shape[0];
  if (count > mostEdges) refuse(where, `edges of ${at}`, `at most ${mostEdges}`, count);
  const { data } = found;
  return Array.from({ length: count }, (_, k) => [data[2 * k], data[2 * k + 1]]);
}

/** A numeric field and its shape. */
export interface NirField {
  readonly shape: readonly number[];
  /** How many numbers it has. */
  readonly count: number;
  /** The numbers, checked to be finite; read when they are asked for, so that the shape can be checked before. */
  readonly data: Numbers;
}

/** The most numbers of a field: no network has more weights. */
const mostNumbers = limits.weights;

/** The field of a node. */
export function fieldOf({ name, type, fields }: NirNode, key: string, where: string): NirField {
  const found = fields.get(key);
  if (!isNumbers(found))
    refuse(
      where,
      `${name}.${key}`,
      `numbers, as ${type} has them`,
      found === undefined ? undefined : 'something else',
    );
  const { shape } = found;
  const count = shape.reduce((product, side) => product * side, 1);
  if (count > mostNumbers) refuse(where, `${name}.${key}`, `at most ${mostNumbers} numbers`, count);
  return {
    shape,
    count,
    get data() {
      const data = numbersOf(found.data);
      const bad = (data as Float64Array).findIndex((value) => !Number.isFinite(value));
      if (bad >= 0) refuse(where, `${name}.${key}`, 'finite numbers', `${data[bad]} at place ${bad}`);
      return data;
    },
  };
}

function isNumbers(item: Hdf5Group | AnyTensor | undefined): item is Exclude<AnyTensor, { dtype: 'STR' }> {
  return item !== undefined && !(item instanceof Map) && item.dtype !== 'STR';
}

/** Parameters of `count` neurons: shape [] or [1] applies to all neurons; otherwise one number per neuron. */
export function parametersOf(
  node: NirNode,
  key: string,
  count: number,
  where: string,
  absent?: number,
): Float64Array {
  const values = new Float64Array(count);
  if (absent !== undefined && !node.fields.has(key)) return values.fill(absent);
  const field = fieldOf(node, key, where);
  if (field.count === 1) return values.fill(field.data[0]);
  if (field.count !== count)
    refuse(
      where,
      `${node.name}.${key}`,
      `one number, or one for each of ${count} neurons`,
      showShape(field.shape),
    );
  values.set(field.data);
  return values;
}

/** `count` whole numbers of a field; a single number applies to all. */
export function wholesOf(node: NirNode, key: string, count: number, where: string, low: number): number[] {
  const field = fieldOf(node, key, where);
  if (field.count !== 1 && field.count !== count)
    refuse(where, `${node.name}.${key}`, `${count} whole numbers`, showShape(field.shape));
  const { data } = field;
  return Array.from({ length: count }, (_, k) => {
    const value = data[data.length === 1 ? 0 : k];
    if (!Number.isInteger(value) || value < low || value > 2 ** 20)
      refuse(where, `${node.name}.${key}`, `whole numbers from ${low}`, value);
    return value;
  });
}

/** Refuses a node by name, with the reason. */
export function refuseNode(
  where: string,
  { name, type }: Pick<NirNode, 'name' | 'type'>,
  why: string,
): never {
  throw new InputError(`${where}: node ${show(name)} (${show(type)}) cannot be read; ${why}`);
}
