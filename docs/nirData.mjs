/** The published files in ../shared/data/nir, and the recordings of N-MNIST, divided into the steps of the CNN. */
import { existsSync, readFileSync } from 'node:fs';
import { readEvents } from '../dist/src/formats/events.js';

const data = new URL('../../shared/data/nir/', import.meta.url);
if (!existsSync(data))
  throw new Error('the published NIR files are in ../shared/data/nir, which is not there');

export const bytes = (name) => new Uint8Array(readFileSync(new URL(name, data)));

/** The first test recording of each digit, 0 … 9. */
const names = [60004, 60003, 60002, 60019, 60005, 60009, 60012, 60001, 60062, 60008];

/** The counts of each recording in 300 steps of 1 ms from its first event on. */
export const recordings = () =>
  names.map((id) => {
    const name = `nmnist-test/${id}.bs2`;
    const { x, y, t, polarity } = readEvents(bytes(name), { width: 34, height: 34 }, name);
    const steps = Array.from({ length: 300 }, () => new Float64Array(2 * 34 * 34));
    for (let k = 0; k < t.length; k++) {
      const step = steps[Math.floor((t[k] - t[0]) / 1000)];
      if (step) step[(polarity[k] * 34 + y[k]) * 34 + x[k]]++;
    }
    return steps;
  });
