/**
 * What the recorded numbers do not tell: other answers to the questions of the variant, and a few mistakes, that would have made the
 * same arrays. Where no potential equals Vth, u > Vth for u ≥ Vth makes no difference, and "agrees" says nothing of it.
 */
import { real } from '../../../spec/arithmetic.ts';
import type { Replay } from '../../engine/run.ts';
import type { Judgement } from '../judge.ts';
import { keyOf } from '../keys.ts';
import type { Mistake } from '../name.ts';
import { isShown } from '../untold.ts';
import { networkOf, type Model } from './model.ts';
import { asf } from './steps.ts';

/** How λ·u is rounded lies within bounds, and when u is shown changes no spike: these are no questions that are answered wrongly. */
const unasked = ['leak=product', 'leak=sumThenDifference', 'reset=nextStep', 'reset=sameStep'];

/**
 * Without S the gradients are the same where it is 1, and with the one before where it did not change; a range shows where a ratio is
 * outside. Adam's first step shows neither the rates of its moments nor the size of a gradient.
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

/** Adds what the arrays of a step do not tell; what an earlier step tells is told. */
export function untoldOf(
  model: Model,
  mistakes: readonly Mistake<Model>[],
  { run, findings }: Judgement,
  untold: Map<string, Pick<Mistake<Model>, 'id' | 'says'> | undefined>,
): void {
  const keys = findings.filter(({ verdict }) => verdict === 'agrees').map(({ key }) => key);
  for (const mistake of mistakes.filter(isAsked)) {
    if (untold.has(mistake.id) && untold.get(mistake.id) === undefined) continue;
    // A ratio that is cut is asked about where there is one to cut.
    if (mistake.id === 'scale-clamped' && !isRefused(model, run)) continue;
    const shown = isShown({ kind: asf, model, run }, mistake, keys);
    if (shown !== undefined)
      untold.set(mistake.id, shown ? undefined : { id: mistake.id, says: mistake.says });
  }
}

/** Whether a ratio of a layer is outside (0, 1/Vth]. */
function isRefused(model: Model, run: Replay): boolean {
  return networkOf(model, real).layers.some(({ n, spikes, Vth }) => {
    const ratio = spikes ? run.find(keyOf(n, 'ratio'))?.v[0] : undefined;
    return ratio !== undefined && !(ratio > 0 && ratio <= 1 / Vth);
  });
}
