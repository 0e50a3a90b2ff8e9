/** The look of the page (narrow, wide, light, dark), its accessibility, and its equations. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { root } from '../install.mjs';
import { button, draw, expect, says, textOf, two } from './use.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** Limit in pixels on the height of the page, at a width of 360 and while the lists of letters are closed. */
const mostOnAPhone = 7800;
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/** The displayed S agrees with the blue dots as drawn, and the grey dots are silent. */
async function sumsTheBlueDots(page, chapter) {
  const sliders = page.getByLabel(/^window T = /);
  await sliders.first().fill('60');
  await chapter.getByText('window T = 60').waitFor();
  const measured = () =>
    chapter.locator('.chart svg').evaluate((svg) => {
      const tick = (anchor, value, key) =>
        Number(
          [...svg.querySelectorAll(`.tick[text-anchor=${anchor}]`)]
            .find(({ textContent }) => textContent.trim() === String(value))
            .getAttribute(key),
        );
      const [left, bottom] = [tick('middle', 0, 'x'), tick('end', 0, 'y')];
      const [wide, high] = [tick('middle', 10, 'x') - left, bottom - tick('end', 10, 'y')];
      const dots = (name) =>
        [...svg.querySelectorAll(`.dots.${name} circle`)].map((dot) => ({
          FI: (10 * (Number(dot.getAttribute('cx')) - left)) / wide,
          // The text of a tick is 4 pixels below its line.
          FO: (10 * (bottom - 4 - Number(dot.getAttribute('cy')))) / high,
        }));
      const [blue, grey] = ['c1', 'c3'].map(dots);
      const total = (key) => blue.reduce((sum, { [key]: value }) => sum + value, 0);
      const isSilent = grey.every(({ FI, FO }) => FI < 0.01 && Math.abs(FO) < 0.01);
      return `S = ΣFO / ΣFI = ${(total('FO') / total('FI')).toFixed(2)}, ${blue.length + grey.length} dots, ${isSilent}`;
    });
  const said = await chapter.locator('.sums b').textContent();
  await expect('S, the dots, and whether the grey ones are silent', measured, `${said}, 160 dots, true`);
}

/** A value that the reader sets by keyboard stays, because the figure stops counting. */
async function keepsWhatIsSet(page, chapters) {
  const set = [
    [chapters.nth(0).getByLabel(/^step \d/), '7', 'step 7 of 24'],
    [chapters.nth(1).getByRole('slider'), '30', 'window T = 30'],
    [chapters.nth(4).getByRole('slider'), '2', 'up to T = 100'],
  ];
  for (const [slider, value, words] of set) {
    await slider.focus();
    await slider.fill(value);
    await page.waitForTimeout(300);
    const shown = () => slider.evaluate((input) => input.previousElementSibling.textContent);
    await expect('what the reader has set', shown, words);
  }
}

/** Each of the five figures begins to move when it becomes visible, and ASF-BP wins the race. */
export async function tellsWhy(page) {
  const chapters = page.locator('.chapter');
  await expect('figures of the story', () => chapters.count(), 5);
  for (let k = 0; k < 5; k++) await chapters.nth(k).scrollIntoViewIfNeeded();
  const gains = chapters.nth(4);
  const bars = () => gains.locator('rect').count();
  await expect('bars of all windows', bars, 8);
  await gains.getByRole('slider').fill('1');
  await expect('bars of the first window', bars, 2);
  await gains.getByText('up to T = 50').waitFor();
  await chapters.nth(0).scrollIntoViewIfNeeded();
  await chapters.nth(0).getByText('step 24 of 24').waitFor();
  await page.getByLabel(/^weight of the input/).fill('1.2');
  await chapters.nth(0).getByText('FO = 13').waitFor();
  await keepsWhatIsSet(page, chapters);
  await sumsTheBlueDots(page, chapters.nth(1));
  await page.getByRole('link', { name: '“Break it”' }).click();
  const card = page.getByRole('button', { name: /^Break it/ });
  await expect('the preset of the link', () => card.getAttribute('aria-pressed'), 'true');
  await page.getByRole('button', { name: /^Quick/ }).click();
  await button(page, 'Race').evaluate((race) => race.scrollIntoView({ block: 'end' }));
  await button(page, 'Race').click();
  const isInView = () =>
    page.locator('.race table').evaluate((table) => table.getBoundingClientRect().bottom <= innerHeight);
  await expect('whether the table of a race that has begun is in view', isInView, true);
  await says(page, 'race', /^T = 50: ASF-BP is \d+\.\d × as fast as STBP and \d+\.\d × as fast as Lee/);
  await says(page, 'race', /In 6 s ASF-BP saw [\d,]+ digits and reads \d+\.\d %, STBP saw \d/);
  const factors = (await textOf(page, 'race')).match(/\d+\.\d(?= ×)/g).map(Number);
  if (!factors.every((factor) => factor > 1.5))
    throw new Error(`the race: expected that ASF-BP wins, got ${factors}`);
  await page.locator('select[name=by]').selectOption('digits');
  await page.getByLabel('loss of each rule by digits seen, T = 50').waitFor();
  const seen = await page.locator('.race tbody td:nth-of-type(4)').allTextContents();
  const [asf, ...others] = seen.map((text) => Number(text.replace(',', '')));
  if (!others.every((count) => count > 0 && count < asf))
    throw new Error(`the race: expected that ASF-BP has seen the most digits, got ${seen}`);
  // After another window is selected, the text is `Not started.`, and the table of the window before is gone.
  await page.locator('.race .controls select').selectOption('16');
  await says(page, 'race', /^Not started\.$/);
  await expect('tables of the window before', () => page.locator('.race table').count(), 0);
}

/** On a phone, the page is the same, but the lists of letters are closed. */
export async function fitsAPhone(page) {
  const wide = page.viewportSize();
  const letters = page.locator('.chapter .folded').first();
  const isOpen = () => letters.evaluate((element) => element.open);
  await expect('letters on a wide page', isOpen, true);
  await page.setViewportSize({ width: 360, height: 740 });
  await expect('letters on a phone', isOpen, false);
  await letters.locator('summary').click();
  await letters.getByText('flow in: sum').waitFor();
  await letters.locator('summary').click();
  await expect('letters that were closed', isOpen, false);
  const tall = await page.evaluate(() => document.documentElement.scrollHeight);
  if (tall > mostOnAPhone)
    throw new Error(`on a phone: expected at most ${mostOnAPhone} pixels, got ${tall}`);
  await page.setViewportSize(wide);
  await expect('letters on a wide page again', isOpen, true);
}

/** Menu, drawing, answer and spikes fit one view: on a phone, a small screen, and a laptop at 200 %, and with forced colours. */
export async function showsAllAtOnce(page) {
  const wide = page.viewportSize();
  for (const size of ['390 × 844', '1024 × 768', '720 × 450']) {
    const [width, height] = size.split(' × ').map(Number);
    await page.setViewportSize({ width, height });
    await page.evaluate(() => scrollTo({ top: 0, behavior: 'instant' }));
    await button(page, 'Clear').click();
    await draw(page, two);
    await says(page, 'answer', /This is a 2/);
    const outside = () =>
      page.$$eval('nav a, .pad, .answer, .first .bars, .first .maps', (all) =>
        all
          .filter((place) => {
            const { left, top, right, bottom } = place.getBoundingClientRect();
            return left < 0 || top < 0 || right > innerWidth || bottom > innerHeight;
          })
          .map(({ className, textContent }) => className || textContent)
          .join(),
      );
    await expect(`outside of ${size}`, outside, '');
    await expect('maps', () => page.locator('.first .maps').count(), 5);
    await expect('scrolled while drawing', () => page.evaluate(() => scrollY), 0);
  }
  await page.setViewportSize(wide);
  await page.emulateMedia({ forcedColors: 'active' });
  const unseen = () =>
    page.$$eval('.first .bars td div', (all) => {
      const ground = (place) => getComputedStyle(place).backgroundColor;
      return all.filter((bar) => ground(bar) === ground(document.documentElement)).length;
    });
  await expect('bars in the colour of the ground', unseen, 0);
  await page.emulateMedia({ forcedColors: 'none' });
}

/** The equation named in the address is open and visible, after loading and after a change of the address. */
async function opensTheOneOfTheAddress(page) {
  const isSeen = (tab, number) =>
    tab.locator(`#equation-${number}`).evaluate((place) => {
      const { top } = place.getBoundingClientRect();
      return place.open && top > -1 && top < innerHeight;
    });
  const other = await page.context().newPage();
  await other.goto(`${page.url().split('#')[0]}#equation-12`);
  await expect('whether Eq. 12 of the address is open and seen', () => isSeen(other, 12), true);
  await other.locator('#equation-12 pre').filter({ hasText: 'computeScale' }).first().waitFor();
  await other.close();
  await page.evaluate(() => (location.hash = '#equation-5'));
  await expect('whether Eq. 5 of the address is open and seen', () => isSeen(page, 5), true);
}

/** Each equation shows its code in spec/, and the test that calls it. */
export async function showsTheEquations(page) {
  await expect('equations', () => page.locator('.equation').count(), 13);
  const seven = page.locator('#equation-7');
  await seven.locator('.formula').first().filter({ hasText: 'FI = Σt xt;  FO = Σt ot' }).waitFor();
  // A link in the story opens the equation.
  await page.getByRole('link', { name: 'Eq. 7' }).click();
  await opensTheOneOfTheAddress(page);
  const shown = seven.locator('pre').first().filter({ hasText: 'accumulateFlow' });
  await shown.waitFor();
  const source = readFileSync(join(root, 'spec/flow.ts'), 'utf8');
  const text = await shown.textContent();
  await expect('whether it is a part of spec/flow.ts', () => source.includes(text), true);
  await seven.locator('details summary').click();
  const test = readFileSync(join(root, 'test/spec/flow.test.ts'), 'utf8');
  const calls = test.split('accumulateFlow(').length - 1;
  await expect('calls that are marked in its test', () => seven.locator('mark').count(), calls);
}

/** Takes screenshots of the whole page. axe must find no barrier, and nothing may be wider than the window. */
export async function looksRight(page, shots) {
  await page.evaluate(axe);
  for (const [scheme, width] of [
    ...[1280, 360, 768, 320].map((size) => ['light', size]),
    ...[1280, 360].map((size) => ['dark', size]),
  ]) {
    await page.emulateMedia({ colorScheme: scheme });
    await page.setViewportSize({ width, height: 800 });
    await page.waitForTimeout(300);
    await page.screenshot({ path: join(shots, `${scheme}-${width}.png`), fullPage: true });
    const at = `${scheme}, ${width} pixels`;
    const beyond = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    await expect(`${at}: wider by`, beyond, 0);
    const labels = await page.$$eval('.settings label, .files label', (all) =>
      all.filter((label) => label.scrollWidth > label.clientWidth + 1).map((label) => label.textContent),
    );
    await expect(`${at}: labels that reach into others`, () => labels.join('; '), '');
    const found = await page.evaluate((of) => globalThis.axe.run({ runOnly: of }), tags);
    const barriers = found.violations.map(({ id, nodes }) => `${id} (${nodes[0].html.slice(0, 120)})`);
    await expect(`${at}: barriers`, () => barriers.join('; '), '');
    if (found.passes.length < 10) throw new Error(`${at}: axe looked at nothing`);
  }
}
