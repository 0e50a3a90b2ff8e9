/** Data sets in CSV files: one line per sample, with its label and its values. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { neuronsOf, type Shape } from '../../../spec/network.ts';
import { images, type Dataset } from '../../data/index.ts';
import { refuse } from '../../errors.ts';
import { readCsv, type CsvImages } from '../../formats/index.ts';
import { scaledRow, type Columns } from '../../modelFile/index.ts';
import type { SpikingNetwork, TrainedOn } from '../../network/index.ts';
import type { Shown } from '../../train/index.ts';
import { readFile } from '../files.ts';
import { isDrawn } from '../output.ts';
import { isNarrow } from './fitting.ts';
import {
  countClasses,
  once,
  type Facts,
  type Metadata,
  type OpenedData,
  type Viewer,
  splitClasses,
  wholeInTenths,
} from './place.ts';

/** Names of the files of the two parts in a folder. */
export const csvFiles = ['train.csv', 'test.csv'];

/** Determines how a table is read: whether in raw units, and the classes, ranges and columns of a model. */
type TableViewer = Partial<Pick<Viewer, 'plan' | 'classes' | 'trainedOn' | 'scale'>>;

/** Which tables are read in raw units, to be scaled. Gray values whose map can be drawn are a picture. */
const raw = {
  columns: () => true,
  narrow: (size: number, areGray: boolean) => isNarrow(size) && !(areGray && isDrawn(shapeOf(size))),
  none: () => false,
};

/** How a table is read: if there is a model, like the data that the model was trained on. */
const scaleOf = ({ trainedOn, scale }: TableViewer): keyof typeof raw =>
  trainedOn ? (trainedOn.columns ? 'columns' : 'none') : (scale ?? 'none');

/** The table of a file, which is decoded at most once per scale. */
function tableOf(path: string, where: string): (viewer: TableViewer) => CsvImages {
  const readAs = (scale: keyof typeof raw) =>
    once(() => readCsv(readFile(path, where), path, undefined, raw[scale]));
  const read = { columns: readAs('columns'), narrow: readAs('narrow'), none: readAs('none') };
  return (viewer) => read[scaleOf(viewer)]();
}

/**
 * A file, whose test part is a tenth of each class. A sample with as many values as the network's map has its shape; others are squares or,
 * if the number of their values is no square, single rows.
 */
export function openCsvFile(typed: string, where: string, scale: Viewer['scale']): OpenedData {
  const table = tableOf(typed, where);
  return {
    facts: () => factsOfTable(table({ scale })),
    read(viewer) {
      const seen = once(() => see(typed, table(viewer), viewer, where, true));
      return { ...wholeInTenths(typed, where, () => seen().data), metadata: () => seen().metadata };
    },
  };
}

/** A folder with `train.csv` and `test.csv`, whose samples are shaped as by {@link openCsvFile}. */
export function openCsvFolder(typed: string, where: string, scale: Viewer['scale']): OpenedData {
  const [train, test] = csvFiles.map((name) => {
    const path = join(typed, name);
    const table = tableOf(path, where);
    const view = (viewer: TableViewer): CsvImages => {
      if (!existsSync(path)) refuse(where, typed, csvFiles.join(' and '), `no ${name}`);
      return table(viewer);
    };
    return { path, view };
  });
  return {
    facts: () => factsOfTable(train.view({ scale })),
    read(viewer) {
      let known: Metadata | undefined;
      const seen = once(() => see(train.path, train.view(viewer), viewer, where));
      const readTrain = (): Dataset => {
        known = seen().metadata;
        return seen().data;
      };
      // Read with the classes and ranges of the training part, from the model or from the part itself.
      const readTest = (): Dataset => {
        const isNew = (viewer.scale && !viewer.trainedOn) || (test.view(viewer).classes && !viewer.classes);
        if (isNew) readTrain();
        const { classes = viewer.classes, ...rest } = known ?? {};
        const trainedOn = known ? ({ dataset: typed, ...rest } as TrainedOn) : viewer.trainedOn; // undefined fields count as absent
        const asTrained = { ...viewer, classes, trainedOn };
        return see(test.path, test.view(asTrained), asTrained, where).data;
      };
      return { train: readTrain, test: readTest, metadata: () => seen().metadata };
    },
  };
}

/** Gray values are pictures if their map can be drawn; all other values are a table. */
function factsOfTable(table: CsvImages): Facts {
  const shape = shapeOf(table.size);
  const classes = countClasses(table.labels!); // without `inputs` a table has labels
  return { shape, classes, isTable: !areBytes(table) || !isDrawn(shape) };
}

const isRaw = ({ values }: CsvImages): boolean => values instanceof Float64Array;

const areBytes = (table: CsvImages): table is CsvImages & { values: Uint8Array } =>
  table.values instanceof Uint8Array && table.unit === 255;

/** Limit on the characters of the names of columns that a model keeps. */
const mostNamed = 2 ** 20;

/**
 * The samples of a table, and the facts of it that a model keeps.
 *
 * @param isDivided whether a tenth of each class is for testing; the ranges of columns leave it out
 */
function see(
  path: string,
  parsed: CsvImages,
  viewer: TableViewer,
  where: string,
  isDivided = false,
): { readonly data: Dataset; readonly metadata: Metadata } {
  const { classes: known, trainedOn } = viewer;
  const table = inOrder(parsed, trainedOn?.names, path, where);
  const { names = [], count } = table;
  const labels = labelsOf(table, known, path, where);
  const indices = isDivided ? splitClasses(count, (i) => labels[i]).train : undefined;
  const columns = trainedOn?.columns ?? (isRaw(table) ? rangesOf(table, indices) : undefined);
  const shape = shapeOf(table.size, viewer.plan?.input);
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

/** A table with its columns in the order of the model's columns, if both have names. */
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

/**
 * The labels. If a model knows the classes, each word or number becomes the place of the class of that name.
 */
function labelsOf(
  { labels, classes }: CsvImages,
  known: readonly string[] | undefined,
  path: string,
  where: string,
): Float32Array {
  if (!known) return labels!; // without `inputs` a table has them
  const labelOf = new Map(known.map((name, label) => [name, label]));
  // A table without `inputs` has labels, as above.
  return labels!.map((label) => {
    const name = classes?.[label] ?? String(label);
    return labelOf.get(name) ?? refuse(where, path, `only the classes ${known.join(', ')}`, name);
  });
}

/** For each column: the mean, which becomes 0; and the value above it, as far away as the farthest value, which becomes 1. */
function rangesOf({ values, size, count }: CsvImages, indices?: ArrayLike<number>): Columns {
  const [low, high] = [Array<number>(size), Array<number>(size)];
  const rows = indices?.length ?? count;
  for (let column = 0; column < size; column++) {
    let [least, greatest, mean] = [Infinity, -Infinity, 0];
    for (let k = 0; k < rows; k++) {
      const value = values[(indices?.[k] ?? k) * size + column];
      [least, greatest] = [Math.min(least, value), Math.max(greatest, value)];
      mean += value / rows; // a sum of values could overflow
    }
    low[column] = least < greatest ? mean : least;
    const farthest = Math.max(greatest - low[column], low[column] - least);
    high[column] = Math.min(Number.MAX_VALUE, low[column] + farthest);
  }
  return { low, high };
}

/** Values as intensities, with the ranges of the columns if there are some. */
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
): { readonly name: string; readonly intensities: Shown }[] {
  const read = readCsv(bytes, file, neuronsOf(plan.input), raw[scaleOf({ trainedOn })]);
  const table = inOrder(read, trainedOn?.names, file, 'predict');
  return Array.from({ length: table.count }, (_, i) => ({
    name: table.count === 1 ? file : `${file}[${i}]`,
    get intensities() {
      return intensitiesOf(table, i, trainedOn?.columns);
    },
  }));
}
