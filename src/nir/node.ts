/** A node of a NIR graph: its edges, and its fields, each checked when it is read. */
import { InputError, refuse, show } from '../errors.ts';
import type { Hdf5Group } from '../formats/hdf5.ts';
import { numbersOf, showShape, type AnyTensor, type Numbers } from '../formats/tensor.ts';
import { limits } from '../network/check.ts';

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

/** Limit on whole numbers, such as the sides of a map, and on the sizes of windows. */
export const mostWhole = 2 ** 20;

/** The most numbers of a field of whole numbers. */
const mostSides = 64;

export class NirNode {
  readonly name: string;
  readonly type: string;
  readonly fields: Hdf5Group;
  /** The nodes with an edge to this one, and those that it has edges to. */
  readonly before = new Set<NirNode>();
  readonly after = new Set<NirNode>();
  readonly where: string;

  /** @param where begins errors: the file's name */
  constructor(name: string, fields: Hdf5Group, where: string) {
    this.name = name;
    this.fields = fields;
    this.where = where;
    const type = fields.get('type');
    if (type instanceof Map || type?.dtype !== 'STR' || type.data.length !== 1)
      this.refuse('type', 'a text', type && 'something else');
    this.type = type.data[0];
  }

  /** Refuses a field. */
  refuse(key: string, expected: string, got: unknown): never {
    refuse(this.where, `${this.name}.${key}`, expected, got);
  }

  /** Refuses the node, with the reason. */
  fail(why: string): never {
    throw new InputError(
      `${this.where}: node ${show(this.name)} (${show(this.type)}) cannot be read; ${why}`,
    );
  }

  /** A field of numbers. */
  field(key: string): NirField {
    const found = this.fields.get(key);
    if (!isNumbers(found)) this.refuse(key, `numbers, as ${this.type} has them`, found && 'something else');
    const { shape } = found;
    const count = shape.reduce((product, side) => product * side, 1);
    if (count > mostNumbers) this.refuse(key, `at most ${mostNumbers} numbers`, count);
    const read = (): Numbers => {
      const data = numbersOf(found.data);
      const bad = data.findIndex((value) => !Number.isFinite(value));
      if (bad >= 0) this.refuse(key, 'finite numbers', `${data[bad]} at place ${bad}`);
      return data;
    };
    return {
      shape,
      count,
      get data() {
        return read();
      },
    };
  }

  /** Parameters of `count` neurons: shape [] or [1] applies to all neurons; otherwise one number per neuron. */
  parameters(key: string, count: number, absent?: number): Float64Array {
    const values = new Float64Array(count);
    if (absent !== undefined && !this.fields.has(key)) return values.fill(absent);
    const field = this.field(key);
    if (field.count === 1) return values.fill(field.data[0]);
    if (field.count !== count)
      this.refuse(key, `one number, or one for each of ${count} neurons`, showShape(field.shape));
    values.set(field.data);
    return values;
  }

  /** The whole numbers of a field, from `low`. If there are to be `count`, a single one applies to all. */
  wholes(key: string, low: number, count?: number): number[] {
    const field = this.field(key);
    if (field.count > mostSides || (count !== undefined && field.count !== 1 && field.count !== count))
      this.refuse(key, `${count ?? `at most ${mostSides}`} whole numbers`, showShape(field.shape));
    const numbers = Array.from(field.data);
    for (const value of numbers)
      if (!Number.isInteger(value) || value < low || value > mostWhole)
        this.refuse(key, `whole numbers from ${low} to ${mostWhole}`, value);
    return numbers.length === 1 ? Array<number>(count ?? 1).fill(numbers[0]) : numbers;
  }
}

function isNumbers(item: Hdf5Group | AnyTensor | undefined): item is Exclude<AnyTensor, { dtype: 'STR' }> {
  return item !== undefined && !(item instanceof Map) && item.dtype !== 'STR';
}
