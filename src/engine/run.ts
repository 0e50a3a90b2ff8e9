/**
 * A replay: the stages of a computation on what was recorded of it. Each stage reads what was supplied (teacher forcing), so that what
 * is wrong in one array is no matter of the others; what was not supplied is computed from what was, when it is asked for.
 */
import type { Precision } from '../../spec/arithmetic.ts';
import { real, type Floats } from '../../spec/arithmetic.ts';
import { ballsOf, valuesOf, type Ball, type Followed, type Stage } from './stage.ts';
import { range, type Values } from './rounding.ts';

/** What lacks an array: a key that nothing makes, or one whose decisions are open. */
export class Missing extends Error {
  constructor(
    readonly key: string,
    /** Whether it could be computed, but for decisions that rounding leaves open. */
    readonly isOpen = false,
  ) {
    super(key);
  }
}

/** Binary64 without bounds, whose decisions are taken as they are. */
export const unbounded: Precision = { ...real };

/** A computation of some samples: its stages, and how its arrays are cut by samples. */
export interface Computation {
  readonly B: number;
  /** In the order of the data. */
  readonly stages: readonly Stage[];
  /** The same of other samples. */
  readonly ofSamples: (count: number) => Computation;
  /** Whether an array has steps and samples, samples alone, or neither. */
  readonly axesOf: (key: string) => 'TB' | 'B' | '';
  /** Steps of the window. */
  readonly T: number;
  /** Samples of a window that are run at once, which bounds the memory. */
  readonly atOnce: number;
}

/** Samples of a batch, from a first one on. */
export interface Samples {
  readonly from: number;
  readonly count: number;
}

export class Replay {
  readonly computation: Computation;
  /** What was supplied, which is exact; or what is expected in its place, with its bounds. */
  readonly there: ReadonlyMap<string, Ball>;
  /** What a supplied array is, where it is not the one that stages go on with. */
  readonly precision: Precision;
  readonly #made = new Map<string, Ball | Missing>();
  readonly #gathered = new Map<string, Map<number, Ball | Missing>>();
  #part: { readonly of: Samples; readonly run: Replay } | undefined;
  readonly #makers: ReadonlyMap<string, Stage>;
  readonly #changed = new Map<Stage, boolean>();

  /** A run of the same arrays, from which is taken what its stages make alike. */
  readonly #base: Replay | undefined;

  /** @param precision `real` has bounds; any other is exact, and none has */
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

  /** The stage that makes an array. */
  makerOf(key: string): Stage | undefined {
    return this.#makers.get(key);
  }

  /** The groups of samples that a window is run in. */
  groups(): Samples[] {
    const { B, atOnce } = this.computation;
    const groups = Math.max(1, Math.ceil(B / Math.max(1, atOnce)));
    return range(groups).map((g) => {
      const from = Math.floor((g * B) / groups);
      return { from, count: Math.floor(((g + 1) * B) / groups) - from };
    });
  }

  /** The same run of some samples. */
  of(samples: Samples): Replay {
    if (samples.count === this.computation.B) return this;
    const known = this.#part;
    if (known?.of.from === samples.from && known.of.count === samples.count) return known.run;
    const base = this.#base?.of(samples);
    const there = base?.there ?? new Cut(this.there, this.computation, samples);
    const run = new Replay(this.computation.ofSamples(samples.count), there, this.precision, base);
    this.#part = { of: samples, run };
    return run;
  }

  /**
   * An array: as it was supplied, or made of what was.
   *
   * @throws Missing where it is made of what is not there
   */
  ball(key: string): Ball {
    const found = this.#ballOrMissing(key);
    if (found instanceof Missing) throw found;
    return found;
  }

  /**
   * An array of some samples, which is kept for that of the batch.
   *
   * @returns the array, or what is missing of it
   */
  gather(key: string, samples: Samples): Ball | Missing {
    const known = this.#gathered.get(key) ?? new Map<number, Ball | Missing>();
    this.#gathered.set(key, known);
    const found = known.get(samples.from) ?? this.of(samples).#ballOrMissing(key);
    known.set(samples.from, found);
    return found;
  }

  #ballOrMissing(key: string): Ball | Missing {
    return this.supplied(key) ?? this.#made.get(key) ?? this.#make(key);
  }

  /** An array as it was supplied, in doubles; nothing where it was not. */
  supplied(key: string): Ball | undefined {
    const ball = this.there.get(key);
    if (!ball || ball.v instanceof Float64Array || this.precision !== real) return ball;
    const known = this.#made.get(key) ?? { ...ball, v: new Float64Array(ball.v) };
    this.#made.set(key, known);
    return known as Ball; // no supplied array is missing
  }

  /** An array, or nothing where it cannot be had. */
  find(key: string): Ball | undefined {
    const found = this.#ballOrMissing(key);
    return found instanceof Missing ? undefined : found;
  }

  #make(key: string): Ball | Missing {
    const stage = this.#makers.get(key);
    if (!stage) return this.#keep(key, new Missing(key));
    try {
      if (this.#base && !this.isChanged(stage)) return this.#keep(key, this.#base.ball(key));
      const groups = stage.by === 'window' ? this.groups() : [];
      if (groups.length > 1 && this.computation.axesOf(key) === 'B')
        return this.#keep(key, joined(groups.map((group) => this.gather(key, group))));
      for (const [k, ball] of this.results(stage).entries())
        this.#keep(stage.writes[k], ball.open ? new Missing(stage.writes[k], true) : ball);
    } catch (error) {
      if (!(error instanceof Missing)) throw error;
      for (const each of stage.writes) this.#keep(each, error);
    }
    return this.#made.get(key)!; // a stage makes what it writes
  }

  /** Whether a stage, or what it is made of, is another than in the run that this one is based on. */
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

  #keep(key: string, made: Ball | Missing): Ball | Missing {
    if (!this.#made.has(key) && !this.there.has(key)) this.#made.set(key, made);
    return made;
  }

  /**
   * What a stage makes of its inputs, in the order of `writes`, whatever was supplied of it.
   *
   * @param followed what was recorded of its decisions; what was supplied of them where it is absent
   */
  results(stage: Stage, followed: Followed = this.followed(stage)): Ball[] {
    const args = this.arguments(stage);
    return this.precision === real
      ? ballsOf(stage, args, followed)
      : valuesOf(stage, args, this.precision, followed);
  }

  /** The same without bounds, in a fraction of the time. */
  rough(stage: Stage, followed: Followed = this.followed(stage)): Ball[] {
    return valuesOf(stage, this.arguments(stage), this.precision, followed);
  }

  /** What a stage reads; hints that are not there are absent. */
  arguments(stage: Stage): (Ball | undefined)[] {
    return [
      ...stage.reads.map((key) => this.ball(key)),
      ...(stage.hints ?? []).map((key) => this.#hint(key)),
    ];
  }

  /** @throws Missing where decisions are open: without the array, the bounds would be another's */
  #hint(key: string): Ball | undefined {
    const found = this.#ballOrMissing(key);
    if (found instanceof Missing && found.isOpen) throw found;
    return found instanceof Missing ? undefined : found;
  }

  /** What was supplied of a stage's decisions. */
  followed(stage: Stage): Followed {
    if (stage.kind !== 'neuron' || this.precision !== real) return {};
    const at = (key: string | undefined): Values | undefined =>
      key === undefined ? undefined : this.supplied(key)?.v;
    return {
      spikes: at(stage.keys.spikes),
      compared: at(stage.keys.compared),
      shown: at(stage.keys.potential),
    };
  }
}

/** Arrays of some samples of a batch, cut when they are asked for. */
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
    return this.#whole.keys() as MapIterator<string>; // of a map, too
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
    return out as Values as V; // radii are doubles, and of supplied values doubles are asked
  }
}

/** Arrays of samples one after the other. */
function joined(pieces: readonly (Ball | Missing)[]): Ball | Missing {
  const missing = pieces.find((piece) => piece instanceof Missing);
  return missing ?? joinedBalls(pieces as readonly Ball[]); // none is missing
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
