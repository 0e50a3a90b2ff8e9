import { oneLine } from './printable.ts';

/** An error that the user can correct. Its message has one line: `where: "argument" expected …, got …; next step`. */
export class InputError extends Error {
  override name = 'InputError';
}

/** Work that failed because threads failed or stalled, although its input is right. The command exits with 1. */
export class FailedError extends Error {
  override name = 'FailedError';
}

/** A number is no longer finite although the input is well formed. */
export class NotFiniteError extends InputError {}

/** Throws an {@link InputError}: `where: "what" expected EXPECTED, got GOT; next`. */
export function refuse(where: string, what: string, expected: string, got: unknown, next?: string): never {
  const whereText = typeof where === 'string' ? where : show(where);
  throw new InputError(
    oneLine(`${whereText}: "${show(what)}" expected ${expected}, got ${show(got)}${next ? `; ${next}` : ''}`),
  );
}

/** The text of a value in an error message: short, on one line, printable. */
export function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  let text: string;
  try {
    text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  } catch {
    text = typeof value;
  }
  return oneLine(text.length > 80 ? `${text.slice(0, 77)}…` : text);
}

export function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

/** Quotes a text that looks like a number, so that the message shows its type. */
const quoted = (value: unknown): unknown =>
  typeof value === 'string' && value.trim() && Number.isFinite(Number(value)) ? `'${value}'` : value;

export function checkWhole(where: string, what: string, value: unknown, low: number, high: number): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < low || value > high) {
    refuse(where, what, `a whole number from ${low} to ${high}`, quoted(value));
  }
  return value;
}

/** Checks a finite number in a range and returns it. `above` excludes `low` itself. */
export function checkNumber(
  where: string,
  what: string,
  value: unknown,
  { low = -Infinity, high = Infinity, above = false }: { low?: number; high?: number; above?: boolean } = {},
): number {
  const inside =
    typeof value === 'number' &&
    Number.isFinite(value) &&
    value <= high &&
    (above ? value > low : value >= low);
  if (!inside) {
    const lower = low === -Infinity ? '' : above ? ` above ${low}` : ` from ${low}`;
    const upper = high === Infinity ? '' : ` to ${high}`;
    refuse(where, what, `a finite number${lower}${upper}`, quoted(value));
  }
  return value;
}

/** Whether a value is a proxy of a typed array: it has the prototype, but not the elements. */
export function isMasked(value: unknown): boolean {
  return value instanceof Object.getPrototypeOf(Uint8Array) && !ArrayBuffer.isView(value);
}

export function checkCallback(where: string, what: string, value: unknown): void {
  if (value !== undefined && typeof value !== 'function') refuse(where, what, 'a function', value);
}

export function checkSignal(where: string, value: unknown): void {
  const isSignal = typeof (value as AbortSignal | null | undefined)?.aborted === 'boolean'; // `instanceof` fails across realms
  if (value !== undefined && !isSignal) refuse(where, 'signal', 'an AbortSignal', value);
}

/** The name in `known` with the least edit distance to `name`; undefined if no name is near, or several are equally near. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let least = Math.max(2, Math.ceil(name.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(name.toLowerCase().slice(0, 64), candidate.toLowerCase());
    if (distance === least) best = undefined;
    if (distance < least) [best, least] = [candidate, distance];
  }
  return best;
}

/** Returns a name that is in the list. The error for any other name lists the known ones and suggests the nearest. */
export function checkOneOf<T extends string>(
  where: string,
  what: string,
  value: unknown,
  known: readonly T[],
): T {
  if (typeof value === 'string' && (known as readonly string[]).includes(value)) return value as T; // `includes` found it
  const near = typeof value === 'string' ? nearest(value, known) : undefined;
  refuse(where, what, `one of ${known.join(', ')}`, value, near && `did you mean ${near}?`);
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length];
}

/** The index of the first number that is not finite; −1 if all are finite. */
export function indexNotFinite(values: Float32Array | Float64Array): number {
  // A loop is fast only after some 100,000 iterations. For fewer than 2²⁰ numbers, `includes` is faster; it also finds NaN.
  const isShort = values.length < 2 ** 20;
  if (isShort && ![NaN, Infinity, -Infinity].some((value) => values.includes(value))) return -1;
  // v · 0 is 0 if v is finite, and NaN otherwise. One addition per four numbers is faster than a test of each.
  const whole = values.length - (values.length % 4);
  let zero = 0;
  for (let i = 0; i < whole; i += 4)
    zero += values[i] * 0 + values[i + 1] * 0 + (values[i + 2] * 0 + values[i + 3] * 0);
  for (let i = zero === 0 ? whole : 0; i < values.length; i++) if (!Number.isFinite(values[i])) return i;
  return -1;
}

export function checkOptions<T>(where: string, options: T, known?: readonly string[]): T {
  return checkRecord(where, 'options', options, known) as T; // `checkRecord` returns the same object
}

/** Checks that a value is an object. If `known` is supplied, the object must have no other keys. */
export function checkRecord(
  where: string,
  what: string,
  value: unknown,
  known?: readonly string[],
): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    refuse(where, what, 'an object', value);
  const other = known && Object.keys(value).find((key) => !known.includes(key));
  if (other !== undefined) refuse(where, what, `only ${known!.join(', ')}`, other); // `other` is defined only with `known`
  return value as Record<string, unknown>; // checked above
}
