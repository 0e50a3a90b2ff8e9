/** Traces of a simulator in binary32 agree with its convention. Other conventions and planted mistakes are named. */
import { describe, expect, it } from 'vitest';
import type { Floats } from '../../../spec/arithmetic.ts';
import { nirConventions, type NirConvention } from '../../../spec/nirConventions.ts';
import type { NirMap } from '../../../spec/nirMaps.ts';
import { writeNpy } from '../../../src/formats/npy.ts';
import { writeNpz } from '../../../src/formats/npz.ts';
import type { AnyTensor } from '../../../src/formats/tensor.ts';
import { checkConvention } from '../../../src/nir/convention.ts';
import type { NirChain } from '../../../src/nir/import/chain.ts';
import { checkTraces } from '../../../src/oracle/nir/check.ts';
import { modelOf } from '../../../src/oracle/nir/judgeTraces.ts';
import { mistakes } from '../../../src/oracle/nir/mistakes.ts';
import { readTraces } from '../../../src/oracle/nir/traces.ts';
import { chainFile, fixture, ifNode, linear } from '../../nir/graphs.ts';
import { isWhole } from '../../support.ts';
import {
  T,
  check,
  convolutionGraph,
  cubaGraph,
  draw,
  fileOf,
  idsOf,
  ifGraph,
  leakyGraph,
  read,
  record,
  recurrentGraph,
  rows,
} from './support.ts';

const IF = read(ifGraph);
const recurrent = read(recurrentGraph());
const convolution = read(convolutionGraph);
const leaky = read(leakyGraph);
const conventions = Object.entries(nirConventions);
const { norse, spikingjelly, nengo } = nirConventions;
const made = (chain: typeof IF, as: NirConvention, dt: number, rate = 0.1) => {
  const { channels, height, width } = chain.input;
  return record(chain, as, dt, draw(channels * height * width, rate));
};

describe.each(conventions)('a trace of %s', (name, convention) => {
  const calm = read(recurrentGraph(1 / 32));
  const recorded = made(calm, convention, 1e-3, 0.4);

  it.each([{ what: ['spikes'] }, { what: ['spikes', 'potentials'] }, { what: ['potentials'] }])(
    'agrees with it: $what',
    ({ what }) => {
      const { verdict } = check(calm, fileOf(calm, recorded, what), convention, 1e-3);
      // Without recorded spikes, a decision may be open.
      expect(verdict === 'agrees' || (what.length === 1 && verdict === 'undecided')).toBe(true);
    },
  );

  it('is named where another is expected and the trace tells', () => {
    const own = conventions.findIndex(([, as]) => as === convention);
    const others = conventions.filter(([, as], k) => as !== convention && (isWhole || (own + k) % 3 === 0));
    for (const [other, as] of others) {
      const report = check(calm, fileOf(calm, recorded, ['spikes', 'potentials']), as, 1e-3);
      if (report.verdict !== 'differs') continue;
      expect(idsOf(report), other).toContain(name);
    }
  });
});

it.each([
  [recurrent, 'snntorch', { sends: 'stepBefore' }],
  [IF, 'norse', { ifLeak: 'nineTenths' }],
  [recurrent, 'spyx', { reset: 'zero' }],
  [recurrent, 'snntorch', { recurrentBias: 'never' }],
  [recurrent, 'snntorch', { weights: 'int8' }],
  [recurrent, 'nengo', { synapseStep: 'likeLeak' }],
  [IF, 'norse', { fires: 'at' }],
  [IF, 'norse', { reset: 'subtract' }],
  [IF, 'norse', { ifLeak: 'nineTenths', floor: 'zero' }],
  [leaky, 'norse', { startsAt: 'reset' }],
  [leaky, 'spikingjelly', { gain: 'one' }],
] as const)('a choice that is planted is named, and given as --as agrees %#', (chain, from, change) => {
  const dt = chain === IF ? 1e-4 : 1e-3;
  const file = fileOf(
    chain,
    made(chain, checkConvention('t', { from, ...change }), dt, 0.3),
    ['spikes', 'potentials'],
    [0],
  );
  const report = check(chain, file, checkConvention('t', from), dt);
  const id = Object.entries(change).map(([question, answer]) => `${question}=${answer}`);
  expect(idsOf(report).some((each) => id.every((part) => each.includes(part)))).toBe(true);
  const { agreesWith } = report.differs!;
  expect(check(chain, file, checkConvention('t', agreesWith), dt).verdict).toBe('agrees');
});

/** All weights and parameters of a chain, as text. */
const numbersOf = ({ layers }: typeof IF): string =>
  JSON.stringify(
    layers.map((layer) => [layer.maps.map(({ map }) => map), layer.recurrent?.map, layer.parameters]),
  );

describe('a graph that is read as another', () => {
  /** Mistakes that change the chain. */
  const applied = [recurrent, convolution].flatMap((chain) => {
    const traces = readTraces(fileOf(chain, made(chain, norse, 1e-3, 0.4)), chain, 't');
    const model = modelOf(chain, traces, norse, 1e-3);
    return mistakes()
      .filter(({ change, choices, fit }) => change && !choices && !fit)
      .map((row) => [row.id, { ...model, ...row.change!(model, []) }.chain, chain] as const)
      .filter(([, other]) => numbersOf(other) !== numbersOf(chain));
  });

  it.each(applied)('is named: %s', (id, other, chain) => {
    const file = fileOf(chain, made(other, norse, 1e-3, 0.4), ['spikes', 'potentials']);
    const report = check(chain, file, norse, 1e-3);
    expect(report.verdict).toBe('differs');
    expect(idsOf(report)).toContain(id);
  });

  it('is tried where it makes a difference', () => {
    expect(applied.length).toBeGreaterThan(20);
  });
});

describe('another parameter than the graph’s', () => {
  /** A copy of a chain, in which the parameter `key` of the first layer is multiplied by a factor. */
  const changed = (chain: typeof IF, key: keyof (typeof IF)['layers'][0]['parameters'], factor: number) => {
    const [layer] = chain.layers;
    const values = Float64Array.from(layer!.parameters[key] as Floats, (each) => factor * each);
    return { ...chain, layers: [{ ...layer!, parameters: { ...layer!.parameters, [key]: values } }] };
  };

  it.each([
    ['tau', leaky, spikingjelly, 'τ', 2],
    ['v_leak', leaky, norse, 'vLeak', -1],
    ['v_leak', leaky, norse, 'vLeak', 3],
    ['v_reset', leaky, spikingjelly, 'vReset', 0.5],
    ['tau', recurrent, norse, 'τ', 0.3],
    ['tau_syn', recurrent, norse, 'τSyn', 1.25],
    ['w_in', recurrent, norse, 'wIn', 3],
    ['r', recurrent, norse, 'r', 0.8],
    ['threshold', recurrent, norse, 'vThreshold', 1.2],
    ['tau', recurrent, nengo, 'τ', 2],
  ] as const)('is found from potentials: %s', (id, chain, convention, key, factor) => {
    const recorded = made(changed(chain, key, factor), convention, 1e-3, 0.4);
    const report = check(chain, fileOf(chain, recorded, ['spikes', 'potentials']), convention, 1e-3);
    const found = report.differs!.explains.find((each) => each.id === id);
    const k = Number(/(-?[\d.]+) times/.exec(found?.says ?? '')?.[1]);
    expect(k).toBeGreaterThan(factor - 0.05 * Math.abs(factor));
    expect(k).toBeLessThan(factor + 0.05 * Math.abs(factor));
  });

  it('is found from spikes', () => {
    const recorded = made(changed(leaky, 'τ', 1.5), norse, 1e-3, 0.4);
    const report = check(leaky, fileOf(leaky, recorded), norse, 1e-3);
    expect(idsOf(report)).toContain('tau');
  });
});

describe('a trace', () => {
  const recorded = made(recurrent, norse, 1e-3, 0.4);
  const { given } = recorded;
  const [u, s] = [recorded.potentials[0]!, recorded.spikes[0]!];
  /** The numbers of one neuron. */
  const column = (name: string, numbers: readonly number[]) => rows(name, numbers.map((each) => [each])); // prettier-ignore
  const silent = (n: number) => Array.from({ length: T }, () => new Float64Array(n));
  const judged = (...arrays: [string, AnyTensor][]) =>
    check(recurrent, writeNpz([rows('input', given), ...arrays]), norse, 1e-3);

  it('has potentials of some neurons alone, by their number', () => {
    const own = u.map((row) => row[1]!);
    const with1 = (numbers: number[], name = 'a[1].potentials') =>
      judged(rows('spikes', s), column(name, numbers));
    expect(with1(own)).toMatchObject({ verdict: 'agrees', layers: [{ compared: 4 * T }] });
    const wrong = with1(own.map((each, t) => (t === 50 ? each + 0.25 : each)));
    expect(wrong.differs!.first).toMatchObject({ what: 'potential', step: 50, neuron: 1 });
    expect(() => with1(own, 'a[3].potentials')).toThrow(/^t: "a\[3\]\.potentials" expected .*2, got 3/);
    expect(() => with1(own, 'a[1].spikes')).toThrow(/^t: "node" expected one of a, got a\[1\]$/);
    expect(() => judged(rows('a.potentials', u), column('a[1].potentials', own))).toThrow(
      /expected those of a layer, or of neurons of it, got both, of a$/,
    );
  });

  it('that was recorded a step late is named', () => {
    const late = (all: number[][]) => [all[0]!.map(() => 0), ...all.slice(0, -1)];
    const report = judged(rows('spikes', late(s)), rows('potentials', late(u)));
    expect(idsOf(report)).toContain('recorded=stepAfter');
  });

  it('has potentials in units of 1/θ', () => {
    const inUnits = u.map((row) => row.map((each) => each / 0.5));
    const report = judged(rows('spikes', s), rows('potentials', inUnits));
    expect(report).toMatchObject({ verdict: 'agrees', layers: [{ unit: 2 }] });
  });

  it('goes on from a state that the sample before left', () => {
    const chain = read(cubaGraph);
    const { given: x, spikes, potentials } = made(chain, norse, 1e-3, 0.3);
    const after = <V>(all: readonly V[]): V[] => all.slice(40);
    const second = { given: after(x), spikes: spikes.map(after), potentials: potentials.map(after) };
    for (const what of [['spikes'], ['spikes', 'potentials']])
      expect(idsOf(check(chain, fileOf(chain, second, what), norse, 1e-3)), what.join()).toContain('start');
  });

  describe('of several samples', () => {
    const S = 4;
    const L = T / S;
    const input = given as readonly Float64Array[];
    const part = (b: number, from = input): Float64Array[] => from.slice(b * L, (b + 1) * L);
    const whole = Array.from({ length: S }, (_, b) => record(recurrent, norse, 1e-3, part(b)).spikes[0]!);
    const judge = (own: number[][], of: readonly ArrayLike<number>[] = input) =>
      check(recurrent, writeNpz([rows('input', of, S), rows('spikes', own, S)]), norse, 1e-3);
    const mixed = <V>(steps: readonly V[], from: (k: number) => number): V[] =>
      steps.map((_, k) => steps[from(k)]!);
    const stepFirst = (k: number): number => (k % S) * L + Math.floor(k / S);

    it('agrees where each does, and differs in the first that does', () => {
      expect(judge(whole.flat())).toMatchObject({
        verdict: 'agrees',
        samples: S,
        layers: [{ compared: 3 * T }],
      });
      const changed = whole.map((own, b) => (b < 2 ? own : [[0, 0, 0], ...own.slice(0, -1)]));
      expect(judge(changed.flat())).toMatchObject({ verdict: 'differs', sample: 2, samples: S });
    });

    it('is one whose samples and steps are exchanged in the input', () => {
      const turned = whole.flatMap((_, b) => {
        const own = Array.from({ length: L }, (__, t) => input[t * S + b]!);
        return record(recurrent, norse, 1e-3, own).spikes[0]!;
      });
      expect(judge(turned).differs!.explains[0]!.says).toMatch(/the input was read/);
    });

    it('is one with steps first where the axes are exchanged', () => {
      const first = ([name, tensor]: [string, AnyTensor]): [string, AnyTensor] => [
        name,
        { ...tensor, shape: [L, S, 3] } as AnyTensor,
      ];
      const file = writeNpz([
        first(rows('input', mixed(input, stepFirst))),
        first(rows('spikes', mixed(whole.flat(), stepFirst))),
      ]);
      const { differs } = check(recurrent, file, norse, 1e-3);
      expect(differs!.explains.map(({ id }) => id)).toEqual(['samples=exchanged']);
    });

    it('is one whose samples were recorded in another order', () => {
      const { differs } = judge([2, 0, 3, 1].flatMap((b) => whole[b]!));
      expect(differs!.explains[0]).toMatchObject({
        id: 'samples=permuted',
        says: expect.stringContaining('2, 0, 3, 1') as string,
      });
    });
  });

  it('with steps and neurons exchanged is read, and told', () => {
    const own = made(IF, norse, 1, 0.3);
    const turned = Float32Array.from({ length: 4 * T }, (_, k) => own.spikes[0]![k % T]![Math.floor(k / T)]!);
    const file = writeNpz([
      rows('input', own.given),
      ['spikes', { dtype: 'F32', shape: [4, T], data: turned }],
    ]);
    expect(check(IF, file, norse, 1)).toMatchObject({ verdict: 'differs', exchanged: ['a'] });
  });

  it('of silence decides nothing, and one where the equation fires has no cause', () => {
    const of = (entered: readonly Float64Array[]) =>
      check(IF, writeNpz([rows('input', entered), rows('spikes', silent(4))]), norse, 1);
    expect(of(silent(3)).verdict).toBe('undecided');
    expect(of(draw(3, 0.3))).toMatchObject({ verdict: 'differs', differs: { isSilent: true, explains: [] } });
  });

  it('whose potentials grow without end is undecided', () => {
    const lif = read(fixture('lif_norse.nir'));
    const input = draw(1, 0.5).map((o, t) => (t < 40 ? new Float64Array(1) : o));
    const potentials = input.map((_, t) => (t < 40 ? 0 : 0.05));
    const none = input.map(() => 0);
    const file = writeNpz([rows('input', input), column('spikes', none), column('potentials', potentials)]);
    expect(check(lif, file, norse, 0.1).verdict).not.toBe('agrees');
  });

  it('is judged for few steps under each other step', () => {
    const chain = read(fixture('two_lif_neurons.nir'));
    let runs = 0;
    const counting = (map: NirMap): NirMap => {
      const { w } = map as Extract<NirMap, { kind: 'dense' }>;
      const get = (): Floats => (runs++, w);
      return Object.defineProperty({ ...map }, 'w', { get, enumerable: true });
    };
    const layers = chain.layers.map((layer) => ({
      ...layer,
      maps: layer.maps.map((each) => ({ ...each, map: counting(each.map!) })),
    }));
    // The trace was recorded with dt 3e-4, which is not usual. With the requested dt 1000, every decision is open.
    const steps = 2000;
    const file = fileOf(chain, record(chain, norse, 3e-4, draw(1, 0.5, steps)), ['potentials']);
    const { verdict, otherStep } = check({ ...chain, layers }, file, norse, 1000);
    expect({ verdict, otherStep }).toEqual({ verdict: 'undecided', otherStep: undefined });
    expect(runs).toBeGreaterThan(steps);
    expect(runs).toBeLessThan(20 * steps);
  });

  it('that is too long is refused by the name of a node, before it is judged', () => {
    const wide = read(chainFile({ fc: linear(4, 600, Array<number>(2400).fill(1)), a: ifNode }, [600], 4));
    const long = (chain: NirChain, steps: number) => () =>
      checkTraces(
        chain,
        { arrays: new Map(), single: [], exchanged: [], T: steps, B: 2 },
        { convention: nirConventions.norse },
        't',
      );
    expect(long(IF, 2 ** 20 + 1)).toThrow(/^t: "a" expected at most 8388608 neurons × .*, got 8388616; give/);
    expect(long(wide, 2 ** 19)).toThrow(
      /^t: "a" expected at most 2147483648 multiplications .*, got \d+; give/,
    );
  });

  it('that is refused is refused in one line', () => {
    const of =
      (...arrays: [string, AnyTensor][]) =>
      () =>
        readTraces(writeNpz(arrays), IF, 't');
    const four = silent(4);
    const three = rows('input', silent(3));
    expect(of(rows('spikes', four))).toThrow(
      /^t: "input" expected an array "input" in the .npz, or --input FILE.npy, got spikes$/,
    );
    expect(of(rows('input', four))).toThrow(/^t: "input" expected T steps of 3 numbers, got \[120, 4\]$/);
    expect(of(three)).toThrow(/^t: "trace" expected spikes or potentials, got an input alone$/);
    expect(of(three, rows('b.spikes', four))).toThrow(/^t: "node" expected one of a, got b$/);
    expect(of(three, rows('spikes', four.slice(1)))).toThrow(
      /^t: "spikes" expected 120 steps of a layer of 4 \(a\) neurons, got \[119, 4\]$/,
    );
    expect(() => readTraces(new TextEncoder().encode('1,2\n'), IF, 't')).toThrow(
      /^t: "line 1" expected three numbers/,
    );
    expect(() => readTraces(Uint8Array.of(255), IF, 't')).toThrow(
      /^t: expected an .npz, an .npy or a .csv file, got other bytes$/,
    );
  });

  it('of spikes alone takes its input from beside it', () => {
    const own = made(IF, norse, 1, 0.3);
    const traces = readTraces(
      writeNpy(rows('', own.spikes[0]!)[1]),
      IF,
      't',
      writeNpy(rows('', own.given)[1]),
    );
    expect([...traces.arrays.keys()].sort()).toEqual(['a.spikes', 'input']);
  });
});

describe('of several layers', () => {
  it('one that was not recorded is computed', () => {
    const recorded = made(convolution, norse, 1e-3, 0.3);
    expect(check(convolution, fileOf(convolution, recorded, ['spikes'], [1]), norse, 1e-3)).toMatchObject({
      verdict: 'agrees',
      layers: [{ node: 'b' }],
    });
  });

  it.each(['LIF', 'IF'])('what one kind alone does is given for it alone: %s', (kind) => {
    const as = { from: 'norse', [kind]: { reset: 'subtract' } };
    const file = fileOf(convolution, made(convolution, checkConvention('t', as), 1e-3, 0.3));
    const { differs } = check(convolution, file, norse, 1e-3);
    expect(differs).toMatchObject({ node: kind === 'LIF' ? 'b' : 'a', agreesWith: as });
  });

  it('what sits in every layer is found from the last alone', () => {
    const as = checkConvention('t', { from: 'norse', reset: 'subtract' });
    const file = fileOf(convolution, made(convolution, as, 1e-3, 0.3), ['spikes'], [1]);
    expect(idsOf(check(convolution, file, norse, 1e-3))).toContain('reset=subtract');
  });
});
