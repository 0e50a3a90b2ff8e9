/** The size of the page before it trains, and the time of its answers. */
import { gzipSync } from 'node:zlib';
import { button, says } from './use.mjs';

/** Limit on the gzipped bytes of all files that are loaded before a training. */
const mostBytes = 160_000;

/** Resolves with a line of numbers. The size is tested; times depend on the machine and are only reported. */
export async function keepsItsBudget(page) {
  const sizes = [];
  const weigh = async (response) => sizes.push(gzipSync(await response.body(), { level: 9 }).length);
  const address = page.url();
  // A body that the previous page was still loading cannot be read.
  await page.goto('about:blank');
  page.on('response', weigh);
  await page.goto(address);
  await says(page, 'answer', /This is a 3/);
  page.off('response', weigh);
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  if (sizes.length < 4 || bytes > mostBytes)
    throw new Error(
      `before training: expected at most ${mostBytes} bytes, got ${bytes} in ${sizes.length} files`,
    );
  const paint = await page.evaluate(
    () => performance.getEntriesByName('first-contentful-paint')[0].startTime,
  );
  await button(page, 'Clear').click();
  await says(page, 'answer', /Draw a digit/);
  const answer = await page.evaluate(
    () =>
      new Promise((resolve) => {
        const from = performance.now();
        const place = document.querySelector('[data-testid=answer]');
        const watch = new MutationObserver(() => {
          if (/This is/.test(place.textContent)) resolve(performance.now() - from);
        });
        watch.observe(place, { subtree: true, childList: true, characterData: true });
        document.querySelector('[aria-label="a drawn 5"]').click();
      }),
  );
  await button(page, 'Clear').click();
  const ms = (value) => `${value.toFixed(0)} ms`;
  return `${(bytes / 1000).toFixed(0)} KB before training, first paint ${ms(paint)}, answer ${ms(answer)}`;
}
