/**
 * LeNet's forward pass, variant `authors`, in TensorFlow.js with its wasm backend: dense layers, step by step.
 *
 *     node tfjs_lenet.mjs T BATCH THREADS BATCHES      images (B,1,28,28) as .npy on standard input
 *     node tfjs_lenet.mjs check FILE.npz
 *
 * Prints one JSON line. Computes only what the predicted class needs, and no flows. The backend supports one layout: maps
 * (B,H,W,C), with weights (row,column,in,out) and (in,out).
 */
import { getThreadsCount, setThreadsCount, version_wasm } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { readFileSync } from 'node:fs';
import { readNpy } from '../../dist/src/formats/npy.js';
import { readNpz } from '../../dist/src/formats/npz.js';

const names = ['c1', 'p1', 'c2', 'p2', 'f0'];

/**
 * Returns u of the output layer after T steps, (B,10).
 *
 * @param spikesAt returns the input of step t, (B,28,28,1)
 * @param see called with the spikes of each step and hidden layer
 */
function forward(w, T, spikesAt, see = () => {}) {
  const layers = [
    { Vth: 1, current: (o) => tf.conv2d(o, w[0], 1, 'same') },
    { Vth: 0.75, current: (o) => tf.avgPool(o, 2, 2, 'valid') },
    { Vth: 1, current: (o) => tf.conv2d(o, w[1], 1, 'same') },
    { Vth: 0.75, current: (o) => tf.avgPool(o, 2, 2, 'valid') },
    { Vth: 1, current: (o) => tf.matMul(tf.reshape(o, [-1, 2450]), w[2]) },
  ];
  let u = [...layers, 'output'].map(() => tf.scalar(0));
  for (let t = 0; t < T; t++) {
    const after = tf.tidy(() => {
      let o = spikesAt(t);
      const hidden = layers.map(({ Vth, current }, place) => {
        const sum = tf.add(u[place], current(o));
        o = tf.step(tf.sub(sum, Vth)); // 1 where sum > Vth, strictly
        see(t, place, o);
        return tf.sub(sum, tf.mul(sum, o)); // sum·(1 − o)
      });
      return [...hidden, tf.add(u.at(-1), tf.matMul(o, w[3]))];
    });
    tf.dispose(u);
    u = after;
  }
  const output = u.pop();
  tf.dispose(u);
  return output;
}

/** Measures images per second, including their encoding. */
function measure(images, T, batches) {
  const shapes = [
    [5, 5, 1, 20],
    [5, 5, 20, 50],
    [2450, 200],
    [200, 10],
  ];
  const w = shapes.map((shape, place) => {
    const fanIn = shape.slice(0, -1).reduce((a, b) => a * b);
    return tf.randomNormal(shape, 0, Math.sqrt(2 / fanIn), 'float32', place);
  });
  const [B] = images.shape;
  const rate = tf.mul(tf.tensor(images.data, [B, 28, 28, 1]), 0.5);
  const spikesAt = () => tf.cast(tf.greater(rate, tf.randomUniform(rate.shape)), 'float32');
  const times = [];
  for (let k = -1; k < batches; k++) {
    const began = performance.now();
    const u = forward(w, T, spikesAt);
    u.dataSync();
    u.dispose();
    if (k >= 0) times.push(performance.now() - began);
  }
  return (1000 * B) / times.sort((a, b) => a - b)[Math.floor(times.length / 2)];
}

/**
 * Compares spikes and output potentials with given arrays. The weights in the file are 0 and ±½, so every sum is exact in any
 * order, and every spike must be equal. The output may differ by rounding, because it is divided by T.
 */
function check(path) {
  const arrays = readNpz(readFileSync(path), path);
  const tensor = (key) => {
    const { shape, data } = arrays.get(key);
    return tf.tensor(Float32Array.from(data), shape);
  };
  /** Step t of a spike train (T,B,C,H,W) or (T,B,C). The channels of the result are last. */
  const step = (train, t) => {
    const o = tf.squeeze(tf.slice(train, t, 1), [0]);
    return o.rank === 4 ? tf.transpose(o, [0, 2, 3, 1]) : o;
  };
  const w = [
    tf.transpose(tensor('w_cnn1'), [2, 3, 1, 0]),
    tf.transpose(tensor('w_cnn2'), [2, 3, 1, 0]),
    tf.reshape(tf.transpose(tf.reshape(tensor('w_fc0'), [200, 50, 7, 7]), [2, 3, 1, 0]), [2450, 200]),
    tf.transpose(tensor('w_fc1')),
  ];
  const greatest = (x) => tf.max(tf.abs(x)).dataSync()[0];
  const input = tensor('in_spikes');
  const [T] = input.shape;
  const trains = names.map((name) => tensor(`spk_${name}`));
  let worst = 0;
  const u = forward(
    w,
    T,
    (t) => step(input, t),
    (t, place, o) => {
      worst = Math.max(worst, greatest(tf.sub(o, step(trains[place], t))));
    },
  );
  const output = tensor('tst_output');
  return Math.max(worst, greatest(tf.sub(tf.div(u, T), output)) / greatest(output));
}

const [first, ...rest] = process.argv.slice(2);
if (first === 'check') {
  await tf.setBackend('wasm');
  console.log(JSON.stringify({ worst: check(rest[0]), version: version_wasm }));
} else {
  const [, threads, batches] = rest.map(Number);
  // The backend uses SIMD if the runtime has it. In Node there is only one thread: the backend offers threads only to browsers (4.22.0; if
  // forced, its workers do not start in Node 20), and getThreadsCount stays 1.
  setThreadsCount(threads);
  await tf.setBackend('wasm');
  const images = readNpy(readFileSync(0), 'standard input');
  const imagesPerSecond = measure(images, Number(first), batches);
  console.log(JSON.stringify({ imagesPerSecond, version: version_wasm, threads: getThreadsCount() }));
}
