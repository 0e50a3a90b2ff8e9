/** The report of all steps. */
import type { Variant, VariantName } from '../../spec/variant.ts';
import { refuse } from '../errors.ts';
import type { StepReport } from './asf/check.ts';
import { keyNames } from './files/values.ts';
import type { Verdict } from './judge.ts';

/** The answer to a check of any form of step. */
export interface CheckAnswer {
  /** `differs` where one array does; else `undecided` where one is, or was supplied and not judged; else `agrees`. */
  readonly verdict: Verdict;
  /** As what it was judged, for people. */
  readonly as: string;
  readonly steps: readonly (StepReport & {
    readonly step: number;
    /** Names that are no keys of the network. */
    readonly unknown: readonly string[];
    /** Of these, those that are nearly keys of it, which were not supplied; and those of arrays that only other layers have. */
    readonly misspelt: readonly { readonly name: string; readonly meant?: string }[];
  })[];
  /** Keys to record, for what is undecided. */
  readonly needs: readonly string[];
  /** The ids of what explains the arrays that differ. */
  readonly explanations: readonly string[];
  /** Of the first array that differs, in words. */
  readonly description?: string;
  /** Where nothing differs: mistakes, and other answers to a question of the variant, that would have made the same numbers. */
  readonly untold: readonly { readonly id: string; readonly says: string }[];
  /** What else is to be known, a line each: what was not judged, and what a recorder noted. */
  readonly notes: readonly string[];
  /** Numbers that were compared. */
  readonly compared: number;
}

/** The answer to a check of steps of ASF-BP. */
export interface Report extends CheckAnswer {
  readonly variant: Variant;
  /** Another preset with which all that differs agrees. */
  readonly otherVariant?: VariantName;
  /** Or else a record of choices with which all agrees, of those that differ from the variant's. */
  readonly otherChoices?: Partial<Variant>;
  /** Or else `batch`, where all agrees with gradients of the batch's mean. */
  readonly otherGradients?: 'batch';
}

/** @throws InputError where nothing was compared */
export function conclude(
  steps: CheckAnswer['steps'],
  as: string,
  untold: CheckAnswer['untold'],
  where: string,
): CheckAnswer {
  const findings = steps.flatMap((step) => step.findings);
  const [lacking] = steps.flatMap(unjudgedIn);
  if (findings.length === 0 && lacking?.needs?.length === 0)
    refuse(where, 'arrays', 'some of the forward pass', lacking.key, `it ${lacking.why}`);
  if (findings.length === 0 && lacking)
    refuse(
      where,
      lacking.key,
      'what it is made of',
      `nothing: it ${lacking.why}`,
      'add that to the arrays; of the command, --inputs names a second file',
    );
  if (findings.length === 0) {
    const known = keyNames.slice(0, 12).join(', ');
    const names = steps.flatMap(({ unknown }) => unknown).slice(0, 6);
    const got = names.length > 0 ? names.join(', ') : 'only what enters a step';
    refuse(
      where,
      'arrays',
      `some that a step makes, such as ${known}`,
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

/** What was supplied and could not be judged. */
function unjudgedIn({ notChecked }: Pick<StepReport, 'notChecked'>): StepReport['notChecked'] {
  return notChecked.filter(({ needs }) => needs);
}

/** The verdict on all steps, and what to record where it is open. */
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
