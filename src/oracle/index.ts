/** `asf-bp/oracle`: whether another implementation of a training step is right, as a value. */
export { check, expected } from './oracle.ts';
export type { CheckOptions, ExpectedOptions } from './oracle.ts';
export type { ArraysByName } from './options.ts';
export type { Report } from './report.ts';
export type { StepReport } from './check.ts';
export type { Finding, Verdict } from './findings.ts';
export type { Class, Difference } from './compare.ts';
export type { Diagnosis, Explanation, Tell } from './diagnosis.ts';
export type { Layout } from './files/layout.ts';
export type { NameMap } from './files/names.ts';
export { keys, stages, type Key, type Stage } from './keys.ts';
export { mistakes } from './mistakes/mistakes.ts';
export type { Mistake } from './mistakes/mistake.ts';
export { authorsNames, authorsNetwork } from './files/authors.ts';
