/**
 * Neurons of frameworks that train by surrogate gradients: each class is a record of named choices, and `surrogateGradient.ts` is the one
 * equation that covers them all. A record says what a class of this version does with these arguments:
 * jeshraghian/snntorch @634fc223, fangwei123456/spikingjelly @afb13226, norse/norse @065a3b45, synsense/sinabs @904eb893,
 * fzenke/spytorch @d363dbf9 (its notebook 2).
 */
import { nirNeuronChoices } from './nirConventions.ts';

/** Choices of a neuron that is trained. The first answers are the base of every class. */
export const trainedChoices = {
  /** u > θ, or u ≥ θ. */
  fires: nirNeuronChoices.fires,
  /** One spike per step, or ⌊u/θ⌋. */
  spikes: nirNeuronChoices.spikes,
  /** A spike does nothing to u, sets it to 0, to v_reset, or subtracts θ per spike. */
  reset: ['none', ...nirNeuronChoices.reset],
  /** The reset is in the same step, or in the next one, before or after the leak. */
  resetWhen: nirNeuronChoices.resetWhen,
  /** A neuron still above θ after its reset keeps its potential; or θ is subtracted after the next leak, and not again by that spike. */
  overshoot: ['stays', 'afterLeak'],
  /** ∂R/∂e: it is there, or the spike in the reset is detached from the graph, as one that is compared is; or half of it is. */
  resetGradient: ['flows', 'detached', 'half'],
  /** The potential at which the surrogate is evaluated: the one that is compared with θ, or the one after the reset. */
  surrogateAt: ['compared', 'afterReset'],
  /** What the class returns as its potential: the one that is compared, or the one that goes to the next step. */
  recorded: ['compared', 'between'],
  /** Steps from a spike to the current that it makes. */
  arrives: ['sameStep', 'stepAfter', 'twoAfter'],
  /** A neuron that sends spikes, or one whose potential is read. */
  output: ['spikes', 'potential'],
} as const;

export type TrainedChoices = {
  readonly [Q in keyof typeof trainedChoices]: (typeof trainedChoices)[Q][number];
};

/** The numbers of a neuron; I and u are in the letters of `nir.ts`. */
export interface TrainedNumbers {
  /** u ← λ·u + g·I + c. */
  readonly λ: number;
  readonly g: number;
  readonly c: number;
  /** I ← α·I + a·x; without a synapse α is 0. */
  readonly α: number;
  readonly a: number;
  readonly θ: number;
  /** What a spike subtracts, where it subtracts. */
  readonly subtracts: number;
  readonly vReset: number;
  /** u before the first step. */
  readonly start: number;
  /** The least potential after a step. */
  readonly floor: number;
  /** The most spikes in a step. */
  readonly most: number;
  /** What is added to all neurons at each reset, whether they fired or not. */
  readonly added: number;
}

/** A class of neurons with its arguments. */
export interface TrainedNeuron extends TrainedChoices, TrainedNumbers {}

/** An argument as its framework takes it. */
export type Argument = number | boolean | string | null;
export type Arguments = Readonly<Record<string, Argument>>;

const base: TrainedNeuron = {
  fires: 'above',
  spikes: 'one',
  reset: 'none',
  resetWhen: 'sameStep',
  overshoot: 'stays',
  resetGradient: 'flows',
  surrogateAt: 'compared',
  recorded: 'compared',
  arrives: 'sameStep',
  output: 'spikes',
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

/** A class: its arguments with their defaults; NaN is one that must be given. */
interface NeuronClass {
  readonly defaults: Arguments;
  /** Whether what it records as its potential is something else, which is not judged. */
  readonly isRecordedElse?: boolean;
  readonly neuron: (args: Readonly<Record<string, never>>) => Partial<TrainedNeuron>;
}

/** @param neuron what it does with its arguments, which have the types of their defaults */
const classOf = <A extends Arguments>(
  defaults: A,
  neuron: (args: {
    readonly [K in keyof A]: A[K] extends number ? number : A[K] extends boolean ? boolean : A[K];
  }) => Partial<TrainedNeuron>,
): NeuronClass => ({ defaults, neuron: neuron as NeuronClass['neuron'] }); // `neuronOf` gives all of them

const clamped = (kept: number): number => Math.min(1, Math.max(0, kept));

/** How neurons of snnTorch reset: in the next step, by a spike that is evaluated anew and detached; or in the same, and then it flows. */
const snntorch = {
  threshold: 1,
  reset_mechanism: 'subtract' as string,
  reset_delay: true,
  graded_spikes_factor: 1,
  inhibition: false,
  state_quant: false,
};

const snntorchReset = (
  {
    threshold,
    reset_mechanism: reset,
    reset_delay: isDelayed,
  }: { threshold: number; reset_mechanism: string; reset_delay: boolean },
  zeroWhen: TrainedChoices['resetWhen'],
): Partial<TrainedNeuron> => {
  const how = reset === 'zero' || reset === 'none' ? reset : 'subtract';
  if (!isDelayed)
    return {
      θ: threshold,
      reset: how,
      overshoot: how === 'subtract' ? 'afterLeak' : 'stays',
      recorded: 'between',
    };
  return {
    θ: threshold,
    reset: how,
    resetWhen: how === 'zero' ? zeroWhen : 'afterLeak',
    resetGradient: 'detached',
  };
};

/** λ = 1 − dt/RC and g = dt/C; of β, R and C what is not given follows from β = e^(−dt/RC). */
function lapicque(args: { beta: number; R: number; C: number; time_step: number }): Partial<TrainedNeuron> {
  const { beta, time_step: dt } = args;
  const log = Math.log(1 / beta);
  const R = args.R || (args.C ? dt / (args.C * log) : 1);
  const C = args.C || dt / (R * log);
  return { λ: 1 - dt / (R * C), g: dt / C };
}

const spikingjelly = { v_threshold: 1, v_reset: 0 as number | null, detach_reset: false };

const spikingjellyReset = ({
  v_threshold: θ,
  v_reset: vReset,
  detach_reset: isDetached,
}: {
  v_threshold: number;
  v_reset: number | null;
  detach_reset: boolean;
}): Partial<TrainedNeuron> => ({
  θ,
  vReset: vReset ?? 0,
  start: vReset ?? 0,
  fires: 'at',
  reset: vReset === null ? 'subtract' : 'vReset',
  resetGradient: isDetached ? 'detached' : 'flows',
  recorded: 'between',
});

const leakyNode = (
  args: Parameters<typeof spikingjellyReset>[0] & { decay_input: boolean },
  τ: number,
): Partial<TrainedNeuron> => {
  const reset = spikingjellyReset(args);
  const { decay_input: isDecayed } = args;
  return { ...reset, λ: 1 - 1 / τ, g: isDecayed ? 1 / τ : 1, c: (reset.vReset ?? 0) / τ };
};

const norse = { v_th: 1, v_reset: 0, v_leak: 0, tau_mem_inv: 100, tau_syn_inv: 200, dt: 1e-3 };

interface NorseArguments {
  readonly v_th: number;
  readonly v_reset: number;
  readonly v_leak: number;
  readonly tau_mem_inv: number;
  readonly dt: number;
}

const norseMembrane = ({
  v_th: θ,
  v_reset: vReset,
  v_leak: vLeak,
  tau_mem_inv,
  dt,
}: NorseArguments): Partial<TrainedNeuron> => ({
  λ: 1 - dt * tau_mem_inv,
  g: dt * tau_mem_inv,
  c: dt * tau_mem_inv * vLeak,
  θ,
  vReset,
  start: vLeak,
  reset: 'vReset',
  recorded: 'between',
});

const norseSynapse = ({
  dt,
  tau_syn_inv,
}: {
  readonly dt: number;
  readonly tau_syn_inv: number;
}): Partial<TrainedNeuron> => ({
  α: 1 - dt * tau_syn_inv,
});

const sinabs = {
  spike_threshold: 1,
  min_v_mem: null as number | null,
  spike_fn: 'MultiSpike' as string | null,
  most: null as number | null,
  reset_fn: 'MembraneSubtract' as string,
  subtract_value: null as number | null,
  reset_value: 0,
};

const sinabsFiring = (args: { [K in keyof typeof sinabs]: (typeof sinabs)[K] }): Partial<TrainedNeuron> => ({
  θ: args.spike_threshold,
  fires: 'at',
  spikes: args.spike_fn === 'SingleSpike' ? 'one' : 'whole',
  most: args.spike_fn === 'MaxSpike' ? (args.most ?? Infinity) : Infinity,
  floor: args.min_v_mem ?? -Infinity,
  output: args.spike_fn === null ? 'potential' : 'spikes',
  recorded: 'between',
  ...(args.reset_fn === 'MembraneReset'
    ? { reset: 'zero', resetGradient: 'detached', added: args.reset_value }
    : { reset: 'subtract', subtracts: args.subtract_value ?? args.spike_threshold }),
});

const sinabsSynapse = (tau_syn: number | null): Partial<TrainedNeuron> => {
  const α = tau_syn === null ? 0 : Math.exp(-1 / tau_syn);
  return { α, a: α || 1 };
};

const sinabsLeak = ({
  tau_mem,
  tau_syn,
  norm_input: isNormal,
}: {
  tau_mem: number;
  tau_syn: number | null;
  norm_input: boolean;
}): Partial<TrainedNeuron> => {
  const λ = Math.exp(-1 / tau_mem);
  return { λ, g: isNormal ? 1 - λ : 1, ...sinabsSynapse(tau_syn) };
};

const sinabsLIF = classOf(
  { ...sinabs, tau_mem: NaN, tau_syn: null as number | null, norm_input: true },
  (args) => ({ ...sinabsFiring(args), ...sinabsLeak(args) }),
);

const snntorchLeaky = classOf({ ...snntorch, beta: NaN }, (args) => ({
  ...snntorchReset(args, 'beforeLeak'),
  λ: clamped(args.beta),
}));

/** Classes that drop what arrives in the step after a spike, where they reset to zero. */
const snntorchDropping = classOf({ ...snntorch, beta: NaN }, (args) => ({
  ...snntorchReset(args, 'afterLeak'),
  λ: clamped(args.beta),
}));

const snntorchSynaptic = classOf({ ...snntorch, alpha: NaN, beta: NaN }, (args) => ({
  ...snntorchReset(args, 'afterLeak'),
  α: clamped(args.alpha),
  λ: clamped(args.beta),
}));

const norseLIF = classOf(norse, (args) => ({ ...norseMembrane(args), ...norseSynapse(args) }));

const sinabsIAF = classOf({ ...sinabs, norm_input: false, tau_syn: null as number | null }, (args) => ({
  ...sinabsFiring(args),
  ...sinabsSynapse(args.tau_syn),
}));

const norseBox = classOf({ ...norse, reset_method: 'reset_value' as string }, (args) => ({
  ...norseMembrane(args),
  reset: args.reset_method === 'reset_subtract' ? 'subtract' : 'vReset',
}));

const norseLI = classOf(norse, (args) => ({
  ...norseMembrane(args),
  ...norseSynapse(args),
  output: 'potential',
  reset: 'none',
}));

const norseRecurrent = classOf({ ...norse, autapses: false }, (args) => ({
  ...norseMembrane(args),
  ...norseSynapse(args),
  resetGradient: 'detached',
}));

/** Arguments with one value alone that is covered here. */
export const coveredAlone: Arguments = { graded_spikes_factor: 1, inhibition: false, state_quant: false };

/** The classes, by framework and name. */
export const neuronClasses: Readonly<Record<string, NeuronClass>> = {
  'snntorch.Leaky': snntorchLeaky,
  'snntorch.RLeaky': snntorchDropping,
  'snntorch.Synaptic': snntorchSynaptic,
  'snntorch.RSynaptic': snntorchSynaptic,
  'snntorch.Lapicque': classOf({ ...snntorch, beta: NaN, R: NaN, C: NaN, time_step: 1 }, (args) => ({
    ...snntorchReset({ ...args, reset_delay: true }, 'afterLeak'),
    ...lapicque(args),
  })),
  'spikingjelly.IFNode': classOf(spikingjelly, spikingjellyReset),
  'spikingjelly.LIFNode': classOf({ ...spikingjelly, tau: 2, decay_input: true }, (args) =>
    leakyNode(args, args.tau),
  ),
  'spikingjelly.ParametricLIFNode': classOf(
    { ...spikingjelly, init_tau: 2, tau: null as number | null, decay_input: true },
    (args) => leakyNode(args, args.tau ?? args.init_tau),
  ),
  'norse.LIFCell': norseLIF,
  'norse.LIF': norseLIF,
  'norse.LIFRecurrent': norseRecurrent,
  'norse.LIFRecurrentCell': norseRecurrent,
  'norse.LIFBoxCell': norseBox,
  'norse.LIFBox': norseBox,
  'norse.IAFCell': classOf({ v_th: 1, v_reset: 0, dt: 1e-3 }, ({ v_th: θ, v_reset: vReset }) => ({
    θ,
    vReset,
    start: vReset,
    reset: 'vReset',
    recorded: 'between',
  })),
  'norse.LICell': norseLI,
  'norse.LI': norseLI,
  'norse.LILinearCell': norseLI,
  'sinabs.LIF': sinabsLIF,
  'sinabs.LIFSqueeze': sinabsLIF,
  /** It records the potential of the next step, before its reset, and of the last step the one after it. */
  'sinabs.LIFRecurrent': { ...sinabsLIF, isRecordedElse: true },
  'sinabs.ExpLeak': classOf(
    { ...sinabs, spike_fn: null, tau_mem: NaN, tau_syn: null as number | null, norm_input: false },
    (args) => ({ ...sinabsFiring(args), ...sinabsLeak(args), reset: 'none' }),
  ),
  'sinabs.IAF': sinabsIAF,
  'sinabs.IAFSqueeze': sinabsIAF,
  'spytorch.hidden': classOf({ alpha: NaN, beta: NaN }, ({ alpha: α, beta: λ }) => ({
    α,
    λ,
    reset: 'zero',
    resetWhen: 'afterLeak',
    resetGradient: 'detached',
    arrives: 'twoAfter',
  })),
  /** Its first row, 0 before anything arrives, is dropped: of the others a spike arrives one step later. */
  'spytorch.readout': classOf({ alpha: NaN, beta: NaN }, ({ alpha: α, beta: λ }) => ({
    α,
    λ,
    output: 'potential',
    arrives: 'stepAfter',
  })),
};

/** A neuron of a class, whose arguments not given have their defaults. */
export function neuronOf({ defaults, neuron }: NeuronClass, args: Arguments): TrainedNeuron {
  const own = { ...base, ...neuron({ ...defaults, ...args } as Readonly<Record<string, never>>) }; // all of them, as `classOf` says
  return { ...own, subtracts: Number.isNaN(own.subtracts) ? own.θ : own.subtracts };
}
