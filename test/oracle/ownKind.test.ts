/** A new kind of step for the oracle, with one list of stages and one mistake: the example of CONTRIBUTING.md. */
import { expect, test } from 'vitest';
import type { Floats } from '../../spec/arithmetic.ts';
import type { Computation } from '../../src/engine/run.ts';
import type { Stage } from '../../src/engine/stage.ts';
import { judge, type JudgeManner } from '../../src/oracle/judge.ts';
import { nameMistakes, type Mistake } from '../../src/oracle/name.ts';
import { slotOf } from './stages.ts';

/** The parts that a mistake may change. This model has leaky neurons that fire without a reset, and analog input. */
interface Model {
  readonly T: number;
  readonly B: number;
  readonly inputs: number;
  readonly units: number;
  readonly leak: number;
}

/** The list of stages. Rounding needs no code here, because the engine computes the bounds. */
const stagesOf = ({ T, units, inputs, leak }: Model): Stage[] => [
  {
    id: 'current.1',
    stage: 'current',
    n: 1,
    by: 'window',
    kind: 'sum',
    reads: ['input', 'weight'],
    writes: ['current'],
    roundings: inputs,
    f([x, w], { array }) {
      const out = array((x.length / inputs) * units);
      for (let i = 0; i < out.length; i++)
        for (let j = 0; j < inputs; j++)
          out[i] = out[i] + x[Math.floor(i / units) * inputs + j] * w[(i % units) * inputs + j];
      return out;
    },
  },
  {
    id: 'neuron.1',
    stage: 'neuron',
    n: 1,
    by: 'window',
    kind: 'neuron',
    reads: ['current'],
    writes: ['spikes'],
    keys: { spikes: 'spikes' },
    T,
    size: units,
    begin: ({ array }) => ({ u: array(units) }),
    step({ u }, x, decide) {
      for (let i = 0; i < units; i++) {
        u[i] = leak * u[i];
        u[i] = u[i] + x[i];
        decide(u[i], i, Number(u[i] > 1));
      }
    },
    sends: (u) => Number(u > 1),
    rounded: (before, seen) => leak * Math.abs(before) + Math.abs(seen),
  },
];

const computationOf = (model: Model): Computation => ({
  T: model.T,
  B: model.B,
  atOnce: 1,
  stages: stagesOf(model),
  ofSamples: (B) => computationOf({ ...model, B }),
  axesOf: (key) => (key === 'weight' ? '' : 'TB'),
});

/** A catalogue with a single mistake. */
const mistakes: Mistake<Model>[] = [
  {
    id: 'leak-missing',
    stages: ['neuron'],
    says: 'Potentials do not leak.',
    change: () => ({ leak: 1 }),
  },
];

const model: Model = { T: 20, B: 3, inputs: 5, units: 7, leak: 0.8 };
const { T, B, inputs, units } = model;
const wave = (length: number, size: number): Floats =>
  Float32Array.from({ length }, (_, i) => size * Math.sin(1 + i * i));

/** The arrays of a program that leaks by this factor. */
function recorded(leak: number): Map<string, { v: Floats }> {
  const [x, w] = [wave(T * B * inputs, 1), wave(units * inputs, 0.7)];
  const [current, spikes] = [new Float32Array(T * B * units), new Float32Array(T * B * units)];
  const u = new Float32Array(B * units);
  for (let i = 0; i < current.length; i++) {
    for (let j = inputs; j-- > 0;)
      current[i] += x[Math.floor(i / units) * inputs + j] * w[(i % units) * inputs + j];
    const k = i % u.length;
    u[k] = Math.fround(leak * u[k]) + current[i];
    spikes[i] = Number(u[k] > 1);
  }
  return new Map(
    [
      ['input', x],
      ['weight', w],
      ['current', current],
      ['spikes', spikes],
    ].map(([key, v]) => [key, { v }] as [string, { v: Floats }]),
  );
}

const manner: JudgeManner = {
  slotOf: (key) => slotOf(key, 'step sample neuron', [T, B, units], key === 'spikes'),
  computed: new Set(['current', 'spikes']),
};

test.each([
  [0.8, ['agrees', 'agrees'], []],
  [1, ['agrees', 'differs'], [['leak-missing']]],
])('of a leak of %d each array has its verdict, and what is wrong its name', (leak, verdicts, names) => {
  const judged = judge(computationOf(model), recorded(leak), manner);
  expect(judged.findings.map(({ verdict }) => verdict)).toEqual(verdicts);
  const ofSamples = (own: Model, count: number): Model => ({ ...own, B: count });
  const found = nameMistakes(
    { kind: { computationOf, ofSamples }, mistakes, model, run: judged.run, manner },
    judged.wrong,
  );
  expect([...found.values()].map((explains) => explains.map(({ id }) => id))).toEqual(names);
});
