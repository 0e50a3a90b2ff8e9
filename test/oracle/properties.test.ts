/** Tests descriptions of wrong arrays whose numbers do not follow one by one from the expected numbers. */
import { describe, expect, it } from 'vitest';
import type { Slot } from '../../src/oracle/judge.ts';
import { byInput } from '../../src/oracle/relations/pullBack.ts';
import { describeArray } from '../../src/oracle/relations/relations.ts';
import type { Known } from '../../src/oracle/relations/search.ts';
import { draw, said, slotOf, subjectOf, type Change, type Numbers } from './stages.ts';

const [T, B, n] = [6, 4, 12];
const slot = (key: string, size = n, isSpikes = false): Slot =>
  slotOf(key, 'step sample neuron', [T, B, size], isSpikes);
const x = slot('x');
const [noise, potentials] = [draw(x, 2), draw(x, 3)];
const u: Known = { slot: slot('u'), v: potentials };

const step = B * n;
const sumOfSteps = (i: number): number =>
  Array.from({ length: T }, (_, t) => noise[(i % step) + t * step]).reduce((sum, each) => sum + each, 0);

it.each<[string, Change]>([
  ['it has only the values −0.31, 0, 0.23', (_, i) => (noise[i] < -1 ? -0.31 : noise[i] < 1 ? 0 : 0.23)],
  ['it sums to 0 over the steps, where the expected numbers do not', (_, i) => noise[i] - sumOfSteps(i) / T],
  ['it has only multiples of 0.13699', (_, i) => Math.round(7.3 * noise[i]) / 7.3],
  ['it is a function of u: −1.9', (_, i) => Math.sin(2 * potentials[i])],
  [
    'it is a function of u, another one for each sample',
    (_, i) => Math.cos((1 + (Math.floor(i / n) % B)) * potentials[i]),
  ],
  ['it differs as by noise of 0.1', (v, i) => v[i] + noise[i] / 10],
  ['it is the expected times 0.5', (v, i) => v[i] * (1 + noise[i] / 4)],
  [
    'it is made of the expected with the factors 0.45, 0.23, 0.3 for a step and those before it',
    (v, i) => 0.45 * v[i] + 0.23 * (v[i - step] ?? 0) + 0.3 * (v[i - 2 * step] ?? 0),
  ],
])('%s', (says, change) => expect(said(x, change, draw(x, 1), { others: [u] })).toContain(says));

it('another mask is described by where numbers are 0', () => {
  const [all, mask] = [draw(x, 1), draw(x, 4)];
  const v = all.map((each, i) => (noise[i] < 0 ? each : 0));
  expect(said(x, (_, i) => (mask[i] < 0 ? all[i] : 0), v)).toMatch(
    /^it is 0 in \d+ places .* as with another mask$/,
  );
});

it.each<[string, Change]>([
  ['where equal numbers have several values', (_, i) => Math.sin(2 * noise[i - (i % 2)])],
  ['if a small change seems to be a function of what is changed', (v, i) => v[i] + noise[i] ** 3 / 1e4],
])('no function is said %s', (_name, change) => {
  const flags: Known = {
    slot: slot('flag'),
    v: potentials.map((_, i) => Number(potentials[i - (i % 2)] > 0)),
  };
  const before: Known = { slot: slot('before'), v: draw(x, 1).map((each) => 5 * each * (1 + 1e-7)) };
  expect(said(x, change, undefined, { others: [flags, before] })).not.toContain('function');
});

describe('of spikes', () => {
  const fired = potentials.map((each) => Number(each > 1));
  const e = slot('e', n, true);
  const saidOf = (change: Change, others = [u]): string => said(e, change, fired, { others });
  const nearThreshold: Change = (v, i) => (Math.abs(potentials[i] - 1) < 0.5 ? Number(noise[i] > 0) : v[i]);

  it('is said that they are random near a threshold', () => {
    expect(saidOf(nearThreshold)).toMatch(
      /^it is random where u is 0\.5\d* … 1\.4\d*: some are added, and some are missing$/,
    );
  });

  it('is not said that they are random near a limit of what is not compared', () => {
    const nearly: Known = { slot: slot('current'), v: potentials.map((each, i) => each + noise[i] / 8) };
    expect(saidOf(nearThreshold, [nearly])).not.toContain('random');
  });

  it('is said that some are neither 0 nor 1', () => {
    expect(saidOf((v, i) => (noise[i] > 1.9 ? 2 : v[i]))).toMatch(
      /^it has values other than 0 and 1: 2 in \d+ places; /,
    );
  });

  it('is said that there is one in each step of a sample', () => {
    const isFirst: Change = (v, i) => (v.subarray(i - (i % n), i).includes(1) ? 0 : v[i]);
    expect(saidOf(isFirst)).toBe('it has one spike at most in a step of a sample, the first');
  });

  it('is said that there is one in each place of a map', () => {
    const map = slotOf('e', 'step sample channel row column', [T, B, 3, 2, 2], true);
    const isGreatest: Change = (v, i) => {
      const others = [0, 4, 8].map((k) => i - (i % n) + (i % 4) + k);
      return others.every((j) => potentials[j] <= potentials[i]) ? v[i] : 0;
    };
    const often = potentials.map((each) => Number(each > -1));
    expect(said(map, isGreatest, often, { others: [u] })).toBe(
      'it has one spike at most in a place of a map, that of the greatest u',
    );
  });
});

describe('of what another input made', () => {
  const inputs = 4;
  const [o, p] = ['o', 'p'].map((key) => slot(key, inputs));
  const entered = draw(o, 4).map(Math.abs);
  const w = draw(x, 5).slice(0, n * inputs);
  const make = ([values]: readonly ArrayLike<number>[]): Numbers =>
    noise.map((_, i) => {
      const [m, k] = [Math.floor(i / n), i % n];
      return [0, 1, 2, 3].reduce((sum, j) => sum + w[k * inputs + j] * values[m * inputs + j], 1);
    });
  const saidOf = (values: Numbers, others = [u]): string => {
    const got = make([values]);
    const more = { inputs: [{ slot: o, v: entered }], others, make, isSum: true };
    return said(x, (_, i) => got[i], make([entered]), more);
  };

  it.each<[string, Change]>([
    [
      'it is made of other numbers than o, of which is true: it is 0 in ',
      (v, i) => (noise[i] > 1 ? 0 : 2 * v[i]),
    ],
    [
      'it is made of o with the factors 1, 0.77 for a step and those before it',
      (v, i) => v[i] + 0.77 * (v[i - B * inputs] ?? 0),
    ],
  ])('%s', (says, change) => expect(saidOf(entered.map((_, i, all) => change(all, i)))).toContain(says));

  it('is said that another array of the layer multiplies the input', () => {
    const v = draw(p, 6);
    expect(
      saidOf(
        entered.map((each, i) => each * v[i]),
        [{ slot: p, v }],
      ),
    ).toBe('it is made of o × p');
  });

  it.each<[string, (z: number) => number, (z: number) => number]>([
    ['hyperbolic tangent', Math.tanh, (z) => 1 - Math.tanh(z) ** 2],
    ['positive part', (z) => Math.max(0, z), (z) => Number(z > 0)],
  ])('a gradient by an input of which a loss reads the %s has its slope', (says, f, slope) => {
    const of = ([z]: readonly ArrayLike<number>[]): Numbers =>
      Float64Array.from(z, (each) => each ** 3 - each);
    const z: Known = { slot: slot('z'), v: potentials };
    const got = of([potentials.map(f)]).map((d, i) => d * slope(potentials[i]));
    const subject = subjectOf(x, of([potentials]), (_, i) => got[i], { inputs: [z], make: of });
    expect(describeArray(byInput(subject, 0))).toBe(`it is made of the ${says} of z`);
  });
});
