/** Data sets in an .npz file: images or spikes with their labels. */
import type { Network, Shape } from '../../../spec/network.ts';
import { ranges } from '../../../spec/random.ts';
import { images, type Dataset } from '../../data/dataset.ts';
import { refuse } from '../../errors.ts';
import { NpzFile } from '../../formats/npz.ts';
import { countElements, numbersOf, type Numbers, type Tensor } from '../../formats/tensor.ts';
import { countSamples, mapOf, numeric, rangeHint } from './arrays.ts';
import type { Facts, Readers } from './place.ts';
import { splitClasses, wholeInTenths } from './split.ts';

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
  plan: Network | undefined,
  where: string,
  limit = Infinity,
): Readers {
  const arrays = new NpzFile(bytes, file);
  const facts = (): Facts | undefined => factsOfArrays(arrays, file, where);
  const part = (name: string, kind: 'train' | 'test'): Dataset => {
    const net = plan!; // who asks for the facts alone has no plan, and reads no part
    const read = readPart(arrays, kind, file, { plan: net, limit }, where);
    return datasetOf(name, read ?? missing(arrays, kind, file, where), net.input);
  };
  if (!names.test.labels.some((name) => arrays.has(name)))
    return { ...wholeInTenths(file, where, () => part(file, 'train')), facts };
  return { train: () => part(`${file} train`, 'train'), test: () => part(`${file} test`, 'test'), facts };
}

/** What a network for the images of a file must fit; undefined for spikes. Nothing but labels is inflated. */
function factsOfArrays(arrays: NpzFile, file: string, where: string): Facts | undefined {
  const find = (known: readonly string[]): string | undefined => known.find((name) => arrays.has(name));
  const [key, labelKey] = [find(names.train.images), find(names.train.labels)];
  if (key === undefined || labelKey === undefined) return undefined;
  const { shape } = numeric(arrays.head(key), `${file}: ${key}`, where);
  if (shape.length < 2 || shape.length > 4) return undefined;
  return { shape: mapOf(shape), classes: countClasses(arrays, labelKey, file, where) };
}

function countClasses(arrays: NpzFile, key: string, file: string, where: string): number {
  let most = 0;
  for (const label of Array.from(readClasses(arrays, key, file, where))) most = Math.max(most, label);
  return most + 1;
}

/** The greatest label: a network has at most 65,536 classes. */
const mostLabel = 65535;

function readClasses(arrays: NpzFile, key: string, file: string, where: string): ArrayLike<number> {
  const what = `${file}: ${key}`;
  const labels = numbersOf(numeric(arrays.read(key), what, where).data);
  const bad = labels.findIndex((label: number) => !Number.isInteger(label) || label < 0 || label > mostLabel);
  if (bad >= 0)
    refuse(where, what, `classes, whole numbers from 0 to ${mostLabel}`, `${labels[bad]} at place ${bad}`);
  return labels;
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
  const labels = readClasses(arrays, labelKey, file, where);
  const needed = limit < count && !arrays.head(key).fortran ? neededOf(arrays, labels, limit) : undefined;
  const values = valuesOf(numeric(arrays.read(key, needed), what, where), isSpikes, what, where);
  return { isSpikes, values, labels };
}

/** 1 for each sample that a limit needs: the first ones, and those of both parts where they are divided. */
function neededOf(arrays: NpzFile, labels: ArrayLike<number>, limit: number): Uint8Array {
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
