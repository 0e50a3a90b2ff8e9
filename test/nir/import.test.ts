/** An imported graph gives the spikes of the equation. Properties that no layer supports are refused by name. */
import { describe, expect, it } from 'vitest';
import { binary32 } from '../../spec/arithmetic.ts';
import { nirConventions, type NirConvention } from '../../spec/nirConventions.ts';
import { neuronsOf, type LayerDescription } from '../../spec/network.ts';
import type { Dataset } from '../../src/data/dataset.ts';
import { InputError } from '../../src/errors.ts';
import { decodeModel, encodeModel } from '../../src/modelFile/model.ts';
import { network, type SpikingNetwork } from '../../src/network/network.ts';
import { checkConvention } from '../../src/nir/convention.ts';
import { exportNIR } from '../../src/nir/export.ts';
import { importNIR } from '../../src/nir/import/open.ts';
import { runChain } from '../../src/nir/run.ts';
import { fit } from '../../src/train/fit.ts';
import { inspect, predict } from '../../src/train/predict.ts';
import { chunkedFile } from '../formats/hdf5Files.ts';
import { congruence, expectBits } from '../support.ts';
import {
  affine,
  chainFile as line,
  chainIn,
  conv as convolution,
  cubaNode,
  fixture,
  flat,
  graphGroup,
  group,
  ifNode as IF,
  input,
  lifNode as LIF,
  linear as matrix,
  output,
  pool,
  type Node,
} from './graphs.ts';

const T = 30;
let random = congruence(7);
const dyadic = (n: number): number[] => Array.from({ length: n }, () => Math.floor(random() * 33 - 14) / 16);
const frames = (n: number, steps = T): Float64Array =>
  Float64Array.from({ length: n * steps }, () => (random() < 0.3 ? 1 : 0));
const linear = (outputs: number, inputs: number): Node => matrix(outputs, inputs, dyadic(outputs * inputs));
const biased = (outputs: number, inputs: number): Node =>
  affine(outputs, inputs, dyadic(outputs), dyadic(outputs * inputs));
const conv = (outputs: number, inputs: number, kernel: number, padding: number, bias?: number[]): Node =>
  convolution([outputs, inputs, kernel], padding, dyadic(outputs * inputs * kernel ** 2), bias);
const sum = pool('SumPool2d', 2);
const scale: Node = { type: 'Scale', scale: [0.5, 1, 2, 0.25] };
const wide: Node = { ...conv(2, 1, 3, 0), weight: { shape: [2, 1, 1, 3], data: dyadic(6) } };

/** Compares spikes or potentials of each layer with the equation at each step. At least one number of each layer must not be 0. */
function expectEquation(
  net: SpikingNetwork,
  bytes: Uint8Array,
  given: Float64Array,
  convention: NirConvention,
  { dt = 1, potentials = false } = {},
): void {
  const chain = chainIn(bytes);
  const n = given.length / T;
  const steps = Array.from({ length: T }, (_, t) => given.subarray(t * n, (t + 1) * n));
  const found: number[][] = chain.layers.map(() => []);
  runChain(chain, steps, { convention, dt }, binary32, (layer, _, { u, o }) =>
    found[layer]!.push(...(potentials ? u : o)),
  );
  const views = inspect(net, { frames: given });
  for (const [place, values] of found.entries()) {
    expectBits(views[place + 1]![potentials ? 'potentials' : 'spikes'], values, `layer ${place + 1}`);
    expect(values.some((value) => value !== 0)).toBe(true);
  }
}

const graphs: Readonly<Record<string, readonly [shape: number[], nodes: Node[], kinds: string]>> = {
  'a convolution, a sum and a mean': [
    [2, 4, 4],
    [conv(3, 2, 3, 1), IF, sum, IF, pool('AvgPool2d', 2), IF, flat, linear(2, 3), IF],
    'convolution sumPool averagePool linear',
  ],
  'a pool before a convolution, with padding': [
    [1, 6, 6],
    [conv(2, 1, 3, 1), IF, sum, conv(3, 2, 3, 1), IF, flat, linear(2, 27), IF],
    'convolution convolution linear',
  ],
  'two linear nodes, and neurons after neurons': [
    [3],
    [linear(4, 3), scale, matrix(2, 4, [1, 0.5, 0.25, 1, 1, -1, 0.5, 1]), IF, IF],
    'linear linear',
  ],
  'biases of linear nodes': [[3], [biased(5, 3), IF, biased(2, 5), IF], 'linear linear'],
  'biases of convolutions, one of them after a pool': [
    [2, 4, 4],
    [conv(3, 2, 3, 1, dyadic(3)), IF, sum, conv(2, 3, 2, 0, dyadic(2)), IF, flat, biased(2, 2), IF],
    'convolution convolution linear',
  ],
  'a bias that goes through a matrix': [[3], [biased(4, 3), scale, biased(2, 4), IF], 'linear'],
  'a window that is not square': [[1, 4, 4], [wide, IF, flat, linear(2, 16), IF], 'linear linear'],
};

describe.each(Object.entries(graphs))('%s', (_, [shape, nodes, kinds]) => {
  it.each(['norse', 'spikingjelly'] as const)('has the spikes of the equation as %s', async (as) => {
    const bytes = line(nodes, shape);
    const net = await importNIR(bytes, { as, timeWindow: T });
    expect(net.plan.layers.map(({ kind }) => kind.name).join(' ')).toBe(kinds);
    expectEquation(net, bytes, frames(shape.reduce((a, b) => a * b)), nirConventions[as]);
  });
});

it('leaks with a λ and weights that are rounded once', async () => {
  const weights = dyadic(10);
  const bytes = line([matrix(5, 2, weights), { ...LIF, tau: 0.004, r: 2 }, linear(2, 5), IF], [2]);
  const net = await importNIR(bytes, { as: { from: 'norse', resistance: 'used' }, dt: 1e-3, timeWindow: T });
  expect(net.plan.layers[0]).toMatchObject({ λ: 0.75, spikes: true });
  expect([...net.weights![0]!]).toEqual(weights.map((w) => Math.fround(w * 0.5)));
  expect(net.nir).toEqual({ as: '{"from":"norse","resistance":"used"}', dt: 1e-3 });
});

it.each([
  ['sameStep', 'subtractThenLeak'],
  ['beforeLeak', 'subtractThenLeak'],
  ['afterLeak', 'leakThenSubtract'],
])('subtracts, %s: the spikes of the equation', async (resetWhen, reset) => {
  random = congruence(7);
  const neurons = { ...LIF, tau: 0.004, r: 4 };
  const bytes = line([linear(5, 3), neurons, linear(2, 5), neurons], [3]);
  const as = { from: 'snntorch', gain: 'euler', reset: 'subtract', resetWhen } as const;
  const given = frames(3).map((o) => 4 * o);
  const net = await importNIR(bytes, { as, dt: 1e-3, timeWindow: T });
  expect(net.variant.reset).toBe(reset);
  expectEquation(net, bytes, given, checkConvention('t', as), { dt: 1e-3 });
});

describe('trained further', () => {
  const samples = Array.from({ length: 4 }, () => Float32Array.from(frames(3)));
  const part: Dataset = {
    name: 'a',
    length: 4,
    shape: { channels: 3, height: 1, width: 1 },
    input: (i) => ({ frames: samples[i]! }),
    label: (i) => i % 2,
  };
  const split = { train: part, test: part };

  it('learns where its output integrates', async () => {
    const bytes = line([linear(5, 3), IF, linear(2, 5)], [3]);
    const net = await importNIR(bytes, { as: 'norse', timeWindow: T });
    expect(net.variant.output).toBe('integrates');
    const before = net.weights!.map((w) => [...w]);
    for await (const { loss } of fit(net, split, { epochs: 2 })) expect(loss).toBeGreaterThan(0);
    expect(net.weights!.map((w) => [...w])).not.toEqual(before);
  });

  it('is refused where its output fires', async () => {
    const net = await importNIR(line([linear(2, 3), IF], [3]), { as: 'norse', timeWindow: T });
    await expect(fit(net, split, { epochs: 1 }).next()).rejects.toThrow(
      /^train: "network" expected an output layer without neurons, got a NIR graph whose output fires; such an import only predicts$/,
    );
  });
});

it('has the potentials of the equation with any biases, and v_leak as one', async () => {
  const any = (n: number): number[] => Array.from({ length: n }, () => Math.fround(random() * 1.4 - 0.4));
  const anyBias = line([affine(5, 3, any(5), any(15)), IF, affine(2, 5, any(2), any(10)), IF], [3]);
  const net = await importNIR(anyBias, { as: 'norse', timeWindow: T });
  expectEquation(net, anyBias, frames(3), nirConventions.norse, { potentials: true });
  const leaking = await importNIR(fixture('two_lif_neurons.nir'), { as: 'snntorch', timeWindow: T });
  expect(leaking.plan.layers.map(({ bias }) => bias.length > 0)).toContain(true);
});

it('takes a bias beside more weights than a call takes arguments', async () => {
  const bytes = line([affine(200, 1000, Array(200).fill(0.5)), IF, linear(2, 200), IF], [1000]);
  const first = (await importNIR(bytes, { as: 'norse', timeWindow: T })).weights![0]!;
  expect(first).toHaveLength(200_200);
  expect(first.subarray(-2)).toEqual(Float32Array.of(0.5, 0.5));
});

it('keeps convention and step in the model', async () => {
  const net = await importNIR(fixture('cnn_sinabs.nir'), { as: 'norse', timeWindow: 5 });
  const back = decodeModel(encodeModel({ net, epochs: [] }), 'm').net;
  expect(back.nir).toEqual({ as: 'norse', dt: 1e-3 });
  expect(back.weights).toEqual(net.weights);
});

it('reads what gzip has compressed', async () => {
  const weights = linear(2, 3);
  const plain = line([weights, { ...IF, v_threshold: [2, 2] }], [3]);
  const packed = chunkedFile(Uint8Array.of(2, 2), 2, 2, (threshold) => {
    const nodes = { input: input(3), w: weights, n: new Map([...group(IF), ['v_threshold', threshold]]) };
    const all = graphGroup({ ...nodes, output: output(2) }, 'input→w w→n n→output');
    return new Map([['node', all]]);
  });
  const as = { as: 'norse', timeWindow: T } as const;
  const [one, other] = [await importNIR(plain, as), await importNIR(packed, as)];
  expect(other.plan.layers[0]!.Vth).toBe(2);
  expect(other.description).toEqual(one.description);
  expect(other.weights).toEqual(one.weights);
});

const plain = [linear(2, 3), IF];
const late = { from: 'spyx', reset: 'zero', sends: 'sameStep' };
const starts = { from: 'norse', startsAt: 'reset' };
const perChannel = [conv(1, 1, 2, 0), { ...LIF, v_leak: [0.5, 0.25] }, flat, linear(2, 2), IF];
const two = [linear(2, 3), { ...IF, v_threshold: [1, 2] }];
const leaky = { ...LIF, v_leak: 0.5 };
const ofPool = [conv(1, 1, 1, 0), IF, pool('AvgPool2d', 2), leaky, conv(2, 1, 1, 0), IF];
it.each<[string, Node[], number[], unknown, RegExp]>([
  ['lateness', plain, [3], 'spyx', /n1 \(IF\) .*; a spike .* use asf-bp check TRACE/],
  ['⌊u/θ⌋', plain, [3], 'sinabs', /node n1 \(IF\) cannot be read; ⌊u\/θ⌋ spikes in a step/],
  ['a synapse', [linear(3, 3), cubaNode, ...plain], [3], 'norse', /node n1 \(CubaLIF\) .*; a synapse/],
  ['a floor', [linear(2, 3), LIF], [3], 'nengo', /node n1 \(LIF\) .*; a floor of u/],
  ['a bias of each neuron', perChannel, [1, 2, 3], starts, /n1 .*; a bias or gain for each neuron/],
  ['a bias of a pool', ofPool, [1, 2, 2], { ...starts, gain: 'one' }, /n3 .*; weights before it, for/],
  ['thresholds', two, [3], 'norse', /n1 .*; a threshold per neuron/],
  ['a leak of 0', [linear(2, 3), { ...LIF, tau: 1e-3 }], [3], 'norse', /node n1 \(LIF\) .*; a leak of 0/],
  ['no step', [linear(2, 3), LIF], [3], late, /importNIR: "dt" expected seconds of a step, since n1 leaks/],
  ['an unknown one', plain, [3], 'nors', /^importNIR: "as" expected/],
])('refused by name: %s', async (_, nodes, shape, as, message) => {
  await expect(importNIR(line(nodes, shape), { as: as as never })).rejects.toThrow(message);
});

const layers: LayerDescription[] = [
  { kind: 'convolution', channels: 3, kernel: 3, padding: 1, bias: true },
  { kind: 'averagePool', size: 2 },
  { kind: 'convolution', channels: 4, kernel: 3, padding: 1, threshold: 0.5 },
  { kind: 'maxPool', size: 2 },
  { kind: 'linear', units: 7, bias: true },
  { kind: 'linear', units: 3, bias: true },
];
const ours = (variant: object, leak = 1) => {
  const net = network({
    variant: variant as never,
    input: { channels: 1, height: 8, width: 8 },
    timeWindow: T,
    threshold: 1,
    leak,
    layers,
  });
  net.weights = [30, 108, 119, 24].map((n) => Float32Array.from({ length: n }, () => random() * 1.5 - 0.5));
  return net;
};

/** Exports a network, imports the graph again, and expects the same potentials, classes and spikes. */
async function expectRoundTrip(net: SpikingNetwork, as: unknown): Promise<SpikingNetwork> {
  const given = { as: as as 'norse', dt: 1e-3 };
  const back = await importNIR(exportNIR(net, given).bytes, { ...given, timeWindow: T });
  const numbers = net.plan.layers.map(({ n }) => n);
  for (let k = 0; k < 4; k++) {
    const shown = { frames: frames(neuronsOf(net.plan.input)) };
    const [a, b] = [net, back].map((each) => predict(each, shown, { trains: numbers }));
    expectBits(b!.potentials, a!.potentials, 'potentials');
    expect(b!.label).toBe(a!.label);
    for (const n of numbers) expectBits(b!.trains![n]!, a!.trains![n]!, `spikes of layer ${n}`);
    expect(numbers.some((n) => a!.trains![n]!.some((o) => o !== 0))).toBe(true);
  }
  return back;
}

describe('export, then import', () => {
  it.each([
    { from: 'paper' },
    { from: 'authors' },
    { from: 'paper', output: 'fires' },
    { from: 'authors', fires: 'atThreshold', output: 'fires' },
  ])('of %j', async (variant) => {
    await expectRoundTrip(ours(variant), 'norse');
  });

  it.each([{ from: 'norse', resistance: 'used' }, 'spikingjelly'])(
    'of a leak, as %j: the same constants and weights',
    async (as) => {
      const net = ours({ from: 'paper' }, 0.9);
      const back = await expectRoundTrip(net, as);
      expect(back.weights).toEqual(net.weights);
      expect(back.plan.layers[0]).toMatchObject({ λ: net.plan.layers[0]!.λ });
    },
  );

  const small = (width: number, variant: object, leak: number, ...of: LayerDescription[]) =>
    network({
      variant: { from: 'paper', ...variant } as never,
      input: { channels: 1, height: width, width },
      timeWindow: T,
      threshold: 1,
      leak,
      layers: of,
    });

  it.each([
    'norse',
    'snntorch',
    { from: 'spyx', sends: 'sameStep', reset: 'zero', resetWhen: 'sameStep' },
    { from: 'snntorch', gain: 'complement', step: 'exponential', resistance: 'ignored' },
  ])('of pools that leak, as %j', async (as) => {
    for (const kind of ['averagePool', 'sumPool'] as const) {
      const variant = { fires: 'aboveThreshold', output: 'fires' };
      const net = small(4, variant, 0.9, { kind, size: 2 }, { kind: 'linear', units: 3 });
      net.weights = [Float32Array.from({ length: 12 }, () => random() * 1.5 - 0.5)];
      await expectRoundTrip(net, as);
    }
  });

  it.each([
    ['aboveThreshold', 1],
    ['aboveThreshold', 0.9],
    ['atThreshold', 1],
    ['atThreshold', 0.9],
  ] as const)(
    'keeps ties of neurons that fire %s, λ = %d, for readers of either kind',
    async (fires, leak) => {
      const net = small(1, { fires }, leak, { kind: 'linear', units: 1 }, { kind: 'linear', units: 1 });
      net.weights = [Float32Array.of(1), Float32Array.of(1)];
      for (const as of ['norse', 'spikingjelly']) await expectRoundTrip(net, as);
    },
  );

  it('tells what a graph does not say, and refuses what it cannot', () => {
    expect(() => exportNIR(ours({ from: 'paper', reset: 'subtractThenLeak' }))).toThrow(/expressed in NIR/);
    expect(exportNIR(ours({ from: 'authors' }, 0.9), { as: 'norse' }).told.join('\n')).toMatch(
      /sumThenDifference[^]*τ\/dt = 10\b[^]*window of 30 steps/,
    );
    expect(() => exportNIR(ours({ from: 'paper' }, 0.9))).toThrow(
      /^exportNIR: "as" expected the convention of the program that will read/,
    );
    expect(() => exportNIR(ours({ from: 'paper' }, 0.9), { as: 'sinabs' })).toThrow(
      /^exportNIR: "as" expected a convention that resets to zero/,
    );
    expect(() => exportNIR(ours({ from: 'paper', output: 'leaks' }))).toThrow(/the output layer leaks/);
    const untrained = ours({ from: 'paper' });
    delete untrained.weights;
    expect(() => exportNIR(untrained)).toThrow(InputError);
  });
});
