/**
 * Pools work on the bits of up to 64 channels at once, and give the bits of the spec. Average pools of 2 × 2 count in quarters up to a threshold
 * of 3.
 */
import { expect, it } from 'vitest';
import { binary32 } from '../../spec/arithmetic.ts';
import { buildNetwork } from '../../spec/dictionary.ts';
import { weightsOf, type LayerDescription } from '../../spec/network.ts';
import { authors, type Variant } from '../../spec/variant.ts';
import { createReference } from '../../src/backend/reference.ts';
import { createWasm } from '../../src/backend/wasm/wasm.ts';
import { ForwardPass } from '../../src/train/forwardPass.ts';
import { expectBits } from '../support.ts';

const thresholds = [
  0.2, 0.25, 0.5, 0.75, 0.8, 1, 1.25, 1.5, 1.75, 1.9, 2, 2.1, 2.25, 2.5, 2.75, 2.9, 3, 3.6, 5,
];
/** Two columns at once, or one where windows are no whole bytes apart; two words of channels, a full one, or less. */
const windows = [
  { channels: 67, stride: 2 },
  { channels: 64, stride: 1 },
  { channels: 67, stride: 1 },
  { channels: 20, stride: 3 },
];
const cases = thresholds.flatMap((Vth) =>
  (['atThreshold', 'aboveThreshold'] as const).flatMap((fires) =>
    windows.map((window) => ({ Vth, fires, ...window })),
  ),
);

it.each(cases)(
  'average, Vth $Vth, $fires, $channels channels, stride $stride',
  async ({ Vth, fires, channels, stride }) => {
    const variant = { ...authors, fires, averagePool: 'ownThreshold' } as const;
    const pool = { kind: 'averagePool', size: 2, stride, threshold: Vth } as const;
    const { flows } = await comparePools(channels, pool, variant);
    expect(flows.some((x) => x > 8)).toBe(true);
  },
);

it.each(windows)('maximum, $channels channels, stride $stride', async ({ channels, stride }) => {
  const { flows } = await comparePools(channels, { kind: 'maxPool', size: 2, stride }, authors);
  expect(flows.some((x) => x > 8 && x < T)).toBe(true);
});

const T = 40;

/** Compares flows and potentials of a pool with those of the reference; returns FI. */
async function comparePools(
  channels: number,
  pool: LayerDescription,
  variant: Variant,
): Promise<{ flows: Float32Array }> {
  const input = { channels: 1, height: 4, width: 6 };
  const layers: LayerDescription[] = [
    { kind: 'convolution', channels, kernel: 1, threshold: 0.5 },
    pool,
    { kind: 'linear', units: 2 },
  ];
  const net = buildNetwork({ input, timeWindow: T, threshold: 1, layers }, variant, binary32);
  // A spike of the input fires the channels whose weight is above the threshold.
  const weights = net.layers.map((layer) =>
    Float32Array.from({ length: weightsOf(layer) }, (_, k) => ((k % 7) + 1) / 4),
  );
  const frames = Float32Array.from({ length: T * 24 }, (_, k) =>
    Math.imul(k + 1, 2654435761) >>> 30 > 0 ? 1 : 0,
  );
  const found = [];
  for (const backend of [createReference(net), createWasm(net)]) {
    const passes = new ForwardPass(backend, { batch: 1 });
    passes.writeWeights(weights);
    passes.forward([{ input: { frames }, label: 0 }]);
    const { u } = passes.buffersOf(2);
    const potentials =
      pool.kind === 'maxPool' ? new Float32Array() : ((await backend.read(u)) as Float32Array);
    found.push({ u: potentials, ...(await passes.readFlows(2, 0)) });
  }
  for (const name of ['FI', 'FO', 'u'] as const) expectBits(found[1][name], found[0][name], name);
  return { flows: found[0].FI };
}
