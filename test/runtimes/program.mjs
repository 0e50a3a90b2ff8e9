/**
 * The program that each runtime runs: a first prediction from a cold start, then a training, and predictions of the
 * trained network. `asf-bp` is the packed package.
 */
import { digest, images, lenet, network, predict as ask, train } from 'asf-bp';
import { loadModel, predict, session } from 'asf-bp/infer';

const size = 784;

/** The digits of `digits.bin`: 784 bytes each, then one byte per label. */
export function digitsIn(bytes) {
  const count = bytes.length / (size + 1);
  return { pixels: bytes.subarray(0, count * size), labels: bytes.subarray(count * size) };
}

/** Makes the first prediction of a model. */
export function first(model, bytes) {
  return [...predict(loadModel(model), digitsIn(bytes).pixels.subarray(0, size)).potentials];
}

/** Trains LeNet: window 20, seed 1, one epoch. */
export async function learn(bytes) {
  const { pixels, labels } = digitsIn(bytes);
  const net = network(lenet, { timeWindow: 20 });
  const shape = { channels: 1, height: 28, width: 28 };
  for await (const step of train(net, images('mnist', shape, pixels, labels), { seed: 1, epochs: 1 }))
    void step;
  return { digest: await digest(net.weights), answers: await answersOf(net, pixels) };
}

/** The digest of the network's answers to 16 digits, over the whole window and step by step, which must agree. */
async function answersOf(net, pixels) {
  const answers = [];
  for (let k = 0; k < 16; k++) {
    const image = pixels.subarray(k * size, (k + 1) * size);
    const { potentials } = ask(net, image);
    const steps = session(net);
    for (let t = 0; t < 20; t++) steps.step(image);
    if (`${steps.potentials()}` !== `${potentials}`)
      throw new Error(`digit ${k}: 20 steps differ from the window`);
    answers.push(potentials);
  }
  return digest(answers);
}
