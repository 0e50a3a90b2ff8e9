/** Computes the recording of a training step by surrogate gradients, with or without a mistake. */
import { binary32 } from '../../../spec/arithmetic.ts';
import { Replay } from '../../engine/run.ts';
import { refuse } from '../../errors.ts';
import type { Tensor } from '../../formats/tensor.ts';
import { checkRecord } from '../../network/check.ts';
import { planted } from '../name.ts';
import { ballsOf } from '../step.ts';
import { isEntering } from './check.ts';
import { openStep, placesOf, type StepArrays } from './file.ts';
import { mistakesOf } from './mistakes/mistakes.ts';
import { bySurrogates, computationOf } from './steps.ts';

/**
 * Lists the mistakes that a surrogate-gradient step may have.
 *
 * @param arrays as for `checkSurrogate`
 * @param words as for `checkSurrogate`
 * @returns id of each mistake, and a sentence about a program that makes it
 * @throws InputError as `checkSurrogate`
 */
export function surrogateMistakes(
  arrays: StepArrays,
  words: Readonly<Record<string, unknown>>,
): { readonly id: string; readonly says: string }[] {
  const { model } = openStep(arrays, words, 'mistakes');
  return mistakesOf(model).map(({ id, says }) => ({ id, says }));
}

/** Options of {@link expectedSurrogate}. */
export interface ExpectedSurrogateOptions {
  /** The id of a mistake to make. Default: none. */
  readonly mistake?: string;
  /** Numbers of the mistake, such as another threshold: each −1e9 … 1e9. Default: none. */
  readonly numbers?: readonly number[];
}

/**
 * Computes the arrays of a surrogate-gradient step from its input alone: `input`, `label` and the weights.
 *
 * @param arrays as for `checkSurrogate`
 * @param words as for `checkSurrogate`
 * @param options a mistake to make, and its numbers
 * @returns arrays of binary32 by key
 * @throws InputError if there is no such mistake, or the step is recurrent
 */
export function expectedSurrogate(
  arrays: StepArrays,
  words: Readonly<Record<string, unknown>>,
  options: ExpectedSurrogateOptions = {},
): Map<string, Tensor> {
  const where = 'expected';
  const { model, arrays: values } = openStep(arrays, words, where);
  checkRecord(where, 'options', options, ['mistake', 'numbers']);
  const { mistake, numbers = [] } = options;
  if (!Array.isArray(numbers) || !numbers.every((k) => typeof k === 'number'))
    refuse(where, 'numbers', 'a list of numbers', numbers);
  if (model.layers.some(({ recurrent }) => recurrent))
    refuse(where, 'layers', 'none that is recurrent', 'one');
  const own = { ...model, recorded: new Set<string>() };
  const row = mistakesOf(own).find(({ id }) => id === mistake);
  if (mistake !== undefined && !row) refuse(where, 'mistake', 'the id of one', mistake);
  const computation = row ? planted(bySurrogates, row, own, numbers) : computationOf(own);
  if (!computation) refuse(where, 'mistake', 'one that these neurons can make', mistake);
  const there = ballsOf(new Map([...values].filter(([key]) => isEntering(key))));
  const run = new Replay(computation, there, binary32);
  return new Map(
    [...placesOf(model).values()].flatMap(({ key, shape }) => {
      const made = there.get(key) ?? run.find(key);
      return made ? [[key, { dtype: 'F32', shape, data: Float32Array.from(made.v) }] as const] : [];
    }),
  );
}
