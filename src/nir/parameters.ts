/** Looks for another time constant, resistance or the like with which the recorded potentials of a layer follow a convention. */
import { real } from '../../spec/arithmetic.ts';
import type { Shape } from '../../spec/network.ts';
import type { NirParameters } from '../../spec/nir.ts';
import type { NirConvention, NirKind } from '../../spec/nirConventions.ts';
import { entriesOf, keysOf } from '../keysOf.ts';
import { NirBound } from './bound.ts';
import type { NirLayer } from './chain.ts';
import { followLayer, type Seen } from './follow.ts';
import type { NirMistake } from './mistake.ts';
import { NirStepper } from './run.ts';

/** Parameters that are fitted, by their names in NIR; the threshold has its own search. */
const fitted = {
  τ: 'tau',
  r: 'r',
  vLeak: 'v_leak',
  vReset: 'v_reset',
  τSyn: 'tau_syn',
  wIn: 'w_in',
} as const satisfies Partial<Record<keyof NirParameters, string>>;

type Fitted = keyof typeof fitted;

/** A recorded potential, and what reached its neuron up to it. */
interface Place {
  readonly step: number;
  readonly neuron: number;
  readonly got: number;
  readonly x: readonly number[];
}

/** Factors between which one is looked for: 2¹² and its reciprocal, in half octaves. */
const factors = Array.from({ length: 49 }, (_, k) => 2 ** (k / 2 - 12));

/** Those of potentials may be negative. */
const factorsFor = (key: Fitted): readonly number[] =>
  key === 'vLeak' || key === 'vReset' ? [...factors.map((factor) => -factor).reverse(), ...factors] : factors;

/**
 * Another value of one parameter that explains potentials. One of few digits is likelier than two choices, unless it is a factor of what
 * reaches the neuron, which two choices may be as well.
 */
export function* otherParameters(seen: Seen): Generator<NirMistake> {
  const place = firstWrong(seen);
  if (!place) return;
  for (const key of keysOf(fitted)) {
    const found = factorOf(seen, key, place);
    if (!found) continue;
    const { parameters } = seen.layer;
    const own = Array.from(parameters[key]);
    const name = key === 'τ' && parameters.kind === 'CubaLIF' ? 'tau_mem' : fitted[key];
    const isOne = own.every((value) => value === own[0]);
    const value = isOne
      ? `${digits(own[0] * found.factor)}, the graph says ${digits(own[0])}`
      : `${digits(found.factor)} times what the graph says`;
    const isFactor = key === 'r' || key === 'wIn';
    // Without a synapse a step enters as dt/τ alone.
    const or =
      name === 'tau'
        ? `; or its step is ${digits(seen.dt / found.factor)}, not ${digits(seen.dt)}`
        : isFactor
          ? '; or what reaches it is scaled by as much'
          : '';
    yield {
      id: name,
      says: `its ${name} is ${value}${or}`,
      convention: seen.timing.convention,
      layer: scaled(seen.layer, key, found.factor),
      tier: found.isRound && !isFactor ? 2 : 3,
    };
  }
}

const digits = (value: number): string => String(Number(value.toPrecision(6)));

/** The layer with a parameter times a factor. */
const scaled = (layer: NirLayer, key: Fitted, factor: number): NirLayer => ({
  ...layer,
  parameters: {
    ...layer.parameters,
    [key]: Float64Array.from(layer.parameters[key], (value) => factor * value),
  },
});

/**
 * The first potential that is clearly another one, the clearest of its step. None of a recurrent layer whose spikes were not recorded: what
 * reaches a neuron depends on the parameters then.
 */
function firstWrong({ layer, timing, dt, inputs, record }: Seen): Place | undefined {
  const { spikes, potentials, start } = record;
  if (!potentials || (layer.recurrent && !spikes)) return undefined;
  const stepper = new NirStepper(layer, timing.convention, dt, real);
  if (start) stepper.from(start);
  const bound = new NirBound(stepper);
  const late = stepper.convention.sends === 'sameStep' ? 0 : 1;
  const arrived: Float64Array[] = [];
  for (const [step, row] of potentials.entries()) {
    const recorded = spikes?.[step + late];
    bound.step(inputs[step]);
    stepper.step(inputs[step], (_u, i, own) => (recorded ? recorded[i] : own));
    bound.settle();
    arrived.push(Float64Array.from(stepper.x));
    const { u } = stepper.state;
    let [most, neuron] = [2 ** -10, -1];
    for (let i = 0; i < u.length; i++) {
      const error = Math.abs(row[i] - u[i]);
      const off = error / Math.max(Math.abs(row[i]), Math.abs(u[i]));
      if (off > most && error > 4 * bound.u[i]) [most, neuron] = [off, i];
    }
    if (neuron < 0) continue;
    return { step, neuron, got: row[neuron], x: arrived.map((x) => x[neuron]) };
  }
  return undefined;
}

/** How far a potential is from the recorded one, with a parameter times a factor: of the neuron alone, with what reached it. */
function errorOf({ layer, timing, dt, record }: Seen, key: Fitted, place: Place, factor: number): number {
  const { step, neuron, got, x } = place;
  const { parameters } = layer;
  const own = (values: ArrayLike<number>): Float64Array => Float64Array.of(values[neuron]);
  const { kind, τ, r, vLeak, vThreshold, vReset, τSyn, wIn } = parameters;
  const arrays = { τ, r, vLeak, vThreshold, vReset, τSyn, wIn };
  const alone = Object.fromEntries(entriesOf(arrays).map(([name, values]) => [name, own(values)]));
  const convention = withoutDelay(timing.convention, kind);
  const one = { ...layer, maps: [], shape: single, parameters: { ...parameters, ...alone } };
  delete one.recurrent;
  const stepper = new NirStepper(scaled(one, key, factor), convention, dt, real);
  const { start, spikes } = record;
  if (start) stepper.from({ u: own(start.u), I: own(start.I) });
  const late = stepper.convention.sends === 'sameStep' ? 0 : 1;
  for (let t = 0; t <= step; t++) {
    const recorded = spikes?.[t + late];
    stepper.step(Float64Array.of(x[t]), (_u, _i, fired) => (recorded ? recorded[neuron] : fired));
  }
  return stepper.state.u[0] - got;
}

const single: Shape = { channels: 1, height: 1, width: 1 };

/** A convention under which what reached a neuron reaches it at once. */
const withoutDelay = (convention: NirConvention, kind: NirKind): NirConvention => ({
  ...convention,
  neurons: { ...convention.neurons, [kind]: { ...convention.neurons[kind], arrives: 'sameStep' } },
});

/** A factor with which the whole trace agrees, and whether the value is one of few digits. */
function factorOf(seen: Seen, key: Fitted, place: Place): { factor: number; isRound: boolean } | undefined {
  const own = Array.from(seen.layer.parameters[key] ?? []);
  if (own.every((value) => !Number.isFinite(value) || value === 0)) return undefined;
  const unit = own.every((value) => value === own[0]) ? own[0] : 1;
  const agrees = (factor: number): boolean => !followed(seen, key, factor).first;
  // Some simulators record u/θ.
  const θ = seen.layer.parameters.vThreshold[place.neuron];
  for (const got of new Set([place.got, place.got * θ])) {
    for (const near of rootsOf((factor) => errorOf(seen, key, { ...place, got }, factor), factorsFor(key))) {
      for (const count of [1, 2, 3, 4]) {
        const round = Number((near * unit).toPrecision(count)) / unit;
        if (round !== 1 && Math.abs(round / near - 1) < 2 ** -10 && agrees(round))
          return { factor: round, isRound: true };
      }
      if (Math.abs(near - 1) > 2 ** -20 && agrees(near)) return { factor: near, isRound: false };
    }
  }
  return undefined;
}

const followed = ({ layer, timing, dt, inputs, record }: Seen, key: Fitted, factor: number) =>
  followLayer(scaled(layer, key, factor), timing, dt, inputs, record);

/** Where a function crosses zero, between factors at which its signs differ. */
function* rootsOf(errorAt: (factor: number) => number, tried: readonly number[]): Generator<number> {
  const errors = tried.map(errorAt);
  for (const [k, error] of errors.entries()) {
    if (error === 0) yield tried[k];
    // Nor does one cross that is no number.
    if (!(error * errors[k + 1] < 0)) continue;
    let [from, to] = [tried[k], tried[k + 1]];
    for (let halving = 0; halving < 40; halving++) {
      const middle = (from + to) / 2;
      if (errorAt(middle) < 0 === error < 0) from = middle;
      else to = middle;
    }
    yield (from + to) / 2;
  }
}
