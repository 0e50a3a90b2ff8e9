/** Options of `asf-bp check` and `asf-bp oracle`. */
import type { FixedFormat } from '../../../spec/fixed.ts';
import { checkOneOf, refuse } from '../../errors.ts';
import { models } from '../../network/network.ts';
import { formatOf, mapLayouts, weightLayouts } from '../../oracle/files/index.ts';
import { everywhere } from './common.ts';
import { simulateOptions, traceOptions } from './nir.ts';
import { oneOf, type ParsedOptions } from './option.ts';
import { learningOptions, networkOptions } from './train.ts';

/** Named precisions, or the name of a format in fixed point. */
function parsePrecision(text: string, where: string, what: string): 'real' | 'binary32' | FixedFormat {
  if (!text.startsWith('fixed')) return checkOneOf(where, what, text, ['real', 'binary32'] as const);
  const expected =
    'fixed-WIDTH-FRACTION-ROUNDING-OVERFLOW: 2 to 26 bits, at most as many after the point, truncate or nearest, saturate or wrap';
  return formatOf(text) ?? refuse(where, what, expected, text);
}

/** Options that name the network and the step of arrays. */
const caseOptions = {
  network: {
    value: 'FILE.json|MODEL',
    help: 'the network that the arrays are of, or a saved model of it',
    byDefault: "the file's own",
  },
  model: { value: 'NAME', help: `the same by name: ${Object.keys(models).join(', ')}` },
  variant: { ...networkOptions.variant, byDefault: "the file's; paper where it has none" },
  window: { ...networkOptions.window, byDefault: "the network's" },
  threshold: { ...networkOptions.threshold, byDefault: "the network's" },
  leak: { ...networkOptions.leak, byDefault: "the network's" },
  keys: {
    value: 'authors|FILE.json',
    help: "names of the arrays: the authors' reference files', or a map from others to ours",
    byDefault: 'ours, as --list-keys shows them',
  },
  inputs: {
    value: 'FILE',
    help: 'a second file with what entered the step: weights, spikes, labels; or the folder of a vector, in fixed point too (`oracle run --precision` makes some)',
  },
  layout: oneOf(mapLayouts, { help: 'dimensions of maps after time and sample', byDefault: 'NCHW' }),
  weights: oneOf(weightLayouts, {
    help: 'dimensions of weights; in-out is (in,out) and (row,column,in,out)',
    byDefault: 'out-in',
  }),
  optimiser: { ...learningOptions.optimiser, byDefault: "the file's, or that of train" },
  lr: { ...learningOptions.lr, byDefault: "the file's; without it no update is judged" },
  weightDecay: { ...learningOptions.weightDecay, byDefault: "the file's, or that of train" },
  gradients: oneOf(['sample', 'batch'], {
    help: "of what dFO and dFI are derivatives, where the variant averages: each sample's L, or the batch's",
    byDefault: 'sample',
  }),
};
export type CaseOptions = Omit<ParsedOptions<typeof caseOptions>, 'gradients'>;

export const checkOptions = {
  ...caseOptions,
  all: { help: 'a row for each array, and the names of those that were not supplied' },
  listKeys: { help: 'the names, shapes and meanings of all arrays' },
  ...traceOptions,
  ...everywhere,
};

export const oracleOptions = {
  ...caseOptions,
  out: {
    value: 'FILE.npz|FILE.json|DIR',
    help: 'run: the file of the expected arrays, .npz, or .json if it is small; in fixed point, and of export, a folder',
  },
  format: oneOf(['hex', 'h'], {
    help: 'export: one .hex for $readmemh per array of the vector, or one C header',
  }),
  precision: {
    value: 'real|binary32|fixed-…',
    help: 'precision of what is expected; fixed-16-8-truncate-saturate, or -nearest-wrap, makes a vector of the forward pass in fixed point, in units, of 16 bits with 8 of them after the point',
    byDefault: 'binary32',
    parse: parsePrecision,
  },
  ...simulateOptions,
  ...everywhere,
};
