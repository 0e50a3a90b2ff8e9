/** Checks linear nodes against their input map. */
import { real, type Floats, type Precision } from '../../../spec/arithmetic.ts';
import { neuronsOf, type Shape } from '../../../spec/network.ts';
import type { NirMap, NirWindow } from '../../../spec/nirMaps.ts';
import { refuse } from '../../errors.ts';
import { showShape } from '../../formats/tensor.ts';
import { limits } from '../../network/check.ts';
import type { NirNode } from './node.ts';

/** A linear node. `map` has its weights; a node that only reshapes has no `map`. */
export interface NirMapNode {
  readonly output: Shape;
  readonly map?: NirMap;
}

const types: Readonly<Record<string, (node: NirNode, input: Shape) => NirMapNode>> = {
  Affine: dense,
  Linear: dense,
  Conv2d: convolution,
  SumPool2d: pool,
  AvgPool2d: pool,
  Flatten: flatten,
  Scale: (node, input) =>
    mapped({ kind: 'scale', input, output: input, w: node.parameters('scale', neuronsOf(input)) }),
};

export const isMap = ({ type }: NirNode): boolean => Object.hasOwn(types, type);

export const isDense = ({ type }: NirNode): boolean => types[type] === dense;

export const checkMap = (node: NirNode, input: Shape): NirMapNode => types[node.type](node, input);

const mapped = (map: NirMap): NirMapNode => ({ output: map.output, map });

function dense(node: NirNode, input: Shape): NirMapNode {
  if (input.height * input.width !== 1) node.lacks('a Flatten before it');
  const [channels] = sidesOf(node, input, '(out, in)', 2);
  const output = { channels, height: 1, width: 1 };
  return mapped({ kind: 'dense', input, output, ...weightsOf(node, channels, node.type === 'Affine') });
}

function convolution(node: NirNode, input: Shape): NirMapNode {
  if (node.parameters('groups', 1)[0] !== 1) node.lacks('groups of channels');
  if (node.parameters('dilation', 2).some((step) => step !== 1)) node.lacks('a dilated kernel');
  const { height, width } = input;
  const said = node.fields.has('input_shape') ? node.wholes('input_shape', 1, 2) : [height, width];
  if (said[0] !== height || said[1] !== width)
    node.refuse('input_shape', `the map that reaches it, ${height} × ${width}`, showShape(said));
  const [channels, , rows, columns] = sidesOf(node, input, '(out, in, row, column)', 4);
  const size = [rows, columns] as const;
  const kernel = { size, stride: pairOf(node, 'stride', 1), padding: paddingOf(node, size) };
  const output = outputOf(node, input, kernel, channels);
  return mapped({ kind: 'convolution', input, output, kernel, ...weightsOf(node, channels, false) });
}

function pool(node: NirNode, input: Shape): NirMapNode {
  const kernel = {
    size: pairOf(node, 'kernel_size', 1),
    stride: pairOf(node, 'stride', 1),
    padding: pairOf(node, 'padding', 0),
  };
  const output = outputOf(node, input, kernel, input.channels);
  return mapped({ kind: 'pool', mean: node.type === 'AvgPool2d', input, output, kernel });
}

type Pair = readonly [number, number];

const pairOf = (node: NirNode, key: string, low: number): Pair => node.wholes(key, low, 2) as unknown as Pair; // `wholes` returns the requested two numbers

/** Checks and returns the shape of the weights, which begins with (out, in). */
function sidesOf(node: NirNode, { channels }: Shape, sides: string, count: number): readonly number[] {
  const shape = node.shape('weight');
  if (shape.length !== count) node.refuse('weight', `a shape ${sides}`, showShape(shape));
  if (shape[1] !== channels)
    node.refuse('weight', `${channels} inputs, the channels of its input`, showShape(shape));
  return shape;
}

/** The weights of a node, without rounding. A bias of zeros is omitted. */
function weightsOf(node: NirNode, outputs: number, needsBias: boolean): { w: Floats; b?: Floats } {
  const { weights } = limits;
  const data = node.numbers('weight', `at most ${weights} numbers`, (count) => count <= weights);
  const isFloat = data instanceof Float32Array || data instanceof Float64Array;
  // Binary32 represents whole numbers of 2 bytes exactly.
  const w = isFloat ? data : data.BYTES_PER_ELEMENT > 2 ? new Float64Array(data) : new Float32Array(data);
  const b = node.parameters('bias', outputs, needsBias ? undefined : 0);
  return b.some((value) => value !== 0) ? { w, b } : { w };
}

/** Padding with zeros: numbers, "valid", or "same". "same" requires a kernel with odd sides. */
function paddingOf(node: NirNode, kernel: Pair): Pair {
  const word = node.text('padding');
  if (word === undefined) return pairOf(node, 'padding', 0);
  if (word === 'valid') return [0, 0];
  if (word !== 'same') node.refuse('padding', 'numbers, "same" or "valid"', word);
  if (kernel.some((side) => side % 2 === 0)) node.lacks('unequal padding');
  return [(kernel[0] - 1) / 2, (kernel[1] - 1) / 2];
}

function outputOf(
  { name, where }: NirNode,
  input: Shape,
  { size: kernel, stride, padding }: NirWindow,
  channels: number,
): Shape {
  const sides = [input.height, input.width];
  const [height, width] = sides.map(
    (side, d) => Math.floor((side + 2 * padding[d] - kernel[d]) / stride[d]) + 1,
  );
  if (height < 1 || width < 1)
    refuse(where, name, `a window within the map of ${sides.join(' × ')}`, kernel.join(' × '));
  return { channels, height, width };
}

/** Flattens a map (C, H, W) in row-major order. */
function flatten(node: NirNode, input: Shape): NirMapNode {
  const [start] = node.parameters('start_dim', 1, 0);
  const [end] = node.parameters('end_dim', 1, -1);
  const channels = neuronsOf(input);
  const isFlat = channels === Math.max(input.channels, input.height, input.width);
  // In NIR, the batch does not count as a dimension, but some exporters count it.
  if (!isFlat && !([0, 1].includes(start) && [-1, 2, 3].includes(end)))
    node.lacks('flattening of some sides only');
  return { output: { channels, height: 1, width: 1 } };
}

export function roundMap(map: NirMap, precision: Precision): NirMap {
  if (precision === real || map.kind === 'pool') return map;
  const rounded = (values: ArrayLike<number>) => {
    const out = precision.array(values.length);
    out.set(values);
    return out;
  };
  return { ...map, w: rounded(map.w), ...('b' in map && map.b && { b: rounded(map.b) }) };
}

export function withoutBias(map: NirMap): NirMap {
  if (!('b' in map)) return map;
  const { b: _, ...rest } = map;
  return rest as NirMap; // `b` is optional in every kind that has it
}
