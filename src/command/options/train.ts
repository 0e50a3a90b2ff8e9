/** Options of `asf-bp train`. */
import { ranges } from '../../../spec/random.ts';
import { ruleNames } from '../../../spec/rule.ts';
import { checkOneOf, refuse } from '../../errors.ts';
import { parseJson } from '../../formats/index.ts';
import { checkLeak, checkThreshold, checkVariant, type NetworkFile, models } from '../../network/index.ts';
import { checkWidth, defaultCheckpointMinutes, defaults, surrogateNames } from '../../train/index.ts';
import { backend, data, dataset, lanes, limit, seed, threads, variantNames } from './common.ts';
import { everywhere, finite, oneOf, toNumber, under, whole, type OptionTable } from './option.ts';

export const networkOptions = {
  model: {
    value: 'NAME|FILE.json',
    help: `${Object.keys(models).join(', ')}, or your own description`,
    byDefault: "the data set's; mnist: lenet; your data: one that fits",
  },
  variant: {
    value: [...variantNames, 'JSON'].join('|'),
    help: `variant of the equations: a name, or choices as in '{"from":"paper","batch":"sum"}'`,
    byDefault: "the model's; lenet: authors",
    parse: parseVariant,
  },
  window: {
    value: 'T',
    help: 'steps of the time window',
    byDefault: "the model's; lenet: 20",
    parse: whole(1, ranges.T),
  },
  threshold: {
    value: 'Vth',
    help: 'potential at which a neuron fires; the variant may set 0.75 for the neurons of pools',
    byDefault: "the model's; lenet: 1",
    parse: (text, where, what) => checkThreshold(where, what, toNumber(text)),
  },
  leak: {
    value: 'λ',
    help: 'factor on the potential from one step to the next; e^(−dt/τ) for a time constant τ',
    byDefault: "the model's; lenet: 1",
    parse(text, where, what) {
      const leak = toNumber(text);
      if (!(leak > 1)) return checkLeak(where, what, leak);
      const expected = 'a finite number above 0 to 1, the factor on the potential from one step to the next';
      return refuse(where, what, expected, leak, 'for a time constant τ it is e^(−dt/τ)');
    },
  },
} satisfies OptionTable;

export const learningOptions = {
  rule: {
    value: ruleNames.join('|'),
    help: 'learning rule: asf; or, like BPTT, through time: stbp (Eq. 4 and 5) or lee (Lee et al. 2020), which need neurons that reset to 0 and have no bias',
    byDefault: defaults.rule,
    parse: (text, where, what) =>
      text.toLowerCase() === 'bptt'
        ? refuse(where, what, `one of ${ruleNames.join(', ')}`, text, 'stbp is BPTT with a surrogate')
        : checkOneOf(where, what, text, ruleNames),
  },
  surrogate: oneOf(surrogateNames, {
    help: 'with --rule stbp: substitute for the derivative of a spike',
    byDefault: defaults.surrogate,
  }),
  surrogateWidth: {
    value: 'W',
    help: 'with --rule stbp: width of the surrogate on the axis of u',
    byDefault: String(defaults.surrogateWidth),
    parse: (text, where, what) => checkWidth(where, what, toNumber(text)),
  },
  epochs: {
    value: 'N',
    help: 'passes over the training samples',
    byDefault: `${defaults.epochs}; more if your data has few samples`,
    parse: whole(1, ranges.epoch),
  },
  batch: {
    value: 'N',
    help: 'samples per batch',
    byDefault: `${defaults.batch}; 16 if your data has few samples`,
    parse: whole(1, 65535),
  },
  lr: {
    value: 'η',
    help: 'learning rate',
    byDefault: `${defaults.learningRate}; 0.002 if your data has few samples`,
    parse: finite({ low: 0, high: 2 ** 40, above: true }),
  },
  lrSteps: {
    value: 'E,…|none',
    help: `epochs, from 0, at which the learning rate is multiplied by ${defaults.rateFactor}, or none`,
    byDefault: 'two thirds of the epochs',
    parse: parseEpochs,
  },
  optimiser: oneOf(['adam', 'sgd'], {
    help: 'optimiser that updates the weights',
    byDefault: defaults.optimiser,
  }),
  weightDecay: {
    value: 'D',
    help: 'D × w is added to the gradient',
    byDefault: String(defaults.weightDecay),
    parse: finite({ low: 0, high: 1 }),
  },
  shard: {
    value: 'N',
    help: 'samples per partial sum of the gradient',
    byDefault: String(defaults.shard),
    parse: whole(1, 65535),
  },
  seed,
} satisfies OptionTable;

export const trainOptions = {
  ...under('Data', {
    dataset,
    data,
    scale: oneOf(['columns'], {
      help: 'scale each column of a table to −1 … 1: its mean in the training part becomes 0, the value farthest from it −1 or 1; the model stores this scale',
      byDefault:
        'with fewer than 100 columns and without --model; otherwise, values must be 0 … 1, or 0 … 255',
    }),
    limit,
  }),
  ...under('Network', networkOptions),
  ...under('Learning', learningOptions),
  ...under('Machine', {
    backend,
    threads,
    lanes,
    verify: {
      value: 'N',
      help: 'with --backend webgpu: run the first N batches on wasm as well, and report differences on standard error',
      byDefault: '0',
      parse: whole(1, 2 ** 32),
    },
    distributed: oneOf(['mpi'], {
      help: 'share each batch among the ranks that mpirun or srun started; results do not depend on their number',
      byDefault: 'this process alone',
    }),
  }),
  ...under('Run', {
    out: {
      value: 'DIR',
      help: 'folder for checkpoint and model',
      byDefault: 'runs/DATASET-MODEL-k, with the first free k',
    },
    resume: {
      help: 'resume the run in --out with its data and its settings; without a run there, --dataset begins one',
    },
    checkpointMinutes: {
      value: 'N',
      help: 'minutes between checkpoints within an epoch; 0: after each batch',
      byDefault: String(defaultCheckpointMinutes),
      parse: finite({ low: 0, high: 10_000 }),
    },
    ...everywhere,
  }),
};

function parseVariant(text: string, where: string, what: string): NetworkFile['variant'] {
  if (!text.startsWith('{')) {
    if (!/[=:,]/.test(text)) return checkOneOf(where, what, text, variantNames);
    refuse(where, what, `a name, or choices as in '{"from":"authors","gate":"always"}'`, text);
  }
  const record = parseJson(text, `${where}: "${what}"`) as NetworkFile['variant']; // checked next
  checkVariant(where, record);
  return record;
}

function parseEpochs(text: string, where: string, what: string): number[] {
  if (text === 'none') return [];
  return text.split(',').map((epoch) => whole(0, ranges.epoch)(epoch, where, what));
}
