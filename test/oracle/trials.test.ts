/** Which of the mistakes that explain a wrong part are said, and which give way. */
import { describe, expect, it } from 'vitest';
import { real } from '../../spec/arithmetic.ts';
import { paper } from '../../spec/variant.ts';
import { exactly } from '../../src/oracle/chain.ts';
import { common } from '../../src/oracle/diagnose.ts';
import type { Diagnosis } from '../../src/oracle/diagnosis.ts';
import { expectedStep } from '../../src/oracle/expected.ts';
import type { Values } from '../../src/oracle/interval.ts';
import type { Mistake } from '../../src/oracle/mistakes/mistake.ts';
import { buildParts } from '../../src/oracle/parts/parts.ts';
import { settingOf, situationOf } from '../../src/oracle/stagePart.ts';
import { Trials } from '../../src/oracle/trials.ts';

const description = {
  input: { channels: 1, height: 6, width: 6 },
  timeWindow: 5,
  threshold: 1,
  layers: [
    { kind: 'linear', units: 30 },
    { kind: 'linear', units: 4 },
  ],
} as const;
const setting = settingOf(situationOf(description, paper, real, 1));
const given = new Map<string, Values>([
  ['input.spikes', Int8Array.from({ length: 180 }, (_, i) => (i % 4 === 0 ? 1 : 0))],
  ['label', Int32Array.of(2)],
  ['layer1.weight', Float64Array.from({ length: 1080 }, (_, i) => ((i * 7) % 11) / 20 - 0.1)],
  ['layer2.weight', Float64Array.from({ length: 120 }, (_, i) => ((i * 5) % 13) / 20 - 0.2)],
]);
const right = expectedStep(situationOf(description, paper, real, 1), given);
const partOf = (id: string) => buildParts(setting).find((part) => part.id === id)!;

/** A mistake that multiplies what the flows of layer 1 are, within bounds of a share of them. */
const times = (id: string, factor: number, share = 2 ** -20): Mistake => ({
  id,
  says: id,
  stages: ['flow'],
  plant: (part) => ({
    ...part,
    run: (intervals, manner) =>
      new Map(
        [...part.run(intervals, manner)].map(([key, { value }]) => [
          key,
          {
            value: Float64Array.from(value, (v) => factor * v),
            radius: Float64Array.from(value, (v) => share * Math.abs(v)),
          },
        ]),
      ),
  }),
});

/** Trials at layer1.FI, whose numbers are four times what they should be. */
function trialsOf(): Trials {
  const FI = Float64Array.from(right.get('layer1.FI')!, (v) => 4 * v);
  const made = new Map([['layer1.FI', FI]]);
  const known = { base: new Map([...exactly(given), ...exactly(made)]), between: new Map(), made };
  return new Trials({ part: partOf('flow.1.FI'), sample: 0, places: [...FI.keys()] }, setting, known);
}

const said = (trials: Trials): string[] => trials.diagnosis(() => true).explains.map(({ id }) => id);
const none = () => {};

describe('of what explains a part', () => {
  const wide = { ...times('wide', 3.6, 0.8), isReach: true } as const;

  it('what only holds the numbers is left out where something comes close to them', () => {
    for (const order of [
      [times('close', 4), wide],
      [wide, times('close', 4)],
    ]) {
      const trials = trialsOf();
      trials.tryAll(order, none, true);
      expect(said(trials)).toEqual(['close']);
      expect(trials.diagnosis(() => true).excluded).toEqual([]);
    }
  });

  it('and is said where nothing does', () => {
    const trials = trialsOf();
    trials.tryAll([times('other', 5), wide], none, true);
    expect([said(trials), trials.isExplained()]).toEqual([['wide'], true]);
    expect(trials.diagnosis(() => true).excluded).toEqual(['other']);
  });

  it('each is tried once, and told of each time', () => {
    const trials = trialsOf();
    let told = 0;
    trials.tryAll([times('close', 4), times('close', 4)], () => told++, true);
    expect([said(trials), told]).toEqual([['close'], 2]);
  });

  it('a preset does not count: the rest is tried, too', () => {
    const trials = trialsOf();
    trials.tryAll([times('variant=authors', 4)], none, true);
    expect([said(trials), trials.isExplained()]).toEqual([['variant=authors'], false]);
  });
});

it('what a part that is right contradicts is left out: a choice, and of a mistake what both parts are made of', () => {
  const made = new Map([...right].filter(([key]) => !given.has(key)));
  const known = { base: new Map([...exactly(given), ...exactly(made)]), between: new Map(), made };
  const FI = right.get('layer2.FI')!;
  const witness = new Trials(
    { part: partOf('flow.2.FI'), sample: 0, places: [...FI.keys()] },
    setting,
    known,
  );
  const left = (id: string): string[] => {
    const trials = trialsOf();
    trials.tryAll([times(id, 4)], none, true);
    expect(said(trials)).toEqual([id]);
    trials.drop([witness]);
    return said(trials);
  };
  expect(left('close')).toEqual(['close']);
  expect(left('fires=above')).toEqual([]);
  expect(left('variant=authors')).toEqual([]);
  expect(left('fires=above + close')).toEqual(['fires=above + close']);
});

describe('what explains all layers of a stage', () => {
  const found = (part: string, ...ids: string[]): Diagnosis => ({
    part,
    explains: ids.map((id) => ({ id, says: id })),
    excluded: [],
    isCutShort: false,
  });
  const ids = (diagnoses: Diagnosis[]): string[][] =>
    common(diagnoses).map(({ explains }) => explains.map(({ id }) => id));

  it('leaves out what explains only some of them', () => {
    expect(ids([found('neuron.1', 'a', 'b'), found('neuron.2', 'b')])).toEqual([['b'], ['b']]);
    expect(ids([found('backward.1.dw', 'b', 'a'), found('backward.3.dw', 'c', 'b')])).toEqual([['b'], ['b']]);
  });

  it('leaves parts of other kinds alone, and layers that have nothing in common', () => {
    expect(ids([found('neuron.1', 'a', 'b'), found('flow.2', 'b')])).toEqual([['a', 'b'], ['b']]);
    expect(ids([found('backward.1.dw', 'a'), found('backward.1.dFI', 'b')])).toEqual([['a'], ['b']]);
    expect(ids([found('neuron.1', 'a'), found('neuron.2', 'b')])).toEqual([['a'], ['b']]);
    expect(
      ids([found('neuron.1', 'a', 'variant=authors'), found('neuron.2', 'b', 'variant=authors')]),
    ).toEqual([
      ['a', 'variant=authors'],
      ['b', 'variant=authors'],
    ]);
  });
});
