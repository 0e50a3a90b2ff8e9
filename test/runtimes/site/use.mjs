/** Actions of a visitor: drawing, pressing buttons, waiting for texts. */

import { setTimeout as pause } from 'node:timers/promises';

/** Parses a stroke through points `x,y x,y` in hundredths of the pad. */
export const strokes = (text) => [
  text.split(' ').map((point) => point.split(',').map((value) => Number(value) / 100)),
];
export const one = strokes('50,20 50,80');
export const two = strokes('30,30 60,20 60,45 30,80 70,80');
/** A dash, which the network reads as a digit only after a lesson. */
export const dash = strokes('20,50 80,50');
export const ring = [
  Array.from({ length: 17 }, (_, k) => [
    0.5 + 0.25 * Math.sin((k * Math.PI) / 8),
    0.5 - 0.35 * Math.cos((k * Math.PI) / 8),
  ]),
];
/** A scribble, about which the network is not sure. */
export const scribble = strokes('10,60 20,20 30,80 40,20 50,80 60,20 70,80 80,20 90,70');

/** Opens the details whose summary has the words. */
export async function unfold(page, words) {
  const details = page.locator('details', { has: page.locator('summary', { hasText: words }) }).last();
  if (!(await details.evaluate((element) => element.open))) await details.locator('summary').first().click();
}

export async function draw(page, lines, shift = 0) {
  const pad = page.locator('.pad canvas');
  await pad.scrollIntoViewIfNeeded();
  const { x, y, width } = await pad.boundingBox();
  const at = ([right, down]) => [x + right * width, y + (down + shift) * width];
  for (const [first, ...rest] of lines) {
    await page.mouse.move(...at(first));
    await page.mouse.down();
    for (const to of rest) await page.mouse.move(...at(to), { steps: 8 });
    await page.mouse.up();
  }
}

const minutes = 60_000;

/** Waits until the element with a test id has a text. */
export async function says(page, id, pattern, timeout = 3 * minutes) {
  const place = page.getByTestId(id).filter({ hasText: pattern });
  await place.waitFor({ timeout }).catch(async () => {
    const found = await page.getByTestId(id).allTextContents();
    throw new Error(`${id}: expected ${pattern}, got ${found.join()}`);
  });
}

export const button = (page, name) => page.getByRole('button', { name, exact: true });
export const textOf = (page, id) => page.getByTestId(id).textContent();

export function refuses(page, pattern) {
  return page.getByRole('alert').filter({ hasText: pattern }).waitFor({ timeout: minutes });
}

/** @param found returns the value to compare. It is called for up to ten seconds, until the value is as expected */
export async function expect(what, found, wanted) {
  const until = Date.now() + 10_000;
  let last = await found();
  while (last !== wanted) {
    if (Date.now() > until) throw new Error(`${what}: expected ${wanted}, got ${last}`);
    await pause(50);
    last = await found();
  }
}

export async function dropFiles(page, files, place = 'h1') {
  const given = files.map(({ name, mimeType: type, buffer }) => [name, type, buffer.toString('base64')]);
  const dataTransfer = await page.evaluateHandle((all) => {
    const data = new DataTransfer();
    for (const [name, type, text] of all)
      data.items.add(new File([Uint8Array.from(atob(text), (c) => c.charCodeAt(0))], name, { type }));
    return data;
  }, given);
  await page.dispatchEvent(place, 'drop', { dataTransfer });
}

export const fileOf = (name, buffer) => ({ name, mimeType: 'application/octet-stream', buffer });

export function idxOf(shape, values) {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header.set([0, 0, 8, shape.length]);
  for (const [k, size] of shape.entries()) header.writeUInt32BE(size, 4 + 4 * k);
  return Buffer.concat([header, values]);
}
