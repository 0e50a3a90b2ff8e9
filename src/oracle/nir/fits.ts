/** Fits parameters of a simulator to the recorded arrays of its neurons. */
import { real, type Floats } from '../../../spec/arithmetic.ts';
import { neuronsOf } from '../../../spec/network.ts';
import type { NirParameters } from '../../../spec/nir.ts';
import { digits, range, total, type Values } from '../../engine/rounding.ts';
import { valuesOf, type Ball } from '../../engine/stage.ts';
import type { NirLayer } from '../../nir/import/chain.ts';
import type { Fitted, Seen } from '../name.ts';
import { leastNear, lowest, rowsOf } from '../rows.ts';
import { byParameters, inNeurons, type NirChange, type NirMistake } from './choices.ts';
import { choicesOf, constantsOf, keyOf, neuronStagesOf, type NirModel } from './steps.ts';

/** Parameters are fitted to the first steps of a layer, up to about this many numbers. */
const mostFitted = 2 ** 16;

/** A recorded layer: its currents, and the recorded arrays of its neurons. */
class Recorded {
  readonly model: NirModel;
  readonly layer: NirLayer;
  readonly spikes: Values | undefined;
  readonly #index: number;
  readonly #x: Floats;
  readonly #potentials: Values | undefined;

  constructor({ model, stage: { n }, there }: Pick<Seen<NirModel>, 'model' | 'stage' | 'there'>) {
    // Maps are not needed, because the currents are known.
    const bare = ({ recurrent: _recurrent, ...layer }: NirLayer): NirLayer => ({ ...layer, maps: [] });
    const layers = model.chain.layers.map(bare);
    this.layer = layers[n - 1];
    this.#index = n - 1;
    const ofStep = model.B * neuronsOf(this.layer.shape);
    const T = Math.min(model.T, Math.ceil(mostFitted / ofStep));
    this.model = { ...model, T, chain: { ...model.chain, layers } };
    const x = there(keyOf(this.layer, 'current')) as Floats; // the currents exist, because neurons read them
    this.#x = x.subarray(0, T * ofStep);
    [this.spikes, this.#potentials] = ['spikes', 'potentials'].map((what) => {
      const key = keyOf(this.layer, what);
      return model.recorded.has(key) ? there(key) : undefined;
    });
  }

  /** The recorded potential at an index; undefined if none was recorded. */
  potential(m: number): number | undefined {
    const unit = this.model.units.get(this.#index);
    return this.#potentials && this.#potentials[m] / (unit ? unit[m % unit.length] : 1);
  }

  /** Runs a changed simulator that fires as recorded. Returns the potentials (T,B,n) at the comparison and after each step. */
  follow(change: Partial<NirModel>): { compared: Floats; u: Floats } {
    const model = { ...this.model, ...change };
    let balls: readonly Ball[] = [{ v: this.#x }];
    for (const stage of neuronStagesOf(model, model.chain.layers[this.#index], this.#index))
      balls = valuesOf(stage, balls.slice(0, 1), real, { spikes: this.spikes });
    return { compared: balls[0].v, u: balls[1].v };
  }

  /** Conditions on the compared potential at index m that follow from the recorded spikes: sign · compared ≥ limit. */
  limits(m: number, θ: Floats): [sign: number, limit: number][] {
    const { sends, spikes } = choicesOf(this.model, this.layer);
    const i = m % θ.length;
    const count = this.spikes?.[sends === 'sameStep' ? m : m + this.model.B * θ.length];
    if (count === undefined) return [];
    const [above, below]: [number, number][] = [
      [1, count * θ[i]],
      [-1, -(count + 1) * θ[i]],
    ];
    return [...(count > 0 ? [above] : []), ...(count === 0 || spikes === 'whole' ? [below] : [])];
  }

  /** The distance of a changed simulator's arrays from the recorded arrays, in units of the thresholds; 0 if they agree. */
  lossOf(change: Partial<NirModel>): number {
    const model = { ...this.model, ...change };
    const { θ } = constantsOf(model, model.chain.layers[this.#index])(real);
    const { compared, u } = this.follow(change);
    const loss = total(u, (value, m) => {
      const missed = this.limits(m, θ).map(([sign, limit]) => Math.max(0, limit - sign * compared[m]));
      const off = Math.abs((this.potential(m) ?? value) - value);
      return missed.reduce((sum, each) => sum + each, off) / θ[m % θ.length];
    });
    return Number.isNaN(loss) ? Infinity : loss;
  }
}

/** The factors that the search tries first, 2⁻⁸ … 2⁸. */
const factors = range(65).map((k) => 2 ** ((k - 32) / 4));
const signed = [...factors.map((each) => -each).reverse(), 0, ...factors];

/** The factor with the least loss, rounded to 1, 2, 3 and 4 digits, and unrounded. */
function factorsOf(loss: (k: number) => number, tried: readonly number[]): Fitted[] {
  const best = leastNear(loss, tried);
  const all = [...[1, 2, 3, 4].map((count) => Number(best.toPrecision(count))), best];
  return all.filter((k) => Math.abs(k - 1) > 2 ** -20).map((k) => [k]);
}

/** A mistake that multiplies a parameter of the graph by a fitted factor. It concerns neurons whose bias arrives with the input. */
const scaled = (
  change: NonNullable<NirChange['change']>,
  tried = factors,
  what = 'that of the graph',
): NirChange => ({
  change,
  concerns: ({ n, kind }, model) =>
    kind === 'neuron' && choicesOf(model, model.chain.layers[n - 1]).bias === 'arrives',
  fit(seen) {
    const its = new Recorded(seen);
    const plain = its.lossOf({});
    // A parameter without effect cannot be the cause.
    if (its.lossOf(change(its.model, [2])) === plain && its.lossOf(change(its.model, [0.5])) === plain)
      return [];
    return factorsOf((k) => its.lossOf(change(its.model, [k])), tried);
  },
  found: ([k]) => `It is ${digits(k)} times ${what}.`,
});

const parameter = (key: Exclude<keyof NirParameters, 'kind'>, tried = factors): NirChange =>
  scaled(
    byParameters((old, [k = 1]) => ({ [key]: Float64Array.from(old[key], (each) => k * each) })).change!, // `byParameters` returns a `change`
    tried,
  );

/** An initial state that reproduces the recorded arrays of one sample, as if the previous sample had left it. */
export function startsOf(seen: Pick<Seen<NirModel>, 'model' | 'stage' | 'there'>): Fitted | undefined {
  const its = new Recorded(seen);
  const { model, layer } = its;
  const { θ, start } = constantsOf(model, layer)(real);
  if (model.B !== 1 || !its.spikes) return undefined;
  const startAt = (of: (i: number) => readonly [u: number, I: number]): number[] => [
    ...Array.from(start.u, (each, i) => each + of(i)[0]),
    ...Array.from(start.I, (each, i) => each + of(i)[1]),
  ];
  // Three runs: from rest, and with 1 added to u or to I. Given the recorded spikes, potentials are affine in u and I.
  const index = seen.stage.n - 1;
  const from = (u: number, I: number): ReturnType<Recorded['follow']> =>
    its.follow({ starts: new Map([[index, startAt(() => [u, I])]]) });
  const [rest, byU, byI] = [from(0, 0), from(1, 0), from(0, 1)];
  const found = range(θ.length).map((i): readonly [number, number] => {
    // Conditions on the initial state: a·u + b·I + c ≥ 0.
    const limits = range(model.T).flatMap((t) => {
      const m = t * θ.length + i;
      const of = (what: 'compared' | 'u', sign: number, limit: number): [number, number, number] => {
        const value = rest[what][m];
        return [sign * (byU[what][m] - value), sign * (byI[what][m] - value), sign * value - limit];
      };
      const potential = its.potential(m);
      const radius = 2 ** -20 * (Math.abs(rest.u[m]) + θ[i]);
      return [
        ...its.limits(m, θ).map(([sign, limit]) => of('compared', sign, limit)),
        ...(potential === undefined ? [] : [1, -1].map((sign) => of('u', sign, sign * potential - radius))),
      ];
    });
    if (limits.every(([, , c]) => c >= 0)) return [0, 0];
    const least = (u: number, I: number): number =>
      limits.reduce((so, [a, b, c]) => Math.max(so, -(a * u + b * I + c)), -Infinity);
    const most = 64 * θ[i];
    const bestI = (u: number): number =>
      layer.parameters.kind === 'CubaLIF' ? lowest((I) => least(u, I), -most, most) : 0;
    const u = lowest((each) => least(each, bestI(each)), -most, most);
    return [u, bestI(u)];
  });
  return [index, ...startAt((i) => found[i])];
}

export const fitted = (): NirMistake[] =>
  rowsOf<NirModel>(inNeurons, {
    'tau: τ is not the graph’s.': parameter('τ'),
    'tau_syn: τ of the synapse is not the graph’s.': parameter('τSyn'),
    'r: r is not the graph’s, or what reaches the neurons is scaled.': parameter('r'),
    'w_in: w_in is not the graph’s, or what reaches the synapse is scaled.': parameter('wIn'),
    'v_leak: v_leak is not the graph’s.': parameter('vLeak', signed),
    'v_reset: v_reset is not the graph’s.': parameter('vReset', signed),
    'threshold: The threshold is not the graph’s.': parameter('vThreshold'),
    'dt: Its step is another.': scaled(({ dt }, [k = 1]) => ({ dt: dt * k }), factors, 'what was given'),
    'start: It does not start from rest, as if the sample before had left its state.': {
      change: (_, [index, ...values]) => ({ starts: new Map([[index, values]]) }),
      fit(seen) {
        const found = startsOf(seen);
        return found ? [found] : [];
      },
    },
  });
