/** Options of `asf-bp experiment` and `asf-bp report`. */
import { sizes } from '../../experiment/experiment.ts';
import { data, everywhere, seed, threads, variantNames } from './common.ts';
import { oneOf } from './option.ts';

export const experimentOptions = {
  size: oneOf(sizes, {
    help: "the paper's size, or one that takes minutes to an hour",
    byDefault: 'small; paper if only its results are kept',
  }),
  variant: oneOf(variantNames, { help: 'semantics of trainings', byDefault: 'authors' }),
  seed,
  data,
  threads,
  out: {
    value: 'DIR',
    help: 'folder for rows, figure and parts; a stopped experiment goes on there',
    byDefault: 'results/NAME-SIZE-SEED',
  },
  ...everywhere,
};
export const reportOptions = {
  out: { value: 'FILE.html', help: 'where the page is written', byDefault: 'DIR/report.html' },
  root: {
    value: 'DIR',
    help: 'folder below which models and data that kept runs name are read',
    byDefault: 'DIR of the report',
  },
  ...everywhere,
};
