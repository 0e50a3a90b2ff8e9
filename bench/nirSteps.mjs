/** The measurement of `npm run bench nir`, for Node and for a page. */
import { predict } from '../dist/lib/infer.js';
import { importNIR } from '../dist/lib/nir.js';

/**
 * Measures the milliseconds of an import and of 300 steps, and returns the results of the steps.
 *
 * @param graph bytes of the file
 * @param recordings for each recording, one index into 300 × (2, 34, 34) per event
 */
export async function measureSteps(graph, recordings, rounds) {
  const began = performance.now();
  const net = await importNIR(Uint8Array.from(graph), { as: 'norse', timeWindow: 300 });
  const imported = performance.now() - began;
  const given = recordings.map((places) => {
    const frames = new Float64Array(300 * 2 * 34 * 34);
    for (const place of places) frames[place]++;
    return frames;
  });
  const [times, answers] = [[], []];
  for (let round = 0; round < rounds; round++)
    for (const frames of given) {
      const from = performance.now();
      const { label, potentials } = predict(net, { frames });
      times.push(performance.now() - from);
      if (round === 0) answers.push({ label, potentials: [...potentials] });
    }
  const [first] = times;
  const median = times.sort((a, b) => a - b)[times.length >> 1];
  return { imported, first, median, answers };
}
