/** The chain rule for a gradient with respect to an input: an edit of the input also edits the gradient. */
import type { Floats } from '../../../spec/arithmetic.ts';
import { largest, range } from '../../engine/rounding.ts';
import { axesOf } from './edits.ts';
import type { Unexplained } from './search.ts';

/**
 * Views the array as the gradient with respect to input j. If input j is a sum over steps, the array may have, for each
 * number of the input, one number per step.
 */
export function byInput(subject: Unexplained, j: number): Unexplained {
  const { slot, v } = subject.inputs[j];
  const [axes, most, size] = [axesOf(slot, v.length), largest(v), v.length];
  const changed = (of: (v: number, i: number) => number): Float64Array =>
    Float64Array.from(v, (value: number, i: number) => of(value, i));
  const [index, other, ones] = [changed((_, i) => i), changed((_, i) => Math.sin(i + 1)), changed(() => 1)];
  const h = 2 ** -16 * Math.max(1, most);
  const [up, down] = [1, -1].map((sign) => changed((value) => value + sign * h));
  return {
    ...subject,
    pulledBack(d, isIn, edit) {
      if (!isIn(j)) return d;
      const at = (x: Floats, i: number): number => edit(x, i, axes, most, subject);
      const from = range(size).map((i) => at(index, i));
      // If an edit takes a number from another place, the gradient goes back there. A number that it sets to 0 has no
      // source.
      const isGone = (i: number): boolean => at(ones, i) === 0;
      const isMoved = from.every((k, i) => at(other, i) === (isGone(i) ? 0 : other[k]));
      const slopes = isMoved ? [] : range(size).map((i) => (at(up, i) - at(down, i)) / (2 * h));
      const out = new Float64Array(d.length);
      for (let i = 0; i < d.length; i++) {
        const k = i % size;
        if (!isMoved) out[i] = d[i] * slopes[k];
        else if (!isGone(k)) out[i - k + from[k]] += d[i];
      }
      return out;
    },
  };
}
