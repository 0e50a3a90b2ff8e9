/** Files of arrays, pictures, events and tables, for the command. */
export { checkAedatHeader, readAedat } from './aedat.ts';
export { type ByteSource, checkRecords, concat, isGzip, wholeIn } from './bytes.ts';
export { readCifar10 } from './cifar10.ts';
export { readCifar10Labels, readCifar10Sheet } from './cifar10Sheets.ts';
export { type CsvImages, mostLabel, readCsv } from './csv.ts';
export { type Sensor, eventBytes, readEvents, readLabels } from './events.ts';
export { openChunks } from './hdf5Chunks.ts';
export { type Idx, readIdx } from './idx.ts';
export { parseJson, parseJsonBytes } from './json.ts';
export { type NpyHeader } from './npy.ts';
export { NpzFile, writeNpz } from './npz.ts';
export { type Picture, readPng, writePng } from './png.ts';
export {
  type AnyTensor,
  type Numbers,
  type StringTensor,
  type Tensor,
  decodeElements,
  numbersOf,
} from './tensor.ts';
