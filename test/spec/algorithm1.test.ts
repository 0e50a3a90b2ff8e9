/** Algorithm 1 gives a step worked by hand, and keeps its result under the changes that the text allows. */
import { describe, expect, it } from 'vitest';
import {
  algorithm1,
  poissonSample,
  replayedSample,
  trainingStep,
  type StepResult,
} from '../../spec/algorithm1.ts';
import { binary32, real } from '../../spec/arithmetic.ts';
import { computeTreeSum } from '../../spec/backward.ts';
import { buildNetwork, type NetworkDescription } from '../../spec/dictionary.ts';
import type { Network, LayerDescription } from '../../spec/network.ts';
import { initialWeights, inputWord } from '../../spec/random.ts';
import { paper } from '../../spec/variant.ts';
import { anyCase } from '../networks.ts';
import { requireFinite, samplesOf } from './drawn.ts';
import { expectSame, law } from './support.ts';

describe('Algorithm 1 on a 2-3-2 network, T = 2, Vth = 1, worked by hand', () => {
  const layers: LayerDescription[] = [
    { kind: 'linear', units: 3 },
    { kind: 'linear', units: 2 },
  ];
  const input = { channels: 2, height: 1, width: 1 };
  const description = { input, timeWindow: 2, threshold: 1, layers };
  const network = buildNetwork(description, paper, real);
  const w = [Float64Array.of(1, 0, 0.5, 0.5, 0.25, 0), Float64Array.of(1, -1, 2, 0.5, 1, 0)];
  const sample = replayedSample(Float64Array.of(1, 1, 1, 0), 0, network); // o¹ = (1, 1), o² = (1, 0)
  const when = { epoch: 0, batch: 0, every: 5 };
  const result = trainingStep(network, w, [1, 1], [sample], when);

  it('forward: Eq. (3) and (7)', () => {
    // t = 1: x = (1, 1, ¼), all as potential, the first two fire. t = 2: x = (1, ½, ¼): 1 fires, ½, ½.
    const [before, hidden, out] = result.states[0];
    expect([...before.FO]).toEqual([2, 1]);
    expect([...hidden.u]).toEqual([1, 0.5, 0.5]);
    expect([...hidden.o]).toEqual([1, 0, 0]);
    expect([...hidden.FI]).toEqual([2, 1.5, 0.5]);
    expect([...hidden.FO]).toEqual([2, 1, 0]);
    // Output: t = 1: (1 − 1, ½ + 1) = (0, 1½); t = 2: (1, ½). It integrates: (1, 2).
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
    expect([...result.dFO[0][0]]).toEqual([0, 0]); // nothing goes back into the input
    // Output rows dmem_j·(2, 1, 0); hidden rows dFI_j·(2, 1).
    expect([...result.dw[1]]).toEqual([-0.5, -0.25, 0, 1, 0.5, 0]);
    expect([...result.dw[0]]).toEqual([0, 0, 1.125, 0.5625, -0.75, -0.375]);
  });

  it('line 21: w ← w − η·∂L/∂w, Eq. (11); line 1: weights of a seed where none are given', () => {
    const η = 0.25;
    const given = w.map((values) => values.slice());
    const { dw, S: scales } = algorithm1(network, [sample], η, 7, given);
    expect(scales).toEqual([0.75, 1]); // updated at once; 1/Vth where nothing updates it
    for (const [place, values] of given.entries()) {
      expect([...values]).toEqual([...w[place]].map((before, k) => before - η * dw[place][k]));
    }
    const drawn = algorithm1(network, [sample], 0, 7);
    for (const [place, values] of drawn.w.entries()) {
      const fanIn = network.layers[place].weightShape[1];
      expectSame(values, initialWeights(values.length, fanIn, 7, place + 1), `w of layer ${place + 1}`);
    }
  });

  it('line 15 to the letter: outputWeights = untrained leaves the last layer at 0, the rest as it is', () => {
    const untrained = buildNetwork(description, { ...paper, outputWeights: 'untrained' }, real);
    const { dw } = trainingStep(untrained, w, [1, 1], [sample], when);
    expect([...dw[1]]).toEqual([0, 0, 0, 0, 0, 0]);
    expect(dw[0]).toEqual(result.dw[0]);
  });

  it('a shard is one sum: 2²⁴ swallows each of two ones, and not their sum', () => {
    const one = { channels: 1, height: 1, width: 1 };
    const words: NetworkDescription = {
      input: one,
      timeWindow: 1,
      threshold: 1,
      layers: [{ kind: 'linear', units: 1 }],
    };
    const summed = buildNetwork(words, { ...paper, batch: 'sum' }, binary32);
    const samples = [2 ** 24, 0, 1, 1].map((count) => replayedSample(Float32Array.of(count), 0, summed));
    const dwOf = (shard: number) =>
      trainingStep(summed, [Float32Array.of(0)], [1], samples, when, shard).dw[0][0];
    // u = 0, so that ∂L/∂w = −1·o of each sample.
    expect([4, 2, 1].map(dwOf)).toEqual([-(2 ** 24), -(2 ** 24 + 2), -(2 ** 24 + 2)]);
  });

  it('a ratio that is refused keeps S, and the layer is named', () => {
    const quiet = [Float64Array.of(0.25, 0, 0, 0.25, 0, 0), w[1]]; // nothing fires: 0/¾
    const refusing = trainingStep(network, quiet, [0.3, 1], [sample], when);
    expect(refusing.S).toEqual([0.3, 1]);
    expect(refusing.refused).toEqual([1]);
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

/** An epoch that leaves S. */
const frozen = { epoch: 1, batch: 0, every: 5 };

describe('whole random networks in binary32', () => {
  law('the gradient of a batch is the tree sum of its shards, each computed alone', anyCase, 100, (drawn) => {
    // Where a batch is summed; a mean divides the same sum.
    const network = buildNetwork(drawn.description, { ...drawn.variant, batch: 'sum' }, binary32);
    const samples = samplesOf(drawn, network);
    const batch = trainingStep(network, drawn.weights, drawn.S, samples, frozen, drawn.shard);
    requireFinite(batch);
    const alone: StepResult[] = [];
    for (let from = 0; from < samples.length; from += drawn.shard) {
      const shard = samples.slice(from, from + drawn.shard);
      alone.push(trainingStep(network, drawn.weights, drawn.S, shard, frozen));
    }
    for (const [place, dw] of batch.dw.entries()) {
      expectSame(computeTreeSum(alone.map((result) => result.dw[place])), dw, `dw of layer ${place + 1}`);
    }
  });
});
