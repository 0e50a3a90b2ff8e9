/** Data sets of event recordings. Each request reads the recording again. */
import type { Events } from '../formats/events.ts';
import { checkRecord, checkWhole, refuse } from '../errors.ts';
import { checkBinning, checkEvents, computeFrames, type Binning } from './frames.ts';
import type { Dataset } from './dataset.ts';

/** A recording, before it is read. */
export interface Recording {
  /** The file, for error messages. */
  readonly file: string;
  /** Its class: 0, 1, … */
  readonly label: number;
}

/** The functions that read and decode the recordings of a set, and their division into frames. */
export interface RecordingSet {
  /** Reads a file; `where` names the sample. */
  readonly read: (file: string, where: string) => Uint8Array;
  /** Decodes bytes to events; `where` names the sample and the file. */
  readonly decode: (bytes: Uint8Array, where: string) => Events;
  readonly binning: Binning;
}

/**
 * Makes a data set of event recordings. Each recording becomes T maps of counts, without random numbers.
 *
 * @param name name of the data set in reports and error messages
 * @param list file and class of each recording
 * @param set functions that read and decode a file, and the division into T frames of (2,H,W)
 * @returns a data set that reads a recording on each request and keeps none
 * @throws InputError if an argument does not fit; a request for a sample throws the errors of `read` and `decode`
 */
export function recordings(name: string, list: readonly Recording[], set: RecordingSet): Dataset {
  if (typeof name !== 'string') refuse('recordings', 'name', 'a text', name);
  checkRecord(name, 'set', set, ['read', 'decode', 'binning']);
  const { read, decode, binning } = set;
  for (const [what, value] of Object.entries({ read, decode }))
    if (typeof value !== 'function') refuse(name, what, 'a function', value);
  checkBinning(name, binning);
  const copies: readonly Recording[] = Array.isArray(list) ? Array.from(list) : [];
  if (!Array.isArray(list) || !copies.every((one) => typeof one?.file === 'string'))
    refuse(name, 'list', 'a list of { file, label }', list);
  const at = (i: number): Recording => copies[checkWhole(name, 'sample', i, 0, copies.length - 1)];
  return {
    name,
    shape: binning.shape,
    length: copies.length,
    input(i) {
      const { file } = at(i);
      const sample = `${name}[${i}]`;
      const events = decode(read(file, sample), `${sample}: ${file}`);
      return { frames: computeFrames(checkEvents(sample, events), binning) };
    },
    label: (i) => at(i).label,
  };
}

/**
 * Orders recordings by the last number in the file name (without its ending), then by the whole path. `00010.bin`
 * comes after `00009.bin`, whatever their folders are.
 */
export function compareFiles(a: string, b: string): number {
  const numberOf = (path: string): number => {
    const stem = path.replace(/^.*[\\/]/, '').replace(/\.[^.]*$/, '');
    return Number(/(\d{1,15})\D*$/.exec(stem)?.[1] ?? -1);
  };
  return numberOf(a) - numberOf(b) || (a < b ? -1 : Number(a > b));
}

/** Splits a set without a test part: the last tenth of the recordings, rounded up, is the test part. */
export function lastTenth<T>(list: readonly T[]): { train: T[]; test: T[] } {
  const cut = list.length - Math.ceil(list.length / 10);
  return { train: list.slice(0, cut), test: list.slice(cut) };
}
