/** Data sets in CSV files: a line a sample, its label and its values. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { neuronsOf, type Shape } from '../../../spec/network.ts';
import { images, type Dataset } from '../../data/dataset.ts';
import { refuse } from '../../errors.ts';
import { readCsv, type CsvImages } from '../../formats/csv.ts';
import type { SpikingNetwork, TrainedOn } from '../../network/network.ts';
import type { Shown } from '../../train/predict.ts';
import { readFile } from '../files.ts';
import { isDrawn } from '../output.ts';
import { factsOf, type Facts, type KeptData, type Readers, type Viewer } from './place.ts';
import { splitClasses, wholeInTenths } from './split.ts';

/** Names of the parts in a folder. */
export const csvParts = ['train.csv', 'test.csv'];

/**
 * A file, whose test part is a tenth of each class. A sample of as many values as the network's map has its shape; others are squares, or
 * else single rows.
 */
export function openCsvFile(typed: string, where: string, view: Partial<Viewer>): Readers {
  let table: Table | undefined;
  const readers = wholeInTenths(typed, where, () => {
    table = readTable(
      typed,
      where,
      view,
      ({ count, labels }) => splitClasses(count, (i) => labels![i]).train,
    ); // it has labels
    return table.data;
  });
  return { ...readers, kept: () => keptOf(table), facts: () => tableFacts(readers.whole()) };
}

/** A folder with `train.csv` and `test.csv`, shaped as {@link openCsvFile} does. */
export function openCsvFolder(typed: string, where: string, view: Partial<Viewer>): Readers {
  let table: Table | undefined;
  const part = (name: string, seen: Partial<Viewer>): Table => {
    const path = join(typed, name);
    if (!existsSync(path)) refuse(where, typed, csvParts.join(' and '), `no ${name}`);
    return readTable(path, where, seen);
  };
  const train = (): Dataset => (table ??= part(csvParts[0], view)).data;
  // Read as the training part: by the model's record of it, or else by itself.
  const held = (): Table => {
    const { classes = view.classes, columns } = keptOf(table);
    const trainedOn = columns ? { dataset: typed, columns } : view.trainedOn;
    return part(csvParts[1], { ...view, classes, trainedOn });
  };
  const test = (): Dataset => {
    if (view.scale && !view.trainedOn?.columns) train();
    const { classes, data } = held();
    if (!classes || view.classes || table) return data;
    train(); // numbers the words
    return held().data;
  };
  return { train, test, kept: () => keptOf(table), facts: () => tableFacts(train()) };
}

/** Gray values of a map in which something can be seen are pictures; all else is a table. */
const tableFacts = (data: Dataset): Facts => ({
  ...factsOf(data),
  isTable: data.bytes === undefined || !isDrawn(data.shape),
});

type Columns = NonNullable<TrainedOn['columns']>;

/** A table, the names of its classes, and the ranges by which its columns were scaled. */
interface Table extends KeptData {
  readonly data: Dataset;
}

/** @param training places of the samples by whose range columns are scaled; default: all */
function readTable(
  path: string,
  where: string,
  { plan, classes: known, trainedOn, scale }: Partial<Viewer>,
  training?: (table: CsvImages) => ArrayLike<number>,
): Table {
  const table = readCsv(readFile(path, where), path, undefined, (trainedOn?.columns ?? scale) !== undefined);
  const columns = trainedOn?.columns ?? (scale && rangesOf(table, training?.(table)));
  const shape = shapeOf(table.size, plan?.input);
  const labels = labelsOf(table, known, path, where);
  const classes = table.classes && (known ?? table.classes);
  if (table.values instanceof Uint8Array && table.unit === 255)
    return { data: images(path, shape, table.values, labels), classes };
  const data: Dataset = {
    name: path,
    shape,
    length: table.count,
    input: (i, draw) => ({ intensities: intensitiesOf(table, i, columns), draw }),
    label: (i) => labels[i],
  };
  return { data, classes, columns };
}

const keptOf = ({ classes, columns }: KeptData = {}): KeptData => ({ classes, columns });

/** The labels, in words those of the classes that a model knows. */
function labelsOf(
  { labels, classes }: CsvImages,
  known: readonly string[] | undefined,
  path: string,
  where: string,
): Float32Array {
  if (!classes || !known) return labels!; // without `inputs` a table has labels
  const placeOf = new Map(known.map((name, place) => [name, place]));
  const unknown = classes.find((name) => !placeOf.has(name));
  if (unknown !== undefined) refuse(where, path, `only the classes ${known.join(', ')}`, unknown);
  const places = classes.map((name) => placeOf.get(name)!); // none is unknown
  return labels!.map((label) => places[label]); // as above
}

/** The least and the greatest value of each column. */
function rangesOf({ values, size, count }: CsvImages, places?: ArrayLike<number>): Columns {
  const [low, high] = [Array<number>(size).fill(Infinity), Array<number>(size).fill(-Infinity)];
  for (let k = 0; k < (places?.length ?? count); k++) {
    const start = (places?.[k] ?? k) * size;
    for (let column = 0; column < size; column++) {
      low[column] = Math.min(low[column], values[start + column]);
      high[column] = Math.max(high[column], values[start + column]);
    }
  }
  return { low, high };
}

/** Values as intensities; with the ranges of columns a value beyond its range is 0 or 1, and one of a constant column 0. */
function intensitiesOf({ values, size, unit }: CsvImages, i: number, columns?: Columns): Float64Array {
  const sample = values.subarray(i * size, (i + 1) * size);
  if (!columns) return Float64Array.from(sample, (value) => value / unit);
  const { low, high } = columns;
  return Float64Array.from(sample, (value, k) => {
    if (!(high[k] > low[k])) return 0;
    const part = high[k] - low[k] < Infinity ? 1 : 0.5; // halves do not overflow
    return Math.min(1, Math.max(0, (part * value - part * low[k]) / (part * high[k] - part * low[k])));
  });
}

function shapeOf(size: number, input: Shape | undefined): Shape {
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
): { readonly name: string; readonly shown: Shown }[] {
  const table = readCsv(bytes, file, neuronsOf(plan.input), trainedOn?.columns !== undefined);
  return Array.from({ length: table.count }, (_, i) => ({
    name: table.count === 1 ? file : `${file}[${i}]`,
    get shown() {
      return intensitiesOf(table, i, trainedOn?.columns);
    },
  }));
}
