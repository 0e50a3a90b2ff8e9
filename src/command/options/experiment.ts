/** Options of `asf-bp experiment` and `asf-bp report`. */
import { sizes } from '../../experiment/experiment.ts';
import { checkOneOf } from '../../errors.ts';
import { data, debug, json, seed, threads, variantNames } from './common.ts';
import type { Option } from './option.ts';

export const experimentOptions: readonly Option[] = [
  {
    flag: '--size',
    value: sizes.join('|'),
    help: "the paper's size, or one that takes minutes to an hour",
    byDefault: 'small; paper if only its results are kept',
    parse: (text, where, what) => checkOneOf(where, what, text, sizes),
  },
  {
    flag: '--variant',
    value: variantNames.join('|'),
    help: 'semantics of trainings',
    byDefault: 'authors',
    parse: (text, where, what) => checkOneOf(where, what, text, variantNames),
  },
  seed,
  data,
  threads,
  {
    flag: '--out',
    value: 'DIR',
    help: 'folder for rows, figure and parts; a stopped experiment goes on there',
    byDefault: 'results/NAME-SIZE-SEED',
  },
  json,
  debug,
];
export const reportOptions: readonly Option[] = [
  { flag: '--out', value: 'FILE.html', help: 'where the page is written', byDefault: 'DIR/report.html' },
  {
    flag: '--root',
    value: 'DIR',
    help: 'folder below which models and data that kept runs name are read',
    byDefault: 'DIR of the report',
  },
  json,
  debug,
];
