/**
 * The check of one step: the window a few samples at a time, then what is made of its flows. What an implementation made of each
 * part is compared with what follows from what it was fed.
 */
import type { Interval, Values } from './interval.ts';
import { exactly, neededParts, runParts } from './chain.ts';
import { checkParts, type Judgement } from './checkParts.ts';
import { compareAll, type Comparison } from './compare.ts';
import { decidingKeys } from './deciding.ts';
import { describe } from './describe.ts';
import { diagnoseAll } from './diagnose.ts';
import type { Diagnosis, Known, Tell, Wrong } from './diagnosis.ts';
import { dropWindows, feedsOf, joinFeeds, type Feed, type Feeds } from './feeds.ts';
import { placesOf, sizeOf, type Place, type Stage } from './keys.ts';
import type { Mistake } from './mistakes/mistake.ts';
import { groupsOf, isOfWindow, narrowed, type Samples } from './narrow.ts';
import { powerOf, powerOfAll, stepBase } from './power.ts';
import { carry, leftKeys, splitArrays, withDefaults } from './stepInputs.ts';
import { settingOf, type StagePart, type Setting, type StageSetting } from './stagePart.ts';
import { buildParts } from './parts/parts.ts';

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

export interface StepReport {
  readonly findings: readonly Finding[];
  /** Keys that were not judged, and why. */
  readonly notChecked: readonly { readonly key: string; readonly why: string }[];
  /** What explains each part that differs by itself. */
  readonly diagnoses: readonly Diagnosis[];
}

export interface CheckManner {
  readonly feed: Feed;
  /** Mistakes to try at a difference. */
  readonly mistakes: readonly Mistake[];
  /** What the step before left, by the keys of this one. */
  readonly carried: ReadonlyMap<string, Interval>;
  /** Whether a step follows, which starts from what this one leaves. */
  readonly hasNext: boolean;
  readonly tell: Tell;
}

/** Most numbers of an array that is described where its samples were judged apart. */
const mostDescribed = 2 ** 25;

/** Compares what was made with what follows from what was given. */
export function checkStep(
  situation: StageSetting,
  arrays: ReadonlyMap<string, Values>,
  manner: CheckManner,
): { report: StepReport; carried: Map<string, Interval> } {
  const setting = settingOf(situation);
  const { given, made } = splitArrays(arrays, setting);
  const sources = withDefaults(new Map([...manner.carried, ...exactly(given)]), setting);
  const parts = buildParts(setting);
  const left = manner.hasNext ? leftKeys(setting) : new Map<string, string>();
  const there = new Set([...sources.keys(), ...made.keys()]);
  const needed = neededParts(parts, [...made.keys(), ...left.keys()], there);
  const tell = (part: string, done: number): void => manner.tell('checked', part, done, needed.length);
  const base = new Map([...sources, ...exactly(made)]);
  const window = needed.filter(isOfWindow);
  const places = placesOf(setting.network, setting.B);
  const groups = groupsOf(setting);
  const checkedGroups = groups.map((samples, at) =>
    checkGroup(samples, (part, done) =>
      tell(part, ((at + done / window.length) * window.length) / groups.length),
    ),
  );
  const feeds = joinFeeds(
    checkedGroups.map((group) => group.feeds),
    { own: base, made },
    setting,
  );
  const rest = needed.filter((part) => !isOfWindow(part));
  const isDone = (key: string, at: number): boolean =>
    !there.has(key) && !left.has(key) && !rest.slice(at + 1).some(({ inputs }) => inputs.includes(key));
  const later = checkParts(rest, setting, feeds, manner.feed, isDone, (part, at) =>
    tell(part, window.length + at),
  );
  const pieces = [...checkedGroups.flatMap((group) => group.pieces), ...later];
  const known = { base, made, between: feeds.between };
  const findings = parts.flatMap((part) =>
    part.outputs.flatMap((key) => {
      const own = pieces.filter((piece) => piece.key === key);
      return own.length === 0 ? [] : [findingOf(own, part, places.get(key)!)];
    }),
  );
  const wrong = needed.flatMap((part) => wrongOf(part, pieces, places) ?? []);
  const right = needed.filter(
    ({ id }) => !wrong.some(({ part }) => part.id === id) && findings.some(({ part }) => part === id),
  );
  const diagnoses = diagnoseAll(wrong, right, parts, setting, known, manner.mistakes, manner.tell);
  const report = {
    findings: findings.map((finding) => completed(finding)),
    notChecked: missing(places, parts, findings, made, sources),
    diagnoses,
  };
  return { report, carried: carry(feeds.own, left) };

  /** The window of some samples. */
  function checkGroup(
    samples: Samples,
    say: (part: string, done: number) => void,
  ): { feeds: Feeds; pieces: Judgement[] } {
    const its = samples.count === setting.B ? setting : { ...setting, B: samples.count, wholeB: setting.B };
    const { base: own, made: theirs } = narrowed({ base, made, between: new Map() }, setting, samples);
    const group = feedsOf(own, theirs, its !== setting);
    const ids = new Set(window.map(({ id }) => id));
    const those = its === setting ? window : buildParts(its).filter(({ id }) => ids.has(id));
    const isLast = (key: string, at: number): boolean =>
      !there.has(key) &&
      !left.has(key) &&
      !needed.slice(at + 1).some(({ inputs, hints = [] }) => [...inputs, ...hints].includes(key));
    const found = checkParts(those, its, group, manner.feed, isLast, say, samples.from);
    if (its !== setting) dropWindows(group, places);
    return { feeds: group, pieces: found };
  }

  function findingOf(own: readonly Judgement[], part: StagePart, place: Place): Finding {
    const comparison = compareAll(own.map((piece) => piece.comparison));
    const isOff = comparison.differing > 0;
    const follows = isOff && own.every(({ isOwnRight }) => isOwnRight);
    const power = powerOfAll(own.map(({ tallies }) => tallies));
    return {
      key: place.key,
      stage: part.stage,
      n: place.n,
      equation: place.row.equation,
      part: part.id,
      verdict: isOff ? 'differs' : power > 0 ? 'agrees' : 'undecided',
      ...(follows && { follows }),
      power,
      ...comparison,
    };
  }

  /** With what explains it; else how its numbers come of the expected ones; or what would decide it. */
  function completed(finding: Finding): Finding {
    if (finding.verdict === 'undecided') return withDeciding(finding, setting, known);
    if (finding.verdict === 'agrees' || finding.follows) return finding;
    const explains = diagnoses.find(({ part }) => part === finding.part)?.explains ?? [];
    const description = explains.length > 0 ? undefined : descriptionOf(places.get(finding.key)!);
    return {
      ...finding,
      explanations: explains.map(({ id }) => id),
      ...(description !== undefined && { description }),
    };
  }

  function descriptionOf(place: Place): string | undefined {
    const { key, shape } = place;
    if (sizeOf(shape) > mostDescribed) return undefined;
    const supplied = new Map([...feeds.between, ...base]);
    const chain = neededParts(parts, [key], new Set(supplied.keys()));
    const before = runParts(
      chain.slice(0, -1),
      supplied,
      { bounds: true, follow: made, branch: 'all' },
      (each) => chain.at(-1)!.inputs.includes(each),
    );
    const interval = chain.at(-1)!.run(before, { bounds: true, follow: made, branch: 'all' }).get(key)!;
    return describe(place, interval, made.get(key)!, feeds.reference, setting);
  }
}

/** A part that is wrong by itself, with the first sample that it is wrong of. */
function wrongOf(
  part: StagePart,
  pieces: readonly Judgement[],
  places: ReadonlyMap<string, Place>,
): Wrong | undefined {
  const keys = part.outputs.filter((key) => places.has(key));
  for (const key of keys) {
    const wrong = pieces.find((piece) => piece.key === key && piece.wrong !== undefined)?.wrong;
    if (wrong) return { part, ...wrong };
  }
  return undefined;
}

/** Of what is undecided, the keys that would decide it; a step of one sample shows them. */
function withDeciding(finding: Finding, setting: Setting, known: Known): Finding {
  const { key } = finding;
  const one = { ...setting, B: 1, wholeB: setting.B };
  const its = narrowed(known, setting, { from: 0, count: 1 });
  const places = placesOf(setting.network, 1);
  const decides = (interval: Interval): boolean =>
    powerOf(interval, places.get(key)!.shape, stepBase(key, its.base)) > 0;
  return {
    ...finding,
    decidedBy: decidingKeys(key, buildParts(one), its, decides, (each) => places.has(each)),
  };
}

/** What was not judged: because it was not supplied, or because something that it is made of is missing. */
function missing(
  places: ReadonlyMap<string, Place>,
  parts: readonly StagePart[],
  findings: readonly Finding[],
  made: ReadonlyMap<string, Values>,
  sources: ReadonlyMap<string, Interval>,
): StepReport['notChecked'] {
  const judged = new Set(findings.map(({ key }) => key));
  const list: { key: string; why: string }[] = [];
  for (const part of parts) {
    for (const key of part.outputs) {
      if (judged.has(key) || sources.has(key) || !places.has(key)) continue;
      const lacking = part.inputs.filter((input) => !sources.has(input) && !made.has(input));
      list.push({ key, why: made.has(key) ? `needs ${lacking.join(', ')}` : 'not supplied' });
    }
  }
  return list;
}
