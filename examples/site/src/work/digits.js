/** The data of a training: the extract of MNIST beside the page, or IDX files of the visitor. */
import { images, InputError, readIdx } from 'asf-bp';
import { kindOf, wordsOf } from 'asf-bp/command/fileKind';
import { forget, keep, kept } from './store.js';

/** Number of training digits in the extract, and of test digits. */
const extract = 10_000;
const size = 784;

let data;

let extracted;

/**
 * Returns the current data, { id, train, test, classes }. Files of the visitor survive a reload.
 *
 * @param isMnist whether to return the extract even if the visitor has opened files
 */
export async function dataOf(address, isMnist = false) {
  if (isMnist) return extractAt(address);
  if (data) return data;
  const own = await kept('files');
  data = own ? await dataIn(own) : await extractAt(address);
  return data;
}

/** Opens files of the visitor. Without files, the extract is used again. */
export async function takeFiles(files) {
  if (files.length === 0) {
    await forget('files');
    data = undefined;
    return { id: 'mnist' };
  }
  data = await dataIn(files);
  await keep('files', files);
  const { id, train, test, classes } = data;
  return { id, train: train.length, test: test.length, classes };
}

/** Loads a file of digits from beside the page. A server without this file may answer with a page. */
export async function digitsAt(address) {
  const response = await fetch(address).catch(() => undefined);
  if (response?.ok && !response.headers.get('content-type')?.startsWith('text/html')) return response;
  const got = response ? (response.ok ? 'a page' : `status ${response.status}`) : 'no answer';
  throw new InputError(
    `expected the digits at ${address}, got ${got}; is the server still running? Reload the page, in a clone after npm run dev`,
  );
}

/** Loads the extract: training digits, then test digits, then their labels. */
async function extractAt(address) {
  if (extracted) return extracted;
  const bytes = await unpacked((await digitsAt(address)).body);
  const shape = { channels: 1, height: 28, width: 28 };
  const part = (name, from) =>
    images(
      name,
      shape,
      bytes.subarray(size * from, size * (from + extract)),
      bytes.subarray(2 * size * extract + from, 2 * size * extract + from + extract),
    );
  extracted = { id: 'mnist', train: part('mnist train', 0), test: part('mnist test', extract), classes: 10 };
  return extracted;
}

async function unpacked(stream) {
  const plain = stream.pipeThrough(new DecompressionStream('gzip'));
  return new Uint8Array(await new Response(plain).arrayBuffer());
}

const expected = 'expected IDX files of images and labels, such as train-images and train-labels of MNIST';

async function dataIn(files) {
  const parts = {};
  for (const file of files) {
    const packed = new Uint8Array(await file.slice(0, 2).arrayBuffer());
    const isPacked = packed[0] === 0x1f && packed[1] === 0x8b;
    const bytes = isPacked ? await unpacked(file.stream()) : new Uint8Array(await file.arrayBuffer());
    const kind = kindOf(bytes);
    if (kind) throw new InputError(`${file.name}: ${expected}, got ${wordsOf(kind)}`);
    const { shape, data: values } = readIdx(bytes, file.name);
    const what = { 3: 'images', 1: 'labels' }[shape.length];
    if (!what) throw new InputError(`${file.name}: ${expected}, got ${shape.length} dimensions`);
    parts[`${/t10k|test/i.test(file.name) ? 'test' : 'train'} ${what}`] = { shape, values };
  }
  const pictures = parts['train images'];
  if (!pictures || !parts['train labels'])
    throw new InputError(`your files: ${expected}, got ${Object.keys(parts).join(', ') || 'none'}`);
  const [, height, width] = pictures.shape;
  const of = (part) => {
    const [{ shape, values }, labels] = [parts[`${part} images`], parts[`${part} labels`]];
    if (shape[1] !== height || shape[2] !== width || labels.values.length !== shape[0])
      throw new InputError(
        `your files: expected ${part} images of ${height} × ${width}, and a label for each`,
      );
    return { pixels: values, labels: labels.values };
  };
  const all = of('train');
  const hasTest = parts['test images'] && parts['test labels'];
  const [train, test] = hasTest ? [all, of('test')] : divided(all, height * width);
  const shape = { channels: 1, height, width };
  const set = (name, { pixels, labels }) => images(name, shape, pixels, labels);
  const classes = Math.max(10, 1 + all.labels.reduce((most, label) => Math.max(most, label), 0));
  return {
    id: 'your files',
    train: set('your training images', train),
    test: set('your test images', test),
    classes,
  };
}

/** Splits off the last tenth for testing, if there are no test images. */
function divided({ pixels, labels }, area) {
  const count = labels.length - Math.ceil(labels.length / 10);
  return [
    { pixels: pixels.subarray(0, count * area), labels: labels.subarray(0, count) },
    { pixels: pixels.subarray(count * area), labels: labels.subarray(count) },
  ];
}
