/** Verification reports no difference for equal bits, counts roundings within their bounds, and finds errors beyond them. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { real } from '../../spec/arithmetic.ts';
import { adam, computeAdamConstants } from '../../spec/update.ts';
import { paper } from '../../spec/variant.ts';
import type { Backend, Buffer, Update } from '../../src/backend/backend.ts';
import { createReference } from '../../src/backend/reference.ts';
import { createWasm } from '../../src/backend/wasm/wasm.ts';
import { GradientPass } from '../../src/train/gradientPass.ts';
import { isBroken, type Verified } from '../../src/train/report.ts';
import { verifyBatch } from '../../src/train/verify/verify.ts';
import { write } from '../backend/suite.ts';
import { linears } from '../kinds.ts';
import { anyCase, networkOf, type Case } from '../networks.ts';
import { drawing, isWhole } from '../support.ts';

const { constants } = computeAdamConstants({ β1k: 1, β2k: 1 }, 1e-3, adam);
const nothing = { flipped: 0, outside: 0, FI: 0, report: 0, gradient: 0, moments: 0, weights: 0 };

/** Runs a batch of a random case, and verifies it against wasm. */
async function verified(drawn: Case, backend: Backend): Promise<Verified> {
  const samples = drawn.samples.slice(0, 3);
  const isAdam = drawn.optimiser === 'adam';
  const passes = new GradientPass(backend, { batch: samples.length, shard: drawn.shard });
  write(passes, drawn);
  if (isAdam) passes.writeMoments();
  passes.runForward(samples);
  const { losses } = await passes.readReport();
  fc.pre(losses.every(Number.isFinite));
  passes.backward(drawn.S);
  // Adam squares the gradient. The squares must not overflow.
  fc.pre((await passes.readGradient()).every((dw) => dw.every((g) => Number.isFinite(Math.fround(g * g)))));
  const optimiser = { kind: 'sgd', weightDecay: 0.01 } as const;
  const own = isAdam ? { optimiser: adam, constants } : { optimiser, η: 0.01 };
  const rule: Update = { samples: samples.length, ...own };
  const situation = { samples, S: drawn.S, shard: drawn.shard };
  const update = await verifyBatch(passes, situation, createWasm(networkOf(drawn)));
  passes.update(rule);
  return update(rule);
}

const law = (runs: number, body: (drawn: Case) => Promise<void>): Promise<void> =>
  fc.assert(fc.asyncProperty(anyCase, body), drawing(runs));

/** The largest differences of a changed reference backend over many random cases with weights of any size. */
async function mostOf(
  change: (backend: Backend) => Partial<Backend>,
  numRuns = isWhole ? 60 : 24,
): Promise<Omit<Verified, 'samples' | 'spikes'>> {
  let most = { ...nothing };
  await fc.assert(
    fc.asyncProperty(anyCase, async (drawn) => {
      const backend = createReference(networkOf(drawn));
      const found = await verified(drawn, { ...backend, ...change(backend) });
      const names = Object.keys(most) as (keyof typeof most)[];
      most = Object.fromEntries(
        names.map((name) => [name, Math.max(most[name], found[name])]),
      ) as typeof most;
    }),
    { numRuns, seed: 7 },
  );
  return most;
}

test('the same bits differ in nothing', async () => {
  await law(40, async (drawn) => {
    const found = await verified(drawn, createReference(networkOf(drawn)));
    expect(found).toEqual({ ...nothing, samples: found.samples, spikes: found.spikes });
    expect(isBroken(found)).toBe(false);
  });
});

/** A backend that computes in binary64 within a kernel, and rounds when it stores results. */
function rounding(drawn: Case, round: (value: number) => number): Backend {
  const backend = createReference({ ...networkOf(drawn), precision: real });
  const store = (...buffers: (Buffer | null)[]): void => {
    for (const buffer of buffers) {
      const { values = [] } = (buffer ?? {}) as { values?: Float64Array[] };
      for (const list of values) list.set(list.map(round));
    }
  };
  return {
    ...backend,
    forward(n, before, w, to, span) {
      backend.forward(n, before, w, to, span);
      store(to.u, to.FI);
    },
    scale(n, FI, FO, report, shard) {
      backend.scale(n, FI, FO, report, shard);
      store(report);
    },
    loss(result, labels, first, report, d) {
      backend.loss(result, labels, first, report, d);
      store(report, d);
    },
    backward(n, from, to, shard) {
      backend.backward(n, from, to, shard);
      store(to.d, to.dw, to.dBefore);
    },
    accumulate(into, gradient) {
      backend.accumulate(into, gradient);
      store(into);
    },
    update(n, arrays, rule) {
      backend.update(n, arrays, rule);
      store(arrays.w, arrays.m, arrays.v);
    },
  };
}

/** Rounds a number to binary32, towards 0. An overflow stays infinite. */
function towardsZero(value: number): number {
  const near = Math.fround(value);
  if (Math.abs(near) <= Math.abs(value) || !Number.isFinite(near)) return near;
  const words = new Uint32Array(Float32Array.of(near).buffer);
  return new Float32Array(Uint32Array.of(words[0] - 1).buffer)[0];
}

test.each([
  ['later', Math.fround],
  ['to the other neighbour', towardsZero],
])('an implementation that rounds %s stays within the bounds', async (_, round) => {
  const names = ['FI', 'report', 'gradient', 'moments', 'weights'] as const;
  const differing = new Map(names.map((name) => [name, 0]));
  await law(100, async (drawn) => {
    const found = await verified(drawn, rounding(drawn, round));
    expect(isBroken(found), JSON.stringify(found)).toBe(false);
    for (const name of differing.keys()) if (found[name] > 0) differing.set(name, differing.get(name)! + 1);
  });
  expect([...differing.values()].every((count) => count > 0)).toBe(true);
});

test('a spike that rounding explains is counted', async () => {
  // In the order of the spec, 1 + 2⁻²⁴ + 2⁻²⁴ is 1. If the sum is rounded only once, it equals the threshold.
  const [small, threshold] = [2 ** -24, 1 + 2 ** -23];
  const drawn: Case = {
    description: {
      input: { channels: 3, height: 1, width: 1 },
      timeWindow: 1,
      threshold,
      layers: linears(1, 1),
    },
    variant: paper,
    weights: [Float32Array.of(1, small, small), Float32Array.of(1)],
    samples: [{ input: { frames: [1, 1, 1] }, label: 0 }],
    S: [1, 1],
    shard: 1,
    optimiser: 'adam',
    when: { epoch: 0, batch: 0, every: 5 },
  };
  const found = await verified(drawn, rounding(drawn, Math.fround));
  expect(found).toMatchObject({ spikes: 0, flipped: 1, outside: 0 });
  expect(isBroken(found)).toBe(false);
});

describe('an error does not', () => {
  test('of a weight that is used', async () => {
    const most = await mostOf(
      (backend) => ({
        forward: (n, before, w, to, span) => {
          const wrong = w && backend.allocate('weights', n, 1);
          if (w && wrong)
            backend.write(
              wrong,
              (backend.readSync!(w) as Float32Array).map((x) => x * 1.05),
            );
          backend.forward(n, before, wrong, to, span);
        },
      }),
      60,
    );
    expect(most.outside).toBeGreaterThan(0);
    expect(most.FI).toBeGreaterThan(1);
    expect({ ...most, outside: 0, flipped: 0, FI: 0 }).toEqual(nothing);
  });

  test('of a gradient', async () => {
    const most = await mostOf(({ backward }) => ({
      backward: (n, from, to, shard) => backward(n, { ...from, S: from.S * 1.001 }, to, shard),
    }));
    expect(most.gradient).toBeGreaterThan(1);
    expect(isBroken({ ...most, gradient: 0, spikes: 0, samples: 0 })).toBe(false);
  });

  test('of the sums, and of a loss', async () => {
    const first = await mostOf(({ scale }) => ({
      scale: (n, FI, _, to, shard) => scale(n, FI, FI, to, shard),
    }));
    expect(first).toEqual({ ...nothing, report: Infinity });
    const second = await mostOf(({ loss }) => ({
      loss: (result, labels, ...rest) =>
        loss(
          result,
          labels.map((label) => (label === 0 ? -1 : 0)),
          ...rest,
        ),
    }));
    expect(second.report).toBeGreaterThan(1);
  });

  test('of an update', async () => {
    const most = await mostOf(({ update }) => ({
      update: (n, arrays, rule) =>
        update(
          n,
          arrays,
          'constants' in rule
            ? { ...rule, constants: { ...rule.constants, size: rule.constants.size * 1.00001 } }
            : rule,
        ),
    }));
    expect(most.weights).toBeGreaterThan(1);
    expect({ ...most, weights: 0 }).toEqual(nothing);
  });

  test('of a moment', async () => {
    const most = await mostOf(({ update }) => ({
      update: (n, arrays, rule) =>
        update(n, arrays, 'constants' in rule ? { ...rule, optimiser: { ...adam, β2: 0.998 } } : rule),
    }));
    expect(most.moments).toBeGreaterThan(1);
  });
});
