/** Runs a chain step by step under a convention: the equation of `spec/nir.ts` in one precision. */
import { real, type Floats, type Precision } from '../../spec/arithmetic.ts';
import { neuronsOf } from '../../spec/network.ts';
import {
  applyNirNeurons,
  computeInt8,
  computeNirConstants,
  neuronPrecision,
  startNir,
  type NirConstants,
  type NirDecide,
  type NirState,
} from '../../spec/nir.ts';
import type { NirConvention, NirNeuronConvention } from '../../spec/nirConventions.ts';
import { applyNirMap, type NirMap } from '../../spec/nirMaps.ts';
import { refuse } from '../errors.ts';
import type { NirChain, NirLayer } from './import/chain.ts';
import { roundMap, withoutBias } from './import/mapNode.ts';
import type { NirNode } from './import/node.ts';

export interface NirTiming {
  readonly convention: NirConvention;
  /** Step length in seconds, or in the unit of the graph's time constants. Default: that of the convention. */
  readonly dt?: number;
}

/** The state before the first step: potentials and currents of synapses. */
export interface NirStart {
  readonly u: Float64Array;
  readonly I: Float64Array;
}

/**
 * dt of a chain: the requested one, that of the convention, or 1 if no neuron leaks.
 *
 * @param what name of the option in error messages
 * @throws InputError if there is none, or the step that rockpool computes is not a finite number above 0
 */
export function dtOf(
  { layers }: NirChain,
  { convention, dt }: NirTiming,
  where: string,
  what = 'dt',
): number {
  if (dt !== undefined) return dt;
  if (typeof convention.dt === 'number') return convention.dt;
  const leaking = layers.filter(({ parameters: { kind } }) => kind !== 'IF');
  if (leaking.length === 0) return 1;
  if (convention.dt !== 'rockpool')
    refuse(where, what, `seconds of a step, since ${leaking[0].node.name} leaks`, undefined);
  const { step, node } = rockpoolStep(leaking);
  if (!isStep(step))
    refuse(
      where,
      `${node.name}.r`,
      'numbers whose least τ/(1 + r), the step of rockpool, is finite and above 0',
      step,
      `give the step as ${what}`,
    );
  return step;
}

export const isStep = (dt: number): boolean => Number.isFinite(dt) && dt > 0;

/** The least τ/(1 + r) of layers that leak, and the node that has it. It is not a valid step if any r is below −1 or all are −1. */
export function rockpoolStep(leaking: readonly NirLayer[]): {
  readonly step: number;
  readonly node: NirNode;
} {
  let [least, from] = [Infinity, leaking[0].node];
  for (const { node, parameters } of leaking) {
    const { τ, r } = parameters;
    for (let i = 0; i < τ.length; i++) {
      const step = τ[i] / (1 + r[i]);
      if (step < least) [least, from] = [step, node];
    }
  }
  return { step: least, node: from };
}

/**
 * Runs the neurons of a layer and the maps into them step by step, in a precision and under a convention. It holds the state of the
 * most recent step.
 */
export class NirStepper {
  readonly convention: NirNeuronConvention;
  readonly constants: NirConstants;
  readonly maps: readonly NirMap[];
  readonly recurrent?: NirMap;
  readonly state: NirState;
  /** Input in the most recent step: Σ w·o + b, plus the recurrent edge. */
  readonly x: Floats;
  readonly #network: NirConvention;
  readonly #between: readonly Floats[];
  readonly #back: Floats;
  readonly #room: readonly [Floats, Floats];
  /** Output of the layer before in the previous step. */
  readonly #before: Floats;
  /**
   * Whether neurons use fixed point. If so, the sum is exact and then rounded once to binary32, so that the order of its terms
   * does not matter.
   */
  readonly #isFixed: boolean;
  #t = 0;

  constructor(layer: NirLayer, convention: NirConvention, dt: number, precision: Precision) {
    const { parameters } = layer;
    this.#network = convention;
    this.convention = convention.neurons[parameters.kind];
    this.#isFixed = this.convention.numbers !== 'float';
    const sums = this.#isFixed ? real : precision;
    const { maps, recurrent, settled } = mapsOf(layer, convention, this.convention, sums);
    this.maps = maps;
    if (recurrent) this.recurrent = recurrent;
    const numbers = neuronPrecision(this.convention, precision);
    this.constants = computeNirConstants(parameters, dt, this.convention, numbers, settled);
    this.state = startNir(this.constants, numbers);
    this.#between = maps.map(({ output }) => sums.array(neuronsOf(output)));
    const n = neuronsOf(layer.shape);
    this.x = sums.array(n);
    this.#back = sums.array(n);
    this.#room = [numbers.array(n), numbers.array(n)];
    this.#before = precision.array(maps.length > 0 ? neuronsOf(maps[0].input) : n);
  }

  /** Starts from a state other than rest. */
  from({ u, I }: NirStart): void {
    this.state.u.set(u);
    this.state.I.set(I);
  }

  /** Runs a step on the output of the layer before. Returns `state.o`, the output of this layer, which the next step overwrites. */
  step(o: Floats, decide?: NirDecide): Floats {
    const { x, state } = this;
    const arrives = this.convention.arrives === 'sameStep' ? o : this.#before;
    x.set(
      this.maps.reduce((from, map, k) => {
        applyNirMap(this.#between[k], from, map);
        return this.#between[k];
      }, arrives),
    );
    if (arrives !== o) this.#before.set(o);
    if (this.recurrent) this.#addRecurrent(this.recurrent);
    if (this.#isFixed) x.set(Float32Array.from(x));
    applyNirNeurons(state, x, this.#room, this.constants, this.convention, decide);
    this.#t++;
    return state.o;
  }

  #addRecurrent(map: NirMap): void {
    const { recurrentBias } = this.#network;
    const withBias = recurrentBias === 'always' || (recurrentBias === 'notFirst' && this.#t > 0);
    const back = this.#back;
    applyNirMap(back, this.state.e, withBias ? map : withoutBias(map));
    for (let i = 0; i < back.length; i++) this.x[i] = this.x[i] + back[i];
  }
}

/**
 * Rounds the weights into neurons: first to 8 bits if the convention has such weights, then to a precision. Biases that bypass the
 * synapse are returned separately, as `settled`.
 */
export function mapsOf(
  { maps, recurrent, parameters }: NirLayer,
  { weights }: NirConvention,
  { bias }: NirNeuronConvention,
  precision: Precision,
): { maps: NirMap[]; recurrent?: NirMap; settled?: Float64Array } {
  const most = [...maps, ...(recurrent ? [recurrent] : [])].reduce(
    (so, { map }) => Math.max(so, map && 'w' in map ? greatest(map.w) : 0),
    0,
  );
  const n = parameters.vThreshold.length;
  const settled = bias === 'settled' && parameters.kind === 'CubaLIF' ? new Float64Array(n) : undefined;
  const prepared = (map: NirMap, isLast: boolean): NirMap => {
    const cut =
      weights === 'int8' && 'w' in map ? { ...map, w: computeInt8(map.w, most || 1, precision) } : map;
    if (!settled || !isLast) return roundMap(cut, precision);
    if ('b' in map && map.b)
      for (let i = 0; i < n; i++) settled[i] += map.b[Math.floor((i * map.b.length) / n)];
    return roundMap(withoutBias(cut), precision);
  };
  return {
    maps: maps.flatMap(({ map }, k) => (map ? [prepared(map, k === maps.length - 1)] : [])),
    ...(recurrent?.map && { recurrent: prepared(recurrent.map, true) }),
    ...(settled && { settled }),
  };
}

function greatest(w: Floats): number {
  let so = 0;
  for (const value of w) so = Math.max(so, Math.abs(value));
  return so;
}

/** Runs a chain over a window; calls `see` with each layer after each step. */
export function runChain(
  chain: NirChain,
  input: readonly Floats[],
  timing: NirTiming,
  precision: Precision,
  see: (layer: number, t: number, state: NirState) => void,
): void {
  const dt = dtOf(chain, timing, 'NIR');
  const { convention } = timing;
  const steppers = chain.layers.map((layer) => new NirStepper(layer, convention, dt, precision));
  for (let t = 0; t < input.length; t++) {
    let o = precision.array(input[t].length);
    o.set(convention.input === 'ones' ? input[t].map((count) => (count === 0 ? 0 : 1)) : input[t]);
    for (const [index, stepper] of steppers.entries()) {
      o = stepper.step(o);
      see(index, t, stepper.state);
    }
  }
}
