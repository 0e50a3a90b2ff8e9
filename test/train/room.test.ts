/**
 * The memory of a network is computed before it is allocated. If it is too large, the network is refused with the size, and nothing
 * crashes.
 */
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/errors.ts';
import {
  inspect,
  network,
  predict,
  requestPrediction,
  session,
  type SpikingNetwork,
} from '../../src/index.ts';
import * as infer from '../../src/infer.ts';
import type { LayerDescription } from '../../spec/network.ts';
import { linears } from '../kinds.ts';
import { collectGarbage, measureAllocation } from '../fuzz/measure.ts';
import { weightedLayers } from '../../src/network/network.ts';
import { weightsOf } from '../../spec/network.ts';

const square = { channels: 1, height: 256, width: 256 };
const one = { channels: 1, height: 1, width: 1 };
const head: LayerDescription = { kind: 'convolution', channels: 64, kernel: 1 };
const tail: LayerDescription[] = [
  { kind: 'averagePool', size: 256 },
  { kind: 'linear', units: 2 },
];

function built(timeWindow: number, input: typeof one, layers: LayerDescription[]): SpikingNetwork {
  const net = network({ input, timeWindow, threshold: 1, layers });
  net.weights = weightedLayers(net.plan).map((layer) => new Float32Array(weightsOf(layer)));
  return net;
}

/** The call must be refused in one line. Before that, it may allocate no more than the scratch memory of the kernels. */
function expectRefusal(call: () => unknown, message: RegExp): void {
  collectGarbage();
  let error: unknown;
  const { total } = measureAllocation(() => {
    try {
      call();
    } catch (thrown) {
      error = thrown;
    }
  });
  expect(error).toBeInstanceOf(InputError);
  expect((error as Error).message).toMatch(message);
  expect(total).toBeLessThan(2 ** 27);
}

describe('a network is refused', () => {
  it('for its neurons in all, though each layer has few enough', () => {
    const pool = (): LayerDescription => ({ kind: 'sumPool', size: 1 });
    const layers = [head, ...Array.from({ length: 60 }, pool), ...tail];
    expectRefusal(() => built(1, square, layers), /"layers\[4\]" expected at most 16777216 neurons in all/);
  });
  it('for its synapses times steps', () => {
    const layers: LayerDescription[] = [
      { kind: 'convolution', channels: 1, kernel: 511, padding: 255 },
      { kind: 'sumPool', size: 256 },
      { kind: 'linear', units: 2 },
    ];
    expectRefusal(
      () => built(60_000, square, layers),
      /"layers\[0\]" expected at most 4398046511104 synapses × steps in all, got 1\d{15}/,
    );
  });
});

describe('a sample is refused for its memory', () => {
  const zeros = new Float32Array(256 * 256);
  /** 16 million neurons with trains of 127 steps: 256 MiB as bits, 8 GiB as numbers. */
  const wide = built(127, square, [
    head,
    { kind: 'sumPool', size: 1 },
    { kind: 'sumPool', size: 1 },
    ...tail,
  ]);
  /** Spike trains of 65,535 steps, which take 8 GiB as numbers. */
  const long = built(65_535, one, linears(32_000, 2));
  const got =
    /"network" expected \d+\.\d\d GiB of memory for a sample, got [0-4]\.\d\d; take a shorter window/;

  it('by inspect', () => {
    expectRefusal(() => inspect(wide, zeros), got);
    expectRefusal(() => infer.inspect(wide, zeros), got);
    expectRefusal(() => inspect(wide, zeros, { backend: 'reference' }), got);
  });
  it('by predict, for the trains that it returns', async () => {
    expectRefusal(() => predict(long, [1], { trains: [1] }), got);
    expectRefusal(() => infer.predict(long, [1], { trains: [1] }), got);
    await expect(requestPrediction(long, [1], { trains: [1], threads: 2 })).rejects.toThrow(got);
  });
  it('by predict, though one without trains was made before', () => {
    expect(() => predict(long, [0])).not.toThrow();
    expectRefusal(() => predict(long, [0], { trains: [1] }), got);
  });
  it('by predict on the reference, whose trains are numbers', () => {
    expectRefusal(() => predict(long, [1], { backend: 'reference' }), got);
  });
  it('and not where it is run step by step', () => {
    expect(() => session(long).step([1])).not.toThrow();
  });
});
