/** Samples of an .npz file: images or spikes, with checked shapes and values. */
import { neuronsOf, type Network, type Shape } from '../../../spec/network.ts';
import { refuse } from '../../errors.ts';
import { NpzFile } from '../../formats/npz.ts';
import { numbersOf, type StringTensor, type Tensor } from '../../formats/tensor.ts';
import type { Shown } from '../../train/predict.ts';
import { modelHint } from './fitting.ts';

/**
 * The samples of the array `images` or `spikes`, or of the only array, which is `images`. Bytes 0 … 255 of any integer
 * type are intensities 0 … 1; others are intensities as they are.
 */
export function openArrays(
  file: string,
  bytes: Uint8Array,
  plan: Network,
): { readonly name: string; readonly shown: Shown }[] {
  const arrays = new NpzFile(bytes, file);
  const { names } = arrays;
  // A trace for `check --graph` has spikes of the network beside its input.
  const isTrace = arrays.has('input') && names.some((name) => /(^|\.)(spikes|potentials)$/.test(name));
  const key = isTrace ? 'input' : (['images', 'spikes'].find((name) => arrays.has(name)) ?? names[0]);
  if (key === undefined || (names.length > 1 && !isTrace && key !== 'images' && key !== 'spikes'))
    refuse('predict', file, 'an array `images` or `spikes`, or one array alone', names.join(', '));
  const what = `${file}: ${key}`;
  const { shape } = numeric(arrays.head(key), what, 'predict');
  const isSpikes = isTrace || key === 'spikes';
  // Checked before the array is inflated.
  const count = countSamples(what, shape, plan, isSpikes);
  const array = numeric(arrays.read(key), what, 'predict');
  const kind = isSpikes ? 'spikes' : /^[IU]/.test(array.dtype) ? 'bytes' : 'intensities';
  checkValues(array.data, kind, what, 'predict');
  const values = numbersOf(array.data);
  const unit = kind === 'bytes' ? 255 : 1;
  const size = values.length / count;
  // Samples are made on request: all of them, at eight bytes per number, would be many times the size of the file.
  const shownOf = (s: number): Shown => {
    const sample = new Float64Array(values.subarray(s * size, (s + 1) * size));
    return isSpikes ? { frames: sample } : sample.map((value) => value / unit);
  };
  return Array.from({ length: count }, (_, s) => ({
    name: count === 1 ? file : `${file}[${s}]`,
    get shown() {
      return shownOf(s);
    },
  }));
}

/** The permitted numbers of an array. */
const kinds = {
  spikes: { expected: 'whole numbers of spikes', isRight: Number.isSafeInteger },
  bytes: { expected: 'bytes from 0 to 255', isRight: (value: number) => value >= 0 && value <= 255 },
  intensities: {
    expected: 'intensities from -1 to 1',
    isRight: (value: number) => value >= -1 && value <= 1,
  },
};

export function checkValues(
  data: Tensor['data'],
  kind: keyof typeof kinds,
  what: string,
  where: string,
): void {
  const { expected, isRight } = kinds[kind];
  for (let i = 0; i < data.length; i++) {
    const value = Number(data[i]);
    if (isRight(value)) continue;
    const next = kind === 'spikes' ? undefined : rangeHint(data, i);
    refuse(where, what, expected, `${value} at place ${i}`, next);
  }
}

/** A hint for values of an image out of range: they are bytes in another type, or measurements. */
function rangeHint(values: ArrayLike<number | bigint>, bad: number): string | undefined {
  const found = Number(values[bad]);
  for (let i = bad; i < values.length; i++)
    if (Number(values[i]) > 1 && !Number.isInteger(Number(values[i]))) return scaleHint;
  return found > 1 && found <= 255 ? 'store bytes 0 … 255 as uint8, or divide them by 255' : undefined;
}

const scaleHint =
  'values with fractions above 1 are neither bytes nor intensities: scale each column to 0 … 1';

/** Checks that an array, or its header, is numeric. */
export function numeric<Head extends { readonly dtype: string }>(
  head: Head,
  what: string,
  where: string,
): Exclude<Head, StringTensor> {
  if (head.dtype === 'STR') refuse(where, what, 'numbers', 'texts');
  return head as Exclude<Head, StringTensor>; // the compiler does not narrow by `dtype`
}

/** The number of samples in a shape: the shape of one sample, alone or after the number of samples. */
export function countSamples(
  what: string,
  shape: readonly number[],
  { input, T }: Network,
  isSpikes: boolean,
  { where = 'predict', classes }: { readonly where?: string; readonly classes?: () => number } = {},
): number {
  const { channels, height, width } = input;
  const maps = [[channels, height, width], ...(channels === 1 ? [[height, width]] : []), [neuronsOf(input)]];
  const forms = isSpikes ? maps.map((map) => [T, ...map]) : maps;
  const isForm = (sizes: readonly number[]): boolean => forms.some((form) => form.join() === sizes.join());
  if (isForm(shape)) return 1;
  if (isForm(shape.slice(1)) && shape[0] > 0) return shape[0];
  const texts = forms.map((form) => `(${form.join(', ')})`).join(' or ');
  refuse(
    where,
    what,
    `shape ${texts}, alone or after the number of samples`,
    `(${shape.join(', ')})`,
    // Neither for one number per sample nor for no sample.
    classes && shape.length > 1 && shape[0] > 0
      ? modelHint({ shape: mapOf(shape), classes: classes() })
      : isSpikes && where === 'train'
        ? '--model FILE.json describes a network for other maps, --window sets the number of steps'
        : isSpikes && where === 'predict'
          ? '`asf-bp import --window` imports a graph for another number of steps'
          : undefined,
  );
}

/** The map of each sample in an array of them. */
export function mapOf([, ...sizes]: readonly number[]): Shape {
  const [width = 1, height = 1, channels = 1] = [...sizes].reverse();
  return sizes.length === 1 ? { channels: 1, height: 1, width } : { channels, height, width };
}
