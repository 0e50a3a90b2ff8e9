/** What is found of each array of a step: whether it agrees, and if not, in which way. */
import { neededParts, runParts } from './chain.ts';
import type { Judgement } from './checkParts.ts';
import { compareAll, type Comparison } from './compare.ts';
import { decidingKeys } from './deciding.ts';
import { describe } from './describe.ts';
import type { Diagnosis, Known } from './diagnosis.ts';
import { placesOf, sizeOf, type Place, type Stage } from './keys.ts';
import { narrowed } from './narrow.ts';
import { powerOf, powerOfAll, stepBase } from './power.ts';
import { lastOf, take } from './slices.ts';
import { readsOf, type Arithmetic, type Setting, type StagePart } from './stagePart.ts';
import { buildParts } from './parts/parts.ts';
import { isWholeVariant } from './trials.ts';

/** What is found of one array. */
export interface Finding extends Comparison {
  readonly key: string;
  readonly stage: Stage;
  readonly n: number;
  readonly equation: string;
  /** The part that makes it. */
  readonly part: string;
  readonly verdict: Verdict;
  /** It differs from the reference, but is right for the implementation's own inputs: the mistake is before it. */
  readonly follows?: true;
  /** The smallest share of its numbers that would have shown a plain wrong array; 0 where one would have agreed. */
  readonly power: number;
  /** Of what differs by itself, the ids of what explains it; `diagnoses` has their words. */
  readonly explanations?: readonly string[];
  /** Of what differs and is not explained, in words: how its numbers come of the expected ones. */
  readonly description?: string;
  /** Of what is undecided: keys that would decide it, each alone; or all of them, where none does alone. */
  readonly decidedBy?: readonly string[];
}

/** `agrees` is said of what no plain wrong array could have passed; what could is `undecided`. */
export type Verdict = 'agrees' | 'differs' | 'undecided';

/** One finding of each array that was judged, by its judgements, in the order of the parts. */
export function findingsOf(
  parts: readonly StagePart[],
  judgements: readonly Judgement[],
  places: ReadonlyMap<string, Place>,
): Finding[] {
  return parts.flatMap((part) =>
    part.outputs.flatMap((key) => {
      const own = judgements.filter((judgement) => judgement.key === key);
      return own.length === 0 ? [] : [findingOf(own, part, take(places, key))];
    }),
  );
}

function findingOf(own: readonly Judgement[], part: StagePart, { key, n, row }: Place): Finding {
  const comparison = compareAll(own.map((judgement) => judgement.comparison));
  const isOff = comparison.differing > 0;
  const follows = isOff && own.every(({ isOwnRight }) => isOwnRight);
  const power = powerOfAll(own.map(({ tallies }) => tallies));
  return {
    key,
    stage: part.stage,
    n,
    equation: row.equation,
    part: part.id,
    verdict: isOff ? 'differs' : power > 0 ? 'agrees' : 'undecided',
    ...(follows && { follows }),
    power,
    ...comparison,
  };
}

/**
 * With what explains it; else how its numbers come of the expected ones; or what would decide it.
 *
 * @param reference what is expected of other arrays
 */
export function completed(
  finding: Finding,
  setting: Setting,
  known: Known,
  reference: Known['base'],
  diagnoses: readonly Diagnosis[],
): Finding {
  const { key, verdict, follows } = finding;
  if (verdict === 'undecided') return { ...finding, decidedBy: decidedBy(key, setting, known) };
  if (verdict === 'agrees' || follows) return finding;
  const explains = diagnoses.find(({ part }) => part === finding.part)?.explains ?? [];
  const description = explains.length > 0 ? undefined : descriptionOf(key, setting, known, reference);
  return {
    ...finding,
    explanations: namedOf(explains).map(({ id }) => id),
    ...(description !== undefined && { description }),
  };
}

/** What is said of a part: a preset that has an answer which explains it does so too, and is said where nothing else does. */
export function namedOf<E extends { readonly id: string }>(explains: readonly E[]): readonly E[] {
  const own = explains.filter(({ id }) => !isWholeVariant(id));
  return own.length > 0 ? own : explains;
}

/** Most numbers of an array that is described where its samples were judged apart. */
const mostDescribed = 2 ** 25;

function descriptionOf(
  key: string,
  setting: Setting,
  { base, between, made }: Known,
  reference: Known['base'],
): string | undefined {
  const place = take(placesOf(setting.network, setting.B), key);
  if (sizeOf(place.shape) > mostDescribed) return undefined;
  const supplied = new Map([...between, ...base]);
  supplied.delete(key);
  const chain = neededParts(buildParts(setting), [key], new Set(supplied.keys()));
  const target = lastOf(chain);
  const wanted = [key, ...readsOf(target)];
  const following = { bounds: true, follow: made, branch: 'all' } as const;
  const run = runParts(chain, supplied, following, (each) => wanted.includes(each));
  const saidOf = (intervals: Known['base']): string | undefined =>
    describe(place, take(intervals, key), take(made, key), reference, setting);
  const said = saidOf(run);
  // Potentials and spikes that were moved are those of the right run, and not what would follow from them.
  return said === undefined && target.stage === 'neuron' ? saidOf(target.run(run, byThemselves)) : said;
}

const byThemselves: Arithmetic = { bounds: true, follow: new Map(), branch: 'open' };

/** Of what is undecided, the keys that would decide it; a step of one sample shows them. */
function decidedBy(key: string, setting: Setting, known: Known): string[] {
  const one = { ...setting, B: 1, wholeB: setting.B };
  const its = narrowed(known, setting, { from: 0, count: 1 });
  const places = placesOf(setting.network, 1);
  return decidingKeys(
    key,
    buildParts(one),
    its,
    (interval) => powerOf(interval, take(places, key).shape, stepBase(key, its.base)) > 0,
    (each) => places.has(each),
  );
}
