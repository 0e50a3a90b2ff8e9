/**
 * The first screen: its demonstration starts without a click. The screen reads a digit, learns an unusual digit, stores both
 * digits, and works by keyboard.
 */
import { button, dash, draw, expect, one, ring, says, scribble, strokes, textOf } from './use.mjs';

const digits = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

/** The demonstration draws two digits, one at a time, and stops on request. */
export async function beginsByItself(page) {
  await says(page, 'answer', /This is a 3/);
  await says(page, 'answer', /a digit is being drawn/);
  const output = page.locator('.outputs', { hasText: 'potential u' }).first();
  await output.getByText('nothing yet').waitFor();
  await says(page, 'answer', /This is a 7/);
  await button(page, 'Pause demo').click();
  await button(page, 'Demo').click();
  await says(page, 'answer', /This is a 2/);
  // A stroke of the visitor replaces an example.
  await draw(page, one);
  await says(page, 'answer', /This is a 1/);
  await button(page, 'Clear').click();
  await says(page, 'answer', /Draw a digit/);
}

/** The network reads each of the ten example digits. */
async function knowsTheTen(page) {
  for (const digit of digits) {
    await button(page, `a drawn ${digit}`).click();
    await says(page, 'answer', new RegExp(`This is an? ${digit}`));
  }
}

/** If the network was not sure, the digit does not count as read, even if its best class is right. */
async function countsTheUnsure(page) {
  await draw(page, scribble);
  await says(page, 'answer', /Not sure/);
  await expect('marks of a step that decided', () => page.locator('.decided').count(), 0);
  const [, first] = (await textOf(page, 'answer')).match(/Not sure: (\d)/);
  await button(page, first).click();
  await says(page, 'lessons', /You taught it 1 digit: it read 0 of 1 \(1 not sure\) before, and 1 of 1 now/);
  await says(page, 'lessons', /If a drawing that it was not sure of is not a digit, undo that lesson/);
  await page.locator('.lessons').getByText('not sure').waitFor();
  await button(page, 'Forget my digits').click();
  await says(page, 'lessons', /Does it misread your digit/);
}

export async function learnsYourHand(page) {
  await knowsTheTen(page);
  await button(page, 'Clear').click();
  await countsTheUnsure(page);
  await button(page, 'Clear').click();
  await draw(page, one);
  await says(page, 'answer', /This is a 1.*decided after \d+ of 16 steps; runner-up \d, far behind/);
  await button(page, '1').click();
  await says(page, 'lessons', /You taught it 1 digit: it read 1 of 1 before, and 1 of 1 now\.\s+Forget/);
  await button(page, 'Clear').click();

  await draw(page, dash);
  await button(page, '9').click();
  await says(page, 'lessons', /You taught it 2 digits: it read 1 of 2.* before, and 2 of 2 now/);
  await button(page, 'Clear').click();
  // A similar digit. The network was not trained on it.
  await draw(page, dash, 0.05);
  await says(page, 'answer', /9/);
  await knowsTheTen(page);

  await page.reload();
  await says(page, 'lessons', /You taught it 2 digits: it read 1 of 2.* before, and 2 of 2 now/);
  await button(page, 'Undo lesson 2, your 9').click();
  await says(page, 'lessons', /You taught it 1 digit: it read 1 of 1 before, and 1 of 1 now/);
  await button(page, 'Forget my digits').click();
  await says(page, 'lessons', /Does it misread your digit/);

  // After lessons with three slashed zeros, the network still reads the ten examples.
  for (let k = 0; k < 3; k++) {
    await button(page, 'Clear').click();
    await draw(page, ring);
    await draw(page, strokes('70,20 30,80'), 0.01 * k);
    await button(page, '0').click();
    await says(page, 'lessons', new RegExp(`You taught it ${k + 1} digit.* and ${k + 1} of ${k + 1} now`));
  }
  await knowsTheTen(page);
  await button(page, 'Forget my digits').click();
  await says(page, 'lessons', /Does it misread your digit/);
  await button(page, 'Clear').click();
}

/** The pad draws with one finger, or with the left button. */
export async function drawsWithOneFinger(page) {
  const pad = page.locator('.pad canvas');
  const inked = () =>
    pad.evaluate((canvas) => {
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      return data.reduce((sum, value, place) => sum + (place % 4 === 3 && value > 128 ? 1 : 0), 0);
    });
  const touch = (type, pointerId, x, y, more = {}) =>
    pad.evaluate(
      (canvas, [name, init, right, down]) => {
        const { left, top, width } = canvas.getBoundingClientRect();
        canvas.setPointerCapture = () => {};
        const at = { clientX: left + right * width, clientY: top + down * width };
        canvas.dispatchEvent(new PointerEvent(name, { bubbles: true, ...at, ...init }));
      },
      [type, { pointerId, button: 0, isPrimary: true, ...more }, x, y],
    );
  await touch('pointerdown', 7, 0.5, 0.2, { button: 2 });
  await touch('pointermove', 7, 0.5, 0.8);
  await touch('pointerup', 7, 0.5, 0.8);
  await expect('pixels of the right button', () => inked(), 0);
  await touch('pointerdown', 1, 0.3, 0.2);
  await touch('pointerdown', 2, 0.9, 0.9, { isPrimary: false });
  await touch('pointermove', 2, 0.9, 0.1, { isPrimary: false });
  await touch('pointermove', 1, 0.3, 0.8);
  await touch('pointerup', 1, 0.3, 0.8);
  await says(page, 'answer', /1/);
  const right = await pad.evaluate((canvas) => {
    const { data } = canvas
      .getContext('2d')
      .getImageData(canvas.width / 2, 0, canvas.width / 2, canvas.height);
    return data.reduce((sum, value) => sum + value, 0);
  });
  await expect('ink of the second finger', () => right, 0);
  await button(page, 'Clear').click();
  await touch('pointerdown', 1, 0.5, 0.5);
  await touch('pointerup', 1, 0.5, 0.5);
  await expect('whether a dot is seen', async () => (await inked()) > 0, true);
  await button(page, 'Clear').click();
}

export async function goesByKeyboard(page) {
  const focused = () =>
    page.evaluate(() => document.activeElement.textContent.trim() || document.activeElement.ariaLabel);
  await page.locator('.pad canvas').focus();
  for (const [key, times] of [
    ['ArrowUp', 7],
    ['Shift+ArrowDown', 14],
  ])
    for (let k = 0; k < times; k++) await page.keyboard.press(key);
  await says(page, 'answer', /This is a 1/);
  for (let stops = 0; (await focused()) !== '1'; stops++) {
    if (stops > 20) throw new Error('expected the names of digits within 20 stops of the pad');
    await page.keyboard.press('Tab');
  }
  await page.keyboard.press('Enter');
  await says(page, 'lessons', /You taught it 1 digit: it read 1 of 1/);
  await expect('the focus after a lesson', async () => (await focused()).slice(0, 12), 'Draw a digit');
  await page.keyboard.press('Delete');
  await says(page, 'answer', /Draw a digit/);
  await button(page, 'Forget my digits').click();
  await says(page, 'lessons', /Does it misread your digit/);
}

/** Moves the clock to the first step until it stays there, because a late answer to the last stroke plays the steps again. */
async function stopsAtTheFirst(page, step) {
  for (let tries = 0; tries < 20; tries++) {
    await step.fill('1');
    await page.waitForTimeout(500);
    if (await page.getByText('step 1 of 16').isVisible()) return;
  }
  throw new Error('expected the clock to stay at step 1');
}

/** Number of a map's neurons in full ink, which fire in the current step. */
const inkOf = (map) =>
  map.evaluate((canvas) => {
    const ink = getComputedStyle(canvas).color.match(/\d+/g).map(Number);
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    let count = 0;
    for (let at = 0; at < data.length; at += 4) if (ink.every((value, k) => data[at + k] === value)) count++;
    return count;
  });

/** A pixel of the input shows its position and its number of spikes. */
async function pointsAtTheInput(page) {
  const { x, y, width, height } = await page.locator('.maps').first().boundingBox();
  await page.mouse.move(x + width / 2, y + height / 2);
  await page.getByText('Input pixel').waitFor();
  await page.getByText('row 15, column 15').waitFor();
  await page.getByText(/^fired [1-9]\d* × in 16 steps$/).waitFor();
  await page.getByText('The more ink on a pixel').waitFor();
}

/**
 * The visitor can move through the steps with the clock, see the step that decides, and select a neuron by pointer or keys.
 * Nothing moves if the visitor prefers no motion.
 */
export async function showsTheInside(page) {
  const step = page.getByLabel(/^Step \d/);
  await draw(page, one);
  await page.getByText('step 16 of 16').waitFor();
  await expect('maps', () => page.locator('.maps').count(), 5);
  await stopsAtTheFirst(page, step);
  await page.getByText('decides here').waitFor();
  await step.fill('16');
  await page.getByText(/^decided: a 1/).waitFor();
  await page.getByText(/^leads by 1\d\.\d$/).waitFor();
  const caption = page.locator('.layers .layer').nth(1).locator('figcaption');
  // A map may be drawn after its caption, so both are read until they agree.
  await expect(
    'the spikes of layer 1, and of which steps',
    async () => {
      const inked = await inkOf(page.locator('.map').nth(1));
      return (await caption.innerText()).replace(`\n${inked} of`, '\nas many as are inked of');
    },
    'Layer 1\nconvolution\nas many as are inked of 9408 fire',
  );
  await pointsAtTheInput(page);
  const maps = page.locator('.maps').nth(3);
  const { x, y } = await maps.boundingBox();
  await page.mouse.move(x + 10, y + 10);
  await page.getByText('Neuron of layer 3').waitFor();
  await expect('maps that it listens to', () => page.locator('.maps').nth(2).locator('.field').count(), 12);
  await page.locator('.maps').nth(1).focus();
  await page.keyboard.press('ArrowDown');
  await page.getByText('Neuron of layer 1').waitFor();
  await page.locator('.bars tr').nth(1).click();
  await page.getByText('Class 1').waitFor();
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await button(page, 'a drawn 5').click();
  await says(page, 'answer', /This is a 5/);
  await page.getByText('step 16 of 16').waitFor();
  await expect('its button', () => button(page, 'Play the steps').count(), 1);
  await page.emulateMedia({ reducedMotion: 'no-preference' });
  const names = await page.getByRole('button').allTextContents();
  await expect('buttons called Pause', () => names.filter((name) => name.trim() === 'Pause').length, 0);
  await button(page, 'Clear').click();
}
