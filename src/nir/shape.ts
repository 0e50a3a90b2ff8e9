import type { Shape } from '../../spec/network.ts';
import { refuse } from '../errors.ts';
import { showShape } from '../formats/tensor.ts';
import { fieldOf, type NirNode } from './graph.ts';

/** Limit on each side of a map. */
const most = 2 ** 20;

/** The shape in a field: (n) or (C, H, W). A leading batch of one is dropped; a time axis or a larger batch is refused. */
export function shapeOf(node: NirNode, key: string, where: string): Shape {
  const field = fieldOf(node, key, where);
  if (field.count > 64) refuse(where, `${node.name}.${key}`, 'a shape', `${field.count} numbers`);
  const sides = Array.from(field.data);
  if (sides.length === 4 && sides[0] === 1) sides.shift();
  for (const side of sides)
    if (!Number.isInteger(side) || side < 1 || side > most)
      refuse(where, `${node.name}.${key}`, `whole numbers from 1 to ${most}`, side);
  if (sides.length === 1) return { channels: sides[0], height: 1, width: 1 };
  if (sides.length !== 3)
    refuse(
      where,
      `${node.name}.${key}`,
      'a shape (n) or (C, H, W), without batch and time',
      showShape(sides),
    );
  return { channels: sides[0], height: sides[1], width: sides[2] };
}
