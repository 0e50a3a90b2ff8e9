/** What explains a layer that differs: the mistakes with which all that was recorded of it would have been made. */
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

/** Multiplications, about, beyond which no pairs of choices are tried. */
const mostWork = 5e8;

/** What explains a layer that differs: mistakes, and where none does, nor anything else that is known, pairs of choices. */
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

/** Numbers of the first steps that are wrong of which a mistake has to explain enough, before it is tried on a trace of many more. */
const mostTried = 2 ** 14;

/** The mistakes that may explain a stage: of a long trace those that explain its first steps, or concern all at once. */
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

/** The mistakes that explain a stage: what was right of it must stay so. */
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

/** Whether a mistake makes the first number that is wrong, and all before it. */
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

/** Multiplications of a layer, about: of its neurons, and of what enters them. */
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

/** How the numbers of a layer that differs come of the expected ones. */
export function describeTraces(judged: JudgedTraces, { keys }: Wrong): string {
  return keys.map((key) => `${key}: ${describe(judged, judged.manner.placeOf, [], key)}`).join('; ');
}
