/**
 * How far apart two backends may be, by the engine's bounds of the functions of `spec/`.
 *
 * WGSL allows either neighbour for + − ×, which is one whole unit in the last place; a quotient is within 2.5 units, a root,
 * taken through its inverse, within 5; sums may be fused and reordered; a result below 2⁻¹²⁶ may be flushed. wasm, which rounds
 * to the nearest, lies within the same radius.
 */
import { real, type Floats } from '../../../spec/arithmetic.ts';
import * as backward from '../../../spec/backward.ts';
import { computeDifference, computeLabelVector, computeLoss, computeOutput } from '../../../spec/loss.ts';
import { divisorOf, neuronsOf, outputLayer, type Layer, type Network } from '../../../spec/network.ts';
import { applyAdam, applySGD, smallestMoment } from '../../../spec/update.ts';
import type { UpdateStep } from '../../backend/backend.ts';
import { absolutes, gamma, largest, total } from '../../engine/rounding.ts';
import { pointBalls, sumBall, type Ball, type SumStage } from '../../engine/stage.ts';

/** Twice the roundoff: each backend may be off by one. */
const apart = 2 ** -22;

/** Roundings that a quotient and a root are worth. */
const [division, root] = [3, 5];

export type Lists = readonly Floats[];

/** A function that writes into zeros. */
const written =
  (length: number, write: (to: Floats, args: Lists) => void) =>
  (args: Lists): Floats => {
    const to = new Float64Array(length);
    write(to, args);
    return to;
  };

const sum = (f: SumStage['f'], roundings: number, args: readonly Ball[], more = {}): Ball =>
  sumBall({ kind: 'sum', f, roundings, ...more }, args, apart);

const radiiOf = ({ v, r }: Ball): Floats => r ?? new Float64Array(v.length);

/**
 * FI of a layer, which is W·FO by Eq. (8), from two trains of the layer before; and each potential until a neuron's first
 * different spike: until then it was reset at the same steps on both, and a leak lets no error grow.
 */
export function flowBounds(layer: Layer, w: Floats, [found, expected]: Lists, T: number): Floats {
  const { kind, input, output, window } = layer;
  const [v, r] = [new Float64Array(neuronsOf(input)), new Float64Array(neuronsOf(input))];
  for (const [k, o] of expected.entries()) {
    v[k % v.length] += Math.abs(o);
    r[k % v.length] += Math.abs(found[k] - o);
  }
  const f = written(neuronsOf(output), (FI, [weights, FO]) => kind.applyCurrent(FI, weights, FO, layer, T));
  // A maximum rounds nothing, and differs by no more than its inputs do together.
  if (kind.silent) return f([w, r]).map((most) => most * window.size ** 2);
  // Per event a product and a sum; per step a bias, the additions to u and FI, three for a leak, three for a division.
  const events = largest(f([w.map(() => 1), v])) * divisorOf(layer);
  return radiiOf(sum(f, 2 * events + 10 * T, [{ v: w }, { v, r }]));
}

/** FI and FO of one sample, of the input (place 0) and each layer. */
export type Flows = readonly { readonly FI: Floats; readonly FO: Floats }[];

/** The error of Eq. (6). */
function errorBall({ layers, T }: Network, flows: Flows, label: number): Ball {
  const u = flows[layers.length].FI;
  const Y = computeLabelVector(label, u.length, real);
  const f = ([share]: Lists): Floats => computeDifference(share, Y);
  const share = sum(([v]) => computeOutput(v, T, outputLayer({ layers }).Vth), division, [{ v: u }]);
  return sum(f, 1, [share], { magnitude: (args: Lists) => absolutes(f(args)) });
}

/** A sample's loss, and ΣFI of each layer. */
export function reportBounds(network: Network, flows: Flows, label: number): Floats {
  const error = errorBall(network, flows, label);
  const loss = sum(([v]) => Float64Array.of(computeLoss(v, network.variant)), error.v.length + 3, [error]);
  const sums = flows.slice(1).map(({ FI }) => gamma(FI.length, apart) * total(FI, Math.abs));
  return Float64Array.of(...radiiOf(loss), ...sums);
}

/** The gradient of one sample, of each layer with weights. The flows are the same on both, so are gates and winners of maxima. */
export function gradientBounds(
  network: Network,
  weights: Lists,
  S: readonly number[],
  samples: number,
  flows: Flows,
  label: number,
): Floats[] {
  const { layers, T, variant } = network;
  const dmem = ([error]: Lists): Floats => backward.computedmem(error, T, outputLayer(network).Vth, variant);
  let d = sum(dmem, division + 1, [errorBall(network, flows, label)]);
  const bounds: Floats[] = [];
  for (const layer of [...layers].reverse()) {
    const { n, kind, window, output } = layer;
    const [{ FI, FO }, { FO: before }] = [flows[n], flows[n - 1]];
    const [w, slope] = [weights[n - 1], S[n - 1]];
    const gate = written(FI.length, (to, [dFO]) => backward.applydFI(to, dFO, FI, FO, slope, layer, variant));
    // A product, and for S_j two quotients.
    const wide = [variant.scale === 'neuron' ? 1 + 2 * division : 1];
    if (layer.spikes) [d] = pointBalls({ f: (args) => [gate(args)], wide }, [d], apart);
    const dw = written(w.length, (to, [dFI, flow]) => {
      backward.accumulatedw(to, dFI, flow, layer);
      backward.accumulatedb(backward.biasesIn(to, layer), dFI, T, layer);
    });
    // A product and an addition per term, and the tree over shards.
    const terms = 34 + samples * output.height * output.width;
    if (w.length > 0) bounds.unshift(radiiOf(sum(dw, terms, [d, { v: before }])));
    const dFO = written(before.length, (to, [weight, dFI]) => kind.applydFO(to, weight, dFI, before, layer));
    const fanOut = Math.ceil(window.size / window.stride) ** 2 * (w.length > 0 ? output.channels : 1);
    if (n > 1) d = sum(dFO, fanOut + 1 + division, [{ v: w }, d]);
  }
  return bounds;
}

/**
 * Weights, and of Adam m and v, after an update. The radius of `dw` is the difference of the two gradients. A step of m/√v does
 * not show what is rounded in both: that is the rate's.
 */
export function stepBounds(before: Lists, dw: Ball, decay: number, rule: UpdateStep, of: Network): Lists {
  const isAdam = 'step' in rule;
  const f = ([[rate], [weightDecay], ...numbers]: Lists): Floats[] => {
    const [g, w, m, v] = numbers.map((values) => values.slice());
    backward.applyBatch(g, rule.samples, of.variant);
    if (isAdam) applyAdam(w, g, m, v, { ...rule.step, size: rate }, { ...rule.optimiser, weightDecay });
    else applySGD(w, g, rate, weightDecay);
    return isAdam ? [w, m, v] : [w];
  };
  const settings = [isAdam ? rule.step.size : rule.η, decay].map((value) => ({ v: Float64Array.of(value) }));
  const wide = [isAdam ? 8 + root + 2 * division : 0, 5, 4 + division, 1, 2, 2];
  const stage = { f, wide, constants: [0, 1], least: [0, smallestMoment, smallestMoment] };
  return pointBalls(stage, [...settings, dw, ...before.map((v) => ({ v }))], apart).map(radiiOf);
}
