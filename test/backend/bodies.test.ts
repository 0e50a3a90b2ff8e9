/** A tile of every number of vectors gives the bits of the spec, for sums, for products, and for neurons of either kind. */
import { expect, it } from 'vitest';
import { binary32 } from '../../spec/arithmetic.ts';
import { buildNetwork } from '../../spec/dictionary.ts';
import { weightsOf, type LayerDescription } from '../../spec/network.ts';
import { authors } from '../../spec/variant.ts';
import { createReference } from '../../src/backend/reference.ts';
import { createWasm } from '../../src/backend/wasm/wasm.ts';
import { AsfGradient } from '../../src/train/gradientPass.ts';
import { expectBits } from '../support.ts';

const outputs = [...Array.from({ length: 17 }, (_, k) => 4 * (k + 1)), 128];

const leaks = [
  { leak: 1, variant: authors },
  { leak: 0.9, variant: authors },
  { leak: 0.9, variant: { ...authors, leak: 'product' } },
] as const;
const cases = outputs.flatMap((count) => leaks.map((neuron) => ({ count, ...neuron })));

it.each(cases)('$count outputs, λ = $leak, leak by $variant.leak', async ({ count, leak, variant }) => {
  const layers: LayerDescription[] = [
    { kind: 'convolution', channels: count, kernel: 3, padding: 1 },
    { kind: 'convolution', channels: count, kernel: 2 },
    { kind: 'linear', units: count },
    { kind: 'linear', units: 3 },
  ];
  const input = { channels: 1, height: 3, width: 3 };
  const net = buildNetwork({ input, timeWindow: 6, threshold: 0.4, leak, layers }, variant, binary32);
  const weights = net.layers.map((layer) => {
    const fan = layer.weightShape.slice(1).reduce((product, size) => product * size, 1);
    return Float32Array.from({ length: weightsOf(layer) }, (_, k) => {
      return (((Math.imul(k + layer.n, 2654435761) >>> 8) / 2 ** 24 - 0.35) * 3) / Math.sqrt(fan);
    });
  });
  // Spikes of either sign, and counts.
  const frames = [1, 3, -3].map((most) =>
    Float32Array.from({ length: 6 * 9 }, (_, k) => ((k * 7) % 3 === 0 ? (k % 2 ? -1 : most) : 0)),
  );
  const samples = frames.map((shown, label) => ({ input: { frames: shown }, label }));
  const found = [];
  for (const backend of [createReference(net), createWasm(net)]) {
    const passes = new AsfGradient(backend, { batch: 3, shard: 3 });
    passes.writeWeights(weights);
    passes.forward(samples);
    passes.backward([0.5, 0.25, 0.75, 1]);
    found.push({ dw: await passes.readGradient(), report: await passes.readReport() });
  }
  expect(found[1].report.spikes).toEqual(found[0].report.spikes);
  for (const [n, dw] of found[0].dw.entries()) {
    expect(
      dw.some((d) => d !== 0),
      `some dw of layer ${n + 1}`,
    ).toBe(true);
    expectBits(found[1].dw[n], dw, `dw of layer ${n + 1}`);
  }
});
