/** The record of named choices that somebody seems to have taken. */
import type { Variant } from '../../spec/variant.ts';
import type { StepReport } from './check.ts';

/** Other answers that explain every part that differs, if there are such. */
export function commonChoices(steps: readonly StepReport[]): Partial<Variant> | undefined {
  const all = steps.flatMap(({ diagnoses }) => diagnoses);
  if (all.length === 0) return undefined;
  const found: Record<string, string> = {};
  for (const { explains } of all) {
    const sets = explains.flatMap(({ choices }) => (choices ? [Object.entries(choices)] : []));
    const fits = sets.find((set) =>
      set.every(([question, answer]) => (found[question] ?? answer) === answer),
    );
    if (!fits) return undefined;
    Object.assign(found, Object.fromEntries(fits));
  }
  return found as Partial<Variant>;
}
