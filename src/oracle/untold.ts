/** What the recorded numbers do not tell: mistakes, and other answers to a question, that would have made the same arrays. */
import type { Floats } from '../../spec/arithmetic.ts';
import { Missing, Replay, type Computation, type Samples } from '../engine/run.ts';
import type { Stage } from '../engine/stage.ts';
import { isWithin } from './judge.ts';
import { planted, type Case, type Fitted, type Mistake } from './name.ts';

/**
 * Whether a mistake would have made other numbers of some arrays; nothing where it concerns none of them.
 *
 * @param keys of arrays that agree
 * @param k numbers that were fitted
 */
export function isShown<M extends object>(
  { form, model, samplesOf, run }: Omit<Case<M>, 'manner'>,
  mistake: Mistake<M>,
  keys: readonly string[],
  k: Fitted = [],
): boolean | undefined {
  const other = planted(form, mistake, model, k);
  if (!other) return undefined;
  const ofCount = (count: number): Computation =>
    planted(form, mistake, samplesOf(model, count), k) ?? run.computation.ofSamples(count);
  const made = new Replay({ ...other, ofSamples: ofCount }, run.there, run.precision, run);
  let isConcerned = false;
  for (const stage of other.stages) {
    const supplied = stage.writes.filter((key) => keys.includes(key));
    if (supplied.length === 0 || !made.isChanged(stage)) continue;
    isConcerned = true;
    const followed = mistake.isFree ? {} : undefined;
    const groups: readonly Samples[] =
      stage.by === 'window' ? run.groups() : [{ from: 0, count: run.computation.B }];
    for (const samples of groups) {
      const part = made.of(samples);
      const its = stageIn(part, stage);
      try {
        const rough = part.rough(its, followed);
        const at = (key: string): number => its.writes.indexOf(key);
        if (supplied.some((key) => isFar(rough[at(key)].v, part.supplied(key)!.v))) return true; // it was supplied
        const right = run.of(samples);
        const plain = right.rough(stageIn(right, stage));
        if (supplied.every((key) => isAlike(rough[at(key)].v, plain[at(key)].v))) continue;
        const results = part.results(its, followed);
        if (!supplied.every((key) => isWithin(results[at(key)], part.supplied(key)!.v))) return true; // it was supplied
      } catch (error) {
        if (!(error instanceof Missing)) throw error;
      }
    }
  }
  return isConcerned ? false : undefined;
}

const stageIn = ({ computation }: Replay, { id }: Stage): Stage =>
  computation.stages.find((stage) => stage.id === id)!; // a mistake leaves the ids

/** Whether a number is farther from the recorded one than any rounding makes it. */
function isFar(made: Floats, got: Floats): boolean {
  for (let i = 0; i < got.length; i++)
    if (Math.abs(made[i] - got[i]) > 2 ** -8 * Math.max(Math.abs(made[i]), Math.abs(got[i]), 2 ** -8))
      return true;
  return false;
}

/** Whether arrays have the same numbers. */
function isAlike(some: Floats, others: Floats): boolean {
  for (let i = 0; i < some.length; i++) if (some[i] !== others[i]) return false;
  return true;
}
