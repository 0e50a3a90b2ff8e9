/**
 * Trains a network on your own pictures: `node train.mjs FILE [MODEL]`, or `deno run -A`, or `bun`. FILE.csv has a line a picture:
 * its class 0, 1, …, then the gray of each pixel 0 … 255, row by row, of a square. FILE.npz has `images` (bytes, n × rows ×
 * columns) and `labels`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { encodeModel, firstOf, fit, images, network, sliceOf } from 'asf-bp';
import { readNpy } from 'asf-bp/npy';

const [file, model = 'model.safetensors'] = process.argv.slice(2);
if (!/\.(csv|npz)$/.test(file)) {
  console.error(`expected a file .csv or .npz, got ${file ?? 'nothing'}`);
  process.exit(2);
}
const { pixels, labels, height, width } = file.endsWith('.npz') ? await inArrays(file) : inLines(file);
const data = images(file, { channels: 1, height, width }, pixels, labels);

const net = network({
  variant: 'authors',
  input: { ...data.shape, scale: 0.5 },
  timeWindow: 16,
  threshold: 1,
  layers: [
    { kind: 'linear', units: 100 },
    { kind: 'linear', units: Math.max(...labels) + 1 },
  ],
});
// The first tenth is for testing.
const tenth = Math.ceil(data.length / 10);
const split = { train: sliceOf(data, tenth), test: firstOf(data, tenth) };
for await (const { epoch, loss, accuracy } of fit(net, split, { seed: 1, epochs: 3 }))
  console.log(
    `epoch ${epoch}: loss ${loss.toFixed(4)}, ${(100 * accuracy).toFixed(1)} % of the first ${tenth} right`,
  );
writeFileSync(model, encodeModel(net));

function inLines(path) {
  // A first line of names is passed over.
  const lines = readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .filter((line, k) => k > 0 || /^\d/.test(line));
  const rows = lines.map((line) => line.split(',').map(Number));
  const side = Math.sqrt(rows[0].length - 1);
  const grays = Uint8Array.from(rows.flatMap(([, ...row]) => row));
  return { pixels: grays, labels: rows.map(([label]) => label), height: side, width: side };
}

async function inArrays(path) {
  const { unzipSync } = await import('fflate');
  const files = unzipSync(readFileSync(path));
  const [{ shape, data: grays }, classes] = ['images', 'labels'].map((name) =>
    readNpy(files[`${name}.npy`], name),
  );
  return {
    pixels: grays,
    labels: Array.from(classes.data, Number),
    height: shape[1],
    width: shape[2],
  };
}
