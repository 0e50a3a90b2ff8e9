/**
 * The check of one step: the window a few samples at a time, then what is made of its flows. What an implementation made of each
 * part is compared with what follows from what it was fed.
 */
import type { Interval, Intervals, Values } from './interval.ts';
import { exactly, neededParts } from './chain.ts';
import { checkParts, type Judgement } from './checkParts.ts';
import { diagnoseAll } from './diagnose.ts';
import type { Diagnosis, Tell, Wrong } from './diagnosis.ts';
import { feedsOf, joinFeeds, withoutWindows, type Feed, type Feeds } from './feeds.ts';
import { completed, findingsOf, type Finding } from './findings.ts';
import { placesOf, type Place } from './keys.ts';
import type { Mistake } from './mistakes/mistake.ts';
import { groupsOf, narrowed, type Samples } from './narrow.ts';
import { carry, leftKeys, splitArrays, withDefaults } from './stepInputs.ts';
import {
  isOfWindow,
  readsOf,
  settingOf,
  type StagePart,
  type Setting,
  type StageSetting,
} from './stagePart.ts';
import { buildParts, partsOf } from './parts/parts.ts';
import type { Untold } from './untold.ts';

export interface StepReport {
  readonly findings: readonly Finding[];
  /** Keys that were not judged, and why; of those that were supplied, what has to be supplied too. */
  readonly notChecked: readonly {
    readonly key: string;
    readonly why: string;
    readonly needs?: readonly string[];
  }[];
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
  /** Gathers what the arrays that agree do not tell. */
  readonly untold: Untold;
}

/** A step that is checked. */
interface Step {
  readonly setting: Setting;
  readonly manner: CheckManner;
  readonly places: ReadonlyMap<string, Place>;
  /** All parts, and those without which what was made cannot be judged: those of the window first. */
  readonly parts: readonly StagePart[];
  readonly needed: readonly StagePart[];
  /** What entered, what the implementation made of it, and both. */
  readonly sources: Intervals;
  readonly made: ReadonlyMap<string, Values>;
  readonly base: Intervals;
  /** What the next step starts from. */
  readonly left: ReadonlyMap<string, string>;
}

/** Compares what was made with what follows from what was given. */
export function checkStep(
  situation: StageSetting,
  arrays: ReadonlyMap<string, Values>,
  manner: CheckManner,
): { report: StepReport; carried: Map<string, Interval> } {
  const step = openStep(situation, arrays, manner);
  const { setting, base, made, parts, places } = step;
  const groups = checkWindow(step);
  const feeds = joinFeeds(
    groups.map((group) => group.feeds),
    feedsOf(base, made, manner.feed),
    setting,
  );
  const judgements = [...groups.flatMap((group) => group.judgements), ...checkRest(step, feeds)];
  const findings = findingsOf(parts, judgements, places);
  const known = { base, made, between: feeds.between };
  const { wrong, right } = splitParts(step, judgements, findings);
  const diagnoses = diagnoseAll(wrong, right, setting, known, manner);
  const report = {
    findings: findings.map((finding) => completed(finding, setting, known, feeds.reference, diagnoses)),
    notChecked: missing(step, findings),
    diagnoses,
  };
  return { report, carried: carry(feeds.own, step.left) };
}

function openStep(situation: StageSetting, arrays: ReadonlyMap<string, Values>, manner: CheckManner): Step {
  const setting = settingOf(situation);
  const { given, made } = splitArrays(arrays, setting);
  const sources = withDefaults(new Map([...manner.carried, ...exactly(given)]), setting);
  const base = new Map([...sources, ...exactly(made)]);
  const left = manner.hasNext ? leftKeys(setting) : new Map<string, string>();
  const parts = partsOf(setting);
  const needed = neededParts(parts, [...made.keys(), ...left.keys()], new Set(base.keys()));
  const places = placesOf(setting.network, setting.B);
  return { setting, manner, places, parts, needed, sources, made, base, left };
}

/** The window, a few samples at a time. */
function checkWindow(step: Step): { feeds: Feeds; judgements: Judgement[] }[] {
  const { setting, manner, needed } = step;
  const count = needed.filter(isOfWindow).length;
  const groups = groupsOf(setting);
  return groups.map((samples, at) =>
    checkGroup(step, samples, (part, done) =>
      manner.tell('checked', part, (at * count + done) / groups.length, needed.length),
    ),
  );
}

function checkGroup(
  step: Step,
  samples: Samples,
  tell: (part: string, done: number) => void,
): { feeds: Feeds; judgements: Judgement[] } {
  const { setting, needed, places } = step;
  const isGroup = samples.count < setting.B;
  const its = isGroup ? { ...setting, B: samples.count, wholeB: setting.B } : setting;
  const { base, made } = narrowed({ ...step, between: new Map() }, setting, samples);
  const feeds = feedsOf(base, made, step.manner.feed, isGroup, samples.from);
  const ids = new Set(needed.filter(isOfWindow).map(({ id }) => id));
  const parts = buildParts(its).filter(({ id }) => ids.has(id));
  const judgements = checkParts(parts, its, feeds, {
    isDone: lastUse(step, needed),
    tell,
    untold: step.manner.untold,
  });
  return { feeds: isGroup ? withoutWindows(feeds, places) : feeds, judgements };
}

/** What is made of the flows of all samples. */
function checkRest(step: Step, feeds: Feeds): Judgement[] {
  const { setting, manner, needed } = step;
  const rest = needed.filter((part) => !isOfWindow(part));
  const from = needed.length - rest.length;
  return checkParts(rest, setting, feeds, {
    isDone: lastUse(step, rest),
    tell: (part, at) => manner.tell('checked', part, from + at, needed.length),
    untold: manner.untold,
  });
}

/** Whether nobody asks for a key after the part at a place. */
function lastUse({ base, left }: Step, parts: readonly StagePart[]): (key: string, at: number) => boolean {
  return (key, at) =>
    !base.has(key) && !left.has(key) && !parts.slice(at + 1).some((part) => readsOf(part).includes(key));
}

/** The parts that are wrong by themselves, and those that are right, of what was judged. */
function splitParts(
  { parts, needed, base }: Step,
  judgements: readonly Judgement[],
  findings: readonly Finding[],
): { wrong: Wrong[]; right: StagePart[] } {
  const supplied = new Set(base.keys());
  const undecided = new Set(findings.filter(({ verdict }) => verdict === 'undecided').map(({ key }) => key));
  const wrong = needed.flatMap((part): Wrong[] => {
    const [found] = part.outputs.flatMap((key) =>
      judgements.flatMap((each) => (each.key === key && each.wrong ? [each.wrong] : [])),
    );
    if (!found) return [];
    const inputs = neededParts(parts, part.outputs, supplied).flatMap((each) => each.inputs);
    return [{ part, ...found, doubtful: [...undecided].filter((key) => inputs.includes(key)) }];
  });
  const right = new Set(findings.map(({ part }) => part));
  for (const { part } of wrong) right.delete(part.id);
  return { wrong, right: needed.filter(({ id }) => right.has(id)) };
}

/** What was not judged: because it was not supplied, or because something that it is made of is missing. */
function missing(
  { parts, places, sources, made, base }: Step,
  findings: readonly Finding[],
): StepReport['notChecked'] {
  const judged = new Set(findings.map(({ key }) => key));
  const there = new Set(base.keys());
  const outputs = new Set(parts.flatMap((part) => part.outputs));
  const foreign = [...made.keys()].filter((key) => !outputs.has(key));
  return [
    ...[...outputs]
      .filter((key) => !judged.has(key) && !sources.has(key) && places.has(key))
      .map((key) => {
        if (!made.has(key)) return { key, why: 'not supplied' };
        const needs = lackingFor(key, parts, there);
        return { key, why: `needs ${needs.join(', ')}`, needs };
      }),
    ...foreign.map((key) => ({ key, why: ofASFBP, needs: [] })),
  ];
}

/** Of arrays behind the window, where the output layer does something else. */
const ofASFBP = 'is judged only where the output layer integrates, as ASF-BP has it';

/** What an array is made of in the end, that is not there and that no part makes; of encoding, the spikes. */
function lackingFor(key: string, parts: readonly StagePart[], there: ReadonlySet<string>): string[] {
  const steps = parts.filter(({ stage }) => stage !== 'encode');
  const made = new Set(steps.flatMap(({ outputs }) => outputs));
  const inputs = neededParts(steps, [key], there).flatMap((part) => part.inputs);
  return [...new Set(inputs)].filter((input) => !there.has(input) && !made.has(input));
}
