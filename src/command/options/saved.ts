/** Options of the commands for saved models, and of `asf-bp show`. */
import { checkOneOf, refuse } from '../../errors.ts';
import { backend, data, dataset, debug, json, lanes, limit, seed, threads } from './common.ts';
import { graphOptions } from './nir.ts';
import { whole, type Option } from './option.ts';
import { ofTrain } from './train.ts';

export const evaluateOptions: readonly Option[] = [
  dataset,
  data,
  limit,
  backend,
  threads,
  lanes,
  json,
  debug,
];
export const predictOptions: readonly Option[] = [backend, json, debug];
export const exportOptions: readonly Option[] = [
  {
    flag: '--grid',
    value: 'N',
    help: 'weights become multiples of 1/N, a power of two',
    byDefault: '256',
    parse: (text, where, what) => {
      const N = whole(1, 2 ** 20)(text, where, what);
      return Number.isInteger(Math.log2(N)) ? N : refuse(where, what, 'a power of two', text);
    },
  },
  { flag: '--out', value: 'FILE', help: 'the file that is written', byDefault: 'MODEL with -int8' },
  dataset,
  data,
  limit,
  threads,
  ...graphOptions,
  json,
  debug,
];
export const infoOptions: readonly Option[] = [json, debug];

export const showOptions: readonly Option[] = [
  data,
  ...ofTrain('--model').map((model) => ({ ...model, value: 'NAME|FILE.json|MODEL|RUN' })),
  ...ofTrain('--variant', '--window'),
  {
    flag: '--part',
    value: 'train|test',
    help: 'where the sample lies; of train, as the first epoch shows it',
    byDefault: 'test',
    parse: (text, where, what) => checkOneOf(where, what, text, ['train', 'test']),
  },
  seed,
  {
    flag: '--out',
    value: 'FILE.png',
    help: 'where image, sum of spikes and raster are drawn',
    byDefault: 'no file is written',
  },
  json,
  debug,
];
