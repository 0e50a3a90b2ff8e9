/**
 * NIR does not define how to step its equations. Each simulator is a record of named choices for the one equation of
 * `nir.ts`. The comment on a record names the version of the simulator, or the converter that reads graphs for it.
 */

/** Choices for a neuron. The first answers are those of plain forward Euler, the base of every convention. */
export const nirNeuronChoices = {
  /** λ = 1 − dt/τ, or e^(−dt/τ). */
  step: ['euler', 'exponential'],
  /** α for τ_syn by the same formula, or 1 − dt/τ_syn. */
  synapseStep: ['likeLeak', 'euler'],
  /** λ·u + g·I, or u + (dt/τ)·(v_leak − u + r·I): equal except for rounding. */
  form: ['product', 'difference'],
  /**
   * `euler`: g = r·dt/τ. `complement`: g = r·(1 − λ). `one`: g = 1. `threshold`: g = 1, and θ is divided by r·dt/τ.
   * `leastThreshold`: g = 1, and θ is divided by the layer's least r·dt/τ. `whereOne`: g = dt/τ if r = 1, else 1. An IF neuron
   * always has g = 1.
   */
  gain: ['euler', 'complement', 'one', 'threshold', 'leastThreshold', 'whereOne'],
  /** r of the graph, or 1. */
  resistance: ['used', 'ignored'],
  /** a = w_in·dt/τ_syn; a = 1; a = α (I ← α·(I + x)); or a = 1, and θ is divided by w_in·dt/τ_syn. */
  synapse: ['euler', 'one', 'leaked', 'threshold'],
  /** v_leak of the graph, or 0. */
  vLeak: ['used', 'ignored'],
  /** The synapse starts at 0 and decays to 0; or it starts at v_leak and decays to v_leak. */
  synapseLeak: ['zero', 'vLeak'],
  /** u starts at the value to which a spike sets it (0 where a spike subtracts), or at v_leak. */
  startsAt: ['reset', 'vLeak'],
  /** u > θ, or u ≥ θ. */
  fires: ['above', 'at'],
  /** One spike per step, or ⌊u/θ⌋. */
  spikes: ['one', 'whole'],
  /** After spikes, u becomes 0, becomes the v_reset of the graph, or decreases by θ per spike. */
  reset: ['zero', 'vReset', 'subtract'],
  /** The reset is in the same step; in the next step, before the leak; or in the next step, after the leak. */
  resetWhen: ['sameStep', 'beforeLeak', 'afterLeak'],
  /**
   * After a subtraction in the same step, a neuron may still be above θ. Either its potential stays, or the next step
   * subtracts θ (before or after the leak), and adds θ back if the neuron does not fire.
   */
  overshoot: ['stays', 'beforeLeak', 'afterLeak'],
  /** u has no floor, is at least −θ, or is at least 0. */
  floor: ['none', 'threshold', 'zero'],
  /** λ of an IF neuron: 1 or 0.9. */
  ifLeak: ['one', 'nineTenths'],
  /** A neuron sends the spikes of this step, or of the step before. */
  sends: ['sameStep', 'stepBefore'],
  /** Spikes of other neurons arrive in the same step, or one step later. */
  arrives: ['sameStep', 'stepAfter'],
  /**
   * A bias passes through the synapse like the input, or bypasses the synapse with the value to which the synapse would
   * settle: b·a/(1 − α).
   */
  bias: ['arrives', 'settled'],
  /**
   * Numbers in the chosen precision; I and u in 4096ths (lava-dl); or I and u in 16384ths, λ in 4096ths, g and θ in 256ths
   * (Loihi). Fixed-point numbers are cut towards 0.
   */
  numbers: ['float', 'lavaDl', 'loihi'],
} as const;

export type NirNeuronConvention = {
  readonly [Q in keyof typeof nirNeuronChoices]: (typeof nirNeuronChoices)[Q][number];
};

/** Choices for a whole network. The first answers are the base of every convention. */
export const nirNetworkChoices = {
  /** The bias of a recurrent edge applies in every step, in every step but the first, or never. */
  recurrentBias: ['always', 'notFirst', 'never'],
  /** Weights unchanged, or cut to 8 bits: w·127/max cut towards 0, max over all weights into a layer. */
  weights: ['binary32', 'int8'],
  /** The input: its counts unchanged, or 1 for every non-zero count. */
  input: ['counts', 'ones'],
} as const;

/** The kinds of neurons whose choices may differ within one simulator. */
export const nirKinds = ['IF', 'LIF', 'CubaLIF'] as const;

export type NirKind = (typeof nirKinds)[number];

export type NirConvention = {
  readonly [Q in keyof typeof nirNetworkChoices]: (typeof nirNetworkChoices)[Q][number];
} & {
  /**
   * Default step length in the unit of τ: seconds, or steps for Sinabs. `rockpool` is the least τ/(1 + r). Absent if the
   * simulator has no default.
   */
  readonly dt?: number | 'rockpool';
  readonly neurons: Readonly<Record<NirKind, NirNeuronConvention>>;
};

/** The first answer to each question. */
const firstAnswers = (choices: Readonly<Record<string, readonly string[]>>): Record<string, string> =>
  Object.fromEntries(Object.entries(choices).map(([question, [first]]) => [question, first]));

/** A convention whose kinds of neurons share most choices. */
function convention(
  shared: Partial<NirNeuronConvention>,
  network: Partial<Omit<NirConvention, 'neurons'>>,
  wrap: Partial<Record<NirKind, Partial<NirNeuronConvention>>> = {},
): NirConvention {
  const neurons = nirKinds.map((kind) => [
    kind,
    { ...firstAnswers(nirNeuronChoices), ...shared, ...wrap[kind] },
  ]);
  // Questions that are not answered above have their first answer.
  return {
    ...firstAnswers(nirNetworkChoices),
    ...network,
    neurons: Object.fromEntries(neurons),
  } as NirConvention; // as said above
}

/** Simulators whose convention is known. */
export type NirConventionName =
  'norse' | 'snntorch' | 'spikingjelly' | 'sinabs' | 'rockpool' | 'spyx' | 'nengo' | 'lava' | 'spinnaker2';

/** The conventions of simulators, by name. */
export const nirConventions = {
  /**
   * norse/norse @065a3b45: only CubaLIF uses r, and its synapse decays to v_leak; a recurrent edge adds nothing in the first
   * step.
   */
  norse: /* @__PURE__ */ convention(
    { form: 'difference', resistance: 'ignored', startsAt: 'vLeak' },
    { dt: 1e-3, recurrentBias: 'notFirst' },
    { CubaLIF: { form: 'product', resistance: 'used', synapseLeak: 'vLeak' } },
  ),
  /**
   * jeshraghian/snntorch @634fc22: the threshold absorbs the gain; for CubaLIF, it absorbs the gain of the synapse instead. IF
   * is snnTorch's Leaky with β = 0.9.
   */
  snntorch: /* @__PURE__ */ convention(
    { gain: 'leastThreshold' },
    { dt: 1e-4 },
    {
      IF: { ifLeak: 'nineTenths', reset: 'subtract', overshoot: 'afterLeak' },
      CubaLIF: { gain: 'one', synapse: 'threshold' },
    },
  ),
  /** fangwei123456/spikingjelly @afb13226: r is used only to test whether it is 1. */
  spikingjelly: /* @__PURE__ */ convention(
    { gain: 'whereOne', resistance: 'ignored', fires: 'at', reset: 'vReset' },
    { dt: 1e-4 },
  ),
  /** synsense/sinabs @904eb89: τ is in steps. */
  sinabs: /* @__PURE__ */ convention(
    {
      step: 'exponential',
      gain: 'one',
      resistance: 'ignored',
      fires: 'at',
      spikes: 'whole',
      reset: 'subtract',
    },
    { dt: 1 },
    { IF: { floor: 'threshold' } },
  ),
  /** synsense/rockpool @42cee1c9: the bias of a recurrent edge is dropped. */
  rockpool: /* @__PURE__ */ convention(
    {
      step: 'exponential',
      gain: 'one',
      synapse: 'leaked',
      fires: 'at',
      spikes: 'whole',
      reset: 'subtract',
    },
    { dt: 'rockpool', recurrentBias: 'never' },
  ),
  /** kmheckel/spyx @38374e9: sends the spikes of the step before. */
  spyx: /* @__PURE__ */ convention(
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
  /** Nengo, by the converter in neuromorphs/NIR: u is at least 0, except for IF; the filter of CubaLIF acts one step later. */
  nengo: /* @__PURE__ */ convention(
    { step: 'exponential', gain: 'complement', floor: 'zero' },
    { dt: 1e-3 },
    { IF: { floor: 'none' }, CubaLIF: { synapseStep: 'euler', sends: 'stepBefore' } },
  ),
  /** The converter in neuromorphs/NIR turns LIF nodes into Lava neurons, and IF and CubaLIF nodes into lava-dl neurons. */
  lava: /* @__PURE__ */ convention(
    { fires: 'at', numbers: 'lavaDl' },
    { dt: 1e-4, recurrentBias: 'never' },
    {
      IF: { numbers: 'float' },
      LIF: { fires: 'above', form: 'difference', arrives: 'stepAfter', numbers: 'float' },
    },
  ),
  /**
   * SpiNNaker2, by py-spinnaker2: weights of 8 bits, spikes that arrive one step later, and a bias that bypasses the synapse.
   */
  spinnaker2: /* @__PURE__ */ convention(
    { gain: 'threshold', arrives: 'stepAfter', bias: 'settled' },
    { weights: 'int8', input: 'ones' },
  ),
} as const satisfies Readonly<Record<NirConventionName, NirConvention>>;
