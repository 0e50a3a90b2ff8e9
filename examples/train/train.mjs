/**
 * Trains a network on your own pictures: `node train.mjs FILE [MODEL]`, or with `deno run -A` or `bun`. FILE.csv has one line per picture:
 * its class 0, 1, …, then the grays 0 … 255 of a square, row by row. FILE.npz has `images` (bytes, n × rows × columns) and `labels`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { encodeModel, fit, images, network } from 'asf-bp';
import { readNpy } from 'asf-bp/npy';

const [file, model = 'model.safetensors'] = process.argv.slice(2);
try {
  await train();
} catch (error) {
  console.error(error.message);
  process.exitCode = 2;
}

async function train() {
  if (!/\.(csv|npz)$/.test(file)) throw new Error(`expected a file .csv or .npz, got ${file ?? 'nothing'}`);
  const { pixels, labels, height, width } = file.endsWith('.npz') ? await inArrays(file) : inLines(file);
  const shape = { channels: 1, height, width };
  const net = network({
    variant: 'authors',
    input: { ...shape, scale: 0.5 },
    timeWindow: 16,
    threshold: 1,
    layers: [
      { kind: 'linear', units: 100 },
      { kind: 'linear', units: labels.reduce((one, other) => Math.max(one, other), 1) + 1 },
    ],
  });

  // Every tenth picture is for testing, so that both parts contain each class even if the file is sorted by class.
  const partOf = (isOurs) => {
    const places = [...labels.keys()].filter(isOurs);
    const size = height * width;
    const ours = new Uint8Array(places.length * size);
    for (const [k, i] of places.entries()) ours.set(pixels.subarray(i * size, (i + 1) * size), k * size);
    const its = places.map((i) => labels[i]);
    return images(file, shape, ours, its);
  };
  const split = { train: partOf((i) => i % 10 !== 0), test: partOf((i) => i % 10 === 0) };
  for await (const { epoch, loss, accuracy } of fit(net, split, { seed: 1, epochs: 3 }))
    console.log(
      `epoch ${epoch}: loss ${loss.toFixed(4)}, ${(100 * accuracy).toFixed(1)} % of ${split.test.length} test pictures right`,
    );
  writeFileSync(model, encodeModel(net));
}

function inLines(path) {
  // A first line with names is skipped.
  const lines = readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .filter((line, k) => k > 0 || /^\d/.test(line));
  const rows = lines.map((line) => line.split(',').map(Number));
  const isByte = (value) => Number.isInteger(value) && value >= 0 && value <= 255;
  const wrong = rows.findIndex((row) => row.length !== rows[0].length || !row.every(isByte));
  if (wrong >= 0)
    throw new Error(`${path}: expected a class and grays, 0 to 255, got ${lines[wrong].slice(0, 40)}`);
  const size = rows[0].length - 1;
  const side = Math.sqrt(size);
  if (!Number.isInteger(side)) throw new Error(`${path}: expected the pixels of a square, got ${size}`);
  const grays = Uint8Array.from(rows.flatMap(([, ...row]) => row));
  return { pixels: grays, labels: rows.map(([label]) => label), height: side, width: side };
}

async function inArrays(path) {
  const { unzipSync } = await import('fflate');
  const files = unzipSync(readFileSync(path));
  for (const name of ['images', 'labels'])
    if (!files[`${name}.npy`]) throw new Error(`${path}: expected an array ${name}`);
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
