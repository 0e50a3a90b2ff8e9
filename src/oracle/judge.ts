/**
 * Judging: each stage is run on what was supplied of its inputs, and what was supplied of its results is compared with that. So
 * each array is judged by itself. Where one is wrong, what is expected in its place feeds a second run, which is asked only
 * where a later array is wrong, too: that may be right, and made of what was not recorded rightly.
 */
import { isUnknown, largest, medianOf, total, ulpOf, undefinedToo, type Values } from '../engine/rounding.ts';
import { Missing, Run, type Computation } from '../engine/run.ts';
import type { Ball, Stage } from '../engine/stage.ts';
import type { Floats } from '../../spec/arithmetic.ts';

/** `agrees` is said of what no plain wrong array could have passed; what could is `undecided`. */
export type Verdict = 'agrees' | 'differs' | 'undecided';

/**
 * What an array is judged by. `exact`: its numbers, whatever the order of sums. `margin`: spikes, where every potential is
 * farther from the threshold than rounding reaches. `either`: spikes, some of which rounding leaves open. `interval`:
 * numbers within a bound.
 */
export type Class = 'exact' | 'margin' | 'either' | 'interval';

/** An array of a step: its key, its layer, and the names of its axes, such as step, sample, channel, row, column. */
export interface Place {
  readonly key: string;
  readonly n: number;
  readonly shape: readonly number[];
  readonly axes: readonly string[];
  /** The equation that makes it, for people. */
  readonly equation: string;
  /** Whether its numbers are decisions. */
  readonly isSpikes: boolean;
}

/** Where an array first differs: samples before steps before neurons, all from 0. */
export interface Difference {
  readonly sample?: number;
  readonly t?: number;
  /** Channel, row, column of a neuron; or the indices of a weight. */
  readonly neuron: readonly number[];
  readonly expected: number;
  readonly got: number;
  /** How far it may be off. */
  readonly bound: number;
  /** Of a spike: the potential that was compared. */
  readonly u?: number;
}

/** What is found of one array. */
export interface Finding {
  readonly key: string;
  readonly stage: string;
  readonly n: number;
  readonly equation: string;
  /** The id of the stage that makes it. */
  readonly part: string;
  readonly verdict: Verdict;
  readonly class: Class;
  readonly compared: number;
  readonly differing: number;
  /** Decisions that rounding leaves open, and numbers of which nothing is known. */
  readonly open: number;
  /** The largest error in units of the last place of binary32, and of its bound (0 / 0 is 0). */
  readonly ulp: number;
  readonly bounds: number;
  readonly first?: Difference;
  /** Of what differs: the ids of what explains it. */
  readonly explanations?: readonly string[];
  /** Of what differs: how its numbers come of the expected ones. */
  readonly description?: string;
  /** Of what is undecided: a key that has to be recorded. */
  readonly needs?: string;
}

/** Whether a number is farther from what is expected than it may be. */
export function isOff(got: number, v: number, r: number): boolean {
  if (got === v) return false;
  // What is made of no number is none.
  if (got !== got) return v === v && !(r >= undefinedToo);
  return !isUnknown(r) && !(Math.abs(got - v) <= r);
}

/** Whether every number is as near as it must be. */
export function isWithin({ v, r }: Ball, got: Values): boolean {
  if (v.length !== got.length) return false;
  for (let i = 0; i < got.length; i++) if (isOff(got[i], v[i], r ? r[i] : 0)) return false;
  return true;
}

/** The places of numbers that are farther than they may be. */
export function placesOff({ v, r }: Ball, got: Values): number[] {
  const places: number[] = [];
  for (let i = 0; i < got.length; i++) if (isOff(got[i], v[i], r ? r[i] : 0)) places.push(i);
  return places;
}

/** What is expected of an array, in the pieces that it was run in, and what was supplied. */
export interface Piece {
  readonly from: number;
  readonly ball: Ball;
  readonly got: Floats;
  /** What the numbers are differences from: of weights after a step, those before it. */
  readonly base?: Floats | undefined;
  /** Potentials that were compared, of spikes. */
  readonly compared?: Ball | undefined;
}

/** A stage that is wrong by itself, and where. */
export interface Wrong {
  readonly stage: Stage;
  readonly keys: readonly string[];
  /** The first sample that differs; 0 where the stage is of none. */
  readonly sample: number;
}

export interface Judged {
  readonly run: Run;
  /** The run on what is expected in place of what is wrong. */
  readonly reference: Run;
  readonly findings: readonly Finding[];
  readonly wrong: readonly Wrong[];
  /** Keys that were supplied and cannot be judged: what they are made of is not there. */
  readonly lacking: readonly { readonly key: string; readonly needs: string }[];
  /** What is expected of each array that differs. */
  readonly pieces: ReadonlyMap<string, readonly Piece[]>;
}

export interface JudgeManner {
  readonly placeOf: (key: string) => Place | undefined;
  /** What the numbers of a key are differences from: a key, or nothing. */
  readonly baseOf: (key: string) => string | undefined;
  /** Keys that were made by the program that is judged. */
  readonly made: ReadonlySet<string>;
  /** Told before each stage. */
  readonly tell?: (id: string, done: number, of: number) => void;
}

/** Judges what a program made of a computation. */
export function judge(computation: Computation, there: ReadonlyMap<string, Ball>, manner: JudgeManner): Judged {
  const run = new Run(computation, there);
  const pieces = new Map<string, Piece[]>();
  const findings: Finding[] = [];
  const lacking: { key: string; needs: string }[] = [];
  const off: Wrong[] = [];
  const judged = computation.stages.filter(({ writes }) => writes.some((key) => manner.made.has(key) && manner.placeOf(key)));
  for (const [at, stage] of judged.entries()) {
    manner.tell?.(stage.id, at, judged.length);
    const keys = stage.writes.filter((key) => manner.made.has(key) && manner.placeOf(key));
    try {
      const own = piecesOf(run, stage, keys, manner);
      const found = keys.map((key) => findingOf(stage, manner.placeOf(key)!, own.get(key)!, computation.T)); // filtered above
      findings.push(...found);
      const differing = found.filter(({ verdict }) => verdict === 'differs');
      for (const { key } of differing) pieces.set(key, own.get(key)!);
      if (differing.length === 0) continue;
      const samples = differing.map(({ first }) => first?.sample ?? 0);
      off.push({ stage, keys: differing.map(({ key }) => key), sample: Math.min(...samples) });
    } catch (error) {
      if (!(error instanceof Missing)) throw error;
      for (const key of keys) {
        if (error.isOpen) findings.push(undecided(stage, manner.placeOf(key)!, error.key, there.get(key)!.v.length));
        else lacking.push({ key, needs: error.key });
      }
    }
  }
  const bad = new Set(off.flatMap(({ keys }) => keys));
  const reference = new Run(computation, new Map([...there].filter(([key]) => !bad.has(key))));
  const wrong = off.filter((each) => !isRightOfExpected(each, reference, manner));
  const isOwn = (finding: Finding): boolean => wrong.some(({ keys }) => keys.includes(finding.key));
  return {
    run,
    reference,
    // What is right of what is expected agrees.
    findings: findings.map((finding) =>
      finding.verdict === 'differs' && !isOwn(finding) ? { ...finding, verdict: 'agrees' as const, differing: 0 } : finding,
    ),
    wrong,
    lacking,
    pieces,
  };
}

/** Whether what is wrong of its own inputs is right of those that are expected in the place of wrong ones. */
function isRightOfExpected({ stage, keys }: Wrong, reference: Run, manner: JudgeManner): boolean {
  try {
    const all = piecesOf(reference, stage, keys, manner);
    return keys.every((key) => all.get(key)!.every(({ ball, got }) => isWithin(ball, got)));
  } catch (error) {
    if (error instanceof Missing) return false;
    throw error;
  }
}

/** What a stage is expected to make of what is there, beside what was supplied: the window a few samples at a time. */
export function piecesOf(
  run: Run,
  stage: Stage,
  keys: readonly string[],
  { baseOf }: Pick<JudgeManner, 'baseOf'>,
  supplied: Run = run,
): Map<string, Piece[]> {
  const pieces = new Map<string, Piece[]>(keys.map((key) => [key, []]));
  const groups = stage.by === 'window' ? run.groups() : [{ from: 0, count: run.computation.B }];
  for (const samples of groups) {
    const part = run.of(samples);
    const own = part.computation.stages.find(({ id }) => id === stage.id)!; // the same stages
    const results = part.results(own);
    const there = supplied.of(samples).there;
    const at = (key: string): Ball | undefined => results[own.writes.indexOf(key)];
    let free: readonly Ball[] | undefined;
    for (const key of keys) {
      const got = there.get(key)?.v;
      if (!got) continue;
      let ball = at(key)!; // a stage makes what it writes
      const isFollowing = own.kind === 'neuron' && own.sends && key !== own.keys.spikes;
      // Potentials that went on without the spikes that were recorded: either history is right.
      if (isFollowing && !isWithin(ball, got)) {
        free ??= part.results(own, {});
        const other = free[own.writes.indexOf(key)];
        if (isWithin(other, got)) ball = other;
      }
      const base = baseOf(key);
      pieces.get(key)!.push({
        from: samples.from,
        ball,
        got,
        base: base === undefined ? undefined : there.get(base)?.v,
        compared: own.kind === 'neuron' && own.keys.compared ? at(own.keys.compared) : undefined,
      });
    }
  }
  return pieces;
}

const undecided = (stage: Stage, { key, n, equation }: Place, needs: string, compared: number): Finding => ({
  key,
  stage: stage.stage,
  n,
  equation,
  part: stage.id,
  verdict: 'undecided',
  class: 'interval',
  compared,
  differing: 0,
  open: compared,
  ulp: 0,
  bounds: 0,
  needs,
});

function findingOf(stage: Stage, place: Place, pieces: readonly Piece[], T: number): Finding {
  let [compared, differing, open, ulp, bounds] = [0, 0, 0, 0, 0];
  let first: Difference | undefined;
  for (const piece of pieces) {
    const { ball, got } = piece;
    const { v, r } = ball;
    compared += v.length;
    if (ball.open) open += total(ball.open, (each) => each);
    let at = -1;
    const order = firstOrder(place, v.length, T);
    for (let i = 0; i < v.length; i++) {
      const most = r ? r[i] : 0;
      if (isUnknown(most)) open++;
      if (got[i] === v[i]) continue;
      const isWrong = isOff(got[i], v[i], most);
      if (!isWrong && isUnknown(most)) continue;
      const error = Number.isFinite(got[i]) ? Math.abs(got[i] - v[i]) : Infinity;
      ulp = Math.max(ulp, Math.min(2 ** 32, error / ulpOf(Math.max(Math.abs(v[i]), Math.abs(got[i])))));
      bounds = Math.max(bounds, most === 0 && error === 0 ? 0 : error / most);
      if (!isWrong) continue;
      differing++;
      if (at < 0 || order(i) < order(at)) at = i;
    }
    if (at >= 0) first ??= differenceAt(place, piece, at, pieces.length > 1 || place.axes.includes('sample'));
  }
  const verdict = differing > 0 ? 'differs' : isDecided(place, pieces) ? 'agrees' : 'undecided';
  const { key, n, equation } = place;
  return {
    key,
    stage: stage.stage,
    n,
    equation,
    part: stage.id,
    verdict,
    class: classOf(place, pieces),
    compared,
    differing,
    open,
    ulp,
    bounds,
    ...(first && { first }),
  };
}

/** The class of an array. */
export function classOf({ isSpikes }: Place, pieces: readonly Piece[]): Class {
  if (isSpikes && pieces.some(({ ball }) => ball.open)) return 'either';
  if (isSpikes && pieces.some(({ compared }) => compared?.r)) return 'margin';
  return pieces.some(({ ball: { r } }) => r?.some((each) => each > 0)) ? 'interval' : 'exact';
}

/** A number that grows with sample, step, neuron: arrays themselves run by step, sample, neuron. */
function firstOrder({ axes, shape }: Place, length: number, T: number): (index: number) => number {
  if (axes[0] !== 'step' || axes[1] !== 'sample') return (index) => index;
  const size = shape.slice(2).reduce((a, b) => a * b, 1);
  const B = length / (T * size);
  return (index) => {
    const map = Math.floor(index / size);
    return ((map % B) * T + Math.floor(map / B)) * size + (index % size);
  };
}

/** The shape of a piece of an array of this place. */
export function shapeOf({ shape, axes }: Place, length: number): number[] {
  const others = shape.reduce((all, size, d) => (axes[d] === 'sample' ? all : all * size), 1);
  return shape.map((size, d) => (axes[d] === 'sample' ? length / others : size));
}

function differenceAt(place: Place, { ball, got, from, compared }: Piece, index: number, hasSample: boolean): Difference {
  const { axes, isSpikes } = place;
  const shape = shapeOf(place, got.length);
  const at = shape.map((size, d) => Math.floor(index / shape.slice(d + 1).reduce((a, b) => a * b, 1)) % size);
  const [t, sample] = ['step', 'sample'].map((name) => (axes.includes(name) ? at[axes.indexOf(name)] : undefined));
  return {
    ...(sample !== undefined && hasSample && { sample: sample + from }),
    ...(t !== undefined && { t }),
    neuron: at.filter((_, d) => axes[d] !== 'step' && axes[d] !== 'sample'),
    expected: ball.v[index],
    got: got[index],
    bound: ball.r?.[index] ?? 0,
    ...(isSpikes && compared && { u: compared.v[index] }),
  };
}

/**
 * Whether a plain wrong array would have been caught: "agrees" is said of no other. Plain wrong arrays are all 0, −x, 2x, x/2, 5x/4, and
 * x rolled by one place along each axis; and nearly every number must be known well, since a mistake may be in a few.
 */
function isDecided(place: Place, pieces: readonly Piece[]): boolean {
  let [numbers, vague, opens] = [0, 0, 0];
  let [isSilent, hasFactor, isClose] = [true, false, true];
  const rolls = place.axes.map(() => ({ differs: false, isCaught: false }));
  for (const { ball, got, base } of pieces) {
    const { v, r, open } = ball;
    if (!r && !open) {
      // Of exact numbers nothing is vague, whatever they are.
      numbers += v.length;
      hasFactor = true;
      for (const roll of rolls) roll.isCaught = true;
      continue;
    }
    const x = base ? v.map((each, i) => each - base[i]) : v;
    const most = largest(x);
    const radius = (i: number): number => r?.[i] ?? 0;
    numbers += v.length;
    opens += total(open ?? [], (each) => each);
    // An array that is 0 everywhere is decided where its bounds hold nothing else.
    if (most === 0) {
      if (!base && (r?.some((each) => each >= silence) || open?.includes(1))) return false;
      hasFactor = true;
      continue;
    }
    isSilent = false;
    const near = (v.length === 1 ? nearAlone : nearOfMany) * most;
    let held = 0;
    for (let i = 0; i < v.length; i++) {
      const error = Math.abs(got[i] - v[i]);
      if (!(error <= close * most)) {
        isClose = false;
        if (error <= radius(i)) held++;
      }
      if (open?.[i] !== 1 && 0.25 * Math.abs(x[i]) > radius(i)) hasFactor = true;
    }
    if (!base && !open) vague += Math.max(held, total(r ?? [], (each) => (each > near ? 1 : 0)));
    const shape = shapeOf(place, v.length);
    for (const [d, roll] of rolls.entries()) {
      const step = shape.slice(d + 1).reduce((a, b) => a * b, 1);
      const size = shape[d];
      for (let i = 0; i < v.length && size > 1 && !roll.isCaught; i++) {
        const from = Math.floor(i / step) % size === 0 ? i + (size - 1) * step : i - step;
        const apart = Math.abs(x[from] - x[i]);
        if (apart > least * most) roll.differs = true;
        if (open?.[i] !== 1 && apart > radius(i)) roll.isCaught = true;
      }
    }
    // Open spikes are expected as they were recorded: that they come close says nothing.
    if (open) isClose = false;
  }
  if (isClose || isSilent) return true;
  if (opens > fewOpen) vague += opens * (mostVague / mostOpen);
  return vague <= mostVague * numbers && hasFactor && rolls.every(({ differs, isCaught }) => isCaught || !differs);
}

/** An array that is 0 everywhere is decided where its bounds are below this. */
const silence = 2 ** -64;

/** Of an array that differs from the expected one by less than this, relative to its largest number, nobody can tell it. */
const least = 2 ** -10;

/**
 * An array all of whose numbers came as near to the expected ones as this share of the largest is decided, however wide its bounds are:
 * a wrong array would have had to come as near. A number that did not, within its bounds, is vague: sums in 16 bits are as far.
 */
const close = 2 ** -12;

/** A number is vague that may be off by more than this share of the largest; stricter where it is the only one, as S is. */
const nearOfMany = 1 / 4;
const nearAlone = 1 / 64;

/** At most this share of numbers may be vague; of spikes this share may be open, or a few. */
const mostVague = 1 / 64;
const mostOpen = 1 / 8;
const fewOpen = 4;

export { medianOf };
