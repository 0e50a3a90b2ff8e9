/** A training step by surrogate gradients as the equation makes it, or with a mistake: what a program would record. */
import { binary32 } from '../../../spec/arithmetic.ts';
import { Replay } from '../../engine/run.ts';
import type { Ball } from '../../engine/stage.ts';
import { refuse } from '../../errors.ts';
import type { AnyTensor, Tensor } from '../../formats/tensor.ts';
import { planted } from '../name.ts';
import { isEntering } from './check.ts';
import { readSurrogateStep, shapesOf } from './file.ts';
import { mistakesOf } from './mistakes/mistakes.ts';
import { computationOf } from './steps.ts';

/** Mistakes that a step may have, by id, and what a program with it does. */
export function surrogateMistakes(
  arrays: ReadonlyMap<string, AnyTensor>,
  words: Readonly<Record<string, unknown>>,
): { readonly id: string; readonly says: string }[] {
  const { model } = readSurrogateStep({ arrays, words }, 'mistakes');
  return mistakesOf(model).map(({ id, says }) => ({ id, says }));
}

/**
 * The arrays of a step, of what enters it alone: `input`, `label` and the weights.
 *
 * @param options.mistake the id of one that is made
 * @param options.numbers of a mistake that has some, such as another threshold
 * @throws InputError where there is no such mistake, or the step is recurrent
 */
export function expectedSurrogate(
  arrays: ReadonlyMap<string, AnyTensor>,
  words: Readonly<Record<string, unknown>>,
  { mistake, numbers = [] }: { readonly mistake?: string; readonly numbers?: readonly number[] } = {},
): Map<string, Tensor> {
  const where = 'expected';
  const { model, arrays: values } = readSurrogateStep({ arrays, words }, where);
  if (model.layers.some(({ recurrent }) => recurrent))
    refuse(where, 'layers', 'none that is recurrent', 'one');
  const own = { ...model, recorded: new Set<string>() };
  const row = mistakesOf(own).find(({ id }) => id === mistake);
  if (mistake !== undefined && !row) refuse(where, 'mistake', 'the id of one', mistake);
  const computation = row ? planted({ computationOf, mistakes: [] }, row, own, numbers) : computationOf(own);
  if (!computation) refuse(where, 'mistake', 'one that these neurons can make', mistake);
  const there = new Map(
    [...values]
      .filter(([key]) => isEntering(key))
      .map(([key, v]): [string, Ball] => [key, { v: v as Ball['v'] }]), // read by index alone
  );
  const run = new Replay(computation, there, binary32);
  return new Map(
    [...shapesOf(model)].flatMap(([key, shape]) => {
      const made = there.get(key) ?? run.find(key);
      return made ? [[key, { dtype: 'F32', shape, data: Float32Array.from(made.v) }] as const] : [];
    }),
  );
}
