/** Relations: arrays are drawn, and a relation between them; it is said. Drawn noise has none, nor has what 2 % contradict. */
import { describe as group, expect, it } from 'vitest';
import type { SumStage } from '../../src/engine/stage.ts';
import { Run } from '../../src/engine/run.ts';
import type { Place } from '../../src/oracle/judge.ts';
import { describeArray, oneFactor, type Unexplained } from '../../src/oracle/relations.ts';
import { unexplainedOf } from '../../src/oracle/unexplained.ts';

type Numbers = Float64Array;

/** Numbers 0 … 1 from a seed. */
function stream(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let word = Math.imul(state ^ (state >>> 15), 1 | state);
    word = (word + Math.imul(word ^ (word >>> 7), 61 | word)) ^ word;
    return ((word ^ (word >>> 14)) >>> 0) / 2 ** 32;
  };
}

const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);
const map = ['channel', 'row', 'column'];

function placeOf(key: string, axes: readonly string[], shape: readonly number[], isSpikes = false): Place {
  return { key, n: 1, shape, axes, equation: '', isSpikes };
}

/** Drawn numbers in binary32, or spikes. */
function draw({ shape, isSpikes }: Place, seed: number): Numbers {
  const next = stream(seed);
  return Float64Array.from({ length: product(shape) }, () =>
    isSpikes ? Number(next() < 0.3) : Math.fround(next() * 4 - 2),
  );
}

const constants = [
  ['T', 20],
  ['B', 3],
  ['Vth', 0.75],
] as const;

function subjectOf(place: Place, v: Numbers, got: Numbers, more: Partial<Unexplained> = {}): Unexplained {
  const r = place.isSpikes ? undefined : v.map((each) => 2 ** -22 * Math.abs(each));
  return { place, expected: { v, r }, got, inputs: [], others: [], constants, ...more };
}

const currents = placeOf('layer1.current', ['step', 'sample', ...map], [6, 3, 4, 5, 5]);
const spikes = placeOf('layer1.spikes', currents.axes, currents.shape, true);
const weights = placeOf('layer1.weight', ['output', 'input', 'row', 'column'], [6, 5, 3, 3]);
const matrix = placeOf('layer2.weight', ['output', 'input'], [12, 12]);

/** What is said of an array of which number i is made from the expected one. */
function said(
  place: Place,
  change: (v: Numbers, i: number) => number,
  more?: (v: Numbers) => Partial<Unexplained>,
): string {
  const v = draw(place, 1);
  return describeArray(
    subjectOf(
      place,
      v,
      v.map((_, i) => change(v, i)),
      more?.(v),
    ),
  );
}

const slice = ({ shape }: Place, axis: number, i: number): number =>
  Math.floor(i / product(shape.slice(axis + 1))) % shape[axis];
/** Number i moved along an axis to another slice. */
const at = (place: Place, axis: number, i: number, to: number): number =>
  i + (to - slice(place, axis, i)) * product(place.shape.slice(axis + 1));

group('of the numbers by themselves', () => {
  const cases: [string, (v: Numbers, i: number) => number, Place?][] = [
    ['it is 0', () => 0],
    ['it is 1/2 (= 0.5) × the expected', (v, i) => v[i] / 2],
    ['it is −1 × the expected', (v, i) => -v[i]],
    ['it is 1/T (= 0.05) × the expected', (v, i) => v[i] / 20],
    ['it is T/(T − 1) (= 1.0526) × the expected', (v, i) => (v[i] * 20) / 19],
    ['it is 1.2345 × the expected', (v, i) => v[i] * 1.2345],
    ['it is the expected + Vth (= 0.75)', (v, i) => v[i] + 0.75],
    ['it is 1 ÷ the expected', (v, i) => 1 / v[i]],
    ['where the expected number is negative, it is −1 × the expected', (v, i) => Math.abs(v[i])],
    ['where the expected number is negative, it is 0', (v, i) => Math.max(0, v[i])],
    [
      'it is the expected clipped at −Vth (= 0.75) and Vth (= 0.75)',
      (v, i) => Math.max(-0.75, Math.min(0.75, v[i])),
    ],
    [
      'it is the expected rounded to bfloat16',
      (v, i) =>
        Math.round(v[i] / 2 ** (Math.floor(Math.log2(Math.abs(v[i]))) - 7)) *
        2 ** (Math.floor(Math.log2(Math.abs(v[i]))) - 7),
    ],
    ['it has only multiples of 1/256', (v, i) => Math.floor(v[i] * 256) / 256],
    ['in step 2, it is 0', (v, i) => (slice(currents, 0, i) === 2 ? 0 : v[i])],
    ['from sample 1 on, it is 2 × the expected', (v, i) => (slice(currents, 1, i) >= 1 ? 2 * v[i] : v[i])],
    ['in every second row, it is 0', (v, i) => (slice(currents, 3, i) % 2 ? 0 : v[i])],
    ['in all but channel 2, it is the expected + 1', (v, i) => v[i] + Number(slice(currents, 2, i) !== 2)],
    [
      'it has a factor of its own for each channel',
      (v, i) => v[i] * [0.3, 1.7, 0.9, 2.3][slice(currents, 2, i)],
    ],
    ['it has a term of its own for each neuron', (v, i) => v[i] + draw(currents, 9)[i % 100]],
    [
      ' % of the places, and 1/Vth (= 1.3333) × the expected in the others',
      (v, i) => (draw(currents, 5)[i] < -1 ? 0 : v[i] / 0.75),
    ],
  ];
  it.each(cases)('%s', (says, change) => expect(said(currents, change)).toContain(says));
});

group('of places that are moved', () => {
  const cases: [string, Place, (v: Numbers, i: number) => number][] = [
    [
      'it is the expected flipped by step',
      currents,
      (v, i) => v[at(currents, 0, i, 5 - slice(currents, 0, i))],
    ],
    [
      'it is the expected moved by 1 step on, then 0',
      currents,
      (v, i) => (slice(currents, 0, i) < 1 ? 0 : v[at(currents, 0, i, slice(currents, 0, i) - 1)]),
    ],
    [
      'it is the expected moved by 2 columns back, rolled',
      currents,
      (v, i) => v[at(currents, 4, i, (slice(currents, 4, i) + 2) % 5)],
    ],
    [
      'it is the expected summed over the steps so far',
      currents,
      (v, i) =>
        Array.from({ length: slice(currents, 0, i) + 1 }, (_, t) => v[at(currents, 0, i, t)]).reduce(
          (a, b) => a + b,
        ),
    ],
    ['it is the expected of sample 0 in every sample', currents, (v, i) => v[at(currents, 1, i, 0)]],
    [
      'it is the expected with other channels: 2 0 3 1',
      currents,
      (v, i) => v[at(currents, 2, i, [2, 0, 3, 1][slice(currents, 2, i)])],
    ],
    [
      'it is the expected in the order input, output',
      matrix,
      (v, i) => v[(i % 12) * 12 + Math.floor(i / 12)],
    ],
    ['it is the expected flipped by row and column', weights, (v, i) => v[i - (i % 9) + 8 - (i % 9)]],
    [
      'it is the expected in the order input, output',
      weights,
      (v, i) => v[((Math.floor(i / 9) % 6) * 5 + Math.floor(i / 54)) * 9 + (i % 9)],
    ],
    ['it is the expected moved by 1 step on, then 0', spikes, (v, i) => (i < 300 ? 0 : v[i - 300])],
    ['it is 1 − the expected', spikes, (v, i) => 1 - v[i]],
    ['in channel 1, it is 0', spikes, (v, i) => (slice(spikes, 2, i) === 1 ? 0 : v[i])],
  ];
  it.each(cases)('%s', (says, place, change) => expect(said(place, change)).toContain(says));
});

const noise = draw(currents, 7);
const other = { place: { ...currents, key: 'layer3.current' }, v: draw(currents, 8) };
const compared = { place: { ...currents, key: 'layer1.compared' }, v: noise };

group('of other arrays', () => {
  const after = placeOf('layer1.weight.after', weights.axes, weights.shape);
  const [base, step] = [draw(weights, 2), draw(weights, 3).map((each) => each / 100)];
  /** What is said of weights after a step. */
  const saidOfStep = (change: (i: number) => number): string =>
    describeArray(
      subjectOf(
        after,
        base.map((w, i) => w + step[i]),
        base.map((w, i) => w + change(i)),
        {
          base,
          others: [{ place: weights, v: base }],
        },
      ),
    );
  it.each([
    ['it is layer3.current', (v: Numbers, i: number) => v[i] * 0 + other.v[i]],
    ['it is Vth (= 0.75) × layer3.current', (v: Numbers, i: number) => v[i] * 0 + other.v[i] * 0.75],
    ['it is the expected − 9/10 (= 0.9) × layer3.current', (v: Numbers, i: number) => v[i] - 0.9 * other.v[i]],
    ['where layer3.current is positive, it is 0', (v: Numbers, i: number) => (other.v[i] > 0 ? 0 : v[i])],
  ])('%s', (says, change) => expect(said(currents, change, () => ({ others: [other] }))).toBe(says));

  it('of the step of weights', () => {
    expect(saidOfStep(() => 0)).toBe('its step (after − before) is 0');
    expect(saidOfStep((i) => 10 * step[i])).toBe('its step (after − before) is 10 × the expected');
    expect(saidOfStep((i) => step[i] - 0.001 * base[i])).toContain(
      'is the expected − 1/1000 (= 0.001) × layer1.weight',
    );
    expect(saidOfStep((i) => Math.min(0.5, base[i] + step[i]) - base[i])).toBe(
      'it is the expected clipped at 1/2 (= 0.5)',
    );
  });

  it('of decisions by another threshold, or with a pause', () => {
    const decide = (threshold: number): Numbers => noise.map((u) => Number(u >= threshold));
    const say = (got: Numbers): string =>
      describeArray(subjectOf(spikes, decide(1), got, { others: [compared] }));
    expect(say(decide(0.5))).toMatch(/^it is 1 from 0\.50\d+ on of layer1\.compared, and 0 at 0\.49\d+$/);
    const paused = decide(-1);
    for (let i = 300; i < paused.length; i++) if (paused[i - 300]) paused[i] = 0;
    expect(describeArray(subjectOf(spikes, decide(-1), paused))).toBe(
      'it has no neuron that fires in two steps running',
    );
  });

  it('one factor of several arrays', () => {
    const half = [weights, matrix, currents].map((place) =>
      subjectOf(
        place,
        draw(place, 4),
        draw(place, 4).map((v) => v / 2),
      ),
    );
    expect(oneFactor(half)).toBe('all 3 arrays are 1/2 (= 0.5) × the expected');
    expect(
      oneFactor([
        ...half,
        subjectOf(
          matrix,
          draw(matrix, 4),
          draw(matrix, 4).map((v) => v / 3),
        ),
      ]),
    ).toBeUndefined();
  });
});

/** y = W·x + b of 3 samples: what is said where it was made of other arrays. */
group('of what an array is made of', () => {
  const places = new Map(
    [
      matrix,
      placeOf('layer2.bias', ['output'], [12]),
      placeOf('layer1.FO', ['sample', 'channel'], [3, 12]),
      placeOf('layer2.FI', ['sample', 'channel'], [3, 12]),
    ].map((place) => [place.key, place]),
  );
  const reads = ['layer2.weight', 'layer2.bias', 'layer1.FO'];
  const [w, b, x] = reads.map((key, seed) => draw(places.get(key)!, 20 + seed)); // they are there
  const stage: SumStage = {
    id: 'current.2',
    stage: 'current',
    n: 2,
    kind: 'sum',
    reads,
    writes: ['layer2.FI'],
    roundings: 13,
    f: ([W, bias, FO]) =>
      Float64Array.from({ length: 36 }, (_, i) => {
        const terms = Array.from(
          { length: 12 },
          (__, j) => W[(i % 12) * 12 + j] * FO[Math.floor(i / 12) * 12 + j],
        );
        return terms.reduce((sum, term) => sum + term, bias[i % 12]);
      }),
  };
  const computation = {
    B: 3,
    T: 1,
    atOnce: 9,
    stages: [stage],
    axesOf: () => '' as const,
    ofSamples: () => computation,
  };
  const say = (...args: Numbers[]): string => {
    const run = new Run(computation, new Map(reads.map((key, k) => [key, { v: [w, b, x][k] }])));
    const [ball] = run.results(stage);
    const manner = { placeOf: (key: string) => places.get(key), constants, others: [], isWrong: () => false };
    return describeArray(
      unexplainedOf(
        run,
        stage,
        places.get('layer2.FI')!,
        { ball, got: stage.f(args, run.precision) },
        manner,
      ),
    ); // it is there
  };
  it.each([
    ['it is made without layer2.bias', w, b.map(() => 0), x],
    ['it is made with twice layer2.bias', w, b.map((v) => 2 * v), x],
    ['it is made of layer2.bias moved by 1 output on, rolled', w, b.map((_, i) => b[(i + 11) % 12]), x],
    ['it is made without input 11 of layer2.weight', w.map((v, i) => (i % 12 === 11 ? 0 : v)), b, x],
    [
      'it is made of layer2.weight in the order input, output',
      w.map((_, i) => w[(i % 12) * 12 + Math.floor(i / 12)]),
      b,
      x,
    ],
    ['it is made of the sign of layer1.FO', w, b, x.map(Math.sign)],
  ])('%s', (says, ...args) => expect(say(...args)).toBe(says));
});

group('nothing is said of', () => {
  it('noise', () => {
    for (let seed = 30; seed < 60; seed++)
      for (const place of [currents, weights, matrix, spikes]) {
        const others = [other, compared, { place: matrix, v: draw(matrix, 11) }];
        const text = describeArray(subjectOf(place, draw(place, seed), draw(place, 1000 + seed), { others }));
        expect(text).toMatch(/ numbers differ, /);
      }
  });

  it('a few wrong numbers that are anything', () => {
    for (let seed = 60; seed < 90; seed++) {
      const [v, by] = [draw(matrix, seed), stream(seed)];
      const places = [0, 1, 2].map(() => Math.floor(by() * 144));
      const text = describeArray(
        subjectOf(
          matrix,
          v,
          v.map((each, i) => (places.includes(i) ? by() : each)),
        ),
      );
      expect(text).toMatch(/ numbers differ, /);
    }
  });

  it('a relation that 2 % of the wrong numbers contradict', () => {
    for (const change of [(v: number) => v / 2, (v: number) => v + 1, () => 0, (v: number) => -v]) {
      const contradicted = said(currents, (v, i) => (i % 50 === 7 ? noise[i] : change(v[i])));
      expect(contradicted).not.toMatch(/^it is (0|1\/2|the expected \+|−1)/);
    }
  });

  it('numbers that are none', () => {
    expect(said(currents, (v, i) => (i >= 5 ? NaN : v[i]))).toBe('number 5 is NaN');
    expect(said(currents, () => Infinity)).toBe('every number is Infinity');
  });
});

it('says where numbers are wrong of which nothing is known', () => {
  const text = said(currents, (v, i) =>
    slice(currents, 0, i) >= 4 && slice(currents, 1, i) === 2 ? noise[i] : v[i],
  );
  expect(text).toContain('200 of 1,800 numbers differ');
  expect(text).toContain(
    'only from step 4 on, in sample 2; the first is at step 4, sample 2, channel 0, row 0, column 0',
  );
});
