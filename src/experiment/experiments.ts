/** The registry: one line an experiment. */
import type { Experiment } from './experiment.ts';
import { figure1 } from './figure1.ts';
import { table4 } from './table4.ts';

export const experiments: Readonly<Record<string, Experiment>> = {
  figure1,
  table4,
};
