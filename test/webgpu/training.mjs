/** A small training that runs in a page, in Node and on any backend, and uses only the public names of the library. */

const [side, classes] = [8, 4];

const settings = (backend) => ({ seed: 5, epochs: 3, batch: 16, shard: 8, learningRate: 0.02, backend });

/** A picture: a bright bar in one of four places, with some noise. */
function pictureOf(sample) {
  const label = (sample * 7 + (sample >> 2)) % classes;
  const pixels = Uint8Array.from({ length: side * side }, (_, place) => {
    const noise = (Math.imul(sample * 64 + place + 1, 2654435761) >>> 24) & 63;
    const isBright = label < 2 ? (place % side) >> 2 === label : place >> 5 === label - 2;
    return isBright ? 255 - noise : noise;
  });
  return { pixels, label };
}

/** Trains with `asf`, the library, and returns the digest of the weights and the number of test pictures that are right. */
export async function smallTraining(asf, backend) {
  const { digest, evaluate, images, network, train } = asf;
  const shape = { channels: 1, height: side, width: side };
  const set = (first, count) => {
    const pictures = Array.from({ length: count }, (_, k) => pictureOf(first + k));
    const pixels = Uint8Array.from(pictures.flatMap((picture) => [...picture.pixels]));
    return images(
      'bars',
      shape,
      pixels,
      Uint8Array.from(pictures, (picture) => picture.label),
    );
  };
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
  for await (const _ of train(net, set(0, 64), settings(backend)));
  const { correct } = await evaluate(net, set(64, 32), { backend });
  return { digest: await digest(net.weights), correct };
}

/** The training of `asf-bp train --dataset mnist --model lenet`, on these digits. */
export async function digitTraining(asf, backend, pixels, labels, timeWindow) {
  const { digest, images, lenet, network, train } = asf;
  const net = network(lenet, { timeWindow });
  const data = images('mnist', { channels: 1, height: 28, width: 28 }, pixels, labels);
  for await (const _ of train(net, data, { backend }));
  return { digest: await digest(net.weights) };
}
