/** Maps the array names of other programs to keys, and sorts arrays by step. */
import { refuse, show } from '../../errors.ts';
import type { Tensor } from '../../formats/tensor.ts';
import { oneLine } from '../../printable.ts';

/** The arrays of one step, by key; arrays without a key keep their name. */
export interface NamedStep {
  readonly step: number;
  readonly arrays: Map<string, Tensor>;
}

/** For each name, a key or, for an array with one number per layer, a key for each element. */
export type NameMap = ReadonlyMap<string, string | readonly (string | undefined)[]>;

const suffix = /^(.*?)(?:_step([1-9]\d{0,3}))?$/s;

/** Groups arrays by step, each under its key. Names that are not in the map stay unchanged. */
export function nameArrays(arrays: ReadonlyMap<string, Tensor>, names: NameMap, where: string): NamedStep[] {
  const steps = new Map<number, Map<string, Tensor>>();
  for (const [name, array] of arrays) {
    if (oneLine(name) !== name) refuse(where, 'name of an array', 'printable characters', name);
    const [, stem, digits = '1'] = suffix.exec(name)!; // `suffix` matches any text
    const step = Number(digits);
    const found = steps.get(step) ?? new Map<string, Tensor>();
    steps.set(step, found);
    for (const [key, tensor] of spread(names.get(stem) ?? stem, array, `${where}(${show(name)})`)) {
      if (found.has(key)) refuse(where, key, 'one array', `${show(name)} too`);
      found.set(key, tensor);
    }
  }
  const sorted = [...steps].sort(([a], [b]) => a - b);
  return sorted.map(([step, found]) => ({ step, arrays: found }));
}

function spread(
  to: string | readonly (string | undefined)[],
  array: Tensor,
  where: string,
): (readonly [string, Tensor])[] {
  if (typeof to === 'string') return [[to, array]];
  if (array.data.length !== to.length)
    refuse(where, 'elements', `${to.length}, one a layer`, array.data.length);
  const elementOf = (index: number): Tensor =>
    ({ ...array, shape: [], data: array.data.slice(index, index + 1) }) as Tensor; // `slice` keeps the type
  return to.flatMap((key, index) => (key === undefined ? [] : [[key, elementOf(index)]]));
}

export function checkNameMap(names: unknown, where: string): NameMap {
  if (names === undefined) return new Map();
  if (!(names instanceof Map)) refuse(where, 'names', 'a map from other names to our keys', names);
  const entries: ReadonlyMap<unknown, unknown> = names;
  for (const [name, key] of entries) {
    const isKey = (one: unknown): boolean => typeof one === 'string' || one === undefined;
    if (!isKey(key) && !(Array.isArray(key) && key.every(isKey)))
      refuse(where, show(name), 'a key, or a list of keys', key);
  }
  return names;
}

/** A map of names from JSON: `{ "name": "key" }`. */
export function checkNames(value: unknown, where: string): NameMap {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    refuse(where, '--keys', 'an object from their names to our keys', value);
  return new Map(
    Object.entries(value).map(([name, key]) => {
      if (typeof key !== 'string') refuse(where, show(name), 'a key as text', key);
      return [name, key];
    }),
  );
}
