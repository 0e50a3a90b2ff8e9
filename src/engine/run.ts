/**
 * A replay runs the stages of a computation on recorded arrays. Each stage reads supplied arrays (teacher forcing), so that an
 * error in one array does not affect others. A missing array is computed from supplied ones when a stage needs it.
 */
import type { Precision } from '../../spec/arithmetic.ts';
import { real, type Floats } from '../../spec/arithmetic.ts';
import { ballsOf, valuesOf, type Ball, type Followed, type NeuronStage, type Stage } from './stage.ts';
import { range, tiny, type Values } from './rounding.ts';

/** Thrown for a missing array: no stage computes it, or rounding leaves its decisions open. */
export class Missing extends Error {
  constructor(
    readonly key: string,
    /** Whether only an open decision prevents the computation: rounding allows more than one answer. */
    readonly isOpen = false,
  ) {
    super(key);
  }
}

/** Computes in binary64 without bounds, and ignores recorded decisions. */
export const unbounded: Precision = { ...real };

/** The stages of a batch of B samples, and the axes of their arrays. */
export interface Computation {
  readonly B: number;
  /** The stages, in the order in which data flows through them. */
  readonly stages: readonly Stage[];
  /** The same computation for another number of samples. */
  readonly ofSamples: (count: number) => Computation;
  /** The leading axes of an array: steps and samples, samples alone, or neither. */
  readonly axesOf: (key: string) => 'TB' | 'B' | '';
  readonly T: number;
  /** Limit on the samples that run through a window at once, because of memory. */
  readonly atOnce: number;
  /** Limit on the samples whose chunks a replay stores. Default: it stores only the last chunk. */
  readonly stored?: number;
}

export interface Samples {
  readonly from: number;
  readonly count: number;
}

export class Replay {
  readonly computation: Computation;
  /** The arrays that stages read: supplied ones, which are exact, or expected ones with bounds. */
  readonly there: ReadonlyMap<string, Ball>;
  readonly precision: Precision;
  readonly #computed = new Map<string, Ball | Missing>();
  readonly #gathered = new Map<string, Map<number, Ball | Missing>>();
  /** Chunks, the newest first. */
  #chunks: readonly { readonly of: Samples; readonly run: Replay }[] = [];
  readonly #makers: ReadonlyMap<string, Stage>;
  readonly #changed = new Map<Stage, boolean>();

  /** A replay of the same arrays. Unchanged stages reuse its results. */
  readonly #base: Replay | undefined;

  /** @param precision bounds are computed only for `real` */
  constructor(
    computation: Computation,
    there: ReadonlyMap<string, Ball>,
    precision: Precision = real,
    base?: Replay,
  ) {
    this.computation = computation;
    this.there = there;
    this.precision = precision;
    this.#base = base;
    this.#makers = new Map(
      computation.stages.flatMap((stage) => stage.writes.map((key) => [key, stage] as const)),
    );
  }

  makerOf(key: string): Stage | undefined {
    return this.#makers.get(key);
  }

  /** Chunks of nearly equal size, which run through the window one after the other. */
  chunks(): Samples[] {
    const { B, atOnce } = this.computation;
    const count = Math.max(1, Math.ceil(B / Math.max(1, atOnce)));
    return range(count).map((g) => {
      const from = Math.floor((g * B) / count);
      return { from, count: Math.floor(((g + 1) * B) / count) - from };
    });
  }

  /** The samples on which a changed stage is tried. In a window, sample `first` is first, because it rules out most changes. */
  trialsOf({ by }: Stage, first = 0): Samples[] {
    const { B } = this.computation;
    if (by !== 'window') return [{ from: 0, count: B }];
    return [...(B > 1 ? [{ from: first, count: 1 }] : []), ...this.chunks()];
  }

  /** This replay, restricted to some samples. */
  of(samples: Samples): Replay {
    if (samples.count === this.computation.B) return this;
    const known = this.#chunks.find(({ of }) => of.from === samples.from && of.count === samples.count);
    if (known) return known.run;
    const base = this.#base?.of(samples);
    const there = base?.there ?? new Cut(this.there, this.computation, samples);
    const run = new Replay(this.computation.ofSamples(samples.count), there, this.precision, base);
    let room = this.computation.stored ?? 0;
    const kept = this.#chunks.filter(({ of: { count } }) => (room -= count) >= samples.count);
    this.#chunks = [{ of: samples, run }, ...kept];
    return run;
  }

  /**
   * An array, supplied or computed from supplied ones.
   *
   * @throws Missing if it depends on a missing array
   */
  ball(key: string): Ball {
    const found = this.#ballOrMissing(key);
    if (found instanceof Missing) throw found;
    return found;
  }

  /** An array of some samples, stored for later calls; or, if it cannot be computed, `Missing`. */
  gather(key: string, samples: Samples): Ball | Missing {
    const known = this.#gathered.get(key) ?? new Map<number, Ball | Missing>();
    this.#gathered.set(key, known);
    const found = known.get(samples.from) ?? this.of(samples).#ballOrMissing(key);
    known.set(samples.from, found);
    return found;
  }

  #ballOrMissing(key: string): Ball | Missing {
    return this.supplied(key) ?? this.#computed.get(key) ?? this.#make(key);
  }

  /** A supplied array, as doubles if the replay computes bounds; undefined if it was not supplied. */
  supplied(key: string): Ball | undefined {
    const ball = this.there.get(key);
    if (!ball || ball.v instanceof Float64Array || this.precision !== real) return ball;
    const known = this.#computed.get(key) ?? { ...ball, v: new Float64Array(ball.v) };
    this.#computed.set(key, known);
    return known as Ball; // only keys that were not supplied are `Missing`
  }

  /** An array; undefined if it cannot be computed. */
  find(key: string): Ball | undefined {
    const found = this.#ballOrMissing(key);
    return found instanceof Missing ? undefined : found;
  }

  #make(key: string): Ball | Missing {
    const stage = this.#makers.get(key);
    if (!stage) return this.#keep(key, new Missing(key));
    try {
      if (this.#base && !this.isChanged(stage)) return this.#keep(key, this.#base.ball(key));
      const chunks = stage.by === 'window' ? this.chunks() : [];
      if (chunks.length > 1 && this.computation.axesOf(key) === 'B')
        return this.#keep(key, joined(chunks.map((chunk) => this.gather(key, chunk))));
      for (const [k, ball] of this.results(stage).entries())
        this.#keep(
          stage.writes[k],
          ball.open ? new Missing(stage.writes[k], true) : (this.#recordedEnd(stage, k, ball) ?? ball),
        );
    } catch (error) {
      if (!(error instanceof Missing)) throw error;
      for (const each of stage.writes) this.#keep(each, error);
    }
    return this.#computed.get(key)!; // a stage computes all keys of `writes`
  }

  /** For the last potentials of a stage: the last step of its supplied potentials, if that is outside the bounds. */
  #recordedEnd(stage: Stage, k: number, { v, r }: Ball): Ball | undefined {
    const { end, potential = '' }: NeuronStage['keys'] = stage.kind === 'neuron' ? stage.keys : {};
    const recorded = stage.writes[k] === end ? this.supplied(potential)?.v : undefined;
    const last = recorded?.slice(recorded.length - v.length);
    const isOff = last?.some((u: number, i: number) => !(Math.abs(u - v[i]) <= (r?.[i] ?? 0) + tiny));
    return isOff && last ? { v: last } : undefined;
  }

  /** Whether a stage, or a stage on which it depends, is not in the base replay. */
  isChanged(stage: Stage): boolean {
    const known = this.#changed.get(stage);
    if (known !== undefined) return known;
    this.#changed.set(stage, false);
    const isOther = this.#base?.makerOf(stage.writes[0]) !== stage;
    const isChanged =
      isOther ||
      [...stage.reads, ...(stage.hints ?? [])].some((key) => {
        const maker = this.there.has(key) ? undefined : this.#makers.get(key);
        return maker !== undefined && this.isChanged(maker);
      });
    this.#changed.set(stage, isChanged);
    return isChanged;
  }

  #keep(key: string, result: Ball | Missing): Ball | Missing {
    if (!this.#computed.has(key) && !this.there.has(key)) this.#computed.set(key, result);
    return result;
  }

  /**
   * Computes the results of a stage, in the order of `writes`, even if they were supplied.
   *
   * @param followed recorded arrays that determine the decisions of the stage; default: the supplied arrays
   */
  results(stage: Stage, followed: Followed = this.followed(stage)): Ball[] {
    const args = this.arguments(stage);
    if (this.precision === real) return ballsOf(stage, args, followed);
    return valuesOf(stage, args, this.precision === unbounded ? real : this.precision, followed);
  }

  /** The inputs of a stage; missing optional ones are undefined. */
  arguments(stage: Stage): (Ball | undefined)[] {
    return [
      ...stage.reads.map((key) => this.ball(key)),
      ...(stage.hints ?? []).map((key) => this.#hint(key)),
    ];
  }

  /**
   * An optional input; undefined if it is missing.
   *
   * @throws Missing if only open decisions prevent its computation: the bounds of the stage depend on this input
   */
  #hint(key: string): Ball | undefined {
    const found = this.#ballOrMissing(key);
    if (found instanceof Missing && found.isOpen) throw found;
    return found instanceof Missing ? undefined : found;
  }

  /** The supplied arrays that determine the decisions of a stage. */
  followed(stage: Stage): Followed {
    if (stage.kind !== 'neuron' || this.precision !== real) return {};
    const at = (key: string | undefined): Values | undefined =>
      key === undefined ? undefined : this.supplied(key)?.v;
    return {
      spikes: at(stage.keys.spikes),
      compared: at(stage.keys.compared),
      radius: stage.keys.compared === undefined ? undefined : this.supplied(stage.keys.compared)?.r,
      potential: at(stage.keys.potential),
    };
  }
}

/** Some samples of the arrays of a batch. Each array is cut when it is first read. */
class Cut extends Map<string, Ball> {
  readonly #whole: ReadonlyMap<string, Ball>;
  readonly #computation: Computation;
  readonly #samples: Samples;

  constructor(whole: ReadonlyMap<string, Ball>, computation: Computation, samples: Samples) {
    super();
    this.#whole = whole;
    this.#computation = computation;
    this.#samples = samples;
  }

  override has(key: string): boolean {
    return this.#whole.has(key);
  }

  override keys(): MapIterator<string> {
    return this.#whole.keys() as MapIterator<string>; // `#whole` is a `Map`
  }

  override get(key: string): Ball | undefined {
    const known = super.get(key);
    const whole = this.#whole.get(key);
    if (known || !whole) return known;
    const axes = this.#computation.axesOf(key);
    const cut =
      axes === '' ? whole : { v: this.#cut(whole.v, axes), ...(whole.r && { r: this.#cut(whole.r, axes) }) };
    super.set(key, cut);
    return cut;
  }

  #cut<V extends Values>(values: V, axes: 'TB' | 'B'): V {
    const { B, T } = this.#computation;
    const { from, count } = this.#samples;
    const steps = axes === 'TB' ? T : 1;
    const size = values.length / (steps * B);
    const out = new Float64Array(steps * count * size);
    for (let t = 0; t < steps; t++)
      out.set(values.subarray((t * B + from) * size, (t * B + from + count) * size), t * count * size);
    return out as Values as V; // readers accept doubles for every type of values
  }
}

function joined(pieces: readonly (Ball | Missing)[]): Ball | Missing {
  const missing = pieces.find((piece) => piece instanceof Missing);
  return missing ?? joinedBalls(pieces as readonly Ball[]); // `missing` is undefined
}

function joinedBalls(pieces: readonly Ball[]): Ball {
  const all = (of: (piece: Ball) => Floats | undefined): Float64Array => {
    const out = new Float64Array(pieces.reduce((sum, { v }) => sum + v.length, 0));
    let at = 0;
    for (const piece of pieces) {
      const values = of(piece);
      if (values) out.set(values, at);
      at += piece.v.length;
    }
    return out;
  };
  return { v: all(({ v }) => v), ...(pieces.some(({ r }) => r) && { r: all(({ r }) => r) }) };
}
