/** Options of `asf-bp check` and `asf-bp oracle`. */
import type { FixedFormat } from '../../../spec/fixed.ts';
import { refuse } from '../../errors.ts';
import { models } from '../../network/index.ts';
import { parseConventions } from '../../nir/index.ts';
import { formatOf, mapLayouts, weightLayouts } from '../../oracle/index.ts';
import { seed } from './common.ts';
import { as, dt } from './nir.ts';
import { everywhere, oneOf, type OptionTable, type ParsedOptions } from './option.ts';
import { learningOptions, networkOptions } from './train.ts';

/** Options of `asf-bp check` for NIR graphs. */
const traceOptions = {
  graph: { value: 'FILE.nir', help: 'check the files as traces of this NIR graph: see docs/nir.md' },
  as,
  dt,
  input: { value: 'FILE.npy', help: 'with --graph: the input, if the trace has none' },
};

/** Options of `asf-bp oracle run --graph`. */
const simulateOptions = {
  graph: { value: 'FILE.nir', help: 'run: the NIR graph to simulate: see docs/nir.md' },
  as: {
    value: 'CONVENTION,…',
    help: 'with --graph: the simulator to run, as in `check`; with several, reports the first difference of each from the first',
    parse: (text, where) => parseConventions(text, where),
  },
  dt,
  input: {
    value: 'FILE.npy',
    help: 'with --graph: the input, (T,n), or a trace that contains it',
    byDefault: 'random spikes with probability ½, for --window steps, else 100',
  },
  seed: { ...seed, help: 'with --graph: seed of the random input' },
} satisfies OptionTable;

/** Parses `real`, `binary32` or the name of a fixed-point format. */
function parsePrecision(text: string, where: string, what: string): 'real' | 'binary32' | FixedFormat {
  if (text === 'real' || text === 'binary32') return text;
  const expected =
    'real, binary32 or fixed-WIDTH-FRACTION-ROUNDING-OVERFLOW: 2 to 26 bits, at most as many after the point, truncate or nearest, saturate or wrap';
  return formatOf(text) ?? refuse(where, what, expected, text);
}

/** Options that describe the network and the training step of the arrays. */
const caseOptions = {
  network: {
    value: 'FILE.json|MODEL',
    help: 'description of the network, or a saved model of it',
    byDefault: "the file's",
  },
  model: { value: 'NAME', help: `a network by name: ${Object.keys(models).join(', ')}` },
  variant: { ...networkOptions.variant, byDefault: "the file's, else paper" },
  window: { ...networkOptions.window, byDefault: "the network's" },
  threshold: { ...networkOptions.threshold, byDefault: "the network's" },
  leak: { ...networkOptions.leak, byDefault: "the network's" },
  keys: {
    value: 'authors|FILE.json',
    help: "names of the arrays: those of the authors' reference files, or a map from your names to those of --list-keys",
    byDefault: 'those of --list-keys',
  },
  inputs: {
    value: 'FILE',
    help: 'second file with the inputs of the step: weights, spikes, labels; or the folder of a vector, also in fixed point, as `oracle run --precision` writes it',
  },
  layout: oneOf(mapLayouts, {
    help: 'dimensions of maps after time and sample; weights after a flattened map follow them',
    byDefault: 'NCHW',
  }),
  weights: oneOf(weightLayouts, {
    help: 'dimensions of weights; in-out is (in,out) and (row,column,in,out)',
    byDefault: 'out-in',
  }),
  optimiser: { ...learningOptions.optimiser, byDefault: "the file's, or that of train" },
  lr: { ...learningOptions.lr, byDefault: "the file's; without it no update is judged" },
  weightDecay: { ...learningOptions.weightDecay, byDefault: "the file's, or that of train" },
  gradients: oneOf(['sample', 'batch'], {
    help: "if the variant averages the loss over the batch: whether dFO and dFI are derivatives of each sample's loss, or of the batch's",
    byDefault: 'sample',
  }),
};
export type CaseOptions = Omit<ParsedOptions<typeof caseOptions>, 'gradients'>;

export const checkOptions = {
  ...caseOptions,
  all: { help: 'print one row per array, and the names of missing arrays' },
  listKeys: { help: 'print the names, shapes and meanings of all arrays' },
  ...traceOptions,
  ...everywhere,
};
export type CheckCommand = ParsedOptions<typeof checkOptions>;

export const oracleOptions = {
  ...caseOptions,
  out: {
    value: 'FILE.npz|FILE.json|DIR',
    help: 'run: file for the expected arrays, .npz, or .json for small ones; a folder in fixed point and for export',
  },
  format: oneOf(['hex', 'h'], {
    help: 'export: one .hex for $readmemh per array of the vector, or one C header',
  }),
  precision: {
    value: 'real|binary32|fixed-…',
    help: 'precision of the expected arrays; fixed-16-8-truncate-saturate, or -nearest-wrap, writes a vector of the forward pass in fixed point: 16 bits, 8 of them after the point',
    byDefault: 'binary32',
    parse: parsePrecision,
  },
  ...simulateOptions,
  ...everywhere,
};
export type OracleCommand = ParsedOptions<typeof oracleOptions>;
