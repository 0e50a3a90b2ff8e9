/** Data sets in an .npz file: images or spikes with their labels. */
import type { Network, Shape } from '../../../spec/network.ts';
import { ranges } from '../../../spec/random.ts';
import { images, type Dataset } from '../../data/dataset.ts';
import { lastTenth } from '../../data/recordings.ts';
import { refuse } from '../../errors.ts';
import { readNpz } from '../../formats/npz.ts';
import { numbersOf, type AnyTensor, type Numbers, type Tensor } from '../../formats/tensor.ts';
import { countSamples } from './arrays.ts';

/** Names of the arrays of a part; the last ones are those that Keras gives its files. */
const names = {
  train: { images: ['images', 'x_train'], spikes: ['spikes'], labels: ['labels', 'y_train'] },
  test: { images: ['test_images', 'x_test'], spikes: ['test_spikes'], labels: ['test_labels', 'y_test'] },
};

/** The numbers of the samples of one part, and what each number may be. */
interface Part {
  readonly isSpikes: boolean;
  readonly values: Numbers;
  readonly labels: ArrayLike<number>;
}

/**
 * Opens a file with `images` (bytes 0 … 255 of any integer type, or intensities from −1 to 1) or `spikes` (T maps a
 * sample), and `labels`; with `test_images` or `test_spikes` and `test_labels`, or else the last tenth of the samples,
 * rounded up, as the test part. Shapes are those that `predict` takes.
 *
 * @throws InputError for what is missing, does not fit the network, or is out of range, with its place
 */
export function openNpzData(
  file: string,
  bytes: Uint8Array,
  plan: Network,
  where: string,
): { train: () => Dataset; test: () => Dataset } {
  const arrays = readNpz(bytes, file);
  const part = (kind: 'train' | 'test'): Part | undefined => readPart(arrays, kind, file, plan, where);
  const whole = (): Part => part('train') ?? missing(arrays, 'train', file, where);
  const split = (kind: 'train' | 'test'): Dataset => {
    const all = datasetOf(file, whole(), plan.input);
    const places = lastTenth(Array.from({ length: all.length }, (_, i) => i))[kind];
    if (places.length === 0) refuse(where, file, `samples for ${kind}ing`, `${all.length} in all`);
    return pick(all, `${file} ${kind}`, places[0], places.length);
  };
  const hasTest = names.test.labels.some((name) => arrays.has(name));
  return {
    train: () => (hasTest ? datasetOf(`${file} train`, whole(), plan.input) : split('train')),
    test: () =>
      hasTest
        ? datasetOf(`${file} test`, part('test') ?? missing(arrays, 'test', file, where), plan.input)
        : split('test'),
  };
}

function missing(
  arrays: ReadonlyMap<string, AnyTensor>,
  kind: 'train' | 'test',
  file: string,
  where: string,
): never {
  const { images: pictures, spikes, labels } = names[kind];
  const got = [...arrays.keys()].join(', ') || 'no array';
  refuse(where, file, `arrays ${pictures[0]} or ${spikes[0]}, and ${labels[0]}`, got);
}

function readPart(
  arrays: ReadonlyMap<string, AnyTensor>,
  kind: 'train' | 'test',
  file: string,
  plan: Network,
  where: string,
): Part | undefined {
  const find = (known: readonly string[]): string | undefined => known.find((name) => arrays.has(name));
  const { images: pictures, spikes, labels: classes } = names[kind];
  const key = find([...pictures, ...spikes]);
  const labelKey = find(classes);
  if (key === undefined || labelKey === undefined) return undefined;
  const isSpikes = spikes.includes(key);
  const array = numeric(arrays.get(key)!, `${file}: ${key}`, where);
  const list = numeric(arrays.get(labelKey)!, `${file}: ${labelKey}`, where);
  const labels = numbersOf(list.data);
  const count = countSamples(`${file}: ${key}`, array.shape, plan, isSpikes, where);
  if (labels.length !== count)
    refuse(where, `${file}: ${labelKey}`, `${count} labels, one a sample`, labels.length);
  if (count > ranges.sample) refuse(where, `${file}: ${key}`, `at most ${ranges.sample} samples`, count);
  return { isSpikes, values: valuesOf(array, isSpikes, `${file}: ${key}`, where), labels };
}

function numeric(array: AnyTensor, what: string, where: string): Tensor {
  if (array.dtype === 'STR') refuse(where, what, 'numbers', 'texts');
  return array;
}

/** Checks each number. Arrays stay as they are, but for pictures: integers of any type become bytes. */
function valuesOf({ dtype, data }: Tensor, isSpikes: boolean, what: string, where: string): Numbers {
  const isInteger = /^[IU]|^BOOL$/.test(dtype);
  const [low, high] = isInteger ? [0, 255] : [-1, 1];
  const expected = isSpikes
    ? 'whole numbers of spikes'
    : `${isInteger ? 'bytes' : 'intensities'} from ${low} to ${high}`;
  for (let i = 0; i < data.length; i++) {
    const value = Number(data[i]);
    const isRight = isSpikes ? Number.isSafeInteger(value) : value >= low && value <= high;
    if (!isRight) refuse(where, what, expected, `${value} at place ${i}`);
  }
  if (isSpikes || !isInteger || data instanceof Uint8Array) return numbersOf(data);
  const bytes = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i++) bytes[i] = Number(data[i]);
  return bytes;
}

function datasetOf(name: string, { isSpikes, values, labels }: Part, shape: Shape): Dataset {
  if (!isSpikes && values instanceof Uint8Array) return images(name, shape, values, labels);
  const size = values.length / labels.length;
  return {
    name,
    shape,
    length: labels.length,
    input(i, draw) {
      const sample = values.subarray(i * size, (i + 1) * size);
      return isSpikes ? { frames: sample } : { intensities: sample, draw };
    },
    label: (i) => labels[i],
  };
}

/** Samples first … first + count − 1 as a data set of their own. */
function pick(data: Dataset, name: string, first: number, count: number): Dataset {
  return {
    name,
    shape: data.shape,
    length: count,
    input: (i, draw) => data.input(first + i, draw),
    label: (i) => data.label(first + i),
  };
}
