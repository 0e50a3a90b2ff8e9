/** Data sets in an .npz file: images or spikes with their labels. */
import type { Network } from '../../../spec/network.ts';
import { ranges } from '../../../spec/random.ts';
import { images, type Dataset } from '../../data/dataset.ts';
import { refuse } from '../../errors.ts';
import { NpzFile } from '../../formats/npz.ts';
import { numbersOf, type Tensor } from '../../formats/tensor.ts';
import { checkValues, countSamples, mapOf, numeric } from './arrays.ts';
import { countClasses, type Facts, type OpenedData } from './place.ts';
import { splitClasses, wholeInTenths } from './split.ts';

/** Names of the arrays of a part; the last of each list is the name in Keras files. */
const names = {
  train: { images: ['images', 'x_train'], spikes: ['spikes'], labels: ['labels', 'y_train'] },
  test: { images: ['test_images', 'x_test'], spikes: ['test_spikes'], labels: ['test_labels', 'y_test'] },
};

type Kind = keyof typeof names;

/** A file, and the labels of its arrays, read once. */
interface Source {
  readonly arrays: NpzFile;
  readonly file: string;
  readonly where: string;
  /** The classes in an array of labels. */
  readonly classesOf: (key: string) => ArrayLike<number>;
}

/**
 * Opens a file with `images` (bytes 0 … 255 of any integer type, or intensities from −1 to 1) or `spikes` (T
 * maps per sample), and `labels`. The test part is `test_images` or `test_spikes` and `test_labels`; without
 * them, the last tenth of each class, rounded up. Shapes are as in `predict`.
 *
 * With a limit, the values of unneeded samples are not kept in memory.
 *
 * @throws InputError with the place of data that is missing, does not fit the network, or is out of range
 */
export function openNpz(file: string, bytes: Uint8Array, where: string): OpenedData {
  const arrays = new NpzFile(bytes, file);
  const kept = new Map<string, ArrayLike<number>>();
  const classesOf = (key: string): ArrayLike<number> => {
    const classes = kept.get(key) ?? readClasses(arrays, key, file, where);
    kept.set(key, classes);
    return classes;
  };
  const source = { arrays, file, where, classesOf };
  return {
    facts: () => factsOfArrays(source),
    read({ plan, limit }) {
      const part = (name: string, kind: Kind): Dataset => readPart(source, name, kind, plan, limit);
      return isDivided(arrays)
        ? { train: () => part(`${file} train`, 'train'), test: () => part(`${file} test`, 'test') }
        : wholeInTenths(file, where, () => part(file, 'train'));
    },
  };
}

const isDivided = (arrays: NpzFile): boolean => names.test.labels.some((name) => arrays.has(name));

/** The first of some names that the file has. */
const find = (arrays: NpzFile, known: readonly string[]): string | undefined =>
  known.find((name) => arrays.has(name));

/**
 * The facts that a network for the images of a file must fit; undefined for spikes. Only labels are inflated.
 */
function factsOfArrays({ arrays, file, where, classesOf }: Source): Facts | undefined {
  const [key, labels] = [find(arrays, names.train.images), find(arrays, names.train.labels)];
  if (key === undefined || labels === undefined) return undefined;
  const { shape } = numeric(arrays.head(key), `${file}: ${key}`, where);
  if (shape.length < 2 || shape.length > 4) return undefined;
  return { shape: mapOf(shape), classes: countClasses(classesOf(labels)) };
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

function readPart(
  { arrays, file, where, classesOf }: Source,
  name: string,
  kind: Kind,
  plan: Network,
  limit = Infinity,
): Dataset {
  const { images: pictures, spikes, labels: classes } = names[kind];
  const [key, labelKey] = [find(arrays, [...pictures, ...spikes]), find(arrays, classes)];
  if (key === undefined || labelKey === undefined) {
    const got = arrays.names.join(', ') || 'no array';
    refuse(where, file, `arrays ${pictures[0]} or ${spikes[0]}, and ${classes[0]}`, got);
  }
  const isSpikes = spikes.includes(key);
  const [what, labelWhat] = [`${file}: ${key}`, `${file}: ${labelKey}`];
  // Checked before anything is inflated.
  const head = numeric(arrays.head(key), what, where);
  const count = countSamples(what, head.shape, plan, isSpikes, {
    where,
    ...(!isSpikes && { classes: () => countClasses(classesOf(labelKey)) }),
  });
  const listed = numeric(arrays.head(labelKey), labelWhat, where).count;
  if (listed !== count) refuse(where, labelWhat, `${count} labels, one per sample`, listed);
  if (count > ranges.sample) refuse(where, what, `at most ${ranges.sample} samples`, count);
  const labels = classesOf(labelKey);
  const needed = limit < count && !head.fortran ? neededOf(labels, limit, !isDivided(arrays)) : undefined;
  const array = numeric(arrays.read(key, needed), what, where);
  const isInteger = /^[IU]|^BOOL$/.test(array.dtype);
  checkValues(array.data, isSpikes ? 'spikes' : isInteger ? 'bytes' : 'intensities', what, where);
  const shape = plan.input;
  if (isInteger && !isSpikes) return images(name, shape, bytesOf(array.data), labels);
  const values = numbersOf(array.data);
  const size = values.length / count;
  return {
    name,
    shape,
    length: count,
    input(i, draw) {
      const sample = values.subarray(i * size, (i + 1) * size);
      return isSpikes ? { frames: sample } : { intensities: sample, draw };
    },
    label: (i) => labels[i],
  };
}

/**
 * 1 for each sample that a limit needs: the first ones and, if the file has no test part, the first ones of
 * both parts.
 */
function neededOf(labels: ArrayLike<number>, limit: number, isWhole: boolean): Uint8Array {
  const needed = new Uint8Array(labels.length).fill(1, 0, limit);
  if (!isWhole) return needed;
  const { train, test } = splitClasses(labels.length, (i) => labels[i]);
  for (const places of [train, test]) for (const place of places.subarray(0, limit)) needed[place] = 1;
  return needed;
}

function bytesOf(data: Tensor['data']): Uint8Array {
  if (data instanceof Uint8Array) return data;
  const bytes = new Uint8Array(data.length);
  // Zeros are not written: untouched memory takes no space.
  for (let i = 0; i < data.length; i++) if (data[i]) bytes[i] = Number(data[i]);
  return bytes;
}
