/** The first screen, and what lies behind it: a digit is recognised, a strange one learnt, both kept; all by keyboard too. */
import { button, dash, draw, expect, one, says, textOf } from './use.mjs';

export async function learnsYourHand(page) {
  await draw(page, one);
  await says(page, 'answer', /This is a 1/);
  await button(page, '1').click();
  await says(page, 'lessons', /Of your 1, it knew 1 before and knows 1 now/);

  await draw(page, dash);
  await says(page, 'answer', /This is a [0-8]/);
  await button(page, '9').click();
  await says(page, 'lessons', /Of your 2, it knew 1 before and knows 2 now/);
  // Another one of the kind, that it was not taught.
  await draw(page, dash, 0.05);
  await says(page, 'answer', /This is a 9/);
  await button(page, 'Clear').click();
  await draw(page, one);
  await says(page, 'answer', /This is a 1/);

  await page.reload();
  await says(page, 'lessons', /Of your 2, it knew 1 before and knows 2 now/);
  await draw(page, dash, 0.05);
  await says(page, 'answer', /This is a 9/);
  await button(page, 'Forget my digits').click();
  await says(page, 'lessons', /It errs on yours/);
  await button(page, 'Clear').click();
}

export async function goesByKeyboard(page) {
  await page.locator('.pad canvas').focus();
  for (const [key, times] of [
    ['ArrowUp', 7],
    ['Shift+ArrowDown', 14],
  ])
    for (let k = 0; k < times; k++) await page.keyboard.press(key);
  await says(page, 'answer', /This is a 1/);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  expect('the second stop', await page.evaluate(() => document.activeElement.textContent), '1');
  await page.keyboard.press('Enter');
  await says(page, 'lessons', /Of your 1, it knew 1/);
  await button(page, 'Forget my digits').click();
}

/** Steps at the speed of the slider, flows with their line, and still pictures for who wants them still. */
export async function showsTheInside(page) {
  const step = page.getByLabel(/^Step/);
  await draw(page, one);
  await page.getByLabel(/steps a second/).fill('30');
  await page.waitForFunction(() => /Step 16 of 16/.test(document.body.textContent));
  expect('layers', await page.locator('.layers figure').count(), 5);
  await says(page, 'slope', /^S = 0\.\d+$/);
  const before = await textOf(page, 'slope');
  await page.getByLabel(/Flows of/).selectOption('3');
  await page.waitForFunction((text) => {
    const now = document.querySelector('[data-testid=slope]')?.textContent;
    return now !== undefined && now !== text;
  }, before);
  await step.fill('3');
  await page.getByText('Step 3 of 16').waitFor();
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await draw(page, one, 0.02);
  await page.getByText('Step 16 of 16').waitFor();
  expect('its button', await button(page, 'Play').count(), 1);
  await page.emulateMedia({ reducedMotion: 'no-preference' });
}
