/** Laws of output layers that leak or fire, over drawn networks on every backend. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Network } from '../../spec/network.ts';
import { buildNetwork } from '../../spec/dictionary.ts';
import { binary32 } from '../../spec/arithmetic.ts';
import { reverseStep, type ReverseResult } from '../../spec/reverseTime.ts';
import { ruleChoices, timeRuleOf, type RuleName } from '../../spec/rule.ts';
import { surrogates } from '../../spec/surrogate.ts';
import { keysOf } from '../../src/keysOf.ts';
import { ForwardPass } from '../../src/train/forwardPass.ts';
import { anyCase, timeRuleNames, type Case } from '../networks.ts';
import { requireFinite, samplesOf } from '../spec/drawn.ts';
import { drawing, expectBits } from '../support.ts';
import type { Adapt, Create } from './suite.ts';

/** A drawn step with a rule and its settings. */
export const anyReverse = fc.record({
  drawn: anyCase,
  rule: fc.constantFrom(...timeRuleNames),
  surrogate: fc.constantFrom(...keysOf(surrogates)),
  width: fc.oneof(fc.constantFrom(0.5, 1, 3), fc.double({ min: 0.01, max: 100, noNaN: true })),
});

export function planOf({ description, variant }: Case, rule: RuleName): Network {
  return buildNetwork(description, { ...variant, ...ruleChoices[rule] }, binary32);
}

/** Forward passes, drawn `draws` times. */
export function testOutputs(create: Create, draws: number, adapt: Adapt = (drawn) => drawn): void {
  it('shows what the output layer shows, where it leaks or fires', { timeout: 600_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(anyReverse, async ({ drawn: any, rule, surrogate, width }) => {
        const drawn = adapt(any);
        const backend = await create(planOf(drawn, rule));
        try {
          const { network } = backend;
          const data = timeRuleOf(rule, { surrogate, width })!;
          const expected = reverseStep(network, drawn.weights, samplesOf(drawn, network), data);
          requireFinite(expected);
          const passes = new ForwardPass(backend, { batch: drawn.samples.length });
          write(passes, drawn);
          passes.forward(drawn.samples);
          await expectReport(passes, expected, network);
        } finally {
          backend.dispose();
        }
      }),
      drawing(draws),
    );
  });
}

export function write(passes: ForwardPass, { weights }: Case): void {
  const { layers } = passes.backend.network;
  const weighted = layers.filter(({ weightShape }) => weightShape.length > 0);
  passes.writeWeights(weighted.map(({ n }) => weights[n - 1]));
}

export async function expectReport(
  passes: ForwardPass,
  expected: ReverseResult,
  network: Network,
): Promise<void> {
  const report = await passes.readReport();
  expectBits(report.losses, expected.losses, 'loss');
  for (const [b, states] of expected.states.entries()) {
    const { u, FO } = states.at(-1)!;
    expectBits(report.potentials[b], network.layers.at(-1)!.spikes ? FO : u, `result of sample ${b}`);
    for (const { n } of network.layers) {
      const flows = await passes.readFlows(n, b);
      expectBits(flows.FO, states[n].FO, `FO of layer ${n}, sample ${b}`);
      expectBits(flows.FI, states[n].FI, `FI of layer ${n}, sample ${b}`);
      const spikes = Array.from(states[n].FO).reduce((sum, count) => sum + count, 0);
      expect(report.spikes[n - 1][b], `spikes of layer ${n}, sample ${b}`).toBe(spikes);
    }
  }
}
