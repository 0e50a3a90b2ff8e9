/** A NIR graph of the bundled network, dropped with a simulator's convention and a recording, says what the network says. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../install.mjs';
import { digitsIn } from './files.mjs';
import { button, expect, fileOf, refuses, says } from './use.mjs';

/** One LIF neuron that fires: spikes are counted, and the maps are as high as they are. */
async function countsSpikes(page, graph) {
  const bytes = readFileSync(join(root, 'test/fixtures/nir/lif_norse.nir'));
  const { writeNpy } = await import(join(root, 'dist/lib/npy.js'));
  const maps = writeNpy({ dtype: 'F32', shape: [16, 1], data: new Float32Array(16).fill(1) });
  await page.locator('input[name=shown]').setInputFiles(fileOf('ones.npy', Buffer.from(maps)));
  await page.locator('input[name=graph]').setInputFiles(fileOf('lif.nir', bytes));
  await says(
    page,
    'graph',
    /lif\.nir, as Norse: 1 layer, 1 class; it takes maps of 1 × 1 × 1\. It ran ones\.npy/,
  );
  await graph.getByText(/^It fires \d+ times in 16 steps$/).waitFor();
  await graph.getByText('spikes of layer 1, counted').waitFor();
  await graph.locator('.bars tr').first().click();
  await graph.getByText('its spikes are counted').waitFor();
}

export async function opensGraphs(page, place) {
  const { exportNIR } = await import(join(root, 'dist/lib/nir/index.js'));
  const { tiny } = await import(join(root, 'dist/lib/models/tiny.js'));
  const { predict } = await import(join(root, 'dist/lib/infer.js'));
  const { writeNpy } = await import(join(root, 'dist/lib/npy.js'));
  const net = tiny();
  const { bytes } = exportNIR(net);
  const { label, trains } = predict(net, Uint8Array.from(digitsIn(place, 1)), { trains: [0] });
  const maps = writeNpy({ dtype: 'F32', shape: [16, 1, 28, 28], data: trains[0] });

  await page.locator('input[name=shown]').setInputFiles(fileOf('digit.npy', Buffer.from(maps)));
  await page
    .locator('input[name=graph]')
    .setInputFiles(fileOf('cut.nir', Buffer.from(bytes.subarray(0, 1000))));
  await says(page, 'graph', /now choose whose convention/);
  await page.locator('select[name=as]').selectOption('norse');
  await refuses(page, /^cut\.nir: /);
  await page
    .locator('input[name=graph]')
    .setInputFiles(fileOf('notes.txt', Buffer.from('a graph that is none')));
  await refuses(page, /^notes\.txt: /);
  await page.locator('input[name=steps]').fill('16');
  await page.keyboard.press('Tab');
  await page.locator('input[name=graph]').setInputFiles(fileOf('tiny.nir', Buffer.from(bytes)));
  await says(
    page,
    'graph',
    /tiny\.nir, as Norse: 5 layers, 10 classes; it takes maps of 1 × 28 × 28\. It ran digit\.npy/,
  );
  const graph = page.locator('section', { has: page.locator('#graph') });
  await graph.getByText(`Class ${label}`).first().waitFor();
  await expect('alerts of what was chosen before', () => graph.getByRole('alert').count(), 0);
  await expect('maps of the graph', () => graph.locator('.maps').count(), 5);
  await countsSpikes(page, graph);
  await button(page, 'Clear').click();
}
