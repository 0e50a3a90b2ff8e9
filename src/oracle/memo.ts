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

interface OfBatch {
  readonly B: number;
}

const bySamples = once((_model: OfBatch) => new Map<number, OfBatch>());

/** The same model of a batch of so many samples. */
export function ofSamples<M extends OfBatch>(model: M, B: number): M {
  const known = bySamples(model) as Map<number, M>; // of this model
  const found = known.get(B) ?? { ...model, B };
  known.set(B, found);
  return found;
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
