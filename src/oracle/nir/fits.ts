/** Numbers of a simulator that are not the graph's, found from what was recorded of its neurons. */
import { real, type Floats } from '../../../spec/arithmetic.ts';
import type { NirParameters } from '../../../spec/nir.ts';
import type { NeuronStage } from '../../engine/stage.ts';
import { entriesOf } from '../../keysOf.ts';
import type { NirLayer } from '../../nir/chain.ts';
import type { Mistake, Numbers, Seen } from '../name.ts';
import { choicesOf, computationOf, constantsOf, keyOf, type NirModel } from './steps.ts';

type NirMistake = Mistake<NirModel>;

const range = (count: number): number[] => [...Array(Math.max(0, count)).keys()];
const digits = (value: number): string => String(Number(value.toPrecision(5)));

/** Some neurons of a layer, each of a sample, and what was recorded of them. */
class Some {
  readonly #model: NirModel;
  /** What reaches the synapses or neurons in each step. */
  readonly #x: Floats[];
  readonly #spikes: (Floats | undefined)[];
  readonly #potentials: (Floats | undefined)[];
  readonly #late: number;
  readonly parts: Partial<Record<'spikes' | 'potentials', Floats>>;

  constructor(
    readonly seen: Seen<NirModel>,
    readonly layer: NirLayer,
    places: readonly number[],
  ) {
    const { model } = seen;
    const { T, B } = model;
    const n = layer.parameters.vThreshold.length;
    const all = Object.fromEntries(['current', 'spikes', 'potentials', 'shown'].map((what) => [what, seen.there(keyOf(layer, what))]));
    const recorded = (what: string): Floats | undefined => (model.recorded.has(keyOf(layer, what)) ? (all[what] as Floats) : undefined); // by index alone
    const taken = (values: Floats | undefined): (Floats | undefined)[] =>
      range(T).map((t) => values && Float64Array.from(places, (k) => values[t * B * n + k]));
    this.#x = taken(all['current'] as Floats) as Floats[]; // the neurons read it
    this.#spikes = taken(recorded('spikes'));
    const unit = model.units.get(model.chain.layers.indexOf(layer));
    this.#potentials = taken(recorded('potentials')).map((row) => row && (unit ? row.map((each: number, k: number) => each / unit[places[k] % n]) as Floats : row)); // of one kind
    this.#late = choicesOf(model, layer).sends === 'sameStep' ? 0 : 1;
    this.parts = {};
    const own = entriesOf(layer.parameters).map(([key, values]) => [key, key === 'kind' ? values : Float64Array.from(places, (k) => (values as ArrayLike<number>)[k % n])]);
    const shape = { channels: places.length, height: 1, width: 1 };
    const { recurrent: _, ...rest } = layer;
    const one: NirLayer = { ...rest, maps: [], shape, parameters: Object.fromEntries(own) as unknown as NirParameters }; // the same keys
    this.#model = { ...model, chain: { ...model.chain, input: shape, layers: [one] }, B: 1, units: new Map(), single: [], recorded: new Set() };
  }

  /** What the neurons compare and are left with in each step, with a change of the simulator, from what reaches them. */
  run(change: (model: NirModel) => Partial<NirModel>, enters = (x: Floats): Floats => x, see: (t: number, compared: Floats, u: Floats) => void = () => {}): NirModel {
    const model = { ...this.#model, ...change(this.#model) };
    const stages = computationOf(model).stages.filter((stage): stage is NeuronStage => stage.kind === 'neuron');
    const states = stages.map(({ begin }) => begin(real));
    const compared = new Float64Array(this.#x[0].length);
    for (const [t, x] of this.#x.entries()) {
      const own = this.#spikes[t + this.#late];
      let into = enters(x);
      for (const [k, { step }] of stages.entries()) {
        step(states[k], into, (u, i, sent) => ((compared[i] = u), own ? own[i] : sent), t);
        into = states[k]['u'];
      }
      see(t, compared, into);
    }
    return model;
  }

  /** How far a changed simulator is from what was recorded, in units of the thresholds: 0 where every decision is its own. */
  lossOf(change: (model: NirModel) => Partial<NirModel>, enters?: (x: Floats) => Floats): number {
    let loss = 0;
    const own = { ...this.#model, ...change(this.#model) };
    const { θ } = constantsOf(own, own.chain.layers[0])(real);
    const isWhole = choicesOf(own, own.chain.layers[0]).spikes === 'whole';
    this.run(change, enters, (t, compared, u) => {
      const spikes = this.#spikes[t + this.#late];
      const potentials = this.#potentials[t];
      for (let i = 0; i < θ.length; i++) {
        const share = compared[i] / θ[i];
        const count = spikes?.[i] ?? NaN;
        if (count > 0) loss += Math.max(0, count - share);
        if (count === 0 || isWhole) loss += Math.max(0, share - count - 1);
        if (potentials) loss += Math.abs(potentials[i] - u[i]) / θ[i];
      }
    });
    return Number.isNaN(loss) ? Infinity : loss;
  }
}

/** The neurons of a layer with most that is wrong, and where they are in a step of all samples. */
function worst({ stage, model, got, right }: Seen<NirModel>, most: number): number[] {
  const layer = model.chain.layers[stage.n - 1];
  const size = layer.parameters.vThreshold.length * model.B;
  const wrong = new Float64Array(size);
  for (const key of stage.writes) {
    const recorded = got(key);
    if (!recorded || recorded.length !== size * model.T) continue;
    const { v, r } = right(key);
    for (let m = 0; m < v.length; m++) if (!(Math.abs(v[m] - recorded[m]) <= (r?.[m] ?? 0))) wrong[m % size]++;
  }
  return range(size).filter((k) => wrong[k] > 0).sort((a, b) => wrong[b] - wrong[a]).slice(0, most);
}

/** The factors that a number is looked for between, from its reciprocal to itself. */
const factors = range(65).map((k) => 2 ** ((k - 32) / 4));

/** Factors of a number with the least loss: round ones of the number, and the best. */
function factorsOf(loss: (k: number) => number, tried: readonly number[], unit: number): Numbers[] {
  const losses = tried.map(loss);
  const lows = range(tried.length).filter((k) => losses[k] < Infinity && losses[k] <= (losses[k - 1] ?? Infinity) && losses[k] <= (losses[k + 1] ?? Infinity));
  const [best] = lows
    .sort((a, b) => losses[a] - losses[b])
    .slice(0, 3)
    .map((k) => leastBetween(loss, tried[Math.max(0, k - 1)], tried[Math.min(tried.length - 1, k + 1)]))
    .sort((a, b) => a.loss - b.loss);
  if (!best) return [];
  const { low, high } = best;
  const middle = (low + high) / 2;
  const near = Math.max(2 ** -16 * Math.abs(middle), (high - low) / 2);
  const round = range(6)
    .map((count) => Number((middle * unit).toPrecision(count + 1)) / unit)
    .find((each) => each !== 0 && Math.abs(each - middle) <= near);
  return [...(round === undefined ? [] : [[round]]), [middle]].filter(([k]) => Math.abs(k - 1) > 2 ** -20);
}

/** Where a function is least between two numbers, by the golden section: from where to where it is so. */
function leastBetween(of: (k: number) => number, from: number, to: number): { low: number; high: number; loss: number } {
  let [a, b] = [from, to];
  for (let k = 0; k < 44; k++) {
    const [c, d] = [b - golden * (b - a), a + golden * (b - a)];
    if (of(c) <= of(d)) b = d;
    else a = c;
  }
  const best = [a, (a + b) / 2, b].reduce((so, each) => (of(each) < of(so) ? each : so));
  const loss = of(best);
  const edge = (end: number): number => {
    let [inside, outside] = [best, end];
    for (let k = 0; k < 40; k++) {
      const middle = (inside + outside) / 2;
      if (of(middle) <= loss) inside = middle;
      else outside = middle;
    }
    return inside;
  };
  return { low: edge(from), high: edge(to), loss };
}

const golden = (Math.sqrt(5) - 1) / 2;

/** A parameter of every layer times a number that fits. */
function parameter(id: string, key: Exclude<keyof NirParameters, 'kind'>, name: (layer: NirLayer) => string, isSigned = false): NirMistake {
  const change = ({ chain }: NirModel, [k = 1]: Numbers): Partial<NirModel> => ({
    chain: {
      ...chain,
      layers: chain.layers.map((layer) => ({
        ...layer,
        parameters: { ...layer.parameters, [key]: Float64Array.from(layer.parameters[key], (value) => k * value) },
      })),
    },
  });
  return {
    id,
    says: `Another ${id} than the graph’s.`,
    stages: ['guess', 'synapse', 'neuron'],
    change,
    fit(seen) {
      const layer = seen.model.chain.layers[seen.stage.n - 1];
      const own = Array.from(layer.parameters[key]);
      if (own.every((value) => value === 0 || !Number.isFinite(value)) || choicesOf(seen.model, layer).bias === 'settled') return [];
      const unit = own.every((value) => value === own[0]) ? own[0] : 1;
      const some = new Some(seen, layer, worst(seen, 12));
      const all = isSigned ? [...factors.map((each) => -each).reverse(), 0, ...factors] : factors;
      void name;
      return factorsOf((k) => some.lossOf((model) => change(model, [k])), all, unit);
    },
    found: ([k]) => `It is ${digits(k)} times as large.`,
  };
}

export const fitted = (): NirMistake[] => [
  parameter('tau', 'τ', ({ parameters: { kind } }) => (kind === 'CubaLIF' ? 'tau_mem' : 'tau')),
  parameter('tau_syn', 'τSyn', () => 'tau_syn'),
  parameter('r', 'r', () => 'r'),
  parameter('w_in', 'wIn', () => 'w_in'),
  parameter('v_leak', 'vLeak', () => 'v_leak', true),
  parameter('v_reset', 'vReset', () => 'v_reset', true),
  parameter('threshold', 'vThreshold', () => 'v_threshold'),
  {
    id: 'dt',
    says: 'Its step is another.',
    stages: ['guess', 'synapse', 'neuron'],
    change: ({ dt }, [k = 1]) => ({ dt: dt * k }),
    fit(seen) {
      const layer = seen.model.chain.layers[seen.stage.n - 1];
      if (layer.parameters.kind === 'IF' || choicesOf(seen.model, layer).bias === 'settled') return [];
      const some = new Some(seen, layer, worst(seen, 12));
      return factorsOf((k) => some.lossOf(({ dt }) => ({ dt: dt * k })), factors, seen.model.dt);
    },
    found: ([k]) => `It is ${digits(k)} times as long.`,
  },
];
