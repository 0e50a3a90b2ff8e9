/** Samples of an .npz file: images or spikes, whose shapes and values are checked. Together with labels, they are a data set. */
import { neuronsOf, type Network } from '../../../spec/network.ts';
import { ranges } from '../../../spec/random.ts';
import { images, type Dataset } from '../../data/index.ts';
import { refuse } from '../../errors.ts';
import {
  type ByteSource,
  NpzFile,
  mostLabel,
  numbersOf,
  type Numbers,
  type StringTensor,
  type Tensor,
} from '../../formats/index.ts';
import { modelHint } from './fitting.ts';
import { packSamples, type SampleNumbers } from './packed.ts';
import {
  checkInflated,
  countClasses,
  mostUnpacked,
  samplesIn,
  splitClasses,
  wholeInTenths,
  type Facts,
  type NamedSample,
  type OpenedData,
} from './place.ts';

/** Names of the arrays of a part. Keras uses the second names. */
const parts = {
  train: { images: ['images', 'x_train'], spikes: ['spikes'], labels: ['labels', 'y_train'] },
  test: { images: ['test_images', 'x_test'], spikes: ['test_spikes'], labels: ['test_labels', 'y_test'] },
};

/**
 * Opens a file with `images` or `spikes`, and `labels`. Images are whole numbers 0 … 255 of any integer type,
 * intensities from −1 to 1, or booleans. Spikes are T maps per sample. The test part is `test_images` or `test_spikes`, and
 * `test_labels`; without them, it is the last tenth of each class, rounded up. Shapes are as in `predict`.
 *
 * With a limit, only the values of the samples within it are kept.
 *
 * @throws InputError with the place of data that is missing, does not fit the network, or is out of range
 */
export function openNpz(file: string, source: ByteSource, where: string): OpenedData {
  const arrays = new NpzFile(source, file);
  const find = (known: readonly string[]): string | undefined => known.find((name) => arrays.has(name));
  const isDivided = find(parts.test.labels) !== undefined;
  const inflate = inflater(arrays, where);
  const classesOf = (key: string): ArrayLike<number> => {
    const what = `${file}: ${key}`;
    return readClasses(inflate(key, what).dataOf(0), what, where);
  };

  function readPart(name: string, kind: keyof typeof parts, plan: Network, limit = Infinity): Dataset {
    const { images: pictures, spikes, labels: classes } = parts[kind];
    const [key, labelKey] = [find([...pictures, ...spikes]), find(classes)];
    if (key === undefined || labelKey === undefined) {
      const got = arrays.names.join(', ') || 'no array';
      refuse(where, file, `arrays ${pictures[0]} or ${spikes[0]}, and ${classes[0]}`, got);
    }
    const isSpikes = spikes.includes(key);
    const what = `${file}: ${key}`;
    // These checks need no inflated array.
    const { shape: sizes, fortran, dtype } = numeric(arrays.head(key), what, where);
    const hint = (): number => countClasses(classesOf(labelKey));
    const count = countSamples(what, sizes, plan, isSpikes, { where, classes: hint });
    const listed = numeric(arrays.head(labelKey), `${file}: ${labelKey}`, where).count;
    if (listed !== count) refuse(where, `${file}: ${labelKey}`, `${count} labels, one per sample`, listed);
    if (count > ranges.sample) refuse(where, what, `at most ${ranges.sample} samples`, count);
    const labels = classesOf(labelKey);
    const needed =
      limit < count && !fortran && dtype !== 'F16' ? neededOf(labels, limit, !isDivided) : undefined;
    const samples = inflate(key, what, count, needed);
    const shape = plan.input;
    if (samples.all?.dtype === 'U8' && !isSpikes) return images(name, shape, samples.all.data, labels);
    const sampleOf = samplesOf(samples, count, isSpikes, what, where);
    return {
      name,
      shape,
      length: count,
      input: (i, draw) => (isSpikes ? { frames: sampleOf(i) } : { intensities: sampleOf(i), draw }),
      label: (i) => labels[i],
      ...(samples.dtype === 'U8' && !isSpikes && { bytes: samples.dataOf as (i: number) => Uint8Array }), // U8 is bytes
    };
  }

  return {
    facts() {
      const { images: pictures, spikes, labels: classes } = parts.train;
      const [key, labels] = [find([...pictures, ...spikes]), find(classes)];
      if (key === undefined || labels === undefined) return undefined;
      const { shape } = numeric(arrays.head(key), `${file}: ${key}`, where);
      const isSpikes = spikes.includes(key);
      const axes = shape.length - (isSpikes ? 2 : 1);
      if (axes < 1 || axes > 3) return undefined;
      return { ...formOf(shape, isSpikes), classes: countClasses(classesOf(labels)) };
    },
    read({ plan, limit }) {
      if (!isDivided) return wholeInTenths(file, where, () => readPart(file, 'train', plan, limit));
      const part = (kind: keyof typeof parts) => (): Dataset =>
        readPart(`${file} ${kind}`, kind, plan, limit);
      return { train: part('train'), test: part('test') };
    },
  };
}

/**
 * Returns a function that reads an array of `count` samples. The total size of the arrays is limited. If they are much larger
 * than their file, the samples stay compressed.
 */
function inflater(arrays: NpzFile, where: string) {
  const taken = new Map<string, number>();
  const limit = where === 'predict' ? '' : 'take --limit N, or ';
  return (key: string, what: string, count = 1, needed?: Uint8Array): SampleNumbers => {
    const { dtype, fortran } = arrays.head(key);
    const share = needed ? needed.reduce((sum, one) => sum + one, 0) / needed.length : 1;
    // A binary16 number takes 2 bytes, and 4 more as binary32. An array in Fortran order needs a second array.
    taken.set(key, arrays.size(key) * share * (dtype === 'F16' ? 3 : fortran ? 2 : 1));
    const size = [...taken.values()].reduce((sum, one) => sum + one);
    const next = `${limit}save it without compression, as numpy.savez does`;
    checkInflated(where, what, size, arrays.source.length, next);
    const packed = size > mostUnpacked(arrays.source.length) && packSamples(arrays, key, count, what);
    if (packed) return packed;
    const all = numeric(arrays.read(key, needed), what, where);
    const each = all.data.length / count;
    return { dtype: all.dtype, all, dataOf: (i) => all.data.subarray(i * each, (i + 1) * each) };
  };
}

function readClasses(data: Tensor['data'], what: string, where: string): ArrayLike<number> {
  const labels = numbersOf(data);
  const bad = labels.findIndex((label: number) => !Number.isInteger(label) || label < 0 || label > mostLabel);
  if (bad >= 0)
    refuse(where, what, `classes, whole numbers from 0 to ${mostLabel}`, `${labels[bad]} at place ${bad}`);
  return labels;
}

/**
 * Marks the samples that a limit needs: the first ones. If the file will be split, the first ones of both parts are marked too.
 */
function neededOf(labels: ArrayLike<number>, limit: number, isWhole: boolean): Uint8Array {
  const needed = new Uint8Array(labels.length).fill(1, 0, limit);
  if (!isWhole) return needed;
  const { train, test } = splitClasses(labels.length, (i) => labels[i]);
  for (const indices of [train, test]) for (const index of indices.subarray(0, limit)) needed[index] = 1;
  return needed;
}

/** Checks the values of all samples. Returns a function that converts those of one sample. */
function samplesOf(
  { dtype, dataOf }: SampleNumbers,
  count: number,
  isSpikes: boolean,
  what: string,
  where: string,
): (i: number) => Numbers {
  const kind = isSpikes ? 'spikes' : /^[IU]/.test(dtype) ? 'bytes' : 'intensities';
  const { expected, isRight } = permitted[kind];
  for (let k = 0; k < count && (isSpikes || dtype !== 'U8'); k++) {
    const data = dataOf(k);
    for (let i = 0; i < data.length; i++) {
      const value = Number(data[i]);
      if (isRight(value)) continue;
      const isFraction = (each: number): boolean => each > 1 && !Number.isInteger(each);
      const later = Array.from({ length: count - k }, (_, more) => k + more);
      const hasFraction = (): boolean => later.some((at) => numbersOf(dataOf(at)).some(isFraction));
      const next = isSpikes ? undefined : rangeHint(value, hasFraction);
      refuse(where, what, expected, `${value} at place ${k * data.length + i}`, next);
    }
  }
  // Samples are converted one by one: at eight bytes per number, all samples together would take many times the size of the
  // file.
  return (i) => {
    const values = numbersOf(dataOf(i));
    return kind === 'bytes' ? Float64Array.from(values, (value) => value / 255) : values;
  };
}

/**
 * The samples for `predict`, from the array `images` or `spikes`. A single array of another name counts as `images`. Integers 0
 * … 255 become intensities 0 … 1; floats are intensities.
 */
export function openArrays(file: string, source: ByteSource, plan: Network): Iterable<NamedSample> {
  const where = 'predict';
  const arrays = new NpzFile(source, file);
  const { names } = arrays;
  // A trace for `check --graph` has the network's own spikes besides its input.
  const isTrace = arrays.has('input') && names.some((name) => /(^|\.)(spikes|potentials)$/.test(name));
  const key = isTrace ? 'input' : (['images', 'spikes'].find((name) => arrays.has(name)) ?? names[0]);
  if (key === undefined || (names.length > 1 && !isTrace && key !== 'images' && key !== 'spikes'))
    refuse(where, file, 'an array `images` or `spikes`, or one array alone', names.join(', '));
  const what = `${file}: ${key}`;
  const isSpikes = isTrace || key === 'spikes';
  // This check does not need the inflated array.
  const count = countSamples(what, numeric(arrays.head(key), what, where).shape, plan, isSpikes);
  const samples = inflater(arrays, where)(key, what, count);
  const sampleOf = samplesOf(samples, count, isSpikes, what, where);
  return samplesIn(file, count, (i) => (isSpikes ? { frames: sampleOf(i) } : sampleOf(i)));
}

const permitted = {
  spikes: { expected: 'whole numbers of spikes', isRight: Number.isSafeInteger },
  bytes: { expected: 'bytes from 0 to 255', isRight: (value: number) => value >= 0 && value <= 255 },
  intensities: {
    expected: 'intensities from -1 to 1',
    isRight: (value: number) => value >= -1 && value <= 1,
  },
};

/** Advice for image values out of range: they may be bytes that are not stored as uint8, or measurements. */
function rangeHint(found: number, hasFraction: () => boolean): string | undefined {
  if (hasFraction())
    return 'values with fractions above 1 are neither bytes nor intensities: scale each column to 0 … 1';
  return found > 1 && found <= 255 ? 'store bytes 0 … 255 as uint8, or divide them by 255' : undefined;
}

/** Checks that an array, or its header, is numeric. */
function numeric<Head extends { readonly dtype: string }>(
  head: Head,
  what: string,
  where: string,
): Exclude<Head, StringTensor> {
  if (head.dtype === 'STR') refuse(where, what, 'numbers', 'texts');
  return head as Exclude<Head, StringTensor>; // the compiler does not narrow by `dtype`
}

/** The number of samples in an array. Its shape must be that of one sample, or begin with the number of samples. */
function countSamples(
  what: string,
  shape: readonly number[],
  { input, T }: Network,
  isSpikes: boolean,
  { where = 'predict', classes }: { where?: string; classes?: () => number } = {},
): number {
  const { channels, height, width } = input;
  const maps = [[channels, height, width], ...(channels === 1 ? [[height, width]] : []), [neuronsOf(input)]];
  const forms = isSpikes ? maps.map((map) => [T, ...map]) : maps;
  const isForm = (sizes: readonly number[]): boolean => forms.some((form) => form.join() === sizes.join());
  if (isForm(shape)) return 1;
  if (isForm(shape.slice(1)) && shape[0] > 0) return shape[0];
  const texts = forms.map((form) => `(${form.join(', ')})`).join(' or ');
  const expected = `shape ${texts}, alone or after the number of samples`;
  // There is no hint for samples of one number, or without samples, because no model fits them.
  const next =
    classes && shape.length > (isSpikes ? 2 : 1) && shape[0] > 0
      ? modelHint({ ...formOf(shape, isSpikes), classes: classes() })
      : isSpikes && !classes
        ? 'a model has the number of steps of its training or import: `--window` sets it there'
        : undefined;
  refuse(where, what, expected, `(${shape.join(', ')})`, next);
}

/** The map of one sample in an array of samples and, for spikes, the number of their steps. */
function formOf([, ...sizes]: readonly number[], isSpikes: boolean): Pick<Facts, 'shape' | 'steps'> {
  const [width = 1, height = 1, channels = 1] = (isSpikes ? sizes.slice(1) : sizes).reverse();
  return { shape: { channels, height, width }, ...(isSpikes && { steps: sizes[0] }) };
}
