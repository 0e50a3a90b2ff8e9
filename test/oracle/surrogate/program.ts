/**
 * Programs that compute the training steps of four frameworks on a tape. Each repeats the operations of its framework's code.
 * Of the spec, they use only the surrogates, which `frameworks.test.ts` compares with those of the frameworks.
 */
import { namedSurrogates, surrogateOf } from '../../../spec/surrogateForms.ts';
import type { AnyTensor, Tensor } from '../../../src/formats/tensor.ts';
import { Tape, type Cell } from './tape.ts';

export interface Program {
  readonly framework: string;
  readonly neuron: string;
  readonly args: Readonly<Record<string, number | boolean | string | null>>;
  /** Arguments that differ from neuron to neuron. */
  readonly each: readonly string[];
  readonly surrogate: Readonly<Record<string, number | string>>;
  readonly loss: { readonly name: string; readonly on?: 'mem'; readonly [key: string]: unknown };
  /** Number of neurons of the input and of each layer. */
  readonly sizes: readonly number[];
  readonly T: number;
  readonly B: number;
  readonly hasBias: boolean;
  readonly isRecurrent: boolean;
  /** Whether the diagonal of recurrent weights counts as 0. */
  readonly lacksSelf?: boolean;
  /** Whether Synaptic is called as lif(x, mem, syn), and not as lif(x, syn, mem). */
  readonly isExchanged?: boolean;
  /** Whether the gradient goes back past a reset to 0 or to v_reset. */
  readonly passesReset?: boolean;
  /** Whether the surrogate takes the potential after a spike plus 1, and not plus θ. */
  readonly addsOne?: boolean;
  /** Whether the gradient of the synapse's current decays by beta, and not by alpha. */
  readonly decaysByBeta?: boolean;
  /** Whether a gradient comes to the last state of each neuron, as if a step followed. */
  readonly keepsGradient?: boolean;
  /** Whether a snnTorch program detaches its state and the spikes that come back before every second step. */
  readonly isCut?: boolean;
  readonly hasRecurrentBias: boolean;
  readonly isAnalog: boolean;
  /** The share of spikes that a dropout between layers removes; 0 for no dropout. */
  readonly dropout: number;
  readonly round: (value: number) => number;
  readonly isFused: boolean;
  /** Arrays that are recorded besides spikes and dw. */
  readonly records: readonly string[];
  readonly random: () => number;
}

/** A neuron with its state. A step returns the recorded potential and, if the neuron has a threshold, the spike. */
interface Neuron {
  step(x: Cell): { readonly spike?: Cell | undefined; readonly mem: Cell };
}

type Spike = (u: Cell, θ: number, isAt: boolean, most?: number) => Cell;

/** Neurons by framework and class. */
function neuronOf({ neuron, args, ...also }: Program, tape: Tape, spike: Spike): Neuron {
  const { add, less, times, scaled, shifted, detached, constant } = tape;
  const number = (key: string, usual: number): number =>
    args[key] === undefined ? usual : Number(args[key]);
  switch (neuron) {
    case 'Leaky':
    case 'Synaptic': {
      const θ = number('threshold', 1);
      const how = args['reset_mechanism'] ?? 'subtract';
      const isDelayed = args['reset_delay'] !== false;
      let [mem, syn, t] = [constant(0), constant(0), 0];
      return {
        step(x) {
          if (also.isExchanged) [mem, syn] = [syn, mem];
          const fired = spike(mem, θ, false);
          const reset = also.passesReset ? fired : detached(fired);
          const isSynaptic = neuron === 'Synaptic';
          const [alpha, beta] = [number('alpha', 0), number('beta', 0)];
          if (also.isCut && t++ % 2 === 0) [mem, syn] = [detached(mem), detached(syn)];
          const synapse = scaled(syn, alpha);
          const decayed = also.decaysByBeta ? tape.made(synapse.value, [[syn, tape.round(beta)]]) : synapse;
          const input = isSynaptic ? (syn = add(decayed, x)) : x;
          if (how === 'zero' && !isSynaptic) {
            const kept = times(less(constant(1), reset), mem);
            mem = add(scaled(kept, beta), input);
          } else {
            const base = add(scaled(mem, beta), input);
            mem =
              how === 'subtract'
                ? less(base, scaled(reset, θ))
                : how === 'zero'
                  ? less(base, times(reset, base))
                  : base;
          }
          const spk = spike(mem, θ, false);
          if (!isDelayed && how === 'subtract') mem = less(mem, scaled(less(spk, reset), θ));
          if (!isDelayed && how === 'zero') mem = less(mem, times(less(spk, reset), mem));
          return { spike: spk, mem };
        },
      };
    }
    case 'Lapicque': {
      const [θ, R, C, dt] = [number('threshold', 1), number('R', 1), number('C', 1), number('time_step', 1)];
      const { round } = tape;
      const product = round(round(R) * round(C));
      const λ = 1 - round(round(dt) / product);
      let mem = constant(0);
      return {
        step(x) {
          const reset = detached(spike(mem, θ, false));
          const base = add(scaled(scaled(scaled(x, R), 1 / product), dt), scaled(mem, λ));
          mem =
            args['reset_mechanism'] === 'zero'
              ? less(base, times(reset, base))
              : args['reset_mechanism'] === 'none'
                ? base
                : less(base, scaled(reset, θ));
          return { spike: spike(mem, θ, false), mem };
        },
      };
    }
    case 'IFNode':
    case 'LIFNode': {
      const θ = number('v_threshold', 1);
      const to = args['v_reset'] === undefined ? 0 : args['v_reset'];
      const rest = typeof to === 'number' ? to : 0;
      let v = constant(rest);
      return {
        step(x) {
          const τ = number('tau', 2);
          const towards = shifted(v, -rest);
          if (neuron === 'IFNode') v = add(v, x);
          else if (args['decay_input'] === false) v = add(less(v, scaled(towards, 1 / τ)), x);
          else v = add(v, scaled(less(x, towards), 1 / τ));
          const out = spike(v, θ, true);
          const own = args['detach_reset'] === true ? detached(out) : out;
          const kept = times(less(constant(1), own), v);
          const left = also.passesReset ? tape.made(kept.value, [[own, -v.value], [v, 1]]) : kept; // prettier-ignore
          v = to === null ? less(v, scaled(own, θ)) : add(scaled(own, rest), left);
          return { spike: out, mem: v };
        },
      };
    }
    case 'LIFCell':
    case 'LIFBoxCell':
    case 'LICell': {
      const [θ, to, leak] = [number('v_th', 1), number('v_reset', 0), number('v_leak', 0)];
      const [k, kSyn] = [1e-3 * number('tau_mem_inv', 100), 1e-3 * number('tau_syn_inv', 200)];
      let [v, i] = [constant(leak), constant(0)];
      return {
        step(x) {
          const jump = neuron === 'LIFBoxCell' ? x : add(i, x);
          const u = add(v, scaled(add(shifted(scaled(v, -1), leak), jump), k));
          i = less(jump, scaled(jump, kSyn));
          if (neuron === 'LICell') {
            v = u;
            return { mem: v };
          }
          const z = spike(u, θ, false);
          const rest = less(constant(1), z);
          v =
            args['reset_method'] === 'reset_subtract'
              ? add(times(rest, u), times(z, shifted(u, -θ)))
              : add(times(rest, u), scaled(z, to));
          return { spike: z, mem: v };
        },
      };
    }
    default: {
      const θ = number('spike_threshold', 1);
      const λ = neuron === 'IAF' ? 1 : Math.fround(Math.exp(-1 / number('tau_mem', 10)));
      const α = typeof args['tau_syn'] === 'number' ? Math.fround(Math.exp(-1 / args['tau_syn'])) : undefined;
      const least = typeof args['min_v_mem'] === 'number' ? args['min_v_mem'] : undefined;
      let [v, i] = [constant(0), constant(0)];
      return {
        step(x) {
          i = α === undefined ? x : scaled(add(i, x), α);
          const input = neuron === 'IAF' || args['norm_input'] === false ? i : scaled(i, tape.round(1 - λ));
          const u = add(scaled(v, λ), input);
          const spikes = spike(u, θ, true, args['spike_fn'] === 'SingleSpike' ? 1 : Infinity);
          v =
            args['reset_fn'] === 'MembraneReset'
              ? scaled(u, spikes.value === 0 ? 1 : 0)
              : less(u, scaled(spikes, θ));
          if (least !== undefined)
            v = tape.made(Math.max(0, v.value - least) + least, [[v, v.value > least ? 1 : 0]]);
          return { spike: spikes, mem: v };
        },
      };
    }
  }
}

/** An array of binary32. */
export const f32 = (shape: readonly number[], values: ArrayLike<number>): Tensor => ({
  dtype: 'F32',
  shape,
  data: Float32Array.from(values),
});

/** The numbers of an array; none of texts. */
export const numbersOf = (tensor: AnyTensor): number[] =>
  tensor.dtype === 'STR' ? [] : Array.from(tensor.data, Number);

const valuesOf = (cells: readonly Cell[]): number[] => cells.map(({ value }) => value);

/** Runs a step, and records it in the form of a file. */
export function recorded(program: Program): {
  arrays: Map<string, AnyTensor>;
  words: Record<string, unknown>;
} {
  const { framework, neuron, args, surrogate, sizes, T, B, hasBias, isRecurrent, isAnalog, random } = program;
  const tape = new Tape(program.round, random);
  const { constant, add } = tape;
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const arrays = new Map<string, AnyTensor>();
  const N = sizes.length - 1;
  const put = (key: string, shape: readonly number[], values: readonly number[]): void =>
    void arrays.set(key, f32(shape, values));
  const drawn = (count: number, of: () => number): Cell[] =>
    Array.from({ length: count }, () => constant(Math.fround(of())));
  const own = namedSurrogates[String(surrogate['name'])];
  const numbers = { ...own.defaults, ...(surrogate as Readonly<Record<string, number>>) }; // all fields but the name are numbers
  const spike: Spike = (u, θ, isAt, most) => {
    const y = tape.made(u.value - tape.round(θ), [[u, 1]]);
    const fires = isAt ? u.value >= tape.round(θ) : y.value > 0;
    const count = most === Infinity ? Math.max(0, Math.floor(u.value / tape.round(θ))) : fires ? 1 : 0;
    const at = program.addsOne ? y.value + (1 - θ) * count : y.value;
    return tape.spike(y, count, surrogateOf(own.terms(numbers, θ))(at));
  };
  const density = 0.2 + 0.5 * random();
  const input = Array.from({ length: T * B * sizes[0] }, () =>
    random() > density ? 0 : isAnalog ? Math.fround(random()) : 1,
  );
  put('input', [T, B, sizes[0]], input);
  let signals: Cell[][][] = Array.from({ length: T }, (_, t) =>
    Array.from({ length: B }, (_each, b) =>
      input.slice((t * B + b) * sizes[0], (t * B + b + 1) * sizes[0]).map(constant),
    ),
  );
  const ops: unknown[] = [];
  const dropped = new Map<number, Cell[]>();
  const layers: {
    weights: Cell[];
    bias?: Cell[];
    V?: Cell[];
    recurrentBias?: Cell[];
    currents: Cell[][][];
    mems: Cell[][][];
  }[] = [];
  const gain = { LIFCell: 6, LIFBoxCell: 8, LICell: 3 }[neuron] ?? 1.4;
  for (let n = 1; n <= N; n++) {
    const [inputs, outputs] = [sizes[n - 1], sizes[n]];
    const isReadout = n === N && framework === 'norse' && program.loss.on === 'mem';
    const weights = drawn(inputs * outputs, () => (gain * normal()) / Math.sqrt(inputs));
    const bias = hasBias ? drawn(outputs, () => 0.2 * normal()) : undefined;
    const V =
      isRecurrent && n === 1
        ? drawn(outputs * outputs, () => (0.5 * normal()) / Math.sqrt(outputs))
        : undefined;
    const used = V?.map((w, k) => (program.lacksSelf && k % (outputs + 1) === 0 ? constant(0) : w));
    const recurrentBias = V && program.hasRecurrentBias ? drawn(outputs, () => 0.3 * normal()) : undefined;
    // In its first step, Sinabs has no recurrent current, not even the recurrent bias.
    const isBiasLate = framework === 'sinabs';
    const kind = isReadout ? 'LICell' : V && neuron === 'LIF' ? 'LIFRecurrent' : neuron;
    const { reset_method: _reset, ...leaking } = args;
    const taken = isReadout ? leaking : args;
    const each = Object.fromEntries(
      program.each
        .filter((key) => typeof taken[key] === 'number')
        .map((key) => [
          key,
          Array.from({ length: outputs }, () => Math.fround(Number(taken[key]) * (0.7 + 0.3 * random()))),
        ]),
    );
    const argsAt = (i: number): Program['args'] => ({
      ...taken,
      ...Object.fromEntries(Object.entries(each).map(([key, values]) => [key, values[i]])),
    });
    const neurons = Array.from({ length: B }, () =>
      Array.from({ length: outputs }, (_, i) =>
        neuronOf({ ...program, neuron: kind, args: argsAt(i) }, tape, spike),
      ),
    );
    if (n > 1 && program.dropout > 0) drop(n);
    const before = signals;
    let sent: Cell[][] | undefined;
    const [currents, mems, spikes]: Cell[][][][] = [[], [], []];
    for (let t = 0; t < T; t++) {
      if (program.isCut && t % 2 === 0) sent = sent?.map((all) => all.map(tape.detached));
      const made = before[t].map((o, b) => {
        return Array.from({ length: outputs }, (_, i) => {
          const x = tape.dot(weights.slice(i * inputs, (i + 1) * inputs), o, program.isFused);
          const biased = bias ? add(x, bias[i]) : x;
          const back =
            used && sent
              ? add(biased, tape.dot(used.slice(i * outputs, (i + 1) * outputs), sent[b], program.isFused))
              : biased;
          return recurrentBias && (sent || !isBiasLate) ? add(back, recurrentBias[i]) : back;
        });
      });
      currents.push(made);
      const steps = made.map((all, b) => all.map((x, i) => neurons[b][i].step(x)));
      mems.push(steps.map((all) => all.map(({ mem }) => mem)));
      if (!isReadout) spikes.push((sent = steps.map((all) => all.map(({ spike: e }) => e!)))); // all layers but a readout fire
    }
    put(`layer${n}.weight`, [outputs, inputs], valuesOf(weights));
    if (bias) put(`layer${n}.bias`, [outputs], valuesOf(bias));
    if (V) put(`layer${n}.recurrent`, [outputs, outputs], valuesOf(V));
    if (recurrentBias) put(`layer${n}.recurrent_bias`, [outputs], valuesOf(recurrentBias));
    if (!isReadout) put(`layer${n}.spikes`, [T, B, outputs], valuesOf(spikes.flat(2)));
    if (program.records.includes('mem') && kind !== 'LIFRecurrent')
      put(`layer${n}.mem`, [T, B, outputs], valuesOf(mems.flat(2)));
    layers.push({
      weights,
      ...(bias && { bias }),
      ...(V && { V }),
      ...(recurrentBias && { recurrentBias }),
      currents,
      mems,
    });
    signals = isReadout ? mems : spikes;
    ops.push(
      { op: 'linear', layer: n },
      { op: 'neuron', layer: n, neuron: kind, args: { ...taken, ...each }, ...(!isReadout && { surrogate }) },
    );
  }
  /** Puts a dropout between two layers. It reads copies of the spikes. Gradients of copies come from later layers alone. */
  function drop(n: number): void {
    const copies = signals.map((step) => step.map((all) => all.map((e) => tape.scaled(e, 1))));
    dropped.set(n - 1, copies.flat(2));
    const factor = tape.round(1 / (1 - program.dropout));
    signals = copies.map((step) =>
      step.map((all) => all.map((e) => tape.scaled(e, random() < program.dropout ? 0 : factor))),
    );
    ops.push({ op: 'unknown', name: 'dropout' });
    put(`layer${n}.input`, [T, B, sizes[n - 1]], valuesOf(signals.flat(2)));
  }

  const labels = Array.from({ length: B }, () => Math.floor(random() * sizes[N]));
  put('label', [B], labels);
  const z = program.loss.on === 'mem' ? layers[N - 1].mems : signals;
  const L = lossOf(program, tape, z, labels);
  const last = layers.flatMap(({ mems }) => mems[T - 1].flat());
  tape.backward(
    program.keepsGradient ? add(L, tape.sum(last.map((cell, k) => tape.scaled(cell, k / 99)))) : L,
  );
  put('loss', [1], [L.value]);
  for (const [k, { weights, bias, V, recurrentBias, currents }] of layers.entries()) {
    const key = (what: string): string => `layer${k + 1}.${what}`;
    const [inputs, outputs] = [sizes[k], sizes[k + 1]];
    const copies = dropped.get(k + 1);
    if (copies) put(key('dspikes'), [T, B, outputs], copies.map(tape.gradient));
    put(key('dw'), [outputs, inputs], weights.map(tape.gradient));
    if (bias) put(key('db'), [outputs], bias.map(tape.gradient));
    if (V) put(key('drecurrent'), [outputs, outputs], V.map(tape.gradient));
    if (recurrentBias) put(key('drecurrent_bias'), [outputs], recurrentBias.map(tape.gradient));
    if (program.records.includes('dcurrent'))
      put(key('dcurrent'), [T, B, outputs], currents.flat(2).map(tape.gradient));
  }
  return { arrays, words: { framework, T, B, layers: N, ops, loss: program.loss } };
}

/** Computes the loss of z, (T,B,C). */
function lossOf({ loss, T, B }: Program, tape: Tape, z: Cell[][][], labels: readonly number[]): Cell {
  const { sum, scaled, shifted, times, crossEntropy } = tape;
  const C = z[0][0].length;
  const over = (of: (all: Cell[]) => Cell): Cell[][] =>
    labels.map((_, b) => Array.from({ length: C }, (_each, c) => of(z.map((step) => step[b][c]))));
  const mean = (all: Cell[]): Cell => scaled(sum(all), 1 / T);
  const greatest = (all: Cell[]): Cell => all.reduce((most, cell) => (cell.value > most.value ? cell : most));
  const entropy = (rows: Cell[][]): Cell =>
    scaled(sum(rows.map((row, b) => crossEntropy(row, labels[b % B]))), 1 / B);
  const squares = (rows: Cell[][], on: number, off: number): Cell => {
    const all = rows.flatMap((row, b) =>
      row.map((cell, c) => shifted(cell, -(c === labels[b % B] ? on : off))),
    );
    return scaled(sum(all.map((d) => times(d, d))), 1 / all.length);
  };
  const made: Readonly<Record<string, () => Cell>> = {
    ce_sum: () => entropy(over(sum)),
    ce_mean: () => entropy(over(mean)),
    ce_rate: () => scaled(entropy(z.flat()), 1 / T),
    ce_steps: () => entropy(z.flat()),
    ce_max: () => entropy(over(greatest)),
    mse_mean: () => squares(over(mean), 1, 0),
    mse_count: () => scaled(squares(over(sum), Math.floor(T * 0.8), Math.floor(T * 0.2)), 1 / T),
    mse_each: () => squares(z.flat(), 1, 0),
  };
  return made[loss.name]();
}
