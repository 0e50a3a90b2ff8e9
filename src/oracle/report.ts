/** Combines the findings on all steps into the answer to a check. */
import type { Variant, VariantName } from '../../spec/variant.ts';
import { refuse } from '../errors.ts';
import type { StepReport } from './asf/check.ts';
import type { Verdict } from './judge.ts';

/** The answer to a check of any form of step. */
export interface CheckAnswer {
  /** `differs` if an array differs; otherwise `undecided` if an array is undecided, not judged, or misspelt; otherwise `agrees`. */
  readonly verdict: Verdict;
  /** The name of the variant or framework by which the steps were judged. */
  readonly as: string;
  readonly steps: readonly (StepReport & {
    readonly step: number;
    /** Names that are not keys of the network. */
    readonly unknown: readonly string[];
    /** Unknown names close to a missing key (`meant`), and other unknown names of a layer's arrays. */
    readonly misspelt: readonly { readonly name: string; readonly meant?: string }[];
  })[];
  /** Keys to record, if the verdict is undecided. */
  readonly needs: readonly string[];
  /** The ids of the mistakes that explain the arrays that differ. */
  readonly explanations: readonly string[];
  /** A description of the first array that differs. */
  readonly description?: string;
  /** If nothing differs: mistakes, and other answers to questions of the variant, that would have given the same numbers. */
  readonly untold: readonly { readonly id: string; readonly says: string }[];
  /** Notes of one line each: arrays that were not judged, and notes of the recorder. */
  readonly notes: readonly string[];
  /** How many numbers were compared. */
  readonly compared: number;
}

/** The answer to a check of steps of ASF-BP. */
export interface Report extends CheckAnswer {
  readonly variant: Variant;
  /** Another preset with which no array differs. It is absent if a single other choice fits. */
  readonly otherVariant?: VariantName;
  /** Other choices with which no array differs: a single choice or, if no preset fits either, several choices. */
  readonly otherChoices?: Partial<Variant>;
  /** `batch` if no array differs with the option `gradients: 'batch'`. Absent beside `otherVariant` or `otherChoices`. */
  readonly otherGradients?: 'batch';
}

/**
 * @param known keys that the error message lists as examples
 * @throws InputError if nothing was compared
 */
export function conclude(
  steps: CheckAnswer['steps'],
  as: string,
  untold: CheckAnswer['untold'],
  where: string,
  known: readonly string[] = [],
): CheckAnswer {
  const findings = steps.flatMap((step) => step.findings);
  const [lacking] = steps.flatMap(unjudgedIn);
  if (findings.length === 0 && lacking?.needs?.length === 0)
    refuse(where, 'arrays', 'some of the forward pass', lacking.key, `it ${lacking.why}`);
  if (findings.length === 0 && lacking)
    refuse(
      where,
      lacking.key,
      'the array from which it follows',
      `nothing: it ${lacking.why}`,
      'add it; --inputs names a second file',
    );
  if (findings.length === 0) {
    const names = steps.flatMap(({ unknown }) => unknown).slice(0, 6);
    const got = names.length > 0 ? names.join(', ') : 'only inputs of a step';
    refuse(
      where,
      'arrays',
      `results of a step${known.length > 0 ? `, such as ${known.slice(0, 12).join(', ')}` : ''}`,
      got,
      '--list-keys names all, --keys maps others',
    );
  }
  const first = findings.find(({ verdict }) => verdict === 'differs');
  return {
    ...verdictOf(steps),
    untold: first ? [] : untold,
    explanations: [...new Set(findings.flatMap(({ explanations = [] }) => explanations))],
    ...(first?.description !== undefined && { description: first.description }),
    as,
    notes: [],
    steps,
    compared: findings.reduce((sum, { compared }) => sum + compared, 0),
  };
}

/** Arrays that were supplied and could not be judged. */
function unjudgedIn({ notChecked }: Pick<StepReport, 'notChecked'>): StepReport['notChecked'] {
  return notChecked.filter(({ needs }) => needs);
}

/** The verdict on all steps, and the keys to record if it is undecided. */
export function verdictOf(steps: CheckAnswer['steps']): Pick<CheckAnswer, 'verdict' | 'needs'> {
  const findings = steps.flatMap((step) => step.findings);
  const unjudged = steps.flatMap(unjudgedIn);
  const has = (one: Verdict): boolean => findings.some(({ verdict }) => verdict === one);
  const isAll = unjudged.length === 0 && steps.every(({ misspelt }) => misspelt.length === 0);
  const keys = [
    ...findings.flatMap(({ needs }) => (needs === undefined ? [] : [needs])),
    ...unjudged.flatMap(({ needs = [] }) => needs),
  ];
  return {
    verdict: has('differs') ? 'differs' : has('undecided') || !isAll ? 'undecided' : 'agrees',
    needs: [...new Set(keys)],
  };
}
