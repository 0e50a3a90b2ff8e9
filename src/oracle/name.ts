/**
 * Naming: which known mistake makes the numbers that are wrong. A mistake is a row: what it replaces in the model, in what a stage
 * reads, or in what it makes. The engine runs the changed stage and makes its bounds, as it does for the right one.
 */
import type { Floats } from '../../spec/arithmetic.ts';
import { largest, medianOf, type Values } from '../engine/rounding.ts';
import { Missing, Run, type Computation } from '../engine/run.ts';
import type { Ball, Stage } from '../engine/stage.ts';
import { isOff, piecesOf, type JudgeManner, type Wrong } from './judge.ts';

/** Numbers of a mistake that were fitted to what was recorded; none where it has none, or nothing was recorded. */
export type Numbers = readonly number[];

/** A mistake in the stages of a model. */
export interface Mistake<M> {
  /** Words joined by hyphens, unique; of a choice `question=answer`. */
  readonly id: string;
  /** Stages in which it is made. */
  readonly stages: readonly string[];
  /** One sentence on what the program does. */
  readonly says: string;
  /** Whether it could show in a stage; without it, in every one of its stages. */
  readonly concerns?: (stage: Stage, model: M) => boolean;
  /** Another model. `k` are the numbers that were fitted. */
  readonly change?: (model: M, k: Numbers) => Partial<M>;
  /** Another key in place of one that is read. */
  readonly wire?: (key: string, stage: Stage, model: M) => string;
  /** What is read, changed. */
  readonly input?: (values: Floats, key: string, stage: Stage, model: M, k: Numbers) => Floats;
  /** What is made, changed. */
  readonly output?: (values: Floats, key: string, stage: Stage, model: M, k: Numbers) => Floats;
  /** Another stage that writes the same, where nothing else says it. */
  readonly stage?: (stage: Stage, model: M, k: Numbers) => Stage | undefined;
  /** Numbers that may be the mistake's, from what was recorded; it is tried where no other explains. */
  readonly fit?: (seen: Seen<M>) => readonly Numbers[];
  /** A sentence with the numbers that were found. */
  readonly found?: (k: Numbers) => string;
  /** Whether the neurons do not go on with the spikes that were recorded. */
  readonly isFree?: true;
  /** A format of numbers with so many bits: what was recorded lies on its grid, as near as its roundings reach. */
  readonly bits?: number;
  /** Whether it is made in the stage that is judged, and not also in those before it. */
  readonly isOwn?: true;
  /** The answers to questions that it is. */
  readonly choices?: Readonly<Record<string, string>>;
}

/** What a number is fitted to: a stage that is wrong, what it reads, what it is expected to make, and what was recorded of that. */
export interface Seen<M> {
  readonly stage: Stage;
  readonly model: M;
  readonly inputs: readonly (Ball | undefined)[];
  readonly right: (key: string) => Ball;
  readonly got: (key: string) => Values | undefined;
  /** An array of the step, as it was recorded. */
  readonly there: (key: string) => Values | undefined;
  /** What the stage makes with the mistake, by key. */
  readonly with: (k: Numbers) => (key: string) => Ball | undefined;
}

/** What explains a stage. */
export interface Explanation {
  readonly id: string;
  readonly says: string;
  readonly choices?: Readonly<Record<string, string>>;
  /** What was fitted. */
  readonly numbers?: Numbers;
}

/** What is found of a stage that is wrong. */
export interface Diagnosis {
  readonly part: string;
  /** What explains all of its arrays; of several, this data does not tell which. */
  readonly explains: readonly Explanation[];
  /** Arrays that it is made of and that nothing decides: as long as these may be wrong, nothing is said. */
  readonly doubtful?: readonly string[];
}

/** A kind of step: how a model becomes a computation, and what goes wrong in it. */
export interface Form<M> {
  readonly computationOf: (model: M) => Computation;
  readonly mistakes: readonly Mistake<M>[];
}

/** The stages of a computation with a mistake; nothing where it concerns none. */
export function planted<M>(form: Form<M>, mistake: Mistake<M>, model: M, k: Numbers = [], only?: string): Computation | undefined {
  const right = form.computationOf(model);
  const changed = mistake.change && form.computationOf({ ...model, ...mistake.change(model, k) });
  const other = changed && new Map(changed.stages.map((stage) => [stage.id, stage]));
  let isPlanted = false;
  const stages = right.stages.map((stage) => {
    if (only !== undefined && stage.id !== only) return stage;
    const found = plant(mistake, stage, model, k, other);
    if (found) isPlanted = true;
    return found ?? stage;
  });
  return isPlanted ? { ...right, stages } : undefined;
}

/** A stage with a mistake; nothing where it does not concern it. */
function plant<M>(mistake: Mistake<M>, right: Stage, model: M, k: Numbers, other?: ReadonlyMap<string, Stage>): Stage | undefined {
  if (!mistake.stages.includes(right.stage) || mistake.concerns?.(right, model) === false) return undefined;
  let stage = other ? other.get(right.id) : right;
  if (stage && mistake.stage) stage = mistake.stage(stage, model, k);
  if (!stage) return undefined;
  const own = stage;
  const { wire, input, output } = mistake;
  return {
    ...own,
    ...(wire && { reads: own.reads.map((key) => wire(key, own, model)) }),
    ...(input && { input: (values: Floats, key: string) => input(values, key, own, model, k) }),
    ...(output && { output: (values: Floats, key: string) => output(values, key, own, model, k) }),
    // A mistake may round more often.
    ...(own.kind === 'neuron' && { rounded: (...args: Parameters<typeof own.rounded>) => 4 * own.rounded(...args) }),
  };
}

/** What a naming starts from. */
export interface Case<M> {
  readonly form: Form<M>;
  readonly model: M;
  readonly samplesOf: (model: M, count: number) => M;
  readonly run: Run;
  readonly manner: JudgeManner;
}

/**
 * What explains each wrong stage, by its id; of several, this data does not tell which. What explains one is tried at all others,
 * too, where it needs less: a mistake is rarely made in one stage alone.
 */
export function nameMistakes<M>(case_: Case<M>, wrong: readonly Wrong[], tell: (wrong: Wrong) => void = () => {}): Map<string, Explanation[]> {
  const found = new Map<string, Explanation[]>();
  const known = new Set<Mistake<M>>();
  for (const each of wrong) {
    tell(each);
    const first = firstRows(case_, each);
    found.set(each.stage.id, first.map(({ explanation }) => explanation));
    for (const { row } of first) known.add(row);
  }
  for (const each of wrong) {
    const own = found.get(each.stage.id)!; // set above
    const isAgain = own.length === 0;
    for (const row of known) if (!own.some(({ id }) => id === row.id)) own.push(...explain(case_, each, row, isAgain));
  }
  return found;
}

interface Found<M> {
  readonly row: Mistake<M>;
  readonly explanation: Explanation;
}

/** The rows that explain a stage: what has no number to fit before what has one, formats of numbers after, and pairs of choices last. */
function firstRows<M>(case_: Case<M>, wrong: Wrong): Found<M>[] {
  const { mistakes } = case_.form;
  const ranks = [
    () => mistakes.filter(({ fit, bits }) => !fit && bits === undefined),
    () => mistakes.filter(({ fit }) => fit),
    () => mistakes.filter(({ bits }) => bits !== undefined),
    () => pairsOf(case_, wrong),
  ];
  for (const rows of ranks) {
    const found = rows().flatMap((row) => explain(case_, wrong, row, false).map((explanation) => ({ row, explanation })));
    if (found.length > 0) return found;
  }
  return [];
}

/** A choice and another, made together. */
function pairsOf<M>({ form, model }: Case<M>, { stage }: Wrong): Mistake<M>[] {
  const choices = form.mistakes.filter(
    (row) => row.choices && row.stages.includes(stage.stage) && row.concerns?.(stage, model) !== false,
  );
  const questions = ({ choices: record = {} }: Mistake<M>): string => Object.keys(record).join();
  return choices.flatMap((one, at) =>
    choices
      .slice(at + 1)
      .filter((other) => questions(one) !== questions(other))
      .map((other) => ({
        id: `${one.id} + ${other.id}`,
        says: `${one.says} And: ${other.says}`,
        stages: one.stages.filter((each) => other.stages.includes(each)),
        choices: { ...one.choices, ...other.choices },
        change(own, k) {
          const first = { ...own, ...one.change?.(own, k) };
          return { ...first, ...other.change?.(first, k) };
        },
      })),
  );
}

/** What a mistake explains of a wrong stage, with the best of its numbers. */
function explain<M>(case_: Case<M>, wrong: Wrong, mistake: Mistake<M>, isAgain: boolean): Explanation[] {
  const { says, id, choices, found } = mistake;
  let most = 0;
  let numbers: Numbers = [];
  for (const k of numbersOf(case_, wrong, mistake)) {
    const predicted = predict(case_, wrong, mistake, k, isAgain) ?? 0;
    if (predicted <= most) continue;
    [most, numbers] = [predicted, k];
  }
  if (most === 0) return [];
  const hasNumbers = numbers.length > 0;
  return [
    {
      id,
      says: found && hasNumbers ? `${says} ${found(numbers)}` : says,
      ...(choices && { choices }),
      ...(hasNumbers && { numbers }),
    },
  ];
}

/** The numbers that a mistake may have, fitted to the samples that are run at once with the first that is wrong. */
function numbersOf<M>(case_: Case<M>, { stage, sample }: Wrong, mistake: Mistake<M>): readonly Numbers[] {
  if (!mistake.fit) return [[]];
  const { run, form, model, samplesOf } = case_;
  const group = run.groups().find(({ from, count }) => sample < from + count);
  const samples = stage.by === 'window' && group ? group : { from: 0, count: run.computation.B };
  const part = run.of(samples);
  const its = samplesOf(model, samples.count);
  const own = part.computation.stages.find(({ id }) => id === stage.id)!; // the same stages
  if (!mistake.stages.includes(own.stage) || mistake.concerns?.(own, its) === false) return [];
  const right = part.results(own);
  return mistake.fit({
    stage: own,
    model: its,
    inputs: part.arguments(own),
    right: (key) => right[own.writes.indexOf(key)],
    got: (key) => (own.writes.includes(key) ? part.there.get(key)?.v : undefined),
    there: (key) => part.find(key)?.v,
    with(k) {
      const other = planted(form, mistake, its, k);
      const made = other && new Run(other, part.there, part.precision, part);
      const changed = other?.stages.find(({ id }) => id === own.id);
      const results = made && changed && made.results(changed, mistake.isFree ? {} : undefined);
      return (key) => results?.[own.writes.indexOf(key)];
    },
  });
}

/** How many of the numbers that are wrong a mistake predicts; nothing where that is no explanation. */
function predict<M>(case_: Case<M>, wrong: Wrong, mistake: Mistake<M>, k: Numbers, isAgain: boolean): number | undefined {
  const { form, model, run, manner, samplesOf } = case_;
  const only = mistake.isOwn ? wrong.stage.id : undefined;
  const other = mistake.bits === undefined ? planted(form, mistake, model, k, only) : run.computation;
  if (!other) return undefined;
  const isOfFormat = mistake.stages.includes(wrong.stage.stage) && mistake.concerns?.(wrong.stage, model) !== false;
  if (mistake.bits !== undefined && !isOfFormat) return undefined;
  const ofSamples = (count: number): Computation => {
    const right = run.computation.ofSamples(count);
    return planted(form, mistake, samplesOf(model, count), k, only) ?? right;
  };
  const made = mistake.bits === undefined ? new Run({ ...other, ofSamples }, run.there, run.precision, run) : run;
  const stage = other.stages.find(({ id }) => id === wrong.stage.id)!; // the same ids
  if (mistake.bits === undefined && !made.isChanged(stage)) return undefined;
  const evidence = new Evidence();
  try {
    const groups = stage.by === 'window' ? [{ from: wrong.sample, count: 1 }, ...run.groups()] : [{ from: 0, count: run.computation.B }];
    for (const [at, samples] of groups.entries()) {
      // The first sample that is wrong excludes most.
      const isFirst = stage.by === 'window' && at === 0 && groups.length > 1 && run.computation.B > 1;
      if (stage.by === 'window' && at === 0 && !isFirst) continue;
      const part = made.of(samples);
      const right = run.of(samples);
      const its = part.computation.stages.find(({ id }) => id === stage.id)!; // the same ids
      const results = part.results(its, mistake.isFree ? {} : undefined);
      const tally = isFirst ? new Evidence() : evidence;
      for (const [key, piece] of piecesOf(right, stage, wrong.keys, { from: 0, count: right.computation.B }, manner)) {
        const { got, base } = piece;
        const ball = results[its.writes.indexOf(key)];
        if (!ball || ball.v.length !== got.length) return undefined;
        const own = mistake.fit ? fittedBall(ball, piece.ball, base) : ball;
        tally.add(mistake.bits === undefined ? own : formatBall(ball, got, mistake.bits), piece.ball, got, base, mistake.bits);
      }
      if (isFirst && !tally.isPossible()) return undefined;
    }
  } catch (error) {
    if (error instanceof Missing) return undefined;
    throw error;
  }
  return evidence.isEnough(isAgain) ? evidence.predicted : undefined;
}

/** A number that is fitted to what was recorded is known as well as that was rounded, and so is what it changes. */
function fittedBall({ v, r, ...rest }: Ball, right: Ball, base: Floats | undefined): Ball {
  const radius = new Float64Array(v.length);
  for (let i = 0; i < v.length; i++)
    radius[i] = (r?.[i] ?? 0) + 2 ** -16 * Math.max(Math.abs(v[i] - (base?.[i] ?? 0)), Math.abs(v[i] - right.v[i]));
  return { ...rest, v, r: radius };
}

/** Numbers that were rounded to so many bits, if only to save them: those of the grid, as near as the roundings of the format reach. */
function formatBall({ v, r }: Ball, got: Values, bits: number): Ball {
  const wider = 2 ** (24 - bits);
  const isOfFormat = (value: number): boolean => {
    if (value === 0 || !Number.isFinite(value)) return true;
    const unit = 2 ** (Math.max(-14 - (bits === 8 ? 112 : 0), Math.floor(Math.log2(Math.abs(value)))) - bits + 1);
    return Number.isInteger(value / unit);
  };
  const radius = Float64Array.from(v, (each, i) => (r ? r[i] * wider : 0) + 2 ** -bits * Math.abs(each) * 2);
  return { v: Float64Array.from(v, (each, i) => (isOfFormat(got[i]) && Math.abs(got[i] - each) <= radius[i] ? got[i] : each)), r: radius.map((each, i) => (isOfFormat(got[i]) ? each : 0)) };
}

/** The least that an explanation is worth, in bits; of what explains another stage already. */
const leastBits = 12;
const leastBitsAgain = 2;

/** An explanation predicts so many of the numbers that are wrong, and fits all but so many of all. */
const mostMissed = 0.1;
const mostMisfits = 0.001;

/** It leaves at most this share of all numbers open. */
const mostOpen = 0.25;

/** How many numbers are wrong and predicted, and what that is worth. */
class Evidence {
  all = 0;
  wrong = 0;
  predicted = 0;
  private misfits = 0;
  private open = 0;
  private bits = 0;
  private decisions = 0;
  /** Of what is wrong by one factor: the least, the most, and the largest share of bits. */
  private factors = { least: Infinity, most: -Infinity, bits: 0 };
  private isFactor = true;

  add(mistaken: Ball, right: Ball, got: Floats, base: Floats | undefined, bits: number | undefined): void {
    const size = typicalSize(mistaken.v, right.v, base);
    for (let i = 0; i < got.length; i++) {
      this.all++;
      const [m, r] = [mistaken.v[i], mistaken.r?.[i] ?? 0];
      const isOpen = mistaken.open?.[i] === 1 || !(r < Math.max(size, Math.abs(m - (base?.[i] ?? 0))));
      if (isOpen) this.open++;
      const isHeld = !isOff(got[i], m, 2 * r) || isOpen;
      if (!isHeld) this.misfits++;
      if (!isOff(got[i], right.v[i], right.r?.[i] ?? 0)) continue;
      this.wrong++;
      if (isHeld && !isOpen) this.#predict(i, m, r, mistaken, right, got, base, size, bits);
    }
  }

  #predict(i: number, m: number, r: number, mistaken: Ball, right: Ball, got: Floats, base: Floats | undefined, size: number, bits: number | undefined): void {
    const from = base?.[i] ?? 0;
    const apart = Math.abs(m - right.v[i]);
    const own = Math.max(apart, Math.abs(m - from)) || size;
    // A format has its numbers on a grid, where another number is by chance.
    if (bits !== undefined) {
      if (isOnGrid(right.v[i], bits)) return;
      this.predicted++;
      this.bits += Math.max(0, 24 - bits) / 2;
      return;
    }
    if (!(apart > 2 * r) || !(r < own / 2)) return;
    this.predicted++;
    const worth = Math.min(24, Math.log2(own / r));
    // A decision, or a step of one size, is one of two numbers.
    const isOneOfTwo = Math.abs(Math.abs(m - from) - Math.abs(right.v[i] - from)) <= 2 ** -10 * own || (Number.isInteger(m) && Number.isInteger(right.v[i]) && apart === 1);
    if (isOneOfTwo) this.decisions++;
    else this.bits += worth;
    if (right.v[i] === from) this.isFactor = false;
    const factor = (got[i] - from) / (right.v[i] - from);
    const { factors } = this;
    factors.least = Math.min(factors.least, factor);
    factors.most = Math.max(factors.most, factor);
    factors.bits = Math.max(factors.bits, worth);
    void mistaken;
  }

  /** Whether more of the same may become an explanation. */
  isPossible(): boolean {
    return this.wrong === 0 || (2 * this.predicted >= this.wrong && this.misfits <= Math.max(2, 2 * mostMisfits * this.all, 0.5 * this.wrong));
  }

  isEnough(isAgain: boolean): boolean {
    const { all, wrong, predicted, factors } = this;
    if (wrong === 0 || predicted === 0) return false;
    if (wrong - predicted > mostMissed * wrong || this.misfits > mostMisfits * all || this.open > mostOpen * all) return false;
    const isOneFactor = this.isFactor && this.decisions === 0 && factors.least !== 0 && factors.most - factors.least <= 2 ** -12 * Math.abs(factors.most);
    // Which few of many are wrong is evidence, too.
    const ofDecisions = this.decisions * Math.max(1, Math.log2(all / wrong));
    const bits = isOneFactor ? factors.bits : this.bits + ofDecisions;
    return bits >= (isAgain ? leastBitsAgain : leastBits);
  }
}

const isOnGrid = (value: number, bits: number): boolean => {
  if (value === 0) return true;
  const unit = 2 ** (Math.floor(Math.log2(Math.abs(value))) - bits + 1);
  return Number.isInteger(value / unit);
};

/** How large numbers are that are not 0; of what is made or, where that is 0, of what is right. */
function typicalSize(mistaken: Floats, right: Floats, base: Floats | undefined): number {
  const of = (values: Floats): Floats => (base ? values.map((value, i) => value - base[i]) : values);
  return medianOf(of(mistaken)) || medianOf(of(right)) || largest(right) || 2 ** -64;
}
