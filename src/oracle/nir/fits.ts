/** Numbers of a simulator that are not the graph's, found from what was recorded of its neurons. */
import { real, type Floats } from '../../../spec/arithmetic.ts';
import type { NirParameters } from '../../../spec/nir.ts';
import type { NirMap } from '../../../spec/nirMaps.ts';
import type { NeuronStage } from '../../engine/stage.ts';
import { entriesOf } from '../../keysOf.ts';
import type { NirLayer } from '../../nir/chain.ts';
import type { Mistake, Fitted, Seen } from '../name.ts';
import { choicesOf, computationOf, constantsOf, keyOf, type NirModel } from './steps.ts';

type NirMistake = Mistake<NirModel>;

const range = (count: number): number[] => [...Array(Math.max(0, count)).keys()];
const digits = (value: number): string => String(Number(value.toPrecision(5)));

/** Some neurons of a layer, each of a sample, as a layer of their own; and what was recorded of them. */
class Some {
  readonly model: NirModel;
  /** What reaches the synapses or neurons in each step. */
  readonly #x: readonly Floats[];
  readonly spikes: readonly (Floats | undefined)[];
  readonly potentials: readonly (Floats | undefined)[];
  readonly #late: number;

  constructor({ model, stage, there }: Seen<NirModel>, places: readonly number[]) {
    const { T, B, chain } = model;
    const layer = layerOf(model, stage);
    const n = layer.parameters.vThreshold.length;
    const unit = model.units.get(stage.n - 1);
    const taken = (what: string): (Floats | undefined)[] => {
      const values =
        what === 'current' || model.recorded.has(keyOf(layer, what)) ? there(keyOf(layer, what)) : undefined;
      return range(T).map((t) => values && Float64Array.from(places, (k) => values[t * B * n + k]));
    };
    this.#x = taken('current').map((row) => row!); // the neurons read it
    this.spikes = taken('spikes');
    this.potentials = taken('potentials').map(
      (row) => row && (row.map((each: number, k: number) => each / (unit?.[places[k] % n] ?? 1)) as Floats),
    ); // of one kind
    this.#late = choicesOf(model, layer).sends === 'sameStep' ? 0 : 1;
    const own = entriesOf(layer.parameters).map(([key, values]) => {
      const numbers = values as ArrayLike<number>; // but for the kind
      return [key, key === 'kind' ? values : Float64Array.from(places, (k) => numbers[k % n])];
    });
    const shape = { channels: places.length, height: 1, width: 1 };
    const { recurrent: _, ...rest } = layer;
    const one: NirLayer = {
      ...rest,
      maps: [],
      shape,
      parameters: Object.fromEntries(own) as unknown as NirParameters,
    }; // the same keys
    this.model = {
      ...model,
      chain: { ...chain, input: shape, layers: [one] },
      B: 1,
      units: new Map(),
      single: [],
      recorded: new Set(),
    };
  }

  /** Spikes of step t, where they are recorded. */
  spikesOf(t: number): Floats | undefined {
    return this.spikes[t + this.#late];
  }

  /** What the neurons compare and are left with in each step, with a change of the simulator, from what reaches them. */
  run(
    model: NirModel,
    enters: (x: Floats) => Floats,
    see: (t: number, compared: Floats, u: Floats) => void,
  ): void {
    const stages = computationOf(model).stages.filter(
      (stage): stage is NeuronStage => stage.kind === 'neuron',
    );
    const states = stages.map(({ begin }) => begin(real));
    const compared = new Float64Array(this.#x[0].length);
    for (const [t, x] of this.#x.entries()) {
      const own = this.spikesOf(t);
      let into = enters(x);
      for (const [k, { step }] of stages.entries()) {
        step(states[k], into, (u, i, sent) => ((compared[i] = u), own ? own[i] : sent), t);
        into = states[k]['u'];
      }
      see(t, compared, into);
    }
  }

  /** How far a changed simulator is from what was recorded, in units of the thresholds: 0 where every decision is its own. */
  lossOf(change: Partial<NirModel>, enters = (x: Floats): Floats => x): number {
    let loss = 0;
    const model = { ...this.model, ...change };
    const [layer] = model.chain.layers;
    const { θ } = constantsOf(model, layer)(real);
    const isWhole = choicesOf(model, layer).spikes === 'whole';
    this.run(model, enters, (t, compared, u) => {
      const [spikes, potentials] = [this.spikesOf(t), this.potentials[t]];
      for (let i = 0; i < θ.length; i++) {
        const [share, count] = [compared[i] / θ[i], spikes?.[i] ?? NaN];
        if (count > 0) loss += Math.max(0, count - share);
        if (count === 0 || isWhole) loss += Math.max(0, share - count - 1);
        if (potentials) loss += Math.abs(potentials[i] - u[i]) / θ[i];
      }
    });
    return Number.isNaN(loss) ? Infinity : loss;
  }
}

const layerOf = ({ chain }: NirModel, { n }: { readonly n: number }): NirLayer => chain.layers[n - 1];

/** The neurons of a layer with most that is wrong, and as many others: where they are in a step of all samples. */
function worst({ stage, model, got, right }: Seen<NirModel>, most: number): number[] {
  const layer = model.chain.layers[stage.n - 1];
  const size = layer.parameters.vThreshold.length * model.B;
  const wrong = new Float64Array(size);
  for (const key of stage.writes) {
    const recorded = got(key);
    if (!recorded || recorded.length !== size * model.T) continue;
    const { v, r } = right(key);
    for (let m = 0; m < v.length; m++)
      if (!(Math.abs(v[m] - recorded[m]) <= (r?.[m] ?? 0))) wrong[m % size]++;
  }
  const sorted = range(size).sort((a, b) => wrong[b] - wrong[a]);
  const others = sorted.slice(most);
  return [...sorted.slice(0, most), ...others.filter((_, k) => k % Math.ceil(others.length / most) === 0)];
}

/** The factors that a number is looked for between, from its reciprocal to itself. */
const factors = range(65).map((k) => 2 ** ((k - 32) / 4));

/** Factors of a number with the least loss: round ones of the number, and the best. */
function factorsOf(loss: (k: number) => number, tried: readonly number[], unit: number): Fitted[] {
  const losses = tried.map(loss);
  const lows = range(tried.length).filter(
    (k) =>
      losses[k] < Infinity &&
      losses[k] <= (losses[k - 1] ?? Infinity) &&
      losses[k] <= (losses[k + 1] ?? Infinity),
  );
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

/** Where a function is least between two numbers: from where to where it is so. */
function leastBetween(
  of: (k: number) => number,
  from: number,
  to: number,
): { low: number; high: number; loss: number } {
  const best = lowest(of, from, to);
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

/** What of a layer is fitted: of neurons that a bias does not go past. */
const isFitted: NonNullable<NirMistake['concerns']> = ({ n, kind }, model) =>
  kind === 'neuron' && choicesOf(model, layerOf(model, { n })).bias === 'arrives';

/** A parameter of every layer times a number that fits. */
function parameter(id: string, key: Exclude<keyof NirParameters, 'kind'>, isSigned = false): NirMistake {
  const change = ({ chain }: NirModel, [k = 1]: Fitted): Partial<NirModel> => ({
    chain: {
      ...chain,
      layers: chain.layers.map((layer) => ({
        ...layer,
        parameters: {
          ...layer.parameters,
          [key]: Float64Array.from(layer.parameters[key], (value) => k * value),
        },
      })),
    },
  });
  return {
    id,
    says: `${id} is not the graph’s.`,
    stages: ['guess', 'synapse', 'neuron'],
    concerns: isFitted,
    change,
    fit(seen) {
      const own = Array.from(layerOf(seen.model, seen.stage).parameters[key]);
      if (own.every((value) => value === 0 || !Number.isFinite(value))) return [];
      const some = new Some(seen, worst(seen, 12));
      const all = isSigned ? [...factors.map((each) => -each).reverse(), 0, ...factors] : factors;
      return factorsOf(
        (k) => some.lossOf(change(some.model, [k])),
        all,
        own.every((value) => value === own[0]) ? own[0] : 1,
      );
    },
    found: ([k]) =>
      `It is ${digits(k)} times that of the graph${id === 'r' || id === 'w_in' ? ', or what reaches the neurons is so' : ''}.`,
  };
}

/** Weights of every layer times a number that fits; biases stay. */
function scaledWeights(): NirMistake {
  const lastOf = ({ maps }: NirLayer): NirMap | undefined => maps[maps.length - 1]?.map;
  const change = ({ chain }: NirModel, [k = 1]: Fitted): Partial<NirModel> => ({
    chain: {
      ...chain,
      layers: chain.layers.map((layer) => ({
        ...layer,
        maps: layer.maps.map(({ map, ...node }, at) => ({
          ...node,
          ...(map && {
            map:
              'w' in map && at === layer.maps.length - 1
                ? { ...map, w: Float64Array.from(map.w, (each) => k * each) }
                : map,
          }),
        })),
      })),
    },
  });
  return {
    id: 'weights=scaled',
    says: 'Its weights, or its input, are scaled.',
    stages: ['current', 'neuron'],
    change,
    concerns: (stage, model) =>
      stage.kind !== 'neuron' ||
      (isFitted(stage, model) &&
        lastOf(layerOf(model, stage)) !== undefined &&
        !layerOf(model, stage).recurrent),
    fit(seen) {
      const layer = layerOf(seen.model, seen.stage);
      const map = lastOf(layer);
      const places = worst(seen, 12);
      const n = layer.parameters.vThreshold.length;
      const b = places.map((place) =>
        map && 'b' in map && map.b ? map.b[Math.floor(((place % n) * map.b.length) / n)] : 0,
      );
      const some = new Some(seen, places);
      const enters =
        (k: number) =>
        (x: Floats): Floats =>
          Float64Array.from(x, (each, i) => b[i] + k * (each - b[i]));
      return factorsOf((k) => some.lossOf({}, enters(k)), factors, 1);
    },
    found: ([k]) => `They are ${digits(k)} times as large.`,
  };
}

/** How many lengths of a rest are tried. */
const mostSteps = 64;

/** Lengths of a rest after a spike that may be, with the potential held and without. */
function restsOf(seen: Seen<NirModel>): Fitted[] {
  const some = new Some(seen, worst(seen, 12));
  const rows = range(seen.model.T).map((t) => some.spikes[t]);
  if (!rows[0]) return [];
  // Steps without a spike between two of a neuron.
  const pauses = range(rows[0].length).flatMap((i) => {
    const fired = range(rows.length).filter((t) => rows[t]?.[i]);
    return fired.slice(1).map((t, k) => t - fired[k] - 1);
  });
  const longest = Math.min(mostSteps, ...pauses, rows.length - 1);
  const tried = range(longest).flatMap((k) => [1, 0].map((isHeld): Fitted => [k + 1, isHeld]));
  const losses = tried.map(([steps, isHeld]) => some.lossOf({ rest: { steps, isHeld: isHeld === 1 } }));
  const least = Math.min(...losses);
  return tried.filter((_, k) => losses[k] === least).slice(0, 4);
}

/** A state before the first step from which a layer follows what was recorded of one sample: one that the sample before it left. */
export function startsOf(seen: Seen<NirModel>): Fitted | undefined {
  const { model, stage } = seen;
  const layer = layerOf(model, stage);
  const n = layer.parameters.vThreshold.length;
  const some = new Some(seen, range(n));
  const { θ, start } = constantsOf(model, layer)(real);
  if (model.B !== 1 || !some.spikes[0]) return undefined;
  // From rest, and with 1 more in u and in I: between recorded spikes a potential is affine in these.
  const runs = [
    [0, 0],
    [1, 0],
    [0, 1],
  ].map(([u, I]) => {
    const own = [...Array.from(start.u, (each) => each + u), ...Array.from(start.I, (each) => each + I)];
    const seenRows: [Floats, Floats][] = [];
    some.run(
      { ...some.model, starts: new Map([[0, own]]) },
      (x) => x,
      (_, compared, left) => void seenRows.push([compared.slice(), left.slice()]),
    );
    return seenRows;
  });
  const isWhole = choicesOf(model, layer).spikes === 'whole';
  const found = range(n).map((i): readonly [number, number] => {
    // Where a·u + b·I + c ≥ 0 holds.
    const limits: [a: number, b: number, c: number][] = [];
    for (const t of range(model.T)) {
      const [spikes, potentials] = [some.spikesOf(t), some.potentials[t]];
      const [own, byU, byI] = runs.map((rows) => rows[t].map((row) => row[i]));
      const add = (k: number, sign: number, c: number): void =>
        void limits.push([sign * (byU[k] - own[k]), sign * (byI[k] - own[k]), c]);
      const count = spikes?.[i] ?? NaN;
      if (count > 0) add(0, 1, own[0] - count * θ[i]);
      if (count === 0 || isWhole) add(0, -1, (count + 1) * θ[i] - own[0]);
      if (!potentials) continue;
      const radius = 2 ** -20 * (Math.abs(own[1]) + θ[i]);
      add(1, 1, own[1] - potentials[i] + radius);
      add(1, -1, potentials[i] - own[1] + radius);
    }
    if (limits.every(([, , c]) => c >= 0)) return [0, 0];
    const least = (u: number, I: number): number =>
      limits.reduce((so, [a, b, c]) => Math.max(so, -(a * u + b * I + c)), -Infinity);
    const most = 64 * θ[i];
    const bestI = (u: number): number =>
      layer.parameters.kind === 'CubaLIF' ? lowest((I) => least(u, I), -most, most) : 0;
    const u = lowest((each) => least(each, bestI(each)), -most, most);
    return [u, bestI(u)];
  });
  return [stage.n - 1, ...found.map(([u], i) => start.u[i] + u), ...found.map(([, I], i) => start.I[i] + I)];
}

/** Where a convex function is lowest, by the golden section. */
function lowest(of: (k: number) => number, from: number, to: number): number {
  let [a, b] = [from, to];
  let [c, d] = [b - golden * (b - a), a + golden * (b - a)];
  let [atC, atD] = [of(c), of(d)];
  for (let k = 0; k < 56; k++) {
    if (atC <= atD) {
      [b, d, atD] = [d, c, atC];
      c = b - golden * (b - a);
      atC = of(c);
    } else {
      [a, c, atC] = [c, d, atD];
      d = a + golden * (b - a);
      atD = of(d);
    }
  }
  return atC <= atD ? c : d;
}

export const fitted = (): NirMistake[] => [
  parameter('tau', 'τ'),
  parameter('tau_syn', 'τSyn'),
  parameter('r', 'r'),
  parameter('w_in', 'wIn'),
  parameter('v_leak', 'vLeak', true),
  parameter('v_reset', 'vReset', true),
  parameter('threshold', 'vThreshold'),
  scaledWeights(),
  {
    id: 'dt',
    says: 'Its step is another.',
    stages: ['guess', 'synapse', 'neuron'],
    concerns: (stage, model) => isFitted(stage, model) && layerOf(model, stage).parameters.kind !== 'IF',
    change: ({ dt }, [k = 1]) => ({ dt: dt * k }),
    fit(seen) {
      const some = new Some(seen, worst(seen, 12));
      return factorsOf((k) => some.lossOf({ dt: seen.model.dt * k }), factors, seen.model.dt);
    },
    found: ([k]) => `It is ${digits(k)} times as long.`,
  },
  {
    id: 'rest',
    says: 'It rests after a spike (a refractory period).',
    stages: ['guess', 'neuron'],
    concerns: isFitted,
    change: (_, [steps, isHeld]) => ({ rest: { steps, isHeld: isHeld === 1 } }),
    fit: restsOf,
    found: ([steps, isHeld]) =>
      `It does so for ${steps} steps, and ${isHeld ? 'its input is lost meanwhile' : 'its potential goes on meanwhile'}.`,
  },
  {
    id: 'start',
    says: 'It does not start from rest, as if the sample before had left its state.',
    stages: ['guess', 'synapse', 'neuron'],
    change: (_, [place, ...values]) => ({ starts: new Map([[place, values]]) }),
    fit(seen) {
      const found = startsOf(seen);
      return found ? [found] : [];
    },
  },
];
