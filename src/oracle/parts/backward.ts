/** Stage backward of a layer: ∂L/∂FO → ∂L/∂FI → ∂L/∂w, and ∂L/∂FO of the layer before. */
import { precisionOf, real, type Floats } from '../../../spec/arithmetic.ts';
import { biasesOf, neuronsOf, synapticOf, divisorOf, weightsOf, type Layer } from '../../../spec/network.ts';
import {
  absolutes,
  addRadii,
  gamma,
  gridOf,
  largest,
  orNone,
  roundingOfProduct,
  sumRadius,
  tiny,
  widened,
  type Interval,
  type Intervals,
  type Values,
} from '../interval.ts';
import { cropped } from '../crop.ts';
import { keyOf } from '../keys.ts';
import { learns, type StagePart, type Setting } from '../stagePart.ts';
import { range, slice, take, whole } from '../slices.ts';

/** The parts of layer n, in the order of the data. */
export function backwardParts(setting: Setting, layer: Layer): StagePart[] {
  return [
    ...(layer.isOutput ? [] : [gatePart(setting, layer)]),
    ...(layer.weightShape.length > 0
      ? [weightPart(setting, cropped(layer, 'weights', setting.crop), false)]
      : []),
    ...(biasesOf(layer) > 0 ? [weightPart(setting, layer, true)] : []),
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

  /** The least and the greatest right value of each number: what Eq. 10 makes of the ends of its inputs' intervals. */
  const endsOf = (inputs: Intervals, length: number): { low: Float64Array; high: Float64Array } => {
    const low = new Float64Array(length).fill(Infinity);
    const high = new Float64Array(length).fill(-Infinity);
    const ends = (key: string): Values[] => (inputs.has(key) ? endsOfInterval(take(inputs, key)) : [none]);
    const none = new Float64Array(length);
    const flows = needsFlow ? [ends(FI), countsOf(take(inputs, FO))] : [[none], [none]];
    const made = new Float64Array(length);
    for (const slope of layer.spikes ? ends(S) : [[1]])
      for (const into of flows[0])
        for (const out of flows[1])
          for (const d of ends(dFO)) {
            const [from, FIs, FOs] = [d, into, out].map((values) => whole(values, real));
            semantics.applydFI(made, from, FIs, FOs, slope[0], network.layers[n - 1], variant);
            made.forEach((each, i) => {
              low[i] = Math.min(low[i], each);
              high[i] = Math.max(high[i], each);
            });
          }
    return { low, high };
  };

  const radiiOf = (inputs: Intervals, value: Floats): Float64Array => {
    const { low, high } = endsOf(inputs, value.length);
    const d = take(inputs, dFO).value;
    const s = layer.spikes ? take(inputs, S).value[0] : 1;
    const lost = tiny * Math.max(1, Math.abs(s), 1 / layer.Vth);
    const radiusOf = (i: number): number => {
      const reach = Math.max(high[i] - value[i], value[i] - low[i]);
      const most = Math.max(Math.abs(low[i]), Math.abs(high[i]));
      if (!layer.spikes) return reach;
      if (isOwn) return reach * (1 + gamma(3)) + gamma(3) * most + lost;
      if (reach > 0) return reach * (1 + gamma(2)) + gamma(1) * most + lost;
      return value[i] === 0 ? 0 : roundingOfProduct(d[i], s);
    };
    return new Float64Array(value.length).map((_, i) => radiusOf(i));
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
      for (const b of range(B)) {
        const d = value.subarray(b * size, (b + 1) * size);
        semantics.applydFI(d, map(dFO, b), map(FI, b), map(FO, b), slope, network.layers[n - 1], variant);
      }
      return new Map([[dFI, { value, radius: bounds ? orNone(radiiOf(inputs, value)) : undefined }]]);
    },
  };
}

/** The two ends of each number; one where all are exact. */
function endsOfInterval({ value, radius }: Interval): Values[] {
  if (!radius) return [value];
  return [radius.map((r, i) => value[i] - r), radius.map((r, i) => value[i] + r)];
}

/**
 * Ends of spike counts. S of a neuron grows with its count, but for silence, whose S is 1/Vth: a neuron that may be silent
 * may also have fired once.
 */
function countsOf(flow: Interval): Values[] {
  const ends = endsOfInterval(flow);
  if (ends.length === 1) return ends;
  const [least, most] = ends;
  return [...ends, Float64Array.from(most, (high, i) => Math.min(high, Math.max(1, least[i])))];
}

/** Eq. 11: ∂L/∂FI and FO of the layer before → ∂L/∂w of the batch; or ∂L/∂b of a bias, whose FO is T. */
function weightPart(setting: Setting, layer: Layer, isBias: boolean): StagePart {
  const { network, B, precision, variant, semantics } = setting;
  const { n } = layer;
  const [dFI, FO, dw] = [keyOf(n, 'dFI'), keyOf(n - 1, 'FO'), keyOf(n, isBias ? 'db' : 'dw')];
  const [from, to] = [neuronsOf(layer.input), neuronsOf(layer.output)];
  const length = isBias ? biasesOf(layer) : synapticOf(layer);
  const sum = (d: Values, flow: Values, kind = precision): Floats => {
    const gradient = kind.array(length);
    for (const b of range(B)) {
      const its = slice(d, b, to, kind);
      if (isBias) semantics.accumulatedb(gradient, its, network.T, layer);
      else semantics.accumulatedw(gradient, its, slice(flow, b, from, kind), layer);
    }
    semantics.applyBatch(gradient, B, variant);
    return gradient;
  };
  const isTrained = learns(layer, setting);

  const radiusOf = (d: Interval, flow: Interval): Float64Array | undefined => {
    const [dSize, flowSize] = [absolutes(d.value), absolutes(flow.value)];
    const share = variant.batch === 'mean' ? Math.log2(B) : 0;
    const grid = Number.isInteger(share) ? gridOf(d.value) + gridOf(flow.value) - share : -Infinity;
    const terms = B * (to / layer.output.channels);
    const most = Math.max(largest(dSize), largest(flowSize));
    const rounding = sumRadius(sum(dSize, flowSize, real), terms + 2, grid, most);
    const spreads = [
      d.radius && sum(d.radius, flowSize, real),
      flow.radius && sum(dSize, flow.radius, real),
      d.radius && flow.radius && sum(d.radius, flow.radius, real),
    ];
    // The arrays of `real` are doubles.
    const spread = spreads.reduce((a, b) => addRadii(a as Float64Array, b as Float64Array), undefined);
    return addRadii(rounding, spread && widened(spread, 1 + gamma(terms + 2)));
  };

  return {
    id: `backward.${n}.${isBias ? 'db' : 'dw'}`,
    stage: 'backward',
    n,
    inputs: isTrained ? [dFI, ...(isBias ? [] : [FO])] : [],
    outputs: [dw],
    run(inputs, { bounds }) {
      if (!isTrained) return new Map([[dw, { value: precision.array(length) }]]);
      const d = take(inputs, dFI);
      const flow = isBias ? { value: Float64Array.of(network.T) } : take(inputs, FO);
      const value = sum(d.value, flow.value);
      return new Map([[dw, { value, radius: bounds ? radiusOf(d, flow) : undefined }]]);
    },
  };
}

/** Eq. 9 and 10, the sum: ∂L/∂FI of layer n → ∂L/∂FO of layer n − 1. */
function throughPart(setting: Setting, layer: Layer): StagePart {
  const { precision } = setting;
  const { n } = layer;
  const [weight, dFI] = [keyOf(n, 'weight'), keyOf(n, 'dFI')];
  const [FO, dFO] = [keyOf(n - 1, 'FO'), keyOf(n - 1, 'dFO')];
  const hasWeights = layer.weightShape.length > 0;
  const needsFlow = layer.kind.silent;
  return {
    id: `backward.${n - 1}.dFO`,
    stage: 'backward',
    n: n - 1,
    inputs: [dFI, ...(hasWeights ? [weight] : []), ...(needsFlow ? [FO] : [])],
    outputs: [dFO],
    run(inputs, { bounds }) {
      const w = hasWeights ? whole(take(inputs, weight).value, precision) : precision.array(0);
      const [d, flow] = [take(inputs, dFI), needsFlow ? take(inputs, FO) : undefined];
      const value = through(setting, layer, w, d.value, flow?.value);
      const radius = bounds ? throughRadius(setting, layer, w, d, flow) : undefined;
      return new Map([[dFO, { value, radius }]]);
    },
  };
}

/** ∂L/∂FO of all samples, in the precision of the weights. */
function through({ B, semantics }: Setting, layer: Layer, w: Floats, d: Values, flow?: Values): Floats {
  const precision = precisionOf(w);
  const [from, to] = [neuronsOf(layer.input), neuronsOf(layer.output)];
  const out = precision.array(B * from);
  const none = precision.array(from);
  for (const b of range(B)) {
    const map = out.subarray(b * from, (b + 1) * from);
    const FO = flow ? slice(flow, b, from, precision) : none;
    semantics.applydFO(map, w, slice(d, b, to, precision), FO, layer);
  }
  return out;
}

function throughRadius(
  setting: Setting,
  layer: Layer,
  w: Floats,
  d: Interval,
  flow: Interval | undefined,
): Float64Array | undefined {
  const size = absolutes(w);
  const terms = throughTerms(layer);
  const share = Math.log2(divisorOf(layer));
  const gridOfTerms = gridOf(d.value) - share + (layer.weightShape.length > 0 ? gridOf(w) : 0);
  const grid = Number.isInteger(share) ? gridOfTerms : -Infinity;
  const most = Math.max(largest(size), largest(d.value));
  const spreadOf = (values: Values) => through(setting, layer, size, values, flow?.value);
  const rounding = sumRadius(spreadOf(absolutes(d.value)), terms, grid, most);
  const all = addRadii(rounding, d.radius && widened(spreadOf(d.radius), 1 + gamma(terms)));
  // Where it is open which input of a window fired most, its gradient may go to any that may have.
  return flow?.radius ? addRadii(all, openWinners(setting, layer, d, flow)) : all;
}

/** What may be off at each input of a window whose winner is open: the whole gradient of the window. */
function openWinners({ B }: Setting, layer: Layer, d: Interval, flow: Interval): Float64Array {
  const [from, to] = [neuronsOf(layer.input), neuronsOf(layer.output)];
  const out = new Float64Array(B * from);
  for (const b of range(B)) {
    const end = (place: number, sign: number): number =>
      flow.value[b * from + place] + sign * (flow.radius?.[b * from + place] ?? 0);
    for (const i of range(to)) {
      const { j, count } = layer.synapses.into(i);
      const window = j.subarray(0, count);
      const most = window.reduce((best, place) => Math.max(best, end(place, -1)), -Infinity);
      const winners = window.filter((place) => end(place, 1) >= most);
      if (winners.length === 1) continue;
      const reach = Math.abs(d.value[b * to + i]) + (d.radius?.[b * to + i] ?? 0);
      for (const place of winners) out[b * from + place] += reach;
    }
  }
  return out;
}

/** Roundings that a term of ∂L/∂FO can go through. */
function throughTerms(layer: Layer): number {
  const { size, stride } = layer.window;
  const places = Math.ceil(size / stride) ** 2;
  if (layer.kind.silent) return places;
  if (weightsOf(layer) === 0) return places + 2;
  return places * layer.output.channels + 1;
}
