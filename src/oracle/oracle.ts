/** The oracle as functions: `expected` computes a training step, and `check` judges one that another program recorded. */
import { binary32, real } from '../../spec/arithmetic.ts';
import { buildNetwork } from '../../spec/dictionary.ts';
import type { Network } from '../../spec/network.ts';
import { variants, type Variant, type VariantName } from '../../spec/variant.ts';
import { largest, type Values } from '../engine/rounding.ts';
import type { Replay } from '../engine/run.ts';
import type { Ball } from '../engine/stage.ts';
import { checkCallback, checkOneOf, InputError, nearest, refuse } from '../errors.ts';
import type { Tensor } from '../formats/tensor.ts';
import { keysOf } from '../keysOf.ts';
import { choicesText } from '../network/network.ts';
import { carriedFrom, checkStep, expectedStep, isOfSample, type StepManner } from './asf/check.ts';
import { mistakes as catalogue } from './asf/mistakes/mistakes.ts';
import { modelOf, type Model } from './asf/model.ts';
import { untoldOf } from './asf/untold.ts';
import { checkNameMap, nameArrays, type NameMap } from './files/names.ts';
import { checkArrays, keyNames, ours } from './files/values.ts';
import { keyOf, slotsOf } from './keys.ts';
import type { Mistake } from './name.ts';
import { checkOptions, networkOf, openEntered, tensorOf, tensorsOf, type Options } from './options.ts';
import { conclude, type Report } from './report.ts';
import type { Tell } from './step.ts';

interface GradientOptions {
  /**
   * The loss of which dFO and dFI are derivatives. `sample`: the L of each sample. `batch`: the mean L of the batch, for
   * variants that average. Default `sample`.
   */
  readonly gradients?: 'sample' | 'batch' | undefined;
}

/** Options of {@link check}. */
export interface CheckOptions extends Options, GradientOptions {
  /** Maps the program's names to keys. Default: names are keys. */
  readonly names?: NameMap | undefined;
  /** Called with the progress: large batches take minutes. Default: none. */
  readonly tell?: Tell | undefined;
  /**
   * Mistakes to try. If an array differs, the check looks for a mistake that explains it. If none differs, the check lists the
   * mistakes that these arrays would not show. Default: the catalogue, {@link mistakes}.
   */
  readonly mistakes?: readonly Mistake<Model>[] | undefined;
}

/** Options of {@link expected}. */
export interface ExpectedOptions extends Options, GradientOptions {
  /** Precision of the computed numbers. Default `binary32`. */
  readonly precision?: 'real' | 'binary32' | undefined;
}

/**
 * Checks a recorded training step: computes each array from the arrays that it depends on, compares, and names the mistake.
 *
 * @param options network, and arrays by key with their shapes, (T,B,C,H,W) for spike trains; `asf-bp check --list-keys` prints the keys
 * @returns the verdict, the arrays that differ, and the mistakes that explain them
 * @throws InputError if there is nothing to compare, or an array does not have the shape of its key
 * @example
 * ```ts
 * import { check, expected } from 'asf-bp/oracle';
 * const network = { input: { channels: 2, height: 1, width: 1 }, timeWindow: 2, threshold: 1, layers: [{ kind: 'linear', units: 2 }] };
 * const weight = { shape: [2, 2], data: [0.5, 1, -1, 0.25] };
 * const spikes = { shape: [2, 1, 2, 1, 1], data: [1, 0, 1, 1] };
 * const arrays = expected({ network, arrays: { 'input.spikes': spikes, 'layer1.weight': weight } });
 * console.log(check({ network, arrays }).verdict); // agrees
 * ```
 */
export function check(options: CheckOptions): Report {
  const where = checkOptions('check', options, ['names', 'tell', 'mistakes']);
  checkCallback(where, 'tell', options.tell);
  const { mistakes = catalogue } = options;
  const isMistake = (row: Partial<Mistake<Model>> | null | undefined): boolean =>
    !!row?.id && !!row.says && Array.isArray(row.stages);
  if (!Array.isArray(mistakes) || !mistakes.every(isMistake))
    refuse(where, 'mistakes', 'a list of mistakes, as the catalogue has them', options.mistakes);
  const report = checkOnce(options, where, mistakes);
  if (report.verdict === 'agrees' || mistakes.length === 0) return report;
  return { ...report, ...otherAnswer(options, report) };
}

/** Notes that an optimiser whose step is 1 already has moments: at step 1, all moments before it are 0. */
function restartNotes({ optimiser }: Model, { there }: Replay): string[] {
  if (optimiser !== 'adam' || there.get('step')?.v[0] !== 1) return [];
  const [key] = [...there].find(([name, { v }]) => /\.[mv]\.before$/.test(name) && largest(v) > 0) ?? [];
  return key === undefined
    ? []
    : [`step is 1, but ${key} is not 0: the counter began anew, or step is wrong or missing`];
}

/**
 * Notes that a wrong update may have momentum, if all else is right, or that moments of another optimiser may be missing. In the
 * first step, momentum changes nothing.
 */
function optimiserNotes(
  { optimiser }: Model,
  { diagnoses, notChecked }: Pick<Report['steps'][number], 'diagnoses' | 'notChecked'>,
  values: ReadonlyMap<string, Values>,
): string[] {
  if (optimiser === 'adam' && notChecked.some(({ needs }) => needs?.some((key) => key.endsWith('.before'))))
    return [
      'only Adam and SGD without momentum are judged: of another optimiser, leave m, v and weight.after out',
    ];
  const isNameless = diagnoses.every(
    ({ part, explains }) => part.startsWith('update') && explains.length === 0,
  );
  return optimiser === 'sgd' && diagnoses.length > 0 && isNameless && values.get('step')?.[0] !== 1
    ? ['only SGD without momentum is judged: record the first step of a program with momentum']
    : [];
}

/** Notes that wrong updates may have changed the recorded weights in place: those before and after the step are equal. */
function aliasNotes(
  { diagnoses }: Pick<Report['steps'][number], 'diagnoses'>,
  values: ReadonlyMap<string, Values>,
): string[] {
  const isSame = (key: string): boolean => {
    const [before, after] = [values.get(key), values.get(`${key}.after`)];
    return before !== undefined && after?.every((w: number, i: number) => w === before[i]) === true;
  };
  const wrong = diagnoses
    .filter(({ part }) => part.startsWith('update.'))
    .map(({ part }) => part.split('.')[1]);
  const keys = wrong.map((n) => keyOf(Number(n), 'weight')).filter(isSame);
  return keys.length > 0
    ? [
        `${keys.join(', ')}: the same before and after the step; if the program updates weights in place, record copies`,
      ]
    : [];
}

const ofBinary64 =
  'the program computed in binary64, and its arrays were rounded to binary32 when they were stored';

/** Checks with the given choices only. */
function checkOnce(
  options: CheckOptions,
  where: string,
  mistakes: readonly Mistake<Model>[],
  isBrief = false,
): Report {
  const isOfBatch = checkGradients(options, where);
  const { description, variant } = networkOf(options, where);
  const network = buildNetwork(description, variant, real);
  const steps = nameArrays(tensorsOf(options.arrays, where), checkNameMap(options.names, where), where);
  const reports: Report['steps'][number][] = [];
  const notes: string[] = [];
  let [carried, before]: [ReadonlyMap<string, Ball>, StepManner['before']] = [new Map(), undefined];
  const untold = new Map<string, Pick<Mistake<Model>, 'id' | 'says'> | undefined>();
  for (const [at, { step, arrays }] of steps.entries()) {
    const {
      B,
      arrays: values,
      unknown,
    } = checkArrays(network, arrays, { ...ours, ...options.layout }, where);
    const isMean = isOfBatch && variant.batch === 'mean';
    if (isMean) scaleGradients(values, (gradient) => Float64Array.from(gradient, (d) => d * B));
    const model: Model = {
      ...modelOf(description, variant, B, options.optimiser),
      ...(isMean && { meanOver: B }),
    };
    const tell = options.tell ?? (() => {});
    const result = checkStep(model, values, { mistakes, carried, before, tell, isBrief });
    before = { step, arrays: values, nameless: result.nameless };
    if (at < steps.length - 1) carried = carriedFrom(model, result.judged.run);
    if (result.report.diagnoses.length === 0) untoldOf(model, mistakes, result.judged, untold);
    notes.push(...restartNotes(model, result.judged.run));
    notes.push(...optimiserNotes(model, result.report, values));
    notes.push(...aliasNotes(result.report, values));
    reports.push({ step, unknown, misspelt: misspeltOf(unknown, values, network, B), ...result.report });
  }
  const others = [...untold.values()].filter((each) => each !== undefined);
  if (reports.some(({ isStored }) => isStored)) notes.unshift(ofBinary64);
  return { ...conclude(reports, `variant ${choicesText(variant)}`, others, where, keyNames), notes, variant };
}

/**
 * Finds another configuration that fits the arrays. An output layer that fires is tried if unknown names suggest one; it is
 * accepted if all arrays agree. If arrays differ, one other choice, a preset, several choices, and gradients of the batch's
 * mean are also tried; these are accepted if no array differs.
 */
function otherAnswer(
  options: CheckOptions,
  { verdict, steps, variant, explanations }: Report,
): Partial<Report> {
  const diagnoses = steps.flatMap((step) => step.diagnoses);
  const agrees = (other: Partial<CheckOptions>, isEntirely = false): boolean => {
    try {
      // Its progress would seem to begin anew.
      const found = checkOnce({ ...options, ...other, tell: () => {} }, options.where ?? 'check', [], true);
      return isEntirely ? found.verdict === 'agrees' : found.verdict !== 'differs';
    } catch (error) {
      // Another output layer may change the shape of an array.
      if (error instanceof InputError) return false;
      throw error;
    }
  };
  const withChoices = (choices: Partial<Variant>): CheckOptions['variant'] => ({ ...variant, ...choices });
  const named = diagnoses.map(({ explains }) =>
    explains.flatMap(({ choices }) => (choices ? [choices as Partial<Variant>] : [])),
  ); // rows for ASF-BP have choices of a variant
  const several: Partial<Variant> = Object.assign({}, ...named.map(([choices]) => choices));
  const output = `layer${options.network.layers.length}.`;
  const isOfFiring = steps.some(({ misspelt }) =>
    misspelt.some(({ name, meant }) => meant === undefined && name.startsWith(output)),
  );
  const firing = { ...several, output: 'fires' } as const;
  if (variant.output !== 'fires' && isOfFiring && agrees({ variant: withChoices(firing) }, true))
    return { otherChoices: firing };
  if (verdict !== 'differs') return {};
  const one = named[0]?.find((choices) =>
    named.every((all) => all.some((other) => JSON.stringify(other) === JSON.stringify(choices))),
  );
  if (one && agrees({ variant: withChoices(one) })) return { otherChoices: one };
  const preset = keysOf(variants).find(
    (name): name is VariantName =>
      (explanations.includes(`variant=${name}`) ||
        named.flat().some((choices) => isOf(variants[name], choices))) &&
      agrees({ variant: name }),
  );
  if (preset) return { otherVariant: preset };
  // An answer that explains one stage may also make the stages agree that nothing explained.
  for (const choices of [several, ...named.map(([first]) => first)])
    if (choices && Object.keys(choices).length > 0 && agrees({ variant: withChoices(choices) }))
      return { otherChoices: choices };
  if (variant.batch !== 'mean') return {};
  const isOfBatch = options.gradients === 'batch';
  if (isOfBatch && agrees({ variant: withChoices({ batch: 'sum' }) }))
    return { otherChoices: { batch: 'sum' } };
  return options.gradients === undefined && agrees({ gradients: 'batch' }) ? { otherGradients: 'batch' } : {};
}

/** Whether a preset has these choices. */
const isOf = (preset: Variant, choices: Partial<Variant>): boolean =>
  keysOf(choices).every((question) => preset[question] === choices[question]);

/** The keys for some names that PyTorch and snnTorch use. */
const elsewhere: Readonly<Record<string, string | undefined>> = {
  grad: 'dw',
  gradient: 'dw',
  'weight.grad': 'dw',
  'bias.grad': 'db',
  mem: 'compared',
  spk: 'spikes',
};

/** A name in lower case without separators. */
const bare = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '');

/**
 * Finds misspelt names: unknown names close to a missing key, and other unknown names of a layer's arrays. A suggestion keeps
 * the layer number.
 */
function misspeltOf(
  unknown: readonly string[],
  supplied: ReadonlyMap<string, Values>,
  network: Network,
  B: number,
): Report['steps'][number]['misspelt'][number][] {
  const lacking = [...slotsOf(network, B).keys()].filter((key) => !supplied.has(key));
  const headOf = (name: string): string => /^(layer\d+|input)\./.exec(name)?.[0] ?? '';
  return unknown.flatMap((name) => {
    const same = lacking.find((key) => bare(key) === bare(name));
    if (same !== undefined) return [{ name, meant: same }];
    const head = headOf(name);
    const tail = name.slice(head.length);
    // The spelling is right, but only other layers have this array.
    if (keyNames.includes(`${head.replace(/\d+/, '{n}')}${tail}`)) return [{ name }];
    const whats = lacking.filter((key) => headOf(key) === head).map((key) => key.slice(head.length));
    const what = whats.find((each) => each === elsewhere[tail.toLowerCase()]) ?? nearest(tail, whats);
    if (what !== undefined) return [{ name, meant: head + what }];
    return /^layer\d/i.test(name) ? [{ name }] : [];
  });
}

/** Whether dFO and dFI are gradients of the batch's mean L. */
const checkGradients = ({ gradients = 'sample' }: GradientOptions, where: string): boolean =>
  checkOneOf(where, 'gradients', gradients, ['sample', 'batch']) === 'batch';

/** Scales the gradients dFO and dFI, to convert between the L of each sample and the mean L of the batch. */
function scaleGradients(values: Map<string, Values>, scaled: (gradient: Values) => Values): void {
  for (const [key, gradient] of values) if (isOfSample(key)) values.set(key, scaled(gradient));
}

/**
 * Computes every array of one training step with the code of the paper's equations alone.
 *
 * @param options network, and arrays by key with their shapes: the weights, the input, and the labels for the backward pass
 * @returns arrays by key, in the order of the table of keys
 * @throws InputError if a weight or the input is missing, or an array does not have the shape of its key
 */
export function expected(options: ExpectedOptions): Map<string, Tensor> {
  const where = checkOptions('expected', options, ['precision']);
  const precisionName = checkOneOf(where, 'precision', options.precision ?? 'binary32', [
    'real',
    'binary32',
  ] as const);
  const precision = precisionName === 'real' ? real : binary32;
  const { description, variant, network, B, arrays } = openEntered(options, where);
  const isOfBatch = checkGradients(options, where);
  const results = expectedStep(modelOf(description, variant, B, options.optimiser), arrays, precision);
  if (isOfBatch && variant.batch === 'mean')
    scaleGradients(results, (gradient) => gradient.map((d) => d / B));
  const slots = slotsOf(network, B);
  return new Map(
    [...slots.values()].flatMap(({ key, shape }) => {
      const values = results.get(key);
      return values ? [[key, tensorOf(values, shape)] as const] : [];
    }),
  );
}
