/**
 * Tests of relations. A relation between random arrays is found, unless 2 % of the numbers contradict it. In noise, none
 * is found.
 */
import { describe as group, expect, it } from 'vitest';
import { Replay } from '../../src/engine/run.ts';
import type { SumStage } from '../../src/engine/stage.ts';
import type { Slot } from '../../src/oracle/judge.ts';
import { unexplainedOf } from '../../src/oracle/describe.ts';
import { describeArray } from '../../src/oracle/relations/relations.ts';
import type { Unexplained } from '../../src/oracle/relations/search.ts';
import { stream } from './planted.ts';
import { computationOf, draw, said, slotOf, subjectOf, type Change, type Numbers } from './stages.ts';

const map = 'step sample channel row column';
const currents = slotOf('layer1.current', map, [4, 3, 4, 4, 4]);
const spikes = slotOf('layer1.spikes', map, currents.shape, true);
const weights = slotOf('layer1.weight', 'output input row column', [6, 5, 3, 3]);
const matrix = slotOf('layer2.weight', 'output input', [12, 12]);
const other = slotOf('layer3.current', map, currents.shape);
const compared = slotOf('layer1.compared', map, currents.shape);
const flow = slotOf('layer2.FI', 'sample channel', [3, 12]);

const drive = draw(currents, 12).map(Math.abs);
const [noise, others] = [
  draw(currents, 7),
  [
    { slot: other, v: draw(other, 8) },
    { slot: slotOf('layer1.drive', map, currents.shape), v: drive },
  ],
];
/** Orders of the steps. Each neuron has one of them. */
const orders = [
  [1, 0, 3, 2],
  [2, 3, 0, 1],
  [3, 2, 1, 0],
];

/** The index of number `i` of `currents` along an axis. */
const slice = (axis: number, i: number): number =>
  Math.floor(i / [192, 64, 16, 4, 1][axis]) % currents.shape[axis];
/** The index of the same place in slice `to`. */
const at = (axis: number, i: number, to: number): number =>
  i + (to - slice(axis, i)) * [192, 64, 16, 4, 1][axis];
it.each<[string, Change]>([
  ['it is 0', () => 0],
  ['it is 1/2 (= 0.5) × the expected', (v, i) => v[i] / 2],
  ['it is −1 × the expected', (v, i) => -v[i]],
  ['it is 1/20 or 1/T (= 0.05) × the expected', (v, i) => v[i] / 20],
  ['it is T/(T − 1) (= 1.0526) × the expected', (v, i) => (v[i] * 20) / 19],
  ['it is 1.2345 × the expected', (v, i) => v[i] * 1.2345],
  ['it is the expected + 3/4 or Vth (= 0.75)', (v, i) => v[i] + 0.75],
  ['it is 1 ÷ the expected', (v, i) => 1 / v[i]],
  ['where the expected number is negative, it is 0', (v, i) => Math.max(0, v[i])],
  [
    'it is the expected clipped at −3/4 or −Vth (= −0.75) and 1',
    (v, i) => Math.max(-0.75, Math.min(1, v[i])),
  ],
  [
    'it is the expected clipped at −3/4 or −Vth (= −0.75) and 3/4 or Vth (= 0.75)',
    (v, i) => Math.max(-0.75, Math.min(0.75, v[i])),
  ],
  ['it is the expected rounded to whole numbers', (v, i) => Math.round(v[i])],
  ['it has only multiples of 1/256', (v, i) => Math.floor(v[i] * 256) / 256],
  ['in step 2, it is 0', (v, i) => (slice(0, i) === 2 ? 0 : v[i])],
  ['from sample 1 on, it is 2 × the expected', (v, i) => (slice(1, i) >= 1 ? 2 * v[i] : v[i])],
  ['in all but channel 2, it is the expected + 1', (v, i) => v[i] + Number(slice(2, i) !== 2)],
  ['it is 1/2 (= 0.5) × the expected + 0.3 × layer3.current', (v, i) => v[i] / 2 + 0.3 * others[0].v[i]],
  ['in every second row, it is 0', (v, i) => (slice(3, i) % 2 ? 0 : v[i])],
  ['it has a factor of its own for each channel', (v, i) => v[i] * [0.3, 1.7, 0.9, 2.3][slice(2, i)]],
  ['it has a term of its own for each neuron', (v, i) => v[i] + noise[i % 64]],
  [
    'it is a function of layer1.drive',
    (_, i) => (drive[i] > 1.5 ? 4.2 - (drive[i] - 1.5) ** 2 : 4.2) * (1 + 2 ** -20 * noise[i]),
  ],
  [' % of the places, and 4/3 or 1/Vth (= 1.3333) ×', (v, i) => (noise[i] < -1 ? 0 : v[i] / 0.75)],
  ['it is the expected flipped by step', (v, i) => v[at(0, i, 3 - slice(0, i))]],
  ['it is the expected moved by 1 step on, with 0 in the gap', (v, i) => (slice(0, i) < 1 ? 0 : v[i - 192])],
  ['it is the expected moved by 2 columns on, rolled', (v, i) => v[at(4, i, (slice(4, i) + 2) % 4)]],
  ['it is the expected of sample 0 in every sample', (v, i) => v[at(1, i, 0)]],
  ['it is the expected with other channels: 2 0 3 1', (v, i) => v[at(2, i, [2, 0, 3, 1][slice(2, i)])]],
  ['number 5 is NaN', (v, i) => (i >= 5 ? NaN : v[i])],
  ['it is the positive part of the expected', (v, i) => (i ? Math.max(0, v[i]) : v[i] * (1 - 2 ** -21))],
  [', in all but channel 2; the first', (v, i) => (slice(2, i) === 2 ? v[i] : noise[i])],
  ['only from step 2 on, in sample 2', (v, i) => (slice(0, i) >= 2 && slice(1, i) === 2 ? noise[i] : v[i])],
  [
    'where layer3.current is positive, it is 2 × the expected − 0.3',
    (v, i) => (others[0].v[i] > 0 ? 2 * v[i] - 0.3 : v[i]),
  ],
  [
    ', (1 + 0.0000019073) … (1 + 0.000013351) times',
    (v, i) => v[i] * (1 + (noise[i] < -1 ? 1 + (i % 7) : 0) / 2 ** 19),
  ],
  ['it is layer3.current', (_, i) => others[0].v[i]],
  ['in sample 2, it is the expected of sample 0', (v, i) => (slice(1, i) === 2 ? v[at(1, i, 0)] : v[i])],
  ['it is 3/4 or Vth (= 0.75) × layer3.current', (_, i) => others[0].v[i] * 0.75],
  ['it is the expected − 0.9 × layer3.current', (v, i) => v[i] - 0.9 * others[0].v[i]],
  ['where layer3.current is positive, it is 0', (v, i) => (others[0].v[i] > 0 ? 0 : v[i])],
  ['where layer3.current is below −', (v, i) => (Math.abs(others[0].v[i]) > 1 ? 0 : v[i])],
  ['it is layer3.current ÷ (0.7 × layer1.drive + 1.1)', (_, i) => others[0].v[i] / (0.7 * drive[i] + 1.1)],
  ['it is a function of the expected number alone, which rises', (v, i) => Math.cbrt(v[i])],
  [
    'it has a factor and a term of its own for each step and sample',
    (v, i) => v[i] * (2 + (i >> 6)) - (i >> 6),
  ],
  [
    'it is nearly the expected + 3.01 × layer1.drive (cosine of the difference 0.99',
    (v, i) => v[i] + 3 * drive[i] + noise[(i + 5) % noise.length] / 10,
  ],
  [
    'along each step axis the expected numbers are in another order',
    (v, i) => v[at(0, i, orders[(i % 192) % 3][slice(0, i)])],
  ],
])('of currents: %s', (says, change) =>
  expect(said(currents, change, undefined, { others })).toContain(says),
);

it('two of four channels are in no period of three', () => {
  const says = said(currents, (v, i) => (slice(2, i) % 3 === 0 ? 0 : v[i]), undefined, { others });
  expect(says).not.toContain('of every 3');
});

it.each<[string, Slot, Change]>([
  ['it is the expected in the order input, output', matrix, (v, i) => v[(i % 12) * 12 + Math.floor(i / 12)]],
  ['in outputs 1 and 2 of every 3, it is 0', matrix, (v, i) => (Math.floor(i / 12) % 3 ? 0 : v[i])],
  [
    'it is the expected without the last row and column',
    weights,
    (v, i) => (i % 3 === 2 || i % 9 > 5 ? 0 : v[i]),
  ],
  ['it is the expected flipped by row and column', weights, (v, i) => v[i + 8 - 2 * (i % 9)]],
  [
    'it is 1/2 (= 0.5) × the expected + 1/2 (= 0.5) × the expected flipped by row and column',
    weights,
    (v, i) => (v[i] + v[i + 8 - 2 * (i % 9)]) / 2,
  ],
  [
    'it is the largest of the expected over the steps so far',
    spikes,
    (v, i) => Math.max(...[0, 1, 2, 3].map((t) => (t <= slice(0, i) ? v[at(0, i, t)] : 0))),
  ],
  ['it is the expected moved by 1 step on, with 0 in the gap', spikes, (v, i) => (i < 192 ? 0 : v[i - 192])],
  ['it is 1 − the expected', spikes, (v, i) => 1 - v[i]],
  ['in channel 1, it is 0', spikes, (v, i) => (slice(2, i) === 1 ? 0 : v[i])],
  ['all missing, only where the expected number is positive', spikes, (v, i) => (noise[i] < -1 ? 0 : v[i])],
])('of weights and spikes: %s', (says, place, change) => expect(said(place, change)).toContain(says));

it('of the step of weights', () => {
  const [base, step] = [draw(weights, 2), draw(weights, 3).map((each) => each / 100)];
  const after = base.map((w, i) => w + step[i]);
  const say = (change: (i: number) => number): string =>
    said(weights, (_, i) => base[i] + change(i), after, { base, others: [{ slot: weights, v: base }] });
  expect(say(() => 0)).toBe('its step (after − before) is 0: it is the array before the step');
  expect(say((i) => 10 * step[i])).toBe('its step (after − before) is 10 × the expected');
  expect(say((i) => step[i] - 0.001 * base[i])).toContain('the expected − 1/1000 (= 0.001) × layer1.weight');
});

it('of other arrays: a moving average, though another one is expected, and an array before a multiple of one', () => {
  const say = (all: readonly Numbers[], right: Numbers, change: Change): string =>
    said(flow, change, right, { others: all.map((v, k) => ({ slot: { ...flow, key: `a${k}`, n: 1 }, v })) });
  const [a, ones, tens] = [draw(flow, 1), draw(flow, 1).fill(1), draw(flow, 1).map((each) => 10 * each)];
  const [right, blend] = [a.map((each) => 0.6 * each + 0.4), a.map((each) => 0.1 * each + 0.9)];
  expect(say([a, ones], right, (_, i) => blend[i])).toBe('it is 1/10 (= 0.1) × a0 + 0.9 × a1');
  expect(say([], right, (_, i) => blend[i])).toMatch(/ the expected \+ 5\/6 .* × \(1 − the expected\)$/);
  expect(say([tens, a], draw(flow, 2), (v, i) => v[i] + a[i])).toBe('it is the expected + a1');
  expect(say([tens, a], draw(flow, 2), (_, i) => 1.9 * a[i])).toBe('it is 0.19 × a0');
});

it('of an array, though the square of another one is a multiple of it', () => {
  const [m, v] = ['m', 'v'].map((what) => slotOf(`layer1.${what}`, 'output input', [12, 12]));
  const root = draw(matrix, 3);
  const square = root.map((each) => each ** 2 / 10);
  const known = [
    { slot: m, v: root },
    { slot: v, v: square },
  ];
  const text = said(matrix, (x, i) => x[i] - 0.6789 * square[i], undefined, { others: known });
  expect(text).toBe('it is the expected − 0.6789 × layer1.v');
});

it.each([
  ['neither by the other', 4, ['x']],
  ['by the other where one array was recorded as both', 3, ['x', 'FO']],
])('of two wrong results of one kind of stage, %s', (_, seed, known) => {
  const stages = ['FI', 'FO'].map((key): SumStage => {
    const keys = { id: key, reads: ['x'], writes: [key] };
    return { ...keys, stage: 'flow', n: 2, kind: 'sum', roundings: 1, f: ([x]) => x.slice() as Numbers };
  });
  const [x, got] = [{ v: draw(flow, 1) }, draw(flow, 3)];
  const run = new Replay(
    computationOf(stages),
    new Map(Object.entries({ x, FI: { v: got }, FO: { v: draw(flow, seed) } })),
  );
  const place = (key: string): Slot => ({ ...flow, key });
  const manner = { slotOf: place, constants: [], isWrong: (key: string) => key !== 'x' };
  const subject = unexplainedOf(run, stages[0], place('FI'), { ball: x, got }, manner);
  expect(subject.others.map(({ slot: { key } }) => key)).toEqual(known);
});

it('of a product of constants', () => {
  const constants = [['T·Vth', 8.4] as const];
  expect(said(matrix, (v, i) => v[i] / 8.4, undefined, { constants })).toContain('1/(T·Vth) (= 0.11905)');
  const three = ['θ of layer 2', 'θ of layer 1', 'B'].map((name) => [name, 0.3] as const);
  const text = said(matrix, (v, i) => v[i] * 0.3, undefined, { constants: three });
  expect(text).toBe('it is θ of layer 2 or B (= 0.3) × the expected');
});

it('of numbers that are wrong only where another array is not small, by chance', () => {
  const v = draw(matrix, 1).map((each, i) => (i < 20 ? 0 : each));
  const u = v.map((_, i) => Math.max(0, i - 20));
  const [known, wrong] = [{ others: [{ slot: matrix, v: u }] }, draw(matrix, 2)];
  const text = said(matrix, (_, i) => (i < 22 ? v[i] : wrong[i]), v, known);
  expect(text).toContain('only where the expected number is not 0');
  const cut = said(matrix, (_, i) => Math.round(v[i] * 2 ** 9) / 2 ** 9, v, known);
  expect(cut).toBe('it has only multiples of 1/512');
});

it('of spikes by another threshold, or with a pause', () => {
  const decide = (threshold: number): Numbers => noise.map((u) => Number(u >= threshold));
  const low = decide(0.5);
  const text = said(spikes, (_, i) => low[i], decide(1), { others: [{ slot: compared, v: noise }] });
  expect(text).toMatch(/^it is 1 where layer1\.compared is at least 0\.5\d*, and 0 at 0\.4\d+$/);
  const paused = decide(-1);
  for (let i = 192; i < paused.length; i++) if (paused[i - 192]) paused[i] = 0;
  expect(said(spikes, (_, i) => paused[i], decide(-1))).toContain('no neuron that fires in two steps');
});

it('of what is right step by step, where it is wrong', () => {
  const got = draw(currents, 9);
  const subject = subjectOf(currents, noise, (_, i) => got[i]);
  const views = (own: Numbers): Unexplained['views'] => [
    ['', subject],
    ['of each step, ', { ...subject, expected: { v: own } }],
  ];
  expect(describeArray({ ...subject, views: views(got) })).toContain('numbers differ');
  const added: Unexplained = {
    ...subject,
    expected: { v: noise.map(() => 0) },
    got: got.map((v, i) => v - noise[i]),
  };
  expect(
    describeArray({
      ...subject,
      views: [
        ['of an addend, ', added],
        ['', subject],
      ],
    }),
  ).toMatch(/^768 of 768/);
  const half = views(got.map((each) => each / 2));
  expect(describeArray({ ...subject, views: half })).toBe('of each step, it is 2 × the expected');
});

it('of the first wrong step of a sum, no order that only this step has', () => {
  const rows = draw(currents, 1).map((each, i, all) => (slice(0, i) === 1 ? all[at(1, i, 0)] : each));
  const change: Change = (v, i) =>
    [v[i], slice(1, i) === 0 ? 0 : v[i] / 0.7, noise[i], noise[i]][slice(0, i)];
  const dropped = said(currents, change, rows, { isSum: true });
  expect(dropped).toMatch(/^at step 1, .* is 0 in 33.* and 1\.4286 × the expected in the others$/);
});

it('of a quotient by numbers of which some are 0, where nothing is known', () => {
  const by = noise.map((each, i) => (i % 9 === 0 ? 0 : each));
  const subject = subjectOf(currents, draw(currents, 1), (v, i) => (by[i] === 0 ? v[i] : v[i] / by[i]));
  const expected = { ...subject.expected, r: by.map((each) => (each === 0 ? Infinity : 2 ** -22)) };
  const text = describeArray({ ...subject, expected, others: [{ slot: other, v: by }] });
  expect(text).toBe('it is the expected ÷ layer3.current');
});

it('of a changed sign, though a constant of ½ makes it 1 − the expected', () => {
  const make = ([s]: readonly ArrayLike<number>[]): Numbers =>
    Float64Array.from(s, (each) => 0.5 - 0.35 * each);
  const s = { slot: { ...currents, key: 's' }, v: noise };
  const text = said(currents, (v, i) => 1 - v[i], make([noise]), { inputs: [s], make });
  expect(text).toBe('it is made with −1 × s');
});

it('of an input with a factor for each neuron, in what is no sum of products', () => {
  const place = slotOf('layer1.mem', 'step sample neuron', [8, 4, 4]);
  const [v, ks] = [draw(place, 5), [0.3, 1.7, 0.9, 2.3]];
  const make = ([s]: readonly ArrayLike<number>[]): Numbers => Float64Array.from(s, (each) => 0.7 - each / 3);
  const inputs = [{ slot: { ...place, key: 's' }, v }];
  const text = said(place, (_, i) => 0.7 - (v[i] * ks[i % 4]) / 3, make([v]), { inputs, make });
  expect(text).toBe('it is made with a factor of its own for each neuron of s: 0.3, 1.7, 0.9, 2.3');
});

group('of y = W·x + b, made of other arrays', () => {
  const flows = slotOf('layer1.FO', 'sample channel', [3, 12]);
  const reads = [matrix, slotOf('layer2.bias', 'output', [12]), flows];
  const [w, b, x] = reads.map((place, seed) => draw(place, 20 + seed));
  const made = (W: Numbers, bias: Numbers, FO: Numbers): Numbers => {
    const term = (i: number, j: number): number => W[(i % 12) * 12 + j] * FO[Math.floor(i / 12) * 12 + j];
    return draw(flow, 0).map((_, i) => bias.reduce((sum, __, j) => sum + term(i, j), bias[i % 12]));
  };
  const f: SumStage['f'] = (args) => made(...(args as [Numbers, Numbers, Numbers])); // the arguments are doubles
  const keys = { reads: reads.map(({ key }) => key), writes: [flow.key] };
  const stage: SumStage = { id: 'current.2', stage: 'current', n: 2, kind: 'sum', ...keys, roundings: 13, f };
  const computation = computationOf([stage]);
  const known = (key: string): Slot | undefined => reads.find((place) => place.key === key);
  const manner = { slotOf: known, constants: [], isWrong: () => false };
  const turned = w.map((_, i) => w[(i % 12) * 12 + Math.floor(i / 12)]);
  it.each<[string, ...Parameters<typeof made>]>([
    ['it is made without layer2.bias', w, b.map(() => 0), x],
    ['it is made with twice layer2.bias', w, b.map((v) => 2 * v), x],
    ['it is made of layer2.weight − 0.3', w.map((v) => v - 0.3), b, x],
    ['it is made of layer2.bias moved by 1 output on, rolled', w, b.map((_, i) => b[(i + 11) % 12]), x],
    ['it is made without channel 11 of layer1.FO', w.map((v, i) => (i % 12 === 11 ? 0 : v)), b, x],
    ['it is made of layer2.weight in the order input, output', turned, b, x],
    ['it is made of the sign of layer1.FO', w, b, x.map(Math.sign)],
    ['it is made of layer2.weight clipped at ±0.71', w.map((v) => Math.max(-0.71, Math.min(0.71, v))), b, x],
    [
      'it is made with a factor of its own for each sample of layer1.FO: 1/2 (= 0.5), 2, 3',
      w,
      b,
      x.map((v, i) => v * [0.5, 2, 3][Math.floor(i / 12)]),
    ],
  ])('%s', (says, ...args) => {
    const run = new Replay(computation, new Map(reads.map(({ key }, k) => [key, { v: [w, b, x][k] }])));
    const piece = { ball: run.results(stage)[0], got: made(...args) };
    expect(describeArray(unexplainedOf(run, stage, flow, piece, manner))).toBe(says);
  });
});

it('of weights other than the recorded ones, as where some are left out', () => {
  const [place, o, weight] = [
    slotOf('layer2.FI', 'sample channel', [40, 6]),
    slotOf('layer1.FO', 'sample channel', [40, 5]),
    slotOf('layer2.weight', 'output input', [6, 5]),
  ];
  const inputs = [weight, o].map((slot, k) => ({ slot, v: draw(slot, 17 + k) }));
  const make = ([W, x]: readonly ArrayLike<number>[]): Numbers =>
    draw(place, 0).map((_, i) =>
      [0, 1, 2, 3, 4].reduce((sum, j) => sum + W[(i % 6) * 5 + j] * x[Math.floor(i / 6) * 5 + j], 0),
    );
  const [w, x] = inputs.map(({ v }) => v);
  const got = make([w.map((each, i) => (noise[i] < 0 ? 0 : each)), x]);
  const text = said(place, (_, i) => got[i], make([w, x]), { inputs, make, isSum: true });
  expect(text).toBe(
    'it is made of other numbers than layer2.weight, of which is true: where it differs, it is 0',
  );
});

it('of all samples, before a relation of all but one', () => {
  const labels = { slot: slotOf('label', 'sample', [3]), v: Float64Array.of(2, 2, 0) };
  const make = ([k]: readonly ArrayLike<number>[]): Numbers =>
    drive.slice(0, 36).map((each, i) => each - Number(k[Math.floor(i / 12)] === i % 12));
  const got = make([[0, 2, 2]]);
  const text = said(flow, (_, i) => got[i], make([labels.v]), { inputs: [labels], make });
  expect(text).toBe('it is made of label flipped by sample');
});

it.each([
  { labels: [2, 1, 3, 0], says: 'it is made of the labels in another order: 2, 1, 3, 0' },
  { labels: [4, 1, 5, 2], says: 'it is made of other labels: 4, 1, 5, 2' },
])('of labels that no edit makes: $labels', ({ labels, says }) => {
  const own = { slot: slotOf('label', 'sample', [4]), v: Float64Array.of(1, 0, 2, 3) };
  const make = ([k]: readonly ArrayLike<number>[]): Numbers =>
    drive.slice(0, 48).map((each, i) => each - Number(k[Math.floor(i / 12)] === i % 12) * drive[i + 48]);
  const got = make([labels]);
  const constants = [['classes', 12]] as const;
  const place = slotOf(flow.key, 'sample channel', [4, 12]);
  const text = said(place, (_, i) => got[i], make([own.v]), { inputs: [own], make, constants });
  expect(text).toBe(says);
});

it('of slices in another order, each once if some are equal', () => {
  const dead = draw(matrix, 3).map((each, i) => (i % 12 > 8 ? 0 : each));
  const order = [9, 3, 1, 10, 0, 2, 11, 8, 4, 7, 5, 6];
  const say = (from: readonly number[]): string =>
    said(matrix, (v, i) => v[i - (i % 12) + from[i % 12]], dead);
  expect(say(order)).toBe('it is the expected with other inputs: 9 3 1 10 0 2 11 8 4 7 5 6');
  expect(say(order.map((from) => (from === 8 ? 3 : from)))).not.toContain('with other inputs');
});

it('of numbers that are expected at other places of their map, some of them lost', () => {
  const placeOf = (i: number): number =>
    (i - (i % 16) + Math.floor(8 * (noise[i - (i % 16)] + noise[i] + 8))) % 16;
  const text = said(currents, (v, i) => (noise[i] > 1.5 ? 0 : v[i - (i % 16) + placeOf(i)]));
  expect(text).toMatch(
    /\d+ of the \d+ wrong numbers other than 0 are expected at other places of the same channel; cos/,
  );
  expect(text).not.toContain('nothing to do');
  expect(said(currents, (_, i) => others[0].v[i])).toContain('not correlated with the expected ones');
});

it('of a common factor of few numbers', () => {
  const few = slotOf('layer1.bias', 'output', [3]);
  const text = said(few, (v, i) => v[i] / 9 + 1e-7 * v[i] * i, undefined);
  expect(text).toContain('1/9 (= 0.11111)');
  expect(text).not.toContain('…');
});

it('of a factor of few numbers with bounds of 0.5 %', () => {
  const few = slotOf('layer1.bias', 'output', [8]);
  const wide = { v: draw(few, 1), r: draw(few, 1).map((v) => 0.005 * Math.abs(v)) };
  const say = (change: Change): string => said(few, change, wide.v, { expected: wide });
  expect(say((v, i) => v[i] / 5)).toBe('it is 1/5 (= 0.2) × the expected');
  expect(say((_, i) => noise[i])).toMatch(/^8 of 8 numbers differ/);
});

it('of a maximum of other numbers, though the first sample alone has little evidence', () => {
  const B = 16;
  const [place, o] = [
    slotOf('layer1.dFO', 'sample channel', [B, 4]),
    slotOf('layer1.FO', 'sample channel', [B, 4]),
  ];
  const [counts, last, g] = [draw(o, 4), draw(o, 5), draw(o, 6)];
  const make = ([m]: readonly ArrayLike<number>[]): Numbers =>
    Float64Array.from(m, (each, i) => (each > m[i ^ 1] ? g[i >> 1] : 0));
  const of = (size: number): Unexplained => {
    const [a, b] = [counts.slice(0, size), last.slice(0, size)];
    const got = make([b]);
    const known = [{ slot: slotOf('layer1.last', 'sample channel', [B, 4]), v: b }];
    return subjectOf(place, make([a]), (_, i) => got[i], {
      inputs: [{ slot: o, v: a }],
      make,
      others: known,
    });
  };
  const text = describeArray({ ...of(4 * B), sample: of(4) });
  expect(text).toBe('it is made of layer1.last in place of layer1.FO');
});

it('of a factor for each sample, though the first sample alone could have one for each output', () => {
  const make = ([shares]: readonly ArrayLike<number>[]): Numbers =>
    Float64Array.from(shares, (share, i) => (share - Number(i % 6 === 1)) / 4);
  const of = (B: number): Unexplained => {
    const slots = ['layer4.dFI', 'output'].map((key) => slotOf(key, 'sample channel', [B, 6]));
    const shares = draw(slots[1], 4).map(Math.abs);
    const change: Change = (v, i) => v[i] * (i < 18 ? 0.5 : 1.75);
    return subjectOf(slots[0], make([shares]), change, {
      inputs: [{ slot: slots[1], v: shares }],
      make,
      isSum: true,
    });
  };
  const text = describeArray({ ...of(5), sample: of(1) });
  expect(text).toMatch(/^it has a factor of its own for each sample: 1\/2 .* 1\.75 \(3\), …$/);
});

it('of an array in place of a sum of two inputs', () => {
  const [g, w, m] = ['dw', 'weight', 'm'].map((what, k) => {
    const slot = slotOf(`layer2.${what}`, 'output input', [12, 12]);
    return { slot, v: draw(slot, 40 + k) };
  });
  const before = draw(matrix, 50);
  const make = ([a, b]: readonly ArrayLike<number>[]): Numbers =>
    before.map((each, i) => each + (a[i] + 0.1 * b[i]) ** 2);
  const more = { inputs: [g, w], make, others: [m] };
  const text = said(matrix, (_, i) => before[i] + m.v[i] ** 2, make([g.v, w.v]), more);
  expect(text).toBe('it is made of layer2.m in place of layer2.dw, without layer2.weight');
});

group('no relation is said of', () => {
  it('numbers that are made of themselves', () => {
    const [got, before] = [draw(currents, 4), draw(currents, 5)];
    const make = ([state]: readonly ArrayLike<number>[]): Numbers =>
      before.map((_, i) => 0.8 * (state[i + 192] ?? 0));
    const state = { slot: { ...currents, key: 'the state' }, v: got };
    const text = said(currents, (_, i) => got[i], make([got]), { inputs: [state], make });
    expect(text).not.toContain('the state moved by 1 step on');
  });

  it.each([currents, weights, matrix, spikes])('noise in $key', (place) => {
    const known = [...others, { slot: compared, v: noise }, { slot: matrix, v: draw(matrix, 11) }];
    for (let seed = 30; seed < 45; seed++) {
      const wrong = draw(place, 1000 + seed);
      const text = said(place, (_, i) => wrong[i], draw(place, seed), { others: known });
      expect(text).toMatch(/ numbers differ, /);
    }
  });

  it('a function, another one for each group of few numbers', () => {
    const u = draw(matrix, 3);
    const change: Change = (_, i) => (2 + (i % 12)) * u[i] ** 3 + 3 * (i % 12);
    const text = said(matrix, change, undefined, {
      others: [{ slot: slotOf('u', 'output input', [12, 12]), v: u }],
    });
    expect(text).not.toContain('another one for each');
  });

  it('copies of a few numbers', () => {
    const terms = noise.slice(0, 12);
    const text = said(
      flow,
      (v, i) => v[i] + terms[i % 12],
      draw(flow, 0).map((_, i, all) => all[i % 12]),
    );
    expect(text).toMatch(/ numbers differ, /);
  });

  it('a few wrong numbers that are anything', () => {
    for (let seed = 60; seed < 90; seed++) {
      const next = stream(seed);
      const wrong = new Map([0, 1, 2].map(() => [Math.floor(next() * 144), next()]));
      expect(said(matrix, (v, i) => wrong.get(i) ?? v[i], draw(matrix, seed))).toMatch(/ numbers differ, /);
    }
  });

  it('a few spikes that are missing anywhere', () => {
    const [few, u] = ['layer1.spikes', 'layer1.mem'].map((key, k) =>
      slotOf(key, 'step sample neuron', [6, 4, 9], k === 0),
    );
    for (let seed = 60; seed < 90; seed++) {
      const potentials = draw(u, seed);
      const o = potentials.map((each) => Number(each > 1.4));
      const change: Change = (v, i) => (i % 9 < 4 && noise[i + seed] < 0 ? 0 : v[i]);
      const text = said(few, change, o, { others: [{ slot: u, v: potentials }] });
      expect(text).toMatch(/ numbers differ, all missing/);
    }
  });

  it.each([(v: number) => v / 2, (v: number) => v + 1, () => 0, (v: number) => -v])(
    'what 2 %% contradict: %s',
    (of) => {
      const text = said(currents, (v, i) => (i % 50 === 7 ? noise[i] : of(v[i])));
      expect(text).not.toMatch(/^it is (0|1\/2|the expected \+|−1)/);
    },
  );
});
