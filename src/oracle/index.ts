/** `asf-bp/oracle`: whether another implementation of a training step is right, as a value. */
export { check, expected } from './oracle.ts';
export type { ArraysByName, CheckOptions, ExpectedOptions, Report } from './oracle.ts';
export type { Finding, StepReport } from './check.ts';
export type { Class, Difference } from './compare.ts';
export type { Diagnosis } from './diagnose.ts';
export { keys, stages, type Key, type Stage } from './keys.ts';
export { mistakes } from './mistakes/mistakes.ts';
export type { Mistake } from './mistakes/mistake.ts';
export { authorsNames, authorsNetwork } from './files/authors.ts';
