/** The paper's tables and figures, for the command. */
import { rules, scale, variants } from './ablations.ts';
import type { Experiment } from './experiment.ts';
import { figure1 } from './figure1.ts';
import { figure3 } from './figure3.ts';
import { figure4 } from './figure4.ts';
import { table4 } from './table4.ts';
import { nmnist, table1, table2, table3 } from './tables.ts';

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
export { type Point, colours, linesOf, nameMark, numbers, span, wholeAxis } from './figures.ts';
export { type PaperRow, paperRowFor, paperTables, rowName } from './paper.ts';

/** All experiments by name. Each receives only the results of its own parts. */
export const experiments = {
  figure1,
  figure3,
  figure4,
  nmnist,
  rules,
  scale,
  table1,
  table2,
  table3,
  table4,
  variants,
} as unknown as Readonly<Record<string, Experiment>>;
