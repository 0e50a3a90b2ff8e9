/** The parts that lead to a wrong one, and what mistakes in them make of it. */
import { neuronsOf, weightsOf } from '../../spec/network.ts';
import { total, type Interval, type Intervals, type Values } from './interval.ts';
import { canRun, neededParts, runParts } from './chain.ts';
import { isWithin } from './compare.ts';
import { areNear, evidenceOf, type Claim, type Evidence, type Trace } from './evidence.ts';
import { stepBase } from './power.ts';
import type { Known } from './diagnosis.ts';
import { keyOf } from './keys.ts';
import { buildParts } from './parts/parts.ts';
import type { Mistake } from './mistakes/mistake.ts';
import { foundBy, plant } from './mistakes/plant.ts';
import { lastOf, take } from './slices.ts';
import { isOfWindow, readsOf, type Arithmetic, type StagePart, type Setting } from './stagePart.ts';

/**
 * What trying a mistake shows: nothing where it does not concern the parts; idle where it changes nothing; or which of the
 * numbers that were wrong it predicts: it puts them into bounds that would have caught a plain wrong value.
 */
export type Trial = Evidence | 'excluded' | 'idle' | undefined;

/** Runs the parts that lead to one, and what a mistake in them makes of it, without running twice what it leaves alone. */
export class MistakeTrial {
  /** The right parts that lead to the wrong one, which is the last. */
  readonly chain: readonly StagePart[];
  /** What was there, and what the right parts make of it. */
  private readonly intervals: Map<string, Interval>;
  private readonly made: ReadonlyMap<string, Values>;
  private readonly base: Intervals;
  private readonly manner: Arithmetic;
  private readonly target: StagePart;
  private rightOnce: { readonly made: Intervals | undefined } | undefined;
  private readonly parts: readonly StagePart[];
  private readonly setting: Setting;

  constructor(wrong: string, setting: Setting, { base, between, made }: Known) {
    const parts = buildParts(setting);
    const target = parts.find(({ id }) => id === wrong)!; // the id of a part that was judged
    this.parts = parts;
    this.setting = setting;
    this.made = made;
    this.base = base;
    this.manner = { bounds: true, follow: made, branch: 'all' };
    this.chain = neededParts(parts, target.outputs, new Set(base.keys()));
    const there = new Map([...between, ...base]);
    const missing = this.chain.slice(0, -1).filter(({ outputs }) => outputs.some((key) => !there.has(key)));
    this.intervals = runParts(missing, there, this.manner, () => true);
    this.target = target;
  }

  try(mistake: Mistake, claim: Pick<Claim, 'isAgain' | 'rivals'>): Trial {
    const replaced = this.planted(mistake);
    if (replaced.size === 0) return undefined;
    if (!mistake.isReach && this.isFar(replaced)) return 'excluded';
    const result = this.run(replaced);
    if (!result) return 'excluded';
    const count = mistake.id.split(' + ').length;
    const evidence = this.isWithin(result) ? evidenceOf(this.traces(result), { ...claim, count }) : undefined;
    return evidence ?? (this.isRight(result) ? 'idle' : 'excluded');
  }

  /**
   * Whether the part's arrays are not what a mistake makes of them.
   *
   * @param among the parts that the mistake is in; all that it concerns unless given
   */
  contradict(mistake: Mistake, among?: ReadonlySet<string>): boolean {
    const replaced = this.planted(mistake);
    const right = this.right();
    // Of arrays that are not what is made of their inputs, nothing follows.
    if (!right || !this.isWithin(right)) return false;
    if (among) for (const id of replaced.keys()) if (!among.has(id)) replaced.delete(id);
    const result = replaced.size === 0 ? undefined : this.run(replaced);
    return result !== undefined && !this.isWithin(result);
  }

  /** The parts that a mistake is in, on the way to this one. */
  concerned(mistake: Mistake): Set<string> {
    return new Set(this.planted(mistake).keys());
  }

  /** An array between the supplied ones of which two mistakes make different numbers. */
  tellingKey(one: Mistake, other: Mistake, isKey: (key: string) => boolean): string | undefined {
    const [these, those] = [one, other].map((mistake) => {
      const replaced = this.planted(mistake);
      return runParts(
        this.chain.map((part) => replaced.get(part.id) ?? part),
        this.base,
        this.manner,
        () => true,
      );
    });
    return this.chain
      .flatMap(({ outputs }) => outputs)
      .find((key) => isKey(key) && !this.base.has(key) && areApart(these.get(key), those.get(key)));
  }

  /** What a mistake says of the number that is fitted to the part. */
  found(mistake: Mistake): string | undefined {
    const { setting, intervals, manner } = this;
    return foundBy(mistake, this.target, { setting, intervals, manner });
  }

  /** The parts of the chain that a mistake concerns, with it. */
  private planted(mistake: Mistake): Map<string, StagePart> {
    const replaced = new Map<string, StagePart>();
    for (const part of this.chain) {
      const other = plant(mistake, part, this.setting);
      if (other) replaced.set(part.id, other);
    }
    return replaced;
  }

  /** About how many multiplications it takes to try a mistake of these stages. */
  workFor({ stages }: Pick<Mistake, 'stages'>): number {
    const first = this.chain.findIndex(({ stage }) => stages.includes(stage));
    return first < 0 ? 0 : total(this.chain.slice(first), (part) => workOf(part, this.setting));
  }

  /** What the wrong part makes where some of the chain are replaced. */
  private run(replaced: ReadonlyMap<string, StagePart>, manner = this.manner): Intervals | undefined {
    const planted = this.parts.map((part) => replaced.get(part.id) ?? part);
    const needed = neededParts(planted, this.target.outputs, new Set(this.base.keys()));
    const from = needed.findIndex(({ id }) => replaced.has(id));
    const stale = new Set(needed.slice(from).flatMap(({ outputs }) => outputs));
    const there = new Map([...this.intervals].filter(([key]) => this.base.has(key) || !stale.has(key)));
    const target = lastOf(needed);
    const wanted = new Set(readsOf(target));
    const rest = needed.slice(0, -1).filter(({ outputs }) => outputs.some((key) => !there.has(key)));
    const intervals = runParts(rest, there, manner, (key) => wanted.has(key));
    return canRun(target, intervals) ? target.run(intervals, manner) : undefined;
  }

  /**
   * Whether most of what was wrong is so far from what a mistake makes that no bounds would let it predict them: without bounds
   * it is made in a third of the time. Not of a window, whose branches are taken within bounds.
   */
  private isFar(replaced: ReadonlyMap<string, StagePart>): boolean {
    if (isOfWindow(this.target)) return false;
    const result = this.run(replaced, { ...this.manner, bounds: false });
    return result !== undefined && !this.isRight(result) && !areNear(this.traces(result));
  }

  private traces(result: Intervals): Trace[] {
    return this.judged().flatMap((key) => {
      const [right, mistaken, got] = [this.right()?.get(key), result.get(key), take(this.made, key)];
      if (mistaken === undefined || right?.value.length !== got.length) return [];
      return [{ got, right, mistaken, base: stepBase(key, this.base) }];
    });
  }

  /** Whether the arrays of the part that were supplied lie within what a mistaken one makes. */
  private isWithin(result: Intervals): boolean {
    return this.judged().every((key) => {
      const interval = result.get(key);
      return interval !== undefined && isWithin(interval, take(this.made, key));
    });
  }

  /** Whether a mistake leaves the part's arrays as they are. */
  private isRight(result: Intervals): boolean {
    const right = this.right();
    return this.judged().every((key) => {
      const [expected, value] = [right?.get(key)?.value, result.get(key)?.value];
      if (!expected || expected.length !== value?.length) return false;
      return expected.every((each, i) => each === value[i]);
    });
  }

  /** What the right part makes. */
  private right(): Intervals | undefined {
    const { target, intervals, manner } = this;
    this.rightOnce ??= { made: canRun(target, intervals) ? target.run(intervals, manner) : undefined };
    return this.rightOnce.made;
  }

  private judged(): string[] {
    return this.target.outputs.filter((key) => this.made.has(key));
  }
}

/** Whether two intervals have a number in which they do not meet. */
function areApart(one: Interval | undefined, other: Interval | undefined): boolean {
  if (!one || !other) return false;
  return one.value.some(
    (v, i) => Math.abs(v - other.value[i]) > (one.radius?.[i] ?? 0) + (other.radius?.[i] ?? 0),
  );
}

/** Multiplications of a part: a synapse, or a neuron, is one; a part that goes over the window does it T times. */
function workOf({ stage, n, outputs }: StagePart, { network, B, crop }: Setting): number {
  const isThrough = outputs.includes(keyOf(n, 'dFO'));
  const layer = network.layers[isThrough ? n : n - 1];
  if (!layer) return B;
  const neurons = neuronsOf(layer.output);
  const isWired = stage === 'current' || isThrough || outputs.includes(keyOf(n, 'dw'));
  const each = isWired ? Math.max(1, weightsOf(layer) / layer.output.channels) : 1;
  const steps = stage === 'current' || stage === 'neuron' || stage === 'flow' ? network.T : 1;
  const isCropped = crop?.n === layer.n;
  return steps * B * each * (isCropped ? crop.places.length : neurons);
}
