/** Folders of PNG pictures, one per class. */
import { neuronsOf, type Shape } from '../../../spec/network.ts';
import { ranges } from '../../../spec/random.ts';
import { images, type Dataset, type Recording } from '../../data/index.ts';
import { refuse } from '../../errors.ts';
import { shapeText } from '../../network/index.ts';
import { bytesOfPicture, isGray } from '../../pictures/index.ts';
import { readPng, type Picture } from '../../formats/index.ts';
import { readFile } from '../files.ts';
import { openClasses, type ClassSet, type ClassTree, type FileForm } from './classFolders.ts';
import type { Facts, OpenedData, Viewer } from './place.ts';

/** Limit on the number of values of a picture. No network accepts more. */
const mostValues = ranges.index + 1;
/** Limit on the total size in bytes of the pictures of one part. */
const mostBytes = 2 ** 31;

export const pictures: FileForm = {
  words: 'pictures in PNG',
  ending: /\.png$/i,
  other: { ending: /\.(jpe?g|gif|bmp|webp|tiff?|avif|heic)$/i, next: 'convert it to PNG' },
};

/**
 * Opens folders of pictures. The pictures are in colour for a network with three channels, and gray for a network with one
 * channel. Without a network, the first picture decides for all.
 */
export function openPictures(tree: ClassTree): OpenedData {
  const { where } = tree;
  const open = ({ plan, classes }: Partial<Viewer>): ClassSet =>
    openClasses(tree, pictures, (name, list) => readPictures(name, list, where, plan?.input), classes);
  const facts = (): Facts => {
    const { files, classes } = open({});
    const picture = readPicture(files()[0].file, where);
    return { shape: shapeOf(picture, channelsOf(picture, undefined)), classes: classes.length };
  };
  return { facts, read: open };
}

function readPictures(
  name: string,
  list: readonly Recording[],
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
  for (const [index, { file }] of list.entries()) {
    const picture = index === 0 ? first : readPicture(file, where);
    if (sidesOf(picture) !== sidesOf(first)) {
      const expected = `${sidesOf(first)} pixels, as ${list[0].file} has`;
      refuse(where, file, expected, sidesOf(picture), 'all pictures of a set have one size');
    }
    pixels.set(bytesOfPicture(picture, channels), index * size);
  }
  const labels = Uint16Array.from(list, ({ label }) => label);
  return images(name, shape, pixels, labels);
}

/** The intensities of a picture for `predict`, computed as for folders of pictures. */
export function openPicture(file: string, bytes: Uint8Array, input: Shape): Float64Array {
  const { channels, height, width } = input;
  const picture = readPng(bytes, file, mostValues);
  const hasColours = channels === 1 || channels === 3;
  if (!hasColours || picture.width !== width || picture.height !== height) {
    const expected = `a sample of ${shapeText(input)}, as the network takes`;
    const next = hasColours && height > 1 ? 'resize it' : undefined; // does not help if the network takes rows or events
    refuse('predict', file, expected, `a picture of ${sidesOf(picture)} pixels`, next);
  }
  return Float64Array.from(bytesOfPicture(picture, channels), (byte) => byte / 255);
}

/** Reads a picture. Before inflating, refuses a picture that is too large for any network. */
function readPicture(file: string, where: string): Picture {
  return readPng(readFile(file, where), file, mostValues);
}

function channelsOf(picture: Picture, input: Shape | undefined): 1 | 3 {
  if (input?.channels === 1 || input?.channels === 3) return input.channels;
  return isGray(picture) ? 1 : 3;
}

const shapeOf = ({ width, height }: Picture, channels: 1 | 3): Shape => ({ channels, height, width });
const sidesOf = ({ width, height }: Picture): string => `${height} × ${width}`;
