/** Checks a step of any kind: judges its arrays, names mistakes, and describes differences that no mistake explains. */
import type { Ball } from '../engine/stage.ts';
import { judge, type Finding, type Judgement, type JudgeManner, type Slot } from './judge.ts';
import { nameMistakes, type Case, type Diagnosis, type Fitted, type Kind, type Mistake } from './name.ts';
import { isRuledOut } from './untold.ts';
import { gridOf, isSingle, largest, largestExactSum, total, ulpOf, type Values } from '../engine/rounding.ts';

/**
 * Reports progress: before each chunk of samples is checked, before each stage that follows the chunks is checked, and before
 * each stage is diagnosed.
 */
export type Tell = (doing: 'checked' | 'diagnosed', stage: string, done: number, of: number) => void;

/** Arrays as balls without errors. A stage widens arrays of bytes and words when it reads them. */
export const ballsOf = (arrays: ReadonlyMap<string, Values>): Map<string, Ball> =>
  new Map([...arrays].map(([key, v]) => [key, { v: v as Ball['v'] }])); // readers only index these arrays

/** A step of a kind, as a program computed it. */
export interface KindStep<M> {
  readonly kind: Kind<M>;
  /** The mistakes to try; if empty, differences are neither named nor described. */
  readonly mistakes: readonly Mistake<M>[];
  readonly model: M;
  /** The inputs of the step, and the arrays that the program computed. */
  readonly there: ReadonlyMap<string, Ball>;
  /** Keys that the program computed. */
  readonly computed: ReadonlySet<string>;
  readonly slots: ReadonlyMap<string, Slot>;
  readonly baseOf?: JudgeManner['baseOf'];
  readonly tell: Tell;
  /** Whether to end at the first array that differs. */
  readonly isBrief?: boolean | undefined;
  /** Describes an array that no mistake explains. Default: it has no description. */
  readonly describe?: ((judged: Judgement, key: string) => string) | undefined;
  /** Names, without layer, of stages that no mistake explained in an earlier step. In this step, they get no explanations. */
  readonly nameless?: ReadonlySet<string> | undefined;
  /** Replaces the explanations found for a stage. */
  readonly explain?: (
    diagnosis: Diagnosis,
    all: readonly Diagnosis[],
    judged: Judgement,
  ) => Diagnosis['explains'];
}

export interface StepFindings {
  readonly judged: Judgement;
  readonly findings: readonly Finding[];
  /** The explanations of each stage that is wrong by itself, not only because of its inputs. */
  readonly diagnoses: readonly Diagnosis[];
  /** Names, without layer, of the stages that no mistake explained in this step or an earlier one. */
  readonly nameless: ReadonlySet<string>;
}

export function checkKind<M extends object>(step: KindStep<M>): StepFindings {
  const { kind, mistakes, model, there, computed, slots, tell, isBrief = false, explain, describe } = step;
  const manner: JudgeManner = {
    slotOf: (key) => slots.get(key),
    baseOf: step.baseOf,
    computed,
    tell: (id, done, of) => tell('checked', id, done, of),
    isBrief,
  };
  const computation = kind.computationOf(model);
  const judged = judge(computation, there, manner);
  const agreeing = judged.findings.filter(({ verdict }) => verdict === 'agrees').map(({ key }) => key);
  const naming: Case<M> = { kind, mistakes, model, run: judged.run, manner };
  const hasAlone = mistakes.some(({ isAlone }) => isAlone);
  const isOut = (row: Mistake<M>, k?: Fitted): boolean => isRuledOut(naming, row, agreeing, k) === true;
  const contradicts = (row: Mistake<M>, k: Fitted): boolean =>
    (hasAlone ? !row.isOwn : row.isWhole === true) && isOut(row, k);
  const { nameless: before = new Set<string>() } = step;
  const nameless = new Set(before);
  const all = diagnose({ ...naming, contradicts, isRuledOut: isOut }, judged, nameless, tell);
  const named = explain ? all.map((same) => ({ ...same, explains: explain(same, all, judged) })) : all;
  const diagnoses = named.map((each) => ({
    ...each,
    explains: uncontradicted(each, likeliest(each, named)),
  }));
  const findings = judged.findings.map((finding): Finding => {
    const its = diagnoses.find(({ part }) => part === finding.part);
    if (finding.verdict !== 'differs' || !its || mistakes.length === 0) return finding;
    const explanations = its.explains.map(({ id }) => id);
    return {
      ...finding,
      explanations,
      ...(explanations.length === 0 && describe && { description: describeAlone(finding, describe) }),
    };
  });
  return { judged, findings, diagnoses, nameless };

  /** Leaves out explanations that would have changed arrays of other kinds of stages that agree. If this leaves none, keeps all. */
  function uncontradicted({ part }: Diagnosis, explains: Diagnosis['explains']): Diagnosis['explains'] {
    const own = judged.findings.find((finding) => finding.part === part)?.stage;
    const right = judged.findings.filter(({ stage, verdict }) => verdict === 'agrees' && stage !== own);
    const keys = right.map(({ key }) => key);
    const some = explains.filter(({ id, numbers }) => {
      const row = explains.length > 1 && mistakes.find((each) => each.id === id);
      return !row || isRuledOut(naming, row, keys, numbers) !== true;
    });
    return some.length > 0 ? some : explains;
  }

  /**
   * Describes an array. If the same stage differed without an explanation in the step before, refers to that step instead.
   * Otherwise, if the array is not the first wrong one of its stage, refers to the first. Exceptions are NaN, weights that the
   * step left as they were, and spikes of which a relation is found.
   */
  function describeAlone({ key, part }: Finding, say: NonNullable<typeof describe>): string {
    if (before.has(kindOf(part))) return 'the step before differs in the same stage';
    const [first] = judged.wrong.find(({ stage }) => stage.id === part)!.keys; // each stage that differs has wrong keys
    const peer = `${first} differs, which the same stage makes`;
    const isPlain = judged.pieces
      .get(key)
      ?.some(
        ({ got, base }) =>
          got.some((v) => !Number.isFinite(v)) || (base && got.every((v, i) => v === base[i])),
      );
    if (key === first || isPlain) return say(judged, key);
    const says = slots.get(key)?.isSpikes ? say(judged, key) : peer;
    return says.includes(' numbers differ, ') ? peer : says;
  }
}

/**
 * The findings for a program that computes in binary64, and rounds its arrays to binary32 only to store them. Undefined if
 * mistakes explain all differences, or if an array still differs.
 */
export function checkStored<M extends object>(
  step: KindStep<M>,
  { diagnoses, findings }: StepFindings,
): StepFindings | undefined {
  if (diagnoses.every(({ explains }) => explains.length > 0)) return undefined;
  const there = new Map([...step.there].map(([key, ball]) => [key, ball.r ? ball : storedBall(ball)]));
  const stored = { ...step, there, mistakes: [], tell: () => {} };
  const isOff = ({ verdict }: Finding): boolean => verdict === 'differs';
  // The arrays that differ are judged first, because they are few.
  const wrong = new Set(findings.filter(isOff).map(({ key }) => key));
  if (checkKind({ ...stored, computed: wrong }).findings.some(isOff)) return undefined;
  const found = checkKind(stored);
  if (found.findings.some(isOff)) return undefined;
  // Spikes that agree only because of this rounding are not confirmed.
  const judged = found.findings.map((finding): Finding =>
    wrong.has(finding.key) && finding.class === 'either' ? { ...finding, verdict: 'undecided' } : finding,
  );
  return { ...found, findings: judged };
}

/**
 * Bounds for numbers that may have been rounded to binary32 to be stored. All numbers count as exact in two cases. First,
 * one of them is not a binary32 number: then none was rounded. Second, all fit 16 bits on one grid. To exclude chance, in
 * the second case, all must also be whole, or at least `fewOnGrid` of them must not be 0.
 */
function storedBall({ v }: Ball): Ball {
  const isCoarse = largest(v) <= largestExactSum(gridOf(v), 16);
  const isByChance = total(v, (each) => Number(each !== 0)) < fewOnGrid && !v.every(Number.isInteger);
  if ((isCoarse && !isByChance) || !v.every(isSingle)) return { v };
  const r = new Float64Array(v.length);
  for (let i = 0; i < r.length; i++) r[i] = ulpOf(v[i]) / 2;
  return { v, r };
}

/**
 * If fewer numbers than this are on a coarse grid, that may be chance: a single rounded number is on it with probability 2⁻⁸.
 */
const fewOnGrid = 4;

/** Keeps each explanation that is the only explanation of the same stage in another layer. If there is none, keeps all. */
function likeliest({ part, explains }: Diagnosis, all: readonly Diagnosis[]): Diagnosis['explains'] {
  const alone = new Set(
    all.flatMap((each) =>
      each.part !== part && kindOf(each.part) === kindOf(part) && each.explains.length === 1
        ? [each.explains[0].id]
        : [],
    ),
  );
  const some = explains.filter(({ id }) => alone.has(id));
  return some.length > 0 ? some : explains;
}

/** The stage of an id, without its layer. */
const kindOf = (id: string): string => id.replace(/\.\d+/, '');

/** The explanations of each wrong stage, and its doubtful inputs. */
function diagnose<M extends object>(
  naming: Case<M>,
  { wrong, findings }: Judgement,
  nameless: Set<string>,
  tell: Tell,
): Diagnosis[] {
  if (naming.mistakes.length === 0) return wrong.map(({ stage }) => ({ part: stage.id, explains: [] }));
  const undecided = new Set(findings.filter(({ verdict }) => verdict === 'undecided').map(({ key }) => key));
  const off = wrong.flatMap(({ keys }) => keys);
  const doubtful = new Map(
    wrong.map((each) => [
      each.stage.id,
      doubtfulOf(naming, each, each.isUnsure ? new Set([...undecided, ...off]) : undecided),
    ]),
  );
  const isCertain = ({ stage }: (typeof wrong)[number]): boolean => doubtful.get(stage.id)?.length === 0;
  const found = nameMistakes(naming, wrong.filter(isCertain), (each) =>
    tell('diagnosed', each.stage.id, wrong.indexOf(each), wrong.length),
  );
  return wrong.map(({ stage: { id } }) => {
    const [its, explains, kind] = [doubtful.get(id) ?? [], found.get(id) ?? [], kindOf(id)];
    const differing = findings.reduce((sum, each) => sum + (each.part === id ? each.differing : 0), 0);
    if (explains.length + its.length === 0 && differing >= leastNameless) nameless.add(kind);
    return {
      part: id,
      explains: nameless.has(kind) ? [] : explains,
      ...(its.length > 0 && { doubtful: its }),
    };
  });
}

/**
 * If at least this many numbers of a stage differ without an explanation, the same stage of later layers gets no explanation
 * either. If all layers have the same mistake, it may look like a different mistake in a layer where only few numbers differ.
 */
const leastNameless = 8;

/** The arrays among `undecided` that a stage reads, directly or through arrays that were not supplied. */
function doubtfulOf<M>(
  { run }: Case<M>,
  { stage }: { readonly stage: { readonly reads: readonly string[] } },
  undecided: ReadonlySet<string>,
): string[] {
  const found = new Set<string>();
  const seen = new Set(stage.reads);
  for (const key of seen) {
    if (undecided.has(key)) found.add(key);
    if (!run.there.has(key)) for (const each of run.makerOf(key)?.reads ?? []) seen.add(each);
  }
  return [...found];
}
