/** Algorithm 1 reproduces a hand-worked step and, in every variant, the bits of each stage of a second implementation. */
import { describe, expect, it } from 'vitest';
import { algorithm1, poissonSample, replayedSample, trainingStep } from '../../spec/algorithm1.ts';
import { binary32, real } from '../../spec/arithmetic.ts';
import { buildNetwork } from '../../spec/dictionary.ts';
import type { Network } from '../../spec/network.ts';
import { initialWeights, inputWord } from '../../spec/random.ts';
import { authors, paper } from '../../spec/variant.ts';
import { entriesOf } from '../../src/keysOf.ts';
import { linears } from '../kinds.ts';
import type { Case } from '../networks.ts';
import { stepAgain } from './again.ts';
import { anySmall, made } from './small.ts';
import { expectSame, law } from './support.ts';

describe('Algorithm 1 on a 2-3-2 network, T = 2, Vth = 1, worked by hand', () => {
  const layers = linears(3, 2);
  const input = { channels: 2, height: 1, width: 1 };
  const description = { input, timeWindow: 2, threshold: 1, layers };
  const network = buildNetwork(description, paper, real);
  const w = [Float64Array.of(1, 0, 0.5, 0.5, 0.25, 0), Float64Array.of(1, -1, 2, 0.5, 1, 0)];
  const sample = replayedSample(Float64Array.of(1, 1, 1, 0), 0, network); // o¹ = (1, 1), o² = (1, 0)
  const when = { epoch: 0, batch: 0, every: 5 };
  const result = trainingStep(network, w, [1, 1], [sample], when);

  it('forward: Eq. (3) and (7)', () => {
    // t = 1: x = u = (1, 1, ¼), and neurons 1 and 2 fire. t = 2: x = (1, ½, ¼), and neuron 1 fires; u is (1, ½, ½).
    const [before, hidden, out] = result.states[0];
    expect([...before.FO]).toEqual([2, 1]);
    expect([...hidden.u]).toEqual([1, 0.5, 0.5]);
    expect([...hidden.o]).toEqual([1, 0, 0]);
    expect([...hidden.FI]).toEqual([2, 1.5, 0.5]);
    expect([...hidden.FO]).toEqual([2, 1, 0]);
    // Output: x is (1 − 1, ½ + 1) = (0, 1½) at t = 1, and (1, ½) at t = 2. The layer integrates to (1, 2).
    expect([...out.u]).toEqual([1, 2]);
    expect([...out.FI]).toEqual([1, 2]);
    expect([...out.FO]).toEqual([0, 0]);
  });

  it('scale: S = (2 + 1 + 0)/(2 + 1½ + ½) = ¾, Eq. (12)', () => {
    expect(result.S).toEqual([0.75, 1]);
    expect(result.refused).toEqual([]);
  });

  it('loss: ½·((½ − 1)² + 1²) = ⅝, Eq. (6)', () => {
    expect([...result.losses, result.L]).toEqual([0.625, 0.625]);
  });

  it('backward: Eq. (9), (10), (11)', () => {
    // dmem = (−½, 1)/2 = (−¼, ½). dFO = (−¼ + ¼, ¼ + ½, −½) = (0, ¾, −½); dFI = ¾·dFO = (0, 9⁄16, −⅜).
    expect([...result.dFO[0][1]]).toEqual([0, 0.75, -0.5]);
    expect([...result.dFO[0][0]]).toEqual([0, 0]); // no gradient goes back into the input
    // Output rows dmem_j·(2, 1, 0); hidden rows dFI_j·(2, 1).
    expect([...result.dw[1]]).toEqual([-0.5, -0.25, 0, 1, 0.5, 0]);
    expect([...result.dw[0]]).toEqual([0, 0, 1.125, 0.5625, -0.75, -0.375]);
  });

  it('line 21: w ← w − η·∂L/∂w, Eq. (11); line 1: weights of a seed where none are given', () => {
    const η = 0.25;
    const given = w.map((values) => values.slice());
    const { dw, S: scales } = algorithm1(network, [sample], η, 7, given);
    expect(scales).toEqual([0.75, 1]); // updated in this step; the output layer keeps 1/Vth
    for (const [place, values] of given.entries()) {
      expect([...values]).toEqual([...w[place]].map((before, k) => before - η * dw[place][k]));
    }
    const drawn = algorithm1(network, [sample], 0, 7);
    for (const [place, values] of drawn.w.entries()) {
      const fanIn = network.layers[place].weightShape[1];
      expectSame(values, initialWeights(values.length, fanIn, 7, place + 1), `w of layer ${place + 1}`);
    }
  });

  it('an image enters by the intensities, times the network’s scale where the variant says so', () => {
    const draw = { seed: 1, stream: 'train', epoch: 0, sample: 0 } as const;
    const scaled = { ...description, input: { ...input, scale: 0.5 } };
    const [plain, halved] = [paper, { ...paper, input: 'scaledIntensity' } as const].map((variant) =>
      buildNetwork(scaled, variant, real),
    );
    const spikesOf = (of: Network): number[][] =>
      Array.from({ length: 20 }, (_, t) => {
        const o = new Float64Array(2);
        poissonSample([1, 1], 0, draw, of).applyInput(o, t);
        return [...o];
      });
    const half = (t: number): number[] =>
      [0, 1].map((index) => (inputWord(draw, t, index) < 2 ** 31 ? 1 : 0));
    expect(spikesOf(plain)).toEqual(Array.from({ length: 20 }, () => [1, 1]));
    expect(spikesOf(halved)).toEqual(Array.from({ length: 20 }, (_, t) => half(t)));
  });
});

describe('a step has the bits of a second implementation', () => {
  for (const weights of ['mild', 'dyadic'] as const)
    law(`weights ${weights}`, anySmall({ weights: [weights] }), 200, (drawn) => {
      for (const variant of [drawn.variant, paper, authors]) expectAgain({ ...drawn, variant });
    });
});

function expectAgain(small: Case): void {
  const { network, w, samples } = made(small, binary32);
  const found = trainingStep(network, w, small.S, samples, small.when, small.shard);
  const expected = stepAgain(small);
  for (const [b, states] of expected.states.entries())
    for (const [n, state] of states.entries())
      for (const [what, values] of entriesOf(state))
        expectSame(found.states[b][n][what], values, `${what} of layer ${n}, sample ${b}`);
  expectSame(found.S, expected.S, 'S');
  expect(found.refused).toEqual(expected.refused);
  expectSame([...found.losses, found.L], [...expected.losses, expected.L], 'L');
  for (const [b, maps] of expected.dFO.entries())
    for (const [n, map] of maps.entries()) expectSame(found.dFO[b][n], map, `dFO of layer ${n}, sample ${b}`);
  for (const [place, dw] of expected.dw.entries())
    expectSame(found.dw[place], dw, `dw of layer ${place + 1}`);
}
