/** The parts that lead to a wrong one, and what mistakes in them make of it. */
import { neuronsOf, weightsOf } from '../../spec/network.ts';
import type { Interval, Intervals, Values } from './interval.ts';
import { canRun, neededParts, runParts } from './chain.ts';
import { isWithin } from './compare.ts';
import type { Known } from './diagnosis.ts';
import { keyOf } from './keys.ts';
import type { Mistake } from './mistakes/mistake.ts';
import { plant } from './mistakes/plant.ts';
import type { Manner, StagePart, Setting } from './stagePart.ts';

/** What trying a mistake shows: nothing where it does not concern the parts; idle where it changes nothing. */
export type Trial = 'explains' | 'excluded' | 'idle' | undefined;

/** Runs the parts that lead to one, and what a mistake in them makes of it, without running twice what it leaves alone. */
export class MistakeTrial {
  /** The right parts that lead to the wrong one, which is the last. */
  readonly chain: readonly StagePart[];
  /** What was there, and what the right parts make of it. */
  private readonly intervals: Map<string, Interval>;
  private readonly made: ReadonlyMap<string, Values>;
  private readonly base: Intervals;
  private readonly manner: Manner;
  private readonly target: StagePart;
  private readonly works: readonly number[];
  private rightOnce: { readonly made: Intervals | undefined } | undefined;
  private readonly parts: readonly StagePart[];
  private readonly setting: Setting;

  constructor(wrong: string, parts: readonly StagePart[], setting: Setting, { base, between, made }: Known) {
    const target = parts.find(({ id }) => id === wrong)!;
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
    this.works = this.chain.map((part) => workOf(part, setting));
  }

  try(mistake: Mistake): Trial {
    const replaced = this.planted(mistake);
    if (replaced.size === 0) return undefined;
    const result = this.run(replaced);
    if (!result) return 'excluded';
    if (this.isExplained(result)) return 'explains';
    return this.isRight(result) ? 'idle' : 'excluded';
  }

  /** Whether the part's arrays are not what a mistake makes of them. */
  contradict(mistake: Mistake): boolean {
    const replaced = this.planted(mistake);
    const result = replaced.size === 0 ? undefined : this.run(replaced);
    return result !== undefined && !this.isExplained(result);
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
    return first < 0 ? 0 : this.works.slice(first).reduce((sum, work) => sum + work, 0);
  }

  /** What the wrong part makes where some of the chain are replaced. */
  private run(replaced: ReadonlyMap<string, StagePart>): Intervals | undefined {
    const planted = this.parts.map((part) => replaced.get(part.id) ?? part);
    const needed = neededParts(planted, this.target.outputs, new Set(this.base.keys()));
    const from = needed.findIndex(({ id }) => replaced.has(id));
    const stale = new Set(needed.slice(from).flatMap(({ outputs }) => outputs));
    const there = new Map([...this.intervals].filter(([key]) => this.base.has(key) || !stale.has(key)));
    const target = needed.at(-1)!;
    const wanted = new Set(target.inputs);
    const rest = needed.slice(0, -1).filter(({ outputs }) => outputs.some((key) => !there.has(key)));
    const intervals = runParts(rest, there, this.manner, (key) => wanted.has(key));
    return canRun(target, intervals) ? target.run(intervals, this.manner) : undefined;
  }

  /** Whether the arrays of the part that were supplied are what a mistaken one makes. */
  private isExplained(result: Intervals): boolean {
    return this.judged().every((key) => {
      const interval = result.get(key);
      return interval !== undefined && isWithin(interval, this.made.get(key)!);
    });
  }

  /** Whether a mistake leaves the part's arrays as they are. */
  private isRight(result: Intervals): boolean {
    const { target, intervals, manner } = this;
    this.rightOnce ??= { made: canRun(target, intervals) ? target.run(intervals, manner) : undefined };
    const right = this.rightOnce.made;
    return this.judged().every((key) => {
      const [expected, value] = [right?.get(key)?.value, result.get(key)?.value];
      return expected?.length === value?.length && expected?.every((each, i) => each === value![i]) === true;
    });
  }

  private judged(): string[] {
    return this.target.outputs.filter((key) => this.made.has(key));
  }
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
