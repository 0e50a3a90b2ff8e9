/** The oracle and its files, for the command. Programs import `asf-bp/oracle`, which is `src/oracle.ts`. */
export { authorsNames, authorsNetwork } from './files/authors.ts';
export {
  type ExactVerdict,
  describeUnits,
  expectedFixed,
  fixedArrays,
  fixedConstants,
  formatOf,
  judgeFixed,
  nameOfFormat,
} from './files/fixedCase.ts';
export { jsonOfArrays } from './files/jsonArrays.ts';
export { type NameMap, checkNames } from './files/names.ts';
export { type Supplied, namesOfCase as partsOfCase, readSupplied } from './files/supplied.ts';
export { type Layout, mapLayouts, weightLayouts } from './files/values.ts';
export { type Manifest, headerText, memoryFiles } from './files/vectorTexts.ts';
export type { Finding, Verdict } from './judge.ts';
export { keys, weightKeys } from './keys.ts';
export type { Diagnosis } from './name.ts';
export { type NirLayerReport, type NirReport, checkTraces, partingOf } from './nir/check.ts';
export { type Exchange, drawInput, readInput, readTraces, simulate } from './nir/traces.ts';
export type { Options } from './options.ts';
export { check, expected } from './oracle.ts';
export { type CheckAnswer, type Report, verdictOf } from './report.ts';
export type { Tell } from './step.ts';
export { checkSurrogate } from './surrogate/describe.ts';
export { isSurrogateStep } from './surrogate/file.ts';
