/** Explains a layer that differs: finds the mistakes that make all its recorded arrays. */
import { neuronsOf } from '../../../spec/network.ts';
import { total } from '../../engine/rounding.ts';
import { Replay } from '../../engine/run.ts';
import type { Ball, Stage } from '../../engine/stage.ts';
import { isOff, type Wrong } from '../judge.ts';
import { madeOf } from '../memo.ts';
import { mistakesThatExplain, nameMistakes, planted, type Explanation } from '../name.ts';
import { describe, type Tell } from '../step.ts';
import type { NirMistake } from './changes.ts';
import { pairsOfChoices } from './choices.ts';
import { judgeTraces, type JudgedTraces } from './judgeTraces.ts';
import { mistakes as catalogue } from './mistakes.ts';
import { nir, type NirModel } from './steps.ts';
import type { NirTraces } from './traces.ts';

/** Approximate limit on multiplications, beyond which pairs of choices are not tried. */
const mostWork = 5e8;

/** The explanations of a layer that differs: mistakes or, if neither these nor any other known cause explains it, pairs of choices. */
export function explain(
  judged: JudgedTraces,
  arrays: NirTraces['arrays'],
  { stage, sample, keys }: Wrong,
  isElse: () => boolean,
  tell?: Tell,
): { explains: Explanation[]; isCutShort: boolean } {
  const { model, findings } = judged;
  tell?.('diagnosed', stage.id, 0, 2);
  const explains = name(possibleOf(judged, arrays, { stage, sample }), judged, stage);
  if (explains.length > 0 || isElse()) return { explains, isCutShort: false };
  tell?.('diagnosed', stage.id, 1, 2);
  const steps = findings.map(({ key, first }) => (keys.includes(key) ? (first?.t ?? 0) : model.T));
  const short = cut(model, arrays, sample, Math.min(...steps) + 2);
  const pairs = pairsOfChoices(short.model, stage);
  if (pairs.length * workOf(short, stage) > mostWork) return { explains, isCutShort: true };
  const possible = pairs.filter((row) => isPossible(row, short, stage));
  return { explains: name(possible, judged, stage), isCutShort: false };
}

/** In a long trace, about this many numbers from the first wrong step on must be explained before the whole trace is tried. */
const mostTried = 2 ** 14;

/** The mistakes that may explain a stage: for a long trace, those that explain its first steps or depend on all samples. */
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
  const own = wrong.find(({ stage }) => stage.id === id);
  if (!own) return all;
  const found = new Set(mistakesThatExplain({ kind: nir, mistakes: all, model: its, run, manner }, own));
  return all.filter((row) => row.isOfAll || found.has(row));
}

/** The mistakes that explain a stage; its right arrays must stay right. */
function name(
  rows: readonly NirMistake[],
  { run, manner, wrong, model }: JudgedTraces,
  { id }: Stage,
): Explanation[] {
  const its = wrong.find(({ stage }) => stage.id === id);
  if (!its || rows.length === 0) return [];
  const keys = its.stage.writes.filter((key) => manner.made.has(key));
  // Pairs of choices are tried later.
  const mistakes = rows.map(({ choices: _choices, ...row }) => row);
  const found = nameMistakes({ kind: nir, mistakes, model, run, manner }, [{ ...its, keys }]);
  return (found.get(id) ?? []).map((each) => {
    const choices = rows.find((row) => row.id === each.id)?.choices;
    return choices ? { ...each, choices } : each;
  });
}

/** Whether a mistake makes all recorded arrays of the stage, in a run that ends soon after the first wrong number. */
function isPossible(row: NirMistake, { run, manner, model }: JudgedTraces, { id }: Stage): boolean {
  const other = planted(nir, row, model);
  const stage = other?.stages.find((each) => each.id === id);
  if (!other || !stage) return false;
  const balls = madeOf(() => new Replay(other, run.there, run.precision, run).results(stage));
  const isMade = ({ v, r }: Ball, key: string): boolean => {
    const got = manner.made.has(key) ? run.ball(key).v : v;
    return !v.some((each: number, m: number) => isOff(got[m], each, 2 * (r?.[m] ?? 0)));
  };
  return balls?.every((ball, k) => isMade(ball, stage.writes[k])) === true;
}

/** The approximate number of multiplications of a layer: for its neurons and their inputs. */
function workOf({ model: { chain, T, B }, run }: JudgedTraces, { n }: Stage): number {
  const stages = run.computation.stages.filter((each) => each.n === n);
  const each = total(
    stages.map((own) => (own.kind === 'sum' ? own.roundings : 100)),
    (terms) => terms,
  );
  return T * B * neuronsOf(chain.layers[n - 1].shape) * each;
}

/** Judges the first steps of a sample. */
export function cut(
  model: NirModel,
  arrays: NirTraces['arrays'],
  b: number,
  most: number,
  isBrief = false,
): JudgedTraces {
  const { T, arrays: own } = firstSteps({ ...model, arrays }, b, most);
  return judgeTraces({ ...model, T, B: 1 }, own, { isBrief });
}

/** The first steps of a sample. */
export function firstSteps(
  { T, B, arrays }: Pick<NirTraces, 'T' | 'B' | 'arrays'>,
  b: number,
  most: number,
): Pick<NirTraces, 'T' | 'B' | 'arrays'> {
  const steps = Math.min(T, most);
  const taken = (values: Float64Array): Float64Array => {
    const n = values.length / (T * B);
    return values.slice(0, steps * B * n).filter((_, m) => Math.floor(m / n) % B === b);
  };
  return { T: steps, B: 1, arrays: new Map([...arrays].map(([key, values]) => [key, taken(values)])) };
}

/** Describes how the numbers of a differing layer follow from the expected ones. */
export function describeTraces(judged: JudgedTraces, { keys }: Wrong): string {
  return keys.map((key) => `${key}: ${describe(judged, judged.manner.placeOf, [], key)}`).join('; ');
}
