/** Translates a graph's neurons into a layer's threshold, leak and choices. If a layer cannot have a property, the error names the node. */
import { membraneOf } from '../../../spec/nir.ts';
import {
  nirNetworkChoices,
  nirNeuronChoices,
  type NirConvention,
  type NirNeuronConvention,
} from '../../../spec/nirConventions.ts';
import { keysOf } from '../../keysOf.ts';
import type { NirLayer } from './chain.ts';

export interface ImportedNeurons {
  readonly threshold: number;
  readonly leak: number;
  readonly fires: 'atThreshold' | 'aboveThreshold';
  readonly reset: 'sameStep' | 'subtractThenLeak' | 'leakThenSubtract';
  /** Factor of the weights into each neuron. */
  readonly gain: Float64Array;
  /** The constant that v_leak adds per step. */
  readonly bias: Float64Array;
}

export function refuseNeurons({ node }: NirLayer, what: string): never {
  return node.lacks(what, 'has no place in a model; use asf-bp check TRACE --graph FILE --as CONVENTION');
}

/** Choices whose first answer is the only supported one. The text names the property that another answer would need. */
const lacking = {
  spikes: '⌊u/θ⌋ spikes in a step',
  sends: 'a spike that is sent a step late',
  arrives: 'an input that arrives a step late',
  floor: 'a floor of u',
  overshoot: 'the θ that an overshoot loses',
  numbers: 'fixed point',
  input: 'an input of 0 and 1',
  weights: 'weights of 8 bits',
} as const;

/** @throws InputError if a layer cannot have a parameter or a choice of the convention */
export function importNeurons(layer: NirLayer, network: NirConvention, dt: number): ImportedNeurons {
  const { parameters, recurrent } = layer;
  const { kind } = parameters;
  const convention = network.neurons[kind];
  const lack = (what: string): never => refuseNeurons(layer, what);
  if (kind === 'CubaLIF') lack('a synapse');
  if (recurrent) lack('a recurrent edge');
  const answers = { ...network, ...convention };
  const choices = { ...nirNetworkChoices, ...nirNeuronChoices };
  for (const question of keysOf(lacking))
    if (answers[question] !== choices[question][0]) lack(lacking[question]);
  const { λ, θ, g, vLeak, vReset } = membraneOf(parameters, dt, convention);
  const neurons = new Float64Array(parameters.vThreshold.length);
  const all = (value: (i: number) => number): Float64Array => neurons.map((_, i) => value(i));
  const isOther = (value: (i: number) => number, than: number): boolean =>
    neurons.some((_, i) => value(i) !== than);
  const single = (value: (i: number) => number, what: string): number => {
    const first = value(0);
    if (isOther(value, first)) lack(`${what} per neuron`);
    return first;
  };
  if (isOther(vReset, 0)) lack('a v_reset other than 0');
  if (convention.startsAt === 'vLeak' && isOther(vLeak, 0)) lack('a start at a v_leak other than 0');
  const leak = single(λ, 'a leak');
  if (!(leak > 0)) lack(`a leak of ${leak}`);
  return {
    threshold: single(θ, 'a threshold'),
    leak,
    fires: convention.fires === 'at' ? 'atThreshold' : 'aboveThreshold',
    reset: resetOf(convention),
    gain: all(g),
    bias: all((i) => (1 - λ(i)) * vLeak(i)),
  };
}

/** A reset at the end of a step gives the same spikes as a reset before the next leak. */
function resetOf({ reset, resetWhen }: NirNeuronConvention): ImportedNeurons['reset'] {
  if (reset !== 'subtract') return 'sameStep';
  return resetWhen === 'afterLeak' ? 'leakThenSubtract' : 'subtractThenLeak';
}
