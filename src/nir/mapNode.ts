/** Checks linear nodes against their input map. */
import { real, type Floats, type Precision } from '../../spec/arithmetic.ts';
import { neuronsOf, type Shape } from '../../spec/network.ts';
import type { NirMap, NirWindow } from '../../spec/nirMaps.ts';
import { refuse } from '../errors.ts';
import { showShape } from '../formats/tensor.ts';
import { fieldOf, parametersOf, refuseNode, wholesOf, type NirField, type NirNode } from './graph.ts';

/** A linear node. `map` has the weights of the graph; it is absent if the node only reshapes. */
export interface NirMapNode {
  readonly name: string;
  readonly output: Shape;
  readonly map?: NirMap;
}

type Check = (node: NirNode, input: Shape, where: string) => NirMapNode;

const types: Readonly<Record<string, Check>> = {
  Affine: dense,
  Linear: dense,
  Conv2d: convolution,
  SumPool2d: (node, input, where) => pool(node, input, where, false),
  AvgPool2d: (node, input, where) => pool(node, input, where, true),
  Flatten: flatten,
  Scale: (node, input, where) => ({
    name: node.name,
    output: input,
    map: { kind: 'scale', input, output: input, w: parametersOf(node, 'scale', neuronsOf(input), where) },
  }),
};

export const isMapType = (type: string): boolean => Object.hasOwn(types, type);

export function checkMap(node: NirNode, input: Shape, where: string): NirMapNode {
  return types[node.type](node, input, where);
}

function dense(node: NirNode, input: Shape, where: string): NirMapNode {
  const weight = fieldOf(node, 'weight', where);
  const { shape } = weight;
  if (shape.length !== 2) refuse(where, `${node.name}.weight`, 'a shape (out, in)', showShape(shape));
  if (input.height * input.width !== 1) refuseNode(where, node, 'a Flatten would have to be before it');
  if (shape[1] !== input.channels)
    refuse(where, `${node.name}.weight`, `${input.channels} inputs, as reach it`, showShape(shape));
  const output = { channels: shape[0], height: 1, width: 1 };
  const b = biasOf(node, output.channels, where, node.type === 'Affine');
  return {
    name: node.name,
    output,
    map: { kind: 'dense', input, output, w: floatsOf(weight), ...(b && { b }) },
  };
}

/** The numbers of a field, all of them exact. */
function floatsOf({ data }: NirField): Floats {
  return data instanceof Float32Array || data instanceof Float64Array ? data : new Float64Array(data);
}

/** The bias of a node; undefined if it is zero. */
function biasOf(node: NirNode, count: number, where: string, asked: boolean): Float64Array | undefined {
  if (!asked && !node.fields.has('bias')) return undefined;
  const b = parametersOf(node, 'bias', count, where);
  return b.some((value) => value !== 0) ? b : undefined;
}

function convolution(node: NirNode, input: Shape, where: string): NirMapNode {
  const weight = fieldOf(node, 'weight', where);
  const { shape } = weight;
  if (shape.length !== 4)
    refuse(where, `${node.name}.weight`, 'a shape (out, in, row, column)', showShape(shape));
  const [outputs, inputs, rows, columns] = shape as [number, number, number, number];
  if (wholesOf(node, 'groups', 1, where, 1)[0] !== 1)
    refuseNode(where, node, 'groups of channels would have to exist');
  if (wholesOf(node, 'dilation', 2, where, 1).some((step) => step !== 1))
    refuseNode(where, node, 'a dilated kernel would have to exist');
  if (inputs !== input.channels)
    refuse(
      where,
      `${node.name}.weight`,
      `${input.channels} channels of input, as reach it`,
      showShape(shape),
    );
  const window: NirWindow = {
    kernel: [rows, columns],
    stride: pair(node, 'stride', where, 1),
    padding: paddingOf(node, [rows, columns], where),
  };
  const output = windowed(node, input, window, outputs, where);
  const b = biasOf(node, outputs, where, false);
  return {
    name: node.name,
    output,
    map: { kind: 'convolution', input, output, window, w: floatsOf(weight), ...(b && { b }) },
  };
}

/** Zero padding: numbers, "valid", or "same", which requires a kernel with odd sides. */
function paddingOf(node: NirNode, kernel: readonly [number, number], where: string): [number, number] {
  const given = node.fields.get('padding');
  if (given === undefined || given instanceof Map || given.dtype !== 'STR')
    return pair(node, 'padding', where, 0);
  const [word] = given.data;
  if (word === 'valid') return [0, 0];
  if (word !== 'same') refuse(where, `${node.name}.padding`, 'numbers, "same" or "valid"', word);
  if (kernel.some((side) => side % 2 === 0)) refuseNode(where, node, 'unequal padding would have to exist');
  return [(kernel[0] - 1) / 2, (kernel[1] - 1) / 2];
}

function pool(node: NirNode, input: Shape, where: string, mean: boolean): NirMapNode {
  const window: NirWindow = {
    kernel: pair(node, 'kernel_size', where, 1),
    stride: pair(node, 'stride', where, 1),
    padding: pair(node, 'padding', where, 0),
  };
  const output = windowed(node, input, window, input.channels, where);
  return { name: node.name, output, map: { kind: 'pool', mean, input, output, window } };
}

const pair = (node: NirNode, key: string, where: string, low: number): [number, number] =>
  wholesOf(node, key, 2, where, low) as [number, number];

function windowed(
  { name }: NirNode,
  input: Shape,
  { kernel, stride, padding }: NirWindow,
  channels: number,
  where: string,
): Shape {
  const along = (length: number, d: 0 | 1): number =>
    Math.floor((length + 2 * padding[d] - kernel[d]) / stride[d]) + 1;
  const output = { channels, height: along(input.height, 0), width: along(input.width, 1) };
  if (output.height < 1 || output.width < 1)
    refuse(
      where,
      name,
      `a window within the map of ${input.height} × ${input.width}`,
      `${kernel[0]} × ${kernel[1]}`,
    );
  return output;
}

/** Flattens a map, (C, H, W) row-major. */
function flatten(node: NirNode, input: Shape, where: string): NirMapNode {
  const start = node.fields.has('start_dim') ? signed(node, 'start_dim', where) : 0;
  const end = node.fields.has('end_dim') ? signed(node, 'end_dim', where) : -1;
  const isWhole = neuronsOf(input) === Math.max(input.channels, input.height, input.width);
  // Dimensions count without a batch, but some exporters include one.
  if (!isWhole && (![0, 1].includes(start) || ![-1, 2, 3].includes(end)))
    refuseNode(where, node, 'flattening of some sides only would have to exist');
  return { name: node.name, output: { channels: neuronsOf(input), height: 1, width: 1 } };
}

const signed = (node: NirNode, key: string, where: string): number =>
  wholesOf(node, key, 1, where, -(2 ** 20))[0];

/** The map of a node, rounded to a precision. */
export function roundMap(map: NirMap, precision: Precision): NirMap {
  if (precision === real || map.kind === 'pool') return map;
  const rounded = (values: ArrayLike<number>) => {
    const made = precision.array(values.length);
    made.set(values);
    return made;
  };
  if (map.kind === 'scale') return { ...map, w: rounded(map.w) };
  return { ...map, w: rounded(map.w), ...(map.b && { b: rounded(map.b) }) };
}

export function withoutBias(map: NirMap): NirMap {
  if (!('b' in map)) return map;
  const { b: _, ...rest } = map;
  return rest as NirMap;
}
