/** Settings of a training: the options that change its numbers, with their checks and defaults. */
import { biasesOf } from '../../spec/network.ts';
import { subtracts } from '../../spec/neuron.ts';
import { ranges } from '../../spec/random.ts';
import type { TimeRule } from '../../spec/reverseTime.ts';
import { ruleChoices, ruleNames, timeRuleOf, type RuleName } from '../../spec/rule.ts';
import { surrogates, type SurrogateName } from '../../spec/surrogate.ts';
import { adam, type Adam, type SGD } from '../../spec/update.ts';
import type { Variant } from '../../spec/variant.ts';
import { checkNumber, checkOneOf, checkRecord, checkWhole, refuse } from '../errors.ts';
import type { SpikingNetwork } from '../network/network.ts';
import { keysOf } from '../keysOf.ts';
import { nameOf } from './layerLabels.ts';

/** Settings of a training. Each has a default. */
export interface TrainSettings {
  /** The seed of all random numbers: 0 … 2³² − 1. Default 1. */
  readonly seed?: number;
  /** Passes over the training samples: 1 … 2²⁴ − 1. Default 2. */
  readonly epochs?: number;
  /** Samples per batch: 1 … 65535. Default 32. */
  readonly batch?: number;
  /** Samples per shard: 1 … 65535. Default 16. Gradients are summed within shards first, whatever the number of threads and machines. */
  readonly shard?: number;
  /** The learning rate η of the first epochs, in weight per gradient: above 0, up to 2⁴⁰. Default 0.00085. */
  readonly learningRate?: number;
  /** The factor by which η is multiplied at each of `rateSteps`: above 0, up to 1. Default 0.2. */
  readonly rateFactor?: number;
  /** Epochs, 0 … 2²⁴ − 1, at whose start η is multiplied by `rateFactor`. Default: one epoch, after two thirds of the epochs. */
  readonly rateSteps?: readonly number[];
  /** How the gradient changes the weights. Default `adam`. */
  readonly optimiser?: 'adam' | 'sgd';
  /** Added to the gradient as weightDecay · w: 0 … 1. Default 0.0005. */
  readonly weightDecay?: number;
  /** Epochs between two updates of S: 1 … 2²⁴ − 1. Default 5. */
  readonly scaleEvery?: number;
  /** The learning rule. Default: the rule of the network. */
  readonly rule?: RuleName;
  /** With rule `stbp`: the surrogate for the derivative of a spike. Default `rectangle`. */
  readonly surrogate?: SurrogateName;
  /** With rule `stbp`: the width of the surrogate, in units of the potential: 2⁻⁴⁰ … 2⁴⁰. Default 1. */
  readonly surrogateWidth?: number;
}

/** Complete settings, as a checkpoint records them. */
export type Settings = Required<TrainSettings>;

/** The defaults; `rateSteps` depends on the number of epochs, see {@link defaultSteps}. */
export const defaults: Settings = {
  seed: 1,
  epochs: 2,
  batch: 32,
  shard: 16,
  learningRate: 8.5e-4,
  rateFactor: 0.2,
  rateSteps: [],
  optimiser: 'adam',
  weightDecay: adam.weightDecay,
  scaleEvery: 5,
  rule: 'asf',
  surrogate: 'rectangle',
  surrogateWidth: 1,
};

/** Minutes between two checkpoints within an epoch. An epoch of a large network takes half an hour. */
export const defaultCheckpointMinutes = 10;

export const surrogateNames = keysOf(surrogates);

/** Checks settings and fills in the defaults. */
export function checkSettings(where: string, requested: TrainSettings): Settings {
  checkRecord(where, 'settings', requested, Object.keys(defaults));
  const set = Object.entries(requested).filter(([, value]) => value !== undefined);
  const all: Settings = { ...defaults, ...Object.fromEntries(set) };
  const whole = (name: keyof Settings, low: number, high: number): number =>
    checkWhole(where, name, all[name], low, high);
  const share = (name: keyof Settings, high: number, above: boolean): number =>
    checkNumber(where, name, all[name], { low: 0, high, above });
  const epochs = whole('epochs', 1, ranges.epoch);
  const { rateSteps = defaultSteps(epochs) } = requested;
  if (!Array.isArray(rateSteps)) refuse(where, 'rateSteps', 'a list of epochs', rateSteps);
  const rule = checkOneOf(where, 'rule', all.rule, ruleNames);
  for (const name of ['surrogate', 'surrogateWidth'] as const) {
    if (!takesSurrogate(rule) && all[name] !== defaults[name])
      refuse(where, name, `nothing with rule ${rule}`, all[name], 'leave it out, or take rule stbp');
  }
  return {
    seed: whole('seed', 0, ranges.seed),
    epochs,
    batch: whole('batch', 1, 65535),
    shard: whole('shard', 1, 65535),
    learningRate: share('learningRate', 2 ** 40, true),
    rateFactor: share('rateFactor', 1, true),
    rateSteps: rateSteps.map((epoch) => checkWhole(where, 'rateSteps', epoch, 0, ranges.epoch)),
    optimiser: checkOneOf(where, 'optimiser', all.optimiser, ['adam', 'sgd']),
    weightDecay: share('weightDecay', 1, false),
    scaleEvery: whole('scaleEvery', 1, ranges.epoch),
    rule,
    surrogate: checkOneOf(where, 'surrogate', all.surrogate, surrogateNames),
    surrogateWidth: checkWidth(where, 'surrogateWidth', all.surrogateWidth),
  };
}

/** Checks the width of a surrogate: 2⁻⁴⁰ … 2⁴⁰, so that 1/width is finite. */
export function checkWidth(where: string, what: string, value: unknown): number {
  return checkNumber(where, what, value, { low: 2 ** -40, high: 2 ** 40 });
}

/** The default of `rateSteps`: the learning rate drops once, after two thirds of the epochs, but not before the second epoch. */
export function defaultSteps(epochs: number): number[] {
  return [Math.max(1, Math.floor((2 * epochs) / 3))];
}

/** η of an epoch; epochs are numbered from 0. */
export function rateOf({ learningRate, rateFactor, rateSteps }: Settings, epoch: number): number {
  return rateSteps.reduce((rate, step) => (epoch >= step ? rate * rateFactor : rate), learningRate);
}

/** Whether a rule has a surrogate, and thus uses the settings `surrogate` and `surrogateWidth`. */
export const takesSurrogate = (rule: RuleName): boolean =>
  typeof timeRule({ ...defaults, rule })?.slope === 'object';

/** The learning rule of the settings, if it goes back through time; undefined for `asf`. */
export function timeRule({ rule, surrogate, surrogateWidth: width }: Settings): TimeRule | undefined {
  return timeRuleOf(rule, { surrogate, width });
}

export function optimiserOf({ optimiser, weightDecay }: Settings): Adam | SGD {
  return optimiser === 'adam' ? { ...adam, weightDecay } : { kind: 'sgd', weightDecay };
}

/**
 * Checks that the rule can train the network.
 *
 * @throws InputError that names the rule, the network, or the choice of the variant
 */
export function checkRule({ variant, plan, nir }: SpikingNetwork, { rule }: Settings): void {
  if (nir && variant.output === 'fires') {
    const next = 'such an import only predicts';
    refuse('train', 'network', 'an output layer without neurons', 'a NIR graph whose output fires', next);
  }
  if (rule !== 'asf' && subtracts(variant)) {
    const next = 'its gradient is that of a reset to 0';
    refuse('train', 'rule', `asf for a variant of reset ${variant.reset}`, rule, next);
  }
  const required: Partial<Variant> = ruleChoices[rule];
  for (const question of keysOf(required)) {
    const [present, answer] = [variant[question], required[question]];
    const next = `make the network with the option rule ${rule}`;
    if (present !== answer) refuse('train', question, `${answer} with rule ${rule}`, present, next);
  }
  if (rule === 'asf') return;
  const biased = plan.layers.find((layer) => biasesOf(layer) > 0);
  if (biased) {
    const next = 'train it with asf, or make it without bias';
    refuse('train', 'rule', `asf for a network with a bias, as ${nameOf(biased)} has`, rule, next);
  }
}
