/** Stage flow of the input and of a layer: x, o → FI, FO. */
import { real, type Floats } from '../../../spec/arithmetic.ts';
import { neuronsOf, type Layer } from '../../../spec/network.ts';
import {
  absolutes,
  addRadii,
  gridOf,
  sumRadius,
  widened,
  ε,
  type Interval,
  type Values,
} from '../interval.ts';
import { keyOf, sendsOn } from '../keys.ts';
import type { StagePart, Setting } from '../stagePart.ts';
import { range, slice, take } from '../slices.ts';
import { summed } from './current.ts';

/** Σ_t of an array (T,B,…): by `accumulateFlow`, t ascending, which sums two arrays at once. */
function total(setting: Setting, { value, radius }: Interval, bounds: boolean): Interval {
  const { network, B, precision, semantics } = setting;
  const { T } = network;
  const size = value.length / (T * B);
  const sumsOver = (values: Values, others: Values, kind = precision): [Floats, Floats] => {
    const sums: [Floats, Floats] = [kind.array(B * size), kind.array(B * size)];
    for (const b of range(B)) {
      const [sum, other] = sums.map((all) => all.subarray(b * size, (b + 1) * size));
      for (const t of range(T)) {
        const [step, its] = [values, others].map((all) => slice(all, t * B + b, size, kind));
        semantics.accumulateFlow(sum, other, step, its);
      }
    }
    return sums;
  };
  if (!bounds) return { value: sumsOver(value, value)[0] };
  const [sums, magnitudes] = sumsOver(value, absolutes(value));
  const rounding = sumRadius(magnitudes, T, gridOf(value));
  const spread = radius && widened(sumsOver(radius, radius, real)[0], 1 + T * 2 * ε);
  return { value: sums, radius: addRadii(rounding, spread) };
}

export function inputFlowPart(setting: Setting): StagePart {
  return {
    id: 'flow.0',
    stage: 'flow',
    n: 0,
    inputs: ['input.spikes'],
    outputs: ['input.FO'],
    run: (inputs, { bounds }) =>
      new Map([['input.FO', total(setting, take(inputs, 'input.spikes'), bounds)]]),
  };
}

/** Σ_t x, and Σ_t o: two parts, since one may be there without the other. */
export function flowParts(setting: Setting, layer: Layer): StagePart[] {
  const { n } = layer;
  const FI: StagePart = {
    id: `flow.${n}.FI`,
    stage: 'flow',
    n,
    inputs: [keyOf(n, 'current')],
    outputs: [keyOf(n, 'FI')],
    hints: summed.hints(n),
    run: (inputs, { bounds }) => new Map([[keyOf(n, 'FI'), total(setting, summed.of(inputs, n), bounds)]]),
  };
  return sendsOn(layer) ? [FI, outFlowPart(setting, layer)] : [FI];
}

function outFlowPart(setting: Setting, layer: Layer): StagePart {
  const { B, variant, precision, semantics } = setting;
  const { n } = layer;
  const [spikes, FOBefore, FO] = [keyOf(n, 'spikes'), keyOf(n - 1, 'FO'), keyOf(n, 'FO')];
  const isAccumulated = layer.kind.silent && variant.maxPoolFlow === 'accumulated';
  const [from, to] = [neuronsOf(layer.input), neuronsOf(layer.output)];
  const atEnd = (flow: Interval, before: Interval): Interval['value'] => {
    const value = precision.array(flow.value.length);
    for (const b of range(B)) {
      const own = slice(flow.value, b, to, precision);
      semantics.applyWindowEnd({ FO: own }, { FO: slice(before.value, b, from, precision) }, layer, variant);
      value.set(own, b * to);
    }
    return value;
  };
  return {
    id: `flow.${n}.FO`,
    stage: 'flow',
    n,
    inputs: isAccumulated ? [FOBefore] : [spikes],
    outputs: [FO],
    run(inputs, { bounds }) {
      if (!isAccumulated) {
        const flow = total(setting, take(inputs, spikes), bounds);
        return new Map([[FO, flow]]);
      }
      const before = take(inputs, FOBefore);
      const none: Interval = { value: precision.array(B * to) };
      const radius = before.radius && Float64Array.from(atEnd(none, { value: before.radius }));
      return new Map([[FO, { value: atEnd(none, before), radius: bounds ? radius : undefined }]]);
    },
  };
}
