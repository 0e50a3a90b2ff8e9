/** Checks whether traces of a graph follow a convention; if not, says what explains them. */
import { nirConventions } from '../../../spec/nirConventions.ts';
import { neuronsOf } from '../../../spec/network.ts';
import { isUnknown } from '../../engine/rounding.ts';
import { Missing, Run } from '../../engine/run.ts';
import type { Ball } from '../../engine/stage.ts';
import type { NirChain, NirLayer } from '../../nir/chain.ts';
import type { NirConventionGiven } from '../../nir/convention.ts';
import { dtOf, type NirTiming } from '../../nir/run.ts';
import { judge, type Finding, type Judged, type JudgeManner, type Place } from '../judge.ts';
import { nameMistakes, type Explanation } from '../name.ts';
import { mistakes, pairsOf, type NirMistake } from './mistakes.ts';
import { computationOf, keyOf, ofSamples, thresholdsOf, type NirModel } from './steps.ts';
import type { NirTraces } from './traces.ts';

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

interface NirLayerReport {
  readonly node: string;
  readonly first?: NirDifference;
  /** Numbers that rounding leaves open, whose recorded values were accepted. */
  readonly undecided: number;
  readonly compared: number;
  /** Recorded spikes. */
  readonly spikes: number;
  /** Unit of the recorded potentials: recorded = unit × computed. */
  readonly unit: number;
  /** What has to be recorded, where the layer is undecided for the lack of it. */
  readonly needs?: string;
}

export interface NirReport {
  /** `undecided`: no spike was expected or recorded, rounding leaves too much open, or what was not recorded is not certain. */
  readonly verdict: 'agrees' | 'differs' | 'undecided';
  readonly layers: readonly NirLayerReport[];
  /** The first layer that differs, and what explains it: nothing of a silent one. */
  readonly differs?: NirLayerReport & {
    readonly isSilent: boolean;
    readonly explains: readonly (Explanation & { readonly as?: NirConventionGiven })[];
    /** The convention of one of these with which all layers agree, as it is given; absent if there is none. */
    readonly agreesWith?: NirConventionGiven;
  };
  /** Layers whose axes of steps and neurons are exchanged in the file. */
  readonly exchanged: readonly string[];
  /** Of several samples: how many there are, and the first that differs, from 0. */
  readonly samples?: number;
  readonly sample?: number;
  /** Set if the verdict is `agrees`: other simulators that also agree. */
  readonly alsoAgree: readonly string[];
}

/** Told before each stage that is checked or diagnosed. */
export type Tell = (doing: 'checked' | 'diagnosed', what: string, done: number, of: number) => void;

/** The model of a simulator that recorded traces, with the units of its potentials. */
export function modelOf(chain: NirChain, traces: NirTraces, timing: NirTiming, where: string): NirModel {
  const { T, B, single, arrays } = traces;
  const dt = dtOf(chain, timing, where);
  const recorded = new Set(arrays.keys());
  const model = { chain, convention: timing.convention, dt, T, B, single, recorded, units: new Map() };
  return { ...model, units: unitsOf(model, arrays) };
}

/** What was recorded, as what is there. */
const ballsOf = (arrays: NirTraces['arrays']): Map<string, Ball> =>
  new Map(
    [...arrays].flatMap(([key, v]): [string, Ball][] => [
      [key, { v }],
      // They come back to their neurons, whether they are right or not.
      ...(key.endsWith('.spikes') ? [[key.replace(/spikes$/, 'back'), { v }] as [string, Ball]] : []),
    ]),
  );

/** Some simulators record u/θ, or potentials of fixed point in whole units: where that is so, the units by place in the chain. */
function unitsOf(model: NirModel, arrays: NirTraces['arrays']): Map<number, ArrayLike<number>> {
  const run = new Run(computationOf(model), ballsOf(arrays));
  const units = new Map<number, ArrayLike<number>>();
  for (const [place, layer] of model.chain.layers.entries()) {
    const got = arrays.get(keyOf(layer, 'potentials'));
    const expected = got && expectedOf(run, layer);
    if (!got || !expected) continue;
    const θ = thresholdsOf(model, layer);
    const all = [Float64Array.from(θ, () => 1), Float64Array.from(θ, (each) => 1 / each), θ.map(() => 16384), θ.map(() => 4096)];
    const { v, r } = expected;
    const clear: number[] = [];
    for (let i = 0; i < v.length && clear.length < 64; i++)
      if (Math.abs(v[i]) > 2 ** 10 * (r?.[i] ?? 0) && v[i] !== 0 && Math.abs(v[i]) > 2 ** -10 * θ[i % θ.length]) clear.push(i);
    const fits = (unit: ArrayLike<number>): number =>
      clear.filter((i) => Math.abs(got[i] / unit[i % θ.length] - v[i]) <= 2 ** -9 * Math.abs(v[i])).length;
    const [own, ...others] = all.map(fits);
    const best = others.indexOf(Math.max(...others));
    if (2 * own < others[best] && 2 * others[best] > clear.length) units.set(place, all[best + 1]);
  }
  return units;
}

/** The potentials that are expected of a layer; nothing where they cannot be. */
function expectedOf(run: Run, layer: NirLayer): Ball | undefined {
  const key = keyOf(layer, 'potentials');
  const stage = run.makerOf(key);
  try {
    return stage && run.results(stage)[stage.writes.indexOf(key)];
  } catch (error) {
    if (error instanceof Missing) return undefined;
    throw error;
  }
}

function placeOf({ chain, T, B, single }: NirModel): (key: string) => Place | undefined {
  const places = new Map<string, Place>();
  for (const [place, layer] of chain.layers.entries()) {
    const { channels, height, width } = layer.shape;
    const isMap = height * width > 1;
    const axes = ['step', 'sample', ...(isMap ? ['channel', 'row', 'column'] : ['neuron'])];
    const shape = [T, B, ...(isMap ? [channels, height, width] : [channels])];
    for (const what of ['spikes', 'potentials']) {
      const key = keyOf(layer, what);
      places.set(key, { key, n: place + 1, shape, axes, equation: '', isSpikes: what === 'spikes' });
    }
    for (const { key } of single.filter((each) => each.place === place))
      places.set(key, { key, n: place + 1, shape: [T, B, 1], axes: ['step', 'sample', 'neuron'], equation: '', isSpikes: false });
  }
  return (key) => places.get(key);
}

/** Judges what a simulator recorded. */
export function judgeTraces(model: NirModel, arrays: NirTraces['arrays'], tell?: Tell): Judged & { manner: JudgeManner } {
  const made = new Set([...arrays.keys()].filter((key) => key !== 'input'));
  const manner: JudgeManner = {
    placeOf: placeOf(model),
    baseOf: () => undefined,
    made,
    ...(tell && { tell: (id: string, done: number, of: number) => tell('checked', id, done, of) }),
  };
  return { ...judge(computationOf(model), ballsOf(arrays), manner), manner };
}

const isSilent = (values: ArrayLike<number>): boolean => Array.from(values).every((value) => !(Math.abs(value) > 0));

/** Checks traces layer by layer, each from what was recorded of the layer before it. */
export function checkTraces(chain: NirChain, traces: NirTraces, timing: NirTiming, where: string, tell?: Tell): NirReport {
  const model = modelOf(chain, traces, timing, where);
  const { arrays, exchanged, B } = traces;
  const judged = judgeTraces(model, arrays, tell);
  const layers = chain.layers.flatMap((layer, place) => {
    const found = judged.findings.filter(({ n }) => n === place + 1);
    return found.length > 0 ? [{ place, found, ...layerReport(model, layer, place, found, arrays) }] : [];
  });
  const reports = layers.map(({ place: _, found: __, ...report }) => report);
  const first = layers.find((layer) => layer.first);
  const isQuiet = [...arrays].every(([key, values]) => key === 'input' || isSilent(values));
  const isOpen = judged.findings.some(({ verdict }) => verdict === 'undecided') || judged.lacking.length > 0;
  const base = { layers: reports, exchanged, ...(B > 1 && { samples: B }), alsoAgree: [] };
  if (!first) {
    const verdict = exchanged.length > 0 ? 'differs' : isOpen || isQuiet ? 'undecided' : 'agrees';
    return { ...base, verdict, alsoAgree: [] };
  }
  const { place: _, found, ...report } = first;
  const explains = explain(model, judged, first.place, tell);
  const sample = Math.min(...found.map((each) => each.first?.sample ?? Infinity));
  const silent = ['spikes', 'potentials'].every((what) => isSilent(arrays.get(keyOf(chain.layers[first.place], what)) ?? []));
  return { ...base, verdict: 'differs', ...(B > 1 && { sample }), differs: { ...report, isSilent: silent, explains: silent ? [] : explains } };
}

/** What explains the first layer that differs. */
function explain(model: NirModel, judged: Judged & { manner: JudgeManner }, place: number, tell?: Tell): Explanation[] {
  const { run, manner, wrong } = judged;
  const first = wrong.find(({ stage }) => stage.n === place + 1)!; // it differs
  const keys = first.stage.writes.filter((key) => manner.made.has(key));
  const whole = { ...first, keys };
  const name = (rows: readonly NirMistake[]): Explanation[] =>
    nameMistakes({ form: { computationOf, mistakes: rows }, model, samplesOf: ofSamples, run, manner }, whole);
  tell?.('diagnosed', first.stage.id, 0, 1);
  const rows = mistakes();
  const found = name(rows);
  if (found.length > 0) return found;
  const open = model.chain.layers.slice(0, place).flatMap((layer, k) => (manner.made.has(keyOf(layer, 'spikes')) ? [] : [k]));
  const inOne = [...open, place].flatMap((k) => open.length === 0 ? [] : rows.filter(({ choices }) => !choices).map((row): NirMistake => ({
    ...row,
    id: `${row.id} in ${model.chain.layers[k].node.name}`,
    says: `${row.says} This is so in ${model.chain.layers[k].node.name} alone.`,
    concerns: (stage, own) => stage.n === k + 1 && row.concerns?.(stage, own) !== false,
  })));
  const alone = name(inOne);
  return alone.length > 0 ? alone : name(pairsOf(model, first.stage));
}

function layerReport(model: NirModel, layer: NirLayer, place: number, found: readonly Finding[], arrays: NirTraces['arrays']): NirLayerReport {
  const { height, width } = layer.shape;
  const θ = thresholdsOf(model, layer);
  const unit = model.units.get(place);
  const spikes = arrays.get(keyOf(layer, 'spikes')) ?? [];
  const sum = (of: (finding: Finding) => number): number => found.reduce((total, each) => total + of(each), 0);
  const wrong = found.filter(({ first, verdict }) => first && verdict === 'differs');
  const order = ({ first }: Finding): number => (first!.sample ?? 0) * model.T + first!.t!; // filtered above, and of steps
  const earliest = wrong.sort((a, b) => order(a) - order(b))[0];
  const { key, first } = earliest ?? {};
  const isSpikes = key?.endsWith('.spikes') === true;
  const [c = 0, row, column = 0] = first?.neuron ?? [];
  const own = model.single.find((each) => each.key === key)?.neuron;
  const neuron = own ?? (row === undefined ? c : (c * height + row) * width + column);
  const needs = found.find((each) => each.needs !== undefined)?.needs;
  return {
    node: layer.node.name,
    undecided: sum(({ open }) => open),
    compared: sum(({ compared }) => compared),
    spikes: Array.from(spikes).reduce((total, each) => total + Math.abs(each), 0),
    unit: unit ? unit[0] : 1,
    ...(needs !== undefined && { needs }),
    ...(first && {
      first: {
        what: isSpikes ? ('spikes' as const) : ('potential' as const),
        step: first.t!, // of steps
        neuron,
        expected: first.expected,
        got: first.got,
        potential: first.u ?? first.expected / (unit?.[neuron] ?? 1),
        threshold: θ[neuron],
      },
    }),
  };
}

export { isUnknown, nirConventions, neuronsOf };
