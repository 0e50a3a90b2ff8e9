/**
 * Judging: runs each stage on its supplied inputs, and compares the results with the supplied ones. Thus each array is judged
 * by itself. A wrong supplied input can make a right array differ. Therefore a second run reads expected arrays in place of
 * those that differ. An array that agrees in this run is not wrong itself.
 */
import {
  isUnknown,
  largest,
  tiny,
  total,
  ulpOf,
  undefinedToo,
  unknown,
  type Values,
} from '../engine/rounding.ts';
import { Missing, Replay, type Computation, type Samples } from '../engine/run.ts';
import type { Ball, Stage } from '../engine/stage.ts';
import type { Floats } from '../../spec/arithmetic.ts';
import { ifComputable } from './memo.ts';

/** `agrees` requires that no simple wrong array could have passed (see `Power`). If one could, the verdict is `undecided`. */
export type Verdict = 'agrees' | 'differs' | 'undecided';

/**
 * The criterion for an array. `exact`: equal numbers. `interval`: numbers within a bound. `margin`: spikes, with all potentials
 * farther from the threshold than rounding reaches. `either`: spikes, some of which rounding leaves open.
 */
export type Class = 'exact' | 'margin' | 'either' | 'interval';

/**
 * An array of a step: its key, its layer n, its shape, and the names of its axes, such as step, sample, channel, row, column.
 */
export interface Slot {
  readonly key: string;
  readonly n: number;
  readonly shape: readonly number[];
  readonly axes: readonly string[];
  /** The number of the equation in the paper, or the equation. */
  readonly equation: string;
  /** Whether the numbers are spikes, which are decisions. */
  readonly isSpikes: boolean;
  /** The judged numbers are the recorded ones times this. Default: 1. */
  readonly unit?: number;
}

/** Numbers of a slot in the unit of the file. */
export function inUnit<V extends Values | undefined>({ unit = 1 }: Slot, values: V): V | Float64Array {
  return values && unit !== 1 ? Float64Array.from(values, (value) => value / unit) : values;
}

/** Where an array first differs, in the order of samples, then steps, then neurons, all counted from 0. */
export interface Difference {
  readonly sample?: number;
  /** The step in the window. */
  readonly t?: number;
  /** Channel, row, column of a neuron; or the indices of a weight. */
  readonly neuron: readonly number[];
  readonly expected: number;
  /** The supplied number. */
  readonly got: number;
  /** The largest error allowed. */
  readonly bound: number;
  /** For a spike: the potential that was compared with the threshold. */
  readonly u?: number;
}

/** The finding on one array. */
export interface Finding {
  /** The name of the array. */
  readonly key: string;
  /** The stage that computes it, such as `neuron`. */
  readonly stage: string;
  /** The layer of the array; 0 is the input, or the whole network. */
  readonly n: number;
  /** The number of the equation in the paper, or the equation. */
  readonly equation: string;
  /** The id of the stage, such as `neuron.1`. */
  readonly part: string;
  readonly verdict: Verdict;
  /** The criterion by which the array was judged. */
  readonly class: Class;
  /** How many numbers were compared. */
  readonly compared: number;
  /** How many numbers are outside their bounds. */
  readonly differing: number;
  /** The number of decisions that rounding leaves open, plus the number of unknown numbers. */
  readonly open: number;
  /** The largest error in units in the last place of binary32. */
  readonly ulp: number;
  /** The largest error in units of its bound (0 / 0 counts as 0). */
  readonly bounds: number;
  /** The first wrong number, if the array differs. */
  readonly first?: Difference;
  /** The ids of explanations, if the array differs. */
  readonly explanations?: readonly string[];
  /** How the numbers follow from the expected ones, if the array differs. */
  readonly description?: string;
  /** The key of a missing array, if the verdict is undecided for this reason. */
  readonly needs?: string;
}

/** Whether a number is farther from the expected one than its bound. */
export function isOff(got: number, v: number, r: number): boolean {
  if (got === v) return false;
  // NaN is right only where NaN is expected or possible.
  if (got !== got) return v === v && !(r >= undefinedToo);
  // A number below the least normal one may be flushed to zero.
  return !isUnknown(r) && !(Math.abs(got - v) <= Math.max(r, tiny));
}

/** Whether every number is within its bound. */
export function isWithin({ v, r }: Ball, got: Values): boolean {
  if (v.length !== got.length) return false;
  for (let i = 0; i < got.length; i++) if (isOff(got[i], v[i], r ? r[i] : 0)) return false;
  return true;
}

/** The expected and supplied numbers of an array, for some samples from sample `from` on. */
export interface JudgedPiece {
  readonly from: number;
  readonly ball: Ball;
  readonly got: Floats;
  /** The array from which differences are taken: for weights after a step, the weights before it. */
  readonly base?: Floats | undefined;
  /** For spikes: the potentials that were compared. */
  readonly compared?: Ball | undefined;
}

/** A stage that is wrong by itself, not only because of its inputs. */
export interface Wrong {
  readonly stage: Stage;
  readonly keys: readonly string[];
  /** The first sample that differs; 0 if the stage has no samples. */
  readonly sample: number;
  /** Whether the expected inputs cannot be computed. If so, this stage or an earlier wrong array may cause the difference. */
  readonly isUnsure?: boolean;
}

export interface Judgement {
  readonly run: Replay;
  /** The run with expected arrays in place of wrong ones. */
  readonly reference: Replay;
  readonly findings: readonly Finding[];
  readonly wrong: readonly Wrong[];
  /** Supplied arrays that cannot be judged because an input (`needs`) is missing. */
  readonly lacking: readonly { readonly key: string; readonly needs: string }[];
  /** For each array that differs: the pieces that differ. */
  readonly pieces: ReadonlyMap<string, readonly JudgedPiece[]>;
}

export interface JudgeManner {
  readonly slotOf: (key: string) => Slot | undefined;
  /** Returns the key of the array from which differences are taken; undefined if there is none. */
  readonly baseOf?: ((key: string) => string | undefined) | undefined;
  /** Keys that the judged program computed. */
  readonly computed: ReadonlySet<string>;
  /** Whether to end at the first array that differs. */
  readonly isBrief?: boolean;
  /** Called before each chunk of samples runs through the window, and before each stage outside the window. */
  readonly tell?: (id: string, done: number, of: number) => void;
}

export function judge(
  computation: Computation,
  there: ReadonlyMap<string, Ball>,
  manner: JudgeManner,
): Judgement {
  const run = new Replay(computation, there);
  const keysOf = ({ writes }: Stage): string[] =>
    writes.filter((key) => manner.computed.has(key) && manner.slotOf(key));
  const judged = computation.stages.filter((stage) => keysOf(stage).length > 0);
  const windowStages = judged.filter(({ by }) => by === 'window');
  const rest = judged.filter(({ by }) => by !== 'window');
  const tallies = new Map<string, Tally>(
    judged.flatMap((stage) =>
      // `keysOf` returns only keys with a slot.
      keysOf(stage).map((key) => [key, new Tally(stage, manner.slotOf(key)!, computation.T)] as const),
    ),
  );
  const gathered = neededOfWindow(run, rest);
  const isOver = (): boolean =>
    manner.isBrief === true && [...tallies.values()].some(({ differing }) => differing > 0);
  for (const [at, samples] of run.chunks().entries()) {
    manner.tell?.(windowStages[0]?.id ?? '', at, run.chunks().length + rest.length);
    for (const stage of windowStages) if (!isOver()) add(stage, samples);
    for (const key of gathered) if (!isOver()) run.gather(key, samples);
  }
  for (const [at, stage] of rest.entries()) {
    manner.tell?.(stage.id, run.chunks().length + at, run.chunks().length + rest.length);
    if (!isOver()) add(stage, { from: 0, count: computation.B });
  }

  const all = [...tallies.values()];
  const off = all.filter(({ differing }) => differing > 0).map(({ slot }) => slot.key);
  const expected = new Map([...there].filter(([key]) => !off.includes(key)));
  const reference = new Replay(computation, expected);
  const wrong = judged.flatMap((stage): Wrong[] => {
    const keys = keysOf(stage).filter((key) => off.includes(key));
    if (keys.length === 0) return [];
    const isRight = !manner.isBrief && isRightOfExpected(stage, keys, reference, run, manner);
    if (isRight === true) {
      // Later stages read the supplied arrays, because these are right.
      for (const key of keys) expected.set(key, there.get(key)!); // judged arrays were supplied
      return [];
    }
    const sample = Math.min(...keys.map((key) => tallies.get(key)!.first?.sample ?? 0)); // each of `keys` has a tally
    return [{ stage, keys, sample, isUnsure: isRight === undefined }];
  });
  const isWrong = (key: string): boolean => wrong.some(({ keys }) => keys.includes(key));
  const missing = all.filter((tally) => tally.missing);
  return {
    run,
    reference,
    findings: all.flatMap((tally) =>
      tally.missing && !tally.missing.isOpen ? [] : [tally.finding(isWrong(tally.slot.key))],
    ),
    wrong,
    lacking: missing.flatMap(({ slot: { key }, missing: lack }) =>
      lack && !lack.isOpen ? [{ key, needs: lack.key }] : [],
    ),
    pieces: new Map(
      all.flatMap(({ slot: { key }, pieces }) => (pieces.length > 0 ? [[key, pieces] as const] : [])),
    ),
  };

  function add(stage: Stage, samples: Samples): void {
    const keys = keysOf(stage);
    try {
      for (const [key, piece] of piecesOf(run, stage, keys, samples, manner)) tallies.get(key)!.add(piece); // each of `keys` has a tally
    } catch (error) {
      if (!(error instanceof Missing)) throw error;
      for (const key of keys) tallies.get(key)!.lack(error, there.get(key)!.v.length); // judged arrays were supplied
    }
  }
}

/** Keys of arrays (B,…) that the window computes for later stages, because they were not supplied. */
function neededOfWindow(run: Replay, rest: readonly Stage[]): string[] {
  const keys = new Set(rest.flatMap(({ reads, hints = [] }) => [...reads, ...hints]));
  const found: string[] = [];
  for (const key of keys) {
    const maker = run.there.has(key) ? undefined : run.makerOf(key);
    if (maker?.by === 'window') found.push(key);
    else if (maker) for (const each of [...maker.reads, ...(maker.hints ?? [])]) keys.add(each);
  }
  return found.filter((key) => run.computation.axesOf(key) === 'B');
}

/** Whether arrays that differ are right for the expected inputs; undefined if these cannot be computed. */
function isRightOfExpected(
  stage: Stage,
  keys: readonly string[],
  reference: Replay,
  run: Replay,
  manner: JudgeManner,
): boolean | undefined {
  const chunks = stage.by === 'window' ? run.chunks() : [{ from: 0, count: run.computation.B }];
  return ifComputable(() =>
    chunks.every((samples) =>
      [...piecesOf(reference, stage, keys, samples, { ...manner, supplied: run }).values()].every(
        ({ ball, got }) => isWithin(ball, got),
      ),
    ),
  );
}

/**
 * The expected results of a stage for some samples, each paired with the supplied result.
 *
 * @param manner.supplied the run that has the supplied arrays, if `run` reads other arrays
 */
export function piecesOf(
  run: Replay,
  { id }: Stage,
  keys: readonly string[],
  samples: Samples,
  { baseOf, supplied = run }: Pick<JudgeManner, 'baseOf'> & { readonly supplied?: Replay },
): Map<string, JudgedPiece> {
  const chunk = run.of(samples);
  const same = chunk.computation.stages.find((each) => each.id === id)!; // a chunk has the same stages
  const there = supplied.of(samples);
  const results = historyOf(chunk, same, there);
  const at = (key: string): Ball | undefined => results[same.writes.indexOf(key)];
  return new Map(
    keys.map((key) => {
      const got = there.supplied(key)!.v; // only supplied arrays are judged
      const ball = at(key)!; // a stage returns each key of `writes`
      const base = baseOf?.(key);
      const compared = same.kind === 'neuron' && same.keys.compared ? at(same.keys.compared) : undefined;
      return [
        key,
        {
          from: samples.from,
          ball,
          got,
          base: base === undefined ? undefined : there.supplied(base)?.v,
          compared,
        },
      ];
    }),
  );
}

/**
 * The results of a stage. Its neurons continue with the recorded spikes. If these give wrong potentials, but computed spikes
 * reproduce all recorded potentials, the neurons continue with computed spikes. A wrong potential counts only if computed
 * spikes give it a bound.
 */
function historyOf(chunk: Replay, stage: Stage, there: Replay): readonly Ball[] {
  const results = chunk.results(stage);
  if (stage.kind !== 'neuron' || !stage.sends) return results;
  const potentials = stage.writes.flatMap((key, i) => {
    const got = key === stage.keys.spikes ? undefined : there.supplied(key);
    return got ? [{ i, got: got.v }] : [];
  });
  if (potentials.every(({ i, got }) => isWithin(results[i], got))) return results;
  const free = chunk.results(stage, {});
  const isShown = potentials.some(({ i, got }) => {
    const [{ v, r }, known] = [results[i], free[i].r];
    return v.some((each, k) => isOff(got[k], each, r ? r[k] : 0) && !(known && isUnknown(known[k])));
  });
  return isShown && potentials.every(({ i, got }) => isWithin(free[i], got)) ? free : results;
}

/** Limit on the count of numbers that are stored for a description, over all pieces that differ. */
const mostStored = 2 ** 22;

/** Collects the finding on an array, piece by piece. */
class Tally {
  differing = 0;
  first: Difference | undefined;
  missing: Missing | undefined;
  /** Pieces that differ. */
  readonly pieces: JudgedPiece[] = [];
  readonly #power: Power;
  #class: Class = 'exact';
  #stored = 0;
  #compared = 0;
  /** The length of the array if the array cannot be computed for some samples; otherwise 0. */
  #lacking = 0;
  #open = 0;
  #ulp = 0;
  #bounds = 0;

  constructor(
    readonly stage: Stage,
    readonly slot: Slot,
    readonly T: number,
  ) {
    this.#power = new Power(slot);
  }

  lack(missing: Missing, length: number): void {
    this.missing = missing;
    this.#lacking = length;
  }

  add(piece: JudgedPiece): void {
    const { ball, got } = piece;
    const { v, r, open } = ball;
    this.#compared += v.length;
    this.#class = weakest(this.#class, classOf(this.slot, piece));
    if (open) this.#open += total(open, (each) => each);
    const order = firstOrder(this.slot, v.length, this.T);
    let [at, differing, ulp, bounds] = [-1, 0, 0, 0];
    for (let i = 0; i < v.length; i++) {
      const most = r ? r[i] : 0;
      if (most >= unknown) this.#open++;
      if (got[i] === v[i]) continue;
      const isWrong = isOff(got[i], v[i], most);
      if (!isWrong && isUnknown(most)) continue;
      const error = Number.isFinite(got[i]) ? Math.abs(got[i] - v[i]) : Infinity;
      ulp = Math.max(ulp, error / ulpOf(Math.max(Math.abs(v[i]), Math.abs(got[i]))));
      bounds = Math.max(bounds, error / most);
      if (!isWrong) continue;
      differing++;
      if (at < 0 || order(i) < order(at)) at = i;
    }
    this.#ulp = Math.max(this.#ulp, Math.min(2 ** 32, ulp));
    this.#bounds = Math.max(this.#bounds, bounds);
    this.#power.add(piece);
    if (at < 0) return;
    this.differing += differing;
    this.first ??= differenceAt(this.slot, piece, at);
    this.#stored += v.length;
    if (this.pieces.length === 0 || this.#stored <= mostStored) this.pieces.push(piece);
  }

  /**
   * @param isWrong whether the array is wrong by itself; if it differs only because its inputs differ, the verdict is not
   *   `differs`
   */
  finding(isWrong: boolean): Finding {
    const { key, n, equation } = this.slot;
    const isDecided = !this.missing && (this.differing > 0 || this.#power.isDecided());
    return {
      key,
      stage: this.stage.stage,
      n,
      equation,
      part: this.stage.id,
      verdict: isWrong ? 'differs' : isDecided ? 'agrees' : 'undecided',
      class: this.#class,
      compared: this.missing ? this.#lacking : this.#compared,
      differing: isWrong ? this.differing : 0,
      open: this.missing ? this.#lacking : this.#open,
      ulp: this.#ulp,
      bounds: this.#bounds,
      ...(isWrong && this.first && { first: this.first }),
      ...(this.missing && { needs: this.missing.key }),
    };
  }
}

/** The classes, the weakest first. */
const classes: readonly Class[] = ['either', 'margin', 'interval', 'exact'];
const weakest = (a: Class, b: Class): Class => (classes.indexOf(a) < classes.indexOf(b) ? a : b);

export function classOf(
  { isSpikes }: Pick<Slot, 'isSpikes'>,
  { ball, compared }: Pick<JudgedPiece, 'ball' | 'compared'>,
): Class {
  if (isSpikes && ball.open) return 'either';
  if (isSpikes && compared?.r) return 'margin';
  return ball.r ? 'interval' : 'exact';
}

/**
 * Returns a number that sorts indices by sample, then step, then neuron. The array itself has the order step, sample, neuron.
 */
function firstOrder({ axes, shape }: Slot, length: number, T: number): (index: number) => number {
  if (axes[0] !== 'step' || axes[1] !== 'sample') return (index) => index;
  const size = shape.slice(2).reduce((a, b) => a * b, 1);
  const B = length / (T * size);
  return (index) => {
    const map = Math.floor(index / size);
    return ((map % B) * T + Math.floor(map / B)) * size + (index % size);
  };
}

/** The shape of a piece that has `length` numbers of a slot's array. */
export function shapeOf({ shape, axes }: Slot, length: number): number[] {
  const others = shape.reduce((all, size, d) => (axes[d] === 'sample' ? all : all * size), 1);
  return shape.map((size, d) => (axes[d] === 'sample' ? length / others : size));
}

function differenceAt(slot: Slot, { ball, got, from, compared }: JudgedPiece, index: number): Difference {
  const { axes, isSpikes, unit = 1 } = slot;
  const shape = shapeOf(slot, got.length);
  const at = shape.map((size, d) => Math.floor(index / shape.slice(d + 1).reduce((a, b) => a * b, 1)) % size);
  const [t, sample] = ['step', 'sample'].map((name) =>
    axes.includes(name) ? at[axes.indexOf(name)] : undefined,
  );
  return {
    ...(sample !== undefined && { sample: sample + from }),
    ...(t !== undefined && { t }),
    neuron: at.filter((_, d) => axes[d] !== 'step' && axes[d] !== 'sample'),
    expected: ball.v[index] / unit,
    got: got[index] / unit,
    bound: (ball.r?.[index] ?? 0) / unit,
    ...(isSpikes && compared && { u: compared.v[index] }),
  };
}

/**
 * Whether simple wrong arrays would have been detected, as `agrees` requires. For an expected array x, these are −x, 2x, x/2,
 * 5x/4, all zeros, and x rolled by one place along each axis. Nearly every number must also have a narrow bound, because a
 * mistake may affect few.
 */
class Power {
  #numbers = 0;
  #vague = 0;
  #opens = 0;
  #isSilent = true;
  #isVagueSilence = false;
  #hasFactor = false;
  #isClose = true;
  readonly #rolls: { differs: boolean; isCaught: boolean }[];

  constructor(readonly slot: Slot) {
    this.#rolls = slot.axes.map(() => ({ differs: false, isCaught: false }));
  }

  add({ ball: { v, r, open }, got, base }: JudgedPiece): void {
    this.#numbers += v.length;
    // Exact numbers are never vague, nor are NaN where 0/0 is possible.
    if ((!r && !open) || (r && got.every((each, i) => each !== each && r[i] >= undefinedToo)))
      return this.#catchAll();
    const x = base ? v.map((each, i) => each - base[i]) : v;
    const most = largest(x);
    if (most === 0) {
      if (!base && (open?.includes(1) || largest(r ?? []) >= silence)) this.#isVagueSilence = true;
      return;
    }
    this.#isSilent = false;
    // With bounds this narrow, each of the simple wrong arrays would have been detected.
    if (!open && largest(r ?? []) <= close * most) return this.#catchAll();
    this.#opens += total(open ?? [], (each) => each);
    const near = (v.length === 1 ? nearAlone : nearOfMany) * most;
    let [held, wide] = [0, 0];
    for (let i = 0; i < v.length; i++) {
      const radius = r ? r[i] : 0;
      const error = Math.abs(got[i] - v[i]);
      if (!(error <= close * most)) {
        this.#isClose = false;
        if (error <= radius) held++;
      }
      if (radius > near) wide++;
      if (open?.[i] !== 1 && 0.25 * Math.abs(x[i]) > radius) this.#hasFactor = true;
    }
    // Differences from a base never count as vague: if a gradient is only rounding error, Adam still takes a whole step, and its
    // bound must be wide.
    if (!base && !open) this.#vague += Math.max(held, wide);
    // The expected value of an open spike is the recorded one, so the agreement of open spikes is no evidence.
    if (open) this.#isClose = false;
    this.#roll(x, r, open, most);
  }

  #catchAll(): void {
    this.#hasFactor = true;
    for (const roll of this.#rolls) roll.isCaught = true;
  }

  #roll(x: Floats, r: Float64Array | undefined, open: Uint8Array | undefined, most: number): void {
    const shape = shapeOf(this.slot, x.length);
    for (const [d, roll] of this.#rolls.entries()) {
      const stride = shape.slice(d + 1).reduce((a, b) => a * b, 1);
      const size = shape[d];
      for (let i = 0; i < x.length && size > 1 && !roll.isCaught; i++) {
        const from = Math.floor(i / stride) % size === 0 ? i + (size - 1) * stride : i - stride;
        const apart = Math.abs(x[from] - x[i]);
        if (apart > least * most) roll.differs = true;
        if (open?.[i] !== 1 && apart > (r ? r[i] : 0)) roll.isCaught = true;
      }
    }
  }

  isDecided(): boolean {
    if (this.#isVagueSilence) return false;
    if (this.#isClose || this.#isSilent) return true;
    const opens = this.#opens > fewOpen ? this.#opens * (mostVague / mostOpen) : 0;
    return (
      this.#vague + opens <= mostVague * this.#numbers &&
      this.#hasFactor &&
      this.#rolls.every(({ differs, isCaught }) => isCaught || !differs)
    );
  }
}

/** An array that is 0 everywhere is decided if its bounds are below this. */
const silence = 2 ** -64;

/** A rolled array counts as equal to the original if no number differs by more than this share of the largest number. */
const least = 2 ** -10;

/**
 * However wide its bounds, an array is decided if each number is this near to the expected one, relative to the largest number.
 * A number within its bound but farther off is vague, because a program that wrongly sums in 16 bits may give it.
 */
const close = 2 ** -12;

/** A number is also vague if its bound exceeds this share of the largest number. For a single number, the share is less. */
const nearOfMany = 1 / 4;
const nearAlone = 1 / 64;

/**
 * Limits for a decided array: the share of vague numbers, the share of open spikes, and the number of spikes that may always be
 * open.
 */
const mostVague = 1 / 64;
const mostOpen = 1 / 8;
const fewOpen = 4;
