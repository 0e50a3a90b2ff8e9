/**
 * Folders of event recordings: N-MNIST, DVS128 Gesture, CIFAR10-DVS. Sizes and headers are checked when they are
 * opened.
 */
import { closeSync, existsSync, fstatSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { shuffled } from '../../../spec/random.ts';
import type { Dataset } from '../../data/dataset.ts';
import type { Binning } from '../../data/frames.ts';
import {
  compareFiles,
  lastTenth,
  recordings,
  type Recording,
  type RecordingSet,
} from '../../data/recordings.ts';
import { InputError, refuse } from '../../errors.ts';
import { checkAedatHeader, readAedat } from '../../formats/aedat.ts';
import { checkEventBytes, readEvents, type Sensor } from '../../formats/events.ts';
import { readLabels } from '../../formats/labels.ts';
import { openRegular, readFile, reasonOf } from '../files.ts';
import { namesIn, refuseFolder, type Readers, type DataFolder, type Viewer } from './place.ts';

/**
 * N-MNIST: `Train/<class>/<number>.bin`, and `Test` alike. Without `Test`, the last tenth of the recordings by number is the
 * test part: of 1,000, the last 100.
 *
 * 34 × 34 × 2. A step has the fewest whole milliseconds with which the window covers all three saccades, 300 ms, from time 0.
 */
export function openNmnist(place: DataFolder, viewer: Viewer): Readers {
  const sensor = { width: 34, height: 34 };
  const set = fiveByteSet(sensor, binningOf(sensor, viewer, { length: 300 }));
  const listOf = (part: string): Recording[] => inClasses(part, digits, '.bin', place).sort(byNumber);
  return partsOf(place, set, checkFiveBytes(sensor), (kind) => {
    if (existsSync(join(place.folder, 'Test'))) return listOf(kind === 'train' ? 'Train' : 'Test');
    return lastTenth(listOf('Train'))[kind];
  });
}

/**
 * DVS128 Gesture as clips of 5-byte events (`.bs2`) and a table `labels….csv` of file and class, 1 … 11. The last
 * tenth of the clips by number, rounded up, is the test part.
 *
 * 128 × 128 × 2, or sums over square cells if the network's map is smaller. The window covers 1.45 s.
 */
export function openGesture(place: DataFolder, viewer: Viewer): Readers {
  const sensor = { width: 128, height: 128 };
  const set = fiveByteSet(sensor, binningOf(sensor, viewer, { length: 1450 }));
  return partsOf(place, set, checkFiveBytes(sensor), (kind) => {
    const tables = namesIn(place.folder, place.where).filter((name) => /^labels.*\.csv$/.test(name));
    const [table] = tables;
    if (table === undefined) refuseFolder(place, 'no labels….csv');
    if (tables.length > 1) refuseFolder(place, tables.join(', '), 'one table labels….csv');
    const path = join(place.folder, table);
    const list = readLabels(readFile(path, place.where), 1, 11, path)
      .map(({ file, label }) => ({ file: join(place.folder, file), label: label - 1 }))
      .sort(byNumber);
    return lastTenth(list)[kind];
  });
}

/**
 * CIFAR10-DVS: AEDAT 2.0, `<class>/….aedat`. A tenth of each class, rounded up, is the test part, drawn by the seed
 * (stream `split`). The parts are in the order of the recordings' numbers, so that a few of them cover all classes.
 *
 * 128 × 128 × 2, summed over 3 × 3 to 42 × 42 (without rows and columns 126 and 127) if the network's map has that size, and
 * in the same way to others. A step has 12 ms; the window begins with the first event. The variant's choice `input` sets
 * how often the frames are injected: three times with `intensity`, the paper's, so that a third of T is recorded and T of
 * Eq. 6 counts all; once with `scaledIntensity`, the authors'.
 */
export function openCifar10Dvs(place: DataFolder, viewer: Viewer): Readers {
  const injections = viewer.plan.variant.input === 'intensity' ? 3 : 1;
  const { T } = viewer.plan;
  if (T % injections !== 0) {
    const expected = `a multiple of ${injections}, as the variant injects ${place.name} ${injections} times`;
    refuse(place.where, '--window', expected, T, `try ${Math.max(T - (T % injections), injections)}`);
  }
  const sensor = { width: 128, height: 128 };
  const binning = { ...binningOf(sensor, viewer, { ms: 12 }), injections };
  const set = { read: readFile, decode: readAedat, binning };
  return partsOf(place, set, checkAedatFile, (kind) => {
    const ofClass = (name: string, label: number): Recording[] => {
      const list = inClasses('.', [name], '.aedat', place).sort(byNumber);
      const order = shuffled(list.length, viewer.seed, label, 'split');
      const test = new Set(order.subarray(0, Math.ceil(list.length / 10)));
      return list.filter((_, i) => test.has(i) === (kind === 'test')).map(({ file }) => ({ file, label }));
    };
    return objects.flatMap(ofClass).sort(byNumber);
  });
}

const byNumber = (a: Recording, b: Recording): number => compareFiles(a.file, b.file);
const digits = Array.from({ length: 10 }, (_, digit) => String(digit));
const objects = 'airplane automobile bird cat deer dog frog horse ship truck'.split(' ');

/** The largest cells that fit the network's map, and steps of `ms`, or of as many ms as the window needs to cover `length` ms. */
function binningOf(
  { width, height }: Sensor,
  { plan: { T, input } }: Viewer,
  { ms, length = 0 }: { ms?: number; length?: number },
): Binning {
  const pool = Math.max(1, Math.floor(width / input.width));
  const shape = { channels: 2, height: Math.floor(height / pool), width: Math.floor(width / pool) };
  return { T, ms: ms ?? Math.ceil(length / T), injections: 1, shape, pool };
}

function fiveByteSet(sensor: Sensor, binning: Binning): RecordingSet {
  return { read: readFile, decode: (bytes, where) => readEvents(bytes, sensor, where), binning };
}

/** Both parts of a data set. The files of a part are checked when it is opened. */
function partsOf(
  place: DataFolder,
  set: RecordingSet,
  check: (file: string, where: string) => void,
  listOf: (kind: 'train' | 'test') => readonly Recording[],
): Readers {
  const part = (kind: 'train' | 'test'): Dataset => {
    const name = `${place.name} ${kind}`;
    const list = listOf(kind);
    if (list.length === 0) refuseFolder(place, `0 recordings for ${kind}ing`);
    for (const [i, { file }] of list.entries()) {
      const where = `${name}[${i}]: ${file}`;
      try {
        check(file, where);
      } catch (cause) {
        if (cause instanceof InputError) throw cause;
        throw new InputError(`${where}: cannot be read: ${reasonOf(cause)}`, { cause });
      }
    }
    return recordings(name, list, set);
  };
  return { train: () => part('train'), test: () => part('test') };
}

/**
 * The recordings in folders named after their classes, below `folder` of the data set; `classes[k]` has label k. There must be at least
 * one.
 */
function inClasses(
  folder: string,
  classes: readonly string[],
  ending: string,
  place: DataFolder,
): Recording[] {
  return classes.flatMap((name, label) => {
    const below = join(folder, name);
    const files = namesIn(join(place.folder, below), place.where).filter((file) => file.endsWith(ending));
    if (files.length === 0) refuseFolder(place, `0 recordings (${ending}) in ${below}`);
    return files.map((file) => ({ file: join(place.folder, below, file), label }));
  });
}

/** Checks the first event: in most files of another kind it is one that no such camera produces. */
function checkFiveBytes(sensor: Sensor): (file: string, where: string) => void {
  return (file, where) =>
    withHead(file, (headOf) => {
      const { head, size } = headOf(5);
      checkEventBytes(size, where);
      readEvents(head, sensor, where);
    });
}

/** Reads the file as far as its header goes. */
function checkAedatFile(file: string, where: string): void {
  withHead(file, (headOf) => {
    for (let length = 2 ** 12; ; length *= 16) {
      const { head, size } = headOf(length);
      if (checkAedatHeader(head, size, where) !== undefined) return;
    }
  });
}

/** Opens a file and calls `use` with a function that returns its first bytes, up to `length`, and its size. */
function withHead(
  file: string,
  use: (headOf: (length: number) => { head: Uint8Array; size: number }) => void,
): void {
  const handle = openRegular(file);
  try {
    use((length) => {
      const bytes = new Uint8Array(length);
      const read = readSync(handle, bytes, 0, length, 0);
      return { head: bytes.subarray(0, read), size: read < length ? read : fstatSync(handle).size };
    });
  } finally {
    closeSync(handle);
  }
}
