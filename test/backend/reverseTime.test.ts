/** Every backend gives the bits of the spec for the rules that go back through time, on whole random networks. */
import fc from 'fast-check';
import { describe, it } from 'vitest';
import type { Network } from '../../spec/network.ts';
import { reverseStep } from '../../spec/reverseTime.ts';
import { timeRuleOf } from '../../spec/rule.ts';
import { surrogates } from '../../spec/surrogate.ts';
import type { Backend } from '../../src/backend/backend.ts';
import { createReference } from '../../src/backend/reference.ts';
import { createWasm } from '../../src/backend/wasm/wasm.ts';
import { keysOf } from '../../src/keysOf.ts';
import { GradientPass } from '../../src/train/gradientPass.ts';
import { anyCase, caseWithoutBias, timeRuleNames, workOf, type Case } from '../networks.ts';
import { requireFinite, samplesOf } from '../spec/drawn.ts';
import { drawing, isWhole } from '../support.ts';
import { anyReverse, expectLearnt, expectReport, planOf, testOutputs, write } from './suite.ts';

/** Backends, and how many random networks they run forward and backward. */
const backends: Record<string, { create: (network: Network) => Backend; forward: number; reverse: number }> =
  {
    reference: { create: createReference, forward: 30, reverse: 60 },
    wasm: { create: (network) => createWasm(network), forward: 150, reverse: 150 },
    'wasm, 2 threads': { create: (network) => createWasm(network, 2), forward: 30, reverse: 30 },
  };

describe.each(Object.entries(backends))('%s', (_, { create, forward, reverse }) => {
  testOutputs(create, forward);

  it('goes back through time in the bits of the spec', { timeout: 600_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(anyReverse, async ({ drawn: any, rule, surrogate, width }) => {
        const drawn = caseWithoutBias(any);
        const backend = create(planOf(drawn, rule));
        try {
          await compare(drawn, backend, timeRuleOf(rule, { surrogate, width })!);
        } finally {
          backend.dispose();
        }
      }),
      drawing(reverse),
    );
  });
});

/** The networks are small, because the spec is slow and because each test runs more samples than there are queues (32 per thread). */
const lightCase = anyCase
  .map(caseWithoutBias)
  .map(shorten)
  .filter((drawn) => workOf(planOf(drawn, 'lee')) < 3000);

/** The first steps of a case. */
function shorten(drawn: Case): Case {
  const timeWindow = Math.min(4, drawn.description.timeWindow);
  const samples = drawn.samples.map(({ input, label }) => {
    if (!('frames' in input)) return { input, label };
    const frames = Array.from(input.frames).slice(
      0,
      (input.frames.length * timeWindow) / drawn.description.timeWindow,
    );
    return { input: { frames }, label };
  });
  return { ...drawn, description: { ...drawn.description, timeWindow }, samples };
}

function repeated({ samples }: Case, count: number, classes: number): Case['samples'] {
  return Array.from({ length: count }, (_, k) => {
    const { input, label } = samples[k % samples.length];
    const own = 'draw' in input ? { ...input, draw: { ...input.draw, sample: k } } : input;
    return { input: own, label: (label + k) % classes };
  });
}

describe.each(isWhole ? [1, 2, 3, 7] : [1, 3])(
  'more samples than queues, in several shards: wasm, threads %i',
  (threads) => {
    const cases = fc.record({
      drawn: lightCase,
      rule: fc.constantFrom(...timeRuleNames),
      surrogate: fc.constantFrom(...keysOf(surrogates)),
      // How many samples a shard has beyond the backend's chunk, and how many the last shard has at most.
      more: fc.integer({ min: 1, max: 2 * threads + 3 }),
      last: fc.integer({ min: 1, max: 40 }),
    });

    it('goes back through time in the bits of the spec', { timeout: 600_000 }, async () => {
      await fc.assert(
        fc.asyncProperty(cases, async ({ drawn, rule, surrogate, more, last }) => {
          const network = planOf(drawn, rule);
          const backend = createWasm(network, threads);
          try {
            const shard = backend.chunk + more;
            const count = (threads === 1 ? 3 : 1) * shard + Math.min(last, shard - 1);
            const samples = repeated(drawn, count, network.layers.at(-1)!.output.channels);
            await compare({ ...drawn, samples, shard }, backend, timeRuleOf(rule, { surrogate, width: 1 })!);
          } finally {
            backend.dispose();
          }
        }),
        drawing(threads === 1 ? 30 : 8),
      );
    });
  },
);

async function compare(
  drawn: Case,
  backend: Backend,
  rule: NonNullable<ReturnType<typeof timeRuleOf>>,
): Promise<void> {
  const { network } = backend;
  const expected = reverseStep(network, drawn.weights, samplesOf(drawn, network), rule, drawn.shard);
  requireFinite(expected);
  const passes = new GradientPass(backend, { batch: drawn.samples.length, shard: drawn.shard, rule });
  write(passes, drawn);
  passes.writeMoments();
  // Runs another batch first, whose values must not remain in the buffers.
  passes.run([...drawn.samples].reverse());
  passes.run(drawn.samples);
  await expectReport(passes, expected, network);
  await expectLearnt(passes, expected.dw, drawn);
}
