/** The S of Table 4 are near the paper's, decrease, and are the same for the same seed. */
import { describe, expect, test } from 'vitest';
import { partName } from '../../src/experiment/experiment.ts';
import { chosen, computeRows, others, table4, type DistributionRow } from '../../src/experiment/table4.ts';
import { runsOf } from '../support.ts';
import { settings } from './laboratory.ts';

const paper = [0.641, 0.478, 0.385, 0.335, 0.286, 0.249];
const distributions = ['U(0,0.5)', 'U(0.1,0.6)', 'U(0.2,0.7)', 'U(0.3,0.8)', 'U(0.4,0.9)', 'U(0.5,1)'];
const worstOf = (rows: readonly DistributionRow[]): number =>
  Math.max(...rows.map((row) => Math.abs(row.ours - row.paper)));

const seeds = [1, 2 ** 32 - 1, 0, 2, 3, 7].slice(0, runsOf(6));
/** Our reading, by its seed. */
const rowsOf = new Map(seeds.map((seed) => [seed, computeRows(chosen, { size: 'small', seed })]));

describe.each([...rowsOf])('with seed %d', (_, rows) => {
  test('each row is within 0.06 of the paper', () => {
    expect(rows.map(({ distribution }) => distribution)).toEqual(distributions);
    expect(rows.map((row) => row.paper)).toEqual(paper);
    expect(worstOf(rows)).toBeLessThan(0.06);
  });

  test('S falls as the input grows, and stays below 1/Vth', () => {
    const ours = rows.map((row) => row.ours);
    for (const [place, S] of ours.slice(1).entries()) expect(S).toBeLessThan(ours[place]!);
    expect(ours[0]).toBeLessThan(1);
    expect(ours.at(-1)).toBeGreaterThan(0);
  });
});

test('where the neuron fires at every step, S is 1 over the mean input', () => {
  expect(rowsOf.get(1)!.at(-1)!.ours).toBeCloseTo(0.249, 2);
});

test('one Poisson synapse gives 1 over its weight in every row, whatever the pixels', () => {
  const one = others.find(({ name }) => name === '1 Poisson synapse')!;
  for (const { ours } of computeRows(one, { size: 'small', seed: 1 }))
    expect(ours).toBeCloseTo(0.249 * 0.75, 12);
});

test('the report ends with a line for each row of the chosen reading, and the others come before it', () => {
  const own = rowsOf.get(1)!;
  const all = [chosen, ...others].map(({ name }) => name);
  expect(table4.parts(settings).map((part) => part.name)).toEqual(all.map(partName));
  const found = all.map((reading) => ({ reading, rows: own }));
  const [head, ...rows] = table4.summarise(settings, found).lines;
  expect(rows).toEqual(own);
  expect(Object.keys(rows[0]!)).toEqual(['distribution', 'paper', 'ours']);
  expect(head).toMatchObject({ timeWindow: 100, threshold: 1, reading: chosen.name, others: found.slice(1) });
});
