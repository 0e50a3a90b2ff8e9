/** The variant `authors` gives the authors' arrays: exact ones in bits, the others within a derived bound. */
import { describe, expect, it } from 'vitest';
import { replayedSample, trainingStep } from '../../spec/algorithm1.ts';
import { binary32 } from '../../spec/arithmetic.ts';
import { buildNetwork } from '../../spec/dictionary.ts';
import { adam, computeAdamStep } from '../../spec/update.ts';
import { authors, type Variant } from '../../spec/variant.ts';
import { backendNames, openBackend } from '../../src/backend/open.ts';
import { asPlan, network } from '../../src/network/network.ts';
import { AsfGradient } from '../../src/train/asfGradient.ts';
import { inspect } from '../../src/train/predict.ts';
import { computeScales } from '../../src/train/report.ts';
import { expectBits } from '../support.ts';
import { openReference, referenceNames, type Reference } from './authors/arrays.ts';
import { gradientBounds } from './authors/bounds.ts';

const isExact = (file: Reference): boolean => file.name === 'grid_lenet_exactgrad_f32';

/** Their epoch: 0 where `sign` says that S is updated, 1 where it is frozen. */
const epochOf = (file: Reference): number => (file.array('sign').data[0] === 1 ? 0 : 1);

/** Their scales by our layers: pools without a neuron and the output have none. */
function scalesOf(file: Reference, key: 'scale_before' | 'scale_after'): number[] {
  const values = [...file.array(key).data];
  return file.layers.map((name) => (name === '' ? 1 : values.shift()!));
}

function weightsOf(file: Reference): Float32Array[] {
  return file.weights.filter((name) => name !== '').map((name) => file.array(`w_${name}`).data);
}

describe.each(referenceNames)('%s', (name) => {
  const file = openReference(name);

  describe.each(backendNames)('on %s', (backend) => {
    it('gives their spikes, flows and potentials in every bit', { timeout: 120_000 }, () => {
      const net = network({ ...file.description, variant: 'authors' });
      net.weights = weightsOf(file);
      // One sample of the slow backend; the whole batch goes through it below.
      const samples = backend === 'reference' ? [0] : file.labels.keys();
      for (const b of samples) {
        const views = inspect(net, { frames: file.spikes('in_spikes', b) }, { backend });
        expectBits(views[0].FO, file.sample('FO_in', b), 'FO of the input');
        for (const [place, layer] of file.layers.entries()) {
          const view = views[place + 1];
          const size = view.FO.length;
          if (view.kind === 'maxPool') {
            expectBits(view.spikes, file.spikes('spk_p2', b), 'spikes of p2');
            expectBits(view.FO, file.sample('FO_p2', b), 'FO of p2');
          }
          if (layer === '') continue;
          expectBits(view.spikes, file.spikes(`spk_${layer}`, b), `spikes of ${layer}`);
          expectBits(view.FI, file.sample(`FI_${layer}`, b), `FI of ${layer}`);
          expectBits(view.FO, file.sample(`FO_${layer}`, b), `FO of ${layer}`);
          const u = view.potentials.subarray((file.T - 1) * size);
          expectBits(u, file.sample(`mem_${layer}`, b), `u of ${layer}`);
        }
        const output = views.at(-1)!.FI.map((mem) => mem / file.T);
        expectBits(output, file.sample('tst_output', b), 'output');
      }
    });

    it('gives their loss, scales, gradients and update', { timeout: 120_000 }, async () => {
      const plan = asPlan(buildNetwork(file.description, authors, binary32), file.description);
      const passes = new AsfGradient(openBackend(backend, plan), {
        batch: file.labels.length,
        shard: file.labels.length,
      });
      passes.writeWeights(weightsOf(file));
      passes.writeMoments();
      passes.forward(
        file.labels.map((label, b) => ({ label, input: { frames: file.spikes('in_spikes', b) } })),
      );
      const report = await passes.readReport();
      const loss = report.losses.reduce((sum, L) => Math.fround(sum + L), 0);
      const [theirs] = file.array('loss').data;
      if (isExact(file)) expect(loss).toBe(theirs);
      else expect(Math.abs(loss - theirs)).toBeLessThanOrEqual(64 * 2 ** -24 * theirs);

      const before = scalesOf(file, 'scale_before');
      const { S } = computeScales(plan, report, before, { epoch: epochOf(file), batch: 0, every: 5 });
      const after = scalesOf(file, 'scale_after');
      expectBits(S, after, 'S');

      passes.backward(after);
      const gradients = await passes.readGradient();
      const bounds = isExact(file) ? undefined : gradientBounds(file, after);
      const names = file.weights.filter((weights) => weights !== '');
      const places = file.weights.flatMap((weights, place) => (weights === '' ? [] : [place]));
      for (const [w, weights] of names.entries()) {
        const expected = file.array(`g_${weights}`).data;
        if (bounds) expectWithin(gradients[w], expected, (k) => bounds[places[w]][k], `g of ${weights}`);
        else expectBits(gradients[w], expected, `g of ${weights}`);
      }

      const optimiser = adam;
      const η = name === 'grid_vgg7_small_f32' ? 5e-4 : 8.5e-4;
      const { step } = computeAdamStep({ β1k: 1, β2k: 1 }, η, optimiser);
      passes.update({ samples: file.labels.length, optimiser, step });
      const [after1, moments] = [await passes.readWeights(), await passes.readMoments()];
      for (const [w, weights] of names.entries()) {
        const old = file.array(`w_${weights}`).data;
        const q = file.array(`g_${weights}`).data.map((g, k) => g + optimiser.weightDecay * old[k]);
        const ulp = 2 ** -22; // four roundings
        const δ = (k: number): number =>
          (bounds?.[places[w]][k] ?? 0) + ulp * (Math.abs(q[k]) + Math.abs(old[k]) * 5e-4);
        expectWithin(
          moments.m[w],
          file.array(`adam_m_${weights}`).data,
          (k) => 0.1 * δ(k) * (1 + ulp) + ulp * Math.abs(0.1 * q[k]),
          `m of ${weights}`,
        );
        expectWithin(
          moments.v[w],
          file.array(`adam_v_${weights}`).data,
          (k) => 0.001 * (2 * Math.abs(q[k]) * δ(k) + δ(k) ** 2) + ulp * 0.001 * q[k] ** 2,
          `v of ${weights}`,
        );
        // The step is η·q/(|q| + ε): its slope in q is η·ε/(|q| + ε)².
        expectWithin(
          after1[w],
          file.array(`wnew_${weights}`).data,
          (k) => {
            const least = Math.max(0, Math.abs(q[k]) - δ(k));
            return (
              η * Math.min(2, (δ(k) * 1e-8) / (least + 1e-8) ** 2) + 4 * ulp * η + ulp * Math.abs(old[k])
            );
          },
          `w of ${weights}`,
        );
      }
    });
  });

  it('fails with ≥ in place of >', () => {
    const { states } = stepOf(file, { ...authors, fires: 'atThreshold' }, 1);
    const differs = file.layers.map((layer, place) => {
      if (layer === '') return false;
      const theirs = file.sample(`FO_${layer}`, 0);
      return states[0][place + 1].FO.some((count, i) => count !== theirs[i]);
    });
    expect(differs.filter((differ, place) => differ || file.layers[place] === '')).toHaveLength(
      file.layers.length,
    );
  });
});

it("gives the exact file's ∂L/∂FO in every bit", () => {
  const file = openReference('grid_lenet_exactgrad_f32');
  const { dFO } = stepOf(file, authors);
  for (const b of file.labels.keys()) {
    for (const [place, layer] of file.layers.entries()) {
      if (layer !== '') expectBits(dFO[b][place + 1], file.sample(`gFO_${layer}`, b), layer);
    }
  }
});

function stepOf(
  file: Reference,
  variant: Variant,
  count = file.labels.length,
): ReturnType<typeof trainingStep> {
  const plan = buildNetwork(file.description, variant, binary32);
  const w = file.weights.map((weights) =>
    weights === '' ? new Float32Array(0) : file.array(`w_${weights}`).data,
  );
  const samples = file.labels
    .slice(0, count)
    .map((label, b) => replayedSample(file.spikes('in_spikes', b), label, plan));
  return trainingStep(plan, w, scalesOf(file, 'scale_after'), samples, { epoch: 1, batch: 0, every: 5 });
}

/** |ours − theirs| ≤ bound at every place; the worst place is named. */
function expectWithin(
  ours: ArrayLike<number>,
  theirs: ArrayLike<number>,
  bound: (k: number) => number,
  what: string,
): void {
  expect(ours.length, what).toBe(theirs.length);
  let worst = 0;
  let at = -1;
  for (let k = 0; k < ours.length; k++) {
    const excess = Math.abs(ours[k] - theirs[k]) / bound(k);
    if (ours[k] !== theirs[k] && !(excess <= worst)) [worst, at] = [excess, k];
  }
  expect(worst, `${what}: place ${at} in units of its bound`).toBeLessThanOrEqual(1);
}
