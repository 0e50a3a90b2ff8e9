/** Every backend gives the bits of the spec, over whole random networks: forward, scale, loss, backward, update. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { poissonSample, replayedSample, trainingStep } from '../../spec/algorithm1.ts';
import { applyBatch } from '../../spec/backward.ts';
import { adam, applyAdam, applySGD, computeAdamStep } from '../../spec/update.ts';
import type { Backend } from '../../src/backend/backend.ts';
import { createReference } from '../../src/backend/reference.ts';
import { createWasm } from '../../src/backend/wasm/wasm.ts';
import { Passes } from '../../src/train/passes.ts';
import { anyCase, networkOf, type Case } from '../networks.ts';
import { bits, seedOf, runsOf } from '../support.ts';

const backends: Record<string, (network: ReturnType<typeof networkOf>) => Backend> = {
  reference: createReference,
  wasm: createWasm,
};

describe.each(Object.keys(backends))('%s', (name) => {
  it('equals the spec in every bit', { timeout: 600_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(anyCase, (drawn) => agrees(drawn, backends[name])),
      { numRuns: runsOf(name === 'wasm' ? 1000 : 200), seed: seedOf() },
    );
  });
});

async function agrees(drawn: Case, create: (network: ReturnType<typeof networkOf>) => Backend): Promise<void> {
  const network = networkOf(drawn);
  const samples = drawn.samples.map(({ input, label }) =>
    'frames' in input
      ? replayedSample(Float32Array.from(input.frames), label, network)
      : poissonSample(input.intensities, label, input.draw, network),
  );
  const expected = trainingStep(network, drawn.weights, drawn.S, samples, drawn.when, drawn.shard);
  // Outside the domain: |w| ≤ 2⁴⁰ over five layers can overflow, and an infinite intermediate is an error.
  const values = [expected.losses, ...expected.dw, ...expected.dFO.flat()];
  fc.pre(values.every((list) => list.every(Number.isFinite)));

  const passes = new Passes(create(network), drawn.samples.length, drawn.shard);
  const weighted = network.layers.filter(({ weightShape }) => weightShape.length > 0);
  passes.writeWeights(weighted.map(({ n }) => drawn.weights[n - 1]));
  passes.writeMoments();
  passes.forward(drawn.samples);
  const report = await passes.readReport();
  expect(bits(report.losses), 'loss').toEqual(bits(expected.losses));

  for (const [b, states] of expected.states.entries()) {
    for (const [n, state] of states.entries()) {
      const { FI, FO } = await passes.readFlows(n, b);
      expect(bits(FO), `FO of layer ${n}, sample ${b}`).toEqual(bits(state.FO));
      if (n > 0) expect(bits(FI), `FI of layer ${n}, sample ${b}`).toEqual(bits(state.FI));
    }
    expect(bits(report.potentials[b]), `u of sample ${b}`).toEqual(bits(states.at(-1)!.u));
  }

  passes.backward(expected.S);
  const gradients = await passes.readGradient();
  for (const [place, { n }] of weighted.entries()) {
    if (n === network.layers.length && network.variant.outputWeights === 'untrained') continue;
    const dw = Float32Array.from(gradients[place]);
    applyBatch(dw, samples.length, network.variant);
    expect(bits(dw), `dw of layer ${n}`).toEqual(bits(expected.dw[n - 1]));
  }

  const settings = { ...adam, kind: 'adam' } as const;
  const { step } = computeAdamStep({ β1k: 1, β2k: 1 }, 1e-3, settings);
  passes.update({ samples: samples.length, optimiser: settings, step });
  const weights = await passes.readWeights();
  const moments = await passes.readMoments();
  for (const [place, { n }] of weighted.entries()) {
    const [w, dw] = [drawn.weights[n - 1].slice(), expected.dw[n - 1]];
    const [m, v] = [new Float32Array(w.length), new Float32Array(w.length)];
    applyAdam(w, dw, m, v, step, settings);
    expect(bits(moments.m[place]), `m of layer ${n}`).toEqual(bits(m));
    expect(bits(moments.v[place]), `v of layer ${n}`).toEqual(bits(v));
    expect(bits(weights[place]), `w of layer ${n}`).toEqual(bits(w));
  }
  void applySGD;
  passes.backend.dispose();
}
