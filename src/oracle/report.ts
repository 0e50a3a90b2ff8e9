/** The report of all steps. */
import type { Variant } from '../../spec/variant.ts';
import { refuse } from '../errors.ts';
import type { StepReport } from './check.ts';
import type { Verdict } from './findings.ts';
import { keyNames } from './files/values.ts';

export interface Report {
  /** `differs` where one array does; else `undecided` where one is; else `agrees`. */
  readonly verdict: Verdict;
  readonly variant: Variant;
  readonly steps: readonly (StepReport & { readonly step: number; readonly unknown: readonly string[] })[];
  /** The least power of an array. */
  readonly power: number;
  /** Keys that would decide what is undecided. */
  readonly decidedBy: readonly string[];
  /** The ids of what explains the arrays that differ. */
  readonly explanations: readonly string[];
  /** Of the first array that differs by itself, in words. */
  readonly description?: string;
  /** Numbers that were compared. */
  readonly compared: number;
  /** Another preset with which all that differs agrees. */
  readonly otherVariant?: string;
  /** Or else a record of choices with which all agrees, of those that differ from the variant's. */
  readonly otherChoices?: Partial<Variant>;
}

/** @throws InputError where nothing was compared */
export function conclude(steps: Report['steps'], variant: Variant, where: string): Report {
  const findings = steps.flatMap((step) => step.findings);
  const [lacking] = steps.flatMap(({ notChecked }) => notChecked.filter(({ why }) => why !== 'not supplied'));
  if (findings.length === 0 && lacking)
    refuse(
      where,
      lacking.key,
      'what it is made of',
      `nothing: it ${lacking.why}`,
      '--inputs names a second file',
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
  const first = findings.find(({ verdict, follows }) => verdict === 'differs' && !follows);
  const has = (one: Verdict): boolean => findings.some(({ verdict }) => verdict === one);
  return {
    verdict: (['differs', 'undecided'] as const).find((one) => has(one)) ?? 'agrees',
    power: Math.min(...findings.map(({ power }) => power)),
    decidedBy: [...new Set(findings.flatMap(({ decidedBy = [] }) => decidedBy))],
    explanations: [...new Set(findings.flatMap(({ explanations = [] }) => explanations))],
    ...(first?.description !== undefined && { description: first.description }),
    variant,
    steps,
    compared: findings.reduce((sum, { compared }) => sum + compared, 0),
  };
}
