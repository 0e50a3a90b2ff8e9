/** Pairs of cases in variants that differ in one choice. The expected arrays of a pair must differ. */
import { choices, paper, type Variant } from '../../../spec/variant.ts';
import type { Draft, Expectation, Vector } from './case.ts';
import { fail, pathOf } from './case.ts';

type Question = keyof typeof choices;

/** For each question, the case that shows it. `scaleUpdate` needs an epoch: several steps. `output` belongs to other rules. */
const shownBy: Readonly<Partial<Record<Question, string>>> = {
  input: 'encode/words',
  fires: 'step/dyadic-pools',
  reset: 'neuron/dyadic-dense',
  leak: 'neuron/any-dense',
  averagePool: 'step/dyadic-pools',
  maxPoolFlow: 'step/dyadic-pools',
  scale: 'step/any-dense',
  scaleOver: 'scale/refused',
  scaleRange: 'scale/refused',
  scaleStart: 'scale/start',
  scaleMemory: 'scale/half',
  gate: 'step/dyadic-dense',
  loss: 'step/dyadic-dense',
  batch: 'step/dyadic-dense',
  outputWeights: 'step/dyadic-dense',
};

/** A preset with one answer replaced, and its folder. */
export function otherAnswer(
  folder: string,
  variant: Variant,
  question: Question,
  answer: string,
): { folder: string; variant: Variant } {
  return { folder: `${folder}-${question}-${answer}`, variant: { ...variant, [question]: answer } };
}

/** The second cases of all pairs whose first case exists. */
export function choiceDrafts(bases: readonly Draft[]): Draft[] {
  return bases.flatMap((base) =>
    (Object.keys(shownBy) as Question[])
      .filter((question) => shownBy[question] === `${base.stage}/${base.name}`)
      .flatMap((question) =>
        answersOf(question, base.variant).map((answer) => ({
          ...base,
          ...otherAnswer(base.folder, base.variant, question, answer),
          pair: pathOf(base),
          flags: [],
          isSurveyed: true,
        })),
      ),
  );
}

/**
 * The answers that replace the answer of `variant`: all others if `variant` answers as `paper` does, otherwise only the answer
 * of `paper`.
 */
function answersOf(question: Question, variant: Variant): string[] {
  const all: readonly string[] = choices[question];
  const isPapers = variant[question] === paper[question];
  return all.filter((answer) => answer !== variant[question] && (isPapers || answer === paper[question]));
}

/**
 * The difference of the two cases of a pair. `bounds`: some number is correct in only one case. `bits`: some numbers differ,
 * but the bounds of the two cases overlap at every number.
 *
 * @throws Error if they are equal
 */
export function apartOf({ draft, expected }: Vector, base: Vector): 'bounds' | 'bits' {
  const others = new Map(base.expected.map((array) => [array.key, array]));
  const pairs = expected.flatMap((array) => {
    const other = others.get(array.key);
    return other ? [[array, other] as const] : [];
  });
  if (pairs.some(([a, b]) => areDisjoint(a, b))) return 'bounds';
  if (pairs.some(([a, b]) => a.value.some((value, i) => value !== b.value[i]))) return 'bits';
  fail(draft, `nothing differs from ${pathOf(base.draft)}`);
}

const lowOf = ({ low, value }: Expectation, i: number): number => low?.[i] ?? value[i];
const highOf = ({ high, value }: Expectation, i: number): number => high?.[i] ?? value[i];

function areDisjoint(a: Expectation, b: Expectation): boolean {
  return a.value.some((_, i) => lowOf(a, i) > highOf(b, i) || highOf(a, i) < lowOf(b, i));
}
