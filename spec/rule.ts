/**
 * Learning rules: how the gradient is computed. `asf` is the paper (`algorithm1.ts`); `stbp` and `lee` go back through time
 * (`reverseTime.ts`), and neither read nor update S. A rule requires certain choices of the variant, in particular for the
 * output layer.
 */
import { lee } from './lee.ts';
import type { TimeRule } from './reverseTime.ts';
import { stbp, type StbpOptions } from './stbp.ts';
import type { Variant } from './variant.ts';

/** The name of a learning rule. */
export type RuleName = 'asf' | 'stbp' | 'lee';

/** The choices of the variant that each rule needs. */
export const ruleChoices = {
  asf: { output: 'integrates' },
  stbp: { output: 'fires', reset: 'nextStep' },
  lee: { output: 'leaks' },
} as const satisfies Record<RuleName, Partial<Variant>>;

export const ruleNames = Object.keys(ruleChoices) as RuleName[]; // the keys of the record above

/** The data of a rule that goes back through time; undefined for `asf`. */
export function timeRuleOf(name: RuleName, options: StbpOptions): TimeRule | undefined {
  if (name === 'asf') return undefined;
  return name === 'lee' ? lee : stbp(options);
}
