/**
 * The program that each runtime runs: it trains a network, and predicts with it and with its saved model. `asf-bp` is the packed
 * package.
 */
import { digest, encodeModel, images, lenet, network, predict as ask, train } from 'asf-bp';
import { loadModel, predict, session } from 'asf-bp/infer';

const size = 784;

/**
 * Trains LeNet (window 20, seed 1, one epoch) on the digits of `digits.bin`, which has 784 bytes per digit, then one byte per
 * label. Returns the digests of the weights and of the answers to 16 digits.
 */
export async function learn(bytes) {
  const count = bytes.length / (size + 1);
  const [pixels, labels] = [bytes.subarray(0, count * size), bytes.subarray(count * size)];
  const net = network(lenet, { timeWindow: 20 });
  const shape = { channels: 1, height: 28, width: 28 };
  for await (const step of train(net, images('mnist', shape, pixels, labels), { seed: 1, epochs: 1 }))
    void step;
  return { digest: await digest(net.weights), answers: await answersOf(net, pixels) };
}

/** The digest of the network's answers. Prediction over the window, prediction step by step, and the saved model must agree. */
async function answersOf(net, pixels) {
  const saved = loadModel(encodeModel(net));
  const answers = [];
  for (let k = 0; k < 16; k++) {
    const image = pixels.subarray(k * size, (k + 1) * size);
    const { potentials } = ask(net, image);
    const steps = session(net);
    for (let t = 0; t < 20; t++) steps.step(image);
    for (const other of [steps.potentials(), predict(saved, image).potentials])
      if (`${other}` !== `${potentials}`) throw new Error(`digit ${k}: expected ${potentials}, got ${other}`);
    answers.push(potentials);
  }
  return digest(answers);
}
