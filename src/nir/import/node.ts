/** A node of a NIR graph: its edges, and its fields, which are checked when they are read. */
import { checkOneOf, InputError, refuse, show } from '../../errors.ts';
import { oneLine } from '../../printable.ts';
import type { Hdf5Group } from '../../formats/hdf5.ts';
import { countElements, numbersOf, showShape, type Numbers, type Tensor } from '../../formats/tensor.ts';

/** Limit on whole numbers, such as the sides of maps and windows. */
const mostWhole = 2 ** 20;

/** Limit on the count of whole numbers in a field. */
const mostSides = 64;

const neuron = ['r', 'v_threshold', 'v_reset'];
const pool = ['kernel_size', 'stride', 'padding'];

/** The fields of each type of node, besides its type and metadata. */
const fieldsOf: ReadonlyMap<string, readonly string[]> = new Map([
  ['NIRGraph', ['nodes', 'edges']],
  ['Input', ['shape']],
  ['Output', ['shape']],
  ['Affine', ['weight', 'bias']],
  ['Linear', ['weight']],
  ['Conv2d', ['weight', 'bias', 'stride', 'padding', 'dilation', 'groups', 'input_shape']],
  ['SumPool2d', pool],
  ['AvgPool2d', pool],
  ['Flatten', ['input_type', 'start_dim', 'end_dim']],
  ['Scale', ['scale']],
  ['IF', neuron],
  ['LIF', [...neuron, 'tau', 'v_leak']],
  ['CubaLIF', [...neuron, 'tau_mem', 'tau_syn', 'v_leak', 'w_in']],
]);

export class NirNode {
  readonly name: string;
  readonly type: string;
  readonly fields: Hdf5Group;
  /** The nodes with an edge to this node. */
  readonly before = new Set<NirNode>();
  readonly after = new Set<NirNode>();
  readonly where: string;

  /** @param where name of the file in error messages */
  constructor(name: string, fields: Hdf5Group, where: string) {
    this.name = name;
    this.fields = fields;
    this.where = where;
    this.type = this.text('type') ?? this.refuse('type', 'a text');
    const known = fieldsOf.get(this.type);
    // Without this check, the field meant by a misspelt name would silently get its default.
    if (known)
      for (const key of fields.keys())
        checkOneOf(where, `field of ${name}`, key, [...known, 'type', 'metadata']);
  }

  refuse(
    key: string,
    expected: string,
    got: unknown = this.fields.has(key) ? 'something else' : undefined,
  ): never {
    refuse(this.where, `${this.name}.${key}`, expected, got);
  }

  /** Refuses the node. The error names the property `what`. */
  lacks(what: string, why = 'would have to exist'): never {
    throw new InputError(
      oneLine(`${this.where}: node ${show(this.name)} (${show(this.type)}) cannot be read; ${what} ${why}`),
    );
  }

  /** The text of a field; undefined if the field is not a single text. */
  text(key: string): string | undefined {
    const found = this.fields.get(key);
    return found instanceof Map || found?.dtype !== 'STR' || found.data.length !== 1
      ? undefined
      : found.data[0];
  }

  /** The shape of a field of numbers, without reading them. */
  shape(key: string): readonly number[] {
    return this.#field(key).shape;
  }

  /** The numbers of a field. All must be finite, and `fits` must accept their count. `expected` describes such counts. */
  numbers(key: string, expected: string, fits: (count: number) => boolean): Numbers {
    const field = this.#field(key);
    // Checked before reading, because a few bytes of a file may decompress to many numbers.
    if (!fits(countElements(this.where, key, field.shape)))
      this.refuse(key, expected, showShape(field.shape));
    const numbers = numbersOf(field.data);
    const bad = numbers.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) this.refuse(key, 'finite numbers', `${numbers[bad]} at place ${bad}`);
    return numbers;
  }

  /** Parameters of `count` neurons: one number for all (shape [] or [1]), or one per neuron. */
  parameters(key: string, count: number, absent?: number): Float64Array {
    const values = new Float64Array(count);
    if (absent !== undefined && !this.fields.has(key)) return values.fill(absent);
    const expected = `one number, or one for each of ${count} neurons`;
    const numbers = this.numbers(key, expected, (size) => size === 1 || size === count);
    if (numbers.length === 1) return values.fill(numbers[0]);
    values.set(numbers);
    return values;
  }

  /** The whole numbers of a field, each at least `low`. With `count`, the field has this many, or one number for all. */
  wholes(key: string, low: number, count?: number): number[] {
    const expected = `${count ?? `at most ${mostSides}`} whole numbers from ${low} to ${mostWhole}`;
    const numbers = this.numbers(key, expected, (size) =>
      count === undefined ? size <= mostSides : size === 1 || size === count,
    );
    for (const value of numbers)
      if (!Number.isInteger(value) || value < low || value > mostWhole) this.refuse(key, expected, value);
    return Array.from({ length: count ?? numbers.length }, (_, k) => numbers[k % numbers.length]);
  }

  #field(key: string): Tensor {
    const found = this.fields.get(key);
    if (!found || found instanceof Map || found.dtype === 'STR') this.refuse(key, 'numbers');
    return found;
  }
}
