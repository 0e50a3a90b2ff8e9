/** What is made once and kept, as a naming asks again and again for the same; and what can be made at all. */
import { Missing } from '../engine/run.ts';

/** A function that keeps what it made of an object, as long as that lives. */
export function once<K extends object, V>(make: (of: K) => V): (of: K) => V {
  const known = new WeakMap<K, V>();
  return (of) => {
    const found = known.get(of) ?? make(of);
    known.set(of, found);
    return found;
  };
}

/** The same model of a batch of so many samples; `change` says what else is then another. */
export function keptBySamples<M extends { readonly B: number }>(
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

/** What is made; nothing where that is of what is not there, or not certain. */
export function madeOf<V>(make: () => V): V | undefined {
  try {
    return make();
  } catch (error) {
    if (error instanceof Missing) return undefined;
    throw error;
  }
}
