/** Samples of an .npz file: images or spikes, with shapes and values checked. */
import { neuronsOf, type Network } from '../../spec/network.ts';
import { refuse } from '../errors.ts';
import { readNpz } from '../formats/npz.ts';
import type { Tensor } from '../formats/tensor.ts';
import type { Shown } from '../train/predict.ts';

/** The samples of the array `images` or `spikes`, or of the only array, which is `images`. */
export function openArrays(file: string, bytes: Uint8Array, plan: Network): { name: string; shown: Shown }[] {
  const arrays = readNpz(bytes, file);
  const key = ['images', 'spikes'].find((name) => arrays.has(name)) ?? [...arrays.keys()][0];
  const array = key === undefined ? undefined : arrays.get(key);
  if (!array || (arrays.size > 1 && key !== 'images' && key !== 'spikes')) {
    const names = [...arrays.keys()].join(', ');
    refuse('predict', file, 'an array `images` or `spikes`, or one array alone', names);
  }
  const what = `${file}: ${key}`;
  if (array.dtype === 'STR') refuse('predict', what, 'numbers', 'texts');
  const isSpikes = key === 'spikes';
  const count = countSamples(what, array.shape, plan, isSpikes);
  const values = isSpikes ? spikesOf(what, array) : intensitiesOf(what, array);
  const size = values.length / count;
  return Array.from({ length: count }, (_, s) => {
    const sample = values.slice(s * size, (s + 1) * size);
    return { name: count === 1 ? file : `${file}[${s}]`, shown: isSpikes ? { frames: sample } : sample };
  });
}

/** How many samples a shape holds: one sample's, or that after their number. */
export function countSamples(
  what: string,
  shape: readonly number[],
  { input, T }: Network,
  isSpikes: boolean,
  where = 'predict',
): number {
  const { channels, height, width } = input;
  const maps = [[channels, height, width], ...(channels === 1 ? [[height, width]] : []), [neuronsOf(input)]];
  const forms = isSpikes ? maps.map((map) => [T, ...map]) : maps;
  const isForm = (sizes: readonly number[]): boolean => forms.some((form) => form.join() === sizes.join());
  if (isForm(shape)) return 1;
  if (isForm(shape.slice(1)) && shape[0] > 0) return shape[0];
  const texts = forms.map((form) => `(${form.join(', ')})`).join(' or ');
  refuse(where, what, `shape ${texts}, alone or after the number of samples`, `(${shape.join(', ')})`);
}

/** Bytes 0 … 255 of any integer type are intensities 0 … 1; others are intensities as they are. */
function intensitiesOf(what: string, array: Tensor): Float64Array {
  const isInteger = /^[IU]/.test(array.dtype);
  const [low, high] = isInteger ? [0, 255] : [-1, 1];
  const isRight = (value: number): boolean => value >= low && value <= high;
  const values = numbersOf(
    what,
    array,
    `${isInteger ? 'bytes' : 'intensities'} from ${low} to ${high}`,
    isRight,
  );
  return isInteger ? values.map((byte) => byte / 255) : values;
}

function spikesOf(what: string, array: Tensor): Float64Array {
  return numbersOf(what, array, 'whole numbers of spikes', Number.isSafeInteger);
}

function numbersOf(
  what: string,
  { data }: Tensor,
  expected: string,
  isRight: (value: number) => boolean,
): Float64Array {
  const values = Float64Array.from(data as ArrayLike<number | bigint>, Number);
  const bad = values.findIndex((value) => !isRight(value));
  if (bad >= 0) refuse('predict', what, expected, `${values[bad]} at place ${bad}`);
  return values;
}
