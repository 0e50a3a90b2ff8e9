/** The stages of a training step of ASF-BP, in the order in which data passes through them. The equations are in `spec/`. */
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
import { smallestMoment, type AdamConstants } from '../../../spec/update.ts';
import {
  absolutes,
  gamma,
  gridOf,
  isSingle,
  largestExactSum,
  range,
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
import { keyOf, slotsOf, sendsOn, weightKeys } from '../keys.ts';
import { cachedBySamples, once } from '../memo.ts';
import type { Kind } from '../name.ts';
import { stagesAt } from '../stages.ts';
import { learns, networkOf, type Model } from './model.ts';

/** Limit on the numbers of a window that are computed at once. */
const mostAtOnce = 2 ** 19;

/** Matches the end of keys that name arrays of an earlier step. */
const ofEarlier = / of step \d+$/;

const ofSamples = cachedBySamples<Model>();

/** A step of a model as a computation. */
export const computationOf = once((model: Model): Computation => {
  const network = networkOf(model, real);
  const { B } = model;
  const all = stagesOf(model);
  const most = Math.max(neuronsOf(network.input), ...network.layers.map(({ output }) => neuronsOf(output)));
  return {
    B,
    T: network.T,
    atOnce: Math.max(1, Math.floor((model.atOnce ?? mostAtOnce) / (network.T * most))),
    stored: Math.floor((4 * mostAtOnce) / (network.T * most)),
    // ASF-BP does not train an output layer that fires or leaks.
    stages: model.variant.output === 'integrates' ? all : all.filter(({ by }) => by === 'window'),
    ofSamples: (count) => computationOf(ofSamples(model, count)),
    axesOf(key) {
      const dimensions = slotsOf(network, B).get(key.replace(ofEarlier, ''))?.row.dimensions ?? [];
      return dimensions[0] === 'T' ? 'TB' : dimensions[0] === 'B' ? 'B' : '';
    },
  };
});

/** Steps of ASF-BP. */
export const asf: Kind<Model> = { computationOf, ofSamples };

/** All stages, also those that do not exist if the output layer fires or leaks. */
function stagesOf(model: Model): Stage[] {
  const { layers } = networkOf(model, real);
  return [
    ...encodeStages(model),
    flowStage(model, 0, 'flow.0', 'input.spikes', 'input.FO'),
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

/** The map at place `index` in an array of maps. */
const mapAt = (values: Floats, index: number, size: number): Floats =>
  values.subarray(index * size, (index + 1) * size);

/** Concatenates arrays in a precision. */
export function joined(pieces: readonly Values[], { array }: Precision): Floats {
  if (pieces.length === 1) return pieces[0] as Floats; // a single argument already has this precision
  const out = array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    out.set(piece, at);
    at += piece.length;
  }
  return out;
}

const layerIn = (model: Model, n: number, precision: Precision): Layer =>
  networkOf(model, precision).layers[n - 1];

/**
 * Computes maps of `size` numbers, each from the maps with the same index in `arrays`. An array without steps repeats its maps
 * at every step.
 *
 * @param sizes the size of the maps of each array
 */
function byMaps(
  precision: Precision,
  size: number,
  arrays: readonly Floats[],
  sizes: readonly number[],
  write: (to: Floats, ...from: Floats[]) => void,
): Floats {
  const count = arrays[0].length / sizes[0];
  const out = precision.array(count * size);
  for (const m of range(count)) {
    write(
      mapAt(out, m, size),
      ...arrays.map((from, k) => mapAt(from, m % (from.length / sizes[k]), sizes[k])),
    );
  }
  return out;
}

// encode

/** The random words of an encoding, from its seed, stream, epoch and samples. */
function drawWords({ input, T }: Network, [[seed], [stream], [epoch], samples]: readonly Floats[]): Floats {
  const size = neuronsOf(input);
  const name = keysOf(streams).find((each) => streams[each] === stream)!; // the stream was checked to be 1 or 2
  const words = new Uint32Array(T * samples.length * size);
  const raster = rasterOrder(input);
  for (const t of range(T))
    for (const [b, sample] of samples.entries()) {
      const from = (t * samples.length + b) * size;
      raster.forEach(
        (pixel, index) => (words[from + pixel] = inputWord({ seed, stream: name, epoch, sample }, t, index)),
      );
    }
  return words as Values as Floats; // readers only index these words
}

function encodeStages(model: Model): Stage[] {
  const network = networkOf(model, real);
  const size = neuronsOf(network.input);
  // Evenly spaced spikes are not encoded by a stage, so they must be supplied.
  if (network.isEven) return [];
  const scale = model.variant.input === 'scaledIntensity' ? network.inputScale : 1;
  const { exact } = stagesAt('encode', 0, 'window');
  const from = ['seed', 'stream', 'epoch', 'sample'].map((what) => `encode.${what}`);
  const encoded = ([image, words]: readonly Floats[], precision: Precision): Floats =>
    byMaps(precision, size, [words, image], [size, size], (o, draws, intensities) =>
      model.functions.applyWords(o, intensities, draws, scale),
    );
  return [
    exact('encode.0.word', from, 'encode.word', (args) => drawWords(network, args), [0, 1, 2, 3]),
    exact('encode.0', ['image', 'encode.word'], 'input.spikes', encoded, [1]),
  ];
}

// current

/** Roundings of a term of the current: its product and the sums; for a pool also the division. */
function roundingsOf(layer: Layer): number {
  if (weightsOf(layer) === 0) return layer.window.size ** 2 + 1;
  return layer.weightShape.slice(1).reduce((a, b) => a * b, 1) + (layer.bias.length > 0 ? 1 : 0);
}

/** Computes x. The last argument has maps of spikes, and the arguments before it have weights and biases. */
function currents(
  model: Model,
  n: number,
  args: readonly Floats[],
  precision: Precision,
  always?: number,
): Floats {
  const layer = layerIn(model, n, precision);
  const w = joined(args.slice(0, -1), precision);
  return byMaps(precision, neuronsOf(layer.output), args.slice(-1), [neuronsOf(layer.input)], (x, o) =>
    model.functions.applyCurrent(x, w, o, layer, always),
  );
}

/** The grid of w·o + b. */
const gridOfTerms = (grids: readonly number[]): number =>
  grids.length < 3 ? grids.reduce((sum, grid) => sum + grid, 0) : Math.min(grids[0] + grids[2], grids[1]);

function currentStage(model: Model, layer: Layer): Stage {
  const { n, kind } = layer;
  const [id, reads, result] = [
    `current.${n}`,
    [...weightKeys(layer), keyOf(n - 1, 'spikes')],
    keyOf(n, 'current'),
  ];
  const f = (args: readonly Floats[], precision: Precision): Floats => currents(model, n, args, precision);
  const { exact, sum } = stagesAt('current', n, 'window');
  if (kind.silent) return exact(id, reads, result, f);
  return sum(
    id,
    reads,
    result,
    { roundings: roundingsOf(layer), divisor: divisorOf(layer), grid: gridOfTerms },
    f,
  );
}

/** Terms of W·FO. By Eq. 8, W·FO equals Σ_t x. A program may compute either, so the bound of Σ_t x allows both. */
function byEquation8(model: Model, layer: Layer) {
  const { n, kind } = layer;
  if (kind.silent) return undefined;
  const share = Math.log2(divisorOf(layer));
  return {
    hints: [...weightKeys(layer), keyOf(n - 1, 'FO')],
    /** The magnitudes of the terms; undefined if an argument is missing. */
    of(args: readonly (Floats | undefined)[], always: number) {
      if (args.some((arg) => arg === undefined)) return undefined;
      const sizes = (args as Floats[]).map(absolutes); // no argument is undefined, as checked above
      return {
        magnitude: currents(model, n, sizes, real, always),
        grid: Number.isInteger(share) ? gridOfTerms(sizes.map(gridOf)) - share : -Infinity,
        // Counts the roundings of the supplied currents, and those of the sum.
        roundings: 2 * roundingsOf(layer),
      };
    },
  };
}

// neuron

function neuronStage(model: Model, layer: Layer): Stage {
  const { n, kind } = layer;
  const current = keyOf(n, 'current');
  if (kind.silent)
    return stagesAt('neuron', n, 'window').exact(`neuron.${n}`, [current], keyOf(n, 'spikes'), ([x]) =>
      x.slice(),
    );
  const { variant, functions } = model;
  const { Vth, λ, spikes: fires } = layer;
  const keys: NeuronStage['keys'] = {
    ...(fires && { compared: keyOf(n, 'compared') }),
    potential: keyOf(n, 'potential'),
    end: keyOf(n, 'potential.end'),
    ...(fires && { spikes: keyOf(n, 'spikes') }),
  };
  const { T } = networkOf(model, real);
  // Counts the one or three roundings of λ·u, and the rounding of λ, if any.
  const hasLeak = λ !== 1 && (fires || variant.output === 'leaks');
  const leak = !hasLeak ? 0 : (variant.leak === 'product' ? 1 : (1 + 3 * λ) / λ) + (isSingle(λ) ? 0 : 1);
  // If a mistake replaces the function of the neuron, the reset is unknown.
  const resets = !subtracts(variant) && functions.applyLayerNeuron === applyLayerNeuron;
  const sum = sendsOn(layer) ? undefined : byEquation8(model, layer);
  const [u1, o1] = [new Float64Array(1), new Float64Array(1)];
  const leaves: NeuronStage['leaves'] = (u, _, sent) => {
    [u1[0], o1[0]] = [u, sent];
    if (variant.reset !== 'nextStep') applyResetAndLeak(u1, o1, layer, variant);
    return u1[0];
  };
  return {
    id: `neuron.${n}`,
    stage: 'neuron',
    n,
    by: 'window',
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
      functions.applyLayerNeuron(
        u,
        o,
        x,
        layerIn(model, n, precisionOf(u)),
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
      // If neurons do not fire, the recorded u already includes the leak of this step, unless the variant leaks in the next
      // step.
      const factor = fires || variant.reset === 'nextStep' ? 1 : 1 + leak;
      return leak * (left + (isLess ? Vth : 0)) + subtracted + factor * Math.abs(seen);
    },
    ...(sum && {
      // A program may compute the last potential of the output layer as W·FO. This moves each current by at most the rounding
      // of its terms.
      also([, ...args]: readonly Floats[]) {
        const found = sum.of(args, 1);
        if (!found) return undefined;
        const { magnitude, grid, roundings } = found;
        if (total(magnitude, (each) => each) <= largestExactSum(grid)) return undefined;
        return Float64Array.from(magnitude, (each) => gamma(roundings) * each + roundings * tiny);
      },
    }),
  };
}

// flow

/** Σ_t of an array (T,B,…), t ascending. `accumulateFlow` sums two arrays at once; the second sum is ignored. */
function flowStage(model: Model, n: number, id: string, from: string, to: string): SumStage {
  const { T } = networkOf(model, real);
  return stagesAt('flow', n, 'window').sum(id, [from], to, T, ([values], { array }) => {
    const size = values.length / T;
    const [sum, other] = [array(size), array(size)];
    for (const t of range(T)) {
      const map = mapAt(values, t, size);
      model.functions.accumulateFlow(sum, other, map, map);
    }
    return sum;
  });
}

function flowStages(model: Model, layer: Layer): Stage[] {
  const { n } = layer;
  const sum = byEquation8(model, layer);
  const FI: SumStage = {
    ...flowStage(model, n, `flow.${n}.FI`, keyOf(n, 'current'), keyOf(n, 'FI')),
    ...(sum && {
      hints: sum.hints,
      also: ([, ...args]) => sum.of(args, networkOf(model, real).T),
    }),
    selects: sum ? sum.hints.map((_, k) => k + 1) : [],
    grid: ([grid]) => grid,
  };
  if (!sendsOn(layer)) return [FI];
  const FO = flowStage(model, n, `flow.${n}.FO`, keyOf(n, 'spikes'), keyOf(n, 'FO'));
  if (!layer.kind.silent || model.variant.maxPoolFlow !== 'accumulated') return [FI, FO];
  const greatest = ([before]: readonly Floats[], precision: Precision): Floats =>
    byMaps(precision, neuronsOf(layer.output), [before], [neuronsOf(layer.input)], (to, from) =>
      model.functions.applyWindowEnd({ FO: to }, { FO: from }, layerIn(model, n, precision), model.variant),
    );
  return [FI, stagesAt('flow', n, 'window').exact(FO.id, [keyOf(n - 1, 'FO')], keyOf(n, 'FO'), greatest)];
}

// scale

function scaleStages(model: Model, layer: Layer): Stage[] {
  const { n, Vth } = layer;
  const { functions, variant } = model;
  const key = (what: string): string => keyOf(n, what);
  const all = { ...variant, scaleOver: 'all' as const };
  const size = neuronsOf(layer.output);
  const { sum, point } = stagesAt('scale', n, 'sample');
  /** ΣFI or ΣFO of each sample, over the selected neurons. */
  const sumOf = (what: 'FI' | 'FO'): SumStage =>
    sum(`scale.${n}.sum${what}`, [key(`term${what}`)], key(`sum${what}`), size, ([terms], precision) => {
      const none = precision.array(size);
      const cast = layerIn(model, n, precision);
      return byMaps(precision, 1, [terms], [size], (to, map) => {
        const [FI, FO] = what === 'FI' ? [map, none] : [none, map];
        to[0] = functions.computeFlowSums(FI, FO, cast, all, precision)[what];
      });
    });
  const terms: PointStage = {
    ...point(`scale.${n}.terms`, [key('FI'), key('FO')], '', [], ([FI]) => FI),
    writes: [key('termFI'), key('termFO')],
    f([FI, FO], precision) {
      const [into, out] = [precision.array(FI.length), precision.array(FI.length)];
      for (let i = 0; i < FI.length; i++)
        [into[i], out[i]] = functions.flowTerms(FI[i], FO[i], layer, variant);
      return [into, out];
    },
  };
  const ofBatch = stagesAt('scale', n).point;
  const isFrozen = (isUpdated: number): boolean => isUpdated === 0 || variant.scale !== 'layer';
  return [
    terms,
    sumOf('FI'),
    sumOf('FO'),
    ofBatch(
      `scale.${n}.ratio`,
      [key('sumFI'), key('sumFO')],
      key('ratio'),
      {
        // Counts the roundings of the sum over the batch, and that of the division.
        wide: ([FI], isOff) => [!isOff && total(FI, Math.abs) <= largestExactSum(gridOf(FI)) ? 1 : model.B],
        dividesBy: 0,
        isOneOperation: true,
      },
      ([FI, FO], precision) => {
        const samples = Array.from(FI, (flow, b) => ({ FI: flow, FO: FO[b] }));
        const sums = functions.computeBatchSums(samples, precision);
        return precision.array(1).fill(functions.computeRatio(sums, variant, precision));
      },
    ),
    ofBatch(
      `scale.${n}`,
      [key('ratio'), key('S.before'), 'scale.update'],
      key('S'),
      {
        wide: ([[ratio], , [isUpdated]]) => {
          if (isFrozen(isUpdated)) return [];
          if (variant.scaleMemory === 'blend') return [3, 3];
          // 1/Vth, the limit of a ratio, is rounded unless Vth is a power of two.
          return Math.abs(ratio * Vth - 1) < 2 ** -20 && !isPowerOfTwo(Vth) ? [2] : [];
        },
        turns: [variant.scaleRange === 'belowInverseThreshold' ? [0, 1 / Vth] : []],
        isOneOperation: variant.scaleMemory !== 'blend',
        constants: [1],
      },
      ([[ratio], S, [isUpdated]], precision) => {
        const cast = layerIn(model, n, precision);
        if (isFrozen(isUpdated)) return S.slice();
        return precision.array(1).fill(functions.computeScaleOf(ratio, S[0], cast, variant, precision).S);
      },
    ),
  ];
}

// loss

const isPowerOfTwo = (value: number): boolean => Number.isInteger(Math.log2(value));

/** Additional roundings of gradients that are divided by the number of samples. */
const meanRoundingsOf = ({ meanOver = 1 }: Model): number => (isPowerOfTwo(meanOver) ? 0 : 2);

function lossStages(model: Model): SumStage[] {
  const { functions, variant, B } = model;
  const network = networkOf(model, real);
  const { T } = network;
  const { n, Vth, output } = outputLayer(network);
  const K = output.channels;
  const VthIn = (precision: Precision): number => layerIn(model, n, precision).Vth;
  // A program may divide once, divide twice, or multiply by the inverse.
  const divided = { roundings: 4, divisor: isPowerOfTwo(T) && isPowerOfTwo(Vth) ? T * Vth : NaN };
  const errorOf = ([shares, labels]: readonly Floats[], precision: Precision): Floats =>
    byMaps(precision, K, [shares, labels], [K, 1], (to, share, [label]) =>
      to.set(functions.computeDifference(share, functions.computeLabelVector(label, K, precision))),
    );
  /** Computes `size` numbers from the K numbers of each sample. */
  const ofEach =
    (size: number, write: (to: Floats, map: Floats, precision: Precision) => void) =>
    ([values]: readonly Floats[], precision: Precision): Floats =>
      byMaps(precision, size, [values], [K], (to, own) => write(to, own, precision));
  const { sum } = stagesAt('loss', 0, 'sample');
  // A program may compute the output alone as W·FO, beside the potentials of its steps.
  const terms = byEquation8(model, outputLayer(network));
  return [
    sum(
      'loss.0.output',
      [keyOf(n, 'potential.end')],
      'output',
      {
        ...divided,
        ...(terms && {
          hints: terms.hints,
          selects: terms.hints.map((_, k) => k + 1),
          also([, ...args], isOff) {
            const found = isOff ? undefined : terms.of(args, T);
            return (
              found && {
                magnitude: Float64Array.from(found.magnitude, (each) => each / (T * Vth)),
                grid: found.grid - Math.log2(divided.divisor),
                roundings: found.roundings + divided.roundings,
              }
            );
          },
        }),
      },
      ofEach(K, (to, u, precision) => to.set(functions.computeOutput(u, T, VthIn(precision)))),
    ),
    sum(
      'loss.0.error',
      ['output', 'label'],
      'error',
      {
        roundings: 1,
        selects: [1],
        grid: ([grid]) => Math.min(0, grid),
        // Only the difference is rounded, not its terms.
        magnitude: (args) => absolutes(errorOf(args, real)),
      },
      errorOf,
    ),
    sum(
      'loss.0.sample',
      ['error'],
      'loss.sample',
      { roundings: K + 2, divisor: variant.loss === 'half' ? 2 : 1, grid: ([grid]) => 2 * grid },
      ofEach(1, (to, error) => (to[0] = functions.computeLoss(error, variant))),
    ),
    stagesAt('loss', 0).sum(
      'loss.0',
      ['loss.sample'],
      'loss',
      { roundings: B + 1, divisor: variant.batch === 'mean' ? B : 1 },
      ([samples], precision) => precision.array(1).fill(functions.computeBatchLoss(samples, variant)),
    ),
    stagesAt('backward', n, 'sample').sum(
      `backward.${n}.dFI`,
      ['error'],
      keyOf(n, 'dFI'),
      { ...divided, roundings: divided.roundings + meanRoundingsOf(model) },
      ofEach(K, (to, error, precision) => to.set(functions.computedmem(error, T, VthIn(precision), variant))),
    ),
  ];
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
  const isPerNeuron = variant.scale === 'neuron';
  const needsFlow = spikes && (variant.gate !== 'always' || isPerNeuron);
  const size = neuronsOf(layer.output);
  return stagesAt('backward', n, 'sample').point(
    `backward.${n}.dFI`,
    [key('dFO'), ...(spikes ? [key('S')] : []), ...(needsFlow ? [key('FI'), key('FO')] : [])],
    key('dFI'),
    {
      wide: [(spikes ? (isPerNeuron ? 4 : 1) : 0) + meanRoundingsOf(model)],
      isOneOperation: !isPerNeuron,
    },
    ([dFO, S, ...flows], precision) => {
      const none = precision.array(size);
      const cast = layerIn(model, n, precision);
      const arrays = [dFO, ...(needsFlow ? flows : [])];
      return byMaps(precision, size, arrays, [size, size, size], (to, d, FI = none, FO = none) =>
        functions.applydFI(to, d, FI, FO, spikes ? S[0] : 1, cast, variant),
      );
    },
  );
}

/** Eq. 11: ∂L/∂FI of layer n and FO of layer n − 1 → ∂L/∂w of the batch, or ∂L/∂b with FO = T. */
function weightStage(model: Model, layer: Layer, isBias: boolean): Stage {
  const { variant, functions, B } = model;
  const { n } = layer;
  const { T } = networkOf(model, real);
  const [from, to] = [neuronsOf(layer.input), neuronsOf(layer.output)];
  const length = isBias ? biasesOf(layer) : synapticOf(layer);
  const what = isBias ? 'db' : 'dw';
  const [id, result] = [`backward.${n}.${what}`, keyOf(n, what)];
  const { exact, sum } = stagesAt('backward', n);
  if (!learns(layer, model)) return exact(id, [], result, (_, { array }) => array(length));
  return sum(
    id,
    [keyOf(n, 'dFI'), ...(isBias ? [] : [keyOf(n - 1, 'FO')])],
    result,
    {
      roundings: B * (to / layer.output.channels) + 2 + meanRoundingsOf(model),
      divisor: variant.batch === 'mean' ? B : 1,
      grid: (grids) => grids.reduce((all, grid) => all + grid, isBias ? gridOf(Float64Array.of(T)) : 0),
    },
    ([dFI, FO], precision) => {
      const gradient = precision.array(length);
      const its = layerIn(model, n, precision);
      for (const b of range(dFI.length / to)) {
        if (isBias) functions.accumulatedb(gradient, mapAt(dFI, b, to), T, its);
        else functions.accumulatedw(gradient, mapAt(dFI, b, to), mapAt(FO, b, from), its);
      }
      functions.applyBatch(gradient, B, variant);
      return gradient;
    },
  );
}

/** Eq. 9 and 10, the sum: ∂L/∂FI of layer n → ∂L/∂FO of layer n − 1. */
function throughStage(model: Model, layer: Layer): SumStage {
  const { n } = layer;
  const [from, to] = [neuronsOf(layer.input), neuronsOf(layer.output)];
  const hasWeights = layer.weightShape.length > 0;
  const needsFlow = layer.kind.silent;
  const reads = [
    keyOf(n, 'dFI'),
    ...(hasWeights ? [keyOf(n, 'weight')] : []),
    ...(needsFlow ? [keyOf(n - 1, 'FO')] : []),
  ];
  return stagesAt('backward', n - 1, 'sample').sum(
    `backward.${n - 1}.dFO`,
    reads,
    keyOf(n - 1, 'dFO'),
    {
      roundings: throughRoundings(layer) + meanRoundingsOf(model),
      // A flow is not a factor: it selects the maximum of a window.
      selects: needsFlow ? [1] : [],
      divisor: divisorOf(layer),
    },
    ([dFI, second], precision) => {
      const cast = layerIn(model, n, precision);
      const none = precision.array(from);
      const w = hasWeights ? second : precision.array(0);
      const arrays = [dFI, ...(needsFlow ? [second] : [])];
      return byMaps(precision, from, arrays, [to, from], (map, d, FO = none) =>
        model.functions.applydFO(map, w, d, FO, cast),
      );
    },
  );
}

/** Roundings of a term of ∂L/∂FO. */
function throughRoundings(layer: Layer): number {
  const { size, stride } = layer.window;
  const positions = Math.ceil(size / stride) ** 2;
  if (layer.kind.silent) return positions;
  if (weightsOf(layer) === 0) return positions + 2;
  return positions * layer.output.channels + 1;
}

// update

/** Adam's constants in step k, counted from 1. */
function adamConstantsOf(
  { computeAdamConstants, adam }: Model['functions'],
  η: number,
  k: number,
): AdamConstants {
  let { powers, constants } = computeAdamConstants({ β1k: 1, β2k: 1 }, η, adam);
  for (let each = 1; each < k; each++) ({ powers, constants } = computeAdamConstants(powers, η, adam));
  return constants;
}

/** The synaptic weights and the biases of a layer: their number and their keys. */
const learntOf = (layer: Layer) =>
  weightKeys(layer).map((weight, index) => ({
    weight,
    isBias: index > 0,
    length: index > 0 ? biasesOf(layer) : synapticOf(layer),
    gradient: keyOf(layer.n, index > 0 ? 'db' : 'dw'),
    moment: (what: string) => keyOf(layer.n, index > 0 ? `bias.${what}` : what),
  }));

function updateStages(model: Model, layer: Layer): PointStage[] {
  const { functions, optimiser } = model;
  return learntOf(layer).map(({ weight, isBias, gradient, moment }): PointStage => {
    const decayOf = isBias ? functions.biasDecay : functions.synapticDecay;
    const id = `update.${layer.n}${isBias ? '.bias' : ''}`;
    const head = { id, stage: 'update', n: layer.n, kind: 'point' } as const;
    const after = `${weight}.after`;
    if (optimiser === 'sgd')
      return {
        ...head,
        reads: [weight, gradient, 'learningRate', 'weightDecay'],
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
      reads: [
        weight,
        gradient,
        moment('m.before'),
        moment('v.before'),
        'learningRate',
        'weightDecay',
        'step',
      ],
      writes: [moment('m'), moment('v'), after],
      // If the gradient moves, m and √v change by the same factor, which cancels in m/√v. Their own roundings do not cancel;
      // the 10 ε of the learning rate cover them.
      wide: [1, 4, 5, 6, 10, 5, 0],
      constants: [4, 5, 6],
      least: [smallestMoment, smallestMoment],
      f([w, g, m0, v0, [η], [decay], [k]]) {
        const [value, m, v] = [w, m0, v0].map((values) => values.slice());
        const settings = { ...functions.adam, weightDecay: decayOf(decay) };
        functions.applyAdam(value, g, m, v, adamConstantsOf(functions, η, k), settings);
        return [m, v, value];
      },
    };
  });
}

// the start of a step

/** Default values of arrays that were not supplied. */
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
    // Before a later step, m and v can differ from 0, so they have no default.
    if (!isFirst) continue;
    for (const { length, moment } of learntOf(layer))
      for (const key of [moment('m.before'), moment('v.before')])
        if (!there.has(key)) all.set(key, precision.array(length));
  }
  return all;
}

/** For each array that a step leaves behind: its key in this step, and its key in the next. */
export function leftKeys(model: Model): Map<string, string> {
  const left = new Map<string, string>();
  for (const layer of networkOf(model, real).layers) {
    const { n } = layer;
    if (layer.spikes) left.set(keyOf(n, 'S'), keyOf(n, 'S.before'));
    for (const { weight, moment } of learntOf(layer)) {
      left.set(`${weight}.after`, weight);
      for (const what of ['m', 'v']) left.set(moment(what), moment(`${what}.before`));
    }
  }
  return left;
}
