/** Options of the command: one table, from which parsing, help and the README's table are made. */
import { ranges } from '../../spec/random.ts';
import { ruleNames } from '../../spec/rule.ts';
import { variants } from '../../spec/variant.ts';
import { sizes } from '../experiment/experiment.ts';
import { checkWidth, defaults, surrogateNames } from '../train/settings.ts';
import { checkNumber, checkOneOf, checkWhole, refuse } from '../errors.ts';
import { mostThreads } from '../backend/open.ts';
import { checkLeak, checkThreshold } from '../network/check.ts';
import { models } from '../network/network.ts';
import { backendChoices } from './backend.ts';
import { datasetNames } from './datasets.ts';
import { mapLayouts, weightLayouts } from '../oracle/files/layout.ts';

export interface Option {
  readonly flag: string;
  /** What stands for the value in the help; absent for a switch. */
  readonly value?: string;
  readonly help: string;
  /** What the help and the README say holds without it. */
  readonly byDefault?: string;
  /** Checks the text and returns what it means. */
  readonly parse?: (text: string, where: string, what: string) => unknown;
}

const whole =
  (low: number, high: number) =>
  (text: string, where: string, what: string): number =>
    checkWhole(where, what, toNumber(text), low, high);

/** A decimal number as people write it; else the text itself, which no check takes. */
function toNumber(text: string): number {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : (text as unknown as number);
}

const dataset: Option = {
  flag: '--dataset',
  value: 'NAME|DIR|FILE.npz',
  help: `${datasetNames.join(', ')}; or a folder with the four IDX files, or arrays`,
  byDefault: 'mnist',
};
const data: Option = {
  flag: '--data',
  value: 'DIR',
  help: 'where the named data set lies',
  byDefault: 'the place of its package; event recordings have none',
};
const seed: Option = {
  flag: '--seed',
  value: 'N',
  help: 'where all randomness comes from',
  byDefault: String(defaults.seed),
  parse: whole(0, ranges.seed),
};
const limit: Option = {
  flag: '--limit',
  value: 'N',
  help: 'the first N training and the first N test images',
  byDefault: 'all',
  parse: whole(1, 2 ** 32),
};
const backend: Option = {
  flag: '--backend',
  value: backendChoices.join('|'),
  help: 'what carries out the stages, auto: webgpu where there is a GPU; the bits are the same but for what GPUs round',
  byDefault: 'wasm',
  parse: (text, where, what) => checkOneOf(where, what, text, backendChoices),
};
const threads: Option = {
  flag: '--threads',
  value: 'N',
  help: 'threads of the wasm backend; the bits are the same',
  byDefault: 'the cores there are; 1 for the others',
  parse: whole(1, mostThreads),
};
const json: Option = {
  flag: '--json',
  help: 'one JSON object a line on standard output, and nothing else there',
};
const debug: Option = { flag: '--debug', help: 'a stack trace with an error' };

const variantNames = Object.keys(variants);

export const trainOptions: readonly Option[] = [
  dataset,
  data,
  {
    flag: '--model',
    value: 'NAME|FILE.json',
    help: `${Object.keys(models).join(', ')}, or your own description`,
    byDefault: 'the one for the data set; mnist: lenet',
  },
  {
    flag: '--variant',
    value: variantNames.join('|'),
    help: 'semantics',
    byDefault: "the model's; lenet: authors",
    parse: (text, where, what) => checkOneOf(where, what, text, variantNames),
  },
  {
    flag: '--rule',
    value: ruleNames.join('|'),
    help: 'how the gradient is found: ASF-BP; STBP, Eq. 4 and 5; Lee et al. 2020',
    byDefault: defaults.rule,
    parse: (text, where, what) => checkOneOf(where, what, text, ruleNames),
  },
  {
    flag: '--surrogate',
    value: surrogateNames.join('|'),
    help: 'with rule stbp: what stands for the derivative of a spike',
    byDefault: defaults.surrogate,
    parse: (text, where, what) => checkOneOf(where, what, text, surrogateNames),
  },
  {
    flag: '--surrogate-width',
    value: 'W',
    help: 'with rule stbp: its width, in potential',
    byDefault: String(defaults.surrogateWidth),
    parse: (text, where, what) => checkWidth(where, what, toNumber(text)),
  },
  {
    flag: '--epochs',
    value: 'N',
    help: 'passes over the training images',
    byDefault: String(defaults.epochs),
    parse: whole(1, ranges.epoch),
  },
  {
    flag: '--batch',
    value: 'N',
    help: 'samples of a batch',
    byDefault: String(defaults.batch),
    parse: whole(1, 65535),
  },
  {
    flag: '--window',
    value: 'T',
    help: 'steps of the time window',
    byDefault: "the model's; lenet: 20",
    parse: whole(1, ranges.T),
  },
  {
    flag: '--threshold',
    value: 'Vth',
    help: 'potential at which a neuron fires',
    byDefault: "the model's; lenet: 1",
    parse: (text, where, what) => checkThreshold(where, what, toNumber(text)),
  },
  {
    flag: '--leak',
    value: 'λ',
    help: 'what a potential keeps from step to step',
    byDefault: "the model's; lenet: 1",
    parse: (text, where, what) => checkLeak(where, what, toNumber(text)),
  },
  {
    flag: '--lr',
    value: 'η',
    help: 'learning rate',
    byDefault: String(defaults.learningRate),
    parse: (text, where, what) =>
      checkNumber(where, what, toNumber(text), { low: 0, high: 2 ** 40, above: true }),
  },
  {
    flag: '--lr-steps',
    value: 'E,…|none',
    help: `epochs, from 0, at which the learning rate is multiplied by ${defaults.rateFactor}, or none`,
    byDefault: 'two thirds of the epochs',
    parse: parseEpochs,
  },
  {
    flag: '--optimiser',
    value: 'adam|sgd',
    help: 'how weights follow their gradient',
    byDefault: defaults.optimiser,
    parse: (text, where, what) => checkOneOf(where, what, text, ['adam', 'sgd']),
  },
  {
    flag: '--weight-decay',
    value: 'D',
    help: 'D · w is added to the gradient',
    byDefault: String(defaults.weightDecay),
    parse: (text, where, what) => checkNumber(where, what, toNumber(text), { low: 0, high: 1 }),
  },
  {
    flag: '--shard',
    value: 'N',
    help: 'samples whose gradient is one sum',
    byDefault: String(defaults.shard),
    parse: whole(1, 65535),
  },
  seed,
  limit,
  backend,
  threads,
  {
    flag: '--verify',
    value: 'N',
    help: 'with backend webgpu: the first N batches run on wasm too, and what differs is told on standard error',
    byDefault: '0',
    parse: whole(1, 2 ** 32),
  },
  {
    flag: '--out',
    value: 'DIR',
    help: 'folder for checkpoint and model',
    byDefault: 'runs/DATASET-MODEL-k, the first that is free',
  },
  { flag: '--resume', help: 'go on with the run in --out, on its data and with its settings' },
  {
    flag: '--distributed',
    value: 'mpi',
    help: 'started by mpirun or srun: the ranks share each batch; the bits are the same',
    byDefault: 'this process alone',
    parse: (text, where, what) => checkOneOf(where, what, text, ['mpi']),
  },
  json,
  debug,
];

export const evaluateOptions: readonly Option[] = [dataset, data, limit, backend, threads, json, debug];
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
  json,
  debug,
];
export const infoOptions: readonly Option[] = [json, debug];
export const experimentOptions: readonly Option[] = [
  {
    flag: '--size',
    value: sizes.join('|'),
    help: "the paper's size, or one that takes minutes",
    byDefault: 'small',
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
  json,
  debug,
];
export const showOptions: readonly Option[] = [
  data,
  ...trainOptions.filter(({ flag }) => ['--model', '--variant', '--window'].includes(flag)),
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

const ofTrain = (...flags: readonly string[]): Option[] =>
  flags.map((flag) => trainOptions.find((option) => option.flag === flag)!);

/** Of which network and step arrays are. */
const caseOptions: readonly Option[] = [
  {
    flag: '--network',
    value: 'FILE.json',
    help: 'the network that the arrays are of',
    byDefault: "the file's own",
  },
  {
    flag: '--model',
    value: 'NAME',
    help: `the same by name: ${Object.keys(models).join(', ')}`,
  },
  ...ofTrain('--variant', '--window', '--threshold', '--leak').map((option) => ({
    ...option,
    byDefault: "the network's",
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
    help: 'a second file with what entered the step: weights, spikes, labels',
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
  { flag: '--free', help: "feed each stage the implementation's own arrays, not the reference's" },
  { flag: '--list-keys', help: 'the names, shapes and meanings of all arrays' },
  json,
  debug,
];

export const oracleOptions: readonly Option[] = [
  ...caseOptions,
  {
    flag: '--out',
    value: 'FILE.npz',
    help: 'where the expected arrays are written',
  },
  {
    flag: '--precision',
    value: 'real|binary32',
    help: 'precision of what is expected',
    byDefault: 'binary32',
    parse: (text, where, what) => checkOneOf(where, what, text, ['real', 'binary32']),
  },
  {
    flag: '--stdio',
    value: 'COMMAND',
    help: 'a program that is asked case by case, by JSON lines on its standard input and output',
  },
  {
    flag: '--timeout',
    value: 'S',
    help: 'with --stdio: seconds for an answer',
    byDefault: '60',
    parse: (text, where, what) =>
      checkNumber(where, what, toNumber(text), { low: 0, high: 86_400, above: true }),
  },
  gradients,
  json,
  debug,
];

function parseEpochs(text: string, where: string, what: string): number[] {
  if (text === 'none') return [];
  return text.split(',').map((epoch) => whole(0, ranges.epoch)(epoch, where, what));
}

/** Options as the parser gives them: texts by name without dashes, switches as true. */
export type Given = Readonly<Record<string, string | boolean | undefined>>;

/** Checks all options that were given. Keys are the flags without dashes, as in `lrSteps`. */
export function parseOptions(
  where: string,
  options: readonly Option[],
  given: Given,
): Record<string, unknown> {
  const parsed: Record<string, unknown> = {};
  for (const { flag, parse } of options) {
    const key = keyOf(flag);
    const text = given[key];
    if (text === undefined) continue;
    if (text === '') refuse(where, flag, 'a value', '');
    parsed[key] = parse && typeof text === 'string' ? parse(text, where, flag) : text;
  }
  return parsed;
}

/** `--lr-steps` → `lrSteps`. */
export function keyOf(flag: string): string {
  return flag.slice(2).replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}

/** The options as a Markdown table: README's is this one, see `docs/tables.mjs`. */
export function optionTable(options: readonly Option[]): string {
  const escape = (cell: string): string => cell.replaceAll('|', '\\|');
  const rows = options.map(({ flag, value, help, byDefault }) => {
    const name = value === undefined ? flag : `${flag} ${value}`;
    return `| \`${escape(name)}\` | ${escape(help)} | ${escape(byDefault ?? '')} |`;
  });
  return ['| option | | default |', '|---|---|---|', ...rows].join('\n');
}
