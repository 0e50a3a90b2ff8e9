/** Which of the mistakes that explain a wrong part are said, and which give way. */
import { describe, expect, it } from 'vitest';
import { real } from '../../spec/arithmetic.ts';
import { paper } from '../../spec/variant.ts';
import { exactly } from '../../src/oracle/chain.ts';
import { common } from '../../src/oracle/diagnose.ts';
import type { Diagnosis } from '../../src/oracle/diagnosis.ts';
import { expectedStep } from '../../src/oracle/expected.ts';
import type { Values } from '../../src/oracle/interval.ts';
import { MistakeTrial } from '../../src/oracle/mistakeTrial.ts';
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

it('what explains is said with its answers, where it is answers alone', () => {
  const choicesOf = (id: string) => {
    const trials = trialsOf();
    trials.tryAll([times(id, 4)], none, true);
    return trials.diagnosis(() => true).explains[0].choices;
  };
  const fires = 'fires=aboveThreshold';
  expect(choicesOf(`${fires} + batch=sum`)).toEqual({ fires: 'aboveThreshold', batch: 'sum' });
  expect(choicesOf('reset-by-subtraction')).toEqual({ reset: 'subtractThenLeak' });
  expect([choicesOf('close'), choicesOf(`${fires} + close`)]).toEqual([undefined, undefined]);
});

it('several are tried together until two thousand million multiplications are spent, and what was left out is said', () => {
  const { workFor } = MistakeTrial.prototype;
  const choices = ['fires=aboveThreshold', 'scale=neuron', 'batch=sum'].map((id) => times(id, 5));
  const triedWhere = (work: number, ...others: Mistake[]) => {
    MistakeTrial.prototype.workFor = () => work;
    try {
      const trials = trialsOf();
      trials.tryAll([...choices, ...others], none);
      let told = 0;
      trials.tryTogether([...choices, ...others], () => told++);
      return { told, isCutShort: trials.diagnosis(() => true).isCutShort };
    } finally {
      MistakeTrial.prototype.workFor = workFor;
    }
  };
  // Three pairs, and all three.
  expect(triedWhere(2e9 / 4)).toEqual({ told: 4, isCutShort: false });
  expect(triedWhere(2e9 / 3)).toEqual({ told: 3, isCutShort: true });
  // And one of each with another mistake.
  expect(triedWhere(2e9 / 8, times('other', 5))).toEqual({ told: 7, isCutShort: false });
  expect(triedWhere(2e9 / 6, times('other', 5))).toEqual({ told: 6, isCutShort: true });
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

describe('a mistake is tried at a few numbers first', () => {
  const B = 3;
  const situation = situationOf(
    { ...description, layers: [{ kind: 'linear', units: 100 }, description.layers[1]] },
    paper,
    real,
    B,
  );
  const wide = settingOf(situation);
  const numbers = (length: number): Float64Array =>
    Float64Array.from({ length }, (_, i) => ((i * 7) % 11) / 20 - 0.1);
  const inputs = new Map<string, Values>([
    ['input.spikes', Int8Array.from({ length: B * 180 }, (_, i) => (i % 4 === 0 ? 1 : 0))],
    ['label', Int32Array.of(2, 0, 1)],
    ['layer1.weight', numbers(3600)],
    ['layer2.weight', numbers(400)],
  ]);
  const step = expectedStep(situation, inputs);

  /** How many numbers a mistake makes each time that it is tried at a part whose numbers are four times what they should be. */
  function sizesOf(id: string, mistake: Partial<Mistake> & { readonly by?: number }, spare?: number) {
    const part = buildParts(wide).find((each) => each.id === id)!;
    const [key] = part.outputs;
    const got = Float64Array.from(step.get(key)!, (v, i) => (i === spare ? 5 : 4) * v);
    const made = new Map<string, Values>([...step].filter(([each]) => !inputs.has(each))).set(key, got);
    const known = { base: new Map([...exactly(inputs), ...exactly(made)]), between: new Map(), made };
    const trials = new Trials({ part, sample: 1, places: [...got.keys()].slice(0, 100) }, wide, known);
    const sizes: number[] = [];
    const { by = 4, ...own } = mistake;
    const planted = times('planted', by);
    trials.tryAll(
      [
        {
          ...planted,
          stages: [part.stage],
          concerns: (each) => each.id === id,
          ...own,
          plant: (target, ...rest) =>
            planted.plant(
              {
                ...target,
                run(intervals, manner) {
                  const results = target.run(intervals, manner);
                  if (manner.bounds) sizes.push(results.get(key)!.value.length);
                  return results;
                },
              },
              ...rest,
            ),
        },
      ],
      none,
    );
    return { sizes, said: said(trials), excluded: trials.diagnosis(() => true).excluded };
  }
  /** 32 that are wrong and 16 of all, of which some are the same. */
  const [few, fewWeights] = [32, 47];

  it('and at all only where it explains these', () => {
    expect(sizesOf('flow.1.FI', {})).toMatchObject({ sizes: [few, 3 * 100], said: ['planted'] });
    expect(sizesOf('flow.1.FI', { by: 5 })).toMatchObject({ sizes: [few], said: [], excluded: ['planted'] });
  });

  it('and explains nothing where one number of another sample is something else', () => {
    for (const spare of [0, 299])
      expect(sizesOf('flow.1.FI', {}, spare)).toMatchObject({
        sizes: [few, 3 * 100],
        said: [],
        excluded: ['planted'],
      });
  });

  it('but one that is about all numbers at once', () => {
    expect(sizesOf('flow.1.FI', { isOfAll: true })).toMatchObject({ sizes: [3 * 100], said: ['planted'] });
  });

  it('of a part without neurons at a sample; of what a batch makes in common at all, and once', () => {
    expect(sizesOf('loss.0.sample', {}).sizes).toEqual([1, 3]);
    expect(sizesOf('loss.0', {}).sizes).toEqual([1]);
  });

  it('of a gradient at a few weights, whatever the batch', () => {
    expect(sizesOf('backward.1.dw', {})).toMatchObject({ sizes: [fewWeights, 3600], said: ['planted'] });
  });
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
