/** The paper's tables and figures, for the command. */
export {
  type ExperimentSummary,
  type ExperimentSettings,
  type Figure,
  type Laboratory,
  type Part,
  type Size,
  type Timed,
  type Trained,
  type Training,
  sizes,
  textOf,
} from './experiment.ts';
export { experiments } from './experiments.ts';
export { type Point, along, colours, linesOf, nameMark, wholeAxis } from './figures.ts';
export { type PaperRow, paperRowFor, paperTables, rowName } from './paper.ts';
export type { NeuronModel } from './protocol.ts';
