/** If WebAssembly or its SIMD is missing, the page reports this and shows a recording. The rest of the page works. */
import { withPage } from '../servers.mjs';
import { expect, says } from './use.mjs';

/** Flags of V8 on x64. The first disables its compilers and thus WebAssembly, the second disables SIMD. */
const flags = ['--jitless', '--no-enable-sse4-1 --no-enable-ssse3'];

async function look(page) {
  const problems = [];
  page.on('pageerror', (error) => problems.push(String(error)));
  await page.reload();
  await says(page, 'recording', /needs WebAssembly with SIMD: Chrome 91, Firefox 89, Safari 16\.4 or later/);
  await expect('width of it', () => page.$eval('.recording', (image) => image.naturalWidth), 800);
  await expect('pads', () => page.locator('.pad').count(), 0);
  await expect('alerts', () => page.getByRole('alert').count(), 0);
  const dead = () =>
    page.$$eval('nav a[href^="#"]', (all) => all.filter(({ hash }) => !document.querySelector(hash)).length);
  await expect('links to nothing', dead, 0);
  await page.locator('.chapter svg').first().waitFor();
  await page.locator('footer').getByText('Cite this').click();
  await page.locator('footer').getByText('doi = {10.1609/aaai.v35i12.17236}').waitFor();
  const licence = ({ href }) => fetch(href).then(async (file) => (await file.text()).slice(0, 11));
  const link = page.getByRole('link', { name: 'MIT licence' });
  await expect('the licence', () => link.evaluate(licence), 'MIT License');
  await expect('what broke', () => problems.join('; '), '');
  return {};
}

export async function showsARecording(site, chromium) {
  for (const flag of flags)
    await withPage(site, chromium, {}, look, { first: 'index.html', args: [`--js-flags=${flag}`] });
  return 'a recording without WebAssembly, and without SIMD';
}
