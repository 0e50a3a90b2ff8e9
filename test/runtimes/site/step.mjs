/** The page checks a training step against the equations: a dropped file, or a step with a planted mistake. */
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { join } from 'node:path';
import { root } from '../install.mjs';
import { button, dropFiles, expect, fileOf, refuses, says, textOf } from './use.mjs';

/** Limit on the gzipped bytes of the worker that checks. */
const mostBytes = 60 * 1024;

/** A recorded step of snnTorch, correct or with a mistake. */
const recorded = (folder, name) =>
  fileOf(`${folder}.npz`, readFileSync(join(root, 'test/fixtures/surrogates', folder, name)));

/** Counts the drawn arrays. */
const pictures = (check) => check.locator('.shades canvas').count();

async function plantsMistakes(page, check) {
  await button(page, 'No reset').click();
  await says(page, 'check', /^✗ The small step is wrong: \d+ of 15 arrays differ, first layer1\.mem/);
  await says(page, 'causes', /Its neurons are not reset\. In the neurons of layers 1 and 2\./);
  const marked = check.locator('.lines .marked');
  await marked
    .filter({ hasText: 'u^t = λ·v^(t−1)' })
    .filter({ hasText: 'layer1.mem, the first array' })
    .waitFor();
  await expect('pictures', () => pictures(check), 3);
  await says(page, 'first', /^layer1\.mem: \d+ of 600 numbers differ, first at step \d+, sample \d/);
  await check.locator('select[name=framework]').selectOption('norse');
  await says(page, 'check', /^✗ The small step is wrong/);
  // The next mistake is planted by keyboard.
  await button(page, 'Reset detached').focus();
  await page.keyboard.press('Enter');
  await says(page, 'check', /first layer2\.dcurrent/);
  await says(page, 'causes', /The spike in the reset is detached/);
  await marked.filter({ hasText: 'P^t = ' }).filter({ hasText: 'the named mistake' }).waitFor();
  await check.locator('select[name=array]').selectOption('layer1.spikes');
  await check.getByRole('img', { name: /^your layer1\.spikes: 20 steps across, 10 neurons down/ }).waitFor();
  await button(page, 'No mistake').click();
  await says(page, 'check', /^✓ The small step agrees with the equations: [\d,]+ numbers of 15 arrays/);
}

async function takesFilesOfSteps(page, check) {
  const input = page.locator('input[name=step]');
  await input.setInputFiles(recorded('right', 'snntorch_leaky.npz'));
  await says(page, 'check', /^✓ right\.npz agrees/);
  await check.getByText('Judged as snntorch.Leaky (beta 0.9)').waitFor();
  await expect('buttons that are pressed', () => check.locator('[aria-pressed=true]').count(), 0);
  await dropFiles(page, [recorded('wrong', 'loss_halved.npz')]);
  await says(page, 'check', /^✗ wrong\.npz is wrong/);
  await says(page, 'causes', /The loss is multiplied by another factor/);
  const { buffer } = recorded('right', 'snntorch_leaky.npz');
  await input.setInputFiles(fileOf('cut.npz', buffer.subarray(0, 500)));
  await refuses(page, /^cut\.npz: /);
  await expect('verdicts on a file that is broken', () => textOf(page, 'check'), '');
  await input.setInputFiles(fileOf('step.pt', Buffer.from([0x80, 2, 0])));
  await refuses(page, /^step\.pt: "file" expected arrays, got a Python pickle/);
  await button(page, 'No mistake').click();
  await says(page, 'check', /^✓ The small step/);
  await expect('alerts', () => check.getByRole('alert').count(), 0);
}

/** Returns the size of the checker, which is loaded with the first step. */
export async function checksSteps(page) {
  const check = page.locator('section', { has: page.locator('#check') });
  const loaded = page.waitForRequest(/\/checker-[^/]*\.js$/, { timeout: 60_000 });
  const [request] = await Promise.all([loaded, plantsMistakes(page, check)]);
  const file = join(root, 'dist/site/assets', new URL(request.url()).pathname.split('/').at(-1));
  const bytes = gzipSync(readFileSync(file), { level: 9 }).length;
  if (bytes > mostBytes) throw new Error(`the checker: expected at most ${mostBytes} bytes, got ${bytes}`);
  await takesFilesOfSteps(page, check);
  return `checker ${(bytes / 1024).toFixed(1)} KB`;
}
