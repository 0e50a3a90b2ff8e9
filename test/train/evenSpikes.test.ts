/** A network may encode intensities as evenly spaced spikes: their sum over the window is exact to half a spike, without randomness. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { InputError } from '../../src/errors.ts';
import { drawWeights, network } from '../../src/network/network.ts';
import { predict, session } from '../../src/train/predict.ts';
import { drawSamples } from '../../src/train/sampleInput.ts';
import { drawing } from '../support.ts';

function netOf(spikes: 'random' | 'even', timeWindow: number, scale = 1) {
  const input = { channels: 1, height: 1, width: 3, scale, spikes };
  const layers = [{ kind: 'linear', units: 2 }] as const;
  return network({ variant: 'authors', input, timeWindow, threshold: 1, layers });
}

const draw = { seed: 1, stream: 'test', epoch: 0, sample: 0 } as const;
// Doubles are drawn by their bits: nearly all would be 0 for a spike.
const intensity = fc.integer({ min: -100, max: 100 }).map((k) => k / 100);

test('the spikes of T steps are T times the rate, rounded, and never more than one a step', () => {
  fc.assert(
    fc.property(
      fc.tuple(intensity, intensity, intensity),
      fc.integer({ min: 1, max: 60 }),
      fc.constantFrom(0.5, 1, 3),
      (intensities, T, scale) => {
        const { plan } = netOf('even', T, scale);
        const data = {
          name: 'x',
          length: 1,
          shape: plan.input,
          input: () => ({ intensities, draw }),
          label: () => 0,
        };
        const [{ input }] = drawSamples('test', plan, data, [0], draw) as [ReturnType<typeof drawSamples>[0]];
        const frames = 'frames' in input ? Array.from(input.frames) : [];
        expect(frames).toHaveLength(3 * T);
        expect(frames.every((o) => Math.abs(o) <= 1 && Number.isInteger(o))).toBe(true);
        for (const [i, x] of intensities.entries()) {
          const sum = frames.reduce((all, o, at) => all + (at % 3 === i ? o : 0), 0);
          expect(Math.abs(sum - Math.sign(x) * T * Math.min(1, scale * Math.abs(x)))).toBeLessThanOrEqual(
            0.5 + 1e-9,
          );
        }
      },
    ),
    drawing(100),
  );
});

test('a prediction does not depend on the draw; of random spikes it does', () => {
  const potentialsOf = (spikes: 'random' | 'even', seed: number): number[] => {
    const net = netOf(spikes, 30);
    net.weights = drawWeights(net.plan, 1);
    return Array.from(predict(net, [0.3, 0.5, 0.7], { draw: { ...draw, seed } }).potentials);
  };
  expect(potentialsOf('even', 1)).toEqual(potentialsOf('even', 2));
  expect(potentialsOf('random', 1)).not.toEqual(potentialsOf('random', 2));
  expect(() => netOf('evenly' as 'even', 3)).toThrow(InputError);
});

test('the steps of a session, and a decision after all of them, have the potentials of a prediction', () => {
  fc.assert(
    fc.property(
      fc.tuple(intensity, intensity, intensity),
      fc.integer({ min: 1, max: 30 }),
      (intensities, T) => {
        const net = netOf('even', T);
        net.weights = drawWeights(net.plan, 1);
        const own = predict(net, intensities).potentials;
        const steps = session(net);
        for (let t = 0; t < T; t++) steps.step(intensities);
        expect(Array.from(steps.potentials())).toEqual(Array.from(own));
        expect(Array.from(session(net).decide(intensities).potentials)).toEqual(Array.from(own));
      },
    ),
    drawing(50),
  );
});
