/** The registry: one line per experiment. */
import type { Experiment } from './experiment.ts';
import { figure1 } from './figure1.ts';
import { figure3 } from './figure3.ts';
import { figure4 } from './figure4.ts';
import { nmnist } from './nmnist.ts';
import { rules } from './rules.ts';
import { scale } from './scale.ts';
import { table1 } from './table1.ts';
import { table2 } from './table2.ts';
import { table3 } from './table3.ts';
import { table4 } from './table4.ts';
import { variants } from './variants.ts';

// Each experiment receives only the results of its own parts.
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
