/**
 * Finds other answers to the variant's questions, and a few mistakes, that would have given the same arrays. For example, if no
 * potential equals Vth, the arrays do not distinguish u > Vth from u ≥ Vth.
 */
import { real } from '../../../spec/arithmetic.ts';
import type { Replay } from '../../engine/run.ts';
import type { Judgement } from '../judge.ts';
import { keyOf } from '../keys.ts';
import type { Mistake } from '../name.ts';
import { isRuledOut } from '../untold.ts';
import { networkOf, type Model } from './model.ts';
import { asf } from './steps.ts';

/** Answers that are never wrong: bounds allow either rounding of λ·u, and the recording time of u does not affect spikes. */
const unasked = ['leak=product', 'leak=sumThenDifference', 'reset=nextStep', 'reset=sameStep'];

/**
 * Mistakes that often leave no trace. A missing S has no effect if S is 1. A stale S has no effect if S did not change. An
 * unchecked S has no effect if all ratios are accepted. Adam's first step shows neither the rates of its moments nor the size
 * of a gradient.
 */
const asked = [
  'scale-ignored',
  'stale-scale',
  'scale-unchecked',
  'scale-clamped',
  'adam-betas-exchanged',
  'gradient-scaled',
];

const isAsked = ({ id, choices }: Mistake<Model>): boolean =>
  (choices !== undefined &&
    !id.startsWith('output=') &&
    !id.startsWith('variant=') &&
    !unasked.includes(id)) ||
  id.startsWith('reset-') ||
  asked.includes(id);

/** Decides for each mistake whether the arrays of a step rule it out. A mistake that one step rules out stays ruled out. */
export function untoldOf(
  model: Model,
  mistakes: readonly Mistake<Model>[],
  { run, findings }: Judgement,
  untold: Map<string, Pick<Mistake<Model>, 'id' | 'says'> | undefined>,
): void {
  const keys = findings.filter(({ verdict }) => verdict === 'agrees').map(({ key }) => key);
  for (const mistake of mistakes.filter(isAsked)) {
    if (untold.has(mistake.id) && untold.get(mistake.id) === undefined) continue;
    // Clamping shows only if a ratio is out of range.
    if (mistake.id === 'scale-clamped' && !isRefused(model, run)) continue;
    const ruledOut = isRuledOut({ kind: asf, model, run }, mistake, keys);
    if (ruledOut !== undefined)
      untold.set(mistake.id, ruledOut ? undefined : { id: mistake.id, says: mistake.says });
  }
}

/** Whether a ratio of a layer is outside (0, 1/Vth]. */
function isRefused(model: Model, run: Replay): boolean {
  return networkOf(model, real).layers.some(({ n, spikes, Vth }) => {
    const ratio = spikes ? run.find(keyOf(n, 'ratio'))?.v[0] : undefined;
    return ratio !== undefined && !(ratio > 0 && ratio <= 1 / Vth);
  });
}
