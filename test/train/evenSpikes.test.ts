/**
 * A network may encode intensities as evenly spaced spikes. Their sum over the window is exact to half a spike, without randomness.
 */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { InputError } from '../../src/errors.ts';
import { drawWeights, network } from '../../src/network/network.ts';
import { predict, session } from '../../src/train/predict.ts';
import { drawing } from '../support.ts';

function netOf(spikes: 'random' | 'even', timeWindow: number, scale = 1) {
  const input = { channels: 1, height: 1, width: 3, scale, spikes };
  const layers = [{ kind: 'linear', units: 2 }] as const;
  const net = network({ variant: 'authors', input, timeWindow, threshold: 1, layers });
  return { ...net, weights: drawWeights(net.plan, 1) };
}

// Not `fc.double`: it draws bits, and nearly all of its numbers would be too small for a spike.
const intensity = fc.integer({ min: -100, max: 100 }).map((k) => k / 100);
const drawn = fc.tuple(intensity, intensity, intensity);

test('the spikes of T steps are T times the rate, rounded, at most one per step; sessions give the same', () => {
  const scales = fc.constantFrom(0.5, 1, 3);
  const law = fc.property(drawn, fc.integer({ min: 1, max: 60 }), scales, (intensities, T, scale) => {
    const net = netOf('even', T, scale);
    const { potentials, trains } = predict(net, intensities, { trains: [0] });
    const spikes = Array.from(trains![0]!);
    expect(spikes.every((o) => [-1, 0, 1].includes(o))).toBe(true);
    for (const [i, x] of intensities.entries()) {
      const sum = spikes.filter((_, at) => at % 3 === i).reduce((all, o) => all + o, 0);
      const rate = Math.sign(x) * Math.min(1, scale * Math.abs(x));
      expect(Math.abs(sum - T * rate)).toBeLessThanOrEqual(0.5 + 1e-9);
    }
    const steps = session(net);
    for (let t = 0; t < T; t++) steps.step(intensities);
    for (const same of [steps.potentials(), session(net).decide(intensities).potentials])
      expect(same).toEqual(potentials);
  });
  fc.assert(law, drawing(100));
});

test('a prediction does not depend on the draw; of random spikes it does', () => {
  const potentialsOf = (spikes: 'random' | 'even', seed: number) =>
    predict(netOf(spikes, 30), [0.3, 0.5, 0.7], { draw: { seed, stream: 'test', epoch: 0, sample: 0 } })
      .potentials;
  expect(potentialsOf('even', 1)).toEqual(potentialsOf('even', 2));
  expect(potentialsOf('random', 1)).not.toEqual(potentialsOf('random', 2));
  expect(() => netOf('evenly' as 'even', 3)).toThrow(InputError);
});
