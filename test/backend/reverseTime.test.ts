/** Every backend gives the bits of the spec with the rules that go back through time, over whole random networks. */
import fc from 'fast-check';
import { describe, it } from 'vitest';
import type { Network } from '../../spec/network.ts';
import { applyBatch } from '../../spec/backward.ts';
import { reverseStep } from '../../spec/reverseTime.ts';
import { timeRuleOf } from '../../spec/rule.ts';
import { applySGD, type SGD } from '../../spec/update.ts';
import type { Backend } from '../../src/backend/backend.ts';
import { createReference } from '../../src/backend/reference.ts';
import { createWasm } from '../../src/backend/wasm/wasm.ts';
import { Passes } from '../../src/train/passes.ts';
import type { Case } from '../networks.ts';
import { samplesOf } from '../spec/drawn.ts';
import { expectBits, runsOf, seedOf } from '../support.ts';
import { anyReverse, expectReport, planOf, requireFinite, testOutputs, write } from './outputs.ts';

const sgd: SGD = { kind: 'sgd', weightDecay: 0.01 };

/** Backends, and how often a network is drawn for their forward pass and for their backward pass. */
const backends: Record<string, { create: (network: Network) => Backend; forward: number; reverse: number }> =
  {
    reference: { create: createReference, forward: 60, reverse: 150 },
    wasm: { create: (network) => createWasm(network), forward: 300, reverse: 300 },
    'wasm, 2 threads': { create: (network) => createWasm(network, 2), forward: 60, reverse: 60 },
  };

describe.each(Object.entries(backends))('%s', (_, { create, forward, reverse }) => {
  testOutputs(create, forward);

  it('goes back through time in the bits of the spec', { timeout: 600_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(anyReverse, async ({ drawn, rule, surrogate, width }) => {
        const backend = create(planOf(drawn, rule));
        try {
          await compare(drawn, backend, timeRuleOf(rule, { surrogate, width })!);
        } finally {
          backend.dispose();
        }
      }),
      { numRuns: runsOf(reverse), seed: seedOf() },
    );
  });
});

async function compare(
  drawn: Case,
  backend: Backend,
  rule: NonNullable<ReturnType<typeof timeRuleOf>>,
): Promise<void> {
  const { network } = backend;
  const expected = reverseStep(network, drawn.weights, samplesOf(drawn, network), rule, drawn.shard);
  requireFinite(expected);
  const passes = new Passes(backend, drawn.samples.length, drawn.shard, rule);
  write(passes, drawn);
  // Another batch first: nothing of it may be left in the buffers.
  passes.throughTime([...drawn.samples].reverse());
  passes.throughTime(drawn.samples);
  await expectReport(passes, expected, network);
  const weighted = network.layers.filter(({ weightShape }) => weightShape.length > 0);
  const isTrained = (n: number): boolean =>
    n < network.layers.length || network.variant.outputWeights === 'trained';
  const gradients = await passes.readGradient();
  for (const [place, { n }] of weighted.entries()) {
    if (!isTrained(n)) continue;
    const dw = Float32Array.from(gradients[place]);
    applyBatch(dw, drawn.samples.length, network.variant);
    expectBits(dw, expected.dw[n - 1], `dw of layer ${n}`);
  }
  passes.update({ samples: drawn.samples.length, optimiser: sgd, η: 0.01 });
  const weights = await passes.readWeights();
  for (const [place, { n }] of weighted.entries()) {
    const w = drawn.weights[n - 1].slice();
    applySGD(w, expected.dw[n - 1], 0.01, sgd.weightDecay);
    if (isTrained(n)) expectBits(weights[place], w, `w of layer ${n}`);
  }
}
