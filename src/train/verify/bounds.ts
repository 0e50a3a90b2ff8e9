/**
 * Bounds on the difference between two backends. The engine derives them from the functions of `spec/`. In WGSL, + − × err by
 * up to one unit in the last place, quotients by 2.5, and roots, as inverses of inverse roots, by 5. WGSL may fuse and reorder
 * sums, and results below 2⁻¹²⁶ may become 0. wasm rounds to nearest, so its errors are within the same bounds.
 */
import { real, type Floats } from '../../../spec/arithmetic.ts';
import * as backward from '../../../spec/backward.ts';
import { computeDifference, computeLabelVector, computeLoss, computeOutput } from '../../../spec/loss.ts';
import { divisorOf, neuronsOf, outputLayer, type Layer, type Network } from '../../../spec/network.ts';
import { applyAdam, applySGD, smallestMoment } from '../../../spec/update.ts';
import type { Update } from '../../backend/backend.ts';
import { absolutes, gamma, largest, total } from '../../engine/rounding.ts';
import { sumBall, type Ball, type SumStage } from '../../engine/stage.ts';

export type Reals = readonly Floats[];
/** FI and FO of the input (index 0) and of each layer, for one sample. */
export type Flows = readonly { readonly FI: Floats; readonly FO: Floats }[];
type Measured = { readonly flows: Flows; readonly label: number };

/** Twice 2⁻²³, the error of one rounding in any direction, because each of the two backends may make this error. */
const apart = 2 ** -22;

/** The number of roundings that a quotient or a root counts as. */
const [division, root] = [3, 5];

/** Turns a function that writes to an array into one that returns a new array. */
const written =
  (length: number, write: (to: Floats, args: Reals) => void) =>
  (args: Reals): Floats => {
    const to = new Float64Array(length);
    write(to, args);
    return to;
  };

const sum = (f: SumStage['f'], roundings: number, args: readonly Ball[], more = {}): Ball =>
  sumBall({ kind: 'sum', f, roundings, ...more }, args, apart);

const radiiOf = ({ v, r }: Ball): Floats => r ?? new Float64Array(v.length);

/**
 * Bounds on the difference of a layer's FI between two backends, from both spike trains of the layer before (FI = W·FO by
 * Eq. (8)). They also bound the difference of a neuron's potential until its spikes first differ. Until then, both
 * backends reset the neuron at the same steps, and a leak only reduces errors.
 */
export function flowBounds(layer: Layer, w: Floats, [found, expected]: Reals, T: number): Floats {
  const { kind, input, output, window } = layer;
  const [v, r, sent] = [0, 1, 2].map(() => new Float64Array(neuronsOf(input)));
  for (const [k, o] of expected.entries()) {
    v[k % v.length] += Math.abs(o);
    r[k % v.length] += Math.abs(found[k] - o);
    if (o !== 0) sent[k % v.length]++;
  }
  const f = written(neuronsOf(output), (FI, [weights, FO]) => kind.applyCurrent(FI, weights, FO, layer, T));
  // A maximum is not rounded. Its error is at most the sum of the errors of its inputs.
  if (kind.silent) return f([w, r]).map((most) => most * window.size ** 2);
  // Two roundings per event: product and sum. Ten per step: two for the bias, two for the additions to u and FI, three for a leak, and
  // three for a division.
  const events = largest(f([w.map(() => 1), sent])) * divisorOf(layer);
  return radiiOf(sum(f, 2 * events + 10 * T, [{ v: w }, { v, r }]));
}

/** The error of Eq. (6), with its bounds. */
function errorBall({ layers, T }: Network, { flows, label }: Measured): Ball {
  const u = flows[layers.length].FI;
  const f = ([share]: Reals): Floats => computeDifference(share, computeLabelVector(label, u.length, real));
  const share = sum(([v]) => computeOutput(v, T, outputLayer({ layers }).Vth), division, [{ v: u }]);
  return sum(f, 1, [share], { magnitude: (args: Reals) => absolutes(f(args)) });
}

/** Bounds of a sample's loss, and of ΣFI of each layer. */
export function reportBounds(network: Network, { flows, label }: Measured): Floats {
  const error = errorBall(network, { flows, label });
  const loss = sum(([v]) => Float64Array.of(computeLoss(v, network.variant)), error.v.length + 3, [error]);
  const sums = flows.slice(1).map(({ FI }) => gamma(FI.length, apart) * total(FI, Math.abs));
  return Float64Array.of(...radiiOf(loss), ...sums);
}

/** Bounds of one sample's gradient, per layer with weights. Both backends have the same flows, hence the same gates and maxima. */
export function gradientBounds(
  network: Network,
  weights: Reals,
  S: readonly number[],
  samples: number,
  { flows, label }: Measured,
): Reals {
  const { layers, T, variant } = network;
  const dmem = ([error]: Reals): Floats => backward.computedmem(error, T, outputLayer(network).Vth, variant);
  let d = sum(dmem, division + 1, [errorBall(network, { flows, label })]);
  const bounds: Floats[] = [];
  for (const layer of [...layers].reverse()) {
    const { n, kind, window, output } = layer;
    const [{ FI, FO }, { FO: before }, w] = [flows[n], flows[n - 1], weights[n - 1]];
    const gate = written(FI.length, (to, [g, [s]]) => backward.applydFI(to, g, FI, FO, s, layer, variant));
    // One product and, with one S per neuron, two quotients are rounded.
    const quotients = variant.scale === 'neuron' ? 2 : 0;
    if (layer.spikes) d = sum(gate, 1 + quotients * division, [d, { v: Float64Array.of(S[n - 1]) }]);
    const dw = written(w.length, (to, [dFI, flow]) => {
      backward.accumulatedw(to, dFI, flow, layer);
      backward.accumulatedb(backward.biasesIn(to, layer), dFI, T, layer);
    });
    // Each term of dw has one rounded product and one rounded addition. The tree of sums over shards adds roundings.
    const terms = 34 + samples * output.height * output.width;
    if (w.length > 0) bounds.unshift(radiiOf(sum(dw, terms, [d, { v: before }])));
    const dFO = written(before.length, (to, [weight, dFI]) => kind.applydFO(to, weight, dFI, before, layer));
    const fanOut = Math.ceil(window.size / window.stride) ** 2 * (w.length > 0 ? output.channels : 1);
    if (n > 1) d = sum(dFO, fanOut + 1 + division, [{ v: w }, d]);
  }
  return bounds;
}

/** The numbers `v` of one backend, with their distances from the numbers `a` of the other as radii. */
const between = (a: Floats, v: Floats): Ball => ({
  v,
  r: Float64Array.from(v, (x, k) => Math.abs(x - a[k])),
});

/**
 * Bounds on the weights and Adam's m and v after an update. `numbers`: weights and moments before the update, then the
 * gradients and the results of the two backends.
 */
export function updateBounds(numbers: readonly Reals[], decay: number, rule: Update, of: Network): Reals {
  const [before, [found, expected], ...after] = numbers;
  /** Returns the change of the weights, and the moments. The rate is negative, so that magnitudes add up. */
  const update = ([g, ...start]: Reals, settings = { weightDecay: decay }): Reals => {
    const [q, w, m, v] = [g, ...start].map((values) => Float64Array.from(values));
    backward.applyBatch(q, rule.samples, of.variant);
    const constants = 'constants' in rule && { ...rule.constants, size: -rule.constants.size };
    if (constants) applyAdam(w, q, m, v, constants, { ...rule.optimiser, ...settings });
    else if ('η' in rule) applySGD(w, q, -rule.η, decay);
    return [w.map((each, k) => each - start[0][k]), m, v];
  };
  const args = [between(found, expected), ...before.map((v) => ({ v }))];
  // The moment v contains the square of the gradient, so the roundings of the division by the number of samples count twice.
  const roundings = [5 + division, 5 + division, 5 + 2 * division];
  const balls = before.map((_, what) => sum((each) => update(each)[what], roundings[what], args));
  // Adam's step is not a sum. Each backend computes it from its own moments, which may differ.
  const ofMoments = { weightDecay: 0, β1: 1, β2: 1 };
  const [a, b] = after.map(([, ...moments]) => update([found, before[0], ...moments], ofMoments)[0]);
  if ('constants' in rule) balls[0] = sum(([each]) => each, 5 + root + 2 * division, [between(a, b)]);
  balls[0] = sum(([w, step]) => w.map((each, k) => each + step[k]), 1, [{ v: before[0] }, balls[0]]);
  return balls.map((ball, k) => radiiOf(ball).map((r) => r + (k > 0 ? smallestMoment : 0)));
}
