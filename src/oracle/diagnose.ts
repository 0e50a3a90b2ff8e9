/** Diagnosis: which known mistake explains everything that a part was seen to do wrong. */
import type { Diagnosis, Known, Tell, Wrong } from './diagnosis.ts';
import { placesOf } from './keys.ts';
import type { Mistake } from './mistakes/mistake.ts';
import type { StagePart, Setting } from './stagePart.ts';
import { isWholeVariant, Trials } from './trials.ts';

const kindOf = (id: string): string => id.replace(/\.\d+/, '');

/**
 * Diagnoses all parts that are wrong by themselves. What explained one part is tried first at the others: only where it
 * does not explain them too, is the rest tried. Of several that explain a part, those are left out that other parts, which
 * are right, contradict.
 *
 * @param right parts that are right, of which something was supplied
 */
export function diagnoseAll(
  wrong: readonly Wrong[],
  right: readonly StagePart[],
  setting: Setting,
  known: Known,
  { mistakes, tell }: { readonly mistakes: readonly Mistake[]; readonly tell: Tell },
): Diagnosis[] {
  if (wrong.length === 0) return [];
  const places = placesOf(setting.network, setting.B);
  const [plain, fitted] = [
    mistakes.filter(({ isFitted }) => !isFitted),
    mistakes.filter(({ isFitted }) => isFitted),
  ];
  let likely: Mistake[] = [];
  const witnesses = right.map((part) => new Trials({ part, sample: 0, places: [0] }, setting, known));
  const found = wrong.map((each, place): Diagnosis => {
    const { part, doubtful } = each;
    if (doubtful.length > 0)
      return { part: part.id, explains: [], doubtful, excluded: [], isCutShort: false };
    let tried = place * mistakes.length;
    const most = (place + 1) * mistakes.length;
    const next = () =>
      tell('diagnosed', part.id, (tried = Math.min(tried + 1, most)), wrong.length * mistakes.length);
    const trials = new Trials(each, setting, known, mistakes);
    trials.tryAll(likely, next, true);
    if (!trials.isExplained()) {
      trials.tryAll(plain, next);
      if (!trials.isExplained()) trials.tryAll(fitted, next);
      if (!trials.isExplained()) trials.tryTogether(mistakes, next);
      likely = [...new Set([...likely, ...trials.explaining.map(({ mistake }) => mistake)])];
    }
    trials.drop(witnesses);
    return trials.diagnosis((key) => places.has(key));
  });
  return common(found);
}

/** Where something explains all layers of a stage, what explains only some of them is left out. */
export function common(diagnoses: readonly Diagnosis[]): Diagnosis[] {
  return diagnoses.map((diagnosis) => {
    const alike = diagnoses.filter(({ part }) => kindOf(part) === kindOf(diagnosis.part));
    const everywhere = diagnosis.explains.filter(({ id }) =>
      alike.every(({ explains }) => explains.some((other) => other.id === id)),
    );
    return everywhere.some(({ id }) => !isWholeVariant(id))
      ? { ...diagnosis, explains: everywhere }
      : diagnosis;
  });
}
