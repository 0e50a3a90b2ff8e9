/** Calls of one step back through time: translates a rule into arguments of `assembly/reverseTime.ts`. */
import { powersOf, silence } from '../../../spec/lee.ts';
import { weightsOf, type Layer } from '../../../spec/network.ts';
import { logarithm } from '../../../spec/random.ts';
import type { TimeRule } from '../../../spec/reverseTime.ts';
import type { SurrogateName } from '../../../spec/surrogate.ts';
import type { Argument, Call, Growing } from './executor.ts';
import type { Ground } from './forward.ts';
import { listsOf } from './input.ts';
import type { Cells } from './layout.ts';
import { further, type Plan } from './plan.ts';

type Round = (value: number) => number;
type Slope = Record<'kind' | 'height' | 'width', number>;

/** Each surrogate in the form of the kernel; a missing surrogate is a type error. */
const slopes: Readonly<Record<SurrogateName, (width: number, round: Round) => Slope>> = {
  rectangle: (width, round) => ({ kind: 2, height: round(1 / width), width: round(width / 2) }),
  fastSigmoid: (width, round) => ({ kind: 3, height: round(0.5 / width), width: round(width) }),
};

/** The kind of slope, numbered as in the kernel, and its two constants, computed from the width. */
function slopeOf({ slope }: TimeRule, layer: Layer, round: Round): Slope {
  if (slope === 'window') return { kind: weightsOf(layer) === 0 ? 1 : 0, height: 0, width: 0 };
  return slopes[slope.surrogate](slope.width, round);
}

/** Addresses of du, dO, the spikes of the step and, if the rule needs them, u and the slope. */
type StepAt = Readonly<Record<'du' | 'dO' | 'bits' | 'u' | 'slope', Argument>>;

/** ∂L/∂u of a layer's neurons at one step; `first` marks the last step of the window. */
export function duCall(layer: Layer, cells: Cells, rule: TimeRule, to: StepAt, first: boolean): Call {
  if (!layer.spikes) return { kernel: 'copy', to: to.du, from: to.dO, bytes: 4 * cells.count };
  const { Vth, λ } = layer;
  const terms = { Vth, leak: rule.keeps === 'leak' ? λ : 1, reset: Number(rule.reset) };
  const slope = slopeOf(rule, layer, Math.fround);
  return { kernel: 'applydu', ...to, cells: cells.count, first: Number(first), ...terms, ...slope };
}

/** The slope of a layer's neurons over the window, from their spikes; undefined for pools. */
export function slopeCall(
  { plan, memory, executor }: Ground,
  n: number,
  bits: Growing,
  slope: Growing,
): Call | undefined {
  const layer = plan.network.layers[n - 1];
  const { T } = plan.network;
  const { count, bitRow } = plan.cells[n];
  if (weightsOf(layer) === 0) return undefined; // the slope of pools is 1, see `slopeOf`
  const { Vth, λ } = layer;
  const powers = executor.stage(4 * T);
  memory.f32(powers, T).set(powersOf(λ, T, Math.fround));
  const constants = { powers, logarithm: Math.fround(logarithm(λ)), silence: Math.fround(silence), Vth };
  return { kernel: 'windowSlope', slope, bits, row: bitRow, steps: T, cells: count, ...constants };
}

/** Spikes of layer n at step t, as numbers at `map`. */
export function mapCall(
  { network: { T }, cells }: Plan,
  n: number,
  t: number,
  o: Growing,
  map: Growing,
): Call {
  const { count, bitRow } = cells[n];
  if (n > 0) return { kernel: 'spikeMap', map, bits: further(o, t * bitRow), cells: count };
  return { kernel: 'eventMap', map, ...listsOf(o, T, T * count), t, inputs: count };
}
