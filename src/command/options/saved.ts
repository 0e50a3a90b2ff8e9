/** Options of the commands for saved models, and of `asf-bp show`. */
import { refuse } from '../../errors.ts';
import { backend, data, dataset, everywhere, lanes, limit, seed, threads, variantNames } from './common.ts';
import { graphOptions } from './oracle.ts';
import { oneOf, whole, type OptionTable } from './option.ts';
import { networkOptions } from './train.ts';
import { sizes } from '../../experiment/index.ts';

/** Options for the test data of `evaluate` and `export`. */
const tested = {
  dataset: {
    ...dataset,
    byDefault: 'the data that the model was trained on, if the model names them; else mnist',
  },
  data,
  limit: { ...limit, help: 'use the first N test samples' },
};
export const evaluateOptions = {
  ...tested,
  window: { ...networkOptions.window, byDefault: "the model's" },
  backend,
  threads,
  lanes,
  ...everywhere,
};
export const predictOptions = { backend, ...everywhere };
export const exportOptions = {
  grid: {
    value: 'N',
    help: 'round weights to multiples of 1/N, N a power of two; a layer whose largest weight would not fit 8 bits gets a coarser grid',
    byDefault: '256',
    parse(text, where, what) {
      const N = whole(1, 2 ** 20)(text, where, what);
      return Number.isInteger(Math.log2(N)) ? N : refuse(where, what, 'a power of two', text);
    },
  },
  out: { value: 'FILE', help: 'file for the model', byDefault: 'MODEL with -int8' },
  ...tested,
  threads,
  ...graphOptions,
  ...everywhere,
} satisfies OptionTable;
export const infoOptions = everywhere;

export const showOptions = {
  data,
  model: { ...networkOptions.model, value: 'NAME|FILE.json|MODEL|RUN' },
  variant: networkOptions.variant,
  window: networkOptions.window,
  part: oneOf(['train', 'test'], {
    help: 'part of the data with the sample; train: encoded as in the first epoch',
    byDefault: 'test',
  }),
  seed,
  out: {
    value: 'FILE.png',
    help: 'file for a picture of the image, the sum of its spikes, and their raster',
    byDefault: 'no file is written',
    parse: (text, where, what) =>
      /\.png$/i.test(text) ? text : refuse(where, what, 'a file that ends in .png', text),
  },
  ...everywhere,
} satisfies OptionTable;

export const experimentOptions = {
  size: oneOf(sizes, {
    help: "paper: the paper's protocol; small: a smaller one that takes minutes to an hour",
    byDefault: 'small; paper if only its results exist',
  }),
  variant: oneOf(variantNames, { help: 'variant of the equations for training', byDefault: 'authors' }),
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
    help: 'folder that contains the models and data of the runs',
    byDefault: 'DIR of the report',
  },
  ...everywhere,
};
