import * as fc from 'fast-check';

/** A change of a file. A position is taken modulo L + 1, in a file that has L bytes just before the change. */
export interface Mutation {
  readonly kind: 'flip' | 'set' | 'cut' | 'insert' | 'remove' | 'repeat' | 'splice' | 'huge';
  readonly at: number;
  readonly from: number;
  readonly length: number;
  readonly value: number;
}

/** Limit on the bytes that one mutation adds or removes. */
const mostMoved = 64;

/** 32-bit values that overflow in sums and products. */
const huge = [0xffffffff, 0x7fffffff, 0x80000000, 0xfffffff0, 0x10000, 0x40000000];

/** Without bias. With bias, fast-check prefers small positions, and most files would be refused at their first bytes. */
const position = fc.noBias(fc.nat());

const listOf = (...kinds: readonly Mutation['kind'][]): fc.Arbitrary<Mutation[]> =>
  fc.array(
    fc.record({
      kind: fc.constantFrom(...kinds),
      at: position,
      from: position,
      length: fc.integer({ min: 1, max: mostMoved }),
      value: fc.oneof(fc.constantFrom(0, 255, 127, 128, 1), fc.integer({ min: 0, max: 255 })),
    }),
    { minLength: 1, maxLength: 4 },
  );

/** Half of the lists have only mutations that move no byte, so that readers get beyond the offsets and lengths in a file. */
export const mutations: fc.Arbitrary<Mutation[]> = fc.oneof(
  listOf('flip', 'set', 'splice', 'huge'),
  listOf('flip', 'set', 'splice', 'huge', 'cut', 'insert', 'remove', 'repeat'),
);

/** A mutated copy of the file. `other` supplies the bytes of a splice. */
export function applyMutations(file: Uint8Array, other: Uint8Array, list: readonly Mutation[]): Uint8Array {
  return list.reduce<Uint8Array>(
    (bytes, mutation) => applyMutation(bytes, other, mutation),
    new Uint8Array(file),
  );
}

function applyMutation(bytes: Uint8Array, other: Uint8Array, mutation: Mutation): Uint8Array {
  const { kind, length, value } = mutation;
  const at = mutation.at % (bytes.length + 1);
  const from = mutation.from % (other.length + 1);
  const replace = (removed: number, added: Uint8Array) => {
    const tail = bytes.subarray(Math.min(bytes.length, at + removed));
    const whole = new Uint8Array(at + added.length + tail.length);
    whole.set(bytes.subarray(0, at));
    whole.set(added, at);
    whole.set(tail, at + added.length);
    return whole;
  };
  switch (kind) {
    case 'flip':
      return replace(1, Uint8Array.of(bytes[at]! ^ (1 << (value & 7))));
    case 'set':
      return replace(1, Uint8Array.of(value));
    case 'cut':
      return bytes.slice(0, at);
    case 'insert':
      return replace(0, new Uint8Array(length).fill(value));
    case 'remove':
      return replace(length, new Uint8Array(0));
    case 'repeat':
      return replace(0, bytes.subarray(at, at + length));
    case 'splice':
      return replace(length, other.subarray(from, from + length));
    case 'huge': {
      const word = new Uint8Array(4);
      new DataView(word.buffer).setUint32(0, huge[value % huge.length]!, value % 2 === 0);
      return replace(4, word);
    }
  }
}
