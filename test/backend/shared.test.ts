/** Only linear layers divide their work by inputs. These cases repeat an error that a drawn network found. */
import { expect, it } from 'vitest';
import { binary32 } from '../../spec/arithmetic.ts';
import { buildNetwork } from '../../spec/dictionary.ts';
import { weightsOf, type LayerDescription } from '../../spec/network.ts';
import { paper } from '../../spec/variant.ts';
import { createReference } from '../../src/backend/reference.ts';
import { createWasm } from '../../src/backend/wasm/wasm.ts';
import { AsfGradient } from '../../src/train/gradientPass.ts';
import { expectBits } from '../support.ts';

it.each<[string, LayerDescription]>([
  ['a kernel that is larger than its map', { kind: 'convolution', channels: 11, kernel: 5, padding: 2 }],
  ['a kernel of one cell', { kind: 'convolution', channels: 300, kernel: 1 }],
  ['a linear layer', { kind: 'linear', units: 300 }],
])('%s gives the bits of the spec', async (_, layer) => {
  const layers: LayerDescription[] = [
    { kind: 'convolution', channels: 70, kernel: 1 },
    layer,
    { kind: 'linear', units: 11 },
  ];
  const input = { channels: 1, height: 1, width: 1 };
  const net = buildNetwork({ input, timeWindow: 16, threshold: 0.25, layers }, paper, binary32);
  const weights = net.layers.map((each) =>
    Float32Array.from({ length: weightsOf(each) }, (_value, k) => ((k * 7 + each.n) % 11 < 3 ? 0.125 : 0)),
  );
  const draw = (sample: number) => ({ seed: 0, stream: 'train', epoch: 0, sample }) as const;
  const samples = Array.from({ length: 40 }, (_value, s) => ({
    input: { intensities: [1 - s / 80], draw: draw(s) },
    label: s % 11,
  }));
  const gradients = [];
  for (const backend of [createReference(net), createWasm(net)]) {
    const passes = new AsfGradient(backend, { batch: 40, shard: 40 });
    passes.writeWeights(weights);
    passes.forward(samples);
    passes.backward([0.25, 0.75, 0.5]);
    gradients.push(await passes.readGradient());
  }
  expect(gradients[0][0].some((d) => d !== 0)).toBe(true);
  for (const [n, dw] of gradients[0].entries()) expectBits(gradients[1][n], dw, `dw of layer ${n + 1}`);
});
