/** A NIR graph of the bundled network, with a simulator's convention and a recording, gives the network's answer. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../install.mjs';
import { digitsIn } from './files.mjs';
import { button, dropFiles, expect, fileOf, refuses, says } from './use.mjs';

/** For a graph of one LIF neuron, the page counts its spikes. */
async function countsSpikes(page, graph) {
  const bytes = readFileSync(join(root, 'test/fixtures/nir/lif_norse.nir'));
  const { writeNpy } = await import(join(root, 'dist/lib/npy.js'));
  const maps = writeNpy({ dtype: 'F32', shape: [16, 1], data: new Float32Array(16).fill(1) });
  await page.locator('input[name=shown]').setInputFiles(fileOf('ones.npy', Buffer.from(maps)));
  await page.locator('input[name=graph]').setInputFiles(fileOf('lif.nir', bytes));
  await says(page, 'graph', /lif\.nir, as Norse, .*it takes maps of 1 × 1 × 1\. It ran ones\.npy/);
  await graph.getByText(/^It fires \d+ times in 16 steps$/).waitFor();
  await graph.getByText('spikes of layer 1, counted').waitFor();
  await graph.locator('.bars tr').first().click();
  await graph.getByText('its spikes are counted').waitFor();
}

async function picture(page, side) {
  const bytes = await page.evaluate(async (pixels) => {
    const canvas = new OffscreenCanvas(pixels, pixels);
    const context = canvas.getContext('2d');
    context.fillRect(0, 0, pixels, pixels);
    context.fillStyle = '#fff';
    context.fillRect(pixels / 2, pixels / 5, pixels / 10, (3 * pixels) / 5);
    return [...new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer())];
  }, side);
  return { name: `bar-${side}.png`, mimeType: 'image/png', buffer: Buffer.from(bytes) };
}

/** Like the command, the page runs a graph on an image of the graph's input size, and refuses images of other sizes. */
async function takesImages(page, graph) {
  const shown = page.locator('input[name=shown]');
  const small = await picture(page, 16);
  // The page refuses the picture for its size alone: without OffscreenCanvas, it cannot read the pixels.
  await page.evaluate(() => {
    globalThis.kept = globalThis.OffscreenCanvas;
    globalThis.OffscreenCanvas = undefined;
  });
  await shown.setInputFiles(small);
  await refuses(page, /^bar-16\.png: expected a sample of 1 × 28 × 28/);
  await page.evaluate(() => (globalThis.OffscreenCanvas = globalThis.kept));
  await expect('answers to it', () => graph.locator('.answer').count(), 0);
  // An image that is dropped on the fields of the graph goes to the graph, not to the pad.
  await dropFiles(page, [await picture(page, 28)], '.graph .files');
  await says(page, 'graph', /It ran bar-28\.png/);
  await graph.getByText(/^Class 1/).waitFor();
  await graph.getByText(/each pixel fires at random[^]*\(seed 1\)/).waitFor();
}

/** The page's example: a graph and a recording. */
async function triesTheExample(page, graph) {
  await button(page, 'Try a small graph').click();
  await says(page, 'graph', /tiny\.nir, as Norse, steps of 0\.001: 5 layers, 10 classes.*It ran digit\.npy/);
  await graph.getByText(/^Class 7/).waitFor();
  await expect('words on the spikes of an image', () => graph.getByText('fires at random').count(), 0);
}

/** The page accepts choices in JSON, like the command. */
async function takesChoices(page) {
  const as = page.locator('select[name=as]');
  await as.selectOption('own');
  const choices = page.locator('input[name=choices]');
  await choices.fill('{"from":"norse"');
  await choices.press('Enter');
  await refuses(page, /^Simulator: expected JSON/);
  await choices.fill('{"from":"norse","reset":"subtract"}');
  await choices.press('Enter');
  await says(page, 'graph', /as \{"from":"norse","reset":"subtract"\}, .*It ran bar-28\.png/);
  // The neurons are IF, so the page refuses to read the graph as snn.Leaky.
  await as.selectOption({ label: 'snn.Leaky (LIF neurons): u > Vth, minus Vth a step later' });
  await refuses(page, /node 1 \(IF\)/);
  await as.selectOption('norse');
}

/** A graph and a recording may be opened in any order. An unreadable file is reported and not kept. */
async function opensFiles(page, place, graph) {
  const { exportNIR } = await import(join(root, 'dist/lib/nir.js'));
  const { tiny } = await import(join(root, 'dist/lib/models/tiny.js'));
  const { predict } = await import(join(root, 'dist/lib/infer.js'));
  const { writeNpy } = await import(join(root, 'dist/lib/npy.js'));
  const net = tiny();
  const bytes = Buffer.from((await exportNIR(net)).bytes);
  const { label, trains } = predict(net, Uint8Array.from(digitsIn(place, 1)), { trains: [0] });
  const maps = writeNpy({ dtype: 'F32', shape: [16, 1, 28, 28], data: trains[0] });
  const choose = (name, content) =>
    page.locator('input[name=graph]').setInputFiles(fileOf(name, Buffer.from(content)));

  await page.locator('input[name=shown]').setInputFiles(fileOf('digit.npy', Buffer.from(maps)));
  await says(page, 'graph', /^digit\.npy: now choose the graph that takes it\.$/);
  await choose('cut.nir', bytes.subarray(0, 1000));
  await refuses(page, /^cut\.nir: /);
  await says(page, 'graph', /^cut\.nir$/);
  await choose('tiny.nir', bytes);
  await says(page, 'graph', /^tiny\.nir: now choose its simulator\.$/);
  await expect('alerts of a graph that can be read', () => page.getByRole('alert').count(), 0);
  await page.locator('select[name=as]').selectOption('norse');
  await choose('notes.txt', 'a graph that is none');
  await refuses(page, /^notes\.txt: /);
  await page.locator('input[name=steps]').fill('16');
  await page.keyboard.press('Tab');
  await choose('tiny.nir', bytes);
  await says(page, 'graph', /tiny\.nir, as Norse, .*it takes maps of 1 × 28 × 28\. It ran digit\.npy/);
  await graph.getByText(`Class ${label}`).first().waitFor();
  await expect('alerts of what was chosen before', () => graph.getByRole('alert').count(), 0);
  await expect('maps of the graph', () => graph.locator('.maps').count(), 5);
}

export async function opensGraphs(page, place) {
  const graph = page.locator('section', { has: page.locator('#graph') });
  await opensFiles(page, place, graph);
  await takesImages(page, graph);
  await triesTheExample(page, graph);
  await page.locator('input[name=shown]').setInputFiles(await picture(page, 28));
  await takesChoices(page);
  await countsSpikes(page, graph);
  await button(page, 'Clear').click();
}
