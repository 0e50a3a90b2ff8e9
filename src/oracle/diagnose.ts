/** Diagnosis: which known mistake explains everything that a part was seen to do wrong. */
import type { Balls, Values } from './ball.ts';
import { neededParts, runParts } from './chain.ts';
import { compare } from './compare.ts';
import { placesOf } from './keys.ts';
import type { Mistake } from './mistakes/mistake.ts';
import { plant } from './mistakes/plant.ts';
import type { Part, Setting } from './part.ts';

/** What a mistake says of a part that differs. */
export interface Diagnosis {
  readonly part: string;
  /** Mistakes that explain all of the part's arrays entirely. */
  readonly explains: readonly { readonly id: string; readonly says: string }[];
  /** Mistakes that were tried and do not. */
  readonly excluded: readonly string[];
}

/**
 * Tries mistakes at a part that is wrong by itself. Where the arrays between it and what was supplied are missing, the
 * mistake may be in any of the parts in between.
 *
 * @param base what was given and what was made
 */
export function diagnose(
  wrong: Part,
  parts: readonly Part[],
  setting: Setting,
  base: Balls,
  made: ReadonlyMap<string, Values>,
  mistakes: readonly Mistake[],
): Diagnosis {
  const there = new Set(base.keys());
  const suspects = new Set(neededParts(parts, wrong.outputs, there).map(({ id }) => id));
  const explains: { id: string; says: string }[] = [];
  const excluded: string[] = [];
  for (const mistake of mistakes) {
    let isPlanted = false;
    const planted = parts.map((part) => {
      const other = suspects.has(part.id) ? plant(mistake, part, setting) : undefined;
      if (other) isPlanted = true;
      return other ?? part;
    });
    if (!isPlanted) continue;
    if (explainsPart(wrong, planted, setting, base, made))
      explains.push({ id: mistake.id, says: mistake.says });
    else excluded.push(mistake.id);
  }
  return { part: wrong.id, explains, excluded };
}

/** Whether the arrays of a part that were supplied are what the planted parts make. */
function explainsPart(
  wrong: Part,
  planted: readonly Part[],
  setting: Setting,
  base: Balls,
  made: ReadonlyMap<string, Values>,
): boolean {
  const needed = neededParts(planted, wrong.outputs, new Set(base.keys()));
  const target = needed.at(-1)!;
  const before = needed.slice(0, -1);
  const wanted = new Set(target.inputs);
  const manner = { bounds: true, follow: made, branch: 'all' } as const;
  const balls = runParts(before, base, manner, (key) => wanted.has(key));
  if (!target.inputs.every((key) => balls.has(key))) return false;
  const result = target.run(balls, manner);
  const places = placesOf(setting.network, setting.B);
  return wrong.outputs
    .filter((key) => made.has(key) && places.has(key))
    .every((key) => {
      const ball = result.get(key);
      if (!ball || ball.value.length !== made.get(key)!.length) return false;
      return compare(places.get(key)!, ball, made.get(key)!, result, setting.network).differing === 0;
    });
}
