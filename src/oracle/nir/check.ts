/** Checks whether traces of a graph follow a convention, and explains a difference. */
import { real } from '../../../spec/arithmetic.ts';
import { nirConventions, type NirConvention, type NirConventionName } from '../../../spec/nirConventions.ts';
import { total } from '../../engine/rounding.ts';
import { entriesOf, keysOf } from '../../keysOf.ts';
import type { NirChain } from '../../nir/import/chain.ts';
import { checkConvention, type NirConventionGiven } from '../../nir/convention.ts';
import { dtOf, isStep, rockpoolStep, type NirTiming } from '../../nir/run.ts';
import type { Finding } from '../judge.ts';
import type { Tell } from '../step.ts';
import { cut, describeTraces, explain, firstSteps } from './explain.ts';
import { judgeTraces, modelOf, type JudgedTraces } from './judgeTraces.ts';
import { formsOf, isSame } from './choices.ts';
import { checkWork } from './simulate.ts';
import { constantsOf, keyOf, type NirModel } from './steps.ts';
import type { Exchange, NirTraces } from './traces.ts';

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
  /** Numbers that rounding leaves open, whose recorded values were accepted. */
  readonly undecided: number;
  readonly compared: number;
  /** Recorded spikes. */
  readonly spikes: number;
  /** Unit of the recorded potentials: recorded = unit × computed. */
  readonly unit: number;
  /** An array to record, if the layer is undecided without it. */
  readonly needs?: string;
}

export interface NirReport {
  /** `undecided`: no spike was expected or recorded, rounding leaves too much open, or an unrecorded array is uncertain. */
  readonly verdict: 'agrees' | 'differs' | 'undecided';
  readonly layers: readonly NirLayerReport[];
  /** The first layer that differs, and its explanations, unless it is silent. */
  readonly differs?: NirLayerReport & {
    readonly isSilent: boolean;
    /** Mistakes that explain all of it, each with the convention that it amounts to, if any. */
    readonly explains: readonly {
      readonly id: string;
      readonly says: string;
      readonly as?: NirConventionGiven;
    }[];
    /** Without an explanation: how its numbers follow from the expected ones. */
    readonly description?: string;
    /** The convention among these with which all layers agree, in the form of the option; absent if there is none. */
    readonly agreesWith?: NirConventionGiven;
    /** Whether pairs of choices were not tried: they would take too long. */
    readonly isCutShort: boolean;
  };
  /** Layers whose axes of steps and neurons are exchanged in the file. */
  readonly exchanged: readonly string[];
  /** For several samples: how many there are, and the first that differs, from 0. */
  readonly samples?: number;
  readonly sample?: number;
  /** Another common time step with which all arrays agree, under the requested convention or that of `as`. */
  readonly otherStep?: { readonly as?: NirConventionName; readonly dt: number };
  /** Set if the verdict is `agrees`: other simulators that also agree. */
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
  checkWork(chain, traces.T * traces.B, where);
  const of = (convention: NirConvention, own = traces): NirModel => modelOf(chain, own, convention, dt);
  const model = of(timing.convention);
  const { arrays, exchanged, B } = traces;
  const judged = judgeTraces(model, arrays, { tell });
  const all = chain.layers.map((_, place) => layerReport(judged, place, arrays));
  const layers = all.filter(({ compared, needs }) => compared > 0 || needs !== undefined);
  const base = { layers, exchanged, ...(B > 1 && { samples: B }), alsoAgree: [] };
  const place = all.findIndex(({ first }) => first);
  const wrong = judged.wrong.find(({ stage }) => stage.n === place + 1);
  if (!wrong) {
    if (exchanged.length > 0) return { ...base, verdict: 'differs' };
    if (!isAgreement(judged, arrays)) {
      const isOpen = layers.some(({ undecided }) => undecided > 0);
      const otherStep = isOpen ? otherStepOf(chain, traces, { ...timing, dt }, 16) : undefined;
      return { ...base, verdict: 'undecided', ...(otherStep && { otherStep }) };
    }
    const others = entriesOf(nirConventions).filter(
      ([, convention]) => !isSame(convention, timing.convention) && agrees(of(convention), arrays),
    );
    return { ...base, verdict: 'agrees', alsoAgree: others.map(([name]) => name) };
  }
  const layer = chain.layers[place];
  const isSilent = isSilentAll(arrays, [keyOf(layer, 'spikes'), keyOf(layer, 'potentials')]);
  const isExchanged = (taken: Exchange): boolean => {
    const other = B > 1 ? read?.(taken) : undefined;
    return other !== undefined && agrees(of(timing.convention, other), other.arrays);
  };
  let otherStep: NirReport['otherStep'];
  const isInOtherStep = (): boolean => {
    otherStep = otherStepOf(chain, traces, { ...timing, dt }, (all[place].first?.step ?? 0) + 2);
    return otherStep !== undefined;
  };
  const causes = (): ReturnType<typeof explain> => {
    const exchange = exchanges.find(([taken]) => isExchanged(taken));
    if (!exchange) return explain(judged, arrays, wrong, isInOtherStep, tell);
    const says = `Samples and steps are exchanged: ${exchange[1]}.`;
    return { explains: [{ id: 'samples=exchanged', says }], isCutShort: false };
  };
  const { explains, isCutShort } = isSilent ? { explains: [], isCutShort: false } : causes();
  if (explains.some(({ id }) => id === 'dt')) isInOtherStep();
  const forms = explains.map(({ choices }) =>
    choices ? formsOf(timing.convention, choices, layer.parameters.kind) : [],
  );
  const agreesWith = forms.flat().find((as) => agrees(of(checkConvention(where, as)), arrays));
  const differs = {
    ...all[place],
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

/** Common time steps, in seconds, milliseconds or steps. */
const usualSteps = [1e-3, 1e-4, 5e-4, 1e-2, 1e-5, 0.1, 1];

/**
 * A common time step with which a convention, or else a simulator, agrees with traces; undefined if the graph never leaks.
 *
 * @param few the number of steps judged after the first 16; the whole trace is judged only if these agree
 */
function otherStepOf(
  chain: NirChain,
  traces: NirTraces,
  { convention, dt }: NirTiming,
  few: number,
): NirReport['otherStep'] {
  const leaking = chain.layers.filter(({ parameters: { kind } }) => kind !== 'IF');
  if (leaking.length === 0) return undefined;
  const steps = [...usualSteps, rockpoolStep(leaking).step].filter((each) => each !== dt && isStep(each));
  const parts = [16, few].map((most) => ({ ...traces, ...firstSteps(traces, 0, most) }));
  for (const as of [undefined, ...keysOf(nirConventions)])
    for (const step of steps) {
      const judged = (own: NirTraces): JudgedTraces =>
        judgeTraces(modelOf(chain, own, as ? nirConventions[as] : convention, step), own.arrays, {
          isBrief: true,
        });
      if (parts.some((part) => judged(part).wrong.length > 0)) continue;
      if (isAgreement(judged(traces), traces.arrays)) return { ...(as && { as }), dt: step };
    }
  return undefined;
}

/** The first layer of a trace that differs from a convention, and where: in its spikes, or else in its potentials. */
export function partingOf(
  chain: NirChain,
  traces: NirTraces,
  { convention, dt }: NirTiming & { readonly dt: number },
): NirLayerReport | undefined {
  for (const keys of [/^input$|spikes$/, /./]) {
    const arrays = new Map([...traces.arrays].filter(([key]) => keys.test(key)));
    const judged = judgeTraces(modelOf(chain, { ...traces, arrays }, convention, dt), arrays);
    const differs = chain.layers
      .map((_, place) => layerReport(judged, place, arrays))
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

/** Whether a simulator agrees with all recorded arrays; a few steps are judged first. */
const agrees = (model: NirModel, arrays: NirTraces['arrays']): boolean =>
  cut(model, arrays, 0, 16, true).wrong.length === 0 &&
  isAgreement(judgeTraces(model, arrays, { isBrief: true }), arrays);

function layerReport(
  { model, findings, lacking }: JudgedTraces,
  place: number,
  arrays: NirTraces['arrays'],
): NirLayerReport {
  const found = findings.filter(({ n }) => n === place + 1);
  const layer = model.chain.layers[place];
  const { θ } = constantsOf(model, layer)(real);
  const unit = model.units.get(place);
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
