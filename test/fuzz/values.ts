/** Values of every type that a caller may pass, and places for them in arguments. */
import * as fc from 'fast-check';

/** The error of a caller's getter, trap or callback. The called function must throw it unchanged. */
export class Own extends Error {}

const own = (): never => {
  throw new Own();
};

/** Creates a new value each time, because a call may change or detach the value. */
type Make = () => unknown;

/** A view of detached memory. */
function detached<T>(make: (buffer: ArrayBuffer) => T): T {
  const buffer = new ArrayBuffer(16);
  const made = make(buffer);
  structuredClone(buffer, { transfer: [buffer] });
  return made;
}

function revoked(of: object): unknown {
  const { proxy, revoke } = Proxy.revocable(of, {});
  revoke();
  return proxy;
}

const rejected = (): Promise<never> => {
  const promise = Promise.reject(new Own());
  promise.catch(() => {});
  return promise;
};

/** A value nested too deeply for recursion. */
function deep(): unknown {
  let nest: unknown = [];
  for (let k = 0; k < 50_000; k++) nest = [nest];
  return nest;
}

const cyclic = (): unknown => {
  const one: Record<string, unknown> = {};
  return Object.assign(one, { one });
};

/** Values in addition to those of fast-check: some that JSON cannot express, and special numbers and texts. */
const objects: Make[] = [
  ...[Symbol('own'), Symbol.iterator, 65_535, 65_536, 2 ** 31, 2 ** 32, 2 ** 53].map((value) => () => value),
  ...['x'.repeat(1e5), '\u001b[31m\u202e', 'a\nb', 'paper', 'wasm'].map((value) => () => value),
  () => ['a', Symbol('own')],
  () => Array(1e5),
  deep,
  cyclic,
  () => Object.freeze({ length: 1 }),
  () => ({ toString: own, valueOf: own, toJSON: own, [Symbol.toPrimitive]: own }),
  () => ({ [Symbol.iterator]: own, length: 1 }),
  // oxlint-disable-next-line no-thenable -- a caller may pass one
  () => ({ then: own }),
  ...[-1, '3', NaN, 2 ** 53, Symbol('own'), 1n].map((length) => () => ({ length })),
  () => /x/g,
  () => new Map([['output', null]]),
  () => new WeakMap(),
  () => new Error('x'),
  () => () => undefined,
  () => own,
  () => async () => {},
  () => rejected,
  () => function* () {},
  () => Own,
  () => Math.max,
  () => Promise.resolve({}),
  rejected,
  () => globalThis,
  () => AbortSignal.abort(),
  () => ({ aborted: true }),
];

const arrays = [Uint8Array, Uint8ClampedArray, Int16Array, Uint32Array, Float32Array, Float64Array];
const memories: Make[] = [
  ...arrays.flatMap((Kind): Make[] => [
    () => new Kind(0),
    () => new Kind(3),
    () => detached((buffer) => new Kind(buffer)),
  ]),
  () => Float32Array.of(NaN, Infinity, -1),
  () => BigInt64Array.of(1n),
  () => Buffer.from('asf-bp'),
  () => new ArrayBuffer(9),
  () => detached((buffer) => buffer),
  () => detached((buffer) => new DataView(buffer)),
  () => new SharedArrayBuffer(8),
  () => new Float32Array(new SharedArrayBuffer(8)),
  () => new DataView(new ArrayBuffer(3), 1),
  () => new WebAssembly.Memory({ initial: 1 }),
  () => new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0)),
];

const throwing: ProxyHandler<object> = { get: own, has: own, ownKeys: own, getPrototypeOf: own };
const proxies: Make[] = [
  () => revoked({}),
  () => revoked([]),
  () => revoked(() => {}),
  ...[{}, [1], () => {}, new Uint8Array(3), new Map()].flatMap((of): Make[] => [
    () => new Proxy(of, {}),
    () => new Proxy(of, throwing),
  ]),
  () => new Proxy({}, { get: () => undefined }),
  () => Object.defineProperty({}, 'length', { get: own, enumerable: true }),
];

const anyValue: fc.Arbitrary<Make> = fc.oneof(
  fc
    .anything({
      withBigInt: true,
      withBoxedValues: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withObjectString: true,
      withSet: true,
      withSparseArray: true,
      withTypedArray: true,
    })
    .map((value) => () => value),
  fc.constantFrom(...objects, ...memories, ...proxies),
);

/** A value and its place: the index of the argument, then a key at each level. Indices are modulo the number of places. */
export interface Planted {
  readonly path: readonly number[];
  readonly make: Make;
}

export const planted: fc.Arbitrary<Planted> = fc.record({
  path: fc.array(fc.noBias(fc.nat(997)), { minLength: 1, maxLength: 4 }),
  make: anyValue,
});

/** A copy of `into` with a planted value: at a key, as an element, or as a function's result. */
export function plant(into: unknown, [step, ...path]: readonly number[], make: Make): unknown {
  if (step === undefined) return make();
  if (typeof into === 'function') return () => make();
  if (Array.isArray(into)) {
    const copy: unknown[] = [...(into as unknown[])];
    const at = step % (copy.length + 1);
    copy[at] = plant(copy[at], path, make);
    return copy;
  }
  if (into instanceof Map) {
    const keys = [...into.keys()] as unknown[];
    const key = keys[step % keys.length];
    return new Map<unknown, unknown>(into as Map<unknown, unknown>).set(
      key,
      plant(into.get(key), path, make),
    );
  }
  if (typeof into !== 'object' || into === null || ArrayBuffer.isView(into)) return make();
  const keys = [...Object.keys(into), 'other'];
  const key = keys[step % keys.length]!;
  return { ...into, [key]: plant((into as Record<string, unknown>)[key], path, make) };
}
