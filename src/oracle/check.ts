/** The check of one step: each part is run on what it was fed, and what the implementation made of it is compared. */
import type { Interval, Values } from './interval.ts';
import { canRun, exactly, lastUses, neededParts } from './chain.ts';
import { compare, placesOff, type Comparison } from './compare.ts';
import { diagnoseAll } from './diagnose.ts';
import { describe } from './describe.ts';
import { decidingKeys } from './deciding.ts';
import type { Diagnosis, Known, Tell, Wrong } from './diagnosis.ts';
import { carry, leftKeys, splitArrays, withDefaults } from './stepInputs.ts';
import { placesOf, type Place, type Stage } from './keys.ts';
import type { Mistake } from './mistakes/mistake.ts';
import { placesIn } from './narrow.ts';
import { powerOf, stepBase } from './power.ts';
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
  /** Of what differs, in words: how its numbers come of the expected ones. */
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
  /** What each part is fed: the reference's arrays where the implementation's differ, or always the latter. */
  readonly feed: 'reference' | 'own';
  /** Mistakes to try at a difference. */
  readonly mistakes: readonly Mistake[];
  /** What the step before left, by the keys of this one. */
  readonly carried: ReadonlyMap<string, Interval>;
  /** Whether a step follows, which starts from what this one leaves. */
  readonly hasNext: boolean;
  readonly tell: Tell;
}

/** Bytes of arrays that are kept for a diagnosis. */
const mostKept = 2 ** 29;

/** Two ways to feed the parts, alike until something differs. */
class Feeds {
  readonly own: Map<string, Interval>;
  readonly reference: Map<string, Interval>;
  /** What the parts made between the supplied arrays, of the implementation's own. */
  readonly between = new Map<string, Interval>();
  private kept = 0;
  /** Keys of which the two feeds have different arrays. */
  readonly apart = new Set<string>();

  constructor(
    given: ReadonlyMap<string, Interval>,
    readonly made: ReadonlyMap<string, Values>,
  ) {
    this.own = new Map([...given, ...exactly(made)]);
    // What cannot be judged is taken as it is.
    this.reference = new Map(this.own);
  }

  /** Lets go of arrays that nobody asks for any more; what a diagnosis would make again is kept while it is small. */
  drop(isDone: (key: string) => boolean): void {
    for (const key of this.reference.keys()) if (isDone(key)) this.reference.delete(key);
    for (const [key, interval] of this.own) {
      if (!isDone(key)) continue;
      this.own.delete(key);
      this.kept += interval.value.byteLength + (interval.radius?.byteLength ?? 0);
      if (this.kept <= mostKept) this.between.set(key, interval);
    }
  }

  isApart(part: StagePart): boolean {
    return part.inputs.some((key) => this.apart.has(key));
  }
}

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
  const there = new Set([...sources.keys(), ...made.keys()]);
  const left = manner.hasNext ? leftKeys(setting) : new Map<string, string>();
  const needed = neededParts(parts, [...made.keys(), ...left.keys()], there);
  const last = lastUses(needed);
  const feeds = new Feeds(sources, made);
  const places = placesOf(setting.network, setting.B);
  const findings: Finding[] = [];
  const [wrong, right]: [Wrong[], StagePart[]] = [[], []];
  for (const [at, part] of needed.entries()) {
    manner.tell('checked', part.id, at, needed.length);
    if (!canRun(part, feeds.own)) continue;
    const { findings: found, wrong: differing } = checkPart(part, setting, places, feeds, manner.feed);
    findings.push(...found);
    if (differing) wrong.push(differing);
    else if (found.length > 0) right.push(part);
    feeds.drop((key) => !there.has(key) && !left.has(key) && (last.get(key) ?? -1) <= at);
  }
  const base = new Map([...sources, ...exactly(made)]);
  const known = { base, made, between: feeds.between };
  const decided = findings.map((finding) => withDeciding(finding, parts, places, known));
  const diagnoses = diagnoseAll(wrong, right, parts, setting, known, manner.mistakes, manner.tell);
  const report = {
    findings: decided.map((finding) => explained(finding, diagnoses)),
    notChecked: missing(places, parts, findings, made, sources),
    diagnoses,
  };
  return { report, carried: carry(feeds.own, left) };
}

/** Of what differs by itself, the ids of what explains it. */
function explained(finding: Finding, diagnoses: readonly Diagnosis[]): Finding {
  if (finding.verdict !== 'differs' || finding.follows) return finding;
  const explains = diagnoses.find(({ part }) => part === finding.part)?.explains ?? [];
  return { ...finding, explanations: explains.map(({ id }) => id) };
}

/** Of what is undecided, the keys that would decide it. */
function withDeciding(
  finding: Finding,
  parts: readonly StagePart[],
  places: ReadonlyMap<string, Place>,
  known: Known,
): Finding {
  if (finding.verdict !== 'undecided') return finding;
  const { key } = finding;
  const decides = (interval: Interval): boolean =>
    powerOf(interval, places.get(key)!.shape, stepBase(key, known.base)) > 0;
  return { ...finding, decidedBy: decidingKeys(key, parts, known, decides, (each) => places.has(each)) };
}

function checkPart(
  part: StagePart,
  setting: Setting,
  places: ReadonlyMap<string, Place>,
  feeds: Feeds,
  feed: CheckManner['feed'],
): { findings: Finding[]; wrong: Wrong | undefined } {
  const { made } = feeds;
  const { network } = setting;
  const judged = part.outputs.filter((key) => made.has(key) && places.has(key));
  const own = part.run(feeds.own, { bounds: true, follow: made, branch: 'all' });
  const judge = (intervals: ReadonlyMap<string, Interval>) =>
    new Map(
      judged.map((key) => [
        key,
        compare(places.get(key)!, intervals.get(key)!, made.get(key)!, intervals, network),
      ]),
    );
  const byOwn = judge(own);
  const isRight = [...byOwn.values()].every(({ differing }) => differing === 0);
  const asReference = feed === 'own' || (isRight && !feeds.isApart(part));
  const reference = asReference
    ? own
    : part.run(feeds.reference, { bounds: true, follow: made, branch: 'open' });
  const byReference = asReference ? byOwn : judge(reference);
  for (const key of part.outputs) {
    const interval = own.get(key)!;
    if (!made.has(key)) feeds.own.set(key, interval);
    const agrees = byReference.get(key)?.differing === 0;
    feeds.reference.set(key, agrees ? { value: made.get(key)! } : reference.get(key)!);
    if (!agrees && (made.has(key) || !asReference)) feeds.apart.add(key);
  }
  const findings = judged.map((key): Finding => {
    const comparison = byReference.get(key)!;
    const isOff = comparison.differing > 0;
    const follows = isOff && byOwn.get(key)!.differing === 0;
    const { row, n, shape } = places.get(key)!;
    const said =
      isOff && !follows
        ? describe(places.get(key)!, own.get(key)!, made.get(key)!, feeds.reference, setting)
        : undefined;
    const power = powerOf(reference.get(key)!, shape, stepBase(key, feeds.own));
    return {
      key,
      stage: part.stage,
      n,
      equation: row.equation,
      part: part.id,
      verdict: isOff ? 'differs' : power > 0 ? 'agrees' : 'undecided',
      ...(follows && { follows }),
      ...(said !== undefined && { description: said }),
      power,
      ...comparison,
    };
  });
  const wrong = findings.find(({ verdict, follows }) => verdict === 'differs' && !follows);
  return { findings, wrong: wrong && wrongOf(wrong.key) };

  function wrongOf(key: string): Wrong {
    const sample = byOwn.get(key)!.first!.sample;
    const off = placesOff(own.get(key)!, made.get(key)!);
    return { part, sample, places: placesIn(places.get(key)!, off, sample) };
  }
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
