/**
 * Wrong programs, one mistake each. The compiler finds those behind `@ts-expect-error`, and refuses this file if it does not; the
 * runtime must refuse all of them.
 */
import * as asfbp from 'asf-bp';
import { digitFromStrokes, learn, tiny } from 'asf-bp/models/tiny';
import { importNIR } from 'asf-bp/nir';
import { readNpy, writeNpy } from 'asf-bp/npy';
import { check } from 'asf-bp/oracle';
import { readPng } from 'asf-bp/png';

const { encodeModel, evaluate, fit, images, lenet, loadModel, network, predict, session, train } = asfbp;

const input = { channels: 1, height: 4, width: 4 };
const dense = { input, timeWindow: 4, threshold: 1, layers: [{ kind: 'linear', units: 2 }] } as const;
const bare = { input, timeWindow: 4, threshold: 1 };
const linear = { kind: 'linear', units: 2 } as const;

/** A network with weights, and what fits it. */
const trained = () => {
  const net = network(dense);
  net.weights = [new Float32Array(32).fill(0.1)];
  return net;
};
const image = new Uint8Array(16).fill(200);
const data = images('data', input, new Uint8Array(64), [0, 1, 0, 1]);

/** Trains to the end. */
async function finish(steps: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of steps);
}
const trainWith = (options: asfbp.TrainOptions) => finish(train(network(dense), data, options));

export const wrong: Readonly<Record<string, () => unknown>> = {
  // The description of a network.
  // @ts-expect-error
  'a network by its name': () => network('lenet'),
  // @ts-expect-error
  'a kind by another name': () => network({ ...bare, layers: [{ kind: 'dense', units: 2 }] }),
  // @ts-expect-error
  'a linear layer without units': () => network({ ...bare, layers: [{ kind: 'linear' }] }),
  // @ts-expect-error
  'a size of another kind': () => network({ ...bare, layers: [{ kind: 'linear', units: 2, kernel: 3 }] }),
  'a threshold of a layer without neurons': () =>
    // @ts-expect-error
    network({ ...bare, layers: [linear, { kind: 'maxPool', size: 1, threshold: 2 }, linear] }),
  // @ts-expect-error
  'units as a text': () => network({ ...bare, layers: [{ kind: 'linear', units: '2' }] }),
  // @ts-expect-error
  'no window': () => network({ input, threshold: 1, layers: [linear] }),
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
  'a pool as output layer': () => network({ ...bare, layers: [{ kind: 'averagePool', size: 4 }] }),
  'a kernel larger than the map': () =>
    network({ ...bare, layers: [{ kind: 'convolution', channels: 2, kernel: 5 }, linear] }),
  'a leak above 1': () => network({ ...dense, leak: 1.5 }),
  'a threshold of 0': () => network({ ...dense, threshold: 0 }),
  'half a unit': () => network({ ...bare, layers: [{ kind: 'linear', units: 2.5 }] }),

  // Training.
  // @ts-expect-error
  'another optimiser': () => trainWith({ optimiser: 'rmsprop' }),
  // @ts-expect-error
  'another backend': () => trainWith({ backend: 'cuda' }),
  // @ts-expect-error
  'an option with a typing mistake': () => trainWith({ learningrate: 0.1 }),
  // @ts-expect-error
  'a number as a text': () => trainWith({ epochs: '3' }),
  // @ts-expect-error
  'one number for a list': () => trainWith({ rateSteps: 3 }),
  // @ts-expect-error
  'a description for a network': () => finish(train(dense, data)),
  // @ts-expect-error
  'pixels for a data set': () => finish(train(network(dense), new Uint8Array(64))),
  // @ts-expect-error
  'a data set for a split': () => finish(fit(network(dense), data)),
  // @ts-expect-error
  'a split without test samples': () => finish(fit(network(dense), { train: data })),
  // @ts-expect-error
  'a state without its parts': () => trainWith({ state: { epoch: 1 } }),
  'no epochs': () => trainWith({ epochs: 0 }),
  'a rate of 0': () => trainWith({ learningRate: 0 }),
  'a surrogate without its rule': () => trainWith({ surrogateWidth: 2 }),
  'samples of another shape': () => finish(train(network(lenet), data)),
  'labels beyond the classes': () =>
    finish(train(network(dense), images('data', input, new Uint8Array(32), [0, 2]))),

  // Data.
  // @ts-expect-error
  'a shape in the order of an image': () => images('data', [1, 4, 4], new Uint8Array(16), [0]),
  // @ts-expect-error
  'pixels as a list': () => images('data', input, [0, 0, 0, 0], [0]),
  // @ts-expect-error
  'no labels': () => images('data', input, new Uint8Array(16)),
  'a label that is no number': () => images('data', input, new Uint8Array(16), [NaN]),
  'fewer pixels than labels say': () => images('data', input, new Uint8Array(16), [0, 1]),

  // Predictions and models.
  // @ts-expect-error
  'a path for bytes': () => loadModel('model.safetensors'),
  // @ts-expect-error
  'a file that is not decoded': () => predict(encodeModel(trained()), image),
  // @ts-expect-error
  'an image in rows': () => predict(trained(), [Array(4).fill(0), Array(4).fill(0)]),
  // @ts-expect-error
  'a backend that is awaited': () => predict(trained(), image, { backend: 'webgpu' }),
  // @ts-expect-error
  'a layer by its name': () => predict(trained(), image, { trains: ['1 linear'] }),
  // @ts-expect-error
  'a decision by a lead in words': () => session(trained()).decide(image, { lead: 'two' }),
  // @ts-expect-error
  'a grid as a text': () => asfbp.encodeOnGrid(trained(), '256'),
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
  'a network that is not trained': () => predict(network(dense), image),
  'an evaluation of a network that is not trained': () => evaluate(network(dense), data),
  'a model of a network that is not trained': () => encodeModel(network(dense)),
  'an image of another size': () => predict(trained(), new Uint8Array(9)),
  'bytes as numbers': () => predict(trained(), Array(16).fill(200)),
  'a step of another size': () => session(trained()).step({ frames: [1, 0] }),
  'a place beyond the input': () => session(trained()).step({ spikes: [16] }),
  'a state of another network': () => session(trained()).restore(new Uint8Array(40)),
  'a grid that is no power of two': () => asfbp.encodeOnGrid(trained(), 100),
  'a picture that is none': () => readPng(new Uint8Array(64)),
  'an array that is none': () => readNpy(new Uint8Array(64), 'array'),
};
