/**
 * Wrong programs with one mistake each. This file compiles only if the compiler finds each mistake. The runtime must refuse each
 * program too.
 */
import * as asfbp from 'asf-bp';
import { digitFromStrokes, learn, tiny } from 'asf-bp/models/tiny';
import { importNIR } from 'asf-bp/nir';
import { writeNpy } from 'asf-bp/npy';
import { check } from 'asf-bp/oracle';

const { encodeModel, fit, images, loadModel, network, predict, session, train } = asfbp;

const input = { channels: 1, height: 4, width: 4 };
const linear = { kind: 'linear', units: 2 } as const;
const bare = { input, timeWindow: 4, threshold: 1 };
const dense = { ...bare, layers: [linear] };

/** A network with weights. Image and data set below fit it. */
const trained = () => {
  const net = network(dense);
  net.weights = [new Float32Array(32).fill(0.1)];
  return net;
};
const image = new Uint8Array(16).fill(200);
const data = images('data', input, new Uint8Array(64), [0, 1, 0, 1]);

async function finish(steps: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of steps);
}
const trainWith = (options: asfbp.TrainOptions) => finish(train(network(dense), data, options));

export const wrong: Readonly<Record<string, () => unknown>> = {
  // @ts-expect-error
  'a network by its name': () => network('lenet'),
  // @ts-expect-error
  'a kind with a typing mistake': () => network({ ...bare, layers: [{ kind: 'linaer', units: 2 }] }),
  // @ts-expect-error
  'a linear layer without units': () => network({ ...bare, layers: [{ kind: 'linear' }] }),
  // @ts-expect-error
  'a size of another kind': () => network({ ...bare, layers: [{ kind: 'linear', units: 2, kernel: 3 }] }),
  // @ts-expect-error
  'units as a text': () => network({ ...bare, layers: [{ kind: 'linear', units: '2' }] }),
  // @ts-expect-error
  'no window': () => network({ input, threshold: 1, layers: [linear] }),
  // @ts-expect-error
  'no layers': () => network(bare),
  // @ts-expect-error
  'an input without a width': () => network({ ...bare, input: { channels: 1, height: 4 }, layers: [linear] }),
  // @ts-expect-error
  'a word of the equations': () => network({ ...bare, layers: [linear], T: 4 }),
  // @ts-expect-error
  'another preset': () => network({ ...bare, layers: [linear], variant: 'author' }),
  // @ts-expect-error
  'another answer': () => network({ ...bare, layers: [linear], variant: { fires: 'above' } }),
  // @ts-expect-error
  'another question': () => network({ ...bare, layers: [linear], variant: { fire: 'aboveThreshold' } }),
  // @ts-expect-error
  'an option of a training for a network': () => network(dense, { learningRate: 0.1 }),
  // @ts-expect-error
  'another rule': () => network(dense, { rule: 'bptt' }),
  // @ts-expect-error
  'another optimiser': () => trainWith({ optimiser: 'rmsprop' }),
  // @ts-expect-error
  'another backend': () => trainWith({ backend: 'cuda' }),
  // @ts-expect-error
  'an option with a typing mistake': () => trainWith({ learningrate: 0.1 }),
  // @ts-expect-error
  'one number for a list': () => trainWith({ rateSteps: 3 }),
  // @ts-expect-error
  'a state without its parts': () => trainWith({ state: { epoch: 1 } }),
  // @ts-expect-error
  'a description for a network': () => finish(train(dense, data)),
  // @ts-expect-error
  'pixels for a data set': () => finish(train(network(dense), new Uint8Array(64))),
  // @ts-expect-error
  'a split without test samples': () => finish(fit(network(dense), { train: data })),
  // @ts-expect-error
  'a shape in the order of an image': () => images('data', [1, 4, 4], new Uint8Array(16), [0]),
  // @ts-expect-error
  'pixels as a list': () => images('data', input, [0, 0, 0, 0], [0]),
  // @ts-expect-error
  'a path for bytes': () => loadModel('model.safetensors'),
  // @ts-expect-error
  'a promise of bytes': () => loadModel(Promise.resolve(new Uint8Array(9))),
  // @ts-expect-error
  'a file that is not decoded': () => predict(encodeModel(trained()), image),
  // @ts-expect-error
  'an image in rows': () => predict(trained(), [Array(4).fill(0), Array(4).fill(0)]),
  // @ts-expect-error
  'a backend that is awaited': () => predict(trained(), image, { backend: 'webgpu' }),
  // @ts-expect-error
  'a decision by a lead in words': () => session(trained()).decide(image, { lead: 'two' }),
  // @ts-expect-error
  'a graph without its convention': () => importNIR(new Uint8Array(9)),
  // @ts-expect-error
  'a simulator by another name': () => importNIR(new Uint8Array(9), { as: 'torch' }),
  // @ts-expect-error
  'samples without labels': () => learn(tiny(), [new Uint8Array(784)]),
  // @ts-expect-error
  'one stroke for strokes': () => digitFromStrokes([[3, 4]]),
  // @ts-expect-error
  'numbers for an array': () => writeNpy([1, 2, 3]),
  // @ts-expect-error
  'a step without its network': () => check({ arrays: {} }),
};
