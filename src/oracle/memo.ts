/** What is made once and kept: a naming asks again and again for the computations of the same models. */

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
