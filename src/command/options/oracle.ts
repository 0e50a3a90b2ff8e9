/** Options of `asf-bp check` and `asf-bp oracle`. */
import type { FixedFormat } from '../../../spec/fixed.ts';
import { checkOneOf, refuse } from '../../errors.ts';
import { models } from '../../network/network.ts';
import type { NetworkFile } from '../../network/models.ts';
import { formatOf, mapLayouts, weightLayouts, type Layout } from '../../oracle/files/index.ts';
import { debug, json } from './common.ts';
import { simulateOptions, traceOptions } from './nir.ts';
import { type Option } from './option.ts';
import { ofTrain } from './train.ts';

/** Options that name the network and the step of arrays. */
export interface CaseOptions {
  readonly network?: string;
  readonly model?: string;
  readonly variant?: NetworkFile['variant'];
  readonly window?: number;
  readonly threshold?: number;
  readonly leak?: number;
  readonly keys?: string;
  readonly inputs?: string;
  readonly optimiser?: 'adam' | 'sgd';
  readonly lr?: number;
  readonly weightDecay?: number;
  readonly layout?: Layout['maps'];
  readonly weights?: Layout['weights'];
}

/** Named precisions, or the name of a format in fixed point. */
function parsePrecision(text: string, where: string, what: string): 'real' | 'binary32' | FixedFormat {
  if (!text.startsWith('fixed')) return checkOneOf(where, what, text, ['real', 'binary32'] as const);
  const expected =
    'fixed-WIDTH-FRACTION-ROUNDING-OVERFLOW: 2 to 26 bits, at most as many after the point, truncate or nearest, saturate or wrap';
  return formatOf(text) ?? refuse(where, what, expected, text);
}

const caseOptions: readonly Option[] = [
  {
    flag: '--network',
    value: 'FILE.json|MODEL',
    help: 'the network that the arrays are of, or a saved model of it',
    byDefault: "the file's own",
  },
  {
    flag: '--model',
    value: 'NAME',
    help: `the same by name: ${Object.keys(models).join(', ')}`,
  },
  ...ofTrain('--variant', '--window', '--threshold', '--leak').map((option) => ({
    ...option,
    byDefault: option.flag === '--variant' ? "the file's; paper where it has none" : "the network's",
  })),
  {
    flag: '--keys',
    value: 'authors|FILE.json',
    help: "names of the arrays: the authors' reference files', or a map from others to ours",
    byDefault: 'ours, as --list-keys shows them',
  },
  {
    flag: '--inputs',
    value: 'FILE',
    help: 'a second file with what entered the step: weights, spikes, labels; or the folder of a vector, in fixed point too (`oracle run --precision` makes some)',
  },
  {
    flag: '--layout',
    value: mapLayouts.join('|'),
    help: 'dimensions of maps after time and sample',
    byDefault: 'NCHW',
    parse: (text, where, what) => checkOneOf(where, what, text, mapLayouts),
  },
  {
    flag: '--weights',
    value: weightLayouts.join('|'),
    help: 'dimensions of weights; in-out is (in,out) and (row,column,in,out)',
    byDefault: 'out-in',
    parse: (text, where, what) => checkOneOf(where, what, text, weightLayouts),
  },
  ...ofTrain('--optimiser', '--lr', '--weight-decay').map((option) => ({
    ...option,
    byDefault:
      option.flag === '--lr' ? "the file's; without it no update is judged" : "the file's, or that of train",
  })),
];

const gradients: Option = {
  flag: '--gradients',
  value: 'sample|batch',
  help: "of what dFO and dFI are derivatives, where the variant averages: each sample's L, or the batch's",
  byDefault: 'sample',
  parse: (text, where, what) => checkOneOf(where, what, text, ['sample', 'batch']),
};

export const checkOptions: readonly Option[] = [
  ...caseOptions,
  gradients,
  { flag: '--all', help: 'a row for each array, and the names of those that were not supplied' },
  { flag: '--list-keys', help: 'the names, shapes and meanings of all arrays' },
  ...traceOptions,
  json,
  debug,
];

export const oracleOptions: readonly Option[] = [
  ...caseOptions,
  gradients,
  {
    flag: '--out',
    value: 'FILE.npz|FILE.json|DIR',
    help: 'run: the file of the expected arrays, .npz, or .json if it is small; in fixed point, and of export, a folder',
  },
  {
    flag: '--format',
    value: 'hex|h',
    help: 'export: one .hex for $readmemh per array of the vector, or one C header',
    parse: (text, where, what) => checkOneOf(where, what, text, ['hex', 'h']),
  },
  {
    flag: '--precision',
    value: 'real|binary32|fixed-…',
    help: 'precision of what is expected; fixed-16-8-truncate-saturate, or -nearest-wrap, makes a vector of the forward pass in fixed point, in units, of 16 bits with 8 of them after the point',
    byDefault: 'binary32',
    parse: parsePrecision,
  },
  ...simulateOptions,
  json,
  debug,
];
