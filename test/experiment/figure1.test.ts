/** The potentials of Figure 1 are those of spec/neuron.ts, and of Eq. (3) written out, in each step. */
import { expect, test } from 'vitest';
import { applyNeuron } from '../../spec/neuron.ts';
import type { Layer } from '../../spec/network.ts';
import { paper } from '../../spec/variant.ts';
import { computeRows, weights } from '../../src/experiment/figure1.ts';
import { leaks } from '../../src/experiment/protocol.ts';
import type { Size } from '../../src/experiment/experiment.ts';
import { carriedOut, settings } from './laboratory.ts';

const cases = Object.entries(leaks).flatMap(([name, leak]) =>
  (['small', 'paper'] as Size[]).flatMap((size) => [1, 2, 3].map((seed) => ({ name, leak, size, seed }))),
);

test.each(cases)('$name, size $size, seed $seed', ({ name, leak, size, seed }) => {
  const rows = computeRows({ size, seed }).filter(({ neuron }) => neuron === name);
  expect(rows.map(({ step }) => step)).toEqual(Array.from(rows, (_, place) => place + 1));

  const [u, o, x] = [new Float64Array(1), new Float64Array(1), new Float64Array(1)];
  const layer = { Vth: 1, λ: leak } as Layer;
  let before = { potential: 0, fires: 0 };
  for (const { inputs, current, potential, fires } of rows) {
    expect(current).toBe(weights.reduce((sum, weight, k) => sum + weight * inputs[k]!, 0));
    x[0] = current;
    applyNeuron(u, o, x, layer, paper);
    expect({ potential, fires }).toEqual({ potential: u[0], fires: o[0] });

    expect(potential).toBe(leak * before.potential * (1 - before.fires) + current); // Eq. (3)
    expect(fires).toBe(potential >= 1 ? 1 : 0); // Eq. (2)
    before = { potential, fires };
  }
});

test('both neurons have the same input, and the IF neuron meets the threshold exactly', () => {
  const rows = computeRows({ size: 'paper', seed: 1 });
  const of = (name: string) => rows.filter(({ neuron }) => neuron === name);
  expect(of('LIF').map(({ inputs }) => inputs)).toEqual(of('IF').map(({ inputs }) => inputs));
  expect(of('IF').some(({ potential }) => potential === 1)).toBe(true);
  const firings = (name: string): number => of(name).filter(({ fires }) => fires).length;
  expect(firings('LIF')).toBeLessThanOrEqual(firings('IF'));
  expect(firings('LIF')).toBeGreaterThan(0);
});

test('the report has a head and a line for each neuron and step', async () => {
  const [head, ...rows] = (await carriedOut('figure1', settings)).lines;
  expect(head).toMatchObject({ timeWindow: 60, threshold: 1, leaks });
  expect(rows).toEqual(computeRows(settings));
});
