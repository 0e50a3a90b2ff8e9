/** The stages of a training step of ASF-BP, in the order of the data. What they compute is `spec/`; here is what each reads and makes. */
import { precisionOf, real, type Floats, type Precision } from '../../../spec/arithmetic.ts';
import { initialScale } from '../../../spec/scale.ts';
import {
  biasesOf,
  divisorOf,
  neuronsOf,
  outputLayer,
  rasterOrder,
  synapticOf,
  weightsOf,
  type Layer,
  type Network,
} from '../../../spec/network.ts';
import { applyLayerNeuron, applyResetAndLeak, isFiring, subtracts } from '../../../spec/neuron.ts';
import { inputWord, streams } from '../../../spec/random.ts';
import { smallestMoment, type AdamStep } from '../../../spec/update.ts';
import {
  absolutes,
  gamma,
  gridOf,
  isSingle,
  largestExactSum,
  tiny,
  total,
  type Values,
} from '../../engine/rounding.ts';
import type { Computation } from '../../engine/run.ts';
import {
  slackOf,
  type NeuronStage,
  type PointStage,
  type Stage,
  type State,
  type SumStage,
} from '../../engine/stage.ts';
import { keysOf } from '../../keysOf.ts';
import { keyOf, placesOf, sendsOn, weightKeys } from '../keys.ts';
import { learns, networkOf, type Model } from './model.ts';

const range = (count: number): number[] => [...Array(count).keys()];

/** Numbers of the largest window that are run at once. */
const mostAtOnce = 2 ** 19;

const computations = new WeakMap<Model, Computation>();

/** A step of a model as a computation. */
export function computationOf(model: Model): Computation {
  const known = computations.get(model) ?? makeComputation(model);
  computations.set(model, known);
  return known;
}

function makeComputation(model: Model): Computation {
  const network = networkOf(model, real);
  const { B } = model;
  const most = Math.max(neuronsOf(network.input), ...network.layers.map(({ output }) => neuronsOf(output)));
  return {
    B,
    T: network.T,
    atOnce: Math.max(1, Math.floor((model.atOnce ?? mostAtOnce) / (network.T * most))),
    stages: stagesOf(model),
    ofSamples: (count) => computationOf(ofSamples(model, count)),
    axesOf(key) {
      const dimensions = placesOf(network, B).get(key)?.row.dimensions ?? [];
      return dimensions[0] === 'T' ? 'TB' : dimensions[0] === 'B' ? 'B' : '';
    },
  };
}

const smaller = new WeakMap<Model, Map<number, Model>>();

/** The same model of some samples. */
export function ofSamples(model: Model, B: number): Model {
  const known = smaller.get(model) ?? new Map<number, Model>();
  smaller.set(model, known);
  const found = known.get(B) ?? { ...model, B };
  known.set(B, found);
  return found;
}

/** The stages that a model has: where its output layer fires or leaks it is not trained by ASF-BP, and has those of the window. */
export function stagesOf(model: Model): Stage[] {
  const all = allStages(model);
  return model.variant.output === 'integrates' ? all : all.filter(({ by }) => by === 'window');
}

/** All stages, also of a network whose output layer was made to fire or to leak by mistake. */
function allStages(model: Model): Stage[] {
  const { layers } = networkOf(model, real);
  return [
    ...encodeStages(model),
    flowStage(model, 'flow.0', 0, 'input.spikes', 'input.FO'),
    ...layers.flatMap((layer) => [
      currentStage(model, layer),
      neuronStage(model, layer),
      ...flowStages(model, layer),
    ]),
    ...layers.flatMap((layer) => (layer.spikes ? scaleStages(model, layer) : [])),
    ...lossStages(model),
    ...[...layers].reverse().flatMap((layer) => backwardStages(model, layer)),
    ...layers.flatMap((layer) => updateStages(model, layer)),
  ];
}

/** A map of an array of maps. */
const mapAt = (values: Floats, index: number, size: number): Floats =>
  values.subarray(index * size, (index + 1) * size);

/** Arrays as one, in a precision. */
export function joined(parts: readonly Values[], { array }: Precision): Floats {
  if (parts.length === 1) return parts[0] as Floats; // arguments are of the precision
  const out = array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** The layers of a model in the precision of an array. */
const layerIn = (model: Model, n: number, precision: Precision): Layer =>
  networkOf(model, precision).layers[n - 1];

/** A function of each map of a sample, of maps of the same samples. */
function bySample(count: number, out: Floats, of: (to: Floats, b: number) => void): Floats {
  const size = out.length / count;
  for (const b of range(count)) {
    const to = mapAt(out, b, size);
    of(to, b);
    // A precision of fixed point has views of its own.
    if (to.buffer !== out.buffer) out.set(to, b * size);
  }
  return out;
}

// encode

/** The random words of an encoding, from its seed, stream, epoch and samples. */
function drawWords({ input, T }: Network, [[seed], [stream], [epoch], samples]: readonly Floats[]): Floats {
  const size = neuronsOf(input);
  const name = keysOf(streams).find((each) => streams[each] === stream)!; // 1 or 2
  const words = new Uint32Array(T * samples.length * size);
  const raster = rasterOrder(input);
  for (const t of range(T))
    for (const [b, sample] of samples.entries()) {
      const from = (t * samples.length + b) * size;
      raster.forEach(
        (place, index) => (words[from + place] = inputWord({ seed, stream: name, epoch, sample }, t, index)),
      );
    }
  return words as Values as Floats; // read by index alone
}

function encodeStages(model: Model): Stage[] {
  const network = networkOf(model, real);
  const size = neuronsOf(network.input);
  return [
    {
      id: 'encode.0.word',
      stage: 'encode',
      n: 0,
      kind: 'exact',
      by: 'window',
      reads: ['encode.seed', 'encode.stream', 'encode.epoch', 'encode.sample'],
      constants: [0, 1, 2, 3],
      writes: ['encode.word'],
      f: (args) => [drawWords(network, args)],
    },
    {
      id: 'encode.0',
      stage: 'encode',
      n: 0,
      kind: 'exact',
      by: 'window',
      reads: ['image', 'encode.word'],
      constants: [1],
      writes: ['input.spikes'],
      f([image, words], precision) {
        const scale = model.variant.input === 'scaledIntensity' ? network.inputScale : 1;
        const B = image.length / size;
        const spikes = precision.array(words.length);
        for (const m of range(words.length / size)) {
          const o = precision.array(size);
          model.functions.applyWords(o, mapAt(image, m % B, size), mapAt(words, m, size), scale);
          spikes.set(o, m * size);
        }
        return [spikes];
      },
    },
  ];
}

// current

/** Roundings that a term of the current can go through: its product, and the sums; of a pool also the division. */
function roundingsOf(layer: Layer): number {
  if (weightsOf(layer) === 0) return layer.window.size ** 2 + 1;
  return layer.weightShape.slice(1).reduce((a, b) => a * b, 1) + (layer.bias.length > 0 ? 1 : 0);
}

/** x of maps of spikes, from the layer's weights and these. */
function currents(
  model: Model,
  n: number,
  args: readonly Floats[],
  precision: Precision,
  always?: number,
): Floats {
  const layer = layerIn(model, n, precision);
  const w = joined(args.slice(0, -1), precision);
  const o = args[args.length - 1];
  const [from, to] = [neuronsOf(layer.input), neuronsOf(layer.output)];
  const maps = o.length / from;
  return bySample(maps, precision.array(maps * to), (x, m) =>
    model.functions.applyCurrent(x, w, mapAt(o, m, from), layer, always),
  );
}

/** The grid of w·o + b. */
const gridOfTerms = (grids: readonly number[]): number =>
  grids.length < 3 ? grids.reduce((sum, grid) => sum + grid, 0) : Math.min(grids[0] + grids[2], grids[1]);

function currentStage(model: Model, layer: Layer): Stage {
  const { n, kind } = layer;
  const reads = [...weightKeys(layer), keyOf(n - 1, 'spikes')];
  const head = {
    id: `current.${n}`,
    stage: 'current',
    n,
    by: 'window',
    reads,
    writes: [keyOf(n, 'current')],
  } as const;
  const f = (args: readonly Floats[], precision: Precision): Floats =>
    currents(model, n, weightsOf(layer) === 0 ? [precision.array(0), ...args] : args, precision);
  if (kind.silent) return { ...head, kind: 'exact', f: (args, precision) => [f(args, precision)] };
  return {
    ...head,
    kind: 'sum',
    f,
    roundings: roundingsOf(layer),
    divisor: divisorOf(layer),
    grid: gridOfTerms,
  };
}

/** How far Σ_t x may be from W·FO, which Eq. 8 says it is: what a sum over the window may be made of. */
function byEquation8(
  model: Model,
  layer: Layer,
):
  | {
      readonly hints: string[];
      readonly magnitude: (args: readonly Floats[], always: number) => Floats;
      readonly grid: (args: readonly Floats[]) => number;
      readonly roundings: number;
    }
  | undefined {
  if (layer.kind.silent) return undefined;
  const { n } = layer;
  return {
    hints: [...weightKeys(layer), keyOf(n - 1, 'FO')],
    magnitude: (args, always) =>
      currents(model, n, args.length === 1 ? [new Float64Array(0), ...args] : args, real, always),
    grid(args) {
      const share = Math.log2(divisorOf(layer));
      return Number.isInteger(share) ? gridOfTerms(args.map(gridOf)) - share : -Infinity;
    },
    // Those of the currents that were supplied, and those of the sum.
    roundings: 2 * roundingsOf(layer),
  };
}

const isWhole = (args: readonly (Floats | undefined)[]): args is Floats[] =>
  args.every((arg) => arg !== undefined);

// neuron

function neuronStage(model: Model, layer: Layer): Stage {
  const { n, kind } = layer;
  const head = { id: `neuron.${n}`, stage: 'neuron', n, by: 'window' } as const;
  const current = keyOf(n, 'current');
  if (kind.silent) {
    const spikes = keyOf(n, 'spikes');
    return { ...head, kind: 'exact', reads: [current], writes: [spikes], f: ([x]) => [x.slice()] };
  }
  const { variant, functions } = model;
  const { Vth, λ, spikes: fires } = layer;
  const keys: NeuronStage['keys'] = {
    ...(fires && { compared: keyOf(n, 'compared') }),
    potential: keyOf(n, 'potential'),
    end: keyOf(n, 'potential.end'),
    ...(fires && { spikes: keyOf(n, 'spikes') }),
  };
  const { T } = networkOf(model, real);
  // λ·u in one rounding, or in three; and λ itself.
  const hasLeak = λ !== 1 && (fires || variant.output === 'leaks');
  const leak = !hasLeak ? 0 : (variant.leak === 'product' ? 1 : (1 + 3 * λ) / λ) + (isSingle(λ) ? 0 : 1);
  // Of another neuron in its place nothing is known.
  const resets = !subtracts(variant) && functions.applyLayerNeuron === applyLayerNeuron;
  const sum = sendsOn(layer) ? undefined : byEquation8(model, layer);
  const [u1, o1] = [new Float64Array(1), new Float64Array(1)];
  const leaves: NeuronStage['leaves'] = (u, _, sent) => {
    [u1[0], o1[0]] = [u, sent];
    if (variant.reset !== 'nextStep') applyResetAndLeak(u1, o1, layer, variant);
    return u1[0];
  };
  return {
    ...head,
    kind: 'neuron',
    reads: [current],
    ...(sum && { hints: sum.hints.map((key) => key.replace(/\.FO$/, '.spikes')) }),
    writes: Object.values(keys),
    keys,
    T,
    size: neuronsOf(layer.output),
    isInexact: (hasLeak && !isSingle(λ)) || (fires && subtracts(variant) && !isSingle(Vth)),
    begin: ({ array }) => ({ u: array(neuronsOf(layer.output)), o: real.array(neuronsOf(layer.output)) }),
    step({ u, o }: State, x, decide) {
      const own = layerIn(model, n, precisionOf(u));
      functions.applyLayerNeuron(
        u,
        o,
        x,
        own,
        variant,
        (seen, i, isFired) => decide(seen, i, isFired ? 1 : 0) !== 0,
      );
    },
    ...(fires && {
      sends: (u: number) => (isFiring(u, Vth, variant) ? 1 : 0),
      slack: () => slackOf(Vth),
      leaves,
    }),
    rounded(before, seen, _, fired) {
      const left = fired && resets ? 0 : Math.abs(before);
      const isLess = fired && subtracts(variant);
      // Vth may be subtracted before x is added, or after.
      const subtracted = isLess ? left + Vth * (isSingle(Vth) ? 1 : 2) : 0;
      return leak * (left + (isLess ? Vth : 0)) + subtracted + Math.abs(seen);
    },
    ...(sum && {
      // Of the output layer, whose potential at the end is Σ_t x: each current may be off by what its sum of magnitudes is rounded by.
      also([, ...args]: readonly Floats[]) {
        if (!isWhole(args)) return undefined;
        const sizes = args.map(absolutes);
        const size = sum.magnitude(sizes, 1);
        const all = total(size, (each) => each);
        if (all <= largestExactSum(sum.grid(sizes))) return undefined;
        return Float64Array.from(size, (each) => gamma(sum.roundings) * each + sum.roundings * tiny);
      },
    }),
  };
}

// flow

/** Σ_t of an array (T,B,…): by `accumulateFlow`, t ascending, which sums two arrays at once. */
function windowSum(
  { functions: { accumulateFlow } }: Model,
  T: number,
  values: Floats,
  { array }: Precision,
): Floats {
  const size = values.length / T;
  const [sum, other] = [array(size), array(size)];
  for (const t of range(T)) {
    const step = mapAt(values, t, size);
    accumulateFlow(sum, other, step, step);
  }
  return sum;
}

function flowStage(model: Model, id: string, n: number, from: string, to: string): SumStage {
  const { T } = networkOf(model, real);
  const f: SumStage['f'] = ([values], precision) => windowSum(model, T, values, precision);
  return { id, stage: 'flow', n, by: 'window', kind: 'sum', reads: [from], writes: [to], f, roundings: T };
}

function flowStages(model: Model, layer: Layer): Stage[] {
  const { n } = layer;
  const { T } = networkOf(model, real);
  const sum = byEquation8(model, layer);
  const FI: SumStage = {
    ...flowStage(model, `flow.${n}.FI`, n, keyOf(n, 'current'), keyOf(n, 'FI')),
    ...(sum && {
      hints: sum.hints,
      also([, ...args]: readonly Floats[]) {
        if (!isWhole(args)) return undefined;
        const sizes = args.map(absolutes);
        return { magnitude: sum.magnitude(sizes, T), grid: sum.grid(sizes), roundings: sum.roundings };
      },
    }),
    f: ([x], precision) => windowSum(model, T, x, precision),
    selects: sum ? sum.hints.map((_, k) => k + 1) : [],
    grid: ([grid]) => grid,
  };
  if (!sendsOn(layer)) return [FI];
  const [spikes, FO] = [keyOf(n, 'spikes'), keyOf(n, 'FO')];
  const isAccumulated = layer.kind.silent && model.variant.maxPoolFlow === 'accumulated';
  if (!isAccumulated) return [FI, flowStage(model, `flow.${n}.FO`, n, spikes, FO)];
  const [from, to] = [neuronsOf(layer.input), neuronsOf(layer.output)];
  return [
    FI,
    {
      id: `flow.${n}.FO`,
      stage: 'flow',
      n,
      by: 'window',
      kind: 'exact',
      reads: [keyOf(n - 1, 'FO')],
      writes: [FO],
      f([before], precision) {
        const count = before.length / from;
        return [
          bySample(count, precision.array(count * to), (flow, b) =>
            model.functions.applyWindowEnd(
              { FO: flow },
              { FO: mapAt(before, b, from) },
              layerIn(model, n, precision),
              model.variant,
            ),
          ),
        ];
      },
    },
  ];
}

// scale

function scaleStages(model: Model, layer: Layer): Stage[] {
  const { n, Vth } = layer;
  const { functions, variant } = model;
  const key = (what: string): string => keyOf(n, what);
  const all = { ...variant, scaleOver: 'all' as const };
  const size = neuronsOf(layer.output);
  const head = { stage: 'scale', n } as const;
  /** ΣFI or ΣFO of each sample, of what was selected. */
  const sumOf = (what: 'FI' | 'FO'): SumStage => ({
    ...head,
    id: `scale.${n}.sum${what}`,
    kind: 'sum',
    by: 'sample',
    reads: [key(`term${what}`)],
    writes: [key(`sum${what}`)],
    roundings: size,
    f([terms], precision) {
      const none = precision.array(size);
      const own = layerIn(model, n, precision);
      return bySample(terms.length / size, precision.array(terms.length / size), (sum, b) => {
        const map = mapAt(terms, b, size);
        const [FI, FO] = what === 'FI' ? [map, none] : [none, map];
        sum[0] = functions.computeFlowSums(FI, FO, own, all, precision)[what];
      });
    },
  });
  const isFrozen = (isUpdated: number): boolean => isUpdated === 0 || variant.scale !== 'layer';
  return [
    {
      ...head,
      id: `scale.${n}.terms`,
      kind: 'point',
      by: 'sample',
      reads: [key('FI'), key('FO')],
      writes: [key('termFI'), key('termFO')],
      wide: [],
      f([FI, FO], precision) {
        const terms = [precision.array(FI.length), precision.array(FI.length)];
        for (let i = 0; i < FI.length; i++) {
          const [into, out] = functions.flowTerms(FI[i], FO[i], layer, variant);
          [terms[0][i], terms[1][i]] = [into, out];
        }
        return terms;
      },
    },
    sumOf('FI'),
    sumOf('FO'),
    {
      ...head,
      id: `scale.${n}.ratio`,
      kind: 'point',
      isOneOperation: true,
      reads: [key('sumFI'), key('sumFO')],
      writes: [key('ratio')],
      // The sum over the batch, and the division.
      wide: ([FI], isOff) => [!isOff && total(FI, Math.abs) <= largestExactSum(gridOf(FI)) ? 1 : model.B],
      f([FI, FO], precision) {
        const samples = Array.from(FI, (sum, b) => ({ FI: sum, FO: FO[b] }));
        const sums = functions.computeBatchSums(samples, precision);
        return [precision.array(1).fill(functions.computeRatio(sums, variant, precision))];
      },
    },
    {
      ...head,
      id: `scale.${n}`,
      kind: 'point',
      isOneOperation: variant.scaleMemory !== 'blend',
      reads: [key('ratio'), key('S.before'), 'scale.update'],
      writes: [key('S')],
      constants: [1],
      wide([[ratio], , [isUpdated]]) {
        if (isFrozen(isUpdated)) return [];
        if (variant.scaleMemory === 'blend') return [3, 3];
        // 1/Vth, which a ratio is compared with, is rounded where it is no power of two.
        return Math.abs(ratio * Vth - 1) < 2 ** -20 && !isPowerOfTwo(Vth) ? [2] : [];
      },
      f([[ratio], S, [isUpdated]], precision) {
        const own = layerIn(model, n, precision);
        if (isFrozen(isUpdated)) return [S.slice()];
        return [precision.array(1).fill(functions.computeScaleOf(ratio, S[0], own, variant, precision).S)];
      },
    },
  ];
}

// loss

const isPowerOfTwo = (value: number): boolean => Number.isInteger(Math.log2(value));

/** Gradients of a mean are divided by the samples, here or there. */
const meanRoundingsOf = ({ meanOver = 1 }: Model): number => (isPowerOfTwo(meanOver) ? 0 : 2);

function lossStages(model: Model): Stage[] {
  const { functions, variant, B } = model;
  const network = networkOf(model, real);
  const { T } = network;
  const { n, Vth, output } = outputLayer(network);
  const K = output.channels;
  const VthIn = (precision: Precision): number => layerIn(model, n, precision).Vth;
  // One division, two, or a product with the inverse.
  const divided = { roundings: 4, divisor: isPowerOfTwo(T) && isPowerOfTwo(Vth) ? T * Vth : NaN };
  const meanRoundings = meanRoundingsOf(model);
  const labelled = ([, labels]: readonly Floats[], precision: Precision, b: number): Floats =>
    functions.computeLabelVector(labels[b], K, precision);
  const head = { stage: 'loss', n: 0, kind: 'sum' } as const;
  const stages: SumStage[] = [
    {
      ...head,
      id: 'loss.0.output',
      by: 'sample',
      reads: [keyOf(n, 'potential.end')],
      writes: ['output'],
      ...divided,
      f: ([u], precision) =>
        bySample(u.length / K, precision.array(u.length), (to, b) =>
          to.set(functions.computeOutput(mapAt(u, b, K), T, VthIn(precision))),
        ),
    },
    {
      ...head,
      id: 'loss.0.error',
      by: 'sample',
      reads: ['output', 'label'],
      writes: ['error'],
      selects: [1],
      roundings: 1,
      grid: ([grid]) => Math.min(0, grid),
      f: (args, precision) =>
        bySample(args[1].length, precision.array(args[0].length), (to, b) =>
          to.set(functions.computeDifference(mapAt(args[0], b, K), labelled(args, precision, b))),
        ),
      // One difference is rounded once, as it is: its terms are not.
      magnitude: (args) =>
        bySample(args[1].length, new Float64Array(args[0].length), (to, b) => {
          const Y = labelled(args, real, b);
          to.set(functions.computeDifference(mapAt(args[0], b, K), Y));
          to.forEach((each, k) => (to[k] = Math.abs(each)));
        }),
    },
    {
      ...head,
      id: 'loss.0.sample',
      by: 'sample',
      reads: ['error'],
      writes: ['loss.sample'],
      roundings: K + 2,
      divisor: variant.loss === 'half' ? 2 : 1,
      grid: ([grid]) => 2 * grid,
      f: ([error], precision) =>
        bySample(error.length / K, precision.array(error.length / K), (to, b) => {
          to[0] = functions.computeLoss(mapAt(error, b, K), variant);
        }),
    },
    {
      ...head,
      id: 'loss.0',
      reads: ['loss.sample'],
      writes: ['loss'],
      roundings: B + 1,
      divisor: variant.batch === 'mean' ? B : 1,
      f: ([samples], precision) => precision.array(1).fill(functions.computeBatchLoss(samples, variant)),
    },
    {
      id: `backward.${n}.dFI`,
      stage: 'backward',
      n,
      kind: 'sum',
      by: 'sample',
      reads: ['error'],
      writes: [keyOf(n, 'dFI')],
      ...divided,
      roundings: divided.roundings + meanRoundings,
      f: ([error], precision) =>
        bySample(error.length / K, precision.array(error.length), (to, b) =>
          to.set(functions.computedmem(mapAt(error, b, K), T, VthIn(precision), variant)),
        ),
    },
  ];
  return stages;
}

// backward

function backwardStages(model: Model, layer: Layer): Stage[] {
  return [
    ...(layer.isOutput ? [] : [gateStage(model, layer)]),
    ...(layer.weightShape.length > 0 ? [weightStage(model, layer, false)] : []),
    ...(biasesOf(layer) > 0 ? [weightStage(model, layer, true)] : []),
    ...(layer.n > 1 ? [throughStage(model, layer)] : []),
  ];
}

/** Eq. 10, the factor: ∂L/∂FO → ∂L/∂FI of a hidden layer. */
function gateStage(model: Model, layer: Layer): PointStage {
  const { n, spikes } = layer;
  const { variant, functions } = model;
  const key = (what: string): string => keyOf(n, what);
  const isOwn = variant.scale === 'neuron';
  const needsFlow = spikes && (variant.gate === 'positiveInput' || isOwn);
  const size = neuronsOf(layer.output);
  return {
    id: `backward.${n}.dFI`,
    stage: 'backward',
    n,
    kind: 'point',
    isOneOperation: !isOwn,
    by: 'sample',
    reads: [key('dFO'), ...(spikes ? [key('S')] : []), ...(needsFlow ? [key('FI'), key('FO')] : [])],
    writes: [key('dFI')],
    wide: [(spikes ? (isOwn ? 4 : 1) : 0) + meanRoundingsOf(model)],
    f([dFO, S, FI, FO], precision) {
      const none = precision.array(size);
      const own = layerIn(model, n, precision);
      return [
        bySample(dFO.length / size, precision.array(dFO.length), (to, b) => {
          const [into, out] = needsFlow ? [mapAt(FI, b, size), mapAt(FO, b, size)] : [none, none];
          functions.applydFI(to, mapAt(dFO, b, size), into, out, spikes ? S[0] : 1, own, variant);
        }),
      ];
    },
  };
}

/** Eq. 11: ∂L/∂FI and FO of the layer before → ∂L/∂w of the batch; or ∂L/∂b of a bias, whose FO is T. */
function weightStage(model: Model, layer: Layer, isBias: boolean): Stage {
  const { variant, functions, B } = model;
  const { n } = layer;
  const { T } = networkOf(model, real);
  const [from, to] = [neuronsOf(layer.input), neuronsOf(layer.output)];
  const length = isBias ? biasesOf(layer) : synapticOf(layer);
  const what = isBias ? 'db' : 'dw';
  const head = { id: `backward.${n}.${what}`, stage: 'backward', n, writes: [keyOf(n, what)] } as const;
  if (!learns(layer, model))
    return { ...head, kind: 'exact', reads: [], f: (_, { array }) => [array(length)] };
  return {
    ...head,
    kind: 'sum',
    reads: [keyOf(n, 'dFI'), ...(isBias ? [] : [keyOf(n - 1, 'FO')])],
    roundings: B * (to / layer.output.channels) + 2 + meanRoundingsOf(model),
    divisor: variant.batch === 'mean' ? B : 1,
    grid: (grids) => grids.reduce((sum, grid) => sum + grid, isBias ? gridOf(Float64Array.of(T)) : 0),
    f([dFI, FO], precision) {
      const gradient = precision.array(length);
      const own = layerIn(model, n, precision);
      for (const b of range(dFI.length / to)) {
        if (isBias) functions.accumulatedb(gradient, mapAt(dFI, b, to), T, own);
        else functions.accumulatedw(gradient, mapAt(dFI, b, to), mapAt(FO, b, from), own);
      }
      functions.applyBatch(gradient, B, variant);
      return gradient;
    },
  };
}

/** Eq. 9 and 10, the sum: ∂L/∂FI of layer n → ∂L/∂FO of layer n − 1. */
function throughStage(model: Model, layer: Layer): SumStage {
  const { n } = layer;
  const [from, to] = [neuronsOf(layer.input), neuronsOf(layer.output)];
  const hasWeights = layer.weightShape.length > 0;
  const needsFlow = layer.kind.silent;
  return {
    id: `backward.${n - 1}.dFO`,
    stage: 'backward',
    n: n - 1,
    kind: 'sum',
    by: 'sample',
    reads: [
      keyOf(n, 'dFI'),
      ...(hasWeights ? [keyOf(n, 'weight')] : []),
      ...(needsFlow ? [keyOf(n - 1, 'FO')] : []),
    ],
    writes: [keyOf(n - 1, 'dFO')],
    // A flow selects the winner of a window.
    selects: needsFlow ? [1] : [],
    roundings: throughRoundings(layer) + meanRoundingsOf(model),
    divisor: divisorOf(layer),
    f([dFI, second], precision) {
      const own = layerIn(model, n, precision);
      const count = dFI.length / to;
      const none = precision.array(from);
      const w = hasWeights ? second : precision.array(0);
      return bySample(count, precision.array(count * from), (map, b) => {
        const FO = needsFlow ? mapAt(second, b, from) : none;
        model.functions.applydFO(map, w, mapAt(dFI, b, to), FO, own);
      });
    },
  };
}

/** Roundings that a term of ∂L/∂FO can go through. */
function throughRoundings(layer: Layer): number {
  const { size, stride } = layer.window;
  const places = Math.ceil(size / stride) ** 2;
  if (layer.kind.silent) return places;
  if (weightsOf(layer) === 0) return places + 2;
  return places * layer.output.channels + 1;
}

// update

/** Adam's constants in the step of that number, from 1 on. */
function adamStepOf({ computeAdamStep, adam }: Model['functions'], η: number, k: number): AdamStep {
  let { powers, step } = computeAdamStep({ β1k: 1, β2k: 1 }, η, adam);
  for (let each = 1; each < k; each++) ({ powers, step } = computeAdamStep(powers, η, adam));
  return step;
}

/** The stages of a layer's weights, and by themselves of its biases. */
function updateStages(model: Model, layer: Layer): PointStage[] {
  const { functions, optimiser } = model;
  const { n } = layer;
  return weightKeys(layer).map((weight, place): PointStage => {
    const isBias = place > 0;
    const moment = (what: string): string => keyOf(n, `${isBias ? 'bias.' : ''}${what}`);
    const decayOf = (decay: number): number =>
      isBias ? functions.biasDecay(decay) : functions.synapticDecay(decay);
    const head = { id: `update.${n}${isBias ? '.bias' : ''}`, stage: 'update', n, kind: 'point' } as const;
    const after = `${weight}.after`;
    const dw = keyOf(n, isBias ? 'db' : 'dw');
    if (optimiser === 'sgd')
      return {
        ...head,
        reads: [weight, dw, 'learningRate', 'weightDecay'],
        writes: [after],
        wide: [1, 5, 0, 5],
        constants: [2, 3],
        f([w, g, [η], [decay]]) {
          const value = w.slice();
          functions.applySGD(value, g, η, decayOf(decay));
          return [value];
        },
      };
    return {
      ...head,
      reads: [weight, dw, moment('m.before'), moment('v.before'), 'learningRate', 'weightDecay', 'step'],
      writes: [moment('m'), moment('v'), after],
      // A step of m/√v does not show what is rounded in both: that is the rate's.
      wide: [1, 4, 5, 6, 10, 5, 0],
      constants: [4, 5, 6],
      least: [smallestMoment, smallestMoment],
      f([w, g, m0, v0, [η], [decay], [k]]) {
        const [value, m, v] = [w, m0, v0].map((values) => values.slice());
        const settings = { ...functions.adam, weightDecay: decayOf(decay) };
        functions.applyAdam(value, g, m, v, adamStepOf(functions, η, k), settings);
        return [m, v, value];
      },
    };
  });
}

// what a step starts from

/** What holds where nothing was supplied. */
export function defaultsOf(
  model: Model,
  there: ReadonlyMap<string, { readonly v: Values }>,
  precision: Precision,
): Map<string, Floats> {
  const { layers } = networkOf(model, precision);
  const all = new Map<string, Floats>();
  const set = (key: string, ...values: number[]): void =>
    void (there.has(key) || all.set(key, Float64Array.from(values)));
  if (there.has('encode.seed')) {
    set('encode.stream', 1);
    set('encode.epoch', 0);
    set('encode.sample', ...range(model.B));
  }
  set('scale.update', 1);
  set('step', 1);
  set('weightDecay', model.functions.adam.weightDecay);
  const isFirst = (there.get('step')?.v[0] ?? 1) === 1;
  for (const layer of layers) {
    const { n } = layer;
    if (layer.spikes) set(keyOf(n, 'S.before'), initialScale(layer, model.variant, precision));
    // Moments of a later step are not known to be 0.
    if (!isFirst) continue;
    for (const [place, key] of weightKeys(layer).entries())
      for (const what of ['m.before', 'v.before']) {
        const moment = keyOf(n, `${place > 0 ? 'bias.' : ''}${what}`);
        if (!there.has(moment))
          all.set(moment, precision.array(key.endsWith('bias') ? biasesOf(layer) : synapticOf(layer)));
      }
  }
  return all;
}

/** What a step leaves for the next one: from its keys to those of the next. */
export function leftKeys(model: Model): Map<string, string> {
  const left = new Map<string, string>();
  for (const layer of networkOf(model, real).layers) {
    const { n } = layer;
    if (layer.spikes) left.set(keyOf(n, 'S'), keyOf(n, 'S.before'));
    for (const [place, key] of weightKeys(layer).entries()) {
      const own = place > 0 ? 'bias.' : '';
      left.set(`${key}.after`, key);
      for (const what of ['m', 'v']) left.set(keyOf(n, own + what), keyOf(n, `${own}${what}.before`));
    }
  }
  return left;
}
