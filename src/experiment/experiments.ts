/** The registry: one line an experiment. */
import type { Experiment } from './experiment.ts';
import { figure1 } from './figure1.ts';
import { table1 } from './table1.ts';
import { table4 } from './table4.ts';

// Each takes back the results of its own parts alone.
export const experiments = {
  figure1,
  table1,
  table4,
} as unknown as Readonly<Record<string, Experiment>>;
