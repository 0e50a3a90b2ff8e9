/**
 * NIR leaves open how its equations are stepped. What simulators do is a record of named choices each, nothing else; `nir.ts` is
 * the one equation that all of them are. A choice says what a simulator does when it reads a graph, in the version named beside it.
 */

/** Choices of a neuron. */
export const nirNeuronChoices = {
  /** λ = 1 − dt/τ, or e^(−dt/τ). */
  step: ['euler', 'exponential'],
  /** α of τ_syn in the same way, or 1 − dt/τ_syn. */
  synapseStep: ['likeLeak', 'euler'],
  /** λ·u + g·I, or u + (dt/τ)·(v_leak − u + r·I): the same number, rounded differently. */
  form: ['product', 'difference'],
  /** g = r·dt/τ; r·(1 − λ); 1; or 1 with the threshold divided by r·dt/τ. An IF neuron has g = 1 everywhere. */
  gain: ['euler', 'complement', 'one', 'threshold'],
  /** r of the graph, or 1. */
  resistance: ['used', 'ignored'],
  /** a = w_in·dt/τ_syn; 1; or α, which is α·(I + x). */
  synapse: ['euler', 'one', 'leaked'],
  /** v_leak of the graph, or 0. */
  vLeak: ['used', 'ignored'],
  /** u > θ, or u ≥ θ. */
  fires: ['above', 'at'],
  /** One spike in a step, or ⌊u/θ⌋. */
  spikes: ['one', 'whole'],
  /** After a spike u is 0; v_reset of the graph; or u − θ for each. */
  reset: ['zero', 'vReset', 'subtract'],
  /** In the same step; or in the next one, before the leak or after it. */
  resetWhen: ['sameStep', 'beforeLeak', 'afterLeak'],
  /**
   * Of a subtraction in the same step: a neuron that is still above θ after it stays as it is; or θ is taken from it before the next
   * comparison, before the leak or after it, and given back behind the comparison.
   */
  overshoot: ['stays', 'beforeLeak', 'afterLeak'],
  /** u has no floor; or is at least −θ; or at least 0. */
  floor: ['none', 'threshold', 'zero'],
  /** λ of an IF neuron: 1, or 0.9. */
  ifLeak: ['one', 'nineTenths'],
  /** What is sent in a step: its own spikes, or those of the step before. */
  sends: ['sameStep', 'stepBefore'],
  /** What other neurons send in a step arrives in it, or a step later. */
  arrives: ['sameStep', 'stepAfter'],
  /** A bias goes the way of what arrives; or with a synapse past it, as large as the synapse would make it in the end: b·a/(1 − α). */
  bias: ['arrives', 'settled'],
  /**
   * Numbers of the precision; or as lava-dl has them, I and u in 4096ths; or as Loihi, in 16384ths with λ in 4096ths and g and θ in 256ths:
   * all cut towards 0.
   */
  numbers: ['float', 'lavaDl', 'loihi'],
} as const;

export type NirNeuronConvention = {
  readonly [Q in keyof typeof nirNeuronChoices]: (typeof nirNeuronChoices)[Q][number];
};

/** Choices of a whole network. */
export const nirNetworkChoices = {
  /** Whether the bias of a recurrent edge is there in each step, in each but the first, or never. */
  recurrentBias: ['always', 'notFirst', 'never'],
  /** Weights as they are, or whole numbers of 8 bits: ⌊w·127/max⌋ towards 0, max of all weights into a layer. */
  weights: ['binary32', 'int8'],
  /** Counts of an input as they are, or 1 where there are any. */
  input: ['counts', 'ones'],
} as const;

/** The kinds of neurons whose choices may differ within one simulator. */
export type NirKind = 'IF' | 'LIF' | 'CubaLIF';

export type NirConvention = {
  readonly [Q in keyof typeof nirNetworkChoices]: (typeof nirNetworkChoices)[Q][number];
} & {
  /** Seconds of a step where nothing else is said; `rockpool` is min τ / (1 + r); absent where there is no default. */
  readonly dt?: number | 'rockpool';
  readonly neurons: Readonly<Record<NirKind, NirNeuronConvention>>;
};

/** Plain forward Euler: what the others differ from. */
const plain: NirNeuronConvention = {
  step: 'euler',
  synapseStep: 'likeLeak',
  form: 'product',
  gain: 'euler',
  resistance: 'used',
  synapse: 'euler',
  vLeak: 'used',
  fires: 'above',
  spikes: 'one',
  reset: 'zero',
  resetWhen: 'sameStep',
  overshoot: 'stays',
  floor: 'none',
  ifLeak: 'one',
  sends: 'sameStep',
  arrives: 'sameStep',
  bias: 'arrives',
  numbers: 'float',
};

/** A convention whose kinds of neurons share most choices. */
function convention(
  dt: NirConvention['dt'],
  shared: Partial<NirNeuronConvention>,
  network: Partial<Omit<NirConvention, 'dt' | 'neurons'>> = {},
  own: Partial<Record<NirKind, Partial<NirNeuronConvention>>> = {},
): NirConvention {
  const kind = (name: NirKind): NirNeuronConvention => ({ ...plain, ...shared, ...own[name] });
  return {
    recurrentBias: 'always',
    weights: 'binary32',
    input: 'counts',
    ...network,
    ...(dt === undefined ? {} : { dt }),
    neurons: { IF: kind('IF'), LIF: kind('LIF'), CubaLIF: kind('CubaLIF') },
  };
}

/** What simulators do, by name. */
export const nirConventions = {
  /** norse/norse @065a3b45: r counts for CubaLIF alone, and a recurrent edge gives nothing in the first step. */
  norse: convention(
    1e-3,
    { form: 'difference', resistance: 'ignored' },
    { recurrentBias: 'notFirst' },
    { CubaLIF: { form: 'product', resistance: 'used' } },
  ),
  /** jeshraghian/snntorch @634fc22: the gain goes into the threshold. */
  snntorch: convention(1e-4, { gain: 'threshold' }),
  /** fangwei123456/spikingjelly @afb13226. */
  spikingjelly: convention(1e-4, { form: 'difference', fires: 'at', reset: 'vReset' }),
  /** synsense/sinabs @904eb89: τ is in steps. */
  sinabs: convention(
    1,
    {
      step: 'exponential',
      gain: 'one',
      resistance: 'ignored',
      fires: 'at',
      spikes: 'whole',
      reset: 'subtract',
    },
    {},
    { IF: { floor: 'threshold' } },
  ),
  /** synsense/rockpool @42cee1c9: the bias of a recurrent edge is dropped. */
  rockpool: convention(
    'rockpool',
    {
      step: 'exponential',
      gain: 'one',
      synapse: 'leaked',
      fires: 'at',
      spikes: 'whole',
      reset: 'subtract',
    },
    { recurrentBias: 'never' },
  ),
  /** kmheckel/spyx @38374e9: spikes are those of the step before. */
  spyx: convention(
    undefined,
    {
      gain: 'one',
      resistance: 'ignored',
      synapse: 'one',
      vLeak: 'ignored',
      reset: 'subtract',
      resetWhen: 'afterLeak',
      sends: 'stepBefore',
    },
    {},
    { CubaLIF: { resetWhen: 'beforeLeak' } },
  ),
  /** Nengo, by the converter in neuromorphs/NIR: no u below 0, and a filter that acts a step later. */
  nengo: convention(
    1e-3,
    { step: 'exponential', gain: 'complement', floor: 'zero' },
    {},
    { IF: { floor: 'none' }, CubaLIF: { synapseStep: 'euler', sends: 'stepBefore' } },
  ),
  /** Lava for LIF, lava-dl for IF and CubaLIF, by the converter in neuromorphs/NIR. */
  lava: convention(
    1e-4,
    { fires: 'at', numbers: 'lavaDl' },
    { recurrentBias: 'never' },
    {
      IF: { numbers: 'float' },
      LIF: { fires: 'above', form: 'difference', arrives: 'stepAfter', numbers: 'float' },
    },
  ),
  /** SpiNNaker2, by py-spinnaker2: weights of 8 bits, spikes that take a step, and a bias past the synapse. */
  spinnaker2: convention(
    undefined,
    { gain: 'threshold', arrives: 'stepAfter', bias: 'settled' },
    { weights: 'int8', input: 'ones' },
  ),
} as const satisfies Readonly<Record<string, NirConvention>>;

export type NirConventionName = keyof typeof nirConventions;
