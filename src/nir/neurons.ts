/** Translates a graph's neurons into a layer's threshold, leak and choices; refuses, by node name, features that layers do not have. */
import { real } from '../../spec/arithmetic.ts';
import { computeNirConstants } from '../../spec/nir.ts';
import type { NirConvention, NirNeuronConvention } from '../../spec/nirConventions.ts';
import type { NirLayer } from './chain.ts';
import { refuseNode } from './graph.ts';

export interface ImportedNeurons {
  readonly threshold: number;
  readonly leak: number;
  readonly fires: 'atThreshold' | 'aboveThreshold';
  readonly reset: 'sameStep' | 'subtractThenLeak' | 'leakThenSubtract';
  /** Factor of the weights into each neuron. */
  readonly gain: Float64Array;
  /** The part of v_leak that each step adds. */
  readonly bias: Float64Array;
}

/** What can be done with a graph that does not become a model. */
export const instead = 'asf-bp check TRACE --graph FILE can check a recording of it';

/** @throws InputError if a choice of the convention or a parameter has no counterpart in a layer */
export function importNeurons(
  { name, parameters, recurrent }: NirLayer,
  network: NirConvention,
  dt: number,
  where: string,
): ImportedNeurons {
  const { kind } = parameters;
  const convention = network.neurons[kind];
  const lack = (what: string): never =>
    refuseNode(where, { name, type: kind }, `${what} has no place in a model here; ${instead}`);
  if (kind === 'CubaLIF') lack('a synapse');
  if (recurrent) lack('a recurrent edge');
  if (convention.spikes === 'whole') lack('⌊u/θ⌋ spikes in a step');
  if (convention.sends === 'stepBefore') lack('a spike that is sent a step late');
  if (convention.arrives === 'stepAfter') lack('an input that arrives a step late');
  if (convention.floor !== 'none') lack('a floor of u');
  if (convention.overshoot !== 'stays') lack('the θ that an overshoot loses');
  if (convention.numbers !== 'float') lack('fixed point');
  if (network.input === 'ones') lack('an input of 0 and 1 where it counts');
  if (network.weights === 'int8') lack('weights that are cut to 8 bits');
  const { λ, θ, g, c, vReset } = computeNirConstants(parameters, dt, convention, real);
  const single = (values: ArrayLike<number>, what: string): number => {
    for (let i = 1; i < values.length; i++)
      if (values[i] !== values[0]) lack(`${what} of its own for each neuron`);
    return values[0];
  };
  if (single(vReset, 'v_reset') !== 0) lack('a v_reset other than 0');
  const leak = single(λ, 'a leak');
  if (!(leak > 0)) lack(`a leak of ${leak}`);
  return {
    threshold: single(θ, 'a threshold'),
    leak,
    fires: convention.fires === 'at' ? 'atThreshold' : 'aboveThreshold',
    reset: resetOf(convention),
    gain: Float64Array.from(g),
    bias: Float64Array.from(c),
  };
}

/** Resetting at the end of a step gives the same spikes as resetting before the next leak. */
function resetOf({ reset, resetWhen }: NirNeuronConvention): ImportedNeurons['reset'] {
  if (reset !== 'subtract') return 'sameStep';
  return resetWhen === 'afterLeak' ? 'leakThenSubtract' : 'subtractThenLeak';
}
