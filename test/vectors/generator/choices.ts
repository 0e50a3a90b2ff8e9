/** Pairs: a case again, in a variant with one choice replaced. What is expected must differ, or the pair shows nothing. */
import { choices, paper, type Variant } from '../../../spec/variant.ts';
import type { Draft, Expectation, Vector } from './case.ts';
import { fail, pathOf } from './case.ts';

type Question = keyof typeof choices;

/**
 * The case of each preset that shows a choice. `scaleUpdate` is about steps that follow each other: an epoch shows it.
 * `output` belongs to other rules.
 */
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

/** The pairs of a preset with cases that are there. */
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

/** Of a preset the answer of the other one, and those that neither gives; where the two differ, the latter of `paper` alone. */
function answersOf(question: Question, variant: Variant): string[] {
  const all: readonly string[] = choices[question];
  const isPapers = variant[question] === paper[question];
  return all.filter((answer) => answer !== variant[question] && (isPapers || answer === paper[question]));
}

/**
 * How far the two of a pair are apart: `bounds`: some number is right in one only. `bits`: both would pass as rounding
 * of the other.
 *
 * @throws Error where they are the same
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
