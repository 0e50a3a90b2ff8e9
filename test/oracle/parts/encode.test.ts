/** The spikes of the input, in the precision that is asked for: the intensity is rounded to it, the random word is not. */
import { expect, it } from 'vitest';
import { binary32, real } from '../../../spec/arithmetic.ts';
import { runPart } from './tight.ts';

it.each([
  ['a word below 2³¹ that would round to it', 0.5, 2 ** 31 - 1, binary32, 1],
  ['an intensity above a half that rounds to it', 0.5 + 2 ** -27, 2 ** 31 + 8, binary32, 0],
  ['the same without rounding', 0.5 + 2 ** -27, 2 ** 31 + 8, real, 1],
])('%s', (_, image, word, precision, spike) => {
  const spikes = runPart('encode.0', { image, 'encode.word': word }, { precision }).get('input.spikes')!;
  expect([...spikes.value]).toEqual([spike]);
});
