/** Makes rows of a catalogue of mistakes from tables, and has changes that several kinds of steps share. */
import type { Floats } from '../../spec/arithmetic.ts';
import { largest } from '../engine/rounding.ts';
import type { Stage } from '../engine/stage.ts';
import { isOff } from './judge.ts';
import type { Fitted, Mistake, Seen } from './name.ts';

/** A row without the fields that a table supplies. */
export type ChangeOf<M> = Omit<Mistake<M>, 'id' | 'says' | 'stages'>;

/** Rows for some stages, from a table. Its keys are `id: what the program does`, and its values are changes. */
export function rowsOf<M>(
  stages: readonly string[],
  table: Readonly<Record<`${string}: ${string}`, ChangeOf<M>>>,
): Mistake<M>[] {
  return Object.entries(table).map(([text, change]) => {
    const end = text.indexOf(': ');
    return { id: text.slice(0, end), stages, says: text.slice(end + 2), ...change };
  });
}

const golden = (Math.sqrt(5) - 1) / 2;

/** The number between `from` and `to` at which a convex function is least, by golden-section search. */
export function lowest(of: (k: number) => number, from: number, to: number): number {
  let [a, b] = [from, to];
  let [c, d] = [b - golden * (b - a), a + golden * (b - a)];
  let [atC, atD] = [of(c), of(d)];
  for (let k = 0; k < 56; k++) {
    if (atC <= atD) {
      [b, d, atD] = [d, c, atC];
      c = b - golden * (b - a);
      atC = of(c);
    } else {
      [a, c, atC] = [c, d, atD];
      d = a + golden * (b - a);
      atD = of(d);
    }
  }
  return atC <= atD ? c : d;
}

/** The median of the finite values, of at most a few thousand of them; undefined if there are none. */
export function middleOf(values: readonly number[]): number | undefined {
  const stride = Math.ceil(values.length / 4096);
  const some = values.filter((value, i) => i % stride === 0 && Number.isFinite(value));
  return some.sort((a, b) => a - b)[some.length >> 1];
}

/** The number with the least value of a function that is convex near it, sought first among some ascending numbers. */
export function leastNear(of: (k: number) => number, tried: readonly number[]): number {
  const values = tried.map(of);
  const at = values.indexOf(Math.min(...values));
  return lowest(of, tried[Math.max(0, at - 1)], tried[Math.min(tried.length - 1, at + 1)]);
}

/** The first step in which a recorded result of a stage differs; T if there is none. */
export function firstWrongStep<M extends { readonly T: number }>(seen: Seen<M>): number {
  const { stage, model, got, right } = seen;
  const steps = stage.writes.map((key) => {
    const [supplied, { v, r }] = [got(key), right(key)];
    const at = supplied
      ? v.findIndex((each: number, i: number) => isOff(supplied[i], each, r?.[i] ?? 0))
      : -1;
    return at < 0 ? model.T : Math.floor((at * model.T) / v.length);
  });
  return Math.min(...steps);
}

type Of<K extends Stage['kind']> = Extract<Stage, { readonly kind: K }>;

/** Replaces some fields of the stages of a kind, such as their function. Stages of other kinds cannot have the mistake. */
export const ofKind =
  <K extends Stage['kind'], M>(
    kind: K,
    change: (stage: Of<K>, model: M, k: Fitted) => Partial<Of<K>>,
  ): NonNullable<Mistake<M>['stage']> =>
  (stage, model, k) =>
    stage.kind === kind ? { ...stage, ...change(stage as Of<K>, model, k) } : undefined; // the stage is of this kind

/** Adds k times another array to a sum. Without fitted parameters, k is `usual`. */
export const withTerm = <M>(keyOf: (stage: Stage) => string, usual = 0): NonNullable<Mistake<M>['stage']> =>
  ofKind('sum', (stage, _model, [k = usual]) => ({
    reads: [...stage.reads, keyOf(stage)],
    f: (args, precision) =>
      stage.f(args.slice(0, -1), precision).map((each, i) => each + k * args[args.length - 1][i]),
  }));

/** The place that a window reads instead of a place beyond the map; −1 means that the window reads the number 0. */
export const borders: readonly (readonly [says: string, of: (at: number, size: number) => number])[] = [
  ['0', () => -1],
  ['the nearest place', (at, size) => (at < 0 ? 0 : size - 1)],
  ['the mirrored place', (at, size) => (at < 0 ? -at : 2 * (size - 1) - at)],
  ['the place at the other end', (at, size) => (at + size) % size],
];

/** An array (T,…) in which step t is copied from step `from(t)`, or is 0 if that is outside the window. */
export function stepsFrom(values: Floats, T: number, from: (t: number) => number): Floats {
  const size = values.length / T;
  const out = values.slice().fill(0);
  for (let to = 0; to < T; to++) {
    const t = from(to);
    if (t >= 0 && t < T) out.set(values.subarray(t * size, (t + 1) * size), to * size);
  }
  return out;
}

/** An array (T,…) one step late; the first step is 0. */
export const delayed = (values: Floats, T: number): Floats => stepsFrom(values, T, (t) => t - 1);

/** Weights rounded to `levels` levels on each side of 0. In each group of `size` weights, the last level is the largest magnitude. */
export function quantised(w: Floats, levels: number, size = w.length, whole = Math.round): Floats {
  const out = w.slice();
  for (let from = 0; from < w.length; from += size) {
    const most = largest(w.subarray(from, from + size));
    for (let i = from; i < from + size && most > 0; i++)
      out[i] = (whole((w[i] * levels) / most) * most) / levels;
  }
  return out;
}
