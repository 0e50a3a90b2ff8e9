/** The oracle as a function: what is expected of a network's step, and what is found in somebody's. */
import { binary32, real, type Precision } from '../../spec/arithmetic.ts';
import { buildNetwork } from '../../spec/dictionary.ts';
import type { Network } from '../../spec/network.ts';
import { variants, type Variant } from '../../spec/variant.ts';
import { checkCallback, checkOneOf, InputError, nearest, refuse } from '../errors.ts';
import type { Tensor } from '../formats/tensor.ts';
import type { Interval, Values } from './interval.ts';
import { checkStep } from './check.ts';
import type { Tell } from './diagnosis.ts';
import { expectedStep } from './expected.ts';
import { ours } from './files/layout.ts';
import { checkNameMap, nameArrays, type NameMap } from './files/names.ts';
import { checkArrays, keyNames } from './files/values.ts';
import { placesOf, weightKeys } from './keys.ts';
import { mistakes as catalogue } from './mistakes/mistakes.ts';
import { isMistake, type Mistake } from './mistakes/mistake.ts';
import { checkOptions, networkOf, tensorOf, tensorsOf, type Options } from './options.ts';
import { otherRecord } from './otherChoices.ts';
import { lastOf } from './slices.ts';
import { situationOf } from './stagePart.ts';
import { conclude, type Report } from './report.ts';
import { Untold } from './untold.ts';

interface GradientOptions {
  /**
   * Of what ∂L/∂FO and ∂L/∂FI are derivatives: of each sample's own L, or, where the variant averages, of the batch's,
   * which is what automatic differentiation of a mean gives. Default `sample`.
   */
  readonly gradients?: 'sample' | 'batch' | undefined;
}

export interface CheckOptions extends Options, GradientOptions {
  /** From other names to our keys. Default: ours. */
  readonly names?: NameMap | undefined;
  /** Whether each stage is fed the implementation's own arrays only. Default: false, those of the reference. */
  readonly free?: boolean | undefined;
  /** Told how far it is: large batches take minutes. Default: none. */
  readonly tell?: Tell | undefined;
  /** What to try at a difference. Default: the catalogue. */
  readonly mistakes?: readonly Mistake[] | undefined;
}

export interface ExpectedOptions extends Options, GradientOptions {
  /** Numbers of the answer. Default `binary32`. */
  readonly precision?: Precision['name'] | undefined;
}

/**
 * Compares an implementation's arrays with what follows from what they were made of.
 *
 * @throws InputError where there is nothing to compare, or an array cannot be taken for its key
 */
export function check(options: CheckOptions): Report {
  const where = checkOptions('check', options, ['names', 'free', 'tell', 'mistakes']);
  const { tell, mistakes } = options;
  const isOfBatch = checkGradients(options, where);
  checkCallback(where, 'tell', tell);
  if (mistakes !== undefined && !(Array.isArray(mistakes) && mistakes.every(isMistake)))
    refuse(where, 'mistakes', 'a list of mistakes, as the catalogue has them', mistakes);
  const { description, variant } = networkOf(options, where);
  const network = buildNetwork(description, variant, real);
  const { steps } = nameArrays(tensorsOf(options.arrays, where), checkNameMap(options.names, where), where);
  const reports: Report['steps'][number][] = [];
  let carried = new Map<string, Interval>();
  const untold = new Untold(options.mistakes ?? catalogue);
  for (const { step, arrays } of steps) {
    const {
      B,
      arrays: values,
      unknown,
    } = checkArrays(network, arrays, { ...ours, ...options.layout }, where);
    const wasMean = isOfBatch && variant.batch === 'mean';
    if (wasMean) scaleGradients(values, (gradient) => Float64Array.from(gradient, (d) => d * B));
    const situation = { ...situationOf(description, variant, real, B, options.optimiser), wasMean };
    const result = checkStep(situation, values, {
      feed: options.free ? 'own' : 'reference',
      mistakes: options.mistakes ?? catalogue,
      carried,
      hasNext: step !== lastOf(steps).step,
      tell: options.tell ?? (() => {}),
      untold,
    });
    carried = result.carried;
    reports.push({ step, unknown, misspelt: misspeltOf(unknown, values, network, B), ...result.report });
  }
  const report = conclude(reports, variant, untold.all(), where);
  const agreesWith = (other: Partial<Variant>): boolean => {
    const record = { ...variant, ...other };
    return (
      record.output === variant.output &&
      check({ ...options, variant: record, mistakes: [] }).verdict !== 'differs'
    );
  };
  const other = withFiringOutput(options, report, otherRecord(reports, agreesWith));
  // Gradients of a sum are not those of a mean times B: where they were taken for these, no part shows it.
  const isSum =
    isOfBatch &&
    variant.batch === 'mean' &&
    report.verdict === 'differs' &&
    Object.keys(other).length === 0 &&
    agreesWith({ batch: 'sum' });
  if (isSum) return { ...report, otherChoices: { batch: 'sum' } };
  return { ...report, ...other, ...(mayBeOfBatch(options, report, other) && { otherGradients: 'batch' }) };
}

/** Another record with an output layer that fires, where arrays were supplied that only such a layer has, and all agrees with it. */
function withFiringOutput(
  options: CheckOptions,
  { variant, steps }: Report,
  other: Pick<Report, 'otherVariant' | 'otherChoices'>,
): Pick<Report, 'otherVariant' | 'otherChoices'> {
  const output = `layer${options.network.layers.length}.`;
  const isOfOutput = ({ misspelt }: Report['steps'][number]): boolean =>
    misspelt.some(({ name, meant }) => meant === undefined && name.startsWith(output));
  if (variant.output === 'fires' || !steps.some(isOfOutput)) return other;
  const { otherVariant, otherChoices = otherVariant && variants[otherVariant] } = other;
  const choices = { ...otherChoices, output: 'fires' } as const;
  try {
    const { verdict } = check({ ...options, variant: { ...variant, ...choices }, mistakes: [] });
    return verdict === 'agrees' ? { otherChoices: choices } : other;
  } catch (error) {
    // As an array of such a layer it may have another shape.
    if (error instanceof InputError) return other;
    throw error;
  }
}

/** Whether gradients of samples differ that are right as those of a batch's mean. */
function mayBeOfBatch(options: CheckOptions, { verdict, variant, steps }: Report, other: object): boolean {
  const isOther = Object.keys(other).length > 0;
  if (options.gradients !== undefined || verdict !== 'differs' || variant.batch !== 'mean' || isOther)
    return false;
  const findings = steps.flatMap((step) => step.findings);
  if (!findings.some(({ key, verdict: its }) => its === 'differs' && isOfSample(key))) return false;
  return check({ ...options, variant, gradients: 'batch', mistakes: [] }).verdict !== 'differs';
}

/** What some of our arrays are called in PyTorch and snnTorch. */
const elsewhere: Readonly<Record<string, string | undefined>> = {
  grad: 'dw',
  gradient: 'dw',
  'weight.grad': 'dw',
  'bias.grad': 'db',
  mem: 'compared',
  spk: 'spikes',
};

/** A name without case and separators. */
const bare = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '');

/**
 * Names of a layer's arrays that are no keys, whatever they are; of other names, those that are nearly keys of arrays which were not
 * supplied. A layer is not taken for another.
 */
function misspeltOf(
  unknown: readonly string[],
  supplied: ReadonlyMap<string, Values>,
  network: Network,
  B: number,
): Report['steps'][number]['misspelt'][number][] {
  const lacking = [...placesOf(network, B).keys()].filter((key) => !supplied.has(key));
  const headOf = (name: string): string => /^(layer\d+|input)\./.exec(name)?.[0] ?? '';
  return unknown.flatMap((name) => {
    const same = lacking.find((key) => bare(key) === bare(name));
    if (same !== undefined) return [{ name, meant: same }];
    const head = headOf(name);
    const own = name.slice(head.length);
    // Other layers have it: it is well spelt, and nothing of it is made here.
    if (keyNames.includes(`${head.replace(/\d+/, '{n}')}${own}`)) return [{ name }];
    const whats = lacking.filter((key) => headOf(key) === head).map((key) => key.slice(head.length));
    const what = whats.find((each) => each === elsewhere[own.toLowerCase()]) ?? nearest(own, whats);
    if (what !== undefined) return [{ name, meant: head + what }];
    return /^layer\d/i.test(name) ? [{ name }] : [];
  });
}

/** Whether gradients are of the batch's L. */
const checkGradients = ({ gradients = 'sample' }: GradientOptions, where: string): boolean =>
  checkOneOf(where, 'gradients', gradients, ['sample', 'batch']) === 'batch';

/** Whether an array has gradients of each sample. */
const isOfSample = (key: string): boolean => /\.(dFO|dFI)$/.test(key);

/** Gradients of each sample's own L from those of a batch's mean, or the other way. */
function scaleGradients(values: Map<string, Values>, scaled: (gradient: Values) => Values): void {
  for (const [key, gradient] of values) if (isOfSample(key)) values.set(key, scaled(gradient));
}

/**
 * Every array of one training step, by `spec/` alone.
 *
 * @returns tensors by key, in the order of the table of keys
 */
export function expected(options: ExpectedOptions): Map<string, Tensor> {
  const where = checkOptions('expected', options, ['precision']);
  const { description, variant } = networkOf(options, where);
  const precisionName = checkOneOf(where, 'precision', options.precision ?? 'binary32', [
    'real',
    'binary32',
  ] as const);
  const precision = precisionName === 'real' ? real : binary32;
  const network = buildNetwork(description, variant, precision);
  const tensors = tensorsOf(options.arrays, where);
  const { B, arrays } = checkArrays(network, tensors, { ...ours, ...options.layout }, where);
  for (const key of network.layers.flatMap(weightKeys))
    if (!arrays.has(key)) refuse(where, key, 'an array', undefined);
  const isEncoded = arrays.has('image') && (arrays.has('encode.word') || arrays.has('encode.seed'));
  if (!arrays.has('input.spikes') && !isEncoded)
    refuse(where, 'input.spikes', 'an array, or image with encode.word or encode.seed', undefined);
  const isOfBatch = checkGradients(options, where);
  const made = expectedStep(situationOf(description, variant, precision, B, options.optimiser), arrays);
  if (isOfBatch && variant.batch === 'mean') scaleGradients(made, (gradient) => gradient.map((d) => d / B));
  const places = placesOf(network, B);
  return new Map(
    [...places.values()].flatMap(({ key, shape }) => {
      const values = made.get(key);
      return values ? [[key, tensorOf(values, shape)] as const] : [];
    }),
  );
}
