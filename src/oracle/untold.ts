/** Finds whether a mistake, or another answer to a question, would have given the same arrays as recorded. */
import { Replay } from '../engine/run.ts';
import type { Stage } from '../engine/stage.ts';
import { isWithin } from './judge.ts';
import { ifComputable, once } from './memo.ts';
import { planted, type Case, type Fitted, type Mistake } from './name.ts';

/** For a run and a mistake: whether a stage with some parameters gives other arrays than recorded. */
const known = once((_run: Replay) => once((_mistake: object) => new Map<string, boolean>()));

/**
 * Whether a mistake would have changed some of the arrays; undefined if it concerns none of them.
 *
 * @param keys keys of arrays that agree
 * @param k fitted parameters
 */
export function isRuledOut<M extends object>(
  { kind, model, run }: Pick<Case<M>, 'kind' | 'model' | 'run'>,
  mistake: Mistake<M>,
  keys: readonly string[],
  k: Fitted = [],
): boolean | undefined {
  const other = planted(kind, mistake, model, k);
  if (!other) return undefined;
  const otherRun = new Replay(other, run.there, run.precision, run);
  const followed = mistake.isFree ? {} : undefined;
  const differs = known(run)(mistake);
  let isConcerned = false;
  // Small stages run first, because one of them usually rules the mistake out.
  const sizeOf = ({ writes }: Stage): number =>
    writes.reduce((sum, key) => sum + (run.there.get(key)?.v.length ?? 0), 0);
  for (const stage of [...other.stages].sort((a, b) => sizeOf(a) - sizeOf(b))) {
    const supplied = stage.writes.filter((key) => keys.includes(key));
    if (supplied.length === 0 || !otherRun.isChanged(stage)) continue;
    isConcerned = true;
    const at = [stage.id, ...supplied, ...k].join(' ');
    const isOther =
      differs.get(at) ??
      run.trialsOf(stage).some((samples) => {
        const chunk = otherRun.of(samples);
        const its = chunk.computation.stages.find(({ id }) => id === stage.id)!; // a mistake does not change ids
        const results = ifComputable(() => chunk.results(its, followed));
        return !supplied.every(
          // `supplied` has only supplied keys
          (key) => !results || isWithin(results[its.writes.indexOf(key)], chunk.supplied(key)!.v),
        );
      });
    differs.set(at, isOther);
    if (isOther) return true;
  }
  return isConcerned ? false : undefined;
}
