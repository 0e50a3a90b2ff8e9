/** The answer to a check of a training step by surrogate gradients: as what it was judged, what differs, and what its numbers do not tell. */
import type { AnyTensor } from '../../formats/tensor.ts';
import { conclude, type CheckAnswer } from '../report.ts';
import type { Tell } from '../step.ts';
import { isShown } from '../untold.ts';
import { checkSurrogateStep } from './check.ts';
import { readSurrogateStep } from './file.ts';
import { mistakesOf } from './mistakes.ts';
import { computationOf } from './steps.ts';

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
  const { model, says, unknown } = step;
  const { findings, diagnoses, judged } = checkSurrogateStep(step, tell);
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
