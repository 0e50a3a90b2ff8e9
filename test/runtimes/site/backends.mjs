/** A training gives the same digest on one thread, on several if the headers allow them, and on WebGPU if selected. */
import { withPage } from '../servers.mjs';
import { idxFiles } from './files.mjs';
import { button, dropFiles, expect, refuses, says, textOf, unfold } from './use.mjs';

const shared = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
};
const gpu = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];

/** Trains on a few digits. Returns the digest, and the backend that the page names. */
async function trainFew(page, place, backend) {
  await dropFiles(page, idxFiles(place));
  await says(page, 'data', /230 images of your own/);
  await unfold(page, 'All settings');
  await page.locator('input[name=timeWindow]').fill('4');
  await page.locator('input[name=epochs]').fill('1');
  await page.locator('select[name=backend]').selectOption(backend);
  await button(page, 'Start').click();
  await says(page, 'status', /Finished/);
  // Only the page has the images, so the command cannot resume this training.
  const saved = page.waitForEvent('download');
  await button(page, 'Save').click();
  await saved;
  await page.getByText('To resume it here, open it again under Files, with the same images.').waitFor();
  return { digest: await textOf(page, 'digest'), words: await textOf(page, 'backend') };
}

export async function runsOn(site, place, chromium) {
  const open = (act, options) => withPage(site, chromium, {}, act, { first: 'index.html', ...options });
  const one = await open(async (page) => {
    await unfold(page, 'All settings');
    await page.locator('select[name=backend]').selectOption('webgpu');
    await button(page, 'Start').click();
    await refuses(page, /expected .*got none/);
    return trainFew(page, place, 'auto');
  });
  const threads = await open((page) => trainFew(page, place, 'wasm'), { headers: shared });
  const webgpu = await open((page) => trainFew(page, place, 'webgpu'), { args: gpu });
  const words = [
    /^CPU, one thread: .*more threads need the headers/,
    /^CPU, \d+ threads: as you chose$/,
    /^webgpu/,
  ];
  for (const [k, run] of [one, threads, webgpu].entries()) {
    if (!words[k].test(run.words)) throw new Error(`expected a page that says ${words[k]}, got ${run.words}`);
    await expect('the digest', () => run.digest, one.digest);
  }
  return `one thread, ${threads.words.match(/\d+/)[0]} threads and webgpu to one digest`;
}
