/** Tests descriptions of wrong arrays whose numbers do not follow one by one from the expected numbers. */
import { describe, expect, it } from 'vitest';
import type { Slot } from '../../src/oracle/judge.ts';
import { byInput } from '../../src/oracle/relations/pullBack.ts';
import { describeArray } from '../../src/oracle/relations/relations.ts';
import type { Known, Unexplained } from '../../src/oracle/relations/search.ts';
import { stream } from './planted.ts';

type Change = (v: Float64Array, i: number) => number;

const [T, B, n] = [6, 4, 12];
const placeOf = (key: string, size = n, isSpikes = false): Slot => ({
  key,
  n: 1,
  shape: [T, B, size],
  axes: ['step', 'sample', 'neuron'],
  equation: '',
  isSpikes,
});

function drawn(seed: number, size = n): Float64Array {
  const next = stream(seed);
  return Float64Array.from({ length: T * B * size }, () => Math.fround(4 * next() - 2));
}

const [noise, potentials] = [drawn(2), drawn(3)];
const known: Known[] = [{ slot: placeOf('u'), v: potentials }];

function subjectOf(v: Float64Array, change: Change, more: Partial<Unexplained> = {}): Unexplained {
  const [slot, got] = [placeOf('x'), v.map((_, i) => change(v, i))];
  return { slot, expected: { v }, got, inputs: [], others: known, constants: [['B', B]], ...more };
}

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
])('%s', (says, change) => expect(describeArray(subjectOf(drawn(1), change))).toContain(says));

it('another mask is described by where numbers are 0', () => {
  const v = drawn(1).map((each, i) => (noise[i] < 0 ? each : 0));
  const other: Change = (_, i) => (drawn(4)[i] < 0 ? drawn(1)[i] : 0);
  expect(describeArray(subjectOf(v, other))).toMatch(/^it is 0 in \d+ places .* as with another mask$/);
});

it.each<[string, Change]>([
  ['where equal numbers have several values', (_, i) => Math.sin(2 * noise[i - (i % 2)])],
  ['if a small change seems to be a function of what is changed', (v, i) => v[i] + noise[i] ** 3 / 1e4],
])('no function is said %s', (_name, change) => {
  const flags: Known = {
    slot: placeOf('flag'),
    v: potentials.map((_, i) => Number(potentials[i - (i % 2)] > 0)),
  };
  const before: Known = { slot: placeOf('before'), v: drawn(1).map((each) => 5 * each * (1 + 1e-7)) };
  const text = describeArray(subjectOf(drawn(1), change, { others: [flags, before] }));
  expect(text).not.toContain('function');
});

describe('of spikes', () => {
  const fired = potentials.map((u) => Number(u > 1));
  const said = (change: Change): string =>
    describeArray({ ...subjectOf(fired, change), slot: placeOf('e', n, true) });

  it('is said that they are random near a threshold', () => {
    const text = said((e, i) => (Math.abs(potentials[i] - 1) < 0.5 ? Number(noise[i] > 0) : e[i]));
    expect(text).toMatch(/^it is random where u is 0\.5\d* … 1\.4\d*: some are added, and some are missing$/);
  });

  it('is not said that they are random near a limit of what is not compared', () => {
    const nearly: Known = { slot: placeOf('current'), v: potentials.map((u, i) => u + noise[i] / 8) };
    const change: Change = (e, i) => (Math.abs(potentials[i] - 1) < 0.5 ? Number(noise[i] > 0) : e[i]);
    const subject = subjectOf(fired, change, { others: [nearly] });
    expect(describeArray({ ...subject, slot: placeOf('e', n, true) })).not.toContain('random');
  });

  it('is said that some are neither 0 nor 1', () => {
    const text = said((e, i) => (noise[i] > 1.9 ? 2 : e[i]));
    expect(text).toMatch(/^it has values other than 0 and 1: 2 in \d+ places; /);
  });

  it('is said that there is one in each step of a sample', () => {
    const isFirst: Change = (e, i) => (e.subarray(i - (i % n), i).includes(1) ? 0 : e[i]);
    expect(said(isFirst)).toBe('it has one spike at most in a step of a sample, the first');
  });

  it('is said that there is one in each place of a map', () => {
    const slot = {
      ...placeOf('e', n, true),
      shape: [T, B, 3, 2, 2],
      axes: ['step', 'sample', 'channel', 'row', 'column'],
    };
    const isGreatest: Change = (e, i) => {
      const others = [0, 4, 8].map((k) => i - (i % n) + (i % 4) + k);
      return others.every((j) => potentials[j] <= potentials[i]) ? e[i] : 0;
    };
    const often = potentials.map((u) => Number(u > -1));
    expect(describeArray({ ...subjectOf(often, isGreatest), slot })).toBe(
      'it has one spike at most in a place of a map, that of the greatest u',
    );
  });
});

describe('of what another input made', () => {
  const [inputs, x] = [4, drawn(4, 4).map(Math.abs)];
  const w = Float64Array.from({ length: n * inputs }, (_, k) => drawn(5)[k]);
  const product = ([o]: readonly ArrayLike<number>[]): Float64Array =>
    Float64Array.from({ length: T * B * n }, (_, i) => {
      const [m, k] = [Math.floor(i / n), i % n];
      return [0, 1, 2, 3].reduce((sum, j) => sum + w[k * inputs + j] * o[m * inputs + j], 1);
    });
  const input: Known = { slot: placeOf('o', inputs), v: x };
  const said = (o: Float64Array): string => {
    const [v, got] = [product([x]), product([o])];
    return describeArray(subjectOf(v, (_, i) => got[i], { inputs: [input], make: product, isSum: true }));
  };

  it.each<[string, Change]>([
    [
      'it is made of other numbers than o, of which is true: it is 0 in ',
      (o, i) => (noise[i] > 1 ? 0 : 2 * o[i]),
    ],
    [
      'it is made of o with the factors 1, 0.77 for a step and those before it',
      (o, i) => o[i] + 0.77 * (o[i - B * inputs] ?? 0),
    ],
  ])('%s', (says, change) => expect(said(x.map((_, i) => change(x, i)))).toContain(says));

  it('is said that another array of the layer multiplies the input', () => {
    const p: Known = { slot: placeOf('p', inputs), v: drawn(6, 4) };
    const [v, got] = [product([x]), product([x.map((each, i) => each * p.v[i])])];
    const more = { inputs: [input], others: [p], make: product, isSum: true };
    expect(describeArray(subjectOf(v, (_, i) => got[i], more))).toBe('it is made of o × p');
  });

  it.each<[string, (z: number) => number, (z: number) => number]>([
    ['hyperbolic tangent', Math.tanh, (z) => 1 - Math.tanh(z) ** 2],
    ['positive part', (z) => Math.max(0, z), (z) => Number(z > 0)],
  ])('a gradient by an input of which a loss reads the %s has its slope', (says, f, slope) => {
    const make = ([z]: readonly ArrayLike<number>[]): Float64Array =>
      Float64Array.from(z, (each) => each ** 3 - each);
    const z: Known = { slot: placeOf('z'), v: potentials };
    const got = make([potentials.map(f)]).map((d, i) => d * slope(potentials[i]));
    const subject = subjectOf(make([potentials]), (_, i) => got[i], { inputs: [z], make, others: [] });
    expect(describeArray(byInput(subject, 0))).toBe(`it is made of the ${says} of z`);
  });
});
