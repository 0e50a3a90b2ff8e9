/** Bounds on the difference between binary32, summed in any order, and the equation in binary64: one radius per neuron. */
import type { Floats } from '../../spec/arithmetic.ts';
import { neuronsOf } from '../../spec/network.ts';
import { applyNirMap, type NirMap } from '../../spec/nirMaps.ts';
import type { NirStepper } from './run.ts';

/** The largest relative rounding error of one binary32 operation. */
const ε = 2 ** -24;
/** Operations per step, including the rounding of constants. */
const operations = 8;

/** The same map with the absolute values of its weights. */
function magnitude(map: NirMap): NirMap {
  const absolute = (values: Floats): Float64Array => Float64Array.from(values, Math.abs);
  if (map.kind === 'pool') return map;
  if (map.kind === 'scale') return { ...map, w: absolute(map.w) };
  return { ...map, w: absolute(map.w), ...(map.b && { b: absolute(map.b) }) };
}

/** Radii of the input, the synapse and the potential of a binary64 stepper. Call `step` before the stepper's own step. */
export class NirBound {
  /** Radius of the next potential to be compared. */
  readonly u: Float64Array;
  readonly #I: Float64Array;
  readonly #stepper: NirStepper;
  readonly #maps: readonly NirMap[];
  readonly #recurrent?: NirMap;
  readonly #before: Float64Array;
  /** For IF neurons: every number is a multiple of this; sums of up to 2²⁴ units are exact. */
  readonly #unit: number;

  constructor(stepper: NirStepper) {
    const n = stepper.state.u.length;
    this.#stepper = stepper;
    this.u = new Float64Array(n);
    this.#I = new Float64Array(n);
    this.#maps = stepper.maps.map(magnitude);
    if (stepper.recurrent) this.#recurrent = magnitude(stepper.recurrent);
    this.#before = new Float64Array(stepper.maps.length > 0 ? neuronsOf(stepper.maps[0].input) : n);
    this.#unit = unitOf(stepper);
  }

  /** Computes the radii of the step with input `o`, from the state before it. */
  step(o: Floats): void {
    const { state, constants, convention } = this.#stepper;
    // Fixed point is exact except for its sums, whose error is smaller than its unit.
    if (convention.numbers !== 'float') return;
    const arrives = convention.arrives === 'sameStep' ? o : this.#before;
    const { size, terms } = sizeOf(this.#maps, this.#recurrent, arrives, state.e);
    if (arrives !== o) this.#before.set(o);
    const { λ, g, α, a, c, θ } = constants;
    for (let i = 0; i < this.u.length; i++) {
      const arrived = ε * (terms + operations) * size[i];
      const I = α[i] * Math.abs(state.I[i]) + a[i] * size[i];
      this.#I[i] = α[i] * this.#I[i] + a[i] * arrived + ε * operations * I;
      const gain = Math.abs(g[i]);
      const u = Math.abs(state.u[i]) + gain * I + Math.abs(c[i]) + θ[i];
      if (this.u[i] === 0 && u <= 2 ** 24 * this.#unit) continue;
      this.u[i] = Math.abs(λ[i]) * this.u[i] + gain * this.#I[i] + ε * operations * u;
    }
  }

  /** To be called after the step: a potential that was reset to a fixed value is exact. */
  settle(): void {
    const { state, convention } = this.#stepper;
    if (convention.reset === 'subtract' || convention.resetWhen !== 'sameStep') return;
    for (let i = 0; i < this.u.length; i++) if (state.e[i] !== 0) this.u[i] = 0;
  }
}

/** The greatest power of two that divides all weights, biases and thresholds of IF neurons; 0 if there is none above 2⁻⁴⁰. */
function unitOf({ constants, maps, recurrent }: NirStepper): number {
  const { kind, λ, θ } = constants;
  if (kind !== 'IF' || λ.some((kept: number) => kept !== 1)) return 0;
  const all = [...maps, ...(recurrent ? [recurrent] : [])];
  if (all.some((map) => map.kind === 'scale' || (map.kind === 'pool' && map.mean))) return 0;
  const numbers = [
    θ,
    ...all.flatMap((map) => ('w' in map ? [map.w, ...('b' in map && map.b ? [map.b] : [])] : [])),
  ];
  let unit = 1;
  for (const values of numbers)
    for (const value of values) while (value % unit !== 0 && unit > 0) unit = unit < 2 ** -40 ? 0 : unit / 2;
  return unit;
}

/** Σ |w|·|o| + |b| of the input, and the largest number of terms. */
function sizeOf(
  maps: readonly NirMap[],
  recurrent: NirMap | undefined,
  o: Floats,
  e: Floats,
): { size: Float64Array; terms: number } {
  const absolute = (values: Floats): Float64Array => Float64Array.from(values, Math.abs);
  const active = (values: Floats): number => (values as Float64Array).filter((value) => value !== 0).length; // both arrays of `Floats` filter alike
  let terms = active(o);
  let size = absolute(o);
  for (const map of maps) {
    const next = new Float64Array(neuronsOf(map.output));
    applyNirMap(next, size, map);
    terms += map === maps[0] ? 1 : active(size) + 1;
    size = next;
  }
  if (recurrent) {
    const back = new Float64Array(size.length);
    applyNirMap(back, absolute(e), recurrent);
    terms += active(e) + 1;
    for (let i = 0; i < size.length; i++) size[i] += back[i];
  }
  return { size, terms };
}
