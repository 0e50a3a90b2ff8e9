/** What enters a step: what was given, what holds where it was not, and what the step before left. */
import { describe, expect, it } from 'vitest';
import { real } from '../../spec/arithmetic.ts';
import { paper, type Variant } from '../../spec/variant.ts';
import type { Interval, Values } from '../../src/oracle/interval.ts';
import { ε } from '../../src/oracle/interval.ts';
import { carry, leftKeys, splitArrays, withDefaults } from '../../src/oracle/stepInputs.ts';
import { settingOf, situationOf } from '../../src/oracle/stagePart.ts';

const settingFor = (threshold: number, variant: Variant = paper) =>
  settingOf(
    situationOf(
      {
        input: { channels: 1, height: 4, width: 4 },
        timeWindow: 3,
        threshold,
        layers: [
          { kind: 'convolution', channels: 2, kernel: 3, padding: 1, bias: true },
          { kind: 'maxPool', size: 2 },
          { kind: 'linear', units: 3 },
        ],
      },
      variant,
      real,
      2,
    ),
  );
const setting = settingFor(0.7);
const one = (value = 0): Values => Float64Array.of(value);

describe('what is given and what was made', () => {
  const madeOf = (...keys: string[]): string[] => [
    ...splitArrays(new Map(keys.map((key) => [key, one()])), setting).made.keys(),
  ];

  it('are told by whether a stage makes it', () => {
    const { given, made } = splitArrays(
      new Map([
        ['layer1.weight', one(1)],
        ['layer1.dw', one(2)],
      ]),
      setting,
    );
    expect([...given]).toEqual([['layer1.weight', one(1)]]);
    expect([...made]).toEqual([['layer1.dw', one(2)]]);
  });

  it('but the input’s spikes are given unless an image makes them, and random words unless a seed does', () => {
    expect(madeOf('input.spikes')).toEqual([]);
    expect(madeOf('input.spikes', 'image')).toEqual([]);
    expect(madeOf('input.spikes', 'encode.seed')).toEqual([]);
    expect(madeOf('input.spikes', 'image', 'encode.seed')).toEqual(['input.spikes']);
    expect(madeOf('input.spikes', 'image', 'encode.word')).toEqual(['input.spikes']);
    expect(madeOf('encode.word', 'image', 'encode.seed')).toEqual(['encode.word']);
  });
});

describe('what holds where nothing is given', () => {
  const all = (given: Record<string, Values> = {}, where = setting): Map<string, Interval> =>
    withDefaults(new Map(Object.entries(given).map(([key, value]) => [key, { value }])), where);
  const value = (key: string, given = {}, where = setting) => {
    const found = all(given, where).get(key);
    return found && [...found.value];
  };

  it('of the step: its number, its decay, that S is updated', () => {
    expect(['step', 'scale.update', 'weightDecay'].map((key) => value(key))).toEqual([[1], [1], [0.0005]]);
    expect(value('weightDecay', { weightDecay: one(0.25) })).toEqual([0.25]);
    expect(all().has('learningRate')).toBe(false);
  });

  it('of the encoding, where there is a seed', () => {
    const keys = ['encode.stream', 'encode.epoch', 'encode.sample'];
    expect(keys.map((key) => value(key, { 'encode.seed': one(7) }))).toEqual([[1], [0], [0, 1]]);
    expect(keys.map((key) => value(key))).toEqual([undefined, undefined, undefined]);
  });

  it('of S: the variant’s first, rounded where it is no binary32 number; of a layer that fires', () => {
    expect(value('layer1.S.before')).toEqual([1 / 0.7]);
    expect([...all().get('layer1.S.before')!.radius!]).toEqual([(ε * 1) / 0.7]);
    expect(all({}, settingFor(0.5)).get('layer1.S.before')).toEqual({ value: one(2), radius: undefined });
    expect(all().has('layer2.S.before')).toBe(false);
    expect(all({ 'layer1.S.before': one(3) }).get('layer1.S.before')).toEqual({ value: one(3) });
  });

  it('of Adam’s moments: zeros in the first step, and nothing in a later one', () => {
    for (const what of ['m', 'v']) {
      expect(value(`layer1.${what}.before`)).toEqual(Array(18).fill(0));
      expect(value(`layer1.bias.${what}.before`)).toEqual([0, 0]);
      expect(value(`layer3.${what}.before`)).toEqual(Array(24).fill(0));
      expect(all().has(`layer3.bias.${what}.before`)).toBe(false);
      expect(all().has(`layer2.${what}.before`)).toBe(false);
      expect(all({ step: one(2) }).has(`layer1.${what}.before`)).toBe(false);
    }
  });
});

it('a step leaves S of layers that fire, weights, biases and moments', () => {
  expect(Object.fromEntries(leftKeys(setting))).toEqual({
    'layer1.S': 'layer1.S.before',
    'layer1.weight.after': 'layer1.weight',
    'layer1.m': 'layer1.m.before',
    'layer1.v': 'layer1.v.before',
    'layer1.bias.after': 'layer1.bias',
    'layer1.bias.m': 'layer1.bias.m.before',
    'layer1.bias.v': 'layer1.bias.v.before',
    'layer3.weight.after': 'layer3.weight',
    'layer3.m': 'layer3.m.before',
    'layer3.v': 'layer3.v.before',
  });
});

it('the next step has what was left, the settings, and the next number', () => {
  const left = new Map([
    ['layer1.S', 'layer1.S.before'],
    ['layer3.m', 'layer3.m.before'],
  ]);
  const intervals = new Map(
    Object.entries({ step: 4, learningRate: 0.5, weightDecay: 0.25, 'layer1.S': 3, other: 1 }).map(
      ([key, value]) => [key, { value: one(value) }],
    ),
  );
  expect(Object.fromEntries([...carry(intervals, left)].map(([key, { value }]) => [key, value[0]]))).toEqual({
    step: 5,
    learningRate: 0.5,
    weightDecay: 0.25,
    'layer1.S.before': 3,
  });
});
