/** Traces that the equation makes in binary32 agree; planted mistakes are found, and named. */
import { describe, expect, it } from 'vitest';
import { binary32 } from '../../spec/arithmetic.ts';
import { nirConventions, type NirConvention } from '../../spec/nirConventions.ts';
import { writeNpy } from '../../src/formats/npy.ts';
import { writeNpz } from '../../src/formats/npz.ts';
import type { AnyTensor } from '../../src/formats/tensor.ts';
import { chainOf, type NirChain } from '../../src/nir/chain.ts';
import { checkSamples, checkTrace } from '../../src/nir/check.ts';
import { checkConvention } from '../../src/nir/convention.ts';
import { openChunks } from '../../src/formats/hdf5Chunks.ts';
import { readNirGraph } from '../../src/nir/graph.ts';
import { nirMisreadings, type NirMisreading } from '../../src/nir/misreadings.ts';
import { runChain } from '../../src/nir/run.ts';
import type { Exchange } from '../../src/nir/samples.ts';
import { readTraces } from '../../src/nir/trace.ts';
import { isWhole } from '../support.ts';
import { affine, cubaNode, fixture, graphFile, ifNode, input, lifNode, linear, output } from './graphs.ts';

const T = 120;
const read = (bytes: Uint8Array) => chainOf(readNirGraph(bytes, 'g', openChunks), 'g');
const draw = (n: number, rate: number): Float64Array[] => {
  let word = 12345;
  return Array.from({ length: T }, () =>
    Float64Array.from({ length: n }, () => {
      word = (Math.imul(word, 1103515245) + 12345) >>> 0;
      return word / 2 ** 32 < rate ? 1 : 0;
    }),
  );
};
const rows = (name: string, steps: readonly ArrayLike<number>[]): [string, AnyTensor] => [
  name,
  {
    dtype: 'F32',
    shape: [steps.length, steps[0]!.length],
    data: Float32Array.from(steps.flatMap((row) => Array.from(row))),
  },
];

/** What a simulator of the convention would have written of the first layer. */
function made(
  graph: Uint8Array | NirChain,
  convention: NirConvention,
  dt: number,
  rate = 0.1,
  potentials = false,
): Uint8Array {
  const chain = graph instanceof Uint8Array ? read(graph) : graph;
  const given = draw(chain.input.channels * chain.input.height * chain.input.width, rate);
  const [spikes, u]: number[][][] = [[], []];
  runChain(chain, given, { convention, dt }, binary32, (layer, _, state) => {
    if (layer > 0) return;
    spikes.push(Array.from(state.o));
    u.push(Array.from(state.u));
  });
  return writeNpz([
    rows('input', given),
    rows('spikes', spikes),
    ...(potentials ? [rows('potentials', u)] : []),
  ]);
}

const judged = (graph: Uint8Array, trace: Uint8Array, as: NirConvention, dt: number) => {
  const chain = read(graph);
  return checkTrace(chain, readTraces(trace, chain, 't')[0]!, { convention: as, dt }, 't');
};

const braille = fixture('braille_noDelay_bias_zero.nir');
const conventions = Object.entries(nirConventions);

describe.each(conventions)('a trace of %s', (_, convention) => {
  it.each([true, false])('agrees with it, with potentials: %s', (potentials) => {
    const report = judged(braille, made(braille, convention, 1e-4, 0.1, potentials), convention, 1e-4);
    expect(report).toMatchObject({ verdict: 'agrees' });
    expect(report.layers[0]!.spikes).toBeGreaterThan(10);
  });

  it('of another simulator differs where the trace tells, and is named', () => {
    const trace = made(braille, convention, 1e-4);
    let told = 0;
    const own = conventions.findIndex(([, as]) => as === convention);
    // All pairs, or every third of them.
    const others = conventions.filter(([, as], k) => as !== convention && (isWhole || (own + k) % 3 === 0));
    for (const [other, as] of others) {
      const report = judged(braille, trace, as, 1e-4);
      if (report.verdict === 'agrees') continue;
      told++;
      const ids = report.differs!.explains.map(({ id }) => id);
      expect(ids, other).not.toHaveLength(0);
    }
    expect(told).toBeGreaterThan(isWhole ? 5 : 1);
  });
});

/** What is planted into a convention, as JSON, and how it must be named. */
const planted: readonly [string, string, object, RegExp][] = [
  ['braille', 'snntorch', { sends: 'stepBefore' }, /^it fires one step late$/],
  ['if', 'snntorch', { ifLeak: 'nineTenths' }, /^β = 0.9 for IF$/],
  ['braille', 'spyx', { reset: 'zero' }, /^it is reset to zero$/],
  ['braille', 'snntorch', { recurrentBias: 'notFirst' }, /^the recurrent bias is missing in step 0$/],
  ['braille', 'snntorch', { weights: 'int8' }, /^weights cut to int8 towards 0$/],
  [
    'braille',
    'nengo',
    { step: 'euler', synapseStep: 'euler' },
    /^Euler where the convention is exponential$/,
  ],
  ['if', 'snntorch', { fires: 'at' }, /^it fires at the threshold too$/],
  ['if', 'norse', { reset: 'subtract' }, /^it subtracts the threshold$/],
];
const ifGraph = graphFile(
  {
    input: input(3),
    fc: linear(4, 3, [0.5, 0.25, 0.5, 0.75, -0.5, 0.5, 0.25, 0.5, 0.5, 1, 0.5, -0.25]),
    a: ifNode,
    output: output(4),
  },
  'input→fc fc→a a→output',
);

describe('a planted mistake is named', () => {
  it.each(planted)('in %s, %s: %j', (graph, from, change, says) => {
    const bytes = graph === 'braille' ? braille : ifGraph;
    const rate = graph === 'braille' ? 0.1 : 0.3;
    const trace = made(bytes, checkConvention('t', { from, ...change }), 1e-4, rate);
    const report = judged(bytes, trace, checkConvention('t', from), 1e-4);
    expect(report.verdict).toBe('differs');
    expect(report.differs!.explains.map((one) => one.says).join('\n')).toMatch(new RegExp(says.source, 'm'));
    // What explains it, given as --as, agrees.
    const given = report.differs!.explains.flatMap(({ as }) => (as === undefined ? [] : [as]));
    expect(given).not.toEqual([]);
    for (const as of given)
      expect(judged(bytes, trace, checkConvention('t', as), 1e-4), JSON.stringify(as)).toMatchObject({
        verdict: 'agrees',
      });
  });
});

const recurrentGraph = graphFile(
  {
    input: input(3),
    fc: affine(3, 3, [0.25, -0.125, 0.5], [1, 0.5, 2, 0.75, -0.5, 1.5, 0.25, 2, 1]),
    a: { ...cubaNode, v_threshold: 0.5 },
    back: linear(3, 3, [0.5, -1, 2, 0.25, 1, -0.5, 1, 0.75, -2]),
    output: output(3),
  },
  'input→fc fc→a a→back back→a a→output',
);
const convolutionGraph = graphFile(
  {
    input: input(1, 5, 5),
    conv: {
      type: 'Conv2d',
      weight: { shape: [1, 1, 2, 3], data: [0.5, -0.25, 0.75, 1, 0.25, -0.5] },
      stride: 1,
      padding: 0,
      dilation: 1,
      groups: 1,
      bias: [0.125],
    },
    a: ifNode,
    output: output(1, 4, 3),
  },
  'input→conv conv→a a→output',
);

describe('a layer that is not read as the graph says', () => {
  const { norse } = nirConventions;
  const applied = [recurrentGraph, convolutionGraph].flatMap((graph) =>
    nirMisreadings.flatMap((each): [string, NirMisreading, Uint8Array][] =>
      each.read(read(graph).layers[0]!) ? [[each.id, each, graph]] : [],
    ),
  );

  it.each(applied)('is named: %s', (id, { says, read: change }, graph) => {
    const chain = read(graph);
    const changed = { ...chain, layers: [change(chain.layers[0]!)!] };
    // Where a spike resets to 0, the threshold is found from the trace.
    const convention =
      id === 'threshold=1' ? checkConvention('t', { from: 'norse', reset: 'subtract' }) : norse;
    // Weights of 8 bits show in potentials first.
    const potentials = id === 'weights=rounded' || id === 'weights=cut';
    const trace = made(changed, convention, 1e-3, 0.4, potentials);
    const report = judged(graph, trace, convention, 1e-3);
    expect(report).toMatchObject({ verdict: 'differs', differs: { isSilent: false } });
    expect(report.differs!.explains).toContainEqual({ id, says, as: undefined });
    // The right trace differs from it.
    const right = made(graph, convention, 1e-3, 0.4, potentials);
    expect(
      checkTrace(changed, readTraces(right, changed, 't')[0]!, { convention, dt: 1e-3 }, 't').verdict,
    ).toBe('differs');
  });

  it.each([
    [0.6, /^its threshold lies between 0\.5\d+ and 0\.6\d*, the graph says 0\.5$/],
    [0.4, /^its threshold lies between 0\.3\d+ and 0\.4\d*, the graph says 0\.5$/],
    [100, /^its threshold is above [\d.]+, the graph says 0\.5$/],
  ])('has a threshold of %d, which is found from the trace', (θ, says) => {
    const chain = read(recurrentGraph);
    const [layer] = chain.layers;
    const parameters = { ...layer!.parameters, vThreshold: new Float64Array(3).fill(θ) };
    const changed = { ...chain, layers: [{ ...layer!, parameters }] };
    const report = judged(recurrentGraph, made(changed, norse, 1e-3, 0.4, true), norse, 1e-3);
    expect(report.differs!.explains.map((each) => each.id)).toEqual(['threshold']);
    expect(report.differs!.explains[0]!.says).toMatch(says);
  });

  const leaky = graphFile(
    {
      input: input(3),
      fc: linear(3, 3, [8, 4, 8, 12, -8, 8, 4, 8, 8]),
      a: {
        ...lifNode,
        tau: [0.01, 0.01, 0.01],
        r: [1.5, 1.5, 1.5],
        v_leak: [0.25, 0.25, 0.25],
        v_reset: [-0.5, -0.5, -0.5],
      },
      output: output(3),
    },
    'input→fc fc→a a→output',
  );
  const { spikingjelly, spyx } = nirConventions;

  it.each([
    [
      'tau',
      leaky,
      spikingjelly,
      'τ',
      2,
      'its tau is 0.02, the graph says 0.01; or its step is 0.0005, not 0.001',
    ],
    [
      'r',
      leaky,
      spikingjelly,
      'r',
      0.8,
      'its r is 1.2, the graph says 1.5; or what reaches it is scaled by as much',
    ],
    ['v_leak', leaky, spikingjelly, 'vLeak', -1, undefined],
    ['v_leak', leaky, spikingjelly, 'vLeak', 3, 'its v_leak is 0.75, the graph says 0.25'],
    ['v_reset', leaky, spikingjelly, 'vReset', 0.5, 'its v_reset is -0.25, the graph says -0.5'],
    ['tau_mem', recurrentGraph, norse, 'τ', 0.3, undefined],
    ['tau_syn', recurrentGraph, norse, 'τSyn', 1.25, undefined],
    ['w_in', recurrentGraph, norse, 'wIn', 3, undefined],
    ['tau_syn', recurrentGraph, spyx, 'τSyn', 5, undefined],
  ] as const)(
    'has another %s, which is found from potentials',
    (id, graph, convention, key, factor, says) => {
      const chain = read(graph);
      const [layer] = chain.layers;
      const value = layer!.parameters[key];
      const parameters = { ...layer!.parameters, [key]: Float64Array.from(value, (each) => factor * each) };
      const trace = made({ ...chain, layers: [{ ...layer!, parameters }] }, convention, 1e-3, 0.4, true);
      const { differs } = judged(graph, trace, convention, 1e-3);
      expect(differs!.explains.map((each) => each.id)).toContain(id);
      if (says !== undefined) expect(differs!.explains[0]!.says).toBe(says);
    },
  );

  it.each([
    [1, true, true, norse],
    [5, true, true, spikingjelly],
    [5, true, false, spikingjelly],
    [3, false, true, spikingjelly],
    [4, false, false, norse],
    [4, false, false, spyx],
  ])('rests for %d steps (held %s, potentials recorded %s)', (steps, isHeld, potentials, convention) => {
    const graph = convention === norse ? recurrentGraph : leaky;
    const chain = read(graph);
    const changed = { ...chain, layers: [{ ...chain.layers[0]!, rest: { steps, isHeld } }] };
    const trace = made(changed, convention, 1e-3, 0.4, potentials);
    const { verdict, differs } = judged(graph, trace, convention, 1e-3);
    expect(verdict).toBe('differs');
    const says = differs!.explains.filter(({ id }) => id === 'rest').map((each) => each.says);
    const wanted = isHeld ? 'and its input is lost' : 'and its potential goes on';
    expect(says.join()).toMatch(
      new RegExp(`it rests for ${steps}( to \\d+)? steps? after a spike .*${wanted}`),
    );
  });

  it('has another parameter, though two choices would be one too: both are named', () => {
    const graph = graphFile(
      {
        input: input(3),
        fc: affine(3, 3, [0.25, -0.125, 0.5], [1, 0.5, 2, 0.75, -0.5, 1.5, 0.25, 2, 1]),
        a: { ...cubaNode, v_threshold: 0.5 },
        output: output(3),
      },
      'input→fc fc→a a→output',
    );
    const as = checkConvention('t', { from: 'norse', synapse: 'one', gain: 'one' });
    const { differs } = judged(graph, made(graph, as, 1e-3, 0.4, true), norse, 1e-3);
    expect(differs!.explains.map(({ id }) => id)).toContain('gain=one synapse=one');
    expect(differs!.explains.map(({ id }) => id)).toContain('r');
  });

  it('has another r, after a step whose sum is 0 but for rounding', () => {
    const graph = graphFile(
      {
        input: input(3),
        fc: linear(3, 3, [0.1, 0.2, -0.3, 5, 7, 9, 3, 4, 8]),
        a: { ...lifNode, tau: [0.01, 0.01, 0.01], r: [1.5, 1.5, 1.5] },
        output: output(3),
      },
      'input→fc fc→a a→output',
    );
    const chain = read(graph);
    const [layer] = chain.layers;
    const parameters = { ...layer!.parameters, r: new Float64Array(3).fill(1.2) };
    const given = draw(3, 0.4);
    given[0] = Float64Array.of(1, 1, 1);
    const [spikes, u]: number[][][] = [[], []];
    const changed = { ...chain, layers: [{ ...layer!, parameters }] };
    runChain(changed, given, { convention: spikingjelly, dt: 1e-3 }, binary32, (_, t, state) => {
      spikes.push(Array.from(state.o));
      u.push(Array.from(state.u));
      if (t === 0) u[0]![0] = 0;
    });
    const trace = writeNpz([rows('input', given), rows('spikes', spikes), rows('potentials', u)]);
    expect(judged(graph, trace, spikingjelly, 1e-3).differs!.explains.map(({ id }) => id)).toContain('r');
  });

  it('has another time constant, and records u/θ, or is silent for long', () => {
    const chain = read(recurrentGraph);
    const [layer] = chain.layers;
    const parameters = { ...layer!.parameters, τ: layer!.parameters.τ };
    const changed = {
      ...chain,
      layers: [
        { ...layer!, parameters: { ...parameters, τ: Float64Array.from(parameters.τ, (τ) => 2 * τ) } },
      ],
    };
    const { nengo } = nirConventions;
    const given = [...Array.from({ length: 400 }, () => new Float64Array(3)), ...draw(3, 0.4)];
    const [spikes, u]: number[][][] = [[], []];
    runChain(changed, given, { convention: nengo, dt: 1e-3 }, binary32, (_, __, state) => {
      spikes.push(Array.from(state.o));
      u.push(Array.from(state.u, (value) => value / 0.5));
    });
    const trace = writeNpz([rows('input', given), rows('spikes', spikes), rows('potentials', u)]);
    const { differs } = judged(recurrentGraph, trace, nengo, 1e-3);
    expect(differs!.explains.map(({ id }) => id)).toContain('tau_mem');
  });

  it.each(['weights=rounded', 'weights=cut'])('leaves the largest weight of each array: %s', (id) => {
    const change = nirMisreadings.find((each) => each.id === id)!.read;
    for (let k = 1; k <= 200; k++) {
      const largest = Math.fround(k / 7.3);
      const graph = graphFile(
        { input: input(2), fc: linear(1, 2, [largest, -largest / 3]), a: ifNode, output: output(1) },
        'input→fc fc→a a→output',
      );
      const { map } = change(read(graph).layers[0]!)!.maps[0]!;
      expect((map as { w: Float32Array }).w[0]! / largest).toBeCloseTo(1, 5);
      expect((map as { w: Float32Array }).w[1]! / largest).toBeCloseTo(-42 / 127, 5);
    }
  });

  it('is tried where it makes a difference', () => {
    expect(applied.map(([id]) => id).sort()).toEqual(
      [...nirMisreadings.map(({ id }) => id), 'bias=dropped', 'weights=rounded', 'weights=cut'].sort(),
    );
    // No bias, no recurrent edge, thresholds of 1, no square matrix; but weights that are no 127ths.
    const [layer] = read(ifGraph).layers;
    const others = nirMisreadings.flatMap(({ id, read: change }) => (change(layer!) ? [id] : []));
    expect(others).toEqual(['weights=rounded', 'weights=cut']);
  });
});

describe('a trace', () => {
  const norse = nirConventions.norse;
  const bytes = made(ifGraph, norse, 1);

  /** The arrays of the first layer for given inputs, one row a step. */
  const run = (
    graph: Uint8Array,
    inputs: readonly Float64Array[],
  ): Record<'spikes' | 'potentials', number[][]> => {
    const found = { spikes: [] as number[][], potentials: [] as number[][] };
    runChain(read(graph), inputs, { convention: norse, dt: 1e-3 }, binary32, (layer, _, { o, u }) => {
      if (layer > 0) return;
      found.spikes.push([...o]);
      found.potentials.push([...u]);
    });
    return found;
  };
  const fed = draw(3, 0.4);

  it('has potentials of some neurons alone, by their number', () => {
    const { spikes, potentials } = run(recurrentGraph, fed);
    const judge = (u: number[], name = 'a[1].potentials') =>
      judged(
        recurrentGraph,
        writeNpz([
          rows('input', fed),
          rows('spikes', spikes),
          rows(
            name,
            u.map((one) => [one]),
          ),
        ]),
        norse,
        1e-3,
      );
    const own = potentials.map((row) => row[1]!);
    const right = judge(own);
    expect(right).toMatchObject({ verdict: 'agrees' });
    expect(right.layers[0]!.compared).toBe(3 * T + T);
    const wrong = judge(own.map((u, t) => (t === 50 ? u + 0.25 : u)));
    expect(wrong.differs!.first).toMatchObject({ what: 'potential', step: 50, neuron: 1 });
    expect(() => judge(own, 'a[3].potentials')).toThrow(/^t: "a\[3\]\.potentials" expected .*2, got 3/);
    expect(() => judge(own, 'a[1].spikes')).toThrow(/^t: "node" expected one of a, got a\[1\]$/);
    expect(() =>
      judged(
        recurrentGraph,
        writeNpz([
          rows('input', fed),
          rows('a.potentials', potentials),
          rows(
            'a[1].potentials',
            own.map((u) => [u]),
          ),
        ]),
        norse,
        1e-3,
      ),
    ).toThrow(/^t: "potentials" expected those of a layer, or of neurons of it, got both, of a$/);
  });

  it('that was recorded one step late is named', () => {
    const { spikes, potentials } = run(recurrentGraph, fed);
    const late = (all: number[][]) => [all[0]!.map(() => 0), ...all.slice(0, -1)];
    const file = writeNpz([
      rows('input', fed),
      rows('spikes', late(spikes)),
      rows('potentials', late(potentials)),
    ]);
    const report = judged(recurrentGraph, file, norse, 1e-3);
    expect(report.differs!.explains.map(({ id }) => id)).toEqual(['recorded=stepAfter']);
  });

  describe('of several samples', () => {
    const S = 4;
    const L = T / S;
    const part = (s: number): Float64Array[] => fed.slice(s * L, (s + 1) * L);
    const stacked = (name: string, steps: readonly ArrayLike<number>[]): [string, AnyTensor] => {
      const [, { dtype, data }] = rows(name, steps);
      return [name, { dtype, shape: [S, L, steps[0]!.length], data } as AnyTensor];
    };
    const whole = Array.from({ length: S }, (_, s) => run(recurrentGraph, part(s)).spikes);
    const check = (spikes: number[][], exchange?: Exchange) => {
      const chain = read(recurrentGraph);
      const file = writeNpz([stacked('input', fed), stacked('spikes', spikes)]);
      const traces = readTraces(file, chain, 't', undefined, exchange);
      return checkSamples(chain, traces, { convention: norse, dt: 1e-3 }, 't');
    };

    it('agrees where each does', () => {
      const report = check(whole.flat());
      expect(report).toMatchObject({ verdict: 'agrees', samples: S });
      expect(report.layers[0]!.compared).toBe(3 * T);
    });

    it('differs in the first sample that does', () => {
      const changed = whole.map((spikes, s) => (s < 2 ? spikes : [[0, 0, 0], ...spikes.slice(0, -1)]));
      const report = check(changed.flat());
      expect(report).toMatchObject({ verdict: 'differs', sample: 2, samples: S });
      expect(report.differs!.explains.map(({ id }) => id)).toContain('sends=stepBefore');
    });

    it('is that of samples and steps exchanged, in the input or in all arrays', () => {
      // Row t · S + s of the file is step t of sample s.
      const mixed = Array.from(
        { length: S },
        (_, s) =>
          run(
            recurrentGraph,
            Array.from({ length: L }, (__, t) => fed[t * S + s]!),
          ).spikes,
      );
      const all = Array.from({ length: T }, (_, k) => mixed[k % S]![Math.floor(k / S)]!);
      expect(check(all).verdict).toBe('differs');
      expect(check(all, 'all').verdict).toBe('agrees');
      expect(check(mixed.flat()).verdict).toBe('differs');
      expect(check(mixed.flat(), 'input').verdict).toBe('agrees');
    });

    it('has steps first where the axes are exchanged', () => {
      const turned = (steps: readonly ArrayLike<number>[]) =>
        Array.from({ length: T }, (_, k) => steps[(k % S) * L + Math.floor(k / S)]!);
      const chain = read(recurrentGraph);
      const shape = [L, S, 3];
      const file = writeNpz(
        (['input', 'spikes'] as const).map((name): [string, AnyTensor] => {
          const [, tensor] = rows(name, turned(name === 'input' ? fed : whole.flat()));
          return [name, { ...tensor, shape } as AnyTensor];
        }),
      );
      const of = (exchange: Exchange) =>
        checkSamples(
          chain,
          readTraces(file, chain, 't', undefined, exchange),
          { convention: norse, dt: 1e-3 },
          't',
        );
      expect(of('none').verdict).toBe('differs');
      expect(of('axes')).toMatchObject({ verdict: 'agrees', samples: S });
    });

    it('has the unit of the first sample that tells it', () => {
      const graph = graphFile(
        { input: input(3), fc: linear(3, 3), a: { ...lifNode, v_threshold: 0.5 }, output: output(3) },
        'input→fc fc→a a→output',
      );
      const chain = read(graph);
      // Nothing enters the first sample, whose potentials are 0 in any unit.
      const inputs = fed.map((row, t) => (t < L ? row.map(() => 0) : row));
      const u = Array.from({ length: S }, (_, s) => run(graph, inputs.slice(s * L, (s + 1) * L)).potentials);
      const inUnits = u.flat().map((row) => row.map((one) => one / 0.5));
      const file = writeNpz([stacked('input', inputs), stacked('potentials', inUnits)]);
      const traces = readTraces(file, chain, 't');
      const report = checkSamples(chain, traces, { convention: norse, dt: 1e-3 }, 't');
      expect(report).toMatchObject({ verdict: 'agrees', layers: [{ unit: 2 }] });
    });
  });

  it('with steps and neurons exchanged is read, and told', () => {
    const chain = read(ifGraph);
    const trace = readTraces(bytes, chain, 't')[0]!;
    const spikes = trace.records.get(0)!.spikes!;
    const turned = Float32Array.from({ length: 4 * T }, (_, k) => spikes[k % T]![Math.floor(k / T)]!);
    const file = writeNpz([
      rows('input', trace.input),
      ['spikes', { dtype: 'F32', shape: [4, T], data: turned }],
    ]);
    const report = judged(ifGraph, file, norse, 1);
    expect(report).toMatchObject({ verdict: 'differs', exchanged: ['a'] });
    expect(report.differs).toBeUndefined();
  });

  it('that is silent where the equation fires has no explanation: whatever does not fire would be one', () => {
    const given = draw(3, 0.1);
    const silence = given.map(() => new Float64Array(4));
    const report = judged(ifGraph, writeNpz([rows('input', given), rows('spikes', silence)]), norse, 1);
    expect(report).toMatchObject({ verdict: 'differs', differs: { isSilent: true, explains: [] } });
  });

  it('whose step is longer than the time constants is undecided: potentials grow without end, and so does rounding', () => {
    const lif = fixture('lif_norse.nir');
    const given = draw(1, 0.5).map((o, t) => (t < 40 ? new Float64Array(1) : o));
    for (const later of [0, 0.05, -3e7]) {
      const u = given.map((_, t) => [t < 40 ? 0 : later]);
      const spikes = given.map(() => [0]);
      const file = writeNpz([rows('input', given), rows('spikes', spikes), rows('potentials', u)]);
      const report = judged(lif, file, norse, 0.1);
      expect(report.verdict).toBe('undecided');
      const { undecided, compared } = report.layers[0]!;
      expect(undecided / compared).toBeGreaterThan(0.5);
    }
    // Nor is it a cause: with a thousandth of the step the trace would be judged.
    const trace = made(lif, norse, 1e-4, 0.5, true);
    const other = judged(lif, trace, checkConvention('t', { from: 'norse', reset: 'subtract' }), 1e-4);
    expect(other.differs!.explains.map(({ id }) => id)).toContain('norse');
    expect(other.differs!.explains.map(({ id }) => id)).not.toContain('dt·1000');
  });

  it('of silence decides nothing', () => {
    const zeros = (n: number) => Array.from({ length: T }, () => new Float64Array(n));
    const file = writeNpz([rows('input', zeros(3)), rows('spikes', zeros(4))]);
    expect(judged(ifGraph, file, norse, 1).verdict).toBe('undecided');
  });

  it('that is refused is refused in one line', () => {
    const chain = read(ifGraph);
    const of =
      (...arrays: [string, AnyTensor][]) =>
      () =>
        readTraces(writeNpz(arrays), chain, 't');
    const four = Array.from({ length: T }, () => new Float64Array(4));
    expect(of(rows('spikes', four))).toThrow(
      /^t: "input" expected an array "input" in the .npz, or --input FILE.npy, got spikes$/,
    );
    expect(of(rows('input', four))).toThrow(/^t: "input" expected T steps of 3 numbers, got \[120, 4\]$/);
    const given = rows(
      'input',
      Array.from({ length: T }, () => new Float64Array(3)),
    );
    expect(of(given)).toThrow(/^t: "trace" expected spikes or potentials, got an input alone$/);
    expect(of(given, rows('b.spikes', four))).toThrow(/^t: "node" expected one of a, got b$/);
    expect(of(given, rows('spikes', four.slice(1)))).toThrow(
      /^t: "spikes" expected 120 steps of a layer of 4 \(a\) neurons, got \[119, 4\]$/,
    );
    expect(() => readTraces(new TextEncoder().encode('1,2\n'), chain, 't')).toThrow(
      /^t: "line 1" expected three numbers/,
    );
    expect(() => readTraces(Uint8Array.of(255), chain, 't')).toThrow(
      /^t: expected an .npz, an .npy or a .csv file, got other bytes$/,
    );
  });

  it('of spikes alone takes its input from beside it', () => {
    const chain = read(ifGraph);
    const trace = readTraces(bytes, chain, 't')[0]!;
    const spikes = writeNpy(rows('', trace.records.get(0)!.spikes!)[1]);
    expect(readTraces(spikes, chain, 't', writeNpy(rows('', trace.input)[1]))).toEqual([trace]);
  });
});

it('a layer that is not recorded is computed', () => {
  const graph = graphFile(
    {
      input: input(3),
      fc: linear(4, 3, [0.5, 0.25, 0.5, 0.75, -0.5, 0.5, 0.25, 0.5, 0.5, 1, 0.5, -0.25]),
      a: ifNode,
      f: affine(2, 4, [0.125, 0], [1, 0, 0.5, 1, 0.25, 1, 1, 0]),
      b: ifNode,
      output: output(2),
    },
    'input→fc fc→a a→f f→b b→output',
  );
  const chain = read(graph);
  const given = draw(3, 0.3);
  const spikes: number[][] = [];
  runChain(chain, given, { convention: nirConventions.norse, dt: 1 }, binary32, (layer, _, { o }) => {
    if (layer === 1) spikes.push(Array.from(o));
  });
  const file = writeNpz([rows('input', given), rows('b.spikes', spikes)]);
  expect(judged(graph, file, nirConventions.norse, 1)).toMatchObject({
    verdict: 'agrees',
    layers: [{ node: 'b' }],
  });
});

describe('of several layers', () => {
  const graph = graphFile(
    {
      input: input(3),
      fc: linear(4, 3, [8, 4, 8, 12, -8, 8, 4, 8, 8, 16, 8, -4]),
      a: { ...lifNode, tau: 0.01 },
      f: affine(2, 4, [0.125, 0], [1, 0, 0.5, 1, 0.25, 1, 1, 0]),
      b: ifNode,
      output: output(2),
    },
    'input→fc fc→a a→f f→b b→output',
  );
  const recordOf = (convention: NirConvention): Uint8Array => {
    const chain = read(graph);
    const given = draw(3, 0.4);
    const spikes: number[][][] = [[], []];
    runChain(chain, given, { convention, dt: 1e-3 }, binary32, (layer, _, { o }) =>
      spikes[layer]!.push(Array.from(o)),
    );
    return writeNpz([rows('input', given), rows('a.spikes', spikes[0]!), rows('b.spikes', spikes[1]!)]);
  };
  const { norse } = nirConventions;

  it.each(['LIF', 'IF'])('what one kind alone does is given for it alone: %s', (kind) => {
    const as = { from: 'norse', [kind]: { reset: 'subtract' } };
    const trace = recordOf(checkConvention('t', as));
    expect(judged(graph, trace, norse, 1e-3).differs).toMatchObject({
      node: kind === 'LIF' ? 'a' : 'b',
      agreesWith: as,
    });
    expect(judged(graph, trace, checkConvention('t', as), 1e-3).verdict).toBe('agrees');
  });

  it('what both do is given for both', () => {
    const as = { from: 'norse', reset: 'subtract' };
    const trace = recordOf(checkConvention('t', as));
    expect(judged(graph, trace, norse, 1e-3).differs!.agreesWith).toEqual(as);
  });

  it('pairs of choices are tried as long as they take little, and what was left is said', () => {
    const chain = read(ifGraph);
    const as = checkConvention('t', { from: 'norse', ifLeak: 'nineTenths', floor: 'zero' });
    const trace = readTraces(made(ifGraph, as, 1, 0.3), chain, 't')[0]!;
    const of = (most?: number) =>
      checkTrace(
        chain,
        trace,
        { convention: norse, dt: 1 },
        't',
        most === undefined ? {} : { mostWork: most },
      ).differs!;
    expect(of()).toMatchObject({ isCutShort: false, explains: [{ id: 'floor=zero ifLeak=nineTenths' }] });
    expect(of(0)).toMatchObject({ isCutShort: true, explains: [] });
  });

  it('no convention is given where each layer has a cause of its own', () => {
    const trace = recordOf(
      checkConvention('t', { from: 'norse', LIF: { reset: 'subtract' }, IF: { sends: 'stepBefore' } }),
    );
    const { differs } = judged(graph, trace, norse, 1e-3);
    expect(differs!.explains).not.toEqual([]);
    expect(differs!.agreesWith).toBeUndefined();
  });
});
