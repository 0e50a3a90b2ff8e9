/** Diagnosis: which known mistake explains everything that a part was seen to do wrong. */
import type { Ball, Balls, Values } from './ball.ts';
import { canRun, neededParts, runParts } from './chain.ts';
import { compare } from './compare.ts';
import { placesOf } from './keys.ts';
import type { Mistake } from './mistakes/mistake.ts';
import { plant } from './mistakes/plant.ts';
import type { Manner, Part, Setting } from './part.ts';

/** What a mistake says of a part that differs. */
export interface Diagnosis {
  readonly part: string;
  /** Mistakes that explain all of the part's arrays entirely. */
  readonly explains: readonly { readonly id: string; readonly says: string }[];
  /** Mistakes that were tried and do not. */
  readonly excluded: readonly string[];
}

/** What a diagnosis starts from. */
export interface Known {
  /** What was given and what was made. */
  readonly base: Balls;
  readonly made: ReadonlyMap<string, Values>;
  /** What the right parts make between these, as far as it was kept. */
  readonly between: Balls;
}

/** Runs the parts that lead to one, and what a mistake in them makes of it, without running twice what it leaves alone. */
class Suspects {
  /** The right parts that lead to the wrong one, which is the last. */
  readonly chain: readonly Part[];
  /** What was there, and what the right parts make of it. */
  private readonly balls: Map<string, Ball>;
  private readonly base: Balls;
  private readonly wrong: Part;
  private readonly parts: readonly Part[];

  constructor(wrong: Part, parts: readonly Part[], { base, between }: Known, manner: Manner) {
    this.wrong = wrong;
    this.parts = parts;
    this.base = base;
    this.chain = neededParts(parts, wrong.outputs, new Set(base.keys()));
    const there = new Map([...between, ...base]);
    const missing = this.chain.slice(0, -1).filter(({ outputs }) => outputs.some((key) => !there.has(key)));
    this.balls = runParts(missing, there, manner, () => true);
  }

  /** What the wrong part makes where some of the chain are replaced. */
  run(replaced: ReadonlyMap<string, Part>, manner: Manner): Balls | undefined {
    const planted = this.parts.map((part) => replaced.get(part.id) ?? part);
    const needed = neededParts(planted, this.wrong.outputs, new Set(this.base.keys()));
    const from = needed.findIndex(({ id }) => replaced.has(id));
    const stale = new Set(needed.slice(from).flatMap(({ outputs }) => outputs));
    const there = new Map([...this.balls].filter(([key]) => this.base.has(key) || !stale.has(key)));
    const target = needed.at(-1)!;
    const wanted = new Set(target.inputs);
    const rest = needed.slice(0, -1).filter(({ outputs }) => outputs.some((key) => !there.has(key)));
    const balls = runParts(rest, there, manner, (key) => wanted.has(key));
    return canRun(target, balls) ? target.run(balls, manner) : undefined;
  }
}

/**
 * Diagnoses all parts that are wrong by themselves. What explained one layer is tried first at the others of its stage:
 * only where it does not explain them too, is the rest tried.
 */
export function diagnoseAll(
  wrong: readonly Part[],
  parts: readonly Part[],
  setting: Setting,
  known: Known,
  mistakes: readonly Mistake[],
): Diagnosis[] {
  const likely = new Map<string, Set<string>>();
  return wrong.map((part) => {
    const kind = part.id.replace(/\.\d+/, '');
    const ids = likely.get(kind) ?? new Set();
    likely.set(kind, ids);
    const first = mistakes.filter(({ id }) => ids.has(id));
    const quick = first.length > 0 ? diagnose(part, parts, setting, known, first) : undefined;
    // A whole variant explains much; where single choices have explained a layer, they are looked for in the others.
    const isOnlyWhole = first.every(({ id }) => isWholeVariant(id));
    if (quick?.explains.some(({ id }) => isOnlyWhole || !isWholeVariant(id))) return quick;
    const rest = diagnose(part, parts, setting, known, mistakes);
    for (const { id } of rest.explains) ids.add(id);
    return rest;
  });
}

const isWholeVariant = (id: string): boolean => id.startsWith('variant=');

/**
 * Tries mistakes at a part that is wrong by itself. Where the arrays between it and what was supplied are missing, the
 * mistake may be in any of the parts in between.
 */
export function diagnose(
  wrong: Part,
  parts: readonly Part[],
  setting: Setting,
  known: Known,
  mistakes: readonly Mistake[],
): Diagnosis {
  const { made } = known;
  const manner: Manner = { bounds: true, follow: made, branch: 'all' };
  const suspects = new Suspects(wrong, parts, known, manner);
  const explains: { id: string; says: string }[] = [];
  const excluded: string[] = [];
  for (const mistake of mistakes) {
    const replaced = new Map<string, Part>();
    for (const part of suspects.chain) {
      const other = plant(mistake, part, setting);
      if (other) replaced.set(part.id, other);
    }
    if (replaced.size === 0) continue;
    const result = suspects.run(replaced, manner);
    if (result && isExplained(wrong, result, setting, made))
      explains.push({ id: mistake.id, says: mistake.says });
    else excluded.push(mistake.id);
  }
  return { part: wrong.id, explains, excluded };
}

/** Whether the arrays of a part that were supplied are what a mistaken one makes. */
function isExplained(
  wrong: Part,
  result: Balls,
  { network, B }: Setting,
  made: ReadonlyMap<string, Values>,
): boolean {
  const places = placesOf(network, B);
  return wrong.outputs
    .filter((key) => made.has(key) && places.has(key))
    .every((key) => {
      const ball = result.get(key);
      if (!ball || ball.value.length !== made.get(key)!.length) return false;
      return compare(places.get(key)!, ball, made.get(key)!, result, network).differing === 0;
    });
}
