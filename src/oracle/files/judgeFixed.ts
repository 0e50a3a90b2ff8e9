/** Compares supplied numbers with those that a fixed-point vector expects, bit by bit. */
import { binary32 } from '../../../spec/arithmetic.ts';
import { buildNetwork } from '../../../spec/dictionary.ts';
import { refuse } from '../../errors.ts';
import { numbersOf, showShape, type AnyTensor } from '../../formats/tensor.ts';
import { checkNetwork, checkVariant } from '../../network/check.ts';
import type { NetworkFile } from '../../network/models.ts';
import { explainFixed, type FixedExplanation } from '../asf/fixed.ts';
import type { Verdict } from '../judge.ts';
import { indicesOf } from '../keys.ts';
import { formatOf } from './fixedCase.ts';
import { ours } from './layout.ts';
import { partsOfCase, type Supplied } from './supplied.ts';
import { checkArrays } from './values.ts';

/** The verdict on a case that can be judged only by its expected numbers. */
export interface ExactVerdict {
  readonly verdict: Verdict;
  readonly says: string;
  /** For a difference in fixed point: known mistakes, each of which explains all arrays of a layer. */
  readonly explanation?: FixedExplanation;
}

/** Compares arrays with those of a vector in fixed point, and names the mistakes that explain a difference. */
export function judgeFixed(
  vector: Supplied,
  arrays: ReadonlyMap<string, AnyTensor>,
  where: string,
  tell?: Parameters<typeof explainFixed>[2],
): ExactVerdict {
  const found = compareNumbers(vector.arrays, arrays, where);
  const format = formatOf((partsOfCase(vector)[2] ?? '').replace(/-if$/, ''));
  if (found.verdict !== 'differs' || !format) return found;
  const description = checkNetwork(where, vector.words['network']);
  const variant = checkVariant(where, (vector.words['variant'] ?? 'paper') as NetworkFile['variant']); // checked so
  // The work to explain is in proportion to the arrays of the vector, whose shapes follow from its network.
  const own = [...vector.arrays].flatMap(([key, array]) =>
    array.dtype === 'STR' || !/layer\d|input\.spikes/.test(key)
      ? []
      : [[key.replace('expected.', ''), array] as const],
  );
  const { B } = checkArrays(buildNetwork(description, variant, binary32), new Map(own), ours, where);
  const numbers = (list: ReadonlyMap<string, AnyTensor>): Map<string, ArrayLike<number>> =>
    new Map([...list].flatMap(([key, { dtype, data }]) => (dtype === 'STR' ? [] : [[key, numbersOf(data)]])));
  const one = { description, variant, B, format, arrays: numbers(vector.arrays) };
  const explanation = explainFixed(one, numbers(arrays), tell);
  return { ...found, ...(explanation && { explanation }) };
}

/**
 * Compares arrays with the `expected.` ones of a case, number by number. Undecided if a layer's array is not among the expected.
 *
 * @param given the arrays of the case
 */
function compareNumbers(
  given: ReadonlyMap<string, AnyTensor>,
  arrays: ReadonlyMap<string, AnyTensor>,
  where: string,
): ExactVerdict {
  const sizes = (shape: readonly number[]): string => shape.filter((size) => size !== 1).join();
  const [off, missing]: string[][] = [[], []];
  let [compared, first] = [0, ''];
  for (const [name, { data, shape }] of given) {
    const key = name.replace(/^expected\./, '');
    if (key === name) continue;
    const mine = arrays.get(key);
    if (!mine) {
      missing.push(key);
      continue;
    }
    // Hardware simulations write flat arrays.
    const isFlat = mine.shape.length === 1 && mine.data.length === data.length;
    if (!isFlat && sizes(mine.shape) !== sizes(shape))
      refuse(where, key, `a shape ${showShape(shape)}, or so many numbers`, showShape(mine.shape));
    compared += data.length;
    const at = Array.from<unknown>(data).findIndex((value, i) => Number(value) !== Number(mine.data[i]));
    if (at < 0) continue;
    off.push(key);
    const place = `[${indicesOf(shape, at).join(', ')}]`;
    first ||= `${key} DIFFERS first at ${place}: expected ${String(data[at])}, got ${String(mine.data[at])}`;
  }
  if (compared === 0) refuse(where, 'arrays', 'some that are expected of the case', 'none');
  const unknown = [...arrays.keys()].filter((name) => !given.has(name) && !given.has(`expected.${name}`));
  const says = [
    first || `${compared} numbers agree`,
    ...(off.length > 1 ? [`so do ${off.slice(1).join(', ')}`] : []),
    ...(unknown.length > 0 ? [`not judged, as the case has none of these: ${unknown.join(', ')}`] : []),
    ...(missing.length > 0 ? [`not supplied: ${missing.join(', ')}`] : []),
  ].join('; ');
  if (off.length > 0) return { verdict: 'differs', says };
  return { verdict: unknown.some((name) => /^layer\d/.test(name)) ? 'undecided' : 'agrees', says };
}
