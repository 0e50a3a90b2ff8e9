/** The interface between the oracle and files, for the command: arrays and words of a file, names, layouts, vectors. */
export {
  describeUnits,
  expectedFixed,
  fixedArrays,
  fixedConstants,
  formatOf,
  judgeFixed,
  nameOfFormat,
  type ExactVerdict,
} from './fixedCase.ts';
export { jsonOfArrays } from './jsonArrays.ts';
export { mapLayouts, weightLayouts, type Layout } from './values.ts';
export { checkNames, type NameMap } from './names.ts';
export { partsOfCase, readSupplied, type Supplied } from './supplied.ts';
export { headerText, memoryFiles, type Manifest } from './vectorTexts.ts';
export { weightKeys } from '../keys.ts';
export type { Options } from '../options.ts';
export { verdictOf } from '../report.ts';
export { isSurrogateStep } from '../surrogate/file.ts';
