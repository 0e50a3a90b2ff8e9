/**
 * Trains a network on your own pictures: `node train.mjs FILE.csv [MODEL]`, or `deno run -A`, or `bun`. Each line of the file
 * is a picture: its class 0, 1, …, then the gray of each pixel 0 … 255, row by row, of a square.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { encodeModel, evaluate, firstOf, images, network, train } from 'asf-bp';

const [file, model = 'model.safetensors'] = process.argv.slice(2);
const rows = readFileSync(file, 'utf8')
  .trim()
  .split('\n')
  .map((line) => line.split(',').map(Number));
const labels = rows.map(([label]) => label);
const [side, classes] = [Math.sqrt(rows[0].length - 1), Math.max(...labels) + 1];
const pixels = Uint8Array.from(rows.flatMap(([, ...grays]) => grays));
const data = images(file, { channels: 1, height: side, width: side }, pixels, labels);

const layers = [
  { kind: 'linear', units: 100 },
  { kind: 'linear', units: classes },
];
const net = network({
  variant: 'authors',
  input: { ...data.shape, scale: 0.5 },
  timeWindow: 16,
  threshold: 1,
  layers,
});
for await (const { epoch, batch, loss } of train(net, data, { seed: 1, epochs: 3 }))
  if (batch === 0) console.log(`epoch ${epoch + 1}: loss ${loss.toFixed(4)}`);
const { accuracy } = await evaluate(net, firstOf(data, 1000));
console.log(`right about ${(100 * accuracy).toFixed(1)} % of the first pictures`);
writeFileSync(model, encodeModel({ net, epochs: [] }));
