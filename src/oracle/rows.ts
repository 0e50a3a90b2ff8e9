/** Rows of a catalogue of mistakes, from tables. */
import type { Stage } from '../engine/stage.ts';
import type { Mistake } from './name.ts';

/** A row without the fields that a table supplies. */
export type ChangeOf<M> = Omit<Mistake<M>, 'id' | 'says' | 'stages'>;

/** Rows of stages, from a table: `id: what the program does`, and the change. */
export function rowsOf<M>(
  stages: readonly string[],
  table: Readonly<Record<`${string}: ${string}`, ChangeOf<M>>>,
): Mistake<M>[] {
  return Object.entries(table).map(([text, change]) => {
    const end = text.indexOf(': ');
    return { id: text.slice(0, end), stages, says: text.slice(end + 2), ...change };
  });
}

/** A number with five significant digits. */
export const digits = (value: number): string => String(Number(value.toPrecision(5)));

/** A sum plus k times another array. */
export function withTerm(stage: Stage, key: string, k: number): Stage | undefined {
  if (stage.kind !== 'sum') return undefined;
  const f: typeof stage.f = (args, precision) =>
    stage.f(args.slice(0, -1), precision).map((each, i) => each + k * args[args.length - 1][i]);
  return { ...stage, reads: [...stage.reads, key], f };
}
