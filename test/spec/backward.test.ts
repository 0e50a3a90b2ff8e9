/** Stage `backward` gives Eq. (9), (10), (11) in a hand-worked example, and the gradient of the equivalent network. */
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { real } from '../../spec/arithmetic.ts';
import {
  accumulatedw,
  applydFI,
  applyWeighteddFO,
  computedmem,
  computeTreeSum,
} from '../../spec/backward.ts';
import { buildNetwork } from '../../spec/dictionary.ts';
import { authors, paper } from '../../spec/variant.ts';
import { linears } from '../kinds.ts';
import { anyVariant } from '../networks.ts';
import { computeEquivalentLoss } from './equivalent.ts';
import { anySmall, made, stepOf } from './small.ts';
import { law } from './support.ts';

const real64 = (...values: number[]): Float64Array => Float64Array.from(values);

/** The layers of a 2-3-2 network, T = 2, Vth = 1. */
const [first, last] = buildNetwork(
  {
    input: { channels: 2, height: 1, width: 1 },
    timeWindow: 2,
    threshold: 1,
    layers: linears(3, 2),
  },
  paper,
  real,
).layers;

describe('Eq. (9), (10), (11) on a 2-3-2 network, worked by hand', () => {
  // mem = (1, 2), T·Vth = 2, Y = (1, 0): mem/(T·Vth) − Y = (−½, 1).
  const error = real64(-0.5, 1);
  const w2 = real64(1, -1, 2, 0.5, 1, 0); // rows: outputs

  it('Eq. (9), the factor: (mem/(T·Vth) − Y)/(T·Vth)', () => {
    expect([...computedmem(error, 2, 1, paper)]).toEqual([-0.25, 0.5]);
    expect([...computedmem(error, 2, 1, { ...paper, loss: 'whole' })]).toEqual([-0.5, 1]); // without the ½
    expect([...computedmem(error, 4, 0.25, paper)]).toEqual([-0.5, 1]); // T·Vth = 1
  });

  it('Eq. (9) and (10), the sum: ∂L/∂FO_i = Σ_j ∂L/∂FI_j·w_ji', () => {
    // i = 0: −¼·1 + ½·½ = 0;  i = 1: −¼·(−1) + ½·1 = ¾;  i = 2: −¼·2 + ½·0 = −½.
    const dFO = real64(9, 9, 9);
    applyWeighteddFO(dFO, w2, real64(-0.25, 0.5), dFO, last);
    expect([...dFO]).toEqual([0, 0.75, -0.5]);
  });

  it('Eq. (10), the factor: ∂L/∂FI = ∂L/∂FO·S, S = ¾', () => {
    const dFI = new Float64Array(3);
    applydFI(dFI, real64(1, 0.75, -0.5), real64(2, 1.5, 0), real64(2, 1, 0), 0.75, first, paper);
    expect([...dFI]).toEqual([0.75, 0.5625, -0.375]);
  });

  it('Eq. (11): ∂L/∂w_ji = ∂L/∂FI_j·FO_i, added to what is there', () => {
    // Rows ¾·(2, 1), 9⁄16·(2, 1) and −⅜·(2, 1). The first number of dw is 1 at the start.
    const dw = real64(1, 0, 0, 0, 0, 0);
    accumulatedw(dw, real64(0.75, 0.5625, -0.375), real64(2, 1), first);
    expect([...dw]).toEqual([2.5, 0.75, 1.125, 0.5625, -0.75, -0.375]);
  });
});

it('a silent input is passed over, whatever reaches its targets', () => {
  const dw = real64(1, 2, 3, 4, 5, 6);
  accumulatedw(dw, real64(Infinity, 0.5, -Infinity), real64(0, 1), first);
  expect([...dw]).toEqual([1, Infinity, 3, 4.5, 5, -Infinity]);
});

it('the sum of one shard is a copy', () => {
  const alone = Float32Array.of(1);
  expect(computeTreeSum([alone])).not.toBe(alone);
});

describe('dw is the gradient of the equivalent network: S, gate and maxima as they were', () => {
  // No case is excluded. With `accumulated` maxima or one S per neuron, the flows are not those of Eq. (8) and (12). The equivalent
  // network therefore starts from the actual flows, and is linear around them (equivalent.ts).
  let moved = 0;
  afterAll(() => expect(moved).toBeGreaterThan(0)); // gradients of 0 would prove little

  const drawn = { paper: fc.constant(paper), authors: fc.constant(authors), 'any variant': anyVariant };
  for (const [name, variant] of Object.entries(drawn)) {
    law(`central differences, ${name}`, anySmall({ variant }), 150, (small) => {
      const { network, w } = made(small, real);
      const labels = small.samples.map(({ label }) => label);
      const result = stepOf(small, real);
      const h = 2 ** -4; // L is quadratic in each weight, so a central difference only has rounding errors
      for (const [place, list] of w.entries()) {
        for (let k = 0; k < list.length; k += 1 + Math.floor(list.length / 12)) {
          const dw = result.dw[place][k];
          if (place === w.length - 1 && network.variant.outputWeights === 'untrained') {
            expect(dw).toBe(0); // Algorithm 1, line 15
            continue;
          }
          const at = (by: number): number => {
            const other = w.map((values) => values.slice());
            other[place][k] += by;
            return computeEquivalentLoss(network, w, other, result, labels);
          };
          const difference = (at(h) - at(-h)) / (2 * h);
          if (dw !== 0) moved++;
          expect(Math.abs(difference - dw)).toBeLessThanOrEqual(1e-6 * Math.abs(dw) + 1e-11 * (1 + result.L));
        }
      }
    });
  }
});
