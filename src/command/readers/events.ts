/**
 * Folders of event recordings: N-MNIST, DVS128 Gesture, CIFAR10-DVS, and the user's recordings by class. Opening a part checks the size and
 * header of each file.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Network } from '../../../spec/network.ts';
import { shuffled } from '../../../spec/random.ts';
import {
  type Dataset,
  checkBinning,
  computeFrames,
  type Binning,
  compareFiles,
  lastTenth,
  recordings,
  type Recording,
  type RecordingSet,
} from '../../data/index.ts';
import { refuse } from '../../errors.ts';
import {
  checkAedatHeader,
  readAedat,
  type ByteSource,
  checkRecords,
  eventBytes,
  readEvents,
  readLabels,
  type Sensor,
} from '../../formats/index.ts';
import { shapeText, type SpikingNetwork, type TrainedOn } from '../../network/index.ts';
import { namesIn, readFile, withFile } from '../files.ts';
import { openClasses, type ClassSet, type ClassTree, type FileForm } from './classFolders.ts';
import {
  once,
  refuseFolder,
  type DataFolder,
  type NamedSample,
  type NamedSet,
  type OpenedData,
  type Viewer,
} from './place.ts';

/** Decodes recordings of a kind. `check` inspects the beginning of a file. */
interface Recorder extends Pick<RecordingSet, 'decode'> {
  readonly check: (file: ByteSource, where: string) => void;
}

/**
 * Recordings of 5-byte events. Most other files are refused, because their first five bytes are no event of a sensor below 256 × 256
 * pixels.
 */
const fiveBytes = (sensor: Sensor): Recorder => ({
  decode: (bytes, where) => readEvents(bytes, sensor, where),
  check(file, where) {
    checkRecords(where, 'events', file.length, eventBytes);
    readEvents(file.subarray(0, eventBytes), sensor, where);
  },
});

const aedat: Recorder = { decode: readAedat, check: checkAedatHeader };

/** A camera. `ms` is the length of the whole window and `stepMs` that of one step, both in milliseconds. */
interface Camera extends Sensor {
  readonly ms?: number;
  readonly stepMs?: number;
  /** Whether the variant's choice `input` sets the number of injections. */
  readonly isRepeated?: true;
}

type PartName = 'train' | 'test';

interface EventSet extends Omit<NamedSet, 'open'> {
  readonly camera: Camera;
  readonly recorder?: Recorder;
  readonly list: (part: PartName, source: DataFolder, viewer: Viewer) => readonly Recording[];
}

const byNumber = (a: Recording, b: Recording): number => compareFiles(a.file, b.file);
const digits = Array.from({ length: 10 }, (_, digit) => String(digit));
const objects = 'airplane automobile bird cat deer dog frog horse ship truck'.split(' ');
const dvs128 = { width: 128, height: 128 };

const sets: Readonly<Record<string, EventSet>> = {
  /**
   * N-MNIST: `Train/<class>/<number>.bin` and `Test/<class>/<number>.bin`. Without `Test`, the last tenth of the recordings by number is
   * the test part.
   *
   * The map is 34 × 34 × 2. A step has the fewest whole milliseconds with which the window covers all three saccades (300 ms).
   */
  nmnist: {
    model: 'lenet-nmnist',
    file: 'bin',
    contents: 'folders Train/0 … Train/9 and Test/0 … Test/9 of .bin recordings',
    origin: 'https://www.garrickorchard.com/datasets/n-mnist',
    camera: { width: 34, height: 34, ms: 300 },
    list(part, index) {
      const listOf = (folder: string): Recording[] => inClasses(folder, digits, '.bin', index).sort(byNumber);
      if (existsSync(join(index.folder, 'Test'))) return listOf(part === 'train' ? 'Train' : 'Test');
      return lastTenth(listOf('Train'))[part];
    },
  },
  /**
   * DVS128 Gesture as clips of 5-byte events (`.bs2`), and a table `labels….csv` of file and class, 1 … 11. The test part is
   * the last tenth (rounded up) of the clips in the order of their numbers.
   *
   * The map is 128 × 128 × 2. If the network's map is smaller, pixels are summed over square cells. The window covers 1.45 s.
   */
  'dvs-gesture': {
    file: 'bs2',
    contents: '.bs2 clips of 5-byte events and labels.csv (file, class 1 … 11)',
    origin: 'IBM, cut into such clips by https://github.com/bamsumit/slayerPytorch',
    camera: { ...dvs128, ms: 1450 },
    list(part, index) {
      const { folder, where } = index;
      const tables = namesIn(folder, where).filter((name) => /^labels.*\.csv$/.test(name));
      const [table] = tables;
      if (table === undefined) refuseFolder(index, 'no labels….csv');
      if (tables.length > 1) refuseFolder(index, tables.join(', '), 'one table labels….csv');
      const path = join(folder, table);
      const list = readLabels(readFile(path, where), 1, 11, path)
        .map(({ file, label }) => ({ file: join(folder, file), label: label - 1 }))
        .sort(byNumber);
      return lastTenth(list)[part];
    },
  },
  /**
   * CIFAR10-DVS: AEDAT 2.0, `<class>/….aedat`. A tenth of each class, rounded up, is the test part, drawn by the seed (stream
   * `split`). Each part is in the order of its recordings' numbers, so its first few recordings cover all classes.
   *
   * The map is 128 × 128 × 2. If the network's map is smaller, pixels are summed over square cells. A map of 42 × 42 has cells
   * of 3 × 3 pixels, and omits rows and columns 126 and 127. A step has 12 ms, and the window begins with the first event. The
   * variant's choice `input` sets the number of injections. With `intensity`, the paper's choice, the recording is injected
   * three times: it lasts a third of T, and T of Eq. 6 counts the steps of all three injections. With `scaledIntensity`, the
   * authors' choice, the recording is injected once.
   */
  'cifar10-dvs': {
    model: 'vgg7-dvs',
    file: 'aedat',
    contents: 'folders airplane … truck of .aedat recordings (AEDAT 2.0)',
    origin: 'https://doi.org/10.6084/m9.figshare.4724671',
    camera: { ...dvs128, stepMs: 12, isRepeated: true },
    recorder: aedat,
    list(part, index, { seed }) {
      const ofClass = (name: string, label: number): Recording[] => {
        const list = inClasses('.', [name], '.aedat', index).sort(byNumber);
        const order = shuffled(list.length, seed, label, 'split');
        const test = new Set(order.subarray(0, Math.ceil(list.length / 10)));
        return list.filter((_, i) => test.has(i) === (part === 'test')).map(({ file }) => ({ file, label }));
      };
      return objects.flatMap(ofClass).sort(byNumber);
    },
  },
};

/** Data sets of event recordings, by name. */
export const eventSets: Readonly<Record<string, NamedSet>> = Object.fromEntries(
  Object.entries(sets).map(([name, set]) => [name, { ...set, open: openEvents(set) }]),
);

function openEvents({ camera, recorder = fiveBytes(camera), list }: EventSet): NamedSet['open'] {
  return (source, viewer) => {
    const binning = binningOf(camera, viewer.plan);
    const { T, injections } = binning;
    if (T % injections !== 0) {
      const expected = `a multiple of ${injections}, as the variant injects ${source.name} ${injections} times`;
      refuse(source.where, '--window', expected, T, `try ${Math.max(T - (T % injections), injections)}`);
    }
    const open = (part: PartName) => (): Dataset => {
      const files = list(part, source, viewer);
      if (files.length === 0) refuseFolder(source, `0 recordings for ${part}ing`);
      return openPart(`${source.name} ${part}`, files, recorder, binning);
    };
    return { train: open('train'), test: open('test') };
  };
}

/** The largest sensor that 5-byte events allow. */
const anySensor = { width: 256, height: 256 };

/** The kinds of recordings, by the ending of a file. */
const recorders = { bin: fiveBytes(anySensor), aedat };

export const recordingFiles = (kind: keyof typeof recorders): FileForm => ({
  words: `recordings (.${kind})`,
  ending: new RegExp(`\\.${kind}$`, 'i'),
});

/**
 * Recordings of one kind by class. The map has the pixels up to the last row and column with an event in the training part. Pixels are
 * summed over square cells if a side exceeds 128 or the network's map is smaller. The window covers the longest training recording.
 */
export function openRecordings(tree: ClassTree, kind: keyof typeof recorders): OpenedData {
  const recorder = recorders[kind];
  const open = (classes: Viewer['classes'], binning?: () => Binning): ClassSet => {
    const read = (name: string, list: readonly Recording[]): Dataset =>
      openPart(name, list, recorder, binning!()); // a part is read only with `binning`
    return openClasses(tree, recordingFiles(kind), read, classes);
  };
  const measured = once((): Recorded => {
    let [width, height, ms] = [1, 1, 1];
    for (const { file } of open(undefined).files()) {
      const { x, y, t } = recorder.decode(readFile(file, tree.where), file);
      for (let i = 0; i < t.length; i++) {
        width = Math.max(width, x[i] + 1);
        height = Math.max(height, y[i] + 1);
        ms = Math.max(ms, Math.floor(t[i] / 1000) + 1);
      }
    }
    return { width, height, ms };
  });
  return {
    facts() {
      const sensor = measured();
      const { shape } = inCells(sensor, Math.ceil(Math.max(sensor.width, sensor.height) / mostSide));
      return { shape, classes: open(undefined).classes.length };
    },
    read({ plan, classes, trainedOn }) {
      const recording = (): Recorded => trainedOn?.recording ?? measured();
      const readers = open(classes, () => binningOf(recording(), plan));
      return { ...readers, metadata: () => ({ classes: readers.classes, recording: recording() }) };
    },
  };
}

type Recorded = NonNullable<TrainedOn['recording']>;

/** Limit on the height and width of the input map of a network for recordings. */
const mostSide = 128;

/** The frames of one recording, computed as for the training data. */
export function openRecording(
  file: string,
  bytes: Uint8Array,
  { plan, trainedOn }: Pick<SpikingNetwork, 'plan' | 'trainedOn'>,
  dataset = '',
): NamedSample[] {
  const fail = (expected: string, next?: string): never =>
    refuse('predict', file, expected, 'a recording of events', next);
  const { recording } = trainedOn ?? {};
  const camera: Camera =
    recording ??
    (Object.hasOwn(sets, dataset) ? sets[dataset].camera : undefined) ??
    fail(
      'a file of the kind that the network was trained on',
      'put the counts of each step into an .npz, as `spikes` (T,C,H,W)',
    );
  const binning = binningOf(camera, plan);
  checkBinning(`predict: ${file}`, binning);
  const { channels, height, width } = plan.input;
  if (channels !== 2 || binning.shape.height !== height || binning.shape.width !== width)
    fail(`a sample of ${shapeText(plan.input)}, as the network takes`);
  const isAedat = /\.aedat$/i.test(file);
  if (isAedat && !recording && camera.width !== dvs128.width)
    refuse('predict', file, `pixels of ${camera.width} × ${camera.height}`, 'a recording of a DVS128');
  // A user's own recording may have events beyond the map. A named data set is from one known sensor.
  const { decode } = isAedat ? aedat : fiveBytes(recording ? anySensor : camera);
  return [{ name: file, intensities: { frames: computeFrames(decode(bytes, `predict: ${file}`), binning) } }];
}

/**
 * The division into frames: the largest cells that fit the network's map, and steps of `stepMs`. Without `stepMs`, steps have the fewest
 * whole milliseconds with which the window covers `ms`.
 */
function binningOf(
  { width, height, ms = 0, stepMs, isRepeated }: Camera,
  { T, input, variant }: Network,
): Binning {
  const most = Math.min(Math.floor(width / input.width), Math.floor(height / input.height));
  const injections = isRepeated && variant.input === 'intensity' ? 3 : 1;
  return { T, ms: stepMs ?? Math.ceil(ms / T), injections, ...inCells({ width, height }, most) };
}

/** The map of a sensor in square cells of `side` pixels per side, or of fewer pixels if the sensor is smaller. */
function inCells({ width, height }: Sensor, side: number): Pick<Binning, 'pool' | 'shape'> {
  const pool = Math.max(1, Math.min(side, width, height));
  return { pool, shape: { channels: 2, height: Math.floor(height / pool), width: Math.floor(width / pool) } };
}

/** Checks the files of a part, then opens its recordings. */
function openPart(
  name: string,
  list: readonly Recording[],
  { decode, check }: Recorder,
  binning: Binning,
): Dataset {
  for (const [i, { file }] of list.entries())
    withFile(file, `${name}[${i}]`, (source) => check(source, `${name}[${i}]: ${file}`));
  return recordings(name, list, { read: readFile, decode, binning });
}

/** Lists the recordings in the folders of `classes` below `folder`; `classes[k]` has label k. Each folder must have a recording. */
function inClasses(
  folder: string,
  classes: readonly string[],
  ending: string,
  source: DataFolder,
): Recording[] {
  return classes.flatMap((name, label) => {
    const below = join(folder, name);
    const files = namesIn(join(source.folder, below), source.where).filter((file) => file.endsWith(ending));
    if (files.length === 0) refuseFolder(source, `0 recordings (${ending}) in ${below}`);
    return files.map((file) => ({ file: join(source.folder, below, file), label }));
  });
}
