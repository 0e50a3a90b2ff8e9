/** Builds NIR graphs for tests, and reads those of the fixtures. */
import { readFileSync } from 'node:fs';
import type { Hdf5Group } from '../../src/formats/hdf5.ts';
import { openChunks } from '../../src/formats/hdf5Chunks.ts';
import { writeHdf5 } from '../../src/formats/hdf5Writer.ts';
import type { AnyTensor } from '../../src/formats/tensor.ts';
import { chainOf } from '../../src/nir/import/chain.ts';
import { readNirGraph } from '../../src/nir/import/graph.ts';

export const chainIn = (bytes: Uint8Array, where = 'g') =>
  chainOf(readNirGraph(bytes, where, openChunks), where);

export const fixture = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(new URL(`../fixtures/nir/${name}`, import.meta.url)));

/** The value of a field: a text, a number, or a list of numbers with its shape. */
type Field =
  | string
  | number
  | readonly number[]
  | { readonly shape: readonly number[]; readonly data: readonly number[] };
export type Node = Readonly<Record<string, Field>>;

const tensor = (field: Field): AnyTensor => {
  if (typeof field === 'string') return { dtype: 'STR', shape: [], data: [field] };
  if (typeof field === 'number') return { dtype: 'F64', shape: [], data: Float64Array.of(field) };
  if ('shape' in field) return { dtype: 'F32', shape: field.shape, data: Float32Array.from(field.data) };
  return { dtype: 'F64', shape: [field.length], data: Float64Array.from(field) };
};

export const group = (node: Node): Hdf5Group =>
  new Map(Object.entries(node).map(([key, field]) => [key, tensor(field)]));

/** A graph of nodes, with edges `from→to`. */
export function graphGroup(nodes: Readonly<Record<string, Node | Hdf5Group>>, edges: string): Hdf5Group {
  const ends = edges.split(' ').flatMap((edge) => edge.split('→'));
  return new Map<string, Hdf5Group | AnyTensor>([
    ['type', tensor('NIRGraph')],
    ['edges', { dtype: 'STR', shape: [ends.length / 2, 2], data: ends }],
    [
      'nodes',
      new Map(Object.entries(nodes).map(([name, node]) => [name, node instanceof Map ? node : group(node)])),
    ],
  ]);
}

export const graphFile = (nodes: Readonly<Record<string, Node | Hdf5Group>>, edges: string): Uint8Array =>
  writeHdf5(
    new Map<string, Hdf5Group | AnyTensor>([
      ['version', tensor('1.0.8')],
      ['node', graphGroup(nodes, edges)],
    ]),
  );

export const input = (...shape: number[]): Node => ({ type: 'Input', shape });
export const output = (...shape: number[]): Node => ({ type: 'Output', shape });
export const linear = (outputs: number, inputs: number, data?: readonly number[]): Node => ({
  type: 'Linear',
  weight: {
    shape: [outputs, inputs],
    data: data ?? Array.from({ length: outputs * inputs }, (_, k) => (k % 5) - 2),
  },
});
export const affine = (
  outputs: number,
  inputs: number,
  bias: readonly number[],
  data?: readonly number[],
): Node => ({
  ...linear(outputs, inputs, data),
  type: 'Affine',
  bias,
});
/** A convolution with a square kernel. */
export const conv = (
  [outputs, inputs, kernel]: readonly [number, number, number],
  padding: number,
  data: readonly number[] = Array.from(
    { length: outputs * inputs * kernel ** 2 },
    (_, k) => ((7 * k) % 5) - 1.75,
  ),
  bias: readonly number[] = Array(outputs).fill(0),
): Node => ({
  type: 'Conv2d',
  weight: { shape: [outputs, inputs, kernel, kernel], data },
  bias,
  stride: 1,
  padding,
  dilation: 1,
  groups: 1,
});
export const pool = (type: 'SumPool2d' | 'AvgPool2d', kernel_size: number, stride = kernel_size): Node => ({
  type,
  kernel_size,
  stride,
  padding: 0,
});
export const flat: Node = { type: 'Flatten', input_type: 1, start_dim: 0, end_dim: -1 };

/**
 * The file of a graph with these nodes in a chain. The nodes of a list get the names n0, n1, …; those of a record keep theirs.
 */
export function chainFile(
  nodes: readonly Node[] | Readonly<Record<string, Node>>,
  shape: readonly number[],
  outputs = 2,
): Uint8Array {
  const named = Object.fromEntries(
    Object.entries(nodes).map(([name, node]) => [Array.isArray(nodes) ? `n${name}` : name, node]),
  );
  const names = ['input', ...Object.keys(named), 'output'];
  const edges = names.slice(1).map((to, k) => `${names[k]}→${to}`);
  return graphFile({ input: input(...shape), ...named, output: output(outputs) }, edges.join(' '));
}
export const ifNode: Node = { type: 'IF', r: 1, v_threshold: 1 };
export const lifNode: Node = { type: 'LIF', tau: 0.01, r: 1, v_leak: 0, v_threshold: 1 };
export const cubaNode: Node = {
  type: 'CubaLIF', tau_mem: 0.01, tau_syn: 0.005, r: 1, v_leak: 0, v_threshold: 1, w_in: 1,
}; // prettier-ignore
