/** Data sets in CSV files: one line per sample, with its label and its values. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { neuronsOf, type Shape } from '../../../spec/network.ts';
import { images, type Dataset } from '../../data/index.ts';
import { refuse } from '../../errors.ts';
import { readCsv, type CsvImages } from '../../formats/index.ts';
import { scaledRow, type Columns } from '../../modelFile/index.ts';
import type { SpikingNetwork, TrainedOn } from '../../network/index.ts';
import { readFile } from '../files.ts';
import { isDrawn } from '../output.ts';
import { isNarrow } from './fitting.ts';
import {
  countClasses,
  once,
  type Facts,
  type Metadata,
  type NamedSample,
  type OpenedData,
  type Scale,
  type Viewer,
  samplesIn,
  splitClasses,
  wholeInTenths,
} from './place.ts';

export const csvFiles = ['train.csv', 'test.csv'];

/**
 * For each scale, whether a table is read in raw units, to be scaled by column. `narrow` means tables with few columns, except gray values
 * that can be drawn.
 */
const raw = {
  columns: () => true,
  narrow: (size: number, areGray: boolean) => isNarrow(size) && !(areGray && isDrawn(shapeOf(size))),
  none: () => false,
};

/** The scale with which a table is read. With a model, it is that of the model's training data. */
const scaleOf = (trainedOn: TrainedOn | undefined, scale?: Scale): keyof typeof raw =>
  trainedOn ? (trainedOn.columns ? 'columns' : 'none') : (scale ?? 'none');

/** Reads the table of a file, at most once per scale. */
function tableOf(path: string, where: string, scale: Scale): (trainedOn?: TrainedOn) => CsvImages {
  const readAs = (as: keyof typeof raw) =>
    once(() => readCsv(readFile(path, where), path, undefined, raw[as]));
  const read = { columns: readAs('columns'), narrow: readAs('narrow'), none: readAs('none') };
  return (trainedOn) => read[scaleOf(trainedOn, scale)]();
}

/**
 * Opens a file. Its test part is a tenth of each class. If a sample has as many values as the network's map, it gets the
 * shape of the map. Other samples are squares if possible, or else rows.
 */
export function openCsvFile(typed: string, where: string, scale: Scale): OpenedData {
  const table = tableOf(typed, where, scale);
  return {
    facts: () => factsOfTable(table()),
    read(viewer) {
      const seen = once(() => see(typed, table(viewer.trainedOn), viewer, where, true));
      return { ...wholeInTenths(typed, where, () => seen().data), metadata: () => seen().metadata };
    },
  };
}

/** Opens a folder with `train.csv` and `test.csv`. Samples have shapes as in {@link openCsvFile}. */
export function openCsvFolder(typed: string, where: string, scale: Scale): OpenedData {
  const [train, test] = csvFiles.map((name) => {
    const path = join(typed, name);
    const table = tableOf(path, where, scale);
    return (trainedOn?: TrainedOn): readonly [path: string, table: CsvImages] => {
      if (!existsSync(path)) refuse(where, typed, csvFiles.join(' and '), `no ${name}`);
      return [path, table(trainedOn)];
    };
  });
  return {
    facts: () => factsOfTable(train()[1]),
    read(viewer) {
      const seen = once(() => see(...train(viewer.trainedOn), viewer, where));
      // The test part has the classes and ranges of the model or `train.csv`. Classes in words need the model or `train.csv`.
      const readTest = (): Dataset => {
        const isNew =
          (!viewer.trainedOn && existsSync(join(typed, csvFiles[0]))) ||
          (test(viewer.trainedOn)[1].classes && !viewer.classes);
        const { classes = viewer.classes, ...rest } = isNew ? seen().metadata : {};
        const trainedOn = isNew ? ({ dataset: typed, ...rest } as TrainedOn) : viewer.trainedOn; // undefined fields count as absent
        return see(...test(trainedOn), { ...viewer, classes, trainedOn }, where).data;
      };
      return { train: () => seen().data, test: readTest, metadata: () => seen().metadata };
    },
  };
}

/** Describes samples. Gray values that can be drawn are pictures; all other values are measurements (`isTable`). */
function factsOfTable(table: CsvImages): Facts {
  const shape = shapeOf(table.size);
  const classes = countClasses(table.labels!); // without `inputs` a table has labels
  return { shape, classes, isTable: !areBytes(table) || !isDrawn(shape) };
}

const isRaw = ({ values }: CsvImages): boolean => values instanceof Float64Array;

const areBytes = (table: CsvImages): table is CsvImages & { values: Uint8Array } =>
  table.values instanceof Uint8Array && table.unit === 255;

/** Limit on the total characters of the column names that a model stores. */
const mostNamed = 2 ** 20;

/**
 * Returns the samples of a table, and the facts about it that a model stores.
 *
 * @param isDivided whether a tenth of each class is for testing; the ranges of columns then exclude this tenth
 */
function see(
  path: string,
  parsed: CsvImages,
  viewer: Pick<Viewer, 'plan' | 'classes' | 'trainedOn'>,
  where: string,
  isDivided = false,
): { readonly data: Dataset; readonly metadata: Metadata } {
  const { classes: known, trainedOn } = viewer;
  const table = inOrder(parsed, trainedOn?.names, path, where);
  const { names = [], count } = table;
  const labels = labelsOf(table, known, path, where);
  const indices = isDivided ? splitClasses(count, (i) => labels[i]).train : undefined;
  const columns = trainedOn?.columns ?? (isRaw(table) ? rangesOf(table, indices) : undefined);
  const shape = shapeOf(table.size, viewer.plan.input);
  const metadata = {
    classes: table.classes && (known ?? table.classes),
    columns,
    names: names.length > 0 && names.join('').length <= mostNamed ? names : undefined,
  };
  if (areBytes(table)) return { data: images(path, shape, table.values, labels), metadata };
  const data: Dataset = {
    name: path,
    shape,
    length: count,
    input: (i, draw) => ({ intensities: intensitiesOf(table, i, columns), draw }),
    label: (i) => labels[i],
  };
  return { data, metadata };
}

/** Orders the columns of a table as in the model, if both have names. */
function inOrder(
  table: CsvImages,
  known: readonly string[] | undefined,
  path: string,
  where: string,
): CsvImages {
  const { names, size, values } = table;
  if (!known || !names || names.every((name, column) => name === known[column])) return table;
  const from = known.map((name) => names.indexOf(name));
  const missing = known.find((_, column) => from[column] < 0);
  if (missing !== undefined || new Set(from).size < names.length)
    refuse(where, path, `columns named as the model's: ${known.join(', ')}`, names.join(', '));
  return {
    ...table,
    names: known,
    values: values.map((_, at) => values[at - (at % size) + from[at % size]]),
  };
}

/** The label of each row. If a model knows its classes, a label is the index of the row's class among them. */
function labelsOf(
  { labels, classes }: CsvImages,
  known: readonly string[] | undefined,
  path: string,
  where: string,
): Float32Array {
  const numbers = labels!; // the table was read without `inputs`, so it has labels
  if (!known) return numbers;
  const labelOf = new Map(known.map((name, label) => [name, label]));
  return numbers.map((label) => {
    const name = classes?.[label] ?? String(label);
    return labelOf.get(name) ?? refuse(where, path, `only the classes ${known.join(', ')}`, name);
  });
}

/** For each column, `low` is the mean, and `high` is the mean plus the greatest distance to it. Scaling makes them 0 and 1. */
function rangesOf({ values, size, count }: CsvImages, indices?: ArrayLike<number>): Columns {
  const [low, high] = [Array<number>(size), Array<number>(size)];
  const rows = indices?.length ?? count;
  for (let column = 0; column < size; column++) {
    let [least, greatest, mean] = [Infinity, -Infinity, 0];
    for (let k = 0; k < rows; k++) {
      const value = values[(indices?.[k] ?? k) * size + column];
      [least, greatest] = [Math.min(least, value), Math.max(greatest, value)];
      mean += value / rows; // divided first, because the sum could overflow
    }
    low[column] = least < greatest ? mean : least;
    const farthest = Math.max(greatest - low[column], low[column] - least);
    high[column] = Math.min(Number.MAX_VALUE, low[column] + farthest);
  }
  return { low, high };
}

/** Scales the values of a sample to intensities, by the ranges of its columns if there are any, else by the table's unit. */
function intensitiesOf({ values, size, unit }: CsvImages, i: number, columns?: Columns): Float64Array {
  const sample = values.subarray(i * size, (i + 1) * size);
  return columns ? scaledRow(sample, columns) : Float64Array.from(sample, (value) => value / unit);
}

function shapeOf(size: number, input?: Shape): Shape {
  if (input && neuronsOf(input) === size) return input;
  const side = Math.sqrt(size);
  return Number.isInteger(side)
    ? { channels: 1, height: side, width: side }
    : { channels: 1, height: 1, width: size };
}

/** The samples of a file for `predict`, with or without labels. */
export function openCsvSamples(
  file: string,
  bytes: Uint8Array,
  { plan, trainedOn }: Pick<SpikingNetwork, 'plan' | 'trainedOn'>,
): Iterable<NamedSample> {
  const read = readCsv(bytes, file, neuronsOf(plan.input), raw[scaleOf(trainedOn)]);
  const table = inOrder(read, trainedOn?.names, file, 'predict');
  return samplesIn(file, table.count, (i) => intensitiesOf(table, i, trainedOn?.columns));
}
