/**
 * `asf-bp/oracle`: checks a training step of another implementation, and names its mistake.
 *
 * @module asf-bp/oracle
 */
export { check, expected } from './oracle/oracle.ts';
export type { CheckOptions, ExpectedOptions } from './oracle/oracle.ts';
export type { ArraysByName } from './oracle/options.ts';
export type { CheckAnswer, Report } from './oracle/report.ts';
export { checkSurrogate } from './oracle/surrogate/describe.ts';
export {
  expectedSurrogate,
  surrogateMistakes,
  type ExpectedSurrogateOptions,
} from './oracle/surrogate/check.ts';
export type { StepArrays } from './oracle/surrogate/file.ts';
export type { StepReport } from './oracle/asf/check.ts';
export type { Tell } from './oracle/step.ts';
export type { Class, Difference, Finding, Verdict } from './oracle/judge.ts';
export type { Diagnosis, Explanation, Mistake } from './oracle/name.ts';
export type { Model } from './oracle/asf/model.ts';
export type { Layout } from './oracle/files/values.ts';
export type { NameMap } from './oracle/files/names.ts';
export { keys, stages, type Key, type StageName as Stage } from './oracle/keys.ts';
export { mistakes } from './oracle/asf/mistakes/mistakes.ts';
export { authorsNames, authorsNetwork } from './oracle/files/authors.ts';
