/** A trace of a simulator that kept its state from the sample before is explained by that; a wrong trace is not. */
import { describe, expect, it } from 'vitest';
import { binary32 } from '../../spec/arithmetic.ts';
import { nirConventions, type NirConvention } from '../../spec/nirConventions.ts';
import { chainOf } from '../../src/nir/chain.ts';
import { checkTrace } from '../../src/nir/check.ts';
import { checkConvention } from '../../src/nir/convention.ts';
import { followLayer, type NirRecord } from '../../src/nir/follow.ts';
import { openChunks } from '../../src/formats/hdf5Chunks.ts';
import { readNirGraph } from '../../src/nir/graph.ts';
import { runChain } from '../../src/nir/run.ts';
import { startOf } from '../../src/nir/start.ts';
import { cubaNode, graphFile, ifNode, input, linear, output, type Node } from './graphs.ts';

const dt = 1e-3;
const chain = (inputs: number, weights: readonly number[], neuron: Node) => {
  const n = weights.length / inputs;
  const nodes = { input: input(inputs), fc: linear(n, inputs, weights), a: neuron, output: output(n) };
  return chainOf(readNirGraph(graphFile(nodes, 'input→fc fc→a a→output'), 'g', openChunks), 'g');
};
const four = chain(3, [3, -1, 2, 1, 2, -1, -2, 4, 1, 5, 1, 3], cubaNode);
const given = Array.from({ length: 140 }, (_, t) =>
  Float64Array.from({ length: 3 }, (__, i) => (Math.imul(t * 3 + i + 1, 2654435761) >>> 30 === 0 ? 1 : 0)),
);

/** What a simulator recorded from step `at` on: what came before it left its state. */
function second(convention: NirConvention, at: number, of = four, x = given) {
  const [spikes, potentials]: Float64Array[][] = [[], []];
  runChain(of, x, { convention, dt }, binary32, (_, t, { o, u }) => {
    if (t < at) return;
    spikes.push(Float64Array.from(o));
    potentials.push(Float64Array.from(u));
  });
  return { inputs: x.slice(at), spikes, potentials };
}

/** Whether the layer follows a record from rest, and from the start that is found. */
function follows(convention: NirConvention, inputs: readonly Float64Array[], record: NirRecord) {
  const [layer] = four.layers;
  const timing = { convention };
  const start = startOf(layer, timing, dt, inputs, record);
  const from = (more: NirRecord) => !followLayer(layer, timing, dt, inputs, more).first;
  return { rest: from(record), left: start !== undefined && from({ ...record, start }) };
}

const names = ['norse', 'snntorch', 'spikingjelly', 'sinabs', 'rockpool', 'spyx'] as const;

describe.each(names)('%s', (name) => {
  const convention = { ...nirConventions[name] };
  const { inputs, spikes, potentials } = second(convention, 40);

  it('goes on from what the sample before left: spikes, and potentials', () => {
    expect(spikes.flatMap((step) => Array.from(step)).filter(Boolean).length).toBeGreaterThan(10);
    expect(follows(convention, inputs, { spikes })).toEqual({ rest: false, left: true });
    expect(follows(convention, inputs, { spikes, potentials })).toEqual({ rest: false, left: true });
  });

  it('from rest is at rest', () => {
    const first = second(convention, 0);
    expect(follows(convention, first.inputs, first)).toEqual({ rest: true, left: true });
  });

  it('does not follow a record without its last spike, from any start', () => {
    const wrong = spikes.map((step) => Float64Array.from(step));
    wrong
      .filter((step) => step.some(Boolean))
      .at(-1)!
      .fill(0);
    expect(follows(convention, inputs, { spikes: wrong })).toEqual({ rest: false, left: false });
  });
});

it('by hand: an IF neuron of which ½ was left fires a step early, and check says so', () => {
  const one = chain(1, [0.5], ifNode);
  const as = checkConvention('t', { from: 'norse', fires: 'at' });
  const x = Array.from({ length: 6 }, () => Float64Array.of(1));
  const { inputs, spikes } = second(as, 1, one, x);
  expect(spikes.map(([count]) => count)).toEqual([1, 0, 1, 0, 1]);
  const start = startOf(one.layers[0], { convention: as }, dt, inputs, { spikes })!;
  expect(start.u[0]).toBeGreaterThanOrEqual(0.5);
  const trace = { input: inputs, records: new Map([[0, { spikes }]]), exchanged: new Set<number>() };
  const { differs } = checkTrace(one, trace, { convention: as, dt }, 't');
  expect(differs!.explains.map(({ id }) => id)).toEqual(['start']);
});
