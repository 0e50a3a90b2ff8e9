/** Stage backward of a layer: ∂L/∂FO → ∂L/∂FI → ∂L/∂w, and ∂L/∂FO of the layer before. */
import { real, type Floats } from '../../../spec/arithmetic.ts';
import { neuronsOf, weightsOf, type Layer } from '../../../spec/network.ts';
import {
  absolutes,
  addRadii,
  gamma,
  gridOf,
  orNone,
  roundingOfProduct,
  sumRadius,
  total,
  type Interval,
  type Intervals,
} from '../interval.ts';
import { cropped } from '../crop.ts';
import { keyOf } from '../keys.ts';
import { learns, type StagePart, type Setting } from '../stagePart.ts';
import { slice, take, whole } from '../slices.ts';

/** The parts of layer n, in the order of the data. */
export function backwardParts(setting: Setting, layer: Layer): StagePart[] {
  return [
    ...(layer.isOutput ? [] : [gatePart(setting, layer)]),
    ...(layer.weightShape.length > 0 ? [weightPart(setting, cropped(layer, 'weights', setting.crop))] : []),
    ...(layer.n > 1 ? [throughPart(setting, cropped(layer, 'inputs', setting.crop))] : []),
  ];
}

/** Eq. 10, the factor: ∂L/∂FO → ∂L/∂FI of a hidden layer. */
function gatePart({ network, B, precision, variant, semantics }: Setting, layer: Layer): StagePart {
  const { n } = layer;
  const [dFO, dFI] = [keyOf(n, 'dFO'), keyOf(n, 'dFI')];
  const [FI, FO, S] = [keyOf(n, 'FI'), keyOf(n, 'FO'), keyOf(n, 'S')];
  const needsFlow = layer.spikes && (variant.gate === 'positiveInput' || variant.scale === 'neuron');
  const isOwn = variant.scale === 'neuron';

  /** A product's radius; of a gate that is open or not, as far as its value. */
  const radiusAt = (inputs: Intervals, i: number, value: number): number => {
    const d = take(inputs, dFO);
    const dRadius = d.radius?.[i] ?? 0;
    if (!layer.spikes) return dRadius;
    const into = needsFlow ? take(inputs, FI) : undefined;
    const intoRadius = into?.radius?.[i] ?? 0;
    const slope = take(inputs, S);
    const s = Math.abs(slope.value[0]);
    const most = isOwn ? Math.max(1 / layer.Vth, s) : s + (slope.radius?.[0] ?? 0);
    const magnitude = Math.abs(d.value[i]);
    const gateIsOpen =
      variant.gate === 'positiveInput' && into && intoRadius > 0 && Math.abs(into.value[i]) <= intoRadius;
    if (gateIsOpen || (isOwn && intoRadius > 0)) return (magnitude + dRadius) * most * (1 + gamma(3));
    if (variant.gate === 'positiveInput' && into && into.value[i] <= 0) return 0;
    const spread = dRadius * most + magnitude * (isOwn ? 0 : (slope.radius?.[0] ?? 0));
    if (isOwn) return spread + gamma(3) * (Math.abs(value) + spread);
    return spread > 0
      ? spread * (1 + gamma(2)) + gamma(1) * Math.abs(value)
      : roundingOfProduct(d.value[i], s);
  };

  return {
    id: `backward.${n}.dFI`,
    stage: 'backward',
    n,
    inputs: [dFO, ...(layer.spikes ? [S] : []), ...(needsFlow ? [FI, FO] : [])],
    outputs: [dFI],
    run(inputs, { bounds }) {
      const size = take(inputs, dFO).value.length / B;
      const value = precision.array(B * size);
      const none = precision.array(size);
      const map = (key: string, b: number): Floats =>
        inputs.has(key) ? slice(take(inputs, key).value, b, size, precision) : none;
      const slope = layer.spikes ? take(inputs, S).value[0] : 1;
      for (let b = 0; b < B; b++) {
        const d = value.subarray(b * size, (b + 1) * size);
        semantics.applydFI(d, map(dFO, b), map(FI, b), map(FO, b), slope, network.layers[n - 1], variant);
      }
      if (!bounds) return new Map([[dFI, { value }]]);
      const radius = new Float64Array(value.length);
      for (let i = 0; i < radius.length; i++) radius[i] = radiusAt(inputs, i, value[i]);
      return new Map([[dFI, { value, radius: orNone(radius) }]]);
    },
  };
}

/** Eq. 11: ∂L/∂FI and FO of the layer before → ∂L/∂w of the batch. */
function weightPart(setting: Setting, layer: Layer): StagePart {
  const { B, precision, variant, semantics } = setting;
  const { n } = layer;
  const [dFI, FO, dw] = [keyOf(n, 'dFI'), keyOf(n - 1, 'FO'), keyOf(n, 'dw')];
  const [from, to] = [neuronsOf(layer.input), neuronsOf(layer.output)];
  const length = weightsOf(layer);
  const sum = (d: Interval['value'], flow: Interval['value'], kind = precision): Floats => {
    const gradient = kind.array(length);
    for (let b = 0; b < B; b++)
      semantics.accumulatedw(gradient, slice(d, b, to, kind), slice(flow, b, from, kind), layer);
    semantics.applyBatch(gradient, B, variant);
    return gradient;
  };
  const isTrained = learns(layer, setting);

  const radiusOf = (d: Interval, flow: Interval): Float64Array | undefined => {
    const [dSize, flowSize] = [absolutes(d.value), absolutes(flow.value)];
    const share = variant.batch === 'mean' ? Math.log2(B) : 0;
    const grid = Number.isInteger(share) ? gridOf(d.value) + gridOf(flow.value) - share : -Infinity;
    const terms = B * (to / layer.output.channels);
    const rounding = sumRadius(sum(dSize, flowSize, real), terms + 2, grid);
    const spreads = [
      d.radius && sum(d.radius, flowSize, real),
      flow.radius && sum(dSize, flow.radius, real),
      d.radius && flow.radius && sum(d.radius, flow.radius, real),
    ];
    const spread = spreads.reduce((a, b) => addRadii(a as Float64Array, b as Float64Array), undefined);
    return addRadii(
      rounding,
      (spread as Float64Array | undefined)?.map((r) => r * (1 + gamma(terms + 2))),
    );
  };

  return {
    id: `backward.${n}.dw`,
    stage: 'backward',
    n,
    inputs: isTrained ? [dFI, FO] : [],
    outputs: [dw],
    run(inputs, { bounds }) {
      if (!isTrained) return new Map([[dw, { value: precision.array(length) }]]);
      const [d, flow] = [take(inputs, dFI), take(inputs, FO)];
      const value = sum(d.value, flow.value);
      return new Map([[dw, { value, radius: bounds ? radiusOf(d, flow) : undefined }]]);
    },
  };
}

/** Eq. 9 and 10, the sum: ∂L/∂FI of layer n → ∂L/∂FO of layer n − 1. */
function throughPart(setting: Setting, layer: Layer): StagePart {
  const { B, precision, semantics } = setting;
  const { n } = layer;
  const [weight, dFI, FO, dFO] = [
    keyOf(n, 'weight'),
    keyOf(n, 'dFI'),
    keyOf(n - 1, 'FO'),
    keyOf(n - 1, 'dFO'),
  ];
  const [from, to] = [neuronsOf(layer.input), neuronsOf(layer.output)];
  const hasWeights = layer.weightShape.length > 0;
  const needsFlow = layer.kind.silent;
  const back = (
    w: Floats,
    d: Interval['value'],
    flow: Interval['value'] | undefined,
    kind = precision,
  ): Floats => {
    const out = kind.array(B * from);
    const none = kind.array(from);
    for (let b = 0; b < B; b++) {
      const map = out.subarray(b * from, (b + 1) * from);
      semantics.applydFO(map, w, slice(d, b, to, kind), flow ? slice(flow, b, from, kind) : none, layer);
    }
    return out;
  };

  const radiusOf = (w: Floats, d: Interval, flow: Interval | undefined): Float64Array | undefined => {
    const size = absolutes(w);
    const terms = throughTerms(layer);
    const share = layer.kind.isPool && !layer.kind.silent ? Math.log2(layer.window.size ** 2) : 0;
    const gridOfTerms = gridOf(d.value) - share + (hasWeights ? gridOf(w) : 0);
    const grid = Number.isInteger(share) ? gridOfTerms : -Infinity;
    const rounding = sumRadius(back(size, absolutes(d.value), flow?.value, real), terms, grid);
    const spread = d.radius && back(size, d.radius, flow?.value, real).map((r) => r * (1 + gamma(terms)));
    const all = addRadii(rounding, spread as Float64Array | undefined);
    // Where it is open which input of a window fired most, the gradient may go to any of them.
    if (!needsFlow || !flow?.radius) return all;
    const most = total(d.value, Math.abs);
    return new Float64Array(B * from).fill(most + (all?.reduce((a, b) => Math.max(a, b), 0) ?? 0));
  };

  return {
    id: `backward.${n - 1}.dFO`,
    stage: 'backward',
    n: n - 1,
    inputs: [dFI, ...(hasWeights ? [weight] : []), ...(needsFlow ? [FO] : [])],
    outputs: [dFO],
    run(inputs, { bounds }) {
      const w = hasWeights ? whole(take(inputs, weight).value, precision) : precision.array(0);
      const [d, flow] = [take(inputs, dFI), needsFlow ? take(inputs, FO) : undefined];
      const value = back(w, d.value, flow?.value);
      return new Map([[dFO, { value, radius: bounds ? radiusOf(w, d, flow) : undefined }]]);
    },
  };
}

/** Roundings that a term of ∂L/∂FO can go through. */
function throughTerms(layer: Layer): number {
  const { size, stride } = layer.window;
  const places = Math.ceil(size / stride) ** 2;
  if (layer.kind.silent) return places;
  if (layer.kind.isPool) return places + 2;
  return places * layer.output.channels + 1;
}
