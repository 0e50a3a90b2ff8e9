/**
 * `npm run docs pictures`: opens the page in Chromium and makes two pictures. README has `docs/page.webp`, in which the page
 * reads two digits. The page has `examples/site/public/social.png`. Also makes the drawings (`drawings.mjs`).
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { animatedWebp } from './animation.mjs';
import { drawings } from './drawings.mjs';
import { installRuntimes } from '../test/runtimes/install.mjs';

const root = fileURLToPath(new URL('../', import.meta.url));
/** Size of the page, and of the animation. */
const view = { width: 1200, height: 696 };
const picture = { width: 800, height: 464 };
const qualities = [0.7, 0.55, 0.4, 0.3, 0.2];
const mostBytes = 400_000;
const social = { width: 1200, height: 630 };
/** Frames for the drawing of a digit, steps of the network per frame, and milliseconds that each kind of frame is shown. */
const strokes = 8;
const stride = 2;
const ms = { stroke: 120, step: 300, answer: 1800 };
const digits = [3, 7];

for (const [path, draw] of Object.entries(drawings)) writeFileSync(join(root, path), draw());
mkdirSync(join(root, 'examples/site/public'), { recursive: true });

const chromium = installRuntimes((text) => process.stderr.write(`${text}\n`));
execFileSync(process.execPath, [join(root, 'examples/site/build.mjs')], { cwd: root, stdio: 'ignore' });
const { withPage } = await import('../test/runtimes/servers.mjs');
const { presets, partOf } = await import('../examples/site/src/presets.js');

await withPage(join(root, 'dist/site'), chromium, {}, record, { first: 'index.html' });

async function record(page) {
  page.setDefaultTimeout(60_000);
  await page.setViewportSize(view);
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await page.reload();
  await page.getByTestId('answer').filter({ hasText: 'This is a 3' }).waitFor();
  // Saves the text of the page's header, whose claims the pictures show. A test compares these claims with the results.
  writeFileSync(join(root, 'docs/page.webp.txt'), `${await page.locator('header .lead').innerText()}\n`);
  await page.setViewportSize(social);
  await page.screenshot({ path: join(root, 'examples/site/public/social.png') });
  await page.setViewportSize(view);
  const shots = [];
  const take = async (stay) => shots.push({ png: await page.screenshot(), ms: stay });
  for (const digit of digits) await read(page, digit, take);
  // Chooses the best quality within the limit of bytes.
  let webp;
  for (const quality of qualities) {
    webp = await animatedWebp(page, shots, { ...picture, quality });
    console.log(`quality ${quality}: ${webp.length} bytes`);
    if (webp.length <= mostBytes) break;
  }
  if (webp.length > mostBytes)
    throw new Error(`docs/page.webp: expected at most ${mostBytes} bytes, got ${webp.length}`);
  writeFileSync(join(root, 'docs/page.webp'), webp);
  console.log(`docs/page.webp: ${shots.length} frames, ${webp.length} bytes`);
  return {};
}

/** Draws a digit with the mouse, then moves through the steps. */
async function read(page, digit, take) {
  const pad = page.locator('.pad canvas');
  const { x, y, width } = await pad.boundingBox();
  const at = ([right, down]) => [x + right * width, y + down * width];
  await page.getByRole('button', { name: 'Clear', exact: true }).click();
  for (let part = 1; part <= strokes; part++) {
    await page.getByRole('button', { name: 'Clear', exact: true }).click();
    for (const [first, ...rest] of partOf(presets[digit], part / strokes)) {
      await page.mouse.move(...at(first));
      await page.mouse.down();
      for (const point of rest) await page.mouse.move(...at(point));
      await page.mouse.up();
    }
    await page.waitForTimeout(250);
    await take(ms.stroke);
  }
  await page
    .getByTestId('answer')
    .filter({ hasText: `This is a ${digit}` })
    .waitFor();
  const step = page.getByLabel(/^Step/).and(page.locator('[type=range]'));
  const T = Number(await step.getAttribute('max'));
  for (let t = stride; t <= T; t += stride) {
    await step.fill(String(t));
    await page.waitForTimeout(60);
    await take(t === T ? ms.answer : ms.step);
  }
}
