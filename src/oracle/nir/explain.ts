/** What explains a layer that differs: the mistakes with which all that was recorded of it would have been made. */
import { neuronsOf } from '../../../spec/network.ts';
import { Missing, Replay } from '../../engine/run.ts';
import type { Stage } from '../../engine/stage.ts';
import { isOff, placesOff, type Wrong } from '../judge.ts';
import { nameMistakes, planted, type Explanation } from '../name.ts';
import { describeArray } from '../relations.ts';
import { unexplainedOf } from '../unexplained.ts';
import { judgeTraces, type JudgedTraces, type TellTraces } from './judgeTraces.ts';
import { mistakes, pairsOf, type NirMistake } from './mistakes.ts';
import { computationOf, keyOf, ofSamples, type NirModel } from './steps.ts';
import type { NirTraces } from './traces.ts';

/** Numbers of an array that are run with every mistake; more are only run with those that explain so many. */
const mostTried = 2 ** 14;

/** Multiplications, about, beyond which no pairs of choices are tried. */
const mostWork = 1e9;

/** Traces, and what is found of them. */
interface Judgement extends JudgedTraces {
  readonly model: NirModel;
}

/** What explains a layer that differs. */
export function explain(
  model: NirModel,
  arrays: NirTraces['arrays'],
  judged: JudgedTraces,
  { stage }: Wrong,
  tell?: TellTraces,
): { explains: Explanation[]; isCutShort: boolean } {
  const whole = { ...judged, model };
  const place = worstOf(model, judged, stage);
  const sizes = [model.chain.input, ...model.chain.layers.slice(0, stage.n).map(({ shape }) => shape)].map(
    neuronsOf,
  );
  const steps = Math.max(place.step + 16, Math.floor((4 * mostTried) / Math.max(...sizes)));
  const isSmall = model.T * model.B * Math.max(...sizes) <= mostTried;
  const small = isSmall ? whole : cut(model, arrays, place.sample, steps);
  const short = cut(model, arrays, place.sample, place.step + 2);
  const found = (rows: readonly NirMistake[]): Explanation[] => {
    const possible = rows.filter((row) => row.fit !== undefined || isPossible(row, short, stage, place.step));
    const first = name(possible, small, stage);
    if (isSmall || first.length === 0) return first;
    const kept = possible.filter(({ id }) => first.some((each) => each.id === id));
    return [...name(kept, whole, stage), ...first.filter(({ id }) => id === 'start')];
  };
  const all = mistakes();
  const pairs = pairsOf(short.model, stage);
  const isCutShort = pairs.length * workOf(short.model, stage.n) > mostWork;
  const tried = [
    () => found(all),
    () =>
      name(
        all.filter(({ id }) => acrossSamples.includes(id)),
        whole,
        stage,
      ),
    () => found(inLayers(model, stage.n - 1, judged, all)),
    () => (isCutShort ? [] : found(pairs)),
  ];
  for (const [at, of] of tried.entries()) {
    tell?.('diagnosed', stage.id, at, tried.length);
    const explains = of();
    if (explains.length > 0) return { explains, isCutShort: false };
  }
  return { explains: [], isCutShort };
}

/** The mistakes that explain a stage: what was right of it must stay so. */
function name(
  rows: readonly NirMistake[],
  { run, manner, wrong, model }: Judgement,
  { id }: Stage,
): Explanation[] {
  const its = wrong.find(({ stage }) => stage.id === id);
  if (!its || rows.length === 0) return [];
  const keys = its.stage.writes.filter((key) => manner.made.has(key));
  // A choice is tried with another one elsewhere.
  const form = { computationOf, mistakes: rows.map(({ choices: _choices, ...row }) => row) };
  const own = { form, model, samplesOf: ofSamples, run, manner };
  return (nameMistakes(own, [{ ...its, keys }]).get(id) ?? []).map((each) => {
    const choices = rows.find((row) => row.id === each.id)?.choices;
    return choices ? { ...each, choices } : each;
  });
}

/** Whether a mistake makes all that was recorded up to a step; or needs more steps for that. */
function isPossible(
  row: NirMistake,
  { run, manner, model }: Judgement,
  { id }: Stage,
  last: number,
): boolean {
  if (/backwards|early/.test(row.id)) return true;
  const other = planted({ computationOf, mistakes: [] }, row, model, [], row.isOwn ? id : undefined);
  const stage = other?.stages.find((each) => each.id === id);
  if (!other || !stage) return false;
  try {
    const results = new Replay(other, run.there, run.precision, run).results(
      stage,
      row.isFree ? {} : undefined,
    );
    return stage.writes.every((key, k) => {
      const got = manner.made.has(key) ? run.there.get(key)?.v : undefined;
      const { v, r } = results[k];
      const end = got ? (v.length / model.T) * (last + 1) : 0;
      for (let m = 0; m < end; m++) if (got && isOff(got[m], v[m], 2 * (r?.[m] ?? 0))) return false;
      return true;
    });
  } catch (error) {
    if (error instanceof Missing) return false;
    throw error;
  }
}

/** Mistakes that go from sample to sample. */
const acrossSamples = ['samples=permuted', 'state=kept'];

/** Mistakes in a single layer: one that was not recorded, or the one that differs. */
function inLayers(
  { chain }: NirModel,
  place: number,
  { manner }: JudgedTraces,
  rows: readonly NirMistake[],
): NirMistake[] {
  const open = chain.layers
    .slice(0, place)
    .flatMap((layer, k) => (manner.made.has(keyOf(layer, 'spikes')) ? [] : [k]));
  return (open.length > 0 ? [...open, place] : []).flatMap((k) =>
    rows.map((row) => ({
      ...row,
      id: `${row.id} in ${chain.layers[k].node.name}`,
      says: `${row.says} This is so in ${chain.layers[k].node.name} alone.`,
      concerns: (stage, own) => stage.n === k + 1 && row.concerns?.(stage, own) !== false,
    })),
  );
}

/** Multiplications of a layer, about: of its neurons, and of what enters them. */
function workOf({ chain, T, B }: NirModel, n: number): number {
  const { maps, shape } = chain.layers[n - 1];
  const sizes = maps.map(({ map, output }) =>
    map && 'w' in map ? map.w.length * output.height * output.width : 0,
  );
  return T * B * sizes.reduce((sum, size) => sum + size, 200 * neuronsOf(shape));
}

/** The sample of a stage that has most that is wrong, and the first step in which something is. */
function worstOf(
  { chain, T, B, single }: NirModel,
  { pieces }: JudgedTraces,
  { n, writes }: Stage,
): { sample: number; step: number } {
  const all = Array.from({ length: B }, (_, sample) => ({ sample, step: T, count: 0 }));
  for (const key of writes) {
    const size = single.some((each) => each.key === key) ? 1 : neuronsOf(chain.layers[n - 1].shape);
    for (const { ball, got, from } of pieces.get(key) ?? []) {
      const samples = got.length / (T * size);
      for (const m of placesOff(ball, got)) {
        const its = all[from + (Math.floor(m / size) % samples)];
        its.count++;
        its.step = Math.min(its.step, Math.floor(m / (size * samples)));
      }
    }
  }
  return all.reduce((most, each) => (each.count > most.count ? each : most));
}

/** The first steps of a sample. */
export function cut(model: NirModel, arrays: NirTraces['arrays'], b: number, most: number): Judgement {
  const { T, B } = model;
  const steps = Math.min(T, most);
  const taken = (values: Float64Array): Float64Array => {
    const n = values.length / (T * B);
    const out = new Float64Array(steps * n);
    for (let t = 0; t < steps; t++) out.set(values.subarray((t * B + b) * n, (t * B + b + 1) * n), t * n);
    return out;
  };
  const own = { ...model, T: steps, B: 1 };
  return {
    ...judgeTraces(own, new Map([...arrays].map(([key, values]) => [key, taken(values)]))),
    model: own,
  };
}

/** How the numbers of a layer that differs come of the expected ones. */
export function describeTraces({ run, manner, pieces, wrong }: JudgedTraces, { stage, keys }: Wrong): string {
  const isWrong = (key: string): boolean => wrong.some((each) => each.keys.includes(key));
  const said = keys.flatMap((key) => {
    const [place, piece] = [manner.placeOf(key), pieces.get(key)?.[0]];
    if (!place || !piece) return [];
    const group = run.groups().find(({ from }) => from === piece.from);
    const part = stage.by === 'window' && group ? run.of(group) : run;
    return [
      `${key}: ${describeArray(unexplainedOf(part, stage, place, piece, { ...manner, isWrong, constants: [], others: [] }))}`,
    ];
  });
  return said.join('; ');
}
