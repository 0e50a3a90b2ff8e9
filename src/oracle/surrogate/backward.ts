/** The stages of the backward pass, from the spikes of a layer to the gradients of its weights. */
import type { Floats } from '../../../spec/arithmetic.ts';
import { turnsOf } from '../../../spec/surrogateForms.ts';
import {
  computeCharged,
  computedx,
  computeFactors,
  computeDistances,
  computeSlopes,
  neuronAt,
} from '../../../spec/surrogateGradient.ts';
import { ε } from '../../engine/rounding.ts';
import type { PointStage, Stage, SumStage } from '../../engine/stage.ts';
import { stagesAt } from '../stages.ts';
import { computedb, computedW, computeReturned, computeUnpooled, type Pool, type Timing } from './maps.ts';
import {
  backOf,
  currentOf,
  dEnters,
  hasSynapse,
  hasWinners,
  loose,
  mostOf,
  inputOf,
  isBiasLate,
  isCharged,
  keyOf,
  lateOf,
  operationsOf,
  potentialOf,
  recurrentMatrix,
  sends,
  type SurrogateLayer,
  type SurrogateModel,
} from './model.ts';

const readsE = ({ loss, layers, recorded }: SurrogateModel, layer: SurrogateLayer): boolean =>
  sends(layer) &&
  (layer.n < layers.length ||
    recorded.has(keyOf(layer.n, 'dspikes')) ||
    loss === undefined ||
    loss.on === 'spikes');

/** Whether the layer reads ∂L/∂mem. If the file does not describe the loss, the recorded gradients decide this. */
const readsM = ({ loss, layers, recorded }: SurrogateModel, { n }: SurrogateLayer): boolean =>
  recorded.has(keyOf(n, 'dmem')) ||
  (n === layers.length && (loss ? loss.on === 'potentials' : !recorded.has(keyOf(n, 'dspikes'))));

export function backwardStages(model: SurrogateModel, layer: SurrogateLayer): Stage[] {
  const { n, within, synapse, recurrent } = layer;
  const { T, B, layers } = model;
  const { sum } = stagesAt('backward', n);
  const key = (what: string): string => keyOf(n, what);
  const target = (k: number): string => key(k === 0 ? 'dcurrent' : `dpooled.${k}`);
  const isSending = sends(layer);
  const next = layers.at(n);
  const dx = dEnters(layer);
  const maps = T * B;
  const terms = maps * synapse.to.height * synapse.to.width + 4;
  const timing = { T, B, late: lateOf(layer) };
  const ofBias = (args: readonly Floats[]): Floats => computedb(synapse, args, lateOf(layer) * B);
  // A mistake may add a step to dx.
  const ofBack = (args: readonly Floats[]): Floats =>
    recurrentGradient(layer, args, { T: args[0].length / (B * layer.layer.size), B, late: 1 });
  const ofBackBias = ([d]: readonly Floats[]): Floats => computedb(synapse, [d], isBiasLate(layer) ? B : 0);
  // A framework may compute a reset to 0 as u − reset·u. Where the gradient of a step should be 0, its terms then cancel, but
  // their rounding errors remain.
  const cancelling = (f: (args: readonly Floats[]) => Floats) => ({
    ...loose(2 * maps + 4),
    ...(layer.layer.neuron.reset === 'zero' && {
      magnitude: ([d, ...rest]: readonly Floats[]) => f([largestOfNeurons(d, layer.layer.size), ...rest]),
    }),
  });
  return [
    ...(next && (!next.isHeard || next.isMasked) ? returnStages(next, T, B) : []),
    ...(isCharged(model, layer) ? [chargedStage(layer, B)] : []),
    ...(isSending ? slopeStages(model, layer) : []),
    ...(layer.isOpen ? [] : [factorStage(model, layer), deltaStage(model, layer)]),
    ...within.map((pool, k) => unpoolStage(pool, n, `pooled.${k + 1}`, target(k + 1), target(k))).reverse(),
    sum(`dw.${n}`, [key('dcurrent'), inputOf(layer)], key('dw'), loose(terms), (args) =>
      computedW(synapse, args, timing),
    ),
    ...(layer.hasBias ? [sum(`db.${n}`, [key('dcurrent')], key('db'), loose(terms), ofBias)] : []),
    ...(recurrent
      ? [
          sum(`drecurrent.${n}`, [dx, key('back')], key('drecurrent'), cancelling(ofBack), ofBack),
          sum(`drecurrent_bias.${n}`, [dx], key('drecurrent_bias'), cancelling(ofBackBias), ofBackBias),
        ]
      : []),
  ];
}

/** Each number replaced by the largest magnitude of its neuron over all steps and samples. */
function largestOfNeurons(values: Floats, size: number): Floats {
  const most = new Float64Array(size);
  for (let i = 0; i < values.length; i++) most[i % size] = Math.max(most[i % size], Math.abs(values[i]));
  return values.map((_: number, i: number) => most[i % size]) as Floats; // of the kind of `values`
}

/** dV = Σ dx^t·e^(t−1)ᵀ; the diagonal is 0 if neurons have no weights to themselves. */
function recurrentGradient(layer: SurrogateLayer, args: readonly Floats[], timing: Timing): Float64Array {
  const { size } = layer.layer;
  const dV = computedW(backOf(layer), args, timing);
  const diagonal = Float64Array.from({ length: size }, (_, i) => dV[i * (size + 1)]);
  if (layer.recurrent?.isOneToOne) return diagonal;
  if (!layer.recurrent?.hasSelf) for (let i = 0; i < size; i++) dV[i * (size + 1)] = 0;
  return dV;
}

/** ∂L/∂(spikes of the layer before), from ∂L/∂(current of this layer). */
function returnStages(layer: SurrogateLayer, T: number, B: number): Stage[] {
  const { n, before, synapse, isMasked } = layer;
  const target = (k: number): string => (k === 0 ? keyOf(n - 1, 'dspikes') : keyOf(n, `dfrom.${k}`));
  const last = target(before.length);
  const { sum } = stagesAt('backward', n);
  return [
    sum(
      `returned.${n}`,
      [keyOf(n, 'dcurrent'), keyOf(n, 'weight')],
      isMasked ? keyOf(n, 'dinput') : last,
      loose(synapse.to.channels * synapse.kernel[0] * synapse.kernel[1] + 4),
      (args) => computeReturned(synapse, args, { T, B, late: lateOf(layer) }),
    ),
    ...(isMasked
      ? [
          sum(`masked.${n}`, [keyOf(n, 'dinput'), keyOf(n, 'mask')], last, loose(3), ([d, mask]) =>
            d.map((each: number, i: number) => each * mask[i]),
          ),
        ]
      : []),
    ...before.map((pool, k) => unpoolStage(pool, n, `from.${k + 1}`, target(k + 1), target(k))).reverse(),
  ];
}

function unpoolStage(pool: Pool, n: number, what: string, from: string, to: string): Stage {
  const reads = [from, ...(hasWinners(pool) ? [keyOf(n, `winners.${what}`)] : [])];
  return stagesAt('backward', n).choice(`un${what}.${n}`, reads, to, (args) => computeUnpooled(pool, args));
}

/** u, from the recorded potential after the reset. */
function chargedStage(entry: SurrogateLayer, B: number): PointStage {
  const { n, layer } = entry;
  const most = mostOf(
    layer,
    ({ θ, c, floor }) => θ + Math.abs(c) + (floor > -Infinity ? Math.abs(floor) : 0),
  );
  return stagesAt('surrogate', n).point(
    `charged.${n}`,
    [keyOf(n, 'mem'), keyOf(n, 'spikes'), currentOf(entry)],
    keyOf(n, 'charged'),
    {
      wide: [8, 0, operationsOf(entry)],
      least: [8 * ε * most],
    },
    (args) => computeCharged(layer, args, B * layer.size),
  );
}

/** y = u − θ, and its surrogate. */
function slopeStages(model: SurrogateModel, entry: SurrogateLayer): Stage[] {
  const { n, layer } = entry;
  const θ = mostOf(layer, (neuron) => neuron.θ);
  const terms = layer.surrogate;
  const height = terms.reduce((sum, { h }) => sum + Math.abs(h), 0);
  const isCancelling =
    terms.length > 1 ||
    terms.some(({ form }) => ['sigmoid', 'triangle', 'tent', 'cosine', 'circle'].includes(form));
  const { point } = stagesAt('surrogate', n);
  const [y, u] = [keyOf(n, 'distance'), potentialOf(model, entry)];
  return [
    point(`distance.${n}`, [u, keyOf(n, 'spikes')], y, { wide: [2, 0], least: [3 * ε * θ] }, (args) =>
      computeDistances(layer, args[0], args[1]),
    ),
    point(
      `surrogate.${n}`,
      [y],
      keyOf(n, 'slopes'),
      { wide: [8], least: [isCancelling ? 16 * ε * height : 0], turns: [turnsOf(terms)] },
      (args) => computeSlopes(layer, args[0]),
    ),
  ];
}

/** The factors of gradients; without synaptic currents, nothing of a current remains in the next step. */
function factorStage(model: SurrogateModel, layer: SurrogateLayer): PointStage {
  const { n, layer: its } = layer;
  const { B } = model;
  const isRead = its.neuron.recorded === 'between' && readsM(model, layer);
  const [λ, g, α] = (['λ', 'g', 'α'] as const).map((name) => mostOf(its, (neuron) => neuron[name]));
  const [needsCurrent, isSending] = [its.neuron.resetWhen === 'afterLeak', sends(layer)];
  return {
    id: `factors.${n}`,
    stage: 'backward',
    n,
    kind: 'point',
    reads: isSending
      ? [
          keyOf(n, 'slopes'),
          potentialOf(model, layer),
          keyOf(n, 'spikes'),
          ...(needsCurrent ? [currentOf(layer)] : []),
        ]
      : [keyOf(n, 'mem')],
    writes: ['P', 'F', 'G', 'keeps'].map((what) => keyOf(n, what)),
    wide: isSending ? [16, 4, 0, 4] : [0],
    least: [8 * ε * Math.max(1, λ), 8 * ε, ε * operationsOf(layer) * g, α === 0 ? 0 : 8 * ε],
    f(args) {
      const [s, u, e, I] = isSending ? args : [args[0], args[0], args[0]];
      const silent = isSending ? e : new Float64Array(u.length);
      const { P, F, G } = computeFactors(its, [s, u, silent, I ?? u], B * its.size, isRead);
      const steps = hasSynapse(layer) ? u.length : its.size;
      return [P, F, G, Float64Array.from({ length: steps }, (_, i) => neuronAt(its, i).α)];
    },
  };
}

/** ∂L/∂x of the neurons' input x: a sum of products, from the last step to the first. */
function deltaStage(model: SurrogateModel, layer: SurrogateLayer): SumStage {
  const { n, layer: its, recurrent } = layer;
  const [hasE, hasM, isSending] = [readsE(model, layer), readsM(model, layer), sends(layer)];
  const reads = [
    ...['P', 'F', 'G', 'keeps'].map((what) => keyOf(n, what)),
    ...(isSending ? [keyOf(n, 'slopes')] : []),
    ...(hasE ? [keyOf(n, 'dspikes')] : []),
    ...(hasM ? [keyOf(n, 'dmem')] : []),
    ...(recurrent ? [keyOf(n, 'recurrent')] : []),
  ];
  const f = ([P, F, G, keeps, ...rest]: readonly Floats[]): Floats => {
    const s = isSending ? rest.shift() : undefined;
    const E = hasE ? rest.shift() : undefined;
    const M = hasM ? rest.shift() : undefined;
    const V = recurrent ? recurrentMatrix(layer, rest[0]) : undefined;
    return computedx(its, { P, F, G, keeps, s: s ?? P, E, M, V }, model.B * its.size);
  };
  return stagesAt('backward', n).sum(`backward.${n}`, reads, dEnters(layer), loose(32), f);
}
