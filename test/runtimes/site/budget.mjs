/** The download size of the page before it trains. */
import { gzipSync } from 'node:zlib';
import { button, says } from './use.mjs';

/** Limit on the gzipped bytes of all files that are loaded before a training. */
const mostBytes = 160_000;

export async function keepsItsBudget(page) {
  const sizes = [];
  const weigh = async (response) => sizes.push(gzipSync(await response.body(), { level: 9 }).length);
  const address = page.url();
  // Leaves the previous page, because a response that it was still loading cannot be read.
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
  await button(page, 'Clear').click();
  return `${(bytes / 1000).toFixed(0)} KB before training`;
}
