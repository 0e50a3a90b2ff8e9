/**
 * Runs a small training in this runtime, on the backend in the argument, and prints one line of JSON. It imports dist/, like a
 * user.
 */
import { digest, evaluate, images, network, train } from '../../dist/src/index.js';

const [side, classes] = [8, 4];
const shape = { channels: 1, height: side, width: side };
const [, , backend] = process.argv;

/** The pixels and the label of a picture: a bright bar in one of four places, with noise. */
function pictureOf(sample) {
  const label = (sample * 7 + (sample >> 2)) % classes;
  const pixels = Uint8Array.from({ length: side * side }, (_, place) => {
    const noise = (Math.imul(sample * 64 + place + 1, 2654435761) >>> 24) & 63;
    const isBright = label < 2 ? (place % side) >> 2 === label : place >> 5 === label - 2;
    return isBright ? 255 - noise : noise;
  });
  return { pixels, label };
}

function set(first, count) {
  const pictures = Array.from({ length: count }, (_, k) => pictureOf(first + k));
  const pixels = Uint8Array.from(pictures.flatMap((picture) => [...picture.pixels]));
  const labels = pictures.map(({ label }) => label);
  return images('bars', shape, pixels, labels);
}

const net = network({
  variant: 'authors',
  input: { ...shape, scale: 1 },
  timeWindow: 6,
  threshold: 0.5,
  leak: 0.99,
  layers: [
    { kind: 'convolution', channels: 4, kernel: 3, padding: 1 },
    { kind: 'averagePool', size: 2 },
    { kind: 'convolution', channels: 6, kernel: 3, stride: 2, padding: 1 },
    { kind: 'maxPool', size: 2 },
    { kind: 'linear', units: classes },
  ],
});
const settings = { seed: 5, epochs: 3, batch: 16, shard: 8, learningRate: 0.02, backend };
for await (const _ of train(net, set(0, 64), settings));
const { correct } = await evaluate(net, set(64, 32), { backend });
console.log(JSON.stringify({ digest: await digest(net.weights), correct }));
process.exit(0); // with some drivers the device keeps the process alive
