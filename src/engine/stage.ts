/**
 * Stages: the parts of a computation. A stage is data: its inputs, its results, and a function of `spec/`. The engine runs that
 * function, and runs it again on other arguments to bound the results. The engine knows no learning rule.
 *
 * Each kind of stage bounds its rounding in one way:
 * - `exact`: whole numbers, and numbers that are only copied or compared. Nothing is rounded.
 * - `choice`: a selection, such as the maximum of some numbers. The function itself returns the bounds.
 * - `sum`: sums of products, computed by a function f. If m are the magnitudes of its arguments, and r their errors, the bound
 *   is about γ·f(m) + f(m + r) − f(m). Nothing is rounded if all terms lie on a grid that is coarse enough.
 * - `point`: everything else. The function runs again with each argument in turn moved by its error and a few ε (backward
 *   error).
 * - `neuron`: a state that continues from step to step. It runs four times: in binary64, at both ends of the interval of
 *   correct states, and in binary32. A number that is equal in binary64 and binary32 was not rounded.
 */
import { binary32, precisionOf, real, type Floats, type Precision } from '../../spec/arithmetic.ts';
import {
  absolutes,
  gamma,
  gridOf,
  isSingle,
  largest,
  largestExactSum,
  range,
  tiny,
  undefinedToo,
  unknown,
  ε,
  type Values,
} from './rounding.ts';

/** An array, and the largest error that each number may have in a correct program. */
export interface Ball {
  readonly v: Floats;
  /** The largest errors; absent if all numbers are exact. */
  readonly r?: Float64Array | undefined;
  /** For decisions: 1 where rounding allows more than one answer; absent if there is no such place. */
  readonly open?: Uint8Array | undefined;
}

interface Head {
  /** The id of the stage, unique in a computation, such as `neuron.1`. */
  readonly id: string;
  /** The name of the stage, such as `neuron`. */
  readonly stage: string;
  /** The layer of the stage; 0 is the input or the whole network. */
  readonly n: number;
  /** Keys of the arrays that the stage requires. */
  readonly reads: readonly string[];
  /** Keys of optional arrays. Their arguments follow those of `reads`, and are undefined if missing. */
  readonly hints?: readonly string[];
  readonly writes: readonly string[];
  /** Indices of arguments that are constants of a program, such as a learning rate. They are not rounded before their use. */
  readonly constants?: readonly number[];
  /** Changes that a mistake makes to an argument or a result. They also apply to both ends of the numbers' intervals. */
  readonly input?: ((values: Floats, key: string) => Floats) | undefined;
  readonly output?: ((values: Floats, key: string) => Floats) | undefined;
  /** Set if samples are independent: `window` if the arrays have time steps, `sample` if not. */
  readonly by?: 'window' | 'sample' | undefined;
}

type Arguments = readonly Floats[];

export interface ExactStage extends Head {
  readonly kind: 'exact';
  readonly f: (args: Arguments, precision: Precision) => readonly Floats[];
}

interface ChoiceStage extends Head {
  readonly kind: 'choice';
  readonly f: (args: readonly Ball[]) => readonly Ball[];
}

export interface SumStage extends Head {
  readonly kind: 'sum';
  /** Returns one array of sums of products. The engine also calls it on the magnitudes of the arguments. */
  readonly f: (args: Arguments, precision: Precision) => Floats;
  /** Number of roundings of each term. */
  readonly roundings: number;
  /** Divisor of the sums. Default: 1. */
  readonly divisor?: number;
  /** Indices of arguments that only select terms. These arguments are not replaced by their magnitudes. */
  readonly selects?: readonly number[];
  /** Computes the exponent of the terms' grid from those of the arguments' grids. Default: their sum. */
  readonly grid?: (grids: readonly number[]) => number;
  /** Computes the sums of the magnitudes of the terms; needed if f subtracts. */
  readonly magnitude?: (args: Arguments) => Floats;
  /**
   * Another equally valid formula for the sums: the magnitudes, grid and roundings of its terms. Its arguments count as exact.
   * `isOff` says whether a factor of the sums has an error: that of a computed factor may already allow the formula.
   */
  readonly also?: (args: Arguments, isOff: boolean) => Also | undefined;
}

interface Also {
  readonly magnitude: Floats;
  readonly grid: number;
  readonly roundings: number;
}

type Widths = readonly number[];

export interface PointStage extends Head {
  readonly kind: 'point';
  readonly f: (args: Arguments, precision: Precision) => readonly Floats[];
  /**
   * The relative width, in ε, of each argument's interval; 0 for missing entries, and for arguments that are only compared.
   * It may depend on the arguments, and on whether any has an error (`isOff`).
   */
  readonly wide: Widths | ((args: Arguments, isOff: boolean) => Widths);
  /** The number added to all radii of each result; a missing entry means 0. */
  readonly least?: readonly number[];
  /**
   * For each argument, the numbers where f peaks, turns or jumps. If an interval contains one, f also runs just below and above
   * it.
   */
  readonly turns?: readonly (readonly number[])[];
  /** Index of an argument that is a divisor. If the signs at the ends of its interval differ, a result has no bound. */
  readonly dividesBy?: number;
  /** Whether f is a single operation. If its result is equal in binary32 and binary64, it was not rounded. */
  readonly isOneOperation?: boolean;
}

/** Returns how many spikes neuron i sends at potential u. By its threshold alone, it would send `sends`. */
type Decision = (u: number, i: number, sends: number) => number;

/** The state of the neurons of a sample: its arrays continue from step to step. */
export type State = Readonly<Record<string, Floats>>;

/** Recorded arrays. Decisions that follow from them replace the computed ones. */
export interface Followed {
  /** Spikes, (T,B,…). */
  readonly spikes?: Values | undefined;
  /** Potentials at the comparison. They determine the decisions if spikes were not recorded. */
  readonly compared?: Values | undefined;
  /** Radii of the potentials `compared`, if these were rounded to be stored. */
  readonly radius?: Float64Array | undefined;
  /** Potentials after a step. They determine decisions that rounding and the other arrays leave open. */
  readonly potential?: Values | undefined;
}

export interface NeuronStage extends Head {
  readonly kind: 'neuron';
  readonly T: number;
  /** Number of neurons of a sample. */
  readonly size: number;
  /** The state before the first step. Its array `u` has the potentials. */
  readonly begin: (precision: Precision) => State;
  /** Runs one step with the currents x. `decide` may change the state's `u`. */
  readonly step: (state: State, x: Floats, decide: Decision, t: number) => void;
  /** The number of spikes that a neuron sends at a potential; absent if no neuron of the layer fires. */
  readonly sends?: (u: number, i: number) => number;
  /** The error of the threshold of neuron i. */
  readonly slack?: (i: number) => number;
  /** The potential that is left after `sent` spikes at potential u; absent if it does not show the decision. */
  readonly leaves?: (u: number, i: number, sent: number) => number;
  /** Whether a constant of a step is not a binary32 number. If so, only a step from potential 0 is exact. */
  readonly isInexact?: boolean;
  /**
   * The sum of the magnitudes of a step's terms, each times its number of roundings. `before` is the potential that the
   * previous step left after `fired` spikes; `seen` is the potential at the comparison that follows.
   */
  readonly rounded: (before: number, seen: number, i: number, fired: number) => number;
  /** For each current, how far it may differ if another valid formula computes it. The arguments count as exact. */
  readonly also?: (args: Arguments) => Float64Array | undefined;
  readonly keys: {
    readonly compared?: string;
    readonly potential?: string;
    readonly end?: string;
    readonly spikes?: string;
  };
  /** Number of steps from a decision to its spike. */
  readonly late?: number;
}

export type Stage = ExactStage | ChoiceStage | SumStage | PointStage | NeuronStage;

const inPrecision = (values: Floats, precision: Precision): Floats => {
  if (precision === real) return values instanceof Float64Array ? values : new Float64Array(values);
  if (precisionOf(values) === precision) return values;
  const out = precision.array(values.length);
  out.set(values);
  return out;
};

/** The results of a stage in a precision, without bounds, in the order of `writes`. */
export function valuesOf(
  stage: Stage,
  args: readonly (Ball | undefined)[],
  precision: Precision,
  followed: Followed = {},
): Ball[] {
  const isConstant = (index: number): boolean => stage.constants?.includes(index) === true;
  const changed = changedArguments(stage, args).map(
    (arg, index) => arg && (isConstant(index) ? arg.v : inPrecision(arg.v, precision)),
  ) as Floats[]; // optional arguments may be undefined
  if (stage.kind === 'sum') return changedResults(stage, [{ v: stage.f(changed, precision) }]);
  if (stage.kind === 'choice') return changedResults(stage, [...stage.f(changed.map((v) => ({ v })))]);
  if (stage.kind === 'neuron')
    return changedResults(stage, runNeurons(stage, { v: changed[0] }, precision, followed, false));
  return changedResults(
    stage,
    stage.f(changed, precision).map((v) => ({ v })),
  );
}

/** The results of a stage, with bounds, from arguments with bounds. All bounds hold for binary32 or wider. */
export function ballsOf(stage: Stage, args: readonly (Ball | undefined)[], followed: Followed = {}): Ball[] {
  const changed = changedArguments(stage, args) as Ball[]; // optional arguments may be undefined
  return changedResults(stage, plainBalls(stage, changed, followed));
}

const changedArguments = (
  { reads, hints = [], input }: Stage,
  args: readonly (Ball | undefined)[],
): (Ball | undefined)[] => {
  if (!input) return [...args];
  const keys = [...reads, ...hints];
  return args.map((arg, index) => arg && changedBall(arg, (values) => input(values, keys[index])));
};

const changedResults = ({ writes, output }: Stage, results: Ball[]): Ball[] =>
  output
    ? results.map((ball, index) => changedBall(ball, (values) => output(values, writes[index])))
    : results;

/** Changes the numbers of a ball and both ends of their intervals. */
function changedBall(ball: Ball, change: (values: Floats) => Floats): Ball {
  const v = change(ball.v);
  if (v === ball.v) return ball;
  const { r: radius } = ball;
  const ends = radius
    ? [-1, 1].map((sign) => change(Float64Array.from(ball.v, (each, i) => each + sign * radius[i])))
    : [];
  const r = new Float64Array(v.length);
  for (let i = 0; i < v.length; i++) {
    for (const end of ends) r[i] = Math.max(r[i], Math.abs(end[i] - v[i]));
    // Unchanged numbers and binary32 numbers count as not rounded. For others, the change may round three times.
    if (!isSingle(v[i]) && v[i] !== ball.v[i]) r[i] += 3 * ε * Math.abs(v[i]);
  }
  const open = ball.open && Uint8Array.from(change(Float64Array.from(ball.open)));
  return { v, ...(r.some((each) => each > 0) && { r }), ...(open && { open }) };
}

function plainBalls(stage: Stage, args: readonly Ball[], followed: Followed): Ball[] {
  if (stage.kind === 'sum') return [sumBall(stage, args, ε, exactSum)];
  if (stage.kind === 'point') return pointBalls(stage, args);
  if (stage.kind === 'choice') return [...stage.f(args)];
  if (stage.kind === 'neuron') {
    const [x] = args;
    // Even from exact arguments, an equally valid formula may give other currents.
    const also = stage.also?.(args.map((arg) => arg?.v));
    const r = x.r && also ? x.r.map((each, i) => Math.max(each, also[i])) : (x.r ?? also);
    return runNeurons(stage, { v: inPrecision(x.v, real), ...(r && { r }) }, real, followed, true);
  }
  return stage
    .f(
      args.map((arg) => arg && inPrecision(arg.v, real)),
      real,
    )
    .map((v) => ({ v }));
}

type Sum = Omit<SumStage, keyof Head>;

/**
 * The largest sum of magnitudes that needs no rounding, if the arguments lie on their grids.
 *
 * @param digits significant bits of the accumulator
 */
export function exactSum(
  { divisor = 1, selects = [], grid }: Sum,
  args: readonly Ball[],
  also: Also | undefined,
  digits?: number,
): number {
  const share = Math.log2(Math.abs(divisor));
  if (!Number.isInteger(share)) return 0;
  const grids = args.flatMap((arg, index) =>
    arg !== undefined && !selects.includes(index) ? [gridOf(arg.v)] : [],
  );
  const gridOfTerms = (grid?.(grids) ?? grids.reduce((sum, each) => sum + each, 0)) - share;
  const least = Math.min(gridOfTerms, also?.grid ?? Infinity);
  return least === Infinity ? Infinity : largestExactSum(least, digits);
}

/**
 * A sum of products with its bound.
 *
 * @param unit the roundoff of one operation
 * @param exactOf computes the largest sum of magnitudes that needs no rounding; default: 0
 */
export function sumBall(
  stage: Sum,
  args: readonly Ball[],
  unit = ε,
  exactOf?: (stage: Sum, args: readonly Ball[], also: Also | undefined) => number,
): Ball {
  const { f, roundings, selects = [] } = stage;
  const values = args.map((arg) => arg && inPrecision(arg.v, real));
  const v = f(values, real);
  const isFactor = (index: number): boolean => args[index] !== undefined && !selects.includes(index);
  const sizes = values.map((arg, index) => (isFactor(index) ? absolutes(arg) : arg));
  const plain = f(sizes, real);
  const magnitude = stage.magnitude?.(values) ?? plain;
  const isOff = args.some((arg, index) => arg?.r && isFactor(index));
  // A factor that is not a binary32 number may have been rounded to binary32 first.
  const rounded = args.filter((arg, index) => isFactor(index) && !kindOf(arg)!.isSingle).length; // a factor is not undefined
  const ends = isOff
    ? f(
        sizes.map((size, index) => (args[index]?.r && isFactor(index) ? added(size, args[index].r) : size)),
        real,
      )
    : plain;
  const also = stage.also?.(sizes, isOff);
  const exact = exactOf?.(stage, args, also) ?? 0;
  const most = sizes.reduce((all, size, index) => (isFactor(index) ? Math.max(all, largest(size)) : all), 1);
  // Each rounding of either formula may flush a number to zero.
  const flushed = roundings * (1 + (also?.roundings ?? 0));
  const [γ, lost] = [gamma(roundings + rounded, unit), flushed * tiny * most];
  const γAlso = also ? gamma(also.roundings, unit) : 0;
  const r = new Float64Array(v.length);
  let isExact = true;
  for (let i = 0; i < r.length; i++) {
    const spread = ends[i] - plain[i];
    const other = also ? also.magnitude[i] : 0;
    if (spread === 0 && magnitude[i] + other <= exact) continue;
    isExact = false;
    r[i] = spread * (1 + γ) + γ * magnitude[i] + γAlso * other + lost;
  }
  return isExact ? { v } : { v, r };
}

const added = (a: Floats, b: Floats): Float64Array => {
  const out = new Float64Array(a.length);
  for (let i = 0; i < out.length; i++) out[i] = a[i] + b[i];
  return out;
};

/** The values of a function, and their bounds. For the bounds, each argument in turn moves to the ends of its interval. */
function pointBalls(
  { f, wide, least = [], constants = [], turns = [], dividesBy, isOneOperation = false }: PointStage,
  args: readonly Ball[],
): Ball[] {
  const values = args.map((arg) => arg && inPrecision(arg.v, real));
  const results = f(values, real);
  const offs = args.filter((arg) => arg?.r).length;
  const isOff = offs > 0;
  const widths = typeof wide === 'function' ? wide(values, isOff) : wide;
  const kinds = args.map(kindOf);
  const isNaNRead = kinds.some((kind) => kind?.hasNaN);
  const flushes = kinds.some((kind) => kind?.hasTiny);
  const certificate = isOneOperation && !isOff && !flushes && kinds.every((kind) => kind?.isSingle !== false);
  const single = certificate
    ? f(
        values.map((arg, index) => (arg && !constants.includes(index) ? inPrecision(arg, binary32) : arg)),
        binary32,
      )
    : undefined;
  const reach = results.map((v) => new Float64Array(v.length));
  for (const [index, arg] of args.entries()) {
    const kind = kinds[index];
    // Skips arguments that are exact. Zeros need no width, because they are not rounded.
    if (!kind || !arg || !(arg.r || (!kind.isZero && widths[index]) || !kind.isSingle)) continue;
    const width = (widths[index] ?? 0) * ε;
    const { r: radius } = arg;
    // Without a radius, one end suffices, because a few roundings have the same effect at both ends.
    const ends = (radius ? [-1, 1] : [1]).map((sign) => {
      const end = values[index].slice();
      for (let i = 0; i < end.length; i++) {
        const value = end[i];
        if (value === 0 && !radius) continue;
        // A number that is not a binary32 number may have been rounded; a small one may have been flushed to zero.
        const off = radius ? radius[i] : 0;
        const share = kind.isSingle || off > 0 || isSingle(value) ? width : Math.max(width, ε);
        end[i] = value + sign * (off + share * Math.abs(value) + (value !== 0 && width > 0 ? tiny : 0));
      }
      return end;
    });
    const besideTurns = (turns[index] ?? []).flatMap((turn) => besideTurn(turn, values[index], ends[0]));
    const all = [...ends, ...besideTurns].map((end) => f(replaced(values, index, end), real));
    for (const [k, v] of results.entries()) {
      const its = all.map((end) => end[k]);
      addReach(reach[k], v, its);
      if (index !== dividesBy || !radius) continue;
      const [low, high] = its;
      for (let i = 0; i < v.length; i++) if (low[i] * high[i] < 0) reach[k][i] = unknown;
    }
  }
  return results.map((v, k): Ball => {
    const r = reach[k];
    let isExact = true;
    for (let i = 0; i < v.length; i++) {
      if (!Number.isFinite(v[i])) {
        if (isNaNRead) continue;
        r[i] = Number.isNaN(v[i]) ? undefinedToo : Math.max(unknown, r[i]);
        v[i] = 0;
      } else if (
        r[i] > 0 &&
        single &&
        single[k][i] === v[i] &&
        isSingle(v[i]) &&
        (v[i] === 0 || Math.abs(v[i]) >= tiny)
      )
        r[i] = 0;
      else if (r[i] > 0 && r[i] < unknown) {
        // If several arguments have errors, the products of these errors count too, as in a quotient.
        const together = offs > 1 && v[i] !== 0 ? Math.min(1, r[i] / Math.abs(v[i])) : 0;
        r[i] = r[i] * (1 + 8 * ε + together) + tiny;
      }
      r[i] += least[k] ?? 0;
      if (r[i] > 0) isExact = false;
    }
    return isExact ? { v } : { v, r };
  });
}

/**
 * Two copies of an argument. A number whose interval contains the turn is just below the turn in the first copy, and just
 * above it in the second. Empty if no interval contains the turn.
 */
function besideTurn(turn: number, values: Floats, end: Floats): Floats[] {
  const beside = 2 ** -40 * Math.max(2 ** -40, Math.abs(turn));
  const within = (i: number): boolean => Math.abs(turn - values[i]) <= Math.abs(end[i] - values[i]);
  if (!values.some((_: number, i: number) => within(i))) return [];
  return [-1, 1].map((sign) =>
    values.map((value: number, i: number) => (within(i) ? turn + sign * beside : value)),
  ) as Floats[]; // `map` keeps the type
}

/** Adds to each `reach[i]` the greatest distance from v[i] to a result at the ends. */
function addReach(reach: Float64Array, v: Floats, ends: readonly Floats[]): void {
  for (let i = 0; i < v.length; i++) {
    let far = 0;
    for (const end of ends) far = Math.max(far, apart(end[i], v[i]));
    if (far === 0) continue;
    reach[i] = far !== far ? undefinedToo : Math.min(undefinedToo, reach[i] + Math.min(far, unknown));
  }
}

/** The distance of two numbers; 0 for equal infinities. */
const apart = (a: number, b: number): number => (a === b ? 0 : Math.abs(a - b));

const replaced = (values: Arguments, index: number, by: Floats): Floats[] =>
  values.map((each, k) => (k === index ? by : each));

/**
 * Whether all numbers of an argument are 0; whether all numbers that have no error are binary32 numbers; whether some are NaN;
 * whether some may be flushed to zero.
 */
function kindOf(
  arg: Ball | undefined,
): { isZero: boolean; isSingle: boolean; hasNaN: boolean; hasTiny: boolean } | undefined {
  if (!arg) return undefined;
  const { v: values, r } = arg;
  const kind = { isZero: true, isSingle: true, hasNaN: false, hasTiny: false };
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value === 0) continue;
    kind.isZero = false;
    if (value !== value) kind.hasNaN = true;
    else if (Math.abs(value) < tiny) kind.hasTiny = true;
    if (kind.isSingle && Math.fround(value) !== value && value === value && !(r && r[i] > 0))
      kind.isSingle = false;
  }
  return kind;
}

/** One run of a sample's neurons: its state, and the potentials compared in the current step. */
interface NeuronRun {
  readonly state: State;
  readonly seen: Float64Array;
}

/** Runs a layer's neurons over the window, for all samples. Returns the arrays that the stage writes. */
function runNeurons(
  stage: NeuronStage,
  x: Ball,
  precision: Precision,
  followed: Followed,
  isBounded: boolean,
): Ball[] {
  const { T, size, keys, sends, late = 0 } = stage;
  const all = x.v.length;
  const samples = all / (T * size);
  const array = (isThere: boolean, of = precision): Floats => of.array(isThere ? all : 0);
  const [compared, potential, spikes] = [
    array(keys.compared !== undefined),
    array(keys.potential !== undefined || keys.end !== undefined),
    // Spikes are whole numbers, and some fixed-point formats cannot hold them.
    array(keys.spikes !== undefined, precision.name === 'fixed' ? real : precision),
  ];
  const [comparedRadius, potentialRadius, spikesRadius] = [compared, potential, spikes].map(
    ({ length }) => new Float64Array(isBounded ? length : 0),
  );
  const isFollowing = Object.values(followed).some((values) => values !== undefined);
  // As long as nothing is rounded, both ends of the interval are equal, and need no run.
  let isPlain = isBounded && !x.r && !stage.isInexact && range(size).every((i) => !stage.slack?.(i));
  for (let b = 0; b < samples; b++) {
    isPlain &&= runSample(b, false);
    if (!isPlain) runSample(b, isBounded);
  }

  const isAny = (r: Float64Array): boolean => {
    for (let i = 0; i < r.length; i++) if (r[i] > 0) return true;
    return false;
  };
  const ball = (v: Floats, r: Float64Array): Ball => (isAny(r) ? { v, r } : { v });
  const end = (values: Floats): Floats => values.slice(Math.max(0, values.length - samples * size));
  const open = isAny(spikesRadius) ? Uint8Array.from(spikesRadius, (r) => (r > 0 ? 1 : 0)) : undefined;
  const results = new Map<string | undefined, Ball>([
    [keys.compared, ball(compared, comparedRadius)],
    [keys.potential, ball(potential, potentialRadius)],
    [keys.end, ball(end(potential), end(potentialRadius) as Float64Array)], // radii are doubles
    [keys.spikes, { ...ball(spikes, spikesRadius), ...(open && { open }) }],
  ]);
  return stage.writes.map((key) => results.get(key)!); // a stage writes only its keys

  /**
   * Runs the neurons of sample b in `precision` and, for the bounds, in binary32 and at both ends of the interval of states.
   * Without ends, stops and returns false if a number is rounded.
   */
  function runSample(b: number, hasEnds: boolean): boolean {
    const begin = (of: Precision): NeuronRun => ({ state: stage.begin(of), seen: new Float64Array(size) });
    const nominal = begin(precision);
    const [single] = isBounded ? [begin(binary32)] : [];
    const [high, low] = hasEnds ? [begin(real), begin(real)] : [];
    const [before, decided] = [0, 1].map(() => new Float64Array(size));
    // The state of a neuron is unknown, or lost, after an open decision that was not recorded.
    const [fired, isLost] = [new Float64Array(size), new Uint8Array(size)];
    for (let t = 0; t < T; t++) {
      const from = (t * samples + b) * size;
      const to = from + late * samples * size;
      const map = x.v.subarray(from, from + size);
      const { u: now } = nominal.state;
      before.set(now);
      advance(nominal, inPrecision(map, precision), t, (u, i, sent) => {
        if (keys.compared) compared[from + i] = u;
        if (keys.spikes && to < all) spikes[to + i] = sent;
        return (decided[i] = decisionOf(u, sent, from + i, to + i));
      });
      if (single) advance(single, inPrecision(map, binary32), t, (_, i) => decided[i]);
      if (low && high) {
        advanceEnd(high, 1, t, from);
        advanceEnd(low, -1, t, from);
        setRadii(from, to);
      } else if (
        single &&
        nominal.seen.some((u, i) => single.seen[i] !== u || single.state['u'][i] !== now[i])
      )
        return false;
      if (potential.length > 0) potential.set(now, from);
      fired.set(decided);
    }
    return true;

    /** Whether nothing was rounded until this comparison of a potential with the threshold. */
    function isUnrounded(u: number, from: number): boolean {
      const i = from % size;
      const isKept = single !== undefined && low?.state['u'][i] === high?.state['u'][i];
      const isExact = isSingle(u) && isSingle(x.v[from]) && !(x.r && x.r[from] > 0);
      return isKept && isExact && isLost[i] === 0 && !(stage.isInexact && before[i] !== 0);
    }

    /**
     * The number of spikes with which a neuron continues: the recorded one or, if there is none, the computed one. A recorded
     * potential shows a decision that is not certain.
     */
    function decisionOf(u: number, sent: number, from: number, to: number): number {
      const i = from % size;
      if (followed.spikes) return to < all ? followed.spikes[to] : sent;
      const left = followed.potential?.[from];
      if (followed.compared && sends) {
        const [stored, off] = [followed.compared[from], followed.radius?.[from] ?? 0];
        // If the recorded potential was rounded to the threshold, only the potential after the step may show the decision.
        const isOpen = off > 0 && left !== undefined && sends(stored - off, i) !== sends(stored + off, i);
        if (!isOpen) return sends(stored, i);
      }
      if (left === undefined || !sends || !stage.leaves || isUnrounded(u, from)) return sent;
      // If a decision does not change the potential, the recorded potential is the one compared with the threshold.
      if ([0, 1].every((each) => stage.leaves!(u, i, each) === u)) return sends(left, i); // `leaves` is defined here
      const off = (each: number): number => Math.abs(stage.leaves!(u, i, each) - left); // `leaves` is defined here
      return [1 - near, 1 + near]
        .map((share) => sends(u * share, i))
        .reduce((best, each) => (off(each) < off(best) ? each : best), sent);
    }

    /** Advances one end of the interval that contains the states of all correct programs. */
    function advanceEnd(run: NeuronRun, sign: number, t: number, from: number): void {
      const { v, r } = x;
      const map = new Float64Array(v.subarray(from, from + size));
      if (r) for (let i = 0; i < size; i++) map[i] += sign * r[from + i];
      const { u } = run.state;
      advance(run, map, t, (seen, i) => {
        run.seen[i] = u[i] = seen + sign * errorOf(i, seen);
        return decided[i];
      });
      if (sends) return;
      for (let i = 0; i < size; i++) u[i] += sign * errorOf(i, u[i]);
      run.seen.set(u);

      /** The rounding error of a step. It is 0 only if binary64, binary32 and this end have the same number. */
      function errorOf(i: number, seen: number): number {
        const isOff = seen !== nominal.seen[i] || (r !== undefined && r[from + i] > 0);
        // After a reset, no part of the previous potential is left to round.
        const isLeft = (): boolean => stage.rounded(before[i], 0, i, fired[i]) !== 0;
        const isCertain = !isOff && !(stage.isInexact && isLeft());
        if (isCertain && single!.seen[i] === nominal.seen[i]) return 0; // `single` exists if the ends do
        const current = (r && r[from + i] > 0) || isSingle(v[from + i]) ? 0 : Math.abs(v[from + i]);
        return ε * (stage.rounded(before[i], nominal.seen[i], i, fired[i]) + current) + tiny;
      }
    }

    function setRadii(from: number, to: number): void {
      const u = nominal.state['u'];
      const [least, most, plain] = [low, high, single].map((run) => run!.state['u']); // with bounds, these runs exist
      const [lowest, seen, highest] = [low!.seen, nominal.seen, high!.seen]; // with bounds, these runs exist
      for (let i = 0; i < size; i++) {
        const reach = Math.max(Math.abs(highest[i] - seen[i]), Math.abs(seen[i] - lowest[i]));
        const off = isLost[i] === 1 ? unknown : reach;
        if (keys.compared) comparedRadius[from + i] = off;
        if (potential.length > 0) potentialRadius[from + i] = isLost[i] === 1 ? unknown : leftRadius(i);
        if (!sends || !keys.spikes || to >= all) continue;
        const far = off + (stage.slack?.(i) ?? 0);
        const sent = spikes[to + i];
        // If a potential has no error, its decision is certain.
        if (far === 0) continue;
        const [fewest, greatest] = [sends(seen[i] - far, i), sends(seen[i] + far, i)];
        if (fewest === greatest || sends(seen[i], i) !== sent) continue;
        spikesRadius[to + i] = Math.max(Math.abs(fewest - sent), Math.abs(greatest - sent));
        if (isFollowing) continue;
        isLost[i] = 1;
        if (potential.length > 0) potentialRadius[from + i] = unknown;
      }

      /** The radius of a potential after the step. It includes the rounding of a final leak or subtraction. */
      function leftRadius(i: number): number {
        const left = Math.max(Math.abs(most[i] - u[i]), Math.abs(u[i] - least[i]));
        const isExact = left === 0 && (u[i] === 0 || (plain[i] === u[i] && !stage.isInexact));
        const isAsSeen = u[i] === nominal.seen[i] && plain[i] === single!.seen[i]; // with bounds, these runs exist
        if (isExact || isAsSeen) return left;
        return left + ε * stage.rounded(u[i], 0, i, decided[i]) + tiny;
      }
    }
  }

  function advance({ state, seen }: NeuronRun, map: Floats, t: number, decide: Decision): void {
    stage.step(
      state,
      map,
      (u, i, sent) => {
        seen[i] = u;
        return decide(u, i, sent);
      },
      t,
    );
    // Neurons without a threshold compare no potential; the potential after the step is used instead.
    if (!sends) seen.set(state['u']);
  }
}

/** A potential within this relative distance of the threshold may be on either side. */
const near = 2 ** -12;

/** The error of a threshold, which is rounded once if it is not a binary32 number. */
export const slackOf = (threshold: number): number => (isSingle(threshold) ? 0 : ε * Math.abs(threshold));
