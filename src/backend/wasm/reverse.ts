/** Calls of one step back through time: translates a rule into arguments of `assembly/reverseTime.ts`. */
import { powersOf, silence } from '../../../spec/lee.ts';
import { weightsOf, type Layer } from '../../../spec/network.ts';
import { logarithm } from '../../../spec/random.ts';
import type { TimeRule } from '../../../spec/reverseTime.ts';
import type { SurrogateName } from '../../../spec/surrogate.ts';
import type { Call } from './executor.ts';
import type { Ground } from './forward.ts';
import { listsAt } from './input.ts';
import type { Cells } from './layout.ts';
import type { Plan } from './plan.ts';

type Round = (value: number) => number;
type Slope = [kind: number, height: number, width: number];

/** Each surrogate as the kernel has it: a surrogate without its line does not compile. */
const slopes: Readonly<Record<SurrogateName, (width: number, round: Round) => Slope>> = {
  rectangle: (width, round) => [2, round(1 / width), round(width / 2)],
  fastSigmoid: (width, round) => [3, round(0.5 / width), round(width)],
};

/** The kind of slope, numbered as in the kernel, and its two constants, computed from the width. */
function slopeOf({ slope }: TimeRule, layer: Layer, round: Round): Slope {
  if (slope === 'window') return [weightsOf(layer) === 0 ? 1 : 0, 0, 0];
  return slopes[slope.surrogate](slope.width, round);
}

/** Addresses for one sample: du, dO, the spikes of the step and, if the rule needs them, u and the slope. */
export interface StepAt {
  readonly du: number;
  readonly dO: number;
  readonly o: number;
  readonly u: number;
  readonly slope: number;
}

/** ∂L/∂u of a layer's neurons at one step; `first` marks the last step of the window. */
export function duCall(layer: Layer, cells: Cells, rule: TimeRule, to: StepAt, first: boolean): Call {
  if (!layer.spikes) return ['copy', to.du, to.dO, 4 * cells.count];
  const { Vth, λ } = layer;
  const arrays = [to.du, to.dO, to.o, to.u, to.slope, cells.count, Number(first)];
  const terms = [Vth, rule.keeps === 'leak' ? λ : 1, Number(rule.reset)];
  return ['applydu', ...arrays, ...terms, ...slopeOf(rule, layer, Math.fround)];
}

/** The slope of a layer's neurons over the window, for a sample at the addresses of its spikes and its slope; undefined for pools. */
export function slopeCall(
  { plan, memory, executor }: Ground,
  n: number,
): ((o: number, slope: number) => Call) | undefined {
  const layer = plan.network.layers[n - 1];
  const { T } = plan.network;
  const { count, bitRow } = plan.cells[n];
  if (weightsOf(layer) === 0) return undefined; // the slope of pools is 1, see `slopeOf`
  const { Vth, λ } = layer;
  const powers = executor.stage(4 * T);
  memory.f32(powers, T).set(powersOf(λ, T, Math.fround));
  const constants = [powers, Math.fround(logarithm(λ)), Math.fround(silence), Vth];
  return (o, slope) => ['windowSlope', slope, o, bitRow, T, count, ...constants];
}

/** Spikes of layer n at step t, as numbers at `to`. */
export function mapCall({ network: { T }, cells }: Plan, n: number, t: number, o: number, to: number): Call {
  const { count, bitRow } = cells[n];
  if (n > 0) return ['spikeMap', to, o + t * bitRow, count];
  const { starts, indices, values } = listsAt(o, T, T * count);
  return ['eventMap', to, starts, indices, values, t, count];
}
