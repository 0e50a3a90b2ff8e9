/** Uses the page in Chromium like a visitor. */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../install.mjs';
import { withPage } from '../servers.mjs';
import { runsOn } from './backends.mjs';
import { keepsItsBudget } from './budget.mjs';
import { opensGraphs } from './graph.mjs';
import {
  explainsSettings,
  survivesAttacks,
  survivesTheWorker,
  takesFiles,
  takesWhatIsDropped,
} from './files.mjs';
import {
  beginsByItself,
  drawsWithOneFinger,
  goesByKeyboard,
  learnsYourHand,
  showsTheInside,
} from './hand.mjs';
import { showsARecording } from './recording.mjs';
import { checksSteps } from './step.mjs';
import { trains } from './training.mjs';
import { button, draw, says, two } from './use.mjs';
import { fitsAPhone, looksRight, showsAllAtOnce, showsTheEquations, tellsWhy } from './views.mjs';

async function useIt(page, place, shots) {
  const problems = [];
  page.on('pageerror', (error) => problems.push(String(error)));
  const budget = await keepsItsBudget(page);
  await page.reload();
  await beginsByItself(page);
  await fitsAPhone(page);
  await learnsYourHand(page);
  await drawsWithOneFinger(page);
  await goesByKeyboard(page);
  await showsTheInside(page);
  await tellsWhy(page);
  const said = await trains(page, place);
  await takesFiles(page, place);
  const checked = await checksSteps(page);
  await opensGraphs(page, place);
  await takesWhatIsDropped(page);
  await explainsSettings(page);
  await showsTheEquations(page);
  await button(page, 'Clear').click();
  await draw(page, two);
  await says(page, 'answer', /This is a 2/);
  await showsAllAtOnce(page);
  await looksRight(page, shots);
  const attacked = await survivesAttacks(page);
  await survivesTheWorker(page, place);
  const unexpected = problems.filter((text) => !text.includes('it dies'));
  if (unexpected.length > 0) throw new Error(unexpected.join('; '));
  return { said: `${budget}; ${said}; ${checked}; ${attacked}` };
}

export async function pageThatTrains(place, chromium) {
  execFileSync(process.execPath, [join(root, 'examples/site/build.mjs')], { cwd: root, stdio: 'ignore' });
  const shots = join(root, 'dist/screenshots');
  mkdirSync(shots, { recursive: true });
  const site = join(root, 'dist/site');
  const { said } = await withPage(site, chromium, {}, (page) => useIt(page, place, shots), {
    first: 'index.html',
  });
  const recorded = await showsARecording(site, chromium);
  return `${said}; ${await runsOn(site, place, chromium)}; ${recorded}`;
}
