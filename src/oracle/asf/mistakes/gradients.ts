/** Mistakes of the stages `loss` and `backward`: factors of Eq. 6 and 9, the mask and S of Eq. 10, flows of Eq. 11, pools. */
import type { Floats, Precision } from '../../../../spec/arithmetic.ts';
import { maxPool } from '../../../../spec/layers/maxPool.ts';
import { neuronsOf, outputLayer, weightsOf, type Layer, type Synapses } from '../../../../spec/network.ts';
import { absolutes, largest, range, total, ε, type Values } from '../../../engine/rounding.ts';
import type { Stage } from '../../../engine/stage.ts';
import { keyOf } from '../../keys.ts';
import type { Fitted, Seen } from '../../name.ts';
import { learns, type Model } from '../model.ts';
import {
  digits,
  factorText,
  fires,
  layerOf,
  makes,
  middleOf,
  networkIn,
  replacing,
  rowsOf,
  TOf,
  withTerm,
  type Change,
  type Row,
  isMean,
} from './rows.ts';
import { bySynapses, undivided, wiredLayer } from './wiring.ts';

// loss, and Eq. 9

const VthOf = (model: Model): number => outputLayer(networkIn(model)).Vth;
const classesOf = (model: Model): number => outputLayer(networkIn(model)).output.channels;
const isHalf = ({ variant }: Model): boolean => variant.loss === 'half';

const makesOutput = ({ writes }: Stage): boolean => writes.includes('output');
const makesLoss = ({ writes }: Stage): boolean => writes.includes('loss.sample');
const makesError = ({ writes }: Stage): boolean => writes.includes('error');
const isFactorOf9 = (stage: Stage, model: Model): boolean =>
  stage.n === networkIn(model).layers.length && makes(stage, 'dFI');
const isOfLabel = (stage: Stage, model: Model): boolean =>
  makesError(stage) || makesLoss(stage) || isFactorOf9(stage, model);

/** Multiplies an array by a factor, in models where the factor is not 1. */
const times = (
  concerns: (stage: Stage, model: Model) => boolean,
  factor: (model: Model) => number,
): Change => ({
  concerns: (stage, model) => concerns(stage, model) && factor(model) !== 1,
  output: (values, _key, _stage, model) => values.map((value) => value * factor(model)),
});

const ofFactors = rowsOf(['loss', 'backward'], {
  'output-without-threshold: Vth is missing in Eq. 6: u / T for u / (T·Vth).': times(makesOutput, VthOf),
  'output-without-window: T is missing in Eq. 6: u / Vth for u / (T·Vth).': times(makesOutput, TOf),
  'loss-mean-of-classes: L is the mean over the classes; Eq. 6 is the sum.': times(
    makesLoss,
    (model) => 1 / classesOf(model),
  ),
  'gradient-without-threshold: Vth is missing in Eq. 9.': times(isFactorOf9, VthOf),
  'gradient-without-window: T is missing in Eq. 9.': times(isFactorOf9, TOf),
  'gradient-threshold-twice: Vth is in Eq. 9 twice.': times(isFactorOf9, (model) => 1 / VthOf(model)),
  'gradient-window-twice: T is in Eq. 9 twice.': times(isFactorOf9, (model) => 1 / TOf(model)),
  'gradient-without-window-and-threshold: T·Vth is missing in Eq. 9.': times(
    isFactorOf9,
    (model) => TOf(model) * VthOf(model),
  ),
  'gradient-mean-of-classes: Eq. 9 is divided by the number of classes: the loss is a mean over them, where Eq. 6 is the sum.':
    times(isFactorOf9, (model) => 1 / classesOf(model)),
  'gradient-mean-of-batch: Eq. 9 is divided by the samples of the batch; it is of each sample’s own L. Where the mean is meant: --gradients batch.':
    times(isFactorOf9, ({ B }) => 1 / B),
  'gradient-of-mean-squares: Eq. 9 is of a mean of squares over the classes (nn.MSELoss as it is): without the ½ of Eq. 6, and divided by their number.':
    times(isFactorOf9, (model) => (isHalf(model) ? 2 / classesOf(model) : 1)),
  'gradient-of-mean-squares-of-batch: Eq. 9 is of a mean of squares over the batch and the classes (nn.MSELoss as it is); it is of each sample’s sum over the classes.':
    times(isFactorOf9, (model) => (isHalf(model) ? 2 : 1) / (classesOf(model) * model.B)),
  'gradient-negated: Eq. 9 has the other sign: Y − output for output − Y.': times(isFactorOf9, () => -1),
});

/** Bounds a sum as a `point` stage, because a mistake replaces it by another function. Numbers are assumed to be at most about 1. */
function loosely(stage: Stage): Stage {
  if (stage.kind !== 'sum') return stage;
  const { id, n, by, reads, writes, f } = stage;
  const head = { id, stage: stage.stage, n, reads, writes, ...(by && { by }) };
  return { ...head, kind: 'point', wide: [4], least: [16 * ε], f: (...args) => [f(...args)] };
}

/** Spike counts of an output layer that fires, computed from its currents x. */
function countsOf(x: Floats, model: Model): Floats {
  const layer = { ...outputLayer(networkIn(model)), spikes: true };
  const [u, o, count] = [0, 1, 2].map(() => new Float64Array(x.length / TOf(model)));
  for (let from = 0; from < x.length; from += u.length) {
    model.functions.applyLayerNeuron(u, o, x.subarray(from, from + u.length), layer, model.variant);
    o.forEach((spike, i) => (count[i] += spike));
  }
  return count;
}

const ofLoss = rowsOf(['loss', 'backward'], {
  'output-counts-spikes: The output layer fires and resets as the others do, and its spikes are counted; Eq. 6 integrates.':
    {
      concerns: makesOutput,
      wire: (key) => key.replace(/potential\.end$/, 'current'),
      input: (values, key, _stage, model) => (key.endsWith('.current') ? countsOf(values, model) : values),
    },
  'window-off-by-one: T·Vth of Eq. 6 or 9 has another number of steps than T.': {
    concerns: (stage, model) => makesOutput(stage) || isFactorOf9(stage, model),
    fit: ({ model }) => [[TOf(model) + 1], [TOf(model) - 1]],
    output: (values, _key, _stage, model, [steps = TOf(model) + 1]) =>
      values.map((value) => (value * TOf(model)) / steps),
    found: ([steps]) => `It has ${steps}.`,
  },
  'label-off-by-one: Labels are counted from another number than 0.': {
    concerns: isOfLabel,
    fit: () => [[1], [-1]],
    input: (values, key, _stage, _model, [by = 1]) =>
      key === 'label' ? values.map((label) => label + by) : values,
    found: ([by]) => `They are one too ${by > 0 ? 'large' : 'small'}.`,
  },
  'label-as-number: Each class is compared with the number of the label; Eq. 6 has 1 at the class and 0 elsewhere.':
    {
      concerns: makesError,
      change: replacing({
        computeLabelVector: (label, classes, { array }) => array(classes).fill(label),
      }),
    },
  'label-smoothing: Labels are smoothed by 0.1; Eq. 6 has 1 at the class and 0 elsewhere.': {
    concerns: makesError,
    change: replacing({
      computeLabelVector: (label, classes, { array }) =>
        array(classes).map((_, k) => 0.1 / classes + (k === label ? 0.9 : 0)),
    }),
    stage: loosely,
  },
  'cross-entropy: The loss is the cross-entropy of softmax(u / (T·Vth)), whose error is softmax − Y; Eq. 6 has squares.':
    {
      concerns: isOfLabel,
      change: (model) => ({
        // Like the gradient of `half`, the gradient of the cross-entropy has no factor 2.
        variant: { ...model.variant, loss: 'half' },
        ...replacing({
          computeDifference(output, Y) {
            const powers = output.map((each) => Math.exp(each));
            return powers.map((power, k) => power / total(powers, (each) => each) - Y[k]);
          },
          // The error of the labelled class is its probability − 1; other errors are positive.
          computeLoss: (error) => -Math.log(1 + Math.min(...error)),
        })(model),
      }),
      stage: (stage) => (stage.stage === 'loss' ? loosely(stage) : stage),
    },
});

// Eq. 10

const isGate = (stage: Stage, model: Model): boolean => fires(stage, model) && makes(stage, 'dFI');

/** Each neuron has a slope that follows from its flows, whatever the variant's gate. A `scale` of neurons is rounded more often. */
const byFlows = (
  slopeOf: (FI: number, FO: number, S: number) => number,
  scale: Partial<Pick<Model['variant'], 'scale'>> = {},
): Change => ({
  concerns: isGate,
  change: (model) => ({
    variant: { ...model.variant, ...scale, gate: 'positiveInput' },
    ...replacing({
      applydFI: (dFI, dFO, FI, FO, S) => dFI.set(dFO.map((d, j) => d * slopeOf(FI[j], FO[j], S))),
    })(model),
  }),
});

/** The gradient passes only through neurons whose flows meet `isOpen`. */
const byGate = (isOpen: (FI: number, FO: number) => boolean): Change =>
  byFlows((FI, FO, S) => (isOpen(FI, FO) ? S : 0));

/** The least number of values to fit a factor. With fewer, a fit is no evidence. */
const leastFitted = 3;

/** The median quotient of two arrays, over indices where neither is 0. */
function quotients(got: Values | undefined, of: Values | undefined): Fitted[] {
  const all: number[] = [];
  for (let i = 0; got && of && i < got.length; i++) if (got[i] !== 0 && of[i] !== 0) all.push(got[i] / of[i]);
  const found = all.length < leastFitted ? undefined : middleOf(all);
  return found === undefined ? [] : [[found]];
}

/** Eq. 10 with the mask of the variant, but with another slope in place of S. */
const bySlope = (of: (S: number, k: Fitted) => number): Change => ({
  concerns: (stage, model) => isGate(stage, model) && model.variant.scale !== 'neuron',
  change: (model, k) =>
    replacing((original) => ({
      applydFI: (...[dFI, dFO, FI, FO, S, ...rest]) => original.applydFI(dFI, dFO, FI, FO, of(S, k), ...rest),
    }))(model),
});

const ofGates = rowsOf(['backward'], {
  'mask-by-FO: The gradient passes neurons with FO > 0, those that fired.': byGate((_, FO) => FO > 0),
  'mask-at-zero: The gradient passes neurons with FI = 0, too, as where pools have no gate.': byGate(
    (FI) => FI >= 0,
  ),
  'mask-at-threshold: The gradient passes neurons with FI ≥ Vth alone.': {
    concerns: isGate,
    change: (model) => ({
      variant: { ...model.variant, gate: 'positiveInput' },
      ...replacing({
        applydFI: (...[dFI, dFO, FI, , S, { Vth }]) => dFI.set(dFO.map((d, j) => (FI[j] >= Vth ? d * S : 0))),
      })(model),
    }),
  },
  'scale-ignored: Eq. 10 lacks S: ∂FO/∂FI is 1.': bySlope(() => 1),
  'scale-twice: Eq. 10 has S twice.': bySlope((S) => S * S),
  'other-slope: Eq. 10 has one other slope than S in all neurons of the layer (straight-through).': {
    ...bySlope((_, [slope = 1 / 2]) => slope),
    // If S of exactly one other layer equals this slope, the second parameter is the number of that layer.
    fit: ({ stage: { n }, got, there, model }) =>
      quotients(got(keyOf(n, 'dFI')), there(keyOf(n, 'dFO')))
        .filter(([slope]) => slope > 0)
        .map(([slope]) => {
          const isSlope = (other: number): boolean =>
            other !== n && Math.abs((there(keyOf(other, 'S'))?.[0] ?? NaN) / slope - 1) < 2 ** -18;
          const same = networkIn(model).layers.filter((layer) => layer.spikes && isSlope(layer.n));
          return [slope, ...(same.length === 1 ? [same[0].n] : [])];
        }),
    found: ([slope, n]) => `It is ${digits(slope)}${n === undefined ? '' : `, the same as S of layer ${n}`}.`,
  },
  'slope-of-each-neuron: Eq. 10 has FO / FI of each neuron, whatever it is, in place of S.': byFlows(
    (FI, FO) => (FI > 0 ? FO / FI : 0),
    { scale: 'neuron' },
  ),
  'scale-of-next-layer: Eq. 10 uses S of the layer that follows.': {
    concerns: (stage, model) => isGate(stage, model) && networkIn(model).layers[stage.n]?.spikes,
    wire: (key, { n }) => (key === keyOf(n, 'S') ? keyOf(n + 1, 'S') : key),
  },
});

// Eq. 11

const isWeights = (stage: Stage): boolean => makes(stage, 'dw') && stage.reads.length > 0;

/** Eq. 11 with another array in place of FO of the layer before. */
const byFlow = (from: (n: number) => string, isOf: (layer: Layer) => boolean = () => true): Change => ({
  concerns: (stage, model) => isWeights(stage) && isOf(layerOf(stage, model)!), // dw belongs to a layer
  wire: (key, { n }) => (key === keyOf(n - 1, 'FO') ? from(n) : key),
});

/** Multiplies ∂L/∂w of a layer by a factor. */
const scaled = (factor: (norm: number, k: Fitted) => number): Change => ({
  concerns: isWeights,
  output(dw, _key, _stage, _model, k) {
    const by = factor(normOf(dw), k);
    return dw.map((d) => d * by);
  },
});

const normOf = (values: Values): number => Math.sqrt(total(values, (each) => each * each));

/** Whether a norm is 1, 2, 2.5 or 5 times a power of ten, within rounding and the 10⁻⁶ that PyTorch adds to a norm. */
function isRoundNumber(norm: number): boolean {
  const lead = norm / 10 ** Math.floor(Math.log10(norm) + 2 ** -14);
  return [1, 2, 2.5, 5].some((round) => Math.abs(lead / round - 1) < 2 ** -14);
}

const learnedLayers = (model: Model): Layer[] =>
  networkIn(model).layers.filter((layer) => weightsOf(layer) > 0 && learns(layer, model));

/** The clipping factor of a layer, if the norm of ∂L/∂w over all layers, or that with the biases, is a round number. */
function globalNorms({ stage, model, there, right, got }: Seen<Model>): Fitted[] {
  const sizeOf = (n: number, what: string): number =>
    normOf(there(keyOf(n, what)) ?? Float64Array.of(what === 'db' ? 0 : NaN));
  const norms = [['dw'], ['dw', 'db']].map((whats) =>
    Math.hypot(...learnedLayers(model).flatMap(({ n }) => whats.map((what) => sizeOf(n, what)))),
  );
  const [expected, supplied] = [right(stage.writes[0]).v, got(stage.writes[0])];
  return supplied && norms.some(isRoundNumber) ? [[normOf(supplied) / normOf(expected)]] : [];
}

/** A limit is fitted only to at least this many clipped values. One value gives the limit, and the others are evidence. */
const leastClipped = 4;

/** The largest supplied magnitude as a limit, if several expected numbers of different sizes exceed it. */
function limits({ stage, right, got }: Seen<Model>): Fitted[] {
  const most = largest(got(stage.writes[0]) ?? []);
  const beyond = absolutes(right(stage.writes[0]).v).filter((size) => size > most * (1 + 2 ** -12));
  const least = largest(beyond) * (1 - 2 ** -12);
  return most === 0 || beyond.length < leastClipped || beyond.every((size) => size > least) ? [] : [[most]];
}

const ofGradients = rowsOf(['backward'], {
  'own-layer-flow: Eq. 11 takes FO of the layer itself; it has FO of the layer before.': byFlow(
    (n) => keyOf(n, 'FO'),
    ({ isOutput, input, output }) => !isOutput && neuronsOf(input) === neuronsOf(output),
  ),
  'flow-in-for-flow-out: Eq. 11 takes FI of the layer before; it has FO.': byFlow(
    (n) => keyOf(n - 1, 'FI'),
    ({ n }) => n > 1,
  ),
  'flow-of-last-step: Eq. 11 uses the spikes of the last step of the layer before; it has FO, their sum over the window.':
    {
      ...byFlow((n) => keyOf(n - 1, 'spikes')),
      input: (values, key, _, model) =>
        key.endsWith('spikes') ? values.slice(values.length - values.length / TOf(model)) : values,
    },
  'sample-missing: The last sample of the batch adds nothing to the gradient.': {
    concerns: (stage, { B }) => B > 1 && (isWeights(stage) || makes(stage, 'db')),
    input: (values, key, { n }, { B }) =>
      key === keyOf(n, 'dFI') ? values.slice().fill(0, values.length - values.length / B) : values,
  },
  'gradient-detached: No gradient reaches the weights: the graph is detached before them.': scaled(() => 0),
  'gradient-normalised: ∂L/∂w of each layer is divided by its norm.': scaled((norm) => 1 / (norm || 1)),
  'gradient-clipped-by-norm: ∂L/∂w of each layer is scaled to a norm of at most 1.': scaled(
    (norm) => 1 / Math.max(1, norm),
  ),
  'gradient-clipped-by-global-norm: The gradient of all layers together is scaled to a norm such as 0.5, 1 or 5 (clipped, or normalised).':
    {
      ...scaled((_, [by = 1]) => by),
      concerns: (stage, model) => (isWeights(stage) || makes(stage, 'db')) && learnedLayers(model).length > 1,
      fit: globalNorms,
    },
  'gradient-clipped-by-value: Numbers of ∂L/∂w beyond a limit are cut to it.': {
    concerns: isWeights,
    output: (dw, _key, _stage, _model, [most = largest(dw) / 4]) =>
      dw.map((d) => Math.max(-most, Math.min(most, d))),
    fit: limits,
    found: ([most]) => `It is ${digits(most)}.`,
  },
  'gradient-scaled: The gradient is multiplied by a number.': {
    ...scaled((_, [by = 3 / 4]) => by),
    concerns: ({ reads }) => reads.length > 0,
    isOwn: true,
    fit: ({ stage, right, got }) => quotients(got(stage.writes[0]), right(stage.writes[0]).v),
    found: ([by], model) => `It is ${factorText(by, model)}.`,
  },
  'gradient-with-decay: ∂L/∂w has a multiple of w besides: L2 in the loss, or weight decay; it is added in the update.':
    {
      concerns: isWeights,
      fit({ stage, right, got, there }) {
        const supplied = got(stage.writes[0]);
        return quotients(
          supplied && right(stage.writes[0]).v.map((d, k) => supplied[k] - d),
          there(keyOf(stage.n, 'weight')),
        );
      },
      stage: withTerm(({ n }) => keyOf(n, 'weight'), 1 / 8),
      found: ([decay]) => `It is ${digits(decay)}·w.`,
    },
  'bias-gradient-of-weights: ∂L/∂b is the sum of ∂L/∂w over the inputs of its neuron; it is Σ ∂L/∂FI·T.': {
    concerns: (stage) => makes(stage, 'db'),
    stage({ id, stage, n, writes }, model) {
      const { channels } = networkIn(model).layers[n - 1].output;
      const f = ([dw]: readonly Floats[], { array }: Precision): Floats => {
        const out = array(channels);
        for (let i = 0; i < dw.length; i++) out[Math.floor((i * channels) / dw.length)] += dw[i];
        return out;
      };
      const [roundings, reads] = [weightsOf(networkIn(model).layers[n - 1]), [keyOf(n, 'dw')]];
      return { id, stage, n, kind: 'sum', reads, writes, roundings, f };
    },
  },
  'bias-gradient-without-window: ∂L/∂b is Σ ∂L/∂FI; the neuron of a bias fires T times, so that it is Σ ∂L/∂FI·T.':
    {
      concerns: (stage, model) => makes(stage, 'db') && TOf(model) > 1,
      change: replacing((original) => ({
        accumulatedb: (db, dFI, _T, layer) => original.accumulatedb(db, dFI, 1, layer),
      })),
    },
});

// pools

const isThrough =
  (isKind: (layer: Layer | undefined) => boolean): NonNullable<Row['concerns']> =>
  (stage, model) =>
    makes(stage, 'dFO') && isKind(wiredLayer(stage, model));

/** Distributes the gradient of a maximum pool over the inputs k of each window, by their shares. `values` are their flows. */
const byShares = (share: (k: number, values: readonly number[]) => number): Change => ({
  concerns: isThrough((layer) => layer?.kind === maxPool),
  change: replacing({
    applydFO(dFO, _w, dFI, FO, { output, synapses }) {
      dFO.fill(0);
      for (let i = 0; i < neuronsOf(output); i++) {
        const { j, count } = synapses.into(i);
        const values = Array.from(j.subarray(0, count), (each) => FO[each]);
        for (let k = 0; k < count; k++) dFO[j[k]] = dFO[j[k]] + share(k, values) * dFI[i];
      }
    },
  }),
});

/** The shares of equal maxima. `share` gets the index of a maximum among them, and their number. */
const byTies = (share: (index: number, ties: number) => number): Change =>
  byShares((k, values) => {
    const most = Math.max(...values);
    const isMost = (value: number): boolean => value === most;
    return isMost(values[k])
      ? share(values.slice(0, k).filter(isMost).length, values.filter(isMost).length)
      : 0;
  });

/** Exchanges the row and the column of place k in a window. */
const turned = (k: number, size: number): number => (k % size) * size + Math.floor(k / size);

/**
 * Synapses by which each input of overlapping windows reads the gradient of only one window: the last or, if `isFirst`, the
 * first.
 */
const ofOneWindow =
  (isFirst: boolean) =>
  ({ kind, window, output, synapses }: Layer): Synapses | undefined => {
    if (kind === maxPool || kind.name === 'linear' || window.stride >= window.size) return undefined;
    const rows = output.height * output.width;
    return {
      ...synapses,
      outOf(j) {
        const { i, k, count } = synapses.outOf(j);
        const all = range(count);
        const windows = all.map((n) => i[n] % rows);
        const only = windows.reduce((one, each) => (each < one === isFirst ? each : one), windows[0]);
        const kept = all.filter((n) => windows[n] === only);
        return {
          i: Int32Array.from(kept, (n) => i[n]),
          k: Int32Array.from(kept, (n) => k[n]),
          count: kept.length,
        };
      },
    };
  };

const ofWindows = (isFirst: boolean): Change => ({
  ...bySynapses(ofOneWindow(isFirst)),
  concerns: isThrough((layer) => layer !== undefined && ofOneWindow(isFirst)(layer) !== undefined),
});

/**
 * Synapses of an average pool whose gradient is repeated like tiles: input (row, column) reads the gradient at (row mod height,
 * column mod width) of the output.
 */
function tiled(layer: Layer): Synapses | undefined {
  const { input, output, synapses } = layer;
  const isWhole = input.height % output.height === 0 && input.width % output.width === 0;
  if (!isMean(layer) || !isWhole || output.height * output.width === 1) return undefined;
  return {
    ...synapses,
    outOf(j) {
      const [row, column] = [Math.floor(j / input.width) % input.height, j % input.width];
      const from = Math.floor(j / (input.height * input.width)) * output.height + (row % output.height);
      const i = Int32Array.of(from * output.width + (column % output.width));
      return { i, k: Int32Array.of(0), count: 1 };
    },
  };
}

const ofPools = rowsOf(['backward'], {
  'pool-gradient-not-divided: The gradient of an average pool goes to each input whole; each has 1/size² of it.':
    { concerns: isThrough(isMean), change: replacing({ applydFO: undivided }) },
  'pool-gradient-tiled: The gradient of an average pool is repeated as a whole map; each of its numbers goes to its own window.':
    bySynapses(tiled),
  'max-pool-ties-to-last: Of equal maxima the last gets the gradient; it is the first.': byTies(
    (index, ties) => (index === ties - 1 ? 1 : 0),
  ),
  'max-pool-ties-to-all: Equal maxima each get the whole gradient; it is the first that does.': byTies(
    () => 1,
  ),
  'max-pool-ties-shared: Equal maxima share the gradient; it goes to the first.': byTies(
    (_, ties) => 1 / ties,
  ),
  'max-pool-gradient-spread: All inputs of a maximum pool share its gradient; it goes to the maximum.':
    byShares((_, { length }) => 1 / length),
  'max-pool-gradient-to-all: All inputs of a maximum pool each get the whole gradient; it goes to the maximum.':
    byShares(() => 1),
  'max-pool-place-turned: The gradient of a maximum pool goes to a place whose row and column are exchanged.':
    byShares((k, values) =>
      Number(k === turned(values.indexOf(Math.max(...values)), Math.sqrt(values.length))),
    ),
  'windows-to-last: Where windows overlap, only the last adds to the gradient of an input (= for +=).':
    ofWindows(false),
  'windows-to-first: Where windows overlap, only the first adds to the gradient of an input.':
    ofWindows(true),
});

export const gradientMistakes: readonly Row[] = [
  ...ofFactors,
  ...ofLoss,
  ...ofGates,
  ...ofGradients,
  ...ofPools,
];
