/** The webgpu backend gives hand-worked numbers in cases that random networks seldom have. */
import { expect, it } from 'vitest';
import { binary32 } from '../../spec/arithmetic.ts';
import { buildNetwork } from '../../spec/dictionary.ts';
import { adam, applyAdam, computeAdamConstants, smallestMoment } from '../../spec/update.ts';
import { paper, type Variant } from '../../spec/variant.ts';
import type { LayerDescription } from '../../spec/network.ts';
import { requestWebgpu } from '../../src/backend/webgpu/webgpu.ts';
import { GradientPass } from '../../src/train/gradientPass.ts';
import { expectBits } from '../support.ts';

const pixel = { channels: 1, height: 1, width: 1 };
const build = (layers: LayerDescription[], choices: Partial<Variant> = {}) =>
  buildNetwork({ input: pixel, timeWindow: 4, threshold: 1, layers }, { ...paper, ...choices }, binary32);

it('a moment that is too small becomes +0', async () => {
  const network = build([{ kind: 'linear', units: 4 }]);
  const backend = await requestWebgpu(network, 'test', 40);
  const [w, dw, m, v] = (['weights', 'gradient', 'm', 'v'] as const).map((role) =>
    backend.allocate(role, 1, 1),
  );
  const start = {
    w: new Float32Array(4),
    m: Float32Array.of(smallestMoment, -smallestMoment, 2 * smallestMoment, 1),
    v: Float32Array.of(smallestMoment / 2, smallestMoment, 2 * smallestMoment, 1),
  };
  backend.write(m, start.m);
  backend.write(v, start.v);
  const { constants } = computeAdamConstants({ β1k: 1, β2k: 1 }, 0.5, adam);
  backend.update(1, { w, dw, m, v }, { samples: 1, optimiser: adam, constants });
  applyAdam(start.w, new Float32Array(4), start.m, start.v, constants, adam);
  expect([...start.m.subarray(0, 2)]).toEqual([0, 0]);
  expectBits((await backend.read(m)) as Float32Array, start.m, 'm');
  expectBits((await backend.read(v)) as Float32Array, start.v, 'v');
  expectBits((await backend.read(w)) as Float32Array, start.w, 'w');
  backend.dispose();
});

it('a neuron whose FI is its FO is selected, and one whose FI is 0 has a closed gate', async () => {
  // The neuron with w = 1 fires at every step, so FI = FO = 4. The neuron with w = 0 never fires, so FI = 0.
  const layers: LayerDescription[] = [
    { kind: 'linear', units: 2 },
    { kind: 'linear', units: 1 },
  ];
  const choices = { scaleOver: 'inputAtLeastOutput', gate: 'positiveInput' } as const;
  const backend = await requestWebgpu(build(layers, choices), 'test', 40);
  const passes = new GradientPass(backend, { batch: 1, shard: 1 });
  passes.writeWeights([Float32Array.of(1, 0), Float32Array.of(1, 1)]);
  passes.runForward([{ input: { frames: [1, 1, 1, 1] }, label: 0 }]);
  const { sums, spikes } = await passes.readReport();
  expect([sums[0][0], spikes[0][0]]).toEqual([{ FI: 4, FO: 4 }, 4]);
  passes.runForward([{ input: { frames: [1, 1, 0, 0] }, label: 0 }]);
  passes.backward([0.5, 1]);
  // u = 2, so dmem = (½ − 1) ÷ 4 = −⅛. Through w = 1 and S = ½ it is −1/16, and times FO⁰ = 2 it is −⅛. The other gate is closed.
  expect([...(await passes.readGradient())[0]]).toEqual([-0.125, 0]);
  backend.dispose();
});

it('of equal flows the first of a window gets the gradient', async () => {
  const layers: LayerDescription[] = [
    { kind: 'convolution', channels: 1, kernel: 1 },
    { kind: 'maxPool', size: 2 },
    { kind: 'linear', units: 1 },
  ];
  const input = { channels: 1, height: 2, width: 2 };
  const network = buildNetwork({ input, timeWindow: 4, threshold: 1, layers }, paper, binary32);
  const backend = await requestWebgpu(network, 'test', 40);
  const passes = new GradientPass(backend, { batch: 1, shard: 1 });
  passes.writeWeights([Float32Array.of(1), Float32Array.of(1)]);
  // In each of the first two steps, the four neurons get 1, 2, 3 and 4 events, and all fire.
  const step = [1, 2, 3, 4];
  passes.runForward([{ input: { frames: [...step, ...step, 0, 0, 0, 0, 0, 0, 0, 0] }, label: 0 }]);
  passes.backward([0.5, 1, 1]);
  // dmem = −⅛ as above. The gradient is dmem·S·FO⁰ = −⅛·½·2 = −⅛, where FO⁰ = 2 is the flow of the first input.
  expect([...(await passes.readGradient())[0]]).toEqual([-0.125]);
  backend.dispose();
});
