/** Draws programs: framework, neuron class with arguments, surrogate, loss, sizes, and how sums are computed. */
import { stream } from '../planted.ts';
import type { Program } from './program.ts';

class Draw {
  readonly random: () => number;
  constructor(random: () => number) {
    this.random = random;
  }
  of = <V>(values: readonly V[]): V => values[Math.floor(this.random() * values.length)];
  is = (share = 0.5): boolean => this.random() < share;
  whole = (low: number, high: number): number => low + Math.floor(this.random() * (high - low + 1));
}

type Draws = (draw: Draw) => Readonly<Record<string, number>>;
const alpha: Draws = (draw) => ({ alpha: draw.of([0.5, 1, 2, 4, 10, 100]) });
const slope: Draws = (draw) => ({ slope: draw.of([1, 4, 10, 25, 100]) });

/** The surrogates that are drawn, with their parameters. */
const surrogates: Readonly<Record<string, Draws>> = {
  'snntorch.atan': alpha,
  'snntorch.fast_sigmoid': slope,
  'snntorch.sigmoid': (draw) => ({ slope: draw.of([1, 4, 10]) }), // no steeper ones, which overflow
  'snntorch.triangular': () => ({ threshold: 1 }),
  'snntorch.heaviside': () => ({}),
  'snntorch.straight_through_estimator': () => ({}),
  'snntorch.spike_rate_escape': (draw) => ({ beta: draw.of([0.5, 1, 2]), slope: draw.of([1, 3]) }),
  'spikingjelly.ATan': alpha,
  'spikingjelly.Sigmoid': alpha,
  'spikingjelly.SoftSign': alpha,
  'spikingjelly.SuperSpike': alpha,
  'spikingjelly.PiecewiseExp': alpha,
  'spikingjelly.PiecewiseQuadratic': alpha,
  'spikingjelly.Erf': alpha,
  'spikingjelly.Rect': alpha,
  'spikingjelly.PiecewiseLeakyReLU': (draw) => ({ w: draw.of([0.5, 1]), c: draw.of([0.01, 0.1]) }),
  'spikingjelly.NonzeroSignLogAbs': alpha,
  'spikingjelly.LeakyKReLU': (draw) => ({ leak: draw.of([0, 0.1]), k: draw.of([1, 0.5]) }),
  'spikingjelly.LogTailedReLU': (draw) => ({ alpha: draw.of([0, 0.1]) }),
  'spikingjelly.QPseudoSpike': (draw) => ({ alpha: draw.of([2, 3]) }),
  'norse.super': alpha,
  'norse.tanh': alpha,
  'norse.triangle': alpha,
  'norse.circ': alpha,
  'norse.heavi_erfc': alpha,
  'sinabs.SingleExponential': (draw) => ({ grad_width: draw.of([0.2, 0.5, 1]) }),
  'sinabs.PeriodicExponential': (draw) => ({ grad_width: draw.of([0.2, 0.5]) }),
  'sinabs.Gaussian': (draw) => ({ sigma: draw.of([0.3, 0.5, 1]) }),
};

function surrogateFor(framework: string, draw: Draw): Program['surrogate'] {
  const name = draw.of(Object.keys(surrogates).filter((each) => each.startsWith(`${framework}.`)));
  return { name, ...surrogates[name](draw) };
}

const classes: Readonly<Record<string, readonly string[]>> = {
  snntorch: ['Leaky', 'Synaptic'],
  spikingjelly: ['IFNode', 'LIFNode'],
  norse: ['LIFCell', 'LIFBoxCell'],
  sinabs: ['LIF', 'IAF'],
};

function argumentsFor(framework: string, neuron: string, draw: Draw): Program['args'] {
  const θ = draw.of([1, 0.5, 0.7, 1.3]);
  const maybe = <V>(key: string, values: readonly V[]): Record<string, V> =>
    draw.is() ? { [key]: draw.of(values) } : {};
  switch (framework) {
    case 'snntorch':
      return {
        ...(neuron === 'Lapicque'
          ? { R: draw.of([2, 5, 10]), C: draw.of([1e-3, 2e-3, 0.7e-3]), time_step: 1e-3 }
          : { beta: draw.of([0.5, 0.8, 0.9, 0.95, 1]) }),
        ...(neuron === 'Synaptic' && { alpha: draw.of([0.3, 0.7, 0.9]) }),
        threshold: θ,
        ...maybe('reset_mechanism', ['subtract', 'zero', 'none']),
        ...(neuron !== 'Lapicque' && draw.is(0.25) && { reset_delay: false }),
      };
    case 'spikingjelly':
      return {
        v_threshold: θ,
        ...maybe('v_reset', [null, 0, -0.2, 0.1]),
        ...maybe('detach_reset', [true, false]),
        ...(neuron === 'LIFNode' && {
          ...maybe('tau', [1.5, 2, 3, 10]),
          ...maybe('decay_input', [true, false]),
        }),
      };
    case 'norse':
      return {
        v_th: draw.of([0.3, 0.5, 1]),
        ...maybe('tau_mem_inv', [100, 300, 500]),
        ...maybe('v_leak', [0, 0.1]),
        ...maybe('v_reset', [0, -0.1]),
        ...(neuron === 'LIFCell'
          ? maybe('tau_syn_inv', [200, 500])
          : maybe('reset_method', ['reset_value', 'reset_subtract'])),
      };
    default:
      return {
        spike_threshold: θ,
        ...(neuron === 'LIF' && { tau_mem: draw.of([3, 10, 20]), ...maybe('norm_input', [true, false]) }),
        ...maybe('tau_syn', [4, 10]),
        ...maybe('min_v_mem', [-1, -0.3]),
        ...maybe('spike_fn', ['SingleSpike', 'MultiSpike']),
        ...maybe('reset_fn', ['MembraneReset', 'MembraneSubtract']),
      };
  }
}

/** Arguments that may differ between neurons. snnTorch allows `threshold`, because its surrogates do not divide u − θ by θ. */
const perNeuron = ['beta', 'alpha', 'threshold', 'tau', 'tau_mem_inv', 'tau_syn_inv', 'tau_mem', 'tau_syn'];

const lossNames = ['ce_sum', 'ce_mean', 'ce_rate', 'ce_steps', 'mse_mean', 'mse_count', 'mse_each'];

/** Draws a program from a seed. The same seed gives the same program. */
export function programOf(seed: number): Program {
  const draw = new Draw(stream(seed));
  const framework = draw.of(Object.keys(classes));
  // Draws that were added later have their own stream, so that the others keep their values.
  const more = new Draw(stream(seed ^ 0x3c3c));
  const drawn = draw.of(classes[framework]);
  const neuron = drawn === 'Leaky' && more.is(0.2) ? 'Lapicque' : drawn;
  const isOfPotentials = draw.is(0.3);
  const name = isOfPotentials && draw.is() ? 'ce_max' : draw.of(lossNames);
  const layers = draw.whole(1, 3);
  const isWide = draw.is(0.15);
  return {
    framework,
    neuron,
    args: argumentsFor(framework, neuron, draw),
    surrogate: surrogateFor(framework, draw),
    loss: {
      name,
      ...(isOfPotentials && { on: 'mem' as const }),
      ...(name === 'mse_count' && { correct_rate: 0.8, incorrect_rate: 0.2 }),
      ...(name === 'mse_each' && { on_target: 1, off_target: 0 }),
    },
    sizes: Array.from({ length: layers + 1 }, () => draw.whole(3, isWide ? 20 : 8)),
    T: draw.whole(3, isWide ? 30 : 12),
    B: draw.whole(1, 4),
    hasBias: draw.is(),
    isRecurrent: framework === 'snntorch' ? draw.is(0.2) : neuron === 'LIF' && more.is(0.2),
    hasRecurrentBias: more.is(),
    each: more.is(0.3) ? perNeuron.filter(() => more.is(0.7)) : [],
    isAnalog: draw.is(0.3),
    dropout: more.is(0.2) ? more.of([0.2, 0.5]) : 0,
    round: draw.is(0.75) ? Math.fround : (value) => value,
    isFused: draw.is(0.3),
    records: ['mem', 'dcurrent'].filter(() => draw.is(0.7)),
    random: draw.random,
  };
}
