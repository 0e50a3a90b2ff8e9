/** Runs a chain step by step under a convention, by the equation of `spec/nir.ts`. */
import { real, type Floats, type Precision } from '../../spec/arithmetic.ts';
import { neuronsOf } from '../../spec/network.ts';
import {
  applyNirNeurons,
  computeInt8,
  computeNirConstants,
  neuronPrecision,
  startNir,
  type NirState,
} from '../../spec/nir.ts';
import type { NirConvention, NirNeuronConvention } from '../../spec/nirConventions.ts';
import { applyNirMap, type NirMap } from '../../spec/nirMaps.ts';
import { refuse } from '../errors.ts';
import type { NirChain, NirLayer } from './import/chain.ts';
import { roundMap, withoutBias } from './import/mapNode.ts';

export interface NirTiming {
  readonly convention: NirConvention;
  /** Step length in seconds, or in the unit of the graph's time constants. Default: that of the convention. */
  readonly dt?: number | undefined;
}

/**
 * dt of a chain: the requested dt, or that of the convention, or 1 if no neuron leaks.
 *
 * @param what name of the option in error messages
 * @throws InputError if there is none, or if the dt that rockpool computes is not a finite number above 0
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

/** The least τ/(1 + r) of the neurons that leak, and its node. It is no valid dt if an r is below −1, or all are −1. */
export function rockpoolStep(leaking: readonly NirLayer[]) {
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
 * Returns the state of a layer's neurons, at rest, and a function that changes it. Each call of the function runs one step: the
 * layer's maps are applied to the output of the layer before, and then the neurons run.
 */
export function stepperOf(
  layer: NirLayer,
  network: NirConvention,
  dt: number,
  precision: Precision,
): { state: NirState; step: (o: Floats) => void } {
  const { parameters, shape } = layer;
  const convention = network.neurons[parameters.kind];
  // In fixed point, the exact sum is rounded once to binary32, so that the order of its terms does not matter.
  const isFixed = convention.numbers !== 'float';
  const sums = isFixed ? real : precision;
  const numbers = neuronPrecision(convention, precision);
  const { maps, recurrent, settled } = mapsOf(layer, network, convention, sums);
  const constants = computeNirConstants(parameters, dt, convention, numbers, settled);
  const state = startNir(constants, numbers);
  const n = neuronsOf(shape);
  const between = maps.map(({ output }) => sums.array(neuronsOf(output)));
  const [x, back] = [sums.array(n), sums.array(n)];
  const room = [numbers.array(n), numbers.array(n)] as const;
  /** What the preceding layer sent in the previous step. */
  const before = precision.array(maps.length > 0 ? neuronsOf(maps[0].input) : n);
  let isFirst = true;
  const step = (o: Floats): void => {
    const through = (from: Floats, map: NirMap, k: number): Floats => {
      applyNirMap(between[k], from, map);
      return between[k];
    };
    const arrives = convention.arrives === 'sameStep' ? o : before;
    x.set(maps.reduce(through, arrives));
    if (arrives !== o) before.set(o);
    if (recurrent) {
      const { recurrentBias } = network;
      const withBias = recurrentBias === 'always' || (recurrentBias === 'notFirst' && !isFirst);
      applyNirMap(back, state.e, withBias ? recurrent : withoutBias(recurrent));
      for (let i = 0; i < n; i++) x[i] = x[i] + back[i];
    }
    if (isFixed) x.set(Float32Array.from(x));
    applyNirNeurons(state, x, room, constants, convention);
    isFirst = false;
  };
  return { state, step };
}

/**
 * Rounds the weights that lead into neurons: first to 8 bits if the convention has such weights, then to a precision. `settled`
 * has the biases that bypass the synapse.
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
  const steppers = chain.layers.map((layer) => stepperOf(layer, convention, dt, precision));
  for (let t = 0; t < input.length; t++) {
    let o = precision.array(input[t].length);
    o.set(convention.input === 'ones' ? input[t].map((count) => (count === 0 ? 0 : 1)) : input[t]);
    for (const [index, { state, step }] of steppers.entries()) {
      step(o);
      see(index, t, state);
      o = state.o;
    }
  }
}
