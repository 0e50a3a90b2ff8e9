/** Follows a recorded layer: steps the equation with the recorded spikes, and reports the first impossible spike or potential. */
import { real, type Floats } from '../../spec/arithmetic.ts';
import { NirBound } from './bound.ts';
import type { NirLayer } from './chain.ts';
import { NirStepper, type NirStart, type NirTiming } from './run.ts';

/** The recording of a layer: for each step, one number per neuron. */
export interface NirRecord {
  readonly spikes?: readonly Floats[];
  /** Those that were not recorded are no numbers. */
  readonly potentials?: readonly Floats[];
  /** The state before the first step, if it is not rest. */
  readonly start?: NirStart;
}

/** Whether no neuron fires, and no potential is other than 0. */
export const isSilent = ({ spikes = [], potentials = [] }: NirRecord): boolean =>
  [...spikes, ...potentials].every((step) => step.every((value) => !(Math.abs(value) > 0)));

/** A layer, and what was recorded of it. */
export interface Seen {
  readonly layer: NirLayer;
  readonly timing: NirTiming;
  readonly dt: number;
  readonly inputs: readonly Floats[];
  readonly record: NirRecord;
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
  /** Numbers that rounding leaves open, whose recorded values were accepted: spikes near the threshold, and all that is beyond {@link known}. */
  readonly undecided: number;
  /** Number of compared values. */
  readonly compared: number;
  /** Number of recorded spikes. */
  readonly spikes: number;
  /** Unit of the recorded potentials: recorded = unit × computed. */
  readonly unit: number;
}

/** A bound above this share of the potential and of the threshold leaves a number open, as where potentials grow without end. */
const known = 1 / 64;

/** Most of the compared numbers that rounding may leave open. */
const mostOpen = 1 / 8;

export const isDecided = ({ undecided, compared }: NirFollowed): boolean => undecided <= mostOpen * compared;

/** Follows a layer up to the first difference. `inputs` is the output of the layer before in each step. */
export function followLayer(
  layer: NirLayer,
  { convention }: NirTiming,
  dt: number,
  inputs: readonly Floats[],
  record: NirRecord,
): NirFollowed {
  const stepper = new NirStepper(layer, convention, dt, real);
  if (record.start) stepper.from(record.start);
  const follower = new Follower(stepper, record);
  for (let t = 0; t < inputs.length && !follower.first; t++) follower.step(t, inputs[t]);
  const { found, first } = follower;
  return { ...found, ...(first && { first }) };
}

/** A layer that steps with the recorded spikes, and compares. */
class Follower {
  readonly found = { undecided: 0, compared: 0, spikes: 0, unit: 1 };
  first: NirDifference | undefined;
  private readonly stepper: NirStepper;
  private readonly record: NirRecord;
  private readonly bound: NirBound;
  /** Steps from a spike to its record. */
  private readonly late: number;

  constructor(stepper: NirStepper, record: NirRecord) {
    this.stepper = stepper;
    this.record = record;
    this.bound = new NirBound(stepper);
    this.late = stepper.convention.sends === 'sameStep' ? 0 : 1;
  }

  step(t: number, input: Floats): void {
    const { spikes, potentials, start } = this.record;
    const at = t + this.late;
    const recorded = spikes?.[at];
    this.bound.step(input);
    this.stepper.step(input, (u, i, own) => (recorded ? this.spikeOf(u, i, own, recorded[i], at) : own));
    this.bound.settle();
    if (this.late && t === 0 && spikes && !start) this.compareStart(spikes[0]);
    if (!this.first && potentials) this.comparePotentials(potentials[t], t);
  }

  /** The recorded spikes of a neuron, which the layer goes on with. */
  private spikeOf(u: number, i: number, own: number, got: number, step: number): number {
    const { found, bound, stepper } = this;
    found.compared++;
    found.spikes += Math.abs(got);
    const threshold = stepper.constants.θ[i];
    const isOpen = this.isOpen(u, i);
    if (got === own && !isOpen) return own;
    const near = isOpen || allowed(u, threshold, bound.u[i], got, stepper.convention.spikes === 'whole');
    if (near) found.undecided++;
    else this.first ??= { what: 'spikes', step, neuron: i, expected: own, got, potential: u, threshold };
    return got;
  }

  /** From rest, nothing can be sent before the first step. */
  private compareStart(spikes: Floats): void {
    const neuron = spikes.findIndex((count) => count !== 0);
    const threshold = this.stepper.constants.θ[0];
    if (neuron >= 0)
      this.first ??= { what: 'spikes', step: 0, neuron, expected: 0, got: 1, potential: 0, threshold };
  }

  private comparePotentials(got: Floats, t: number): void {
    const { found, bound, stepper } = this;
    for (let i = 0; i < got.length && !this.first; i++) {
      const potential = stepper.state.u[i];
      if (Number.isNaN(got[i])) continue;
      const radius = bound.u[i] + 2 ** -22 * Math.abs(potential);
      found.compared++;
      if (this.isOpen(potential, i)) {
        found.undecided++;
        continue;
      }
      if (found.unit === 1) found.unit = this.unitOf(got[i], potential, radius, i);
      if (Math.abs(got[i] / found.unit - potential) > radius)
        this.first = {
          what: 'potential',
          step: t,
          neuron: i,
          expected: potential * found.unit,
          got: got[i],
          potential,
          threshold: stepper.constants.θ[i],
        };
    }
  }

  /** Whether a potential is as good as unknown; it may be no number. */
  private isOpen(u: number, i: number): boolean {
    return !(this.bound.u[i] <= known * Math.max(Math.abs(u), this.stepper.constants.θ[i]));
  }

  /** Some simulators record u/θ, or fixed-point potentials in whole units. */
  private unitOf(got: number, expected: number, radius: number, i: number): number {
    if (Math.abs(expected) < 16 * radius || Math.abs(got - expected) <= radius) return 1;
    const units = [1 / this.stepper.constants.θ[i], 16384, 4096];
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
