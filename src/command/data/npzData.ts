/** Data sets in an .npz file: images or spikes with their labels. */
import type { Network, Shape } from '../../../spec/network.ts';
import { ranges } from '../../../spec/random.ts';
import { images, type Dataset } from '../../data/dataset.ts';
import { refuse } from '../../errors.ts';
import { NpzFile } from '../../formats/npz.ts';
import { countElements, numbersOf, type Numbers, type Tensor } from '../../formats/tensor.ts';
import { countSamples, mapOf, numeric, rangeHint } from './arrays.ts';
import type { Facts, OwnReaders } from './place.ts';
import { pick, splitClasses, tenthOfClasses } from './split.ts';

/** Names of the arrays of a part; the last of each list are those of Keras files. */
const names = {
  train: { images: ['images', 'x_train'], spikes: ['spikes'], labels: ['labels', 'y_train'] },
  test: { images: ['test_images', 'x_test'], spikes: ['test_spikes'], labels: ['test_labels', 'y_test'] },
};

/** The numbers of the samples of one part, with their allowed range. */
interface Part {
  readonly isSpikes: boolean;
  readonly values: Numbers;
  readonly labels: ArrayLike<number>;
}

/**
 * Opens a file with `images` (bytes 0 … 255 of any integer type, or intensities from −1 to 1) or `spikes` (T maps per
 * sample), and `labels`. The test part is `test_images` or `test_spikes` and `test_labels`; without them, the last tenth of
 * each class, rounded up. Shapes are as in `predict`.
 *
 * @param limit the samples that are asked of each part, its first ones: the values of others are not kept
 *
 * @throws InputError with the place of data that is missing, does not fit the network, or is out of range
 */
export function openNpzData(
  file: string,
  bytes: Uint8Array,
  plan: Network,
  where: string,
  limit = Infinity,
): Omit<OwnReaders, 'facts'> {
  const arrays = new NpzFile(bytes, file);
  const parts = new Map<string, Part | undefined>();
  const part = (kind: 'train' | 'test'): Part | undefined => {
    if (!parts.has(kind)) parts.set(kind, readPart(arrays, kind, file, { plan, limit }, where));
    return parts.get(kind);
  };
  const whole = (): Part => part('train') ?? missing(arrays, 'train', file, where);
  const all = (): Dataset => datasetOf(file, whole(), plan.input);
  const split = (kind: 'train' | 'test'): Dataset =>
    pick(all(), `${file} ${kind}`, splitClasses(all().length, all().label)[kind], where);
  const hasTest = names.test.labels.some((name) => arrays.has(name));
  return {
    train: () => (hasTest ? datasetOf(`${file} train`, whole(), plan.input) : split('train')),
    test: () =>
      hasTest
        ? datasetOf(`${file} test`, part('test') ?? missing(arrays, 'test', file, where), plan.input)
        : split('test'),
    ...(!hasTest && { whole: all, testPart: tenthOfClasses }),
  };
}

/** What a network for the images of a file must fit; undefined for spikes. Nothing but labels is inflated. */
export function npzFacts(file: string, bytes: Uint8Array, where: string): Facts | undefined {
  const arrays = new NpzFile(bytes, file);
  const find = (known: readonly string[]): string | undefined => known.find((name) => arrays.has(name));
  const [key, labelKey] = [find(names.train.images), find(names.train.labels)];
  if (key === undefined || labelKey === undefined) return undefined;
  const { shape } = numeric(arrays.head(key), `${file}: ${key}`, where);
  if (shape.length < 2 || shape.length > 4) return undefined;
  return { shape: mapOf(shape), classes: countClasses(arrays, labelKey, file, where) };
}

function countClasses(arrays: NpzFile, key: string, file: string, where: string): number {
  let most = 0;
  for (const label of numbersOf(numeric(arrays.read(key), `${file}: ${key}`, where).data))
    most = Math.max(most, Number(label));
  return most + 1;
}

function missing(arrays: NpzFile, kind: 'train' | 'test', file: string, where: string): never {
  const { images: pictures, spikes, labels } = names[kind];
  const got = arrays.names.join(', ') || 'no array';
  refuse(where, file, `arrays ${pictures[0]} or ${spikes[0]}, and ${labels[0]}`, got);
}

function readPart(
  arrays: NpzFile,
  kind: 'train' | 'test',
  file: string,
  { plan, limit }: { readonly plan: Network; readonly limit: number },
  where: string,
): Part | undefined {
  const find = (known: readonly string[]): string | undefined => known.find((name) => arrays.has(name));
  const { images: pictures, spikes, labels: classes } = names[kind];
  const key = find([...pictures, ...spikes]);
  const labelKey = find(classes);
  if (key === undefined || labelKey === undefined) return undefined;
  const isSpikes = spikes.includes(key);
  const [what, labelWhat] = [`${file}: ${key}`, `${file}: ${labelKey}`];
  // Checked before anything is inflated.
  const { shape } = numeric(arrays.head(key), what, where);
  const count = countSamples(what, shape, plan, isSpikes, {
    where,
    ...(!isSpikes && { classes: () => countClasses(arrays, labelKey, file, where) }),
  });
  const listed = countElements(where, labelWhat, numeric(arrays.head(labelKey), labelWhat, where).shape);
  if (listed !== count) refuse(where, labelWhat, `${count} labels, one a sample`, listed);
  if (count > ranges.sample) refuse(where, what, `at most ${ranges.sample} samples`, count);
  const labels = numbersOf(numeric(arrays.read(labelKey), labelWhat, where).data);
  const needed = limit < count && !arrays.head(key).fortran ? neededOf(arrays, labels, limit) : undefined;
  const values = valuesOf(numeric(arrays.read(key, needed), what, where), isSpikes, what, where);
  return { isSpikes, values, labels };
}

/** 1 for each sample that a limit needs: the first ones, and those of both parts where they are divided. */
function neededOf(arrays: NpzFile, labels: Numbers, limit: number): Uint8Array {
  const needed = new Uint8Array(labels.length).fill(1, 0, limit);
  if (names.test.labels.some((name) => arrays.has(name))) return needed;
  const { train, test } = splitClasses(labels.length, (i) => labels[i]);
  for (const places of [train, test]) for (const place of places.subarray(0, limit)) needed[place] = 1;
  return needed;
}

/** Checks each number. Arrays are returned unchanged, except that integers of images become bytes. */
function valuesOf({ dtype, data }: Tensor, isSpikes: boolean, what: string, where: string): Numbers {
  const isInteger = /^[IU]|^BOOL$/.test(dtype);
  const [low, high] = isInteger ? [0, 255] : [-1, 1];
  const expected = isSpikes
    ? 'whole numbers of spikes'
    : `${isInteger ? 'bytes' : 'intensities'} from ${low} to ${high}`;
  for (let i = 0; i < data.length; i++) {
    const value = Number(data[i]);
    const isRight = isSpikes ? Number.isSafeInteger(value) : value >= low && value <= high;
    if (!isRight)
      refuse(where, what, expected, `${value} at place ${i}`, isSpikes ? undefined : rangeHint(data, i));
  }
  if (isSpikes || !isInteger || data instanceof Uint8Array) return numbersOf(data);
  const bytes = new Uint8Array(data.length);
  // What is 0 stays as it is: memory that nobody writes to.
  for (let i = 0; i < data.length; i++) if (data[i]) bytes[i] = Number(data[i]);
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
