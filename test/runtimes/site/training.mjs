/** A training of two epochs is paused, saved, reloaded and resumed. The command resumes from the file, with the same digest. */
import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../install.mjs';
import { longestTask } from './tracing.mjs';
import { button, expect, says, textOf } from './use.mjs';

/** Limit on a task of the main thread, in milliseconds. */
const mostBusy = 50;

/** From the checkpoint of a training that the command has finished, the page shows the curves, the accuracy and the digest. */
async function opensAFinishedOne(page, folder, digest) {
  await button(page, 'Start').click();
  await says(page, 'status', /Running/);
  await expect(
    'the focus after Start',
    () => page.evaluate(() => document.activeElement.textContent.trim()),
    'Pause training',
  );
  await button(page, 'Stop').click();
  await says(page, 'status', /Not started/);
  await page.locator('input[name=model]').setInputFiles(join(folder, 'checkpoint.safetensors'));
  await says(page, 'status', /Finished/);
  await expect('the digest of the file', () => textOf(page, 'digest'), digest);
  if (!/^9\d\.\d % of 10,000$/.test(await textOf(page, 'accuracy')))
    throw new Error(`accuracy of the file: expected one, got ${await textOf(page, 'accuracy')}`);
  await expect('charts of the file', async () => (await page.locator('.chart').count()) >= 2, true);
}

/** The preset `Break it` differs from Quick only in the gate. Its card shows both accuracies. */
async function losesWithoutTheGate(page, quick) {
  await page.getByRole('button', { name: /^Quick/ }).click();
  const card = page.getByRole('button', { name: /^Break it/ });
  await card.click();
  await expect('what it changes', () => page.evaluate(() => location.search), '?variant=ungated');
  await button(page, 'Start').click();
  await says(page, 'status', /Running/);
  await says(page, 'status', /Finished/);
  const own = await textOf(page, 'accuracy');
  const measured = [own, quick].map((text) => text.replace(' of 10,000', '')).join(', ');
  await expect(
    'what the card says that it and Quick read',
    async () => (await card.textContent()).match(/\d\d\.\d %/g).join(', '),
    measured,
  );
  await page.getByRole('button', { name: /^Quick/ }).click();
  return measured;
}

export async function trains(page, place) {
  const trained = await longestTask(page, async () => {
    await button(page, 'Start').click();
    await page.locator('progress').waitFor();
    await page.waitForFunction(() => document.querySelector('progress').value > 0.3, undefined, {
      timeout: 300_000,
    });
  });
  if (trained.own > mostBusy)
    throw new Error(`while training: expected tasks of at most ${mostBusy} ms, got ${trained.own}`);
  await button(page, 'Pause training').click();
  await says(page, 'status', /^Paused: resume it, or stop it to choose other settings\.$/);
  const half = await textOf(page, 'digest');
  await expect('the command of all epochs at a pause', () => page.getByTestId('command').count(), 0);

  const downloading = page.waitForEvent('download');
  await button(page, 'Save').click();
  const folder = join(place, 'run');
  mkdirSync(folder);
  await (await downloading).saveAs(join(folder, 'checkpoint.safetensors'));
  const command = ['dist/asf-bp.js', 'train', '--out', folder, '--resume', '--json'];
  const { stdout } = await promisify(execFile)(process.execPath, command, { cwd: root, timeout: 600_000 });
  const { digest } = JSON.parse(stdout.trim().split('\n').at(-1));

  await page.reload();
  await says(page, 'status', /Paused/);
  await expect('the digest after a reload', () => textOf(page, 'digest'), half);
  await button(page, 'Resume').click();
  await says(page, 'status', /Finished/);
  await expect('the digest of the page, and of the command', () => textOf(page, 'digest'), digest);
  await expect('the command', () => page.getByTestId('command').count(), 1);
  const accuracy = await textOf(page, 'accuracy');
  if (!(parseFloat(accuracy) > 90)) throw new Error(`accuracy: expected more than 90 %, got ${accuracy}`);
  await button(page, 'Let it answer your drawings').click();
  await says(page, 'network', /you trained, 16 steps/);
  await page.reload();
  await says(page, 'network', /you trained, 16 steps/);
  await says(page, 'status', /Finished/);
  await expect('the accuracy after a reload', () => textOf(page, 'accuracy'), accuracy);
  await button(page, 'Back to the bundled network').click();
  await says(page, 'network', /tiny, 16 steps/);
  const gate = await losesWithoutTheGate(page, accuracy);
  await opensAFinishedOne(page, folder, digest);
  const busy = `${trained.own.toFixed(0)} ms of its own work, ${trained.wall.toFixed(0)} ms by the clock`;
  return `accuracy ${accuracy}, digest ${digest.slice(0, 16)} as the command; longest task ${busy}; without the gate, with it: ${gate}`;
}
