/**
 * `asf-bp/oracle`: checks a training step of another implementation, and names its mistake.
 *
 * @module asf-bp/oracle
 */
export { check, expected } from './oracle.ts';
export type { CheckOptions, ExpectedOptions } from './oracle.ts';
export type { ArraysByName } from './options.ts';
export type { CheckAnswer, Report } from './report.ts';
export {
  checkSurrogate,
  expectedSurrogate,
  surrogateMistakes,
  type ExpectedSurrogateOptions,
} from './surrogate/check.ts';
export type { StepArrays } from './surrogate/file.ts';
export type { StepReport } from './asf/check.ts';
export type { Tell } from './step.ts';
export type { Class, Difference, Finding, Verdict } from './judge.ts';
export type { Diagnosis, Explanation, Mistake } from './name.ts';
export type { Model } from './asf/model.ts';
export type { Layout } from './files/values.ts';
export type { NameMap } from './files/names.ts';
export { keys, stages, type Key, type StageName as Stage } from './keys.ts';
export { mistakes } from './asf/mistakes/mistakes.ts';
export { authorsNames, authorsNetwork } from './files/authors.ts';
