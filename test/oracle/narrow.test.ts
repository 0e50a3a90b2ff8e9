/** Narrowing takes some samples, or some numbers of a layer, and what is known of these is what was known of all. */
import { describe, expect, it } from 'vitest';
import { real } from '../../spec/arithmetic.ts';
import { paper } from '../../spec/variant.ts';
import type { Interval, Values } from '../../src/oracle/interval.ts';
import { placesOf } from '../../src/oracle/keys.ts';
import { croppedKnown, cropOf, groupsOf, narrowed, placesIn } from '../../src/oracle/narrow.ts';
import { buildParts } from '../../src/oracle/parts/parts.ts';
import { isBySample, isOfWindow, settingOf, situationOf, type Setting } from '../../src/oracle/stagePart.ts';

const settingFor = (B: number, timeWindow = 2, width = 5): Setting =>
  settingOf(
    situationOf(
      {
        input: { channels: 1, height: 2, width },
        timeWindow,
        threshold: 1,
        layers: [
          { kind: 'convolution', channels: 2, kernel: 1, bias: true },
          { kind: 'maxPool', size: 2 },
          { kind: 'linear', units: 3 },
        ],
      },
      paper,
      real,
      B,
    ),
  );
const setting = settingFor(3);
const places = placesOf(setting.network, 3);
const count = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

/** Everything of a step, whose numbers are their places; with radii of half of that, and the last one open. */
const all = ((): Map<string, Interval> =>
  new Map(
    [...places].map(([key, { shape }]) => {
      const size = shape.reduce((a, b) => a * b, 1);
      const value = Float64Array.from(count(0, size));
      const open = Uint8Array.from(value, (v) => (v === size - 1 ? 1 : 0));
      return [key, { value, radius: value.map((v) => v / 2), open, mayBeNaN: true }];
    }),
  ))();
const made = new Map<string, Values>([...all].map(([key, { value }]) => [key, value]));
const known = { base: all, between: new Map([['layer1.FO', all.get('layer1.FO')!]]), made };

describe('groups of samples', () => {
  const sizes = (one: Setting): number[][] => groupsOf(one).map(({ from, count: of }) => [from, of]);

  it('are as many samples as are made at once, two at least unless these are large', () => {
    expect(sizes({ ...settingFor(7), atOnce: 1 })).toEqual([
      [0, 2],
      [2, 2],
      [4, 3],
    ]);
    // The largest map is layer 1's, of 20 numbers, or the input's: two steps are 40.
    expect(sizes({ ...settingFor(7), atOnce: 3 * 40 - 1 })).toHaveLength(3);
    expect(sizes({ ...settingFor(7), atOnce: 3 * 40 })).toHaveLength(2);
    expect(sizes({ ...settingFor(7), atOnce: 7 * 40 })).toEqual([[0, 7]]);
    expect(sizes(settingFor(1))).toEqual([[0, 1]]);
    // Two samples of more than 2²¹ numbers are made one by one.
    const long = (T: number): number => sizes({ ...settingFor(2, T, 8), atOnce: 1 }).length;
    expect([long(2 ** 15), long(2 ** 15 + 1)]).toEqual([1, 2]);
  });
});

it('what a part makes of a sample alone it makes of it in a batch, but for scales, updates, gradients of weights and the loss', () => {
  const parts = buildParts(setting);
  const ids = (of: (part: (typeof parts)[number]) => boolean): string[] =>
    parts.filter(of).map(({ id }) => id);
  expect(ids((part) => isOfWindow(part))).toEqual(
    ids(({ stage }) => ['encode', 'current', 'neuron', 'flow'].includes(stage)),
  );
  const apart = ids((part) => !isBySample(part));
  expect(apart.filter((id) => /^(scale|update)\./.test(id)).length).toBeGreaterThan(3);
  expect(apart.filter((id) => !/^(scale|update)\./.test(id)).sort()).toEqual(
    parts
      .filter(({ outputs }) => outputs.some((key) => key === 'loss' || /\.d[wb]$/.test(key)))
      .map(({ id }) => id)
      .sort(),
  );
});

describe('what is known of some samples', () => {
  const some = narrowed(known, setting, { from: 1, count: 2 });
  const numbers = (key: string): number[] => [...some.base.get(key)!.value];

  it('is their part of every array that has samples, of each step where it has steps, and the whole of others', () => {
    expect(numbers('layer3.FI')).toEqual(count(3, 9));
    expect(numbers('layer3.current')).toEqual([...count(3, 9), ...count(12, 18)]);
    expect(numbers('label')).toEqual([1, 2]);
    expect(numbers('layer3.weight')).toEqual(count(0, all.get('layer3.weight')!.value.length));
    expect([...some.made.get('layer3.FI')!]).toEqual(count(3, 9));
    expect([...some.between.get('layer1.FO')!.value]).toEqual(count(20, 60));
  });

  it('with their bounds, and what is open', () => {
    const { radius, open, mayBeNaN } = some.base.get('layer3.FI')!;
    expect([...radius!]).toEqual(count(3, 9).map((v) => v / 2));
    expect([...open!]).toEqual([0, 0, 0, 0, 0, 1]);
    expect(mayBeNaN).toBe(true);
    const { radius: none, open: closed } = narrowed(
      { ...known, base: new Map([['layer3.FI', { value: all.get('layer3.FI')!.value }]]) },
      setting,
      { from: 0, count: 1 },
    ).base.get('layer3.FI')!;
    expect([none, closed]).toEqual([undefined, undefined]);
  });

  it('is what was known, of the whole batch; and only that of the keys that are asked for changes', () => {
    expect(narrowed(known, setting, { from: 0, count: 3 })).toBe(known);
    const only = narrowed(known, setting, { from: 1, count: 1 }, (key) => key === 'layer3.FI');
    expect([...only.base.get('layer3.FI')!.value]).toEqual([3, 4, 5]);
    expect(only.base.get('label')).toBe(all.get('label'));
  });

  it('roundings of a current are narrowed as it is, unless they are none', () => {
    const rounding = { value: all.get('layer3.current')!.value };
    const of = (value: Values) =>
      narrowed({ ...known, base: new Map([['layer3.current.rounding', { value }]]) }, setting, {
        from: 2,
        count: 1,
      }).base.get('layer3.current.rounding')!.value;
    expect([...of(rounding.value)]).toEqual([6, 7, 8, 15, 16, 17]);
    expect(of(new Float64Array(0))).toHaveLength(0);
  });
});

describe('what is known of some numbers of a layer', () => {
  const one = settingFor(1);
  const its = narrowed(known, setting, { from: 0, count: 1 });
  const numbers = (crop: Parameters<typeof croppedKnown>[2], key: string): number[] => [
    ...croppedKnown(its, one, crop).base.get(key)!.value,
  ];

  it('are those neurons in every map of the layer, or of the layer before', () => {
    const neurons = { n: 3, what: 'neurons', places: [0, 2] } as const;
    expect(numbers(neurons, 'layer3.current')).toEqual([0, 2, 9, 11]);
    expect(numbers(neurons, 'layer3.FI')).toEqual([0, 2]);
    expect(numbers(neurons, 'layer2.FO')).toHaveLength(4);
    expect(numbers(neurons, 'layer3.weight')).toHaveLength(12);
    const inputs = { n: 3, what: 'inputs', places: [1, 3] } as const;
    expect(numbers(inputs, 'layer2.FO')).toEqual([1, 3]);
    expect(numbers(inputs, 'layer3.FI')).toEqual([0, 1, 2]);
  });

  it('or those weights in the gradient alone', () => {
    const weights = { n: 3, what: 'weights', places: [1, 5] } as const;
    expect(numbers(weights, 'layer3.dw')).toEqual([1, 5]);
    expect(numbers(weights, 'layer3.weight')).toHaveLength(12);
    expect(numbers(weights, 'layer1.dw')).toHaveLength(2);
  });
});

describe('which numbers of a layer are made', () => {
  const wide = settingFor(1, 2, 100);
  const crop = (id: string, wrong: readonly number[], where = wide, before: readonly string[] = []) => {
    const parts = buildParts(where);
    const part = parts.find((each) => each.id === id)!;
    return cropOf(part, where, wrong, [...parts.filter((each) => before.includes(each.id)), part]);
  };

  it('are all that are wrong up to 32, and 16 of all, spread evenly, ascending', () => {
    const { n, what, places: few } = crop('current.1', [399, 7, 7])!;
    expect([n, what]).toEqual([1, 'neurons']);
    expect(few).toEqual([...new Set([7, 399, ...count(0, 16).map((k) => k * 25)])].sort((a, b) => a - b));
    const many = crop('neuron.1', count(100, 400))!.places;
    const expected = [
      ...count(0, 32).map((k) => 100 + Math.floor((k * 300) / 32)),
      ...count(0, 16).map((k) => k * 25),
    ];
    expect(many).toEqual([...new Set(expected)].sort((a, b) => a - b));
    expect(crop('flow.1.FI', count(0, 32))!.places).toEqual([
      ...count(0, 32),
      ...count(2, 16).map((k) => k * 25),
    ]);
  });

  it('are neurons of the layer, weights, or inputs of the next layer', () => {
    expect(crop('backward.1.dw', [0])).toEqual({ n: 1, what: 'weights', places: [0, 1] });
    expect(crop('backward.3.dw', [0])).toMatchObject({ n: 3, what: 'weights' });
    expect(crop('backward.2.dFO', [0])).toMatchObject({ n: 3, what: 'inputs' });
  });

  it('are none of what is made of all: before a maximum pool, of biases, of the input and the loss, and where nothing is wrong', () => {
    for (const id of ['backward.1.dFO', 'backward.1.db', 'flow.0', 'loss.0.output', 'update.1', 'scale.1'])
      expect([id, crop(id, [0])]).toEqual([id, undefined]);
    expect(crop('current.1', [])).toBeUndefined();
    const layers = [
      { kind: 'convolution', channels: 2, kernel: 1, bias: true },
      { kind: 'linear', units: 3 },
    ] as const;
    const input = { channels: 1, height: 2, width: 2 };
    const plain = settingOf(situationOf({ input, timeWindow: 2, threshold: 1, layers }, paper, real, 1));
    expect(crop('backward.1.dFO', [0], plain)).toMatchObject({ n: 2, what: 'inputs' });
    for (const id of ['backward.1.db', 'update.1', 'backward.2.dFI'])
      expect([id, crop(id, [0], plain)]).toEqual([id, undefined]);
  });
});

it('no inputs are cropped where something on the way goes forward from their layer, or sums over it', () => {
  const input = { channels: 1, height: 2, width: 2 };
  const layers = [2, 3, 4].map((units) => ({ kind: 'linear', units }) as const);
  const where = settingOf(situationOf({ input, timeWindow: 2, threshold: 1, layers }, paper, real, 1));
  const parts = buildParts(where);
  const cropOn = (...before: string[]) =>
    cropOf(
      parts.find(({ id }) => id === 'backward.1.dFO')!,
      where,
      [0],
      parts.filter(({ id }) => [...before, 'backward.1.dFO'].includes(id)),
    )?.what;
  expect([cropOn(), cropOn('backward.2.dFI'), cropOn('current.3', 'loss.0')]).toEqual([
    'inputs',
    'inputs',
    'inputs',
  ]);
  for (const id of ['scale.1.ratio', 'current.2', 'flow.2.FI'])
    expect([id, cropOn(id)]).toEqual([id, undefined]);
});

describe('places', () => {
  it('of an array are those of the neurons of the sample that is wrong; of weights their own', () => {
    const of = (key: string, indices: number[], sample: number): number[] =>
      placesIn(places.get(key)!, indices, sample);
    expect(of('layer3.FI', [1, 3, 5, 8], 1)).toEqual([0, 2]);
    expect(of('layer3.current', [1, 3, 5, 12, 14, 17], 1)).toEqual([0, 2, 0, 2]);
    expect(of('layer3.weight', [1, 7], 0)).toEqual([1, 7]);
    expect(of('loss.sample', [0, 2], 2)).toEqual([0]);
  });
});
