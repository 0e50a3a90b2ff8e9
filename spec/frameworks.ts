/**
 * Neuron classes of frameworks that train by surrogate gradients. Each class is a record of named choices for the one
 * equation of `surrogateGradient.ts`. The records describe these versions: jeshraghian/snntorch @634fc223,
 * fangwei123456/spikingjelly @afb13226, norse/norse @065a3b45, synsense/sinabs @904eb893, fzenke/spytorch @d363dbf9 (its
 * notebook 2).
 */
import { nirNeuronChoices } from './nirConventions.ts';

/** Choices of a trained neuron. Each class has the first answer to every choice that it does not set. */
const trainedChoices = {
  /** u > θ, or u ≥ θ. */
  fires: nirNeuronChoices.fires,
  /** One spike per step, or ⌊u/θ⌋. */
  spikes: nirNeuronChoices.spikes,
  /** After spikes, u stays unchanged, becomes 0, becomes v_reset, or decreases by `subtracts` (usually θ) per spike. */
  reset: ['none', ...nirNeuronChoices.reset],
  /** The reset is in the same step; in the next step, before the leak; or in the next step, after the leak. */
  resetWhen: nirNeuronChoices.resetWhen,
  /**
   * If a neuron is still above θ after its reset, its potential stays. Or θ is subtracted after the next leak, and added back
   * after the comparison.
   */
  overshoot: ['stays', 'afterLeak'],
  /** ∂R/∂e, the derivative of the reset R by the spike e: full, 0 or half. It is 0 if e is detached or only a condition. */
  resetGradient: ['flows', 'detached', 'half'],
  /** The potential at which the surrogate is evaluated: the one that is compared with θ, or the one after the reset. */
  surrogateAt: ['compared', 'afterReset'],
  /** The potential that the class returns: the one compared with θ, or the one passed to the next step. */
  recorded: ['compared', 'between'],
  /** Number of steps from a spike to the current that it causes. */
  arrives: ['sameStep', 'stepAfter', 'twoAfter'],
  /** A neuron that sends spikes, or one whose potential is read. */
  output: ['spikes', 'potential'],
} as const;

/** The choices that a description may answer in place of its class. */
export const toldChoices: Readonly<Record<string, readonly string[]>> = {
  fires: trainedChoices.fires,
  reset: trainedChoices.reset,
  resetWhen: trainedChoices.resetWhen,
  resetGradient: trainedChoices.resetGradient,
  recorded: trainedChoices.recorded,
};

type TrainedChoices = {
  readonly [Q in keyof typeof trainedChoices]: (typeof trainedChoices)[Q][number];
};

/** The constants of a neuron; the equations of I and u use the symbols of `nir.ts`. */
interface TrainedNumbers {
  /** u ← λ·u + g·I + c. */
  readonly λ: number;
  readonly g: number;
  readonly c: number;
  /** I ← α·I + a·x; without a synapse α is 0. */
  readonly α: number;
  readonly a: number;
  readonly θ: number;
  /** The amount that a spike subtracts, for a reset that subtracts. */
  readonly subtracts: number;
  readonly vReset: number;
  /** u before the first step. */
  readonly start: number;
  /** Lower limit of the potential after a step. */
  readonly floor: number;
  /** Limit on the number of spikes per step. */
  readonly most: number;
  /** The amount that the reset of each step adds to all neurons, whether they fired or not. */
  readonly added: number;
}

export interface TrainedNeuron extends TrainedChoices, TrainedNumbers {}

/** The arguments of all classes, under their names in the frameworks. Times are in steps or seconds, as in the framework. */
export interface NeuronArguments {
  // snnTorch
  readonly beta: number;
  readonly alpha: number;
  readonly threshold: number;
  readonly reset_mechanism: string;
  readonly reset_delay: boolean;
  readonly graded_spikes_factor: number;
  readonly inhibition: boolean;
  readonly state_quant: boolean;
  readonly R: number;
  readonly C: number;
  readonly time_step: number;
  // SpikingJelly
  readonly v_threshold: number;
  readonly v_reset: number | null;
  readonly detach_reset: boolean;
  readonly decay_input: boolean;
  readonly tau: number;
  readonly init_tau: number;
  // Norse
  readonly v_th: number;
  readonly v_leak: number;
  readonly tau_mem_inv: number;
  readonly tau_syn_inv: number;
  readonly dt: number;
  readonly reset_method: string;
  readonly autapses: boolean;
  // Sinabs
  readonly spike_threshold: number;
  readonly min_v_mem: number | null;
  readonly spike_fn: string | null;
  readonly most: number | null;
  readonly reset_fn: string;
  readonly subtract_value: number | null;
  readonly reset_value: number;
  readonly tau_mem: number;
  readonly tau_syn: number | null;
  readonly norm_input: boolean;
}

export type ArgumentName = keyof NeuronArguments;

/** The default of each argument, or NaN for an argument without a default. */
const usual: NeuronArguments = {
  beta: NaN,
  alpha: NaN,
  threshold: 1,
  reset_mechanism: 'subtract',
  reset_delay: true,
  graded_spikes_factor: 1,
  inhibition: false,
  state_quant: false,
  R: NaN,
  C: NaN,
  time_step: 1,
  v_threshold: 1,
  v_reset: 0,
  detach_reset: false,
  decay_input: true,
  tau: NaN,
  init_tau: 2,
  v_th: 1,
  v_leak: 0,
  tau_mem_inv: 100,
  tau_syn_inv: 200,
  dt: 1e-3,
  reset_method: 'reset_value',
  autapses: false,
  spike_threshold: 1,
  min_v_mem: null,
  spike_fn: 'MultiSpike',
  most: null,
  reset_fn: 'MembraneSubtract',
  subtract_value: null,
  reset_value: 0,
  tau_mem: NaN,
  tau_syn: null,
  norm_input: true,
};

/** Arguments of which only the default is supported. */
export const coveredAlone: readonly ArgumentName[] = ['graded_spikes_factor', 'inhibition', 'state_quant'];

const base: TrainedNeuron = {
  // Each value is an answer to its choice.
  ...(Object.fromEntries(
    Object.entries(trainedChoices).map(([choice, [first]]) => [choice, first]),
  ) as TrainedChoices),
  λ: 1,
  g: 1,
  c: 0,
  α: 0,
  a: 1,
  θ: 1,
  subtracts: NaN,
  vReset: 0,
  start: 0,
  floor: -Infinity,
  most: Infinity,
  added: 0,
};

/** A last layer without neurons, whose currents are the readout. */
export const plainReadout: TrainedNeuron = { ...base, λ: 0, output: 'potential' };

/** A class of neurons: its arguments, and the neuron that they define. */
export interface NeuronClass {
  readonly takes: readonly ArgumentName[];
  /** The defaults of this class that differ from `usual`. */
  readonly defaults?: Partial<NeuronArguments>;
  readonly neuron: (args: NeuronArguments) => Partial<TrainedNeuron>;
  /** True if it records a potential that no answer to `recorded` describes. Such potentials are not checked. */
  readonly isRecordedElse?: true;
  /** True if the recurrent bias is added from the second step on, because no spikes come back in the first. */
  readonly isBiasLate?: true;
  /** True if τ is trained. The gradient of τ is not computed here. */
  readonly isLearnt?: true;
  /** True if it multiplies the input by several numbers in turn. This rounds even if the product of these numbers is 1. */
  readonly isGainMade?: true;
}

const clamped = (share: number): number => Math.min(1, Math.max(0, share));

// snnTorch

const ofSnntorch = [
  'threshold',
  'reset_mechanism',
  'reset_delay',
  'graded_spikes_factor',
  'inhibition',
  'state_quant',
] as const satisfies readonly ArgumentName[];

/**
 * With `reset_delay`, the reset is in the next step, with a spike that is computed again and detached. Without `reset_delay`,
 * the reset is in the same step, and is not detached.
 */
function snntorchReset(
  { threshold: θ, reset_mechanism: mechanism, reset_delay: isDelayed }: NeuronArguments,
  zeroWhen: TrainedChoices['resetWhen'],
): Partial<TrainedNeuron> {
  const reset = mechanism === 'zero' || mechanism === 'none' ? mechanism : 'subtract';
  if (!isDelayed)
    return { θ, reset, recorded: 'between', ...(reset === 'subtract' && { overshoot: 'afterLeak' }) };
  return { θ, reset, resetWhen: reset === 'zero' ? zeroWhen : 'afterLeak', resetGradient: 'detached' };
}

/** With a reset to zero, `RLeaky` and `Synaptic` drop the input of the step after a spike; `Leaky` keeps it. */
const leaky = (zeroWhen: TrainedChoices['resetWhen']): NeuronClass => ({
  takes: [...ofSnntorch, 'beta'],
  neuron: (args) => ({ ...snntorchReset(args, zeroWhen), λ: clamped(args.beta) }),
});

const synaptic: NeuronClass = {
  takes: [...ofSnntorch, 'alpha', 'beta'],
  neuron: (args) => ({ ...snntorchReset(args, 'afterLeak'), α: clamped(args.alpha), λ: clamped(args.beta) }),
};

/** Its reset is in the next step: it drops the result of the code for `reset_delay=False`. */
const recurrentSynaptic: NeuronClass = {
  ...synaptic,
  neuron: (args) => synaptic.neuron({ ...args, reset_delay: true }),
};

/** λ = 1 − dt/RC and g = dt/C. A missing R or C follows from β = e^(−dt/RC); if both are missing, R is 1. */
const lapicque: NeuronClass = {
  takes: [...ofSnntorch, 'beta', 'R', 'C', 'time_step'],
  neuron(args) {
    const { beta, time_step: dt } = args;
    const log = Math.log(1 / beta);
    const R = args.R || (args.C ? dt / (args.C * log) : 1);
    const C = args.C || dt / (R * log);
    return { ...snntorchReset({ ...args, reset_delay: true }, 'afterLeak'), λ: 1 - dt / (R * C), g: dt / C };
  },
  isGainMade: true,
};

// SpikingJelly

const ofSpikingjelly = ['v_threshold', 'v_reset', 'detach_reset'] as const satisfies readonly ArgumentName[];

const spikingjellyReset = ({
  v_threshold: θ,
  v_reset: to,
  detach_reset: isDetached,
}: NeuronArguments): Partial<TrainedNeuron> => ({
  θ,
  vReset: to ?? 0,
  start: to ?? 0,
  fires: 'at',
  reset: to === null ? 'subtract' : 'vReset',
  resetGradient: isDetached ? 'detached' : 'flows',
  recorded: 'between',
});

const leakyNode = (defaults: Partial<NeuronArguments>): NeuronClass => ({
  takes: [...ofSpikingjelly, 'tau', 'init_tau', 'decay_input'],
  defaults,
  neuron(args) {
    const τ = args.tau || args.init_tau;
    return {
      ...spikingjellyReset(args),
      λ: 1 - 1 / τ,
      g: args.decay_input ? 1 / τ : 1,
      c: (args.v_reset ?? 0) / τ,
    };
  },
});

// Norse

const ofNorse = [
  'v_th',
  'v_reset',
  'v_leak',
  'tau_mem_inv',
  'tau_syn_inv',
  'dt',
] as const satisfies readonly ArgumentName[];

const norseMembrane = ({
  v_th: θ,
  v_reset: to,
  v_leak: vLeak,
  tau_mem_inv,
  dt,
}: NeuronArguments): Partial<TrainedNeuron> => ({
  λ: 1 - dt * tau_mem_inv,
  g: dt * tau_mem_inv,
  c: dt * tau_mem_inv * vLeak,
  θ,
  vReset: to ?? 0,
  start: vLeak,
  reset: 'vReset',
  recorded: 'between',
});

/** A neuron of Norse with a synapse. */
const norse = (more: Partial<TrainedNeuron>, takes: readonly ArgumentName[] = []): NeuronClass => ({
  takes: [...ofNorse, ...takes],
  neuron: (args) => ({ ...norseMembrane(args), α: 1 - args.dt * args.tau_syn_inv, ...more }),
});

const norseBox: NeuronClass = {
  takes: [...ofNorse, 'reset_method'],
  neuron: (args) => ({
    ...norseMembrane(args),
    reset: args.reset_method === 'reset_subtract' ? 'subtract' : 'vReset',
  }),
};

const norseIAF: NeuronClass = {
  takes: ['v_th', 'v_reset', 'dt'],
  neuron: ({ v_th: θ, v_reset: to }) => ({
    θ,
    vReset: to ?? 0,
    start: to ?? 0,
    reset: 'vReset',
    recorded: 'between',
  }),
};

/** Unlike `norse.LIFCell`, recurrent neurons detach their reset. A neuron has a weight to itself only if `autapses` is true. */
const norseRecurrent = norse({ resetGradient: 'detached' }, ['autapses']);
const norseLI = norse({ output: 'potential', reset: 'none', recorded: 'compared' });

// Sinabs

const ofSinabs = [
  'spike_threshold',
  'min_v_mem',
  'spike_fn',
  'most',
  'reset_fn',
  'subtract_value',
  'reset_value',
  'tau_syn',
  'norm_input',
] as const satisfies readonly ArgumentName[];

const sinabsFiring = (args: NeuronArguments): Partial<TrainedNeuron> => {
  // Without a synapse, e^(−∞) is 0.
  const α = Math.exp(-1 / (args.tau_syn ?? 0));
  return {
    α,
    a: α || 1,
    θ: args.spike_threshold,
    fires: 'at',
    spikes: args.spike_fn === 'SingleSpike' ? 'one' : 'whole',
    most: args.most ?? Infinity,
    floor: args.min_v_mem ?? -Infinity,
    output: args.spike_fn === null ? 'potential' : 'spikes',
    recorded: 'between',
    ...(args.reset_fn === 'MembraneReset'
      ? { reset: 'zero', resetGradient: 'detached', added: args.reset_value }
      : { reset: 'subtract', subtracts: args.subtract_value ?? args.spike_threshold }),
    ...(args.spike_fn === null && { reset: 'none', added: 0 }),
  };
};

const sinabsLIF: NeuronClass = {
  takes: [...ofSinabs, 'tau_mem'],
  neuron(args) {
    const λ = Math.exp(-1 / args.tau_mem);
    return { ...sinabsFiring(args), λ, g: args.norm_input ? 1 - λ : 1 };
  },
};

const sinabsIAF: NeuronClass = { takes: ofSinabs, neuron: sinabsFiring };

export const neuronClasses: Readonly<Record<string, NeuronClass>> = {
  'snntorch.Leaky': leaky('beforeLeak'),
  'snntorch.RLeaky': leaky('afterLeak'),
  'snntorch.Synaptic': synaptic,
  'snntorch.RSynaptic': recurrentSynaptic,
  'snntorch.Lapicque': lapicque,
  'spikingjelly.IFNode': { takes: ofSpikingjelly, neuron: spikingjellyReset },
  'spikingjelly.LIFNode': leakyNode({ tau: 2 }),
  'spikingjelly.ParametricLIFNode': { ...leakyNode({}), isLearnt: true },
  'norse.LIFCell': norse({}),
  'norse.LIF': norse({}),
  'norse.LIFRecurrentCell': norseRecurrent,
  'norse.LIFRecurrent': norseRecurrent,
  'norse.LIFBoxCell': norseBox,
  'norse.LIFBox': norseBox,
  'norse.IAFCell': norseIAF,
  'norse.LICell': norseLI,
  'norse.LI': norseLI,
  'norse.LILinearCell': norseLI,
  'sinabs.LIF': sinabsLIF,
  'sinabs.LIFSqueeze': sinabsLIF,
  /**
   * For each step but the last, the class records the potential that the next step has before its reset. For the last step, it
   * records the potential after the reset.
   */
  'sinabs.LIFRecurrent': { ...sinabsLIF, isRecordedElse: true, isBiasLate: true },
  'sinabs.ExpLeak': { ...sinabsLIF, defaults: { spike_fn: null, norm_input: false } },
  'sinabs.IAF': sinabsIAF,
  'sinabs.IAFSqueeze': sinabsIAF,
  'spytorch.hidden': {
    takes: ['alpha', 'beta'],
    neuron: ({ alpha: α, beta: λ }) => ({
      α,
      λ,
      reset: 'zero',
      resetWhen: 'afterLeak',
      resetGradient: 'detached',
      arrives: 'twoAfter',
    }),
  },
  /** The recorder drops the first row of the output, which is 0. In the other rows, a spike arrives one step late. */
  'spytorch.readout': {
    takes: ['alpha', 'beta'],
    neuron: ({ alpha: α, beta: λ }) => ({ α, λ, output: 'potential', arrives: 'stepAfter' }),
  },
};

/** The default of an argument of a class. */
export const defaultOf = ({ defaults }: NeuronClass, name: ArgumentName): NeuronArguments[ArgumentName] =>
  ({ ...usual, ...defaults })[name];

/** A neuron of a class. Missing arguments have their defaults; `told` are choices answered in place of the class. */
export function neuronOf(
  { defaults, neuron }: NeuronClass,
  args: Partial<NeuronArguments>,
  told: Partial<TrainedChoices> = {},
): TrainedNeuron {
  const wrap: TrainedNeuron = { ...base, ...neuron({ ...usual, ...defaults, ...args }), ...told };
  // A reset in the next step changes nothing before it.
  const recorded = wrap.resetWhen === 'sameStep' ? wrap.recorded : 'compared';
  return { ...wrap, recorded, subtracts: Number.isNaN(wrap.subtracts) ? wrap.θ : wrap.subtracts };
}
