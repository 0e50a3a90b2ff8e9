/** Caches for repeated results, and `ifComputable` for results that may not be computable. */
import { Missing } from '../engine/run.ts';

/** Caches the result of a function per object, as long as the object lives. */
export function once<K extends object, V>(make: (of: K) => V): (of: K) => V {
  const known = new WeakMap<K, V>();
  return (of) => {
    const found = known.get(of) ?? make(of);
    known.set(of, found);
    return found;
  };
}

/**
 * Returns a function that changes the number of samples of a model, with a cache. `change` returns the fields that depend on
 * this number.
 */
export function cachedBySamples<M extends { readonly B: number }>(
  change: (model: M, B: number) => Partial<M> = () => ({}),
): (model: M, B: number) => M {
  const bySamples = once((_model: M) => new Map<number, M>());
  return (model, B) => {
    const known = bySamples(model);
    const found = known.get(B) ?? (model.B === B ? model : { ...model, B, ...change(model, B) });
    known.set(B, found);
    return found;
  };
}

/** The result of `make`; undefined if an array is missing, or if rounding leaves a needed decision open. */
export function ifComputable<V>(make: () => V): V | undefined {
  try {
    return make();
  } catch (error) {
    if (error instanceof Missing) return undefined;
    throw error;
  }
}
