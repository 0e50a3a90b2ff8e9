/** Options of `asf-bp experiment` and `asf-bp report`. */
import { sizes } from '../../experiment/experiment.ts';
import { data, everywhere, seed, threads, variantNames } from './common.ts';
import { oneOf } from './option.ts';

export const experimentOptions = {
  size: oneOf(sizes, {
    help: "the paper's size, or a smaller one that takes minutes to an hour",
    byDefault: 'small; paper if only its results exist',
  }),
  variant: oneOf(variantNames, { help: 'semantics of trainings', byDefault: 'authors' }),
  seed,
  data,
  threads,
  out: {
    value: 'DIR',
    help: 'folder for rows, figure and parts; a stopped experiment resumes there',
    byDefault: 'results/NAME-SIZE-SEED',
  },
  ...everywhere,
};
export const reportOptions = {
  out: { value: 'FILE.html', help: 'file for the page', byDefault: 'DIR/report.html' },
  root: {
    value: 'DIR',
    help: 'folder below which the models and data of runs are read',
    byDefault: 'DIR of the report',
  },
  ...everywhere,
};
