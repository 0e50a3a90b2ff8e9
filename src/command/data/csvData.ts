/** Data sets in CSV files: a line a sample, its label and its values. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { neuronsOf, type Shape } from '../../../spec/network.ts';
import { images, type Dataset } from '../../data/dataset.ts';
import { refuse } from '../../errors.ts';
import { readCsv, type CsvImages } from '../../formats/csv.ts';
import type { Shown } from '../../train/predict.ts';
import { readFile } from '../files.ts';
import type { Readers } from './place.ts';
import { wholeInTenths } from './split.ts';

/** Names of the parts in a folder. */
export const csvParts = ['train.csv', 'test.csv'];

/**
 * A file, whose test part is a tenth of each class.
 *
 * @param input the map of the network. A sample of as many values has this shape; others are squares, or else single rows.
 */
export function openCsvFile(typed: string, where: string, input?: Shape): ReturnType<typeof wholeInTenths> {
  return wholeInTenths(typed, where, () => readData(typed, where, input));
}

/** A folder with `train.csv` and `test.csv`, shaped as {@link openCsvFile} does. */
export function openCsvFolder(typed: string, where: string, input?: Shape): Readers {
  const part = (name: string): Dataset => {
    const path = join(typed, name);
    if (!existsSync(path)) refuse(where, typed, csvParts.join(' and '), `no ${name}`);
    return readData(path, where, input);
  };
  return { train: () => part(csvParts[0]), test: () => part(csvParts[1]) };
}

function readData(path: string, where: string, input: Shape | undefined): Dataset {
  const table = readCsv(readFile(path, where), path);
  const shape = shapeOf(table.size, input);
  const labels = table.labels!; // without `inputs` a table has labels
  if (table.values instanceof Uint8Array && table.unit === 255)
    return images(path, shape, table.values, labels);
  return {
    name: path,
    shape,
    length: table.count,
    input: (i, draw) => ({ intensities: intensitiesOf(table, i), draw }),
    label: (i) => labels[i],
  };
}

function intensitiesOf({ values, size, unit }: CsvImages, i: number): Float64Array {
  return Float64Array.from(values.subarray(i * size, (i + 1) * size), (value) => value / unit);
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
  input: Shape,
): { readonly name: string; readonly shown: Shown }[] {
  const table = readCsv(bytes, file, neuronsOf(input));
  return Array.from({ length: table.count }, (_, i) => ({
    name: table.count === 1 ? file : `${file}[${i}]`,
    get shown() {
      return intensitiesOf(table, i);
    },
  }));
}
