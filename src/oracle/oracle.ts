/** The oracle as a function: what is expected of a network's step, and what is found in somebody's. */
import { binary32, real, type Precision } from '../../spec/arithmetic.ts';
import type { NetworkDescription } from '../../spec/dictionary.ts';
import { buildNetwork } from '../../spec/dictionary.ts';
import { variants, type Variant } from '../../spec/variant.ts';
import { checkOneOf, refuse } from '../errors.ts';
import { arrayOf, dtypes, type Dtype, type Tensor } from '../formats/tensor.ts';
import { checkNetwork, checkVariant } from '../network/check.ts';
import type { NetworkFile } from '../network/models.ts';
import type { Ball, Values } from './ball.ts';
import { checkStep, type StepReport, type Tell } from './check.ts';
import { expectedStep } from './expected.ts';
import { ours, type Layout } from './files/layout.ts';
import { nameArrays, type NameMap } from './files/names.ts';
import { checkArrays, keyNames, type Supply } from './files/values.ts';
import { keyOf, placesOf } from './keys.ts';
import { mistakes as catalogue } from './mistakes/mistakes.ts';
import type { Mistake } from './mistakes/mistake.ts';
import { commonChoices } from './otherChoices.ts';
import { situationOf } from './part.ts';

/** Arrays by key: a map, or a record. */
export type ArraysByName = ReadonlyMap<string, Supply> | Readonly<Record<string, Supply>>;

interface Options {
  /** As `network()` takes it. */
  readonly network: NetworkFile;
  /** In place of the network's own. */
  readonly variant?: NetworkFile['variant'] | undefined;
  readonly arrays: ArraysByName;
  readonly layout?: Partial<Layout> | undefined;
  readonly optimiser?: 'adam' | 'sgd' | undefined;
  /** What messages call the arrays. */
  readonly where?: string | undefined;
}

export interface CheckOptions extends Options {
  /** From other names to our keys. */
  readonly names?: NameMap | undefined;
  /** Whether each stage is fed the implementation's own arrays only. */
  readonly free?: boolean | undefined;
  /**
   * Of what ∂L/∂FO and ∂L/∂FI are derivatives: of each sample's own L, or, where the variant averages, of the batch's,
   * which is what automatic differentiation of a mean gives. Default `sample`.
   */
  readonly gradients?: 'sample' | 'batch' | undefined;
  /** Told how far it is: a LeNet takes seconds, a batch of it minutes. */
  readonly tell?: Tell | undefined;
  /** What to try at a difference; the catalogue unless given. */
  readonly mistakes?: readonly Mistake[] | undefined;
}

export interface Report {
  readonly agrees: boolean;
  readonly variant: Variant;
  readonly steps: readonly (StepReport & { readonly step: number; readonly unknown: readonly string[] })[];
  /** Numbers that were compared. */
  readonly compared: number;
  /** Another preset with which all that differs agrees. */
  readonly otherVariant?: string;
  /** Or else a record of choices with which all agrees, of those that differ from the variant's. */
  readonly otherChoices?: Partial<Variant>;
}

export interface ExpectedOptions extends Options {
  readonly precision?: Precision['name'] | undefined;
}

/**
 * Compares an implementation's arrays with what follows from what they were made of.
 *
 * @throws InputError where there is nothing to compare, or an array cannot be taken for its key
 */
export function check(options: CheckOptions): Report {
  const where = options.where ?? 'check';
  const { description, variant } = networkOf(options, where);
  const network = buildNetwork(description, variant, real);
  const { steps } = nameArrays(tensorsOf(options.arrays, where), options.names ?? new Map(), where);
  const reports: Report['steps'][number][] = [];
  let carried = new Map<string, Ball>();
  for (const { step, arrays } of steps) {
    const {
      B,
      arrays: values,
      unknown,
    } = checkArrays(network, arrays, { ...ours, ...options.layout }, where);
    const wasMean = options.gradients === 'batch' && variant.batch === 'mean';
    if (wasMean) unaverage(values, B);
    const situation = { ...situationOf(description, variant, real, B, options.optimiser), wasMean };
    const result = checkStep(situation, values, {
      feed: options.free ? 'own' : 'reference',
      mistakes: options.mistakes ?? catalogue,
      carried,
      hasNext: step !== steps.at(-1)!.step,
      tell: options.tell ?? (() => {}),
    });
    carried = result.carried;
    reports.push({ step, unknown, ...result.report });
  }
  const report = conclude(reports, variant, where);
  const choices = report.otherVariant === undefined ? commonChoices(report.steps) : undefined;
  if (!choices || !agreesWith(options, { ...variant, ...choices })) return report;
  return { ...report, otherChoices: choices };
}

const agreesWith = (options: CheckOptions, variant: Variant): boolean =>
  variant.output === 'integrates' && check({ ...options, variant, mistakes: [] }).agrees;

/** Gradients of a batch's mean → of each sample's own L. */
function unaverage(values: Map<string, Values>, B: number): void {
  for (const [key, gradient] of values)
    if (/\.(dFO|dFI)$/.test(key))
      values.set(
        key,
        Float64Array.from(gradient, (d) => d * B),
      );
}

function conclude(steps: Report['steps'], variant: Variant, where: string): Report {
  const findings = steps.flatMap((step) => step.findings);
  const [lacking] = steps.flatMap(({ notChecked }) => notChecked.filter(({ why }) => why !== 'not supplied'));
  if (findings.length === 0 && lacking)
    refuse(
      where,
      lacking.key,
      'what it is made of',
      `nothing: it ${lacking.why}`,
      '--inputs names a second file',
    );
  if (findings.length === 0) {
    const known = keyNames.slice(0, 12).join(', ');
    const names = steps.flatMap(({ unknown }) => unknown).slice(0, 6);
    const got = names.length > 0 ? names.join(', ') : 'only what enters a step';
    refuse(
      where,
      'arrays',
      `some that a step makes, such as ${known}`,
      got,
      '--list-keys names all, --keys maps others',
    );
  }
  const agrees = findings.every(({ verdict }) => verdict === 'agrees');
  const diagnoses = steps.flatMap((step) => step.diagnoses);
  const other = Object.keys(variants).find(
    (name) =>
      diagnoses.length > 0 &&
      diagnoses.every(({ explains }) => explains.some(({ id }) => id === `variant=${name}`)),
  );
  return {
    agrees,
    variant,
    steps,
    compared: findings.reduce((sum, { compared }) => sum + compared, 0),
    ...(other !== undefined && { otherVariant: other }),
  };
}

/**
 * Every array of one training step, by `spec/` alone.
 *
 * @returns tensors by key, in the order of the table of keys
 */
export function expected(options: ExpectedOptions): Map<string, Tensor> {
  const where = options.where ?? 'expected';
  const { description, variant } = networkOf(options, where);
  const precisionName = checkOneOf(where, 'precision', options.precision ?? 'binary32', [
    'real',
    'binary32',
  ] as const);
  const precision = precisionName === 'real' ? real : binary32;
  const network = buildNetwork(description, variant, precision);
  const tensors = tensorsOf(options.arrays, where);
  const { B, arrays } = checkArrays(network, tensors, { ...ours, ...options.layout }, where);
  for (const { n } of network.layers.filter((layer) => layer.weightShape.length > 0))
    if (!arrays.has(keyOf(n, 'weight'))) refuse(where, keyOf(n, 'weight'), 'an array', undefined);
  const isEncoded = arrays.has('image') && (arrays.has('encode.word') || arrays.has('encode.seed'));
  if (!arrays.has('input.spikes') && !isEncoded)
    refuse(where, 'input.spikes', 'an array, or image with encode.word or encode.seed', undefined);
  const made = expectedStep(situationOf(description, variant, precision, B, options.optimiser), arrays);
  const places = placesOf(network, B);
  return new Map(
    [...places.values()].flatMap(({ key, shape }) => {
      const values = made.get(key);
      return values ? [[key, tensorOf(values, shape)] as const] : [];
    }),
  );
}

/** The network of the options, checked. Only ASF-BP is judged here: its output layer integrates. */
function networkOf(options: Options, where: string): { description: NetworkDescription; variant: Variant } {
  const description = checkNetwork(where, options.network);
  const variant = checkVariant(where, options.variant ?? options.network.variant ?? 'paper');
  if (variant.output !== 'integrates')
    refuse(where, 'variant.output', 'integrates, as ASF-BP has it', variant.output);
  return { description, variant };
}

function tensorsOf(arrays: ArraysByName, where: string): Map<string, Tensor> {
  const entries = arrays instanceof Map ? [...arrays] : Object.entries(arrays);
  return new Map(
    entries.map(([key, { shape, data }]: [string, Supply]) => {
      const values = data as unknown;
      if (Array.isArray(values))
        return [key, { dtype: 'F64', shape, data: Float64Array.from(values, Number) }];
      if (!ArrayBuffer.isView(values)) refuse(where, key, 'a typed array with its shape', values);
      return [key, tensorOf(data as Values, shape)];
    }),
  );
}

/** Numbers with their shape as a tensor. */
export function tensorOf(data: Values | BigInt64Array | BigUint64Array, shape: readonly number[]): Tensor {
  const dtype = dtypes.find((name) => name !== 'BOOL' && data instanceof arrayOf[name]) as Dtype;
  return { dtype, shape, data } as Tensor;
}
