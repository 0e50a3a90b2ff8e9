/** Looks for another time constant, resistance or the like with which the recorded potentials of a layer follow a convention. */
import { real, type Floats } from '../../spec/arithmetic.ts';
import type { NirParameters } from '../../spec/nir.ts';
import { keysOf } from '../keysOf.ts';
import type { NirLayer } from './chain.ts';
import { followLayer, type NirRecord } from './follow.ts';
import type { NirMistake } from './mistake.ts';
import { NirStepper, stepWork, type NirTiming } from './run.ts';

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

/** A layer, and what was recorded of it. */
interface Seen {
  readonly layer: NirLayer;
  readonly timing: NirTiming;
  readonly dt: number;
  readonly inputs: readonly Floats[];
  readonly record: NirRecord;
}

/** A recorded potential. */
interface Place {
  readonly step: number;
  readonly neuron: number;
  readonly got: number;
}

/** Factors between which one is looked for: 2¹² and its reciprocal, in half octaves. */
const factors = Array.from({ length: 49 }, (_, k) => 2 ** (k / 2 - 12));

/** Those of potentials may be negative. */
const factorsFor = (key: Fitted): readonly number[] =>
  key === 'vLeak' || key === 'vReset' ? [...factors.map((factor) => -factor).reverse(), ...factors] : factors;

/** Multiplications that the search for one parameter may take, about: a second. */
const mostWork = 1e8;

/** Another value of one parameter that explains potentials; where one of few digits does, it is likelier than two choices. */
export function* otherParameters(seen: Seen): Generator<NirMistake> {
  const place = firstWrong(seen);
  if (!place || (place.step + 1) * 3 * factors.length * stepWork(seen.layer) > mostWork) return;
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
    // Without a synapse a step enters as dt/τ alone.
    const orStep =
      name === 'tau' ? `; or its step is ${digits(seen.dt / found.factor)}, not ${digits(seen.dt)}` : '';
    yield {
      id: name,
      says: `its ${name} is ${value}${orStep}`,
      convention: seen.timing.convention,
      layer: scaled(seen.layer, key, found.factor),
      tier: found.isRound ? 2 : 3,
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

/** Steps with the recorded spikes, up to a step; `see` has the potentials after each. */
function stepThrough(
  { timing, dt, inputs, record: { spikes, start } }: Seen,
  layer: NirLayer,
  past: number,
  see: (potentials: Floats, step: number) => boolean,
): void {
  const stepper = new NirStepper(layer, timing.convention, dt, real);
  if (start) stepper.from(start);
  const late = stepper.convention.sends === 'sameStep' ? 0 : 1;
  for (let t = 0; t < past; t++) {
    const recorded = spikes?.[t + late];
    stepper.step(inputs[t], (_u, i, own) => (recorded ? recorded[i] : own));
    if (see(stepper.state.u, t)) return;
  }
}

/** The first potential that is clearly another one: the clearest of its step. */
function firstWrong(seen: Seen): Place | undefined {
  const { potentials } = seen.record;
  if (!potentials) return undefined;
  let place: Place | undefined;
  stepThrough(seen, seen.layer, potentials.length, (u, step) => {
    let most = 2 ** -10;
    for (let neuron = 0; neuron < u.length; neuron++) {
      const got = potentials[step][neuron];
      const off = Math.abs(got - u[neuron]) / Math.max(Math.abs(got), Math.abs(u[neuron]));
      if (off > most) [most, place] = [off, { step, neuron, got }];
    }
    return place !== undefined;
  });
  return place;
}

/** How far a potential is from the recorded one, with a parameter times a factor. */
function errorOf(seen: Seen, key: Fitted, { step, neuron, got }: Place, factor: number): number {
  let error = NaN;
  stepThrough(seen, scaled(seen.layer, key, factor), step + 1, (u, t) => {
    if (t === step) error = u[neuron] - got;
    return false;
  });
  return error;
}

/** A factor with which the whole trace agrees, and whether the value is one of few digits. */
function factorOf(seen: Seen, key: Fitted, place: Place): { factor: number; isRound: boolean } | undefined {
  const own = Array.from(seen.layer.parameters[key] ?? []);
  if (own.every((value) => !Number.isFinite(value) || value === 0)) return undefined;
  const isOne = own.every((value) => value === own[0]);
  const agrees = (factor: number): boolean => !followed(seen, key, factor).first;
  const tried = factorsFor(key);
  const errors = tried.map((factor) => errorOf(seen, key, place, factor));
  for (const [k, low] of errors.entries()) {
    if (!(low * errors[k + 1] <= 0) || low === errors[k + 1]) continue;
    const near = rootOf((factor) => errorOf(seen, key, place, factor), tried[k], tried[k + 1]);
    const unit = isOne ? own[0] : 1;
    for (const count of [1, 2, 3, 4]) {
      const round = Number((near * unit).toPrecision(count)) / unit;
      if (round !== 1 && Math.abs(round / near - 1) < 2 ** -10 && agrees(round))
        return { factor: round, isRound: true };
    }
    if (agrees(near)) return { factor: near, isRound: false };
  }
  return undefined;
}

const followed = ({ layer, timing, dt, inputs, record }: Seen, key: Fitted, factor: number) =>
  followLayer(scaled(layer, key, factor), timing, dt, inputs, record);

/** Where a function crosses zero between two factors at which its signs differ. */
function rootOf(errorAt: (factor: number) => number, low: number, high: number): number {
  const isBelow = errorAt(low) < 0;
  let [from, to] = [low, high];
  for (let k = 0; k < 40; k++) {
    const middle = (from + to) / 2;
    if (errorAt(middle) < 0 === isBelow) from = middle;
    else to = middle;
  }
  return (from + to) / 2;
}
