/** The parts that lead to a wrong one, and what mistakes in them make of it. */
import type { Ball, Balls, Values } from './ball.ts';
import { canRun, neededParts, runParts } from './chain.ts';
import { compare } from './compare.ts';
import type { Known } from './diagnose.ts';
import { placesOf } from './keys.ts';
import type { Mistake } from './mistakes/mistake.ts';
import { plant } from './mistakes/plant.ts';
import type { Manner, Part, Setting } from './part.ts';

/** What trying a mistake shows: nothing where it does not concern the parts; idle where it changes nothing. */
export type Trial = 'explains' | 'excluded' | 'idle' | undefined;

/** Runs the parts that lead to one, and what a mistake in them makes of it, without running twice what it leaves alone. */
export class Suspects {
  /** The right parts that lead to the wrong one, which is the last. */
  readonly chain: readonly Part[];
  /** What was there, and what the right parts make of it. */
  private readonly balls: Map<string, Ball>;
  private readonly made: ReadonlyMap<string, Values>;
  private readonly base: Balls;
  private readonly manner: Manner;
  private readonly right: Balls | undefined;
  private readonly parts: readonly Part[];
  private readonly setting: Setting;

  constructor(wrong: string, parts: readonly Part[], setting: Setting, { base, between, made }: Known) {
    const target = parts.find(({ id }) => id === wrong)!;
    this.parts = parts;
    this.setting = setting;
    this.made = made;
    this.base = base;
    this.manner = { bounds: true, follow: made, branch: 'all' };
    this.chain = neededParts(parts, target.outputs, new Set(base.keys()));
    const there = new Map([...between, ...base]);
    const missing = this.chain.slice(0, -1).filter(({ outputs }) => outputs.some((key) => !there.has(key)));
    this.balls = runParts(missing, there, this.manner, () => true);
    this.right = canRun(target, this.balls) ? target.run(this.balls, this.manner) : undefined;
  }

  try(mistake: Mistake): Trial {
    const replaced = new Map<string, Part>();
    for (const part of this.chain) {
      const other = plant(mistake, part, this.setting);
      if (other) replaced.set(part.id, other);
    }
    if (replaced.size === 0) return undefined;
    const result = this.run(replaced);
    if (!result) return 'excluded';
    if (this.isExplained(result)) return 'explains';
    return this.isRight(result) ? 'idle' : 'excluded';
  }

  private get wrong(): Part {
    return this.chain.at(-1)!;
  }

  /** What the wrong part makes where some of the chain are replaced. */
  private run(replaced: ReadonlyMap<string, Part>): Balls | undefined {
    const planted = this.parts.map((part) => replaced.get(part.id) ?? part);
    const needed = neededParts(planted, this.wrong.outputs, new Set(this.base.keys()));
    const from = needed.findIndex(({ id }) => replaced.has(id));
    const stale = new Set(needed.slice(from).flatMap(({ outputs }) => outputs));
    const there = new Map([...this.balls].filter(([key]) => this.base.has(key) || !stale.has(key)));
    const target = needed.at(-1)!;
    const wanted = new Set(target.inputs);
    const rest = needed.slice(0, -1).filter(({ outputs }) => outputs.some((key) => !there.has(key)));
    const balls = runParts(rest, there, this.manner, (key) => wanted.has(key));
    return canRun(target, balls) ? target.run(balls, this.manner) : undefined;
  }

  /** Whether the arrays of the part that were supplied are what a mistaken one makes. */
  private isExplained(result: Balls): boolean {
    const { network, B } = this.setting;
    const places = placesOf(network, B);
    return this.judged().every((key) => {
      const [ball, got] = [result.get(key), this.made.get(key)!];
      if (!ball || ball.value.length !== got.length) return false;
      return compare(places.get(key)!, ball, got, result, network).differing === 0;
    });
  }

  /** Whether a mistake leaves the part's arrays as they are. */
  private isRight(result: Balls): boolean {
    return this.judged().every((key) => {
      const [right, value] = [this.right?.get(key)?.value, result.get(key)?.value];
      return right?.length === value?.length && right?.every((each, i) => each === value![i]) === true;
    });
  }

  private judged(): string[] {
    return this.wrong.outputs.filter((key) => this.made.has(key));
  }
}
