/**
 * Naming: finds known mistakes that reproduce the wrong numbers. A mistake is a row of a catalogue. It changes the model, or
 * the inputs or results of a stage. The engine runs the changed stage and bounds its results, as it does for the right stage.
 */
import type { Floats } from '../../spec/arithmetic.ts';
import { digits, roundTo, type Values } from '../engine/rounding.ts';
import { Replay, unbounded, type Computation, type Samples } from '../engine/run.ts';
import { exactSum, sumBall, type Ball, type Stage } from '../engine/stage.ts';
import { isOff, piecesOf, type JudgeManner, type JudgedPiece, type Wrong } from './judge.ts';
import { Evidence, fewRivals, isOfFormat, leastBits, leastBitsAgain, Quotients } from './evidence.ts';
import { ifComputable, once } from './memo.ts';

/**
 * Parameters of a mistake, fitted to the recorded arrays. Empty if the mistake has none, or if no recorded array determines
 * them.
 */
export type Fitted = readonly number[];

/** A mistake in the stages of a model. */
export interface Mistake<M> {
  /** Unique words joined by hyphens; for a choice, `question=answer`. */
  readonly id: string;
  /** Stages that the mistake affects. */
  readonly stages: readonly string[];
  /** One sentence on what the program does. */
  readonly says: string;
  /** Whether its effect can appear in a stage. Default: in each of `stages`. @internal */
  readonly concerns?: (stage: Stage, model: M) => boolean;
  /** Changes of the model; `k` are the fitted parameters. @internal */
  readonly change?: (model: M, k: Fitted) => Partial<M>;
  /** The key that is read in place of `key`. @internal */
  readonly wire?: (key: string, stage: Stage, model: M) => string;
  /** The changed input. @internal */
  readonly input?: (values: Floats, key: string, stage: Stage, model: M, k: Fitted) => Floats;
  /** The changed result. @internal */
  readonly output?: (values: Floats, key: string, stage: Stage, model: M, k: Fitted) => Floats;
  /** A stage that replaces the right one and writes the same keys, if no other field can express the mistake. @internal */
  readonly stage?: (stage: Stage, model: M, k: Fitted) => Stage | undefined;
  /**
   * Candidate parameters, fitted to the recorded arrays. They are tried if no row without parameters explains the stage.
   * @internal
   */
  readonly fit?: (seen: Seen<M>) => readonly Fitted[];
  /**
   * Common parameters, tried before fitted ones. Unlike those, they are also tried if the mistake is in an earlier stage.
   * @internal
   */
  readonly usual?: (model: M, there: Seen<M>['there']) => readonly Fitted[];
  /**
   * Whether the mistake affects only one of several places. Such a row is tried only if no other row explains the stage.
   * @internal
   */
  readonly isAlone?: true;
  /** A sentence with the parameters found. @internal */
  readonly found?: (k: Fitted, model: M) => string;
  /** Whether the neurons continue with computed spikes instead of the recorded ones. @internal */
  readonly isFree?: true;
  /**
   * Significant bits of the number format to which recorded numbers are rounded. If the row has a `change`, sums are computed
   * in the format, in any order. @internal
   */
  readonly bits?: number;
  /** Whether the parameters depend on all samples of a run. If so, the mistake is not tried on one sample alone. @internal */
  readonly isOfAll?: true;
  /** Whether the mistake affects only the judged stage, not the stages before it. @internal */
  readonly isOwn?: true;
  /** Whether the mistake affects the whole program. If so, any array that agrees can exclude the mistake. @internal */
  readonly isWhole?: true;
  /** Whether the mistake combines answers to many questions. @internal */
  readonly isMany?: true;
  /** The answers that the mistake gives, by question. */
  readonly choices?: Readonly<Record<string, string>>;
  /** The two mistakes that are combined. @internal */
  readonly halves?: readonly Mistake<M>[];
}

/** The data for a fit: a wrong stage, its inputs, its expected results, and the recorded results. */
export interface Seen<M> {
  readonly stage: Stage;
  readonly model: M;
  readonly inputs: readonly (Ball | undefined)[];
  readonly right: (key: string) => Ball;
  readonly got: (key: string) => Values | undefined;
  /** An array of the step, recorded or computed from recorded ones. */
  readonly there: (key: string) => Values | undefined;
  /** The results of the stage with the mistake, by key. */
  readonly with: (k: Fitted) => (key: string) => Ball | undefined;
}

/** A mistake that explains a stage. */
export interface Explanation {
  /** The id of the mistake. With ` × k` after it, the results are also multiplied by k. */
  readonly id: string;
  /** The mistake in one sentence. */
  readonly says: string;
  /** If the mistake is wrong choices of the variant: the program's answers, by question. */
  readonly choices?: Readonly<Record<string, string>>;
  /** The fitted parameters. */
  readonly numbers?: readonly number[];
}

/** The explanations of a wrong stage. */
export interface Diagnosis {
  /** The id of the stage, such as `neuron.1`. */
  readonly part: string;
  /** Each explanation covers all arrays of the stage. The data does not distinguish between these explanations. */
  readonly explains: readonly Explanation[];
  /** Inputs that cannot be judged. They may be wrong, so no mistake is named. */
  readonly doubtful?: readonly string[];
}

/** A kind of step: turns a model into a computation, and selects samples of a model. */
export interface Kind<M> {
  readonly computationOf: (model: M) => Computation;
  readonly ofSamples: (model: M, count: number) => M;
}

/** For a mistake without parameters: its computations, by model. */
const changes = once((_mistake: object) => new WeakMap<object, Computation>());

/** The computation of a model with a mistake. */
function changedOf<M extends object>(
  { computationOf }: Kind<M>,
  mistake: Mistake<M>,
  model: M,
  k: Fitted,
): Computation | undefined {
  if (!mistake.change) return undefined;
  const known = changes(mistake);
  const found = k.length === 0 ? known.get(model) : undefined;
  if (found) return found;
  const computation = computationOf({ ...model, ...mistake.change(model, k) });
  if (k.length === 0) known.set(model, computation);
  return computation;
}

/**
 * A computation with a mistake in its stages, or only in the stage with the id `only`. Undefined if the mistake concerns none.
 */
export function planted<M extends object>(
  kind: Kind<M>,
  mistake: Mistake<M>,
  model: M,
  k: Fitted = [],
  only?: string,
): Computation | undefined {
  const right = kind.computationOf(model);
  const changed = changedOf(kind, mistake, model, k);
  const other = changed && new Map(changed.stages.map((stage) => [stage.id, stage]));
  let isPlanted = false;
  const stages = right.stages.map((stage) => {
    if (only !== undefined && stage.id !== only) return stage;
    const found = plant(mistake, stage, model, k, other);
    if (found) isPlanted = true;
    return found ?? stage;
  });
  const isKnown = new Set(stages.map(({ id }) => id));
  const added = (changed?.stages ?? []).filter(
    (stage) => !isKnown.has(stage.id) && mistake.stages.includes(stage.stage),
  );
  if (!isPlanted) return undefined;
  return {
    ...right,
    stages: [...stages, ...added],
    ofSamples: (count) =>
      planted(kind, mistake, kind.ofSamples(model, count), k, only) ?? right.ofSamples(count),
  };
}

/** A stage with a mistake; undefined if the mistake does not concern it. */
function plant<M>(
  mistake: Mistake<M>,
  right: Stage,
  model: M,
  k: Fitted,
  other?: ReadonlyMap<string, Stage>,
): Stage | undefined {
  if (!mistake.stages.includes(right.stage) || mistake.concerns?.(right, model) === false) return undefined;
  let stage = other ? other.get(right.id) : right;
  if (stage && mistake.stage) stage = mistake.stage(stage, model, k);
  if (!stage) return undefined;
  const changed = stage;
  const { wire, input, output } = mistake;
  return {
    ...changed,
    ...(wire && { reads: changed.reads.map((key) => wire(key, changed, model)) }),
    ...(input && { input: (values: Floats, key: string) => input(values, key, changed, model, k) }),
    ...(output && { output: (values: Floats, key: string) => output(values, key, changed, model, k) }),
    // A mistake may round more often than the right stage, even if the right stage is exact.
    ...(changed.kind === 'neuron' && {
      rounded: (...args: Parameters<typeof changed.rounded>) => 4 * changed.rounded(...args),
    }),
    ...(changed.kind === 'sum' && { roundings: changed.roundings + 4, grid: () => -Infinity }),
  };
}

/** The inputs of naming. */
export interface Case<M> {
  readonly kind: Kind<M>;
  readonly mistakes: readonly Mistake<M>[];
  readonly model: M;
  readonly run: Replay;
  readonly manner: JudgeManner;
  /**
   * Whether a mistake would have changed arrays that agree. Such a change in one place rules out the mistake in all places.
   */
  readonly contradicts?: (mistake: Mistake<M>, k: Fitted) => boolean;
  /** Whether choices of the variant would have changed arrays that agree. */
  readonly isRuledOut?: (mistake: Mistake<M>) => boolean;
}

/**
 * The explanations of each wrong stage, by its id. The data does not distinguish between those of one stage. An explanation is
 * also tried at all other stages, and needs less evidence there, because a mistake rarely affects one stage alone.
 */
export function nameMistakes<M extends object>(
  naming: Case<M>,
  wrong: readonly Wrong[],
  tell: (wrong: Wrong) => void = () => {},
): Map<string, Explanation[]> {
  const found = new Map<string, Explanation[]>();
  /** Mistakes with the parameters found at other stages. */
  const known = new Map<Mistake<M>, Fitted[]>();
  for (const each of wrong) {
    tell(each);
    const trial = new Trial(naming, each);
    // A known row that combines many answers is not tried first, because one of its answers may suffice.
    const again = explained(
      trial,
      [...known.keys()].filter(({ isMany }) => !isMany),
      known,
    );
    const first = again.size > 0 ? again : firstRows(trial);
    found.set(each.stage.id, [...first.values()]);
    for (const [row, { id, numbers }] of first)
      if (id === row.id) known.set(row, [...(known.get(row) ?? []), ...(numbers ? [numbers] : [])]);
  }
  for (const each of wrong) {
    const explanations = found.get(each.stage.id)!; // the first loop sets it
    const trial = new Trial(naming, each, explanations.length === 0 ? leastBitsAgain : undefined);
    for (const [row, numbers] of known)
      if (!explanations.some(({ id }) => id === row.id)) explanations.push(...trial.explain(row, numbers));
  }
  return found;
}

export function mistakesThatExplain<M extends object>(naming: Case<M>, wrong: Wrong): readonly Mistake<M>[] {
  const trial = new Trial(naming, wrong);
  return naming.mistakes.filter((row) => trial.explain(row).length > 0);
}

/**
 * The first rows that explain a stage. Rows are tried in this order: without parameters, with parameters, for one layer alone,
 * number formats, pairs of choices, rows without parameters whose results are multiplied by a number.
 */
function firstRows<M extends object>(trial: Trial<M>): Map<Mistake<M>, Explanation> {
  const { mistakes, model } = trial.naming;
  const { stage } = trial.wrong;
  const exact = mistakes.filter(({ bits }) => bits === undefined);
  const ofRank = (fitted: boolean, alone: boolean) => (): Mistake<M>[] =>
    exact.filter((row) => hasNumbers(row) === fitted && (row.isAlone ?? false) === alone);
  // Spikes alone are little evidence, so rows with parameters are tried together with those without.
  if (trial.hasSpikesAlone && mistakes.some(({ isAlone }) => isAlone))
    for (const alone of [false, true]) {
      const found = explained(trial, [...ofRank(false, alone)(), ...ofRank(true, alone)()]);
      if (found.size > 0) return found;
    }
  const ranks = [
    ofRank(false, false),
    ofRank(true, false),
    ofRank(false, true),
    ofRank(true, true),
    () => mistakes.filter(({ bits }) => bits !== undefined),
    () =>
      pairsOf(
        mistakes.filter(
          (row) =>
            row.choices &&
            !row.isAlone &&
            row.stages.includes(stage.stage) &&
            row.concerns?.(stage, model) !== false,
        ),
      ),
    () => trial.multiples,
  ];
  for (const rows of ranks) {
    const found = explained(trial, rows());
    if (found.size > 0) return found;
  }
  return new Map();
}

const hasNumbers = <M>({ fit, usual }: Mistake<M>): boolean => (fit ?? usual) !== undefined;

/** The rows that explain the stage of a trial, with their explanations. */
const explained = <M extends object>(
  trial: Trial<M>,
  rows: readonly Mistake<M>[],
  numbers?: ReadonlyMap<Mistake<M>, readonly Fitted[]>,
): Map<Mistake<M>, Explanation> =>
  new Map(rows.flatMap((row) => trial.explain(row, numbers?.get(row)).map((each) => [row, each] as const)));

/** Two rows that change the model, combined. */
export function pairOf<M extends object>(one: Mistake<M>, other: Mistake<M>): Mistake<M> {
  return {
    id: `${one.id} + ${other.id}`,
    says: `${one.says} And: ${other.says}`,
    stages: one.stages.filter((each) => other.stages.includes(each)),
    choices: { ...one.choices, ...other.choices },
    halves: [one, other],
    change(model, k) {
      const first = { ...model, ...one.change?.(model, k) };
      return { ...first, ...other.change?.(first, k) };
    },
  };
}

/** Pairs of rows that answer different questions. */
export function pairsOf<M extends object>(rows: readonly Mistake<M>[]): Mistake<M>[] {
  const questions = ({ choices = {} }: Mistake<M>): string => Object.keys(choices).join();
  return rows.flatMap((one, at) =>
    rows
      .slice(at + 1)
      .filter((other) => questions(one) !== questions(other))
      .map((other) => pairOf(one, other)),
  );
}

/** A mistake whose results in the judged stage are multiplied by a number. */
export function multipleOf<M>(row: Mistake<M>, by: number): Mistake<M> {
  const { choices: _, ...rest } = row;
  const text = digits(by);
  return {
    ...rest,
    id: `${row.id} × ${text}`,
    says: `${row.says} And the result is multiplied by ${text}.`,
    isOwn: true,
    output: (values, key, stage, model) =>
      Float64Array.from(row.output?.(values, key, stage, model, []) ?? values, (v: number) => by * v),
    fit: () => [[by]],
  };
}

/** With fewer wrong numbers, a multiple of some row fits by chance. */
const fewMultiples = 8;

/** Tries rows of the catalogue on one wrong stage. */
class Trial<M extends object> {
  readonly #least: number;
  /** The stage, and the stages before it whose results were not supplied. */
  readonly #sources: readonly Stage[];
  /** The judged arrays of the stage. */
  readonly #keys: readonly string[];
  /** The samples to run, beginning with the first wrong one. */
  readonly #samples: readonly Samples[];
  /** The pieces of the first entry of the samples, and those of another entry. */
  readonly #pieces: { readonly at: number; readonly pieces: ReadonlyMap<string, JudgedPiece> }[] = [];
  #right: readonly Ball[] | undefined;
  /** Rows without parameters such that the wrong numbers of the first samples are a multiple of their results. */
  readonly multiples: Mistake<M>[] = [];
  /** The run of the right stages without bounds. */
  #unbounded: Replay | undefined;

  /** @param least the evidence in bits that an explanation needs */
  constructor(
    readonly naming: Case<M>,
    readonly wrong: Wrong,
    least?: number,
  ) {
    const { run, manner, mistakes } = naming;
    const { stage, sample } = wrong;
    const rivals = mistakes.filter((row) => !row.isAlone && row.stages.includes(stage.stage)).length;
    this.#least = least ?? leastBits + Math.log2(Math.max(fewRivals, rivals));
    this.#keys = stage.writes.filter((key) => manner.computed.has(key) && manner.slotOf(key));
    const sources = new Set([stage]);
    for (const { reads, hints = [] } of sources)
      for (const key of [...reads, ...hints]) {
        const maker = run.there.has(key) ? undefined : run.makerOf(key);
        if (maker) sources.add(maker);
      }
    this.#sources = [...sources];
    this.#samples = run.trialsOf(stage, sample);
  }

  get hasSpikesAlone(): boolean {
    return this.#keys.every((key) => this.naming.manner.slotOf(key)?.isSpikes);
  }

  /**
   * The explanation by a row, with its best parameters; empty if there is none.
   *
   * @param found parameters of the row that were found at another stage
   */
  explain(row: Mistake<M>, found: readonly Fitted[] = []): Explanation[] {
    const { model } = this.naming;
    const isOf = (stage: Stage): boolean =>
      row.stages.includes(stage.stage) && row.concerns?.(stage, model) !== false;
    if (!(row.bits === undefined ? this.#sources : [this.wrong.stage]).some(isOf)) return [];
    let [most, numbers]: [number, Fitted] = [0, []];
    const fitted = row.fit ? this.#fit(row, row.fit) : [];
    const there = (key: string): Values | undefined => this.naming.run.find(key)?.v;
    for (const k of hasNumbers(row) ? [...found, ...(row.usual?.(model, there) ?? []), ...fitted] : [[]]) {
      const predicted = this.#predict(row, k);
      if (predicted > most) [most, numbers] = [predicted, k];
    }
    if (most === 0 || this.naming.contradicts?.(row, numbers)) return [];
    const { id, says, choices, halves = [] } = row;
    // Choices that other arrays contradict are those of this stage alone, so they are no variant to suggest.
    const isOut = (each: Mistake<M>): boolean => this.naming.isRuledOut?.(each) === true;
    const isOfStage = choices !== undefined && isOut(row);
    const [local, ...more] = isOfStage ? halves.filter(isOut) : [];
    const [half] = local && more.length === 0 ? halves.filter((each) => each !== local) : [];
    if (half && local)
      return [{ id: half.id, says: `${half.says} This stage alone is as with ${local.id}.` }];
    const isFitted = numbers.length > 0;
    const fit = row.found && isFitted ? ` ${row.found(numbers, model)}` : '';
    const text = `${says}${fit}${isOfStage ? ' Other arrays show that this stage alone is so.' : ''}`;
    return [{ id, says: text, ...(choices && !isOfStage && { choices }), ...(isFitted && { numbers }) }];
  }

  /** Candidate parameters of a row, fitted to the samples in the chunk of the first wrong sample. */
  #fit(row: Mistake<M>, fit: NonNullable<Mistake<M>['fit']>): readonly Fitted[] {
    const { kind } = this.naming;
    const { chunk, model: its, stage } = this.#fitted();
    if (!row.stages.includes(stage.stage) || row.concerns?.(stage, its) === false) return [];
    // The fits of all rows share these results.
    const right = (this.#right ??= chunk.results(stage));
    return fit({
      stage,
      model: its,
      inputs: chunk.arguments(stage),
      right: (key) => right[stage.writes.indexOf(key)],
      got: (key) => (stage.writes.includes(key) ? chunk.there.get(key)?.v : undefined),
      there: (key) => chunk.find(key)?.v,
      with(k) {
        const other = planted(kind, row, its, k);
        const otherRun = other && new Replay(other, chunk.there, chunk.precision, chunk);
        const changed = other?.stages.find(({ id }) => id === stage.id);
        const results = otherRun && changed && otherRun.results(changed, row.isFree ? {} : undefined);
        return (key) => results?.[stage.writes.indexOf(key)];
      },
    });
  }

  /** The run, model and stage, restricted to the chunk of the first wrong sample. */
  #fitted(): { readonly chunk: Replay; readonly model: M; readonly stage: Stage } {
    const { run, kind, model } = this.naming;
    const { stage, sample } = this.wrong;
    const found = run.chunks().find(({ from, count }) => sample < from + count);
    const samples = stage.by === 'window' && found ? found : { from: 0, count: run.computation.B };
    const chunk = run.of(samples);
    return { chunk, model: kind.ofSamples(model, samples.count), stage: stageOf(chunk, stage) };
  }

  /** How many of the recorded wrong numbers a row reproduces; 0 if it does not explain the stage. */
  #predict(row: Mistake<M>, k: Fitted): number {
    const { stage, keys } = this.wrong;
    const isNear =
      row.bits !== undefined || (row.isOfAll && this.#samples.length > 1) || this.#isNear(row, k);
    const isSum = row.bits !== undefined && row.change !== undefined;
    const run = isSum ? this.naming.run : isNear && this.#runOf(row, k, this.naming.run);
    if (!run) return 0;
    const evidence = new Evidence(row.bits);
    for (const [at, samples] of this.#samples.entries()) {
      const isTried = this.#samples.length > 1 && at === 0;
      if (isTried && row.isOfAll) continue;
      const chunk = run.of(samples);
      const its = stageOf(chunk, stage);
      const made = ifComputable(() => [resultsOf(row, chunk, its), this.#piecesOf(at)] as const);
      if (!made) return 0;
      const [results, pieces] = made;
      const tally = isTried ? new Evidence(row.bits) : evidence;
      for (const [key, piece] of pieces) {
        const ball = results[its.writes.indexOf(key)];
        const isWrong = keys.includes(key);
        // A row may omit arrays that agree, but not arrays that differ.
        if (!ball && !isWrong) continue;
        if (ball?.v.length !== piece.got.length) return 0;
        tally.add(looseBall(row, ball, piece), piece, isWrong);
      }
      if (isTried && !tally.isPossible()) return 0;
    }
    return evidence.isWorth(this.#least) ? evidence.predicted : 0;
  }

  /**
   * Whether a row, run without bounds, comes near the wrong numbers of the first samples. At least half of these numbers must
   * be more than twice as near to the row's results as to the right results. Notes the row if all are one multiple of its
   * results.
   */
  #isNear(row: Mistake<M>, k: Fitted): boolean {
    const { run } = this.naming;
    this.#unbounded ??= new Replay(run.computation, run.there, unbounded);
    const chunk = this.#runOf(row, k, this.#unbounded)?.of(this.#samples[0]);
    const stage = chunk && stageOf(chunk, this.wrong.stage);
    const results = stage && ifComputable(() => chunk.results(stage, row.isFree ? {} : undefined));
    if (!results) return false;
    let [wrong, near] = [0, 0];
    const [factors, plain] = [new Quotients(), new Quotients()];
    for (const [key, { ball, got, base }] of this.#piecesOf(0)) {
      const other = results[stage.writes.indexOf(key)]?.v;
      if (!this.wrong.keys.includes(key)) continue;
      if (other?.length !== got.length) return false;
      for (let i = 0; i < got.length; i++) {
        if (!isOff(got[i], ball.v[i], ball.r ? ball.r[i] : 0)) continue;
        wrong++;
        if (other[i] === got[i] || 2 * Math.abs(got[i] - other[i]) < Math.abs(got[i] - ball.v[i])) near++;
        if (base) factors.add(NaN);
        else if (got[i] !== 0 || other[i] !== 0) factors.add(got[i] / other[i]);
        const quotient = got[i] / ball.v[i];
        plain.add(quotient, Math.abs((quotient * (ball.r?.[i] ?? 0)) / ball.v[i]));
      }
    }
    if (2 * near >= wrong) return true;
    // A multiple of the right numbers is described as such.
    if (!hasNumbers(row) && wrong >= fewMultiples && factors.areOne && !plain.areOne)
      this.multiples.push(multipleOf(row, factors.least));
    return false;
  }

  /** The run with a mistake; undefined if the judged stage stays the same. */
  #runOf(row: Mistake<M>, k: Fitted, base: Replay): Replay | undefined {
    const { kind, model } = this.naming;
    const { id } = this.wrong.stage;
    const other = planted(kind, row, model, k, row.isOwn ? id : undefined);
    if (!other) return undefined;
    const run = new Replay(other, base.there, base.precision, base);
    return run.isChanged(stageOf(run, this.wrong.stage)) ? run : undefined;
  }

  /** The expected and recorded results for entry `at` of the samples. */
  #piecesOf(at: number): ReadonlyMap<string, JudgedPiece> {
    const stored = Math.min(at, 1);
    const known = this.#pieces[stored];
    if (known?.at === at) return known.pieces;
    const { run, manner } = this.naming;
    const chunk = run.of(this.#samples[at]);
    const all = { from: 0, count: chunk.computation.B };
    const pieces = piecesOf(chunk, stageOf(chunk, this.wrong.stage), this.#keys, all, manner);
    this.#pieces[stored] = { at, pieces };
    return pieces;
  }
}

const stageOf = ({ computation }: Replay, { id }: Stage): Stage =>
  computation.stages.find((stage) => stage.id === id)!; // all computations of a kind have the same stages

/** The results of a stage with a mistake. */
function resultsOf<M>({ bits, change, isFree }: Mistake<M>, run: Replay, stage: Stage): readonly Ball[] {
  if (bits !== undefined && change && stage.kind === 'sum') {
    const args = run.arguments(stage) as Ball[]; // optional arguments may be undefined
    // `also` is left out, so a sum counts as exact if its partial sums, in the order of the equation, fit the format.
    const { also: _, ...plain } = stage;
    return [sumBall(plain, args, 2 ** -bits, (part, all, also) => exactSum(part, all, also, bits))];
  }
  return run.results(stage, isFree ? {} : undefined);
}

/** The results of a mistake, with wider bounds if it has fitted parameters or a number format. */
function looseBall<M>({ fit, bits }: Mistake<M>, ball: Ball, { ball: right, got, base }: JudgedPiece): Ball {
  if (bits !== undefined) return formatBall(ball, got, bits);
  return fit ? fittedBall(ball, right, base) : ball;
}

/**
 * Widens the bounds, because a fitted parameter has an error from the rounding of the recorded numbers. A result of exactly 0 is
 * 0 for any parameter nearby.
 */
function fittedBall({ v, r, ...rest }: Ball, right: Ball, base: Floats | undefined): Ball {
  const radius = new Float64Array(v.length);
  for (let i = 0; i < v.length; i++) {
    const most = Math.max(Math.abs(v[i] - (base?.[i] ?? 0)), Math.abs(v[i] - right.v[i]));
    radius[i] = (r?.[i] ?? 0) + (v[i] === 0 ? 0 : 2 ** -16 * most);
  }
  return { ...rest, v, r: radius };
}

/** Accepts a recorded number if some number within the bounds, rounded to `bits` bits, equals it. */
function formatBall({ v, r }: Ball, got: Values, bits: number): Ball {
  const accepted = v.map((each: number, i: number) => {
    const [off, found] = [r?.[i] ?? 0, got[i]];
    const isHeld = roundTo(each - off, bits) <= found && found <= roundTo(each + off, bits);
    return isHeld && isOfFormat(found, bits) ? found : each;
  });
  return { v: accepted };
}
