/** The answer to a check of a training step by surrogate gradients: as what it was judged, what differs, and what its numbers do not tell. */
import type { AnyTensor } from '../../formats/tensor.ts';
import { conclude, type CheckAnswer } from '../report.ts';
import type { StepFindings, Tell } from '../step.ts';
import { isShown } from '../untold.ts';
import { checkSurrogateStep } from './check.ts';
import { readSurrogateStep, type SurrogateStep } from './file.ts';
import type { Pool } from './maps.ts';
import { mistakesOf } from './mistakes.ts';
import { computationOf, type SurrogateModel } from './steps.ts';

/** A step with its sums as pools by PyTorch's LPPool2d, which Sinabs' SumPool2d is, where it agrees with these better. */
function checkedAs(step: SurrogateStep, tell?: Tell): [SurrogateModel, StepFindings] {
  const { model } = step;
  const isSum = model.layers.some(({ before, within }) =>
    [...before, ...within].some(({ kind }) => kind === 'sumpool'),
  );
  if (!isSum) return [model, checkSurrogateStep(step, tell)];
  const asOther = (pool: Pool): Pool => (pool.kind === 'sumpool' ? { ...pool, kind: 'lppool' } : pool);
  const layers = model.layers.map((own) => ({
    ...own,
    before: own.before.map(asOther),
    within: own.within.map(asOther),
  }));
  const other = { ...model, layers };
  const wrong = (own: SurrogateModel): number =>
    checkSurrogateStep({ ...step, model: own }, undefined, false).judged.wrong.length;
  const best = wrong(other) < wrong(model) ? other : model;
  return [best, checkSurrogateStep({ ...step, model: best }, tell)];
}

/** Questions whose other answers may have made the same numbers. */
const isAsked = ({ id }: { readonly id: string }): boolean =>
  /^(reset|resetGradient|fires|spikes|surrogate-missing)/.test(id) && !id.includes('@');

/**
 * Checks a step of a framework that trains by surrogate gradients.
 *
 * @param arrays by name: `input`, `layerN.weight`, and what else was recorded
 * @param words what the file says of them: `ops`, `loss`, `framework`
 * @throws InputError where something is described that no equation here covers
 */
export function checkSurrogate(
  arrays: ReadonlyMap<string, AnyTensor>,
  words: Readonly<Record<string, unknown>>,
  where = 'check',
  tell?: Tell,
): CheckAnswer {
  const step = readSurrogateStep({ arrays, words }, where);
  const { says, unknown } = step;
  const [model, found] = checkedAs(step, tell);
  const { findings, diagnoses, judged } = found;
  const notChecked = judged.lacking.map(({ key, needs }) => ({ key, why: `needs ${needs}`, needs: [needs] }));
  const keys = findings.filter(({ verdict }) => verdict === 'agrees').map(({ key }) => key);
  const asked = {
    form: { computationOf, mistakes: [] },
    model,
    samplesOf: (own: typeof model) => own,
    run: judged.run,
  };
  const untold =
    diagnoses.length > 0
      ? []
      : mistakesOf(model).filter((row) => isAsked(row) && isShown(asked, row, keys) === false);
  const reported = [{ step: 1, unknown, misspelt: [], findings, notChecked, diagnoses }];
  return conclude(
    reported,
    [...new Set(says)].join('; '),
    untold.map(({ id, says: text }) => ({ id, says: text })),
    where,
  );
}
