/** A report of runs with markup shows the markup as text. Nothing runs, while all of it runs on a control page. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { control, injected, injectedName, injections, markedRuns } from '../attacks.mjs';
import { withPage } from '../servers.mjs';
import { expect } from './use.mjs';

const names = Object.keys(injections).toSorted().join();

export async function reportRunsNothing(place, chromium) {
  const parent = mkdtempSync(join(place, 'report-'));
  const folder = await markedRuns(parent);
  const bin = join(place, 'node_modules/asf-bp/dist/asf-bp.js');
  execFileSync(process.execPath, [bin, 'report', folder]);
  copyFileSync(join(folder, 'report.html'), join(parent, 'report.html'));

  const act = async (page) => {
    const { origin } = new URL(page.url());
    // With the policy of the page, and without it: markup that is not escaped would request pictures, and run.
    for (const bypassCSP of [false, true]) {
      const context = await page.context().browser().newContext({ bypassCSP });
      await attack(await context.newPage(), origin);
    }
    return {};
  };
  await withPage(parent, chromium, { '/control.html': control }, act, { first: 'control.html' });
  return `${names.split(',').length} injections into a report`;
}

/** Opens the control page, on which each text runs, and the report with all its details open. */
async function attack(page, address) {
  await page.addInitScript(() => {
    const ran = new Set();
    globalThis.attack = (name) => ran.add(name);
    globalThis.whatRan = () => [...ran].sort().join();
  });
  const asked = [];
  page.on('request', (request) => asked.push(request.url()));
  const whatRan = () => page.evaluate(() => globalThis.whatRan());

  await page.goto(`${address}/control.html`);
  await page.getByText('a link').click();
  await expect('what runs on the control page', whatRan, names);
  if (asked.length < 2) throw new Error('the control page: expected that it asks for pictures');

  asked.length = 0;
  await page.goto(`${address}/report.html`);
  await page.$$eval('details', (all) => all.forEach((each) => (each.open = true)));
  await page.waitForTimeout(500);
  for (const link of await page.locator('a[href^="javascript:" i]').all()) await link.click();
  await expect('what runs in a report', whatRan, '');
  await expect('what it asks for', () => asked.join(), `${address}/report.html`);
  const text = await page.evaluate(() => document.body.textContent);
  const count = text.split(injected).length - 1;
  // The command, the model, the note, a fact and its name, the name of a model.
  if (count < 6) throw new Error(`the report: expected its texts as they are, got them ${count} times`);
  await expect('its title', async () => (await page.title()).includes(injectedName), true);
  const [script] = injections.script;
  await page.locator('svg text', { hasText: script }).first().waitFor({ state: 'attached' });
}
