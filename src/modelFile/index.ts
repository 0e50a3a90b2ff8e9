/** Models and checkpoints, for the command. */
export { encodeOnGrid, onGrid } from './grid.ts';
export {
  type EpochRecord,
  type ModelFile,
  type RunRecord,
  checkEpochs,
  decodeModel,
  modelParts,
} from './model.ts';
export { checkClasses, checkTrainedOn } from './reader.ts';
export { type Columns, scaledRow } from './row.ts';
