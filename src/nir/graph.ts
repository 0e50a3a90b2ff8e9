/** Reads a NIR graph: the nodes and edges of an HDF5 file, each checked. Nested graphs are flattened. */
import type { AnyBytes } from '../formats/bytes.ts';
import { refuse, show } from '../errors.ts';
import { readHdf5 } from '../formats/hdf5.ts';
import { showShape } from '../formats/tensor.ts';
import { NirNode } from './node.ts';

/** Limit on the nesting of graphs. */
const mostDepth = 8;
/** Limit on the edges of a graph: far more than the layers of any network. */
const mostEdges = 2 ** 12;

/**
 * The nodes of a graph, with their edges, from the bytes of a `.nir` file.
 *
 * @throws InputError if the file is not an HDF5 file of this form, or an edge names a missing node
 */
export function readNirGraph(bytes: AnyBytes, where: string): NirNode[] {
  const root = readHdf5(bytes, where).get('node');
  if (!(root instanceof Map)) refuse(where, 'node', 'a group, as nir.write makes it', root && 'a tensor');
  const nodes = new Map<string, NirNode>();
  add(new NirNode('node', root, where), '', 0);
  return [...nodes.values()];

  /** Adds a node, or those of a graph, whose names begin with `path`. */
  function add(node: NirNode, path: string, depth: number): void {
    const { name: own, type, fields } = node;
    if (type !== 'NIRGraph') {
      if (nodes.has(own)) refuse(where, own, 'a name of one node', 'another');
      nodes.set(own, node);
      return;
    }
    if (depth > mostDepth) refuse(where, own, `at most ${mostDepth} graphs within graphs`, depth);
    const inner = fields.get('nodes');
    if (!(inner instanceof Map)) refuse(where, own, 'a group "nodes"', inner && 'a tensor');
    for (const [name, group] of inner) {
      const at = path + name;
      if (!(group instanceof Map)) refuse(where, at, 'a node', 'a tensor');
      add(new NirNode(at, group, where), `${at}.`, depth + 1);
    }
    const edges = fields.get('edges');
    const what = `edges of ${own}`;
    if (!edges || edges instanceof Map) refuse(where, what, 'texts of shape (n, 2)', edges && 'a group');
    const { dtype, shape } = edges;
    if (dtype !== 'STR' || shape.length !== 2 || shape[1] !== 2)
      refuse(where, what, 'texts of shape (n, 2)', `${dtype} of ${showShape(shape)}`);
    if (shape[0] > mostEdges) refuse(where, what, `at most ${mostEdges}`, shape[0]);
    const { data } = edges;
    // A graph is entered at its Input and left at its Output.
    const endOf = (name: string, port: string): NirNode => {
      const within = `${name}.${port}`;
      const [end, got] = inner.has(name)
        ? [nodes.get(path + name) ?? nodes.get(path + within), within]
        : [undefined, name];
      if (end) return end;
      refuse(where, what, `names of nodes: ${show([...inner.keys()].join(', '))}`, got, 'the edge dangles');
    };
    for (let k = 0; k < data.length; k += 2) {
      const [from, to] = [endOf(data[k], 'output'), endOf(data[k + 1], 'input')];
      from.after.add(to);
      to.before.add(from);
    }
  }
}
