/** Looks for the threshold at which the neurons of a recorded layer fire, where it is not the graph's. */
import { real, type Floats } from '../../spec/arithmetic.ts';
import type { NirLayer } from './chain.ts';
import type { NirRecord } from './follow.ts';
import type { NirMistake } from './mistake.ts';
import { NirStepper, type NirTiming } from './run.ts';

const digits = (value: number): string => String(Number(value.toPrecision(5)));

/**
 * The layer with another threshold that separates the potentials with a recorded spike from those without; `undefined` if the graph's does,
 * if none does, or if a spike subtracts the threshold, so that potentials depend on it. Of a layer that never fires, it is only above.
 */
export function otherThreshold(
  layer: NirLayer,
  { convention }: NirTiming,
  dt: number,
  inputs: readonly Floats[],
  { spikes, potentials, start }: NirRecord,
): NirMistake | undefined {
  const stepper = new NirStepper(layer, convention, dt, real);
  const { reset, sends } = stepper.convention;
  if (!spikes || start || reset === 'subtract' || stepper.convention.spikes === 'whole') return undefined;
  const late = sends === 'sameStep' ? 0 : 1;
  const { θ } = stepper.constants;
  // In units of the graph's threshold.
  let [below, above] = [0, Infinity];
  for (const [t, input] of inputs.entries()) {
    const recorded = spikes[t + late];
    stepper.step(input, (u, i, own) => {
      if (!recorded) return own;
      if (recorded[i] !== 0) above = Math.min(above, u / θ[i]);
      else below = Math.max(below, u / θ[i]);
      return recorded[i];
    });
  }
  if (below >= above || below <= 0 || (below < 1 && above >= 1)) return undefined;
  const share = above === Infinity ? 2 * below : (below + above) / 2;
  const own = Array.from(layer.parameters.vThreshold);
  const isOne = own.every((each) => each === own[0]);
  const inWords = (part: number): string => (isOne ? digits(part * own[0]) : `${digits(part)} times`);
  const place =
    above === Infinity
      ? `is above ${inWords(below)}`
      : `lies between ${inWords(below)} and ${inWords(above)}`;
  const orScaled = potentials ? '' : '; or what reaches it is scaled by as much';
  return {
    id: 'threshold',
    says: `its threshold ${place}, the graph says ${isOne ? digits(own[0]) : 'another for each neuron'}${orScaled}`,
    convention,
    layer: {
      ...layer,
      parameters: { ...layer.parameters, vThreshold: Float64Array.from(own, (each) => each * share) },
    },
    tier: 1,
  };
}
