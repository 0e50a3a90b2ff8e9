/** What trying a mistake at a wrong part shows, what it costs, and that nothing is run which it leaves as it is. */
import { describe, expect, it } from 'vitest';
import { real } from '../../spec/arithmetic.ts';
import type { NetworkDescription } from '../../spec/dictionary.ts';
import { paper } from '../../spec/variant.ts';
import { exactly } from '../../src/oracle/chain.ts';
import type { Crop } from '../../src/oracle/crop.ts';
import type { Known } from '../../src/oracle/diagnosis.ts';
import { expectedStep } from '../../src/oracle/expected.ts';
import type { Stage } from '../../src/oracle/keys.ts';
import { MistakeTrial } from '../../src/oracle/mistakeTrial.ts';
import type { Mistake } from '../../src/oracle/mistakes/mistake.ts';
import { settingOf, situationOf } from '../../src/oracle/stagePart.ts';
import type { Values } from '../../src/oracle/interval.ts';

/** 2 × 4 × 4 → 3 kernels of 3 × 3 → 3 × 4 × 4 → pool → 3 × 2 × 2 → 5 units. */
const description: NetworkDescription = {
  input: { channels: 2, height: 4, width: 4 },
  timeWindow: 7,
  threshold: 0.5,
  layers: [
    { kind: 'convolution', channels: 3, kernel: 3, padding: 1 },
    { kind: 'averagePool', size: 2 },
    { kind: 'linear', units: 5 },
  ],
};
const B = 2;
const setting = settingOf(situationOf(description, paper, real, B));
const numbers = (length: number, of: (i: number) => number): Float64Array =>
  Float64Array.from({ length }, (_, i) => of(i));
const given = new Map<string, Values>([
  ['input.spikes', Int8Array.from({ length: 7 * B * 32 }, (_, i) => (i % 3 === 0 ? 1 : 0))],
  ['label', Int32Array.of(1, 4)],
  ['layer1.weight', numbers(54, (i) => ((i * 7) % 11) / 20 - 0.1)],
  ['layer3.weight', numbers(60, (i) => ((i * 5) % 13) / 20 - 0.2)],
]);
const right = expectedStep(situationOf(description, paper, real, B), given);

/** What is known where some arrays were recorded, one of them wrong. */
function knownOf(recorded: readonly string[], wrong?: string, change = (value: number) => value): Known {
  const made = new Map(recorded.map((key) => [key, right.get(key)!]));
  if (wrong !== undefined) made.set(wrong, Float64Array.from(made.get(wrong)!, change));
  return { base: new Map([...exactly(given), ...exactly(made)]), between: new Map(), made };
}

/** A mistake that multiplies what its stages make, and what it was run with, by part. */
function times(
  factor: number,
  stages: readonly Stage[],
  parts?: readonly string[],
): { mistake: Mistake; runs: string[] } {
  const runs: string[] = [];
  const mistake: Mistake = {
    id: `times-${factor}`,
    says: 'It is multiplied.',
    stages,
    concerns: ({ id }) => parts?.includes(id) ?? true,
    plant: (part) => ({
      ...part,
      run(intervals, manner) {
        runs.push(`${part.id}${manner.bounds ? ' with bounds' : ''}`);
        const made = part.run(intervals, manner);
        return new Map(
          [...made].map(([key, { value, radius, ...rest }]) => [
            key,
            {
              ...rest,
              value: Float64Array.from(value, (v) => factor * v),
              ...(radius && { radius: radius.map((r) => Math.abs(factor) * r) }),
            },
          ]),
        );
      },
    }),
  };
  return { mistake, runs };
}

describe('what a mistake costs', () => {
  const trial = (wrong: string, recorded: readonly string[], crop?: Crop): MistakeTrial =>
    new MistakeTrial(wrong, crop ? { ...setting, crop } : setting, knownOf(recorded));
  const workOf = (of: MistakeTrial, ...stages: Stage[]): number => of.workFor({ stages });

  it('is a multiplication a synapse, sample and step of the parts from its own on', () => {
    // Of layer 1: 48 neurons with 18 synapses each; of layer 2: 12 neurons, whose synapses have no weights.
    const whole = trial('flow.2.FO', ['layer1.potential']);
    const [T, current1, current2] = [7, 48 * 18, 12];
    expect(workOf(whole, 'flow')).toBe(T * B * 12);
    expect(workOf(whole, 'neuron')).toBe(T * B * (48 + current2 + 12 + 12));
    expect(workOf(whole, 'current')).toBe(T * B * (current1 + 48 + current2 + 12 + 12));
    expect(workOf(whole, 'current', 'flow')).toBe(workOf(whole, 'current'));
    expect(workOf(whole, 'loss')).toBe(0);
  });

  it('of the backward pass is made once for the window, and goes through the weights of the layer after', () => {
    const flows = [1, 2, 3].flatMap((n) => [`layer${n}.FI`, ...(n < 3 ? [`layer${n}.FO`] : [])]);
    const through = trial('backward.2.dFO', [...flows, 'layer3.dFI']);
    expect(workOf(through, 'backward')).toBe(B * 5 * 12);
    const pooled = trial('backward.1.dFO', [...flows, 'layer2.dFI']);
    expect(workOf(pooled, 'backward')).toBe(B * 12);
    const gradient = trial('backward.1.dw', [...flows, 'layer1.dFI', 'input.FO']);
    expect(workOf(gradient, 'backward')).toBe(B * 48 * 18);
    // The loss belongs to no layer.
    expect(workOf(trial('loss.0', ['loss.sample']), 'loss')).toBe(B);
  });

  it('of a crop is that of its places', () => {
    const few = trial('current.1', [], { n: 1, what: 'neurons', places: [3, 17] });
    expect(workOf(few, 'current')).toBe(7 * B * 18 * 2);
    const other = trial('current.2', ['layer1.spikes'], { n: 1, what: 'neurons', places: [3, 17] });
    expect(workOf(other, 'current')).toBe(7 * B * 12);
  });
});

describe('a mistake', () => {
  const wrong = 'layer1.current';
  const trial = new MistakeTrial(
    'current.1',
    setting,
    knownOf([wrong], wrong, (x) => 2 * x),
  );

  it('that does not concern the part says nothing of it', () => {
    expect(trial.try(times(2, ['loss']).mistake, {})).toBeUndefined();
    expect(trial.try(times(2, ['current'], ['current.3']).mistake, {})).toBeUndefined();
  });

  it('that explains the numbers has evidence, and is run without bounds first where the part is none of a window', () => {
    const { mistake, runs } = times(2, ['current']);
    expect(trial.try(mistake, {})).toMatchObject({ isClose: true });
    expect(runs).toEqual(['current.1 with bounds']);
    const keys = ['input.FO', 'layer1.dFI', 'layer1.dw'];
    const gradient = new MistakeTrial(
      'backward.1.dw',
      setting,
      knownOf(keys, 'layer1.dw', (x) => 2 * x),
    );
    const doubled = times(2, ['backward']);
    expect(gradient.try(doubled.mistake, {})).toMatchObject({ isClose: true });
    expect(doubled.runs).toEqual(['backward.1.dw', 'backward.1.dw with bounds']);
  });

  it('that is far from the numbers is excluded without bounds, unless these are all that is known of it', () => {
    const keys = ['input.FO', 'layer1.dFI', 'layer1.dw'];
    const gradient = new MistakeTrial(
      'backward.1.dw',
      setting,
      knownOf(keys, 'layer1.dw', (x) => 2 * x),
    );
    const { mistake, runs } = times(-3, ['backward']);
    expect(gradient.try(mistake, {})).toBe('excluded');
    expect(runs).toEqual(['backward.1.dw']);
    expect(gradient.try({ ...mistake, isReach: true }, {})).toBe('excluded');
    expect(runs.slice(1)).toEqual(['backward.1.dw with bounds']);
  });

  it('that changes nothing is idle, and one that changes other numbers is excluded', () => {
    expect(trial.try(times(1, ['current']).mistake, {})).toBe('idle');
    expect(trial.try(times(-1, ['current']).mistake, {})).toBe('excluded');
  });

  it('runs what comes after it again, and nothing before it', () => {
    const late = new MistakeTrial(
      'flow.1.FO',
      setting,
      knownOf(['layer1.FI', 'layer1.FO'], 'layer1.FO', (x) => 2 * x),
    );
    const flow = times(2, ['flow', 'current', 'neuron'], ['flow.1.FO']);
    late.try(flow.mistake, {});
    expect(flow.runs).toEqual(['flow.1.FO with bounds']);
    const early = times(2, ['flow', 'current', 'neuron']);
    late.try(early.mistake, {});
    expect(early.runs).toEqual(['current.1', 'neuron.1', 'flow.1.FO'].map((id) => `${id} with bounds`));
  });

  it('concerns the parts on the way that it names', () => {
    const late = new MistakeTrial('flow.1.FO', setting, knownOf([]));
    expect([...late.concerned(times(2, ['current', 'flow']).mistake)]).toEqual(['current.1', 'flow.1.FO']);
    expect([...late.concerned(times(2, ['flow'], ['flow.2.FO']).mistake)]).toEqual([]);
  });
});

it('a trial makes what lies between once, and a mistake what comes after it', () => {
  const calls = { current: 0, neuron: 0 };
  const { semantics } = setting;
  const counted = {
    ...setting,
    semantics: {
      ...semantics,
      applyCurrent: (...all: Parameters<typeof semantics.applyCurrent>) => {
        calls.current++;
        semantics.applyCurrent(...all);
      },
      applyLayerNeuron: (...all: Parameters<typeof semantics.applyLayerNeuron>) => {
        calls.neuron++;
        semantics.applyLayerNeuron(...all);
      },
    },
  };
  const early = new MistakeTrial('neuron.1', counted, knownOf(['layer1.current', 'layer1.spikes']));
  expect([early.chain.length, calls.neuron]).toEqual([1, 0]);
  const recorded = knownOf(['layer1.FO'], 'layer1.FO', (x) => 2 * x);
  const late = new MistakeTrial('flow.1.FO', counted, recorded);
  expect(calls.neuron).toBe(7 * B);
  const before = calls.current;
  late.try(times(2, ['flow'], ['flow.1.FO']).mistake, {});
  expect(calls).toEqual({ current: before, neuron: 7 * B });
});

it('a mistake that needs what is not there is excluded', () => {
  const trial = new MistakeTrial(
    'flow.1.FO',
    setting,
    knownOf(['layer1.FO'], 'layer1.FO', (x) => 2 * x),
  );
  const { mistake } = times(2, ['flow'], ['flow.1.FO']);
  const needy: Mistake = {
    ...mistake,
    plant: (part, ...rest) => ({ ...mistake.plant(part, ...rest)!, inputs: ['layer1.S.before'] }),
  };
  expect(trial.try(needy, {})).toBe('excluded');
});

it('a mistake in the currents explains their sum where that was made as W·FO, which rounds where no step does', () => {
  const weights = numbers(54, (i) => 1 + ((2 * i + 1) * 3) / 2 ** 19);
  const exact = new Map([...given, ['layer1.weight', weights] as const]);
  const step = expectedStep(situationOf(description, paper, real, B), exact);
  const FI = Float64Array.from(step.get('layer1.FI')!, (v) => 2 * v * (1 + 2 ** -24));
  const made = new Map<string, Values>([['layer1.FI', FI]]);
  const base = new Map([...exactly(exact), ...exactly(made)]);
  const trial = new MistakeTrial('flow.1.FI', setting, { base, between: new Map(), made });
  expect(trial.try(times(2, ['current']).mistake, {})).toMatchObject({ isClose: true });
});

describe('a part that is right', () => {
  const recorded = new MistakeTrial('flow.1.FO', setting, knownOf(['layer1.FI', 'layer1.FO']));
  const doubled = times(2, ['current', 'flow']).mistake;

  it('contradicts what would have changed it', () => {
    expect(recorded.contradict(doubled)).toBe(true);
    const some = new MistakeTrial('flow.1.FO', setting, knownOf(['layer1.potential', 'layer1.FO']));
    expect(some.contradict(doubled)).toBe(true);
    expect(recorded.contradict(times(1, ['current']).mistake)).toBe(false);
    expect(recorded.contradict(times(2, ['loss']).mistake)).toBe(false);
  });

  it('contradicts it in some parts only where it is in these', () => {
    expect(recorded.contradict(doubled, new Set(['flow.1.FO']))).toBe(true);
    expect(recorded.contradict(doubled, new Set(['current.2']))).toBe(false);
  });

  it('contradicts nothing where it is not right, or nothing of it was recorded', () => {
    const wrong = knownOf(['layer1.FO'], 'layer1.FO', (x) => x + 1);
    expect(new MistakeTrial('flow.1.FO', setting, wrong).contradict(doubled)).toBe(false);
    expect(new MistakeTrial('flow.1.FO', setting, knownOf([])).contradict(doubled)).toBe(false);
  });
});

describe('two mistakes', () => {
  const trial = new MistakeTrial('flow.1.FO', setting, knownOf(['layer1.FO']));
  const isKey = (key: string): boolean => !key.startsWith('layer1.current');
  const [two, three] = [2, 3].map((factor) => times(factor, ['current']).mistake);

  it('are told apart by the first array between that they make otherwise, and that can be recorded', () => {
    expect(trial.tellingKey(two, three, () => true)).toBe('layer1.current');
    expect(trial.tellingKey(two, three, isKey)).toBe('layer1.compared');
    expect(trial.tellingKey(two, three, (key) => key === 'layer1.FO')).toBeUndefined();
  });

  it('are not told apart by what one of them does not make', () => {
    const short: Mistake = {
      ...three,
      plant: (part) => ({
        ...part,
        run: (intervals, manner) => {
          const made = part.run(intervals, manner);
          return new Map([['layer1.current', made.get('layer1.current')!]]);
        },
      }),
    };
    for (const [one, other] of [
      [short, three],
      [three, short],
    ])
      expect(trial.tellingKey(one, other, (key) => key.endsWith('.rounding'))).toBeUndefined();
    expect(trial.tellingKey(short, three, () => true)).toBe('layer1.current');
  });

  it('that make the same are not', () => {
    expect(trial.tellingKey(two, two, () => true)).toBeUndefined();
  });
});
