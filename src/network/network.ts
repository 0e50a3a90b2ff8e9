/** A spiking network: its checked description, its weights and its scale factors. */
import { binary32, type Floats } from '../../spec/arithmetic.ts';
import { buildNetwork, type NetworkDescription } from '../../spec/dictionary.ts';
import { synapticOf, weightsOf, type Layer, type Network } from '../../spec/network.ts';
import { subtracts } from '../../spec/neuron.ts';
import { initialWeights } from '../../spec/random.ts';
import { initialScale } from '../../spec/scale.ts';
import { ruleChoices, ruleNames, type RuleName } from '../../spec/rule.ts';
import { variants, type Variant } from '../../spec/variant.ts';
import { sha256 } from '../formats/sha256.ts';
import { elementBytes } from '../formats/tensor.ts';
import { checkOneOf, checkRecord, indexNotFinite, refuse } from '../errors.ts';
import { checkNetwork, checkVariant } from './check.ts';
import { lenet, lenetNmnist, tiny, vgg7, vgg7dvs, type NetworkFile } from './models.ts';
import { unusedSettings } from './unused.ts';
import { keysOf } from '../keysOf.ts';

/** A network with its weights, from {@link network} or from a model file. */
export interface SpikingNetwork {
  /** The checked description. */
  readonly description: NetworkDescription;
  readonly variant: Variant;
  /** The network in the letters of the equations, in binary32. */
  readonly plan: Network;
  /**
   * One array per layer with weights: (out,in,row,column) or (out,in), then the biases, if any. Absent until trained or loaded.
   * To change weights, assign a new list of arrays to `net.weights`, because `predict` uses a copy of the old list until then.
   */
  weights?: Float32Array[];
  /** S of each layer, at index n − 1. */
  S: number[];
  /** The seed with which inputs are encoded, as in training. */
  seed: number;
  /** The learning rule. */
  rule: RuleName;
  /** Only for a NIR import: the convention, and the length of a step. */
  nir?: { readonly as: string; readonly dt: number };
  /** Names of the classes 0, 1, …, if the training data has any. */
  classes?: readonly string[];
  /** A record of the training data, if the command trained the network. */
  trainedOn?: TrainedOn;
}

/** A record of the training data, which model files store. */
export interface TrainedOn {
  /** Name of the data set. */
  readonly dataset: string;
  /** Names of the columns of a table. In another table, columns are found by these names. */
  readonly names?: readonly string[];
  /** Two values for each column of a table. The network receives `low` as 0 and `high` as 1. */
  readonly columns?: { readonly low: readonly number[]; readonly high: readonly number[] };
  /** The sides of the recordings in pixels, and the milliseconds that the window covers. */
  readonly recording?: { readonly width: number; readonly height: number; readonly ms: number };
}

/** Networks by name. */
export const models: Readonly<Record<string, NetworkFile>> = {
  lenet,
  tiny,
  vgg7,
  'vgg7-dvs': vgg7dvs,
  'lenet-nmnist': lenetNmnist,
};

/** Options of {@link network}, which replace values of the file. */
export interface NetworkOptions {
  /** A preset, or one with some choices replaced: `{ from: 'authors', … }`. Default: the file's. */
  readonly variant?: NetworkFile['variant'];
  /** T, in steps: 1 … 65535. Default: the file's. */
  readonly timeWindow?: number;
  /** Vth, in units of the potential: 2⁻⁴⁰ … 2⁴⁰. Default: the file's. */
  readonly threshold?: number;
  /** λ, the share of a potential that remains after a step: 2⁻⁴⁰ … 1. Default: the file's. */
  readonly leak?: number;
  /**
   * The learning rule. The choices that it requires replace those of the variant. Default: the rule that fits the variant's
   * output layer.
   */
  readonly rule?: RuleName;
}

/**
 * Makes a network from plain data; {@link lenet} shows the form.
 *
 * @param file input (C,H,W), window in steps, threshold of potential, and layers; unknown keys are refused
 * @param options values that replace those of the file
 * @param where name of the file in error messages
 * @returns a network without weights: `train` and `fit` draw them from the seed
 * @throws InputError if a value of the file or of the options is missing, unknown, out of range or without effect
 * @example
 * ```ts
 * import { lenet, network } from 'asf-bp';
 * const net = network(lenet, { timeWindow: 10 });
 * console.log(net.plan.T, net.rule); // 10 asf
 * ```
 */
export function network(file: NetworkFile, options: NetworkOptions = {}, where = 'network'): SpikingNetwork {
  if (typeof file === 'string') refuse(where, 'network', 'an object such as lenet of asf-bp', file);
  checkRecord(where, 'options', options, ['variant', 'timeWindow', 'threshold', 'leak', 'rule']);
  const { variant: choice, rule: named, ...overrides } = options;
  const replaced = Object.entries(overrides).filter(([, value]) => value !== undefined);
  const description = checkNetwork(where, file, Object.fromEntries(replaced));
  const rule = named === undefined ? undefined : checkOneOf(where, 'rule', named, ruleNames);
  const requested = checkVariant(where, choice ?? file.variant ?? 'paper');
  // A reset by subtraction changes the spikes, so the choices of a rule never replace it. Only rule `asf` trains such a variant.
  const resetChoice = subtracts(requested) && { reset: requested.reset };
  const variant: Variant = { ...requested, ...(rule && ruleChoices[rule]), ...resetChoice };
  const plan = asPlan(buildNetwork(description, variant, binary32), description);
  const [unused] = choice === undefined && rule === undefined ? unusedSettings(description, plan) : [];
  if (unused) refuse(where, unused.at, 'nothing', unused.value, unused.why);
  return { description, variant, plan, S: initialScales(plan), seed: 1, rule: rule ?? ruleOf(variant) };
}

/** The rule that matches the output layer of a variant. */
function ruleOf({ output }: Variant): RuleName {
  return ruleNames.find((name) => ruleChoices[name].output === output)!; // a rule exists for each output layer
}

/** S of each layer before the first update. */
export function initialScales(plan: Network): number[] {
  return plan.layers.map((layer) => initialScale(layer, plan.variant, plan.precision));
}

export function weightedLayers(plan: Network): Layer[] {
  return plan.layers.filter(({ weightShape }) => weightShape.length > 0);
}

/** He-normal weights from a seed (Algorithm 1, line 1); biases 0. */
export function drawWeights(plan: Network, seed: number): Float32Array[] {
  return weightedLayers(plan).map((layer) => {
    const [, ...fan] = layer.weightShape;
    const fanIn = fan.reduce((a, b) => a * b);
    const w = new Float32Array(weightsOf(layer));
    w.set(initialWeights(synapticOf(layer), fanIn, seed, layer.n));
    return w;
  });
}

/** Plans that {@link asPlan} registered, with their descriptions. Public functions refuse any other object. */
const plans = new WeakMap<Network, NetworkDescription>();

export function asPlan(plan: Network, description: NetworkDescription): Network {
  plans.set(plan, description);
  return plan;
}

export function checkIsPlan(where: string, plan: Network): void {
  if (!plans.has(plan)) refuse(where, 'network', 'the plan of a network', plan);
}

/** Checks that an argument of a public function is a network, with one S per layer. */
export function checkIsNetwork(where: string, net: SpikingNetwork): void {
  const { plan, description, variant, S } = net ?? {};
  if (!description || plans.get(plan) !== description || plan.variant !== variant)
    refuse(where, 'network', 'a network that network() or loadModel() returned', net);
  if (!Array.isArray(S) || S.length !== plan.layers.length || !S.every(Number.isFinite))
    refuse(where, 'S', `a list of ${plan.layers.length} numbers`, S);
}

/** The checked weights of a network; refuses a network without weights. */
export function trainedWeights(where: string, { plan, weights }: SpikingNetwork): Float32Array[] {
  if (!weights) refuse(where, 'network', 'trained weights', undefined, 'train it or load a model');
  checkWeights(where, plan, weights);
  return weights;
}

/** Checks that arrays fit the weights of a network in number and length, and that all values are finite. */
export function checkWeights(
  where: string,
  plan: Network,
  weights: readonly Floats[],
  what = 'weights',
): void {
  const layers = weightedLayers(plan);
  if (weights?.length !== layers.length)
    refuse(where, what, `a list of ${layers.length} arrays`, weights?.length ?? weights);
  for (const [index, layer] of layers.entries()) {
    const [w, name] = [weights[index], `${what} of layer ${layer.n}`];
    const isFloats = /^\[object Float(32|64)Array\]$/.test(Object.prototype.toString.call(w));
    if (!isFloats || w.length !== weightsOf(layer))
      refuse(where, name, `a Float32Array of ${weightsOf(layer)} numbers`, isFloats ? w.length : w);
    const bad = indexNotFinite(w);
    if (bad >= 0) refuse(where, name, 'finite numbers', `${w[bad]} at place ${bad}`);
  }
}

/**
 * Writes a variant for a file that also names the rule. If the variant differs from a preset only in choices that a rule sets,
 * the text is the preset's name; otherwise it is the variant's choices.
 */
export function variantText(variant: Variant): string {
  const text = JSON.stringify(variant);
  const isPreset = (preset: Variant): boolean =>
    Object.values(ruleChoices).some((required) => JSON.stringify({ ...preset, ...required }) === text);
  return keysOf(variants).find((name) => isPreset(variants[name])) ?? choicesText(variant);
}

/** Writes a variant as `--variant` accepts it: a preset's name, or JSON with the nearest preset and the differences. */
export function choicesText(variant: Variant): string {
  const records = Object.entries(variants).map(([from, preset]) => {
    const changed = keysOf(variant).filter((question) => preset[question] !== variant[question]);
    return { from, ...Object.fromEntries(changed.map((question) => [question, variant[question]])) };
  });
  const [nearest] = records.sort((a, b) => Object.keys(a).length - Object.keys(b).length);
  return Object.keys(nearest).length === 1 ? nearest.from : JSON.stringify(nearest);
}

/**
 * Computes the SHA-256 of weights as little-endian binary32, in the order of the layers and in PyTorch's layouts.
 *
 * @param weights one array per layer with weights, as `net.weights`
 * @returns 64 hexadecimal digits
 * @throws InputError if `weights` is not a list of Float32Arrays
 */
export async function digest(weights: readonly Float32Array[]): Promise<string> {
  if (
    !Array.isArray(weights) ||
    !Array.from(weights).every((w) => w instanceof Float32Array && ArrayBuffer.isView(w))
  )
    refuse('digest', 'weights', 'a list of Float32Arrays', weights);
  // Arrays of length 0 are omitted, because their buffer may have been transferred.
  const parts = weights.filter(({ length }) => length > 0);
  return sha256(...parts.map(elementBytes));
}
