/** Folders of PNG pictures, one a class. */
import { join } from 'node:path';
import { neuronsOf, type Shape } from '../../../spec/network.ts';
import { ranges } from '../../../spec/random.ts';
import { images, type Dataset } from '../../data/dataset.ts';
import { compareFiles } from '../../data/recordings.ts';
import { refuse } from '../../errors.ts';
import { bytesOfPicture, isGray } from '../../formats/pictureBytes.ts';
import { readPng, type Picture } from '../../formats/png.ts';
import { isFolder, readFile } from '../files.ts';
import { namesIn, type Facts, type Readers } from './place.ts';
import { inTenths } from './split.ts';

/** The most values of a picture: no network takes more. */
const mostValues = ranges.index + 1;
/** The most bytes of all pictures of a part. */
const mostBytes = 2 ** 31;

interface PictureFile {
  readonly file: string;
  readonly label: number;
}

/** Whether a folder has pictures by class, or such folders `train` and `test`. */
export function hasPictures(folder: string, where: string): boolean {
  return rootsOf(folder, where).some((root) =>
    foldersIn(root, where).some((name) => namesIn(join(root, name), where).some(isPng)),
  );
}

/**
 * `<class>/….png`, of which a tenth of each class is the test part; or `train/<class>/….png` and `test/<class>/….png`. The classes are
 * the folders' names in order: 0 is the first.
 *
 * @param input the map of the network: one of three channels is given colours, one of one channel gray. Default: the first picture's
 */
export function openPictures(folder: string, where: string, input?: Shape): Readers {
  const [first] = rootsOf(folder, where);
  const classes = foldersIn(first, where).sort(compareFiles);
  const read = (name: string, list: readonly PictureFile[]): Dataset =>
    readPictures(name, list, where, input);
  const facts = (): Facts => {
    const { file } = listOf(first, classes, where)[0];
    const picture = readPicture(file, where);
    return { shape: shapeOf(picture, channelsOf(picture, undefined)), classes: classes.length };
  };
  if (first !== folder && isFolder(join(folder, 'test'))) {
    const part = (kind: 'train' | 'test'): Dataset =>
      read(`${folder} ${kind}`, listOf(join(folder, kind), classes, where));
    return { train: () => part('train'), test: () => part('test'), facts, classes };
  }
  const list = listOf(first, classes, where);
  const samples = { length: list.length, label: (i: number) => list[i].label };
  const readers = inTenths(
    folder,
    where,
    () => samples,
    (name, places) => read(name, places ? Array.from(places, (place) => list[place]) : list),
  );
  return { ...readers, facts, classes };
}

const isPng = (name: string): boolean => /\.png$/i.test(name);
const isOther = (name: string): boolean => /\.(jpe?g|gif|bmp|webp|tiff?|avif|heic)$/i.test(name);

/** The folders `train` and `test` that there are; or the folder itself. */
function rootsOf(folder: string, where: string): string[] {
  const parts = ['train', 'test'].map((name) => join(folder, name)).filter(isFolder);
  return parts.length > 0 && parts.every((part) => foldersIn(part, where).length > 0) ? parts : [folder];
}

function foldersIn(folder: string, where: string): string[] {
  return namesIn(folder, where).filter((name) => isFolder(join(folder, name)));
}

function listOf(root: string, classes: readonly string[], where: string): PictureFile[] {
  const unknown = foldersIn(root, where).find((name) => !classes.includes(name));
  if (unknown !== undefined)
    refuse(where, root, `only the classes ${classes.join(', ')}`, unknown, 'each part has the same folders');
  const list = classes.flatMap((name, label) => {
    const folder = join(root, name);
    const names = namesIn(folder, where);
    const other = names.find(isOther);
    if (other !== undefined) refuse(where, folder, 'pictures in PNG', other, 'convert it to PNG');
    const files = names.filter(isPng).map((each) => join(folder, each));
    return files.sort(compareFiles).map((file) => ({ file, label }));
  });
  if (list.length === 0) refuse(where, root, 'folders of PNG pictures, one a class', 'no picture');
  return list;
}

function readPictures(
  name: string,
  list: readonly PictureFile[],
  where: string,
  input: Shape | undefined,
): Dataset {
  const first = readPicture(list[0].file, where);
  const channels = channelsOf(first, input);
  const shape = shapeOf(first, channels);
  const size = neuronsOf(shape);
  if (size * list.length > mostBytes)
    refuse(where, name, `at most ${mostBytes} bytes of pictures`, size * list.length, 'make them smaller');
  const pixels = new Uint8Array(size * list.length);
  for (const [place, { file }] of list.entries()) {
    const picture = place === 0 ? first : readPicture(file, where);
    if (sidesOf(picture) !== sidesOf(first)) {
      const voters = list.slice(0, mostVoters);
      refuseOdd(place < mostVoters ? voters : [...voters, list[place]], where);
    }
    pixels.set(bytesOfPicture(picture, channels), place * size);
  }
  const labels = Uint16Array.from(list, ({ label }) => label);
  return images(name, shape, pixels, labels);
}

/** Pictures that say which size is the usual one. */
const mostVoters = 101;

/** Refuses the first picture whose size is not that of most. */
function refuseOdd(list: readonly PictureFile[], where: string): never {
  const found = list.map(({ file }) => ({ file, sides: sidesOf(readPicture(file, where)) }));
  const count = (sides: string): number => found.filter((each) => each.sides === sides).length;
  const usual = found.reduce((one, other) => (count(other.sides) > count(one.sides) ? other : one));
  const odd = found.find(({ sides }) => sides !== usual.sides)!; // two sizes brought us here
  const expected = `${usual.sides} pixels, as ${usual.file} has`;
  refuse(where, odd.file, expected, odd.sides, 'all pictures of a set have one size');
}

/** The intensities of one picture for `predict`, as in such a folder. */
export function openPicture(file: string, bytes: Uint8Array, input: Shape): Float64Array {
  const { channels, height, width } = input;
  const picture = readPng(bytes, file, mostValues);
  if ((channels !== 1 && channels !== 3) || picture.width !== width || picture.height !== height) {
    const expected = `a sample of ${channels} × ${height} × ${width}, as the network takes`;
    const next = height > 1 ? 'resize it' : undefined; // a row is no picture
    refuse('predict', file, expected, `a picture of ${sidesOf(picture)} pixels`, next);
  }
  return Float64Array.from(bytesOfPicture(picture, channels), (byte) => byte / 255);
}

/** Reads a picture; one that no network could take is refused before it is inflated. */
function readPicture(file: string, where: string): Picture {
  return readPng(readFile(file, where), file, mostValues);
}

function channelsOf(picture: Picture, input: Shape | undefined): 1 | 3 {
  if (input?.channels === 1 || input?.channels === 3) return input.channels;
  return isGray(picture) ? 1 : 3;
}

const shapeOf = ({ width, height }: Picture, channels: 1 | 3): Shape => ({ channels, height, width });
const sidesOf = ({ width, height }: Picture): string => `${height} × ${width}`;
