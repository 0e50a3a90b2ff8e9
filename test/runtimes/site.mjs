/** The page that trains, in Chromium: a digit is drawn and recognised, taught, two epochs trained, paused, reloaded, resumed. */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './install.mjs';
import { withPage } from './servers.mjs';

/** Draws lines with the mouse, in shares of the pad. */
async function draw(page, ...lines) {
  await page.locator('.pad').scrollIntoViewIfNeeded();
  const { x, y, width } = await page.locator('.pad').boundingBox();
  for (const [first, ...rest] of lines) {
    await page.mouse.move(x + first[0] * width, y + first[1] * width);
    await page.mouse.down();
    for (const [right, down] of rest)
      await page.mouse.move(x + right * width, y + down * width, { steps: 8 });
    await page.mouse.up();
  }
}
const one = [
  [
    [0.5, 0.2],
    [0.5, 0.8],
  ],
];
const seven = [
  [
    [0.3, 0.25],
    [0.7, 0.25],
    [0.45, 0.8],
  ],
];

const isText = (page, id, pattern) =>
  page.waitForFunction(
    ([name, text]) =>
      new RegExp(text).test(document.querySelector(`[data-testid=${name}]`)?.textContent ?? ''),
    [id, pattern.source],
    { timeout: 300_000 },
  );
const button = (page, name) => page.getByRole('button', { name, exact: true });

async function useIt(page, shots) {
  const problems = [];
  page.on('pageerror', (error) => problems.push(String(error)));
  await draw(page, ...one);
  await isText(page, 'answer', /This is a 1/);
  await button(page, '1').click();
  await isText(page, 'lessons', /Of your 1, it knew \d before and knows 1 now/);
  await draw(page, ...seven);
  await isText(page, 'answer', /This is a \d/);
  await page.screenshot({ path: join(shots, 'hand-wide.png'), fullPage: true });

  await page.evaluate(() => {
    window.longest = 0;
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) window.longest = Math.max(window.longest, duration);
    }).observe({ type: 'longtask' });
  });
  await button(page, 'Start').click();
  await page.locator('progress').waitFor();
  await page.waitForFunction(() => document.querySelector('progress').value > 0.3, undefined, {
    timeout: 300_000,
  });
  const longest = await page.evaluate(() => window.longest);
  await button(page, 'Pause').click();
  await isText(page, 'status', /paused/);
  await page.reload();
  await isText(page, 'status', /paused/);
  await button(page, 'Resume').click();
  await isText(page, 'status', /finished/);
  await isText(page, 'accuracy', /9\d\.\d %/);
  const accuracy = await page.getByTestId('accuracy').textContent();

  const wrong = {
    name: 'wrong.safetensors',
    mimeType: 'application/octet-stream',
    buffer: Buffer.alloc(100, 7),
  };
  await page.locator('input[type=file]').setInputFiles(wrong);
  await page.getByRole('alert').waitFor();
  const [worker] = page.workers();
  const died = worker.waitForEvent('close');
  await worker.evaluate(
    () =>
      void setTimeout(() => {
        throw new Error('it dies');
      }),
  );
  await died;
  await draw(page, ...one);
  await isText(page, 'answer', /This is a 1/);
  await page.screenshot({ path: join(shots, 'trained-wide.png'), fullPage: true });
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.setViewportSize({ width: 360, height: 740 });
  await page.screenshot({ path: join(shots, 'trained-narrow.png'), fullPage: true });
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  if (overflow > 0) problems.push(`wider than 360 pixels by ${overflow}`);
  const unexpected = problems.filter((text) => !text.includes('it dies'));
  if (unexpected.length > 0) throw new Error(unexpected.join('; '));
  return {
    said: `accuracy ${accuracy} after two epochs, longest task while training ${longest.toFixed(0)} ms`,
  };
}

export async function pageThatTrains(_place, chromium) {
  execFileSync(process.execPath, [join(root, 'examples/site/build.mjs')], { cwd: root, stdio: 'ignore' });
  const shots = join(root, 'dist/screenshots');
  mkdirSync(shots, { recursive: true });
  const found = await withPage(
    join(root, 'dist/site'),
    chromium,
    {},
    (page) => useIt(page, shots),
    'index.html',
  );
  return found.said;
}
