/** Follows a recorded layer: steps the equation with the recorded spikes, and reports the first impossible spike or potential. */
import { real, type Floats } from '../../spec/arithmetic.ts';
import { NirBound } from './bound.ts';
import type { NirLayer } from './chain.ts';
import { NirStepper, type NirTiming } from './run.ts';

/** The recording of a layer: for each step, one number per neuron. */
export interface NirRecord {
  readonly spikes?: readonly Floats[];
  readonly potentials?: readonly Floats[];
}

interface NirDifference {
  readonly what: 'spikes' | 'potential';
  readonly step: number;
  readonly neuron: number;
  readonly expected: number;
  readonly got: number;
  /** Potential at the comparison with the threshold. */
  readonly potential: number;
  readonly threshold: number;
}

export interface NirFollowed {
  readonly first?: NirDifference;
  /** Decisions that rounding leaves open; the recorded spikes were accepted. */
  readonly undecided: number;
  /** Number of compared values. */
  readonly compared: number;
  /** Number of recorded spikes. */
  readonly spikes: number;
  /** Unit of the recorded potentials: recorded = unit × computed. */
  readonly unit: number;
}

/** Follows a layer up to the first difference. `inputs` is the output of the layer before in each step. */
export function followLayer(
  layer: NirLayer,
  { convention }: NirTiming,
  dt: number,
  inputs: readonly Floats[],
  { spikes, potentials }: NirRecord,
): NirFollowed {
  const stepper = new NirStepper(layer, convention, dt, real);
  const bound = new NirBound(stepper);
  const { constants, state } = stepper;
  const late = stepper.convention.sends === 'sameStep' ? 0 : 1;
  const found = { undecided: 0, compared: 0, spikes: 0, unit: 1 };
  let first: NirDifference | undefined;
  for (let t = 0; t < inputs.length && !first; t++) {
    const recorded = spikes?.[t + late];
    bound.step(inputs[t]);
    stepper.step(inputs[t], (u, i, own) => {
      if (!recorded) return own;
      const got = recorded[i];
      found.compared++;
      found.spikes += Math.abs(got);
      if (got === own) return own;
      const near = allowed(u, constants.θ[i], bound.u[i], got, stepper.convention.spikes === 'whole');
      if (near) found.undecided++;
      else {
        const place = {
          step: t + late,
          neuron: i,
          expected: own,
          got,
          potential: u,
          threshold: constants.θ[i],
        };
        first ??= { what: 'spikes', ...place };
      }
      return got;
    });
    bound.settle();
    // Nothing can be sent before the first step.
    if (late && t === 0 && spikes?.[0].some((count) => count !== 0))
      first ??= {
        what: 'spikes',
        step: 0,
        neuron: spikes[0].findIndex((count) => count !== 0),
        expected: 0,
        got: 1,
        potential: 0,
        threshold: constants.θ[0],
      };
    if (!first && potentials) first = comparePotentials(potentials[t], t);
  }
  return { ...found, ...(first && { first }) };

  function comparePotentials(got: Floats, t: number): NirDifference | undefined {
    for (let i = 0; i < got.length; i++) {
      const expected = state.u[i];
      const radius = bound.u[i] + 2 ** -22 * Math.abs(expected);
      if (found.unit === 1) found.unit = unitOf(got[i], expected, radius, i);
      found.compared++;
      if (Math.abs(got[i] / found.unit - expected) > radius)
        return {
          what: 'potential',
          step: t,
          neuron: i,
          expected: expected * found.unit,
          got: got[i],
          potential: expected,
          threshold: constants.θ[i],
        };
    }
    return undefined;
  }

  /** Some simulators record u/θ, or fixed-point potentials in whole units. */
  function unitOf(got: number, expected: number, radius: number, i: number): number {
    if (Math.abs(expected) < 16 * radius || Math.abs(got - expected) <= radius) return 1;
    const units = [1 / constants.θ[i], 16384, 4096];
    return (
      units.find((unit) => Math.abs(got / unit - expected) <= radius + 2 ** -14 * Math.abs(expected)) ?? 1
    );
  }
}

/** Whether rounding allows this number of spikes. */
function allowed(u: number, θ: number, radius: number, got: number, whole: boolean): boolean {
  if (radius === 0) return false;
  if (!whole) return (got === 0 || got === 1) && Math.abs(u - θ) <= radius;
  const [low, high] = [u - radius, u + radius].map((value) => (value < θ ? 0 : Math.floor(value / θ)));
  return got >= low && got <= high;
}
