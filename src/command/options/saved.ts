/** Options of the commands for saved models, and of `asf-bp show`. */
import { checkOneOf, refuse } from '../../errors.ts';
import { backend, data, dataset, debug, json, lanes, limit, seed, threads } from './common.ts';
import { graphOptions } from './nir.ts';
import { whole, type Option } from './option.ts';
import { ofTrain } from './train.ts';

/** What `evaluate` and `export` test a model on. */
const tested: readonly Option[] = [
  { ...dataset, byDefault: 'the data that the model was trained on, if it says so; else mnist' },
  data,
  { ...limit, help: 'the first N test images' },
];
export const evaluateOptions: readonly Option[] = [
  ...tested,
  ...ofTrain('--window').map((window) => ({ ...window, byDefault: "the model's" })),
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
    help: 'weights become multiples of 1/N, a power of two; of less, in a layer whose largest weight would not fit 8 bits',
    byDefault: '256',
    parse: (text, where, what) => {
      const N = whole(1, 2 ** 20)(text, where, what);
      return Number.isInteger(Math.log2(N)) ? N : refuse(where, what, 'a power of two', text);
    },
  },
  { flag: '--out', value: 'FILE', help: 'the file that is written', byDefault: 'MODEL with -int8' },
  ...tested,
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
    parse: (text, where, what) =>
      /\.png$/i.test(text) ? text : refuse(where, what, 'a file that ends in .png', text),
  },
  json,
  debug,
];
