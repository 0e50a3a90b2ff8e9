/** Checks whether traces of a graph follow a convention, and explains a difference. */
import { real } from '../../../spec/arithmetic.ts';
import { nirConventions, type NirConvention } from '../../../spec/nirConventions.ts';
import { neuronsOf } from '../../../spec/network.ts';
import { total } from '../../engine/rounding.ts';
import { Replay } from '../../engine/run.ts';
import type { Ball, Stage } from '../../engine/stage.ts';
import { entriesOf, keysOf } from '../../keysOf.ts';
import type { NirChain } from '../../nir/import/chain.ts';
import { checkConvention, type NirConventionGiven } from '../../nir/convention.ts';
import { dtOf, isStep, rockpoolStep, type NirTiming } from '../../nir/run.ts';
import { describe } from '../describe.ts';
import { isOff, type Finding, type Wrong } from '../judge.ts';
import { ifComputable, once } from '../memo.ts';
import { mistakesThatExplain, nameMistakes, planted, type Explanation } from '../name.ts';
import type { Tell } from '../step.ts';
import { judgeTraces, modelOf, type JudgedTraces } from './judgeTraces.ts';
import { choices as questions, formsOf, isSame, pairsOfChoices, type NirMistake } from './choices.ts';
import { mistakes as catalogue } from './mistakes.ts';
import { constantsOf, keyOf, nir, type NirModel } from './steps.ts';
import { checkTraceWork, type Exchange, type NirTraces } from './traces.ts';

interface NirDifference {
  readonly what: 'spikes' | 'potential';
  readonly step: number;
  readonly neuron: number;
  readonly expected: number;
  readonly got: number;
  /** Potential at the comparison with the threshold. */
  readonly potential: number;
  readonly threshold: number;
}

export interface NirLayerReport {
  readonly node: string;
  readonly first?: NirDifference;
  /** The number of values that rounding leaves open. These were accepted as recorded. */
  readonly undecided: number;
  readonly compared: number;
  /** How many spikes were recorded. */
  readonly spikes: number;
  /** The unit of recorded potentials (recorded = unit × computed). If units differ, that of the first neuron. */
  readonly unit: number;
  /** An array to record, if the layer is undecided without it. */
  readonly needs?: string;
}

export interface NirReport {
  /** `undecided`: all judged arrays are 0, rounding leaves too much open, or an unrecorded array is uncertain. */
  readonly verdict: 'agrees' | 'differs' | 'undecided';
  readonly layers: readonly NirLayerReport[];
  /** The first layer that differs. If its recorded arrays are all 0 (`isSilent`), it has no explanations. */
  readonly differs?: NirLayerReport & {
    readonly isSilent: boolean;
    /** Mistakes that each explain all differences of the layer. `as` is the equivalent convention, if there is one. */
    readonly explains: readonly {
      readonly id: string;
      readonly says: string;
      readonly as?: NirConventionGiven;
    }[];
    /** Without an explanation: how the layer's numbers follow from the expected ones. */
    readonly description?: string;
    /** The convention of an explanation, if all layers agree with it, in the form of the option `--as`. */
    readonly agreesWith?: NirConventionGiven;
    /** Whether pairs of choices were not tried, because they would take too long. */
    readonly isCutShort: boolean;
  };
  /** Layers whose axes of steps and neurons are exchanged in the file. */
  readonly exchanged: readonly string[];
  /** For several samples: `samples` is their number, and `sample` is the first that differs, counted from 0. */
  readonly samples?: number;
  readonly sample?: number;
  /**
   * Another usual time step with which all arrays agree under the convention `as` or, without `as`, the requested convention.
   */
  readonly otherStep?: { readonly as?: NirConventionGiven; readonly dt: number };
  /** If the verdict is `agrees`: other simulators that also agree. */
  readonly alsoAgree: readonly string[];
}

interface CheckOptions {
  readonly tell?: Tell;
  /** Reads the file again with samples and steps exchanged. */
  readonly read?: (exchange: Exchange) => NirTraces;
}

/** Checks traces layer by layer, each from the recorded arrays of the layer before it. */
export function checkTraces(
  chain: NirChain,
  traces: NirTraces,
  timing: NirTiming,
  where: string,
  { tell, read }: CheckOptions = {},
): NirReport {
  const dt = dtOf(chain, timing, where);
  checkTraceWork(chain, traces.T, traces.B, where);
  const of = (convention: NirConvention, recorded = traces): NirModel =>
    modelOf(chain, recorded, convention, dt);
  const model = of(timing.convention);
  const { arrays, exchanged, B } = traces;
  const judged = judgeTraces(model, arrays, { tell });
  const all = chain.layers.map((_, index) => layerReport(judged, index, arrays));
  const layers = all.filter(({ compared, needs }) => compared > 0 || needs !== undefined);
  const base = { layers, exchanged, ...(B > 1 && { samples: B }), alsoAgree: [] };
  const index = all.findIndex(({ first }) => first);
  const wrong = judged.wrong.find(({ stage }) => stage.n === index + 1);
  if (!wrong) {
    if (exchanged.length > 0) return { ...base, verdict: 'differs' };
    if (!isAgreement(judged, arrays)) {
      const isOpen = layers.some(({ undecided }) => undecided > 0);
      const otherStep = isOpen ? otherStepOf(chain, traces, { ...timing, dt }, 16) : undefined;
      return { ...base, verdict: 'undecided', ...(otherStep && { otherStep }) };
    }
    const others = entriesOf(nirConventions).filter(
      ([, convention]) => !isSame(convention, timing.convention) && agrees(of(convention), traces),
    );
    return { ...base, verdict: 'agrees', alsoAgree: others.map(([name]) => name) };
  }
  const layer = chain.layers[index];
  const isSilent = isSilentAll(arrays, [keyOf(layer, 'spikes'), keyOf(layer, 'potentials')]);
  const isExchanged = (taken: Exchange): boolean => {
    const other = B > 1 ? read?.(taken) : undefined;
    return other !== undefined && agrees(of(timing.convention, other), other);
  };
  let otherStep: NirReport['otherStep'];
  const isInOtherStep = (conventions = simulators): boolean => {
    const few = (all[index].first?.step ?? 0) + 2;
    otherStep = otherStepOf(chain, traces, { ...timing, dt }, few, conventions);
    return otherStep !== undefined;
  };
  const causes = (): ReturnType<typeof explain> => {
    const exchange = exchanges.find(([taken]) => isExchanged(taken));
    if (!exchange) return explain(judged, arrays, wrong, isInOtherStep, tell);
    const says = `Samples and steps are exchanged: ${exchange[1]}.`;
    return { explains: [{ id: 'samples=exchanged', says }], isCutShort: false };
  };
  /** The convention, with another answer to one question. */
  const otherAnswers = (): NirConventionGiven[] =>
    questions()
      .filter(({ concerns }) => concerns?.(wrong.stage, model) !== false)
      .flatMap((row) => formsOf(timing.convention, row.choices ?? {}, layer.parameters.kind).slice(0, 1));
  const { explains, isCutShort } = isSilent ? { explains: [], isCutShort: false } : causes();
  if (explains.some(({ id }) => id === 'dt')) isInOtherStep();
  else if (explains.length === 0 && !isSilent && !isCutShort && !otherStep) isInOtherStep(otherAnswers());
  const forms = explains.map(({ choices }) =>
    choices ? formsOf(timing.convention, choices, layer.parameters.kind) : [],
  );
  const agreesWith = forms.flat().find((as) => agrees(of(checkConvention(where, as)), traces));
  const differs = {
    ...all[index],
    isSilent,
    explains: explains.map(({ id, says }, k) => ({
      id,
      says,
      ...(forms[k].length > 0 && { as: forms[k][0] }),
    })),
    ...(explains.length === 0 && !isSilent && !otherStep && { description: describeTraces(judged, wrong) }),
    ...(agreesWith !== undefined && { agreesWith }),
    isCutShort,
  };
  const sample = B > 1 ? { sample: wrong.sample } : {};
  return { ...base, verdict: 'differs', ...sample, differs, ...(otherStep && { otherStep }) };
}

/** Usual time steps. The unit of time may be the second, the millisecond or the step. */
const usualDts = [1e-3, 1e-4, 5e-4, 1e-2, 1e-5, 0.1, 1];

/** The convention itself (undefined), then every known simulator. */
const simulators: readonly (NirConventionGiven | undefined)[] = [undefined, ...keysOf(nirConventions)];

/**
 * The first of some conventions that the traces follow with another usual time step, and this step. Undefined if there is none,
 * or if the graph never leaks.
 *
 * @param few number of steps of the second trial; the first has 16. The whole trace is judged only if both trials agree
 */
function otherStepOf(
  chain: NirChain,
  traces: NirTraces,
  { convention, dt }: NirTiming,
  few: number,
  conventions = simulators,
): NirReport['otherStep'] {
  const leaking = chain.layers.filter(({ parameters: { kind } }) => kind !== 'IF');
  if (leaking.length === 0) return undefined;
  const dts = [...usualDts, rockpoolStep(leaking).step].filter((each) => each !== dt && isStep(each));
  const beginnings = [16, few].map((most) => ({ ...traces, ...firstSteps(traces, 0, most) }));
  for (const as of conventions)
    for (const other of dts) {
      const judged = (some: NirTraces): JudgedTraces =>
        judgeTraces(
          modelOf(chain, some, as ? checkConvention('check', as) : convention, other),
          some.arrays,
          { isBrief: true },
        );
      if (beginnings.some((beginning) => judged(beginning).wrong.length > 0)) continue;
      if (isAgreement(judged(traces), traces.arrays)) return { ...(as && { as }), dt: other };
    }
  return undefined;
}

/** The first layer whose spikes differ from a convention or, if there is none, the first layer whose potentials differ. */
export function partingOf(
  chain: NirChain,
  traces: NirTraces,
  { convention, dt }: NirTiming & { readonly dt: number },
): NirLayerReport | undefined {
  for (const keys of [/^input$|spikes$/, /./]) {
    const arrays = new Map([...traces.arrays].filter(([key]) => keys.test(key)));
    const judged = judgeTraces(modelOf(chain, { ...traces, arrays }, convention, dt), arrays);
    const differs = chain.layers
      .map((_, index) => layerReport(judged, index, arrays))
      .find(({ first }) => first);
    if (differs) return differs;
  }
  return undefined;
}

/** Possible exchanges of axes in traces with several samples. */
const exchanges: readonly (readonly [Exchange, string])[] = [
  ['axes', 'the file has (steps, samples)'],
  ['input', 'the input was read in one piece, (samples, steps) as (steps, samples)'],
  ['all', 'all arrays were read in one piece, (samples, steps) as (steps, samples)'],
];

const isSilentAll = (arrays: NirTraces['arrays'], keys: readonly string[]): boolean =>
  keys.every((key) => arrays.get(key)?.every((value) => value === 0) !== false);

/** Whether every array agrees and at least one is not all 0. */
const isAgreement = ({ findings, lacking }: JudgedTraces, arrays: NirTraces['arrays']): boolean =>
  lacking.length === 0 &&
  findings.every(({ verdict }) => verdict === 'agrees') &&
  !isSilentAll(
    arrays,
    findings.map(({ key }) => key),
  );

/** Whether a simulator agrees with all recorded arrays. A few steps are judged first, because they usually decide. */
function agrees(model: NirModel, traces: NirTraces): boolean {
  const { T, B, arrays } = beginningOf(traces);
  return (
    judgeTraces({ ...model, T, B }, arrays, { isBrief: true }).wrong.length === 0 &&
    isAgreement(judgeTraces(model, traces.arrays, { isBrief: true }), traces.arrays)
  );
}

const beginningOf = once((traces: NirTraces) => firstSteps(traces, 0, 16));

function layerReport(
  { model, findings, lacking }: JudgedTraces,
  index: number,
  arrays: NirTraces['arrays'],
): NirLayerReport {
  const found = findings.filter(({ n }) => n === index + 1);
  const layer = model.chain.layers[index];
  const { θ } = constantsOf(model, layer)(real);
  const unit = model.units.get(index);
  const order = ({ first }: Finding): number => (first?.sample ?? 0) * model.T + (first?.t ?? 0);
  const [earliest] = found.filter(({ first }) => first).sort((a, b) => order(a) - order(b));
  const { key, first } = earliest ?? {};
  const [c = 0, row = 0, column = 0] = first?.neuron ?? [];
  const { height, width } = layer.shape;
  const neuron = model.single.find((each) => each.key === key)?.neuron ?? (c * height + row) * width + column;
  const lacks = lacking.find((each) => each.key.startsWith(`${layer.node.name}.`));
  const needs =
    found.find((each) => each.needs !== undefined)?.needs ?? lacks?.needs.replace(/back$/, 'spikes');
  return {
    node: layer.node.name,
    undecided: found.reduce((sum, { open }) => sum + open, 0),
    compared: found.reduce((sum, { compared }) => sum + compared, 0),
    spikes: total(arrays.get(keyOf(layer, 'spikes')) ?? [], Math.abs),
    unit: unit ? unit[0] : 1,
    ...(needs !== undefined && { needs }),
    ...(first && {
      first: {
        what: key === keyOf(layer, 'spikes') ? ('spikes' as const) : ('potential' as const),
        step: first.t ?? 0,
        neuron,
        expected: first.expected,
        got: first.got,
        potential: first.u ?? first.expected / (unit?.[neuron] ?? 1),
        threshold: θ[neuron],
      },
    }),
  };
}

// explanations

/** Approximate limit on multiplications. Pairs of choices that need more are not tried. */
const mostOfPairs = 5e8;

/** Finds the mistakes that explain a layer. If there are none, and `isElse` finds no other cause, tries pairs of choices. */
function explain(
  judged: JudgedTraces,
  arrays: NirTraces['arrays'],
  { stage, sample, keys }: Wrong,
  isElse: () => boolean,
  tell?: Tell,
): { explains: Explanation[]; isCutShort: boolean } {
  const { model, findings } = judged;
  tell?.('diagnosed', stage.id, 0, 2);
  const explains = nameOf(possibleOf(judged, arrays, { stage, sample }), judged, stage);
  if (explains.length > 0 || isElse()) return { explains, isCutShort: false };
  tell?.('diagnosed', stage.id, 1, 2);
  const steps = findings.map(({ key, first }) => (keys.includes(key) ? (first?.t ?? 0) : model.T));
  const short = cut(model, arrays, sample, Math.min(...steps) + 2);
  const pairs = pairsOfChoices(short.model, stage);
  if (pairs.length * workOf(short, stage) > mostOfPairs) return { explains, isCutShort: true };
  const possible = pairs.filter((row) => isPossible(row, short, stage));
  return { explains: nameOf(possible, judged, stage), isCutShort: false };
}

/** In a long trace, a mistake must first explain a part that ends about this many numbers after the first wrong step. */
const mostTried = 2 ** 14;

/**
 * The mistakes that may explain a stage. For a long trace, these are the mistakes that explain its first steps, and those
 * that depend on all samples.
 */
function possibleOf(
  { model, findings }: JudgedTraces,
  arrays: NirTraces['arrays'],
  { stage: { n, id }, sample }: Pick<Wrong, 'stage' | 'sample'>,
): readonly NirMistake[] {
  const all = catalogue();
  const first = Math.min(...findings.map((each) => (each.n === n ? (each.first?.t ?? Infinity) : Infinity)));
  const steps = first + Math.ceil(mostTried / neuronsOf(model.chain.layers[n - 1].shape));
  if (2 * steps > model.T) return all;
  const { run, manner, wrong, model: its } = cut(model, arrays, sample, steps);
  const cause = wrong.find(({ stage }) => stage.id === id);
  if (!cause) return all;
  const found = new Set(mistakesThatExplain({ kind: nir, mistakes: all, model: its, run, manner }, cause));
  return all.filter((row) => row.isOfAll || found.has(row));
}

/** The mistakes that explain a stage and do not contradict its right arrays. */
function nameOf(
  rows: readonly NirMistake[],
  { run, manner, wrong, model }: JudgedTraces,
  { id }: Stage,
): Explanation[] {
  const its = wrong.find(({ stage }) => stage.id === id);
  if (!its || rows.length === 0) return [];
  const keys = its.stage.writes.filter((key) => manner.computed.has(key));
  // `nameMistakes` would also try pairs of rows that have `choices`. Pairs are tried later, so the field is removed here.
  const mistakes = rows.map(({ choices: _choices, ...row }) => row);
  const found = nameMistakes({ kind: nir, mistakes, model, run, manner }, [{ ...its, keys }]);
  return (found.get(id) ?? []).map((each) => {
    const choices = rows.find((row) => row.id === each.id)?.choices;
    return choices ? { ...each, choices } : each;
  });
}

/** Whether a mistake reproduces all recorded arrays of the stage. `run` covers few steps after the first wrong number. */
function isPossible(row: NirMistake, { run, manner, model }: JudgedTraces, { id }: Stage): boolean {
  const other = planted(nir, row, model);
  const stage = other?.stages.find((each) => each.id === id);
  if (!other || !stage) return false;
  const balls = ifComputable(() => new Replay(other, run.there, run.precision, run).results(stage));
  const isLike = ({ v, r }: Ball, key: string): boolean => {
    const got = manner.computed.has(key) ? run.ball(key).v : v;
    return !v.some((each: number, m: number) => isOff(got[m], each, 2 * (r?.[m] ?? 0)));
  };
  return balls?.every((ball, k) => isLike(ball, stage.writes[k])) === true;
}

/** The approximate number of multiplications of a layer. */
function workOf({ model: { chain, T, B }, run }: JudgedTraces, { n }: Stage): number {
  const stages = run.computation.stages.filter((each) => each.n === n);
  const each = stages.reduce((sum, stage) => sum + (stage.kind === 'sum' ? stage.roundings : 100), 0);
  return T * B * neuronsOf(chain.layers[n - 1].shape) * each;
}

/** Judges the first steps of a sample. */
function cut(model: NirModel, arrays: NirTraces['arrays'], b: number, most: number): JudgedTraces {
  const { T, arrays: cutArrays } = firstSteps({ ...model, arrays }, b, most);
  return judgeTraces({ ...model, T, B: 1 }, cutArrays);
}

function firstSteps(
  { T, B, arrays }: Pick<NirTraces, 'T' | 'B' | 'arrays'>,
  b: number,
  most: number,
): Pick<NirTraces, 'T' | 'B' | 'arrays'> {
  if (B === 1 && T <= most) return { T, B, arrays };
  const steps = Math.min(T, most);
  const taken = (values: Float64Array): Float64Array => {
    const n = values.length / (T * B);
    return values.slice(0, steps * B * n).filter((_, m) => Math.floor(m / n) % B === b);
  };
  return { T: steps, B: 1, arrays: new Map([...arrays].map(([key, values]) => [key, taken(values)])) };
}

function describeTraces(judged: JudgedTraces, { keys }: Wrong): string {
  return keys.map((key) => `${key}: ${describe(judged, judged.manner.slotOf, [], key)}`).join('; ');
}
