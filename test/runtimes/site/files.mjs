/** Tests of the visitor's files, and of errors. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { arrays, markedModel, markup, models } from '../attacks.mjs';
import { root } from '../install.mjs';
import {
  button,
  draw,
  dropFiles,
  expect,
  fileOf,
  idxOf,
  one,
  refuses,
  says,
  textOf,
  unfold,
} from './use.mjs';

const model = (page) => page.locator('input[name=model]');
const pictures = (page) => page.locator('input[name=images]');
export const digitsIn = (place, count) => readFileSync(join(place, 'digits.bin')).subarray(0, 784 * count);
export const labelsIn = (place, count) =>
  readFileSync(join(place, 'digits.bin')).subarray(784 * 512, 784 * 512 + count);

export const idxFiles = (place) => [
  fileOf('train-images-idx3-ubyte', idxOf([256, 28, 28], digitsIn(place, 256))),
  fileOf('train-labels-idx1-ubyte', idxOf([256], labelsIn(place, 256))),
];

/** Opens a LeNet model. Before anything is drawn, the page shows the steps of the model, and bars beside the maps. */
async function answersByLenet(page, bytes) {
  await draw(page, one);
  await page.getByText('step 16 of 16').waitFor();
  await button(page, 'Clear').click();
  await model(page).setInputFiles(fileOf('lenet.safetensors', bytes));
  await says(page, 'network', /lenet, 100 steps/);
  await page.getByText('step 1 of 100').waitFor();
  await expect('maps of LeNet', () => page.locator('.first .maps').count(), 6);
  const [layers, bars] = [page.locator('.first .layers'), page.locator('.first .outputs')];
  const edges = async () => [await layers.boundingBox(), await bars.boundingBox()];
  const [left, right] = await edges();
  if (right.x < left.x + left.width || right.y > left.y + left.height)
    throw new Error(`expected the bars of LeNet beside its maps, got ${JSON.stringify([left, right])}`);
  await draw(page, one);
  await says(page, 'answer', /This is a 1/);
}

export async function takesFiles(page, place) {
  await unfold(page, 'Files');
  const png = readFileSync(join(root, 'examples/edge/digit.png'));
  const bytes = readFileSync(join(root, 'models/lenet-mnist.safetensors'));
  const [images] = idxFiles(place);
  for (const [input, file, said = file.name] of [
    [model(page), fileOf('wrong.safetensors', Buffer.alloc(100, 7))],
    [model(page), fileOf('digit.png', png)],
    [model(page), fileOf('cut.safetensors', bytes.subarray(0, 100_000))],
    [model(page), fileOf('empty.safetensors', Buffer.alloc(0))],
    [pictures(page), images, 'your files'],
    [pictures(page), fileOf('photo.raw', Buffer.alloc(100, 1))],
    [pictures(page), fileOf('digit.png', png)],
  ]) {
    await input.setInputFiles([file]);
    await refuses(page, new RegExp(`^${said}: .*expected .*got .*$`));
  }
  await answersByLenet(page, bytes);
  await button(page, 'Back to the bundled network').click();
  await says(page, 'network', /tiny, 16 steps/);

  await dropFiles(page, idxFiles(place));
  await says(page, 'data', /230 images of your own, 26 to test with, 10 classes/);
  await opensOtherPictures(page);
  await button(page, 'MNIST again').click();
  await says(page, 'data', /10,000 digits of MNIST/);
}

/** The pad shows only the last action: a picture that is read late is dropped, and so is its error. */
async function dropsLatePictures(page, digit) {
  const given = page.locator('input[name=picture]');
  await page.evaluate(() => {
    const read = globalThis.createImageBitmap;
    globalThis.held = [];
    globalThis.createImageBitmap = async (file) => {
      await new Promise((resolve) => globalThis.held.push(resolve));
      return read(file);
    };
  });
  const release = (which) =>
    page.evaluate(async (k) => {
      globalThis.held[k]();
      await new Promise((resolve) => setTimeout(resolve, 500));
    }, which);
  for (const file of [digit, fileOf('none.png', Buffer.from('no picture')), digit])
    await given.setInputFiles(file);
  await expect('pictures that are read', () => page.evaluate(() => globalThis.held.length), 3);
  await release(2);
  await says(page, 'answer', /This is a 7/);
  await draw(page, one);
  await says(page, 'answer', /This is a 1/);
  await release(0);
  await release(1);
  await says(page, 'answer', /This is a 1/, 1000);
  await expect('alerts of late pictures', () => page.locator('.first').getByRole('alert').count(), 0);
}

/** A file that is dropped anywhere reaches the part of the page for its kind, and the browser does not open it. */
export async function takesWhatIsDropped(page) {
  const address = page.url();
  await unfold(page, 'Files');
  const dataTransfer = await page.evaluateHandle(() => new DataTransfer());
  await dataTransfer.evaluate((data) => void data.items.add(new File([], 'a.png')));
  const over = (type) => page.dispatchEvent('h1', type, { dataTransfer });
  await over('dragover');
  await page.getByTestId('drop').getByText('.safetensors').waitFor();
  await over('dragleave');
  await expect('overlays', () => page.getByTestId('drop').count(), 0);

  const digit = fileOf('digit.png', readFileSync(join(root, 'examples/edge/digit.png')));
  await dropFiles(page, [digit]);
  await says(page, 'answer', /This is a 7/);
  await button(page, '7').click();
  await says(page, 'lessons', /You taught it 1 digit: it read 1 of 1 before/);
  await button(page, 'Forget my digits').click();
  const lenet = readFileSync(join(root, 'models/lenet-mnist.safetensors'));
  await dropFiles(page, [fileOf('lenet.safetensors', lenet)]);
  await says(page, 'network', /lenet, 100 steps/);
  await says(page, 'answer', /This is a 7/);
  await button(page, 'Back to the bundled network').click();
  await says(page, 'network', /tiny, 16 steps/);
  const broken = ['none.png', 'cut.nir', 'cut.npz', 'notes.txt'].map((name) =>
    fileOf(name, Buffer.from('PK')),
  );
  await dropFiles(page, broken);
  for (const { name } of broken) await refuses(page, new RegExp(`^${name}: `));
  await expect('the address', () => page.url(), address);
  await dropsLatePictures(page, digit);
  // Reloading removes the error messages.
  await page.reload();
  await page.getByRole('button', { name: /^Quick/ }).click();
}

/**
 * For pictures other than digits, the page writes "images" instead of "digits", and does not offer to read drawings
 * with the network.
 */
async function opensOtherPictures(page) {
  const { encodeModel, fit, images, network } = await import(join(root, 'dist/lib/index.js'));
  const shape = { channels: 1, height: 16, width: 16 };
  const layers = [{ kind: 'linear', units: 3 }];
  const net = network({ name: 'small', input: shape, layers }, { timeWindow: 4, threshold: 1 });
  const data = images('shapes', shape, new Uint8Array(6 * 256).fill(200), [0, 1, 2, 0, 1, 2]);
  let bytes;
  const onCheckpoint = ({ state, epochs }) => {
    const run = { dataset: 'shapes', trainSamples: 6, testSamples: 6 };
    bytes = encodeModel({ net, epochs, training: { state, run } });
  };
  for await (const epoch of fit(net, { train: data, test: data }, { epochs: 1, onCheckpoint })) void epoch;
  await model(page).setInputFiles(fileOf('small.safetensors', Buffer.from(bytes)));
  await says(page, 'status', /Finished/);
  await page.getByText('Right on the test images').waitFor();
  await button(page, 'Save').waitFor();
  const mayAnswer = () => button(page, 'Let it answer your drawings').count();
  await expect('whether it may answer drawings', mayAnswer, 0);
  await page.getByRole('button', { name: /^Quick/ }).click();
}

/** Broken files, false sizes and markup are refused in one line or shown as text. The page keeps working. */
export async function survivesAttacks(page) {
  await unfold(page, 'Files');
  const began = performance.now();
  for (const [k, bytes] of models.entries()) {
    await model(page).setInputFiles(fileOf(`attack-${k}.safetensors`, bytes));
    await refuses(page, new RegExp(`^attack-${k}\\.safetensors: [^\\n]+$`));
  }
  for (const [k, bytes] of arrays.entries()) {
    await pictures(page).setInputFiles([fileOf(`attack-${k}.gz`, bytes)]);
    await refuses(page, new RegExp(`^attack-${k}\\.gz: [^\\n]+$`));
  }
  // The name also contains an override of the text direction, and an escape sequence.
  const name = `${markup}\u202e\u001b[31m`;
  await model(page).setInputFiles(fileOf('named.safetensors', await markedModel(name)));
  const shown = page.getByTestId('network').filter({ hasText: `${markup}??[31m` });
  await shown.waitFor();
  await draw(page, one);
  await says(page, 'answer', /\d/);
  await expect('what the markup did', () => page.evaluate(() => window.isAttacked), undefined);
  await button(page, 'Back to the bundled network').click();
  await says(page, 'network', /tiny, 16 steps/);
  await button(page, 'Clear').click();
  const count = models.length + arrays.length + 1;
  return `${count} attacks in ${((performance.now() - began) / 1000).toFixed(0)} s`;
}

export async function explainsSettings(page) {
  await unfold(page, 'All settings');
  await page.locator('input[name=leak]').fill('1.5');
  await page.getByText('expected: share of a potential that remains after a step, 0.01 to 1').waitFor();
  await button(page, 'Start').click();
  await page.waitForFunction(() => document.activeElement.name === 'leak');
  await refuses(page, /^Not started: “Leak λ” expected share of a potential .*; got 1\.5$/);
  await expect('the status', () => textOf(page, 'status'), 'Finished.');
  await page.locator('input[name=leak]').fill('0.9');
  await expect('words on what is mended', () => page.getByRole('alert').count(), 0);
  await expect('settings in the address', () => page.evaluate(() => location.search), '?leak=0.9');
  await page.locator('input[name=leak]').fill('1');
  await expect('the address of what was preset', () => page.evaluate(() => location.search), '');
  await page.getByRole('button', { name: /^The paper's/ }).click();
  await expect('the window of a preset', () => page.locator('input[name=timeWindow]').inputValue(), '100');
  await page.getByRole('button', { name: /^Quick/ }).click();
}

/** The page reports invalid settings in the address, and corrects the address. */
async function tellsWrongAddresses(page) {
  const address = page.url();
  await page.goto(`${address.split('?')[0]}?epochs=banana&timeWindow=9999&leak=0.9`);
  await refuses(
    page,
    /^The address asks for “Epochs”, got banana: the page uses 2; “Time window T”, got 9999: the page uses 16\.$/,
  );
  await expect('the address', () => page.evaluate(() => location.search), '?leak=0.9');
  await page.getByRole('button', { name: /^Quick/ }).click();
  await expect('words on an address that was left', () => page.getByRole('alert').count(), 0);
  await page.goto(address);
}

/** The server does not answer, answers 404, or answers with a page. */
async function missesTheDigits(page) {
  for (const [answer, got] of [
    [(route) => route.abort(), 'no answer'],
    [(route) => route.fulfill({ status: 404 }), 'status 404'],
    [(route) => route.fulfill({ contentType: 'text/html', body: '<p>a page</p>' }), 'a page'],
  ]) {
    await page.context().route('**/digits.bin', answer);
    await page.reload();
    await button(page, 'Race').click();
    const words = `got ${got}; is the server still running\\? Reload`;
    await refuses(page, new RegExp(`^expected the digits at .*/digits\\.bin, ${words}`));
    await page.context().unroute('**/digits.bin');
  }
  await page.reload();
}

/** If the worker dies during a training, the page reports it, and resumes from the stored checkpoint. */
export async function survivesTheWorker(page, place) {
  await dropFiles(page, idxFiles(place));
  await says(page, 'data', /230 images of your own/);
  await unfold(page, 'All settings');
  await page.locator('input[name=epochs]').fill('100');
  await button(page, 'Start').click();
  await page.waitForFunction(() => document.querySelector('progress')?.value > 1, undefined, {
    timeout: 300_000,
  });
  const [worker] = page.workers();
  await worker.evaluate(() => {
    setTimeout(() => {
      throw new Error('it dies');
    });
  });
  await refuses(page, /^the worker ended; everything that it had saved is still there/);
  await says(page, 'status', /Paused/);
  await button(page, 'Resume').click();
  await says(page, 'status', /Running/);
  const other = await page.context().newPage();
  await other.goto(page.url());
  await says(other, 'status', /another tab/);
  await expect('Start of a second tab', () => button(other, 'Start').isDisabled(), true);
  await other.close();
  await button(page, 'Stop').click();
  await says(page, 'status', /Not started/);
  await page.reload();
  await says(page, 'status', /Not started/);
  await tellsWrongAddresses(page);
  await missesTheDigits(page);
  await draw(page, one);
  await says(page, 'answer', /This is a 1/);
}
