/** Reads a NIR graph: checks the nodes and edges of an HDF5 file, and flattens nested graphs. */
import type { AnyBytes } from '../../formats/bytes.ts';
import { refuse, show } from '../../errors.ts';
import { readHdf5, type Hdf5Group } from '../../formats/hdf5.ts';
import type { OpenChunks } from '../../formats/hdf5Chunks.ts';
import type { AnyTensor } from '../../formats/tensor.ts';
import { NirNode } from './node.ts';

/** Limit on the edges of a graph: far more than the layers of any network. */
const mostEdges = 2 ** 12;

/**
 * Reads the nodes of a graph, with their edges, from the bytes of a `.nir` file.
 *
 * @param openChunks locates the chunks of a tensor
 * @throws InputError if the file is not an HDF5 file of this form, or an edge names a missing node
 */
export function readNirGraph(bytes: AnyBytes, where: string, openChunks: OpenChunks): NirNode[] {
  return nodesOf(readHdf5(bytes, where, openChunks), where);
}

export function nodesOf(file: Hdf5Group, where: string): NirNode[] {
  const nodes = new Map<string, NirNode>();
  add(new NirNode('node', groupOf(file.get('node'), 'node'), where), '');
  return [...nodes.values()];

  function groupOf(item: Hdf5Group | AnyTensor | undefined, what: string): Hdf5Group {
    return item instanceof Map ? item : refuse(where, what, 'a group', item && 'a tensor');
  }

  /** Adds a node, or the nodes of a nested graph. Names begin with `path`. */
  function add(node: NirNode, path: string): void {
    const { name: key, type, fields } = node;
    if (type !== 'NIRGraph') {
      if (nodes.has(key)) refuse(where, key, 'a name of one node', 'another');
      nodes.set(key, node);
      return;
    }
    const inner = groupOf(fields.get('nodes'), `nodes of ${key}`);
    for (const [name, group] of inner) {
      const at = path + name;
      add(new NirNode(at, groupOf(group, at), where), `${at}.`);
    }
    const edges = fields.get('edges');
    const what = `edges of ${key}`;
    if (!edges || edges instanceof Map || edges.dtype !== 'STR' || edges.shape.slice(1).join() !== '2')
      refuse(where, what, 'texts of shape (n, 2)', edges && 'something else');
    const { data, shape } = edges;
    if (shape[0] > mostEdges) refuse(where, what, `at most ${mostEdges}`, shape[0]);
    // An edge to a nested graph leads to its Input; an edge from it begins at its Output.
    const endOf = (name: string, port: string): NirNode =>
      (inner.has(name) && (nodes.get(path + name) ?? nodes.get(`${path}${name}.${port}`))) ||
      refuse(where, what, `one of ${show([...inner.keys()].join(', '))}`, name, 'the edge dangles');
    for (let k = 0; k < data.length; k += 2) {
      const [from, to] = [endOf(data[k], 'output'), endOf(data[k + 1], 'input')];
      if (from.after.has(to)) refuse(where, what, 'each edge once', `${from.name}→${to.name} again`);
      from.after.add(to);
      to.before.add(from);
    }
  }
}
