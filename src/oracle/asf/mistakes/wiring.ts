/**
 * Mistakes in the stages `encode` and `current`, and in the gradient through synapses: mistakes of inputs, of misplaced or
 * rounded weights, and of biases.
 */
import { precisionOf, sumAt, type Floats } from '../../../../spec/arithmetic.ts';
import {
  biasesOf,
  neuronsOf,
  weightsOf,
  type Heard,
  type Layer,
  type Synapses,
  type Shape,
} from '../../../../spec/network.ts';
import { range, roundTo } from '../../../engine/rounding.ts';
import type { Stage } from '../../../engine/stage.ts';
import { indicesOf, keyOf, sizeOf } from '../../keys.ts';
import { once } from '../../memo.ts';
import type { Fitted } from '../../name.ts';
import { borders } from '../../rows.ts';
import { remembering } from '../../synapseLists.ts';
import type { Functions, Model } from '../model.ts';
import {
  delayed,
  digits,
  layerOf,
  makes,
  networkIn,
  ofKind,
  quantised,
  replacing,
  rowsOf,
  TOf,
  type Change,
  type Row,
  isMean,
} from './rows.ts';

/** The layer whose synapses a stage uses: for ∂L/∂FO of a layer, the next layer. */
export function wiredLayer(stage: Stage, model: Model): Layer | undefined {
  if (makes(stage, 'dFO')) return networkIn(model).layers[stage.n];
  return stage.stage === 'current' || makes(stage, 'dw') ? layerOf(stage, model) : undefined;
}

/** Replaces a layer's synapses. `change` returns undefined if they would be the same. */
export function bySynapses(change: (layer: Layer) => Synapses | undefined): Change {
  const known = new WeakMap<Synapses, Synapses>();
  const others = (layer: Layer): Synapses => {
    const other = known.get(layer.synapses) ?? change(layer) ?? layer.synapses;
    known.set(layer.synapses, other);
    return other;
  };
  return {
    concerns(stage, model) {
      const layer = wiredLayer(stage, model);
      return layer !== undefined && others(layer) !== layer.synapses;
    },
    change: ({ layer: inner = (layer) => layer }) => ({
      layer: (layer) => ({ ...inner(layer), synapses: others(inner(layer)) }),
    }),
  };
}

/** Synapses that read weight number `at(k)` in place of number k. Returns undefined if the permutation `at` changes nothing. */
function permuted({ weightShape, synapses }: Layer, at: (k: number) => number): Synapses | undefined {
  const indices = Int32Array.from({ length: sizeOf(weightShape) }, (_, k) => at(k));
  if (indices.every((index, k) => index === k)) return undefined;
  const moved = <List extends { readonly k: Int32Array; readonly count: number }>(list: List): List => {
    const k = list.k.slice(0, list.count);
    for (let n = 0; n < k.length; n++) k[n] = indices[k[n]];
    return { ...list, k };
  };
  return { into: (i) => moved(synapses.into(i)), outOf: (j) => moved(synapses.outOf(j)) };
}

/** The index of number k after a transposition, in which dimension d of the result is dimension order[d] of `shape`. */
function transposedIndex(shape: readonly number[], order: readonly number[], k: number): number {
  const at = indicesOf(shape, k);
  return order.reduce((index, d) => index * shape[d] + at[d], 0);
}

/** Replaces the synapses of convolutions. */
const byKernel = (change: (layer: Layer) => Synapses | undefined): Change =>
  bySynapses((layer) => (layer.kind.name === 'convolution' ? change(layer) : undefined));

/** Synapses that read the weights in another order of dimensions. */
const transposed = (layer: Layer, order: readonly number[]): Synapses | undefined =>
  permuted(layer, (k) => transposedIndex(layer.weightShape, order, k));

/** Synapses that read kernels at another row and column. */
const rearranged = (at: (row: number, column: number, last: number) => [number, number]): Change =>
  byKernel((layer) => {
    const { size } = layer.window;
    return permuted(layer, (k) => {
      const [row, column] = at(Math.floor(k / size) % size, k % size, size - 1);
      return k - (k % size ** 2) + row * size + column;
    });
  });

/**
 * Parameters to try: an index of `borders`, and shifts of windows by rows and columns. A shift with the last border rolls the
 * map.
 */
const otherWindows: readonly Fitted[] = [
  ...[1, 2, 3].map((border) => [border, 0, 0]),
  ...[0, 1, -1].flatMap((rows) => [0, 1, -1].map((columns) => [0, rows, columns])).slice(1),
  [3, 1, 1],
  [3, -1, -1],
];

/** A layer whose input map includes the padding. For each place of that map, `from` is the place in the original map, or −1. */
const framed = ([border, ...by]: Fitted) =>
  once((layer: Layer): { readonly its: Layer; readonly from: readonly number[] } => {
    const { channels, height, width } = layer.input;
    const { padding } = layer.window;
    const input = { channels, height: height + 2 * padding, width: width + 2 * padding };
    const its = { ...layer, input, window: { ...layer.window, padding: 0 } };
    const placeOf = (at: number, axis: number, size: number): number => {
      const place = at - padding - by[axis];
      return place >= 0 && place < size ? place : borders[border][1](place, size);
    };
    const from = range(neuronsOf(input)).map((index) => {
      const [channel, ...at] = indicesOf([channels, input.height, input.width], index);
      const [y, x] = [placeOf(at[0], 0, height), placeOf(at[1], 1, width)];
      return y < 0 || x < 0 ? -1 : (channel * height + y) * width + x;
    });
    return { its: { ...its, synapses: layer.kind.synapses(its) }, from };
  });

const hasWindows = (layer: Layer | undefined): boolean => layer !== undefined && layer.kind.name !== 'linear';

/** Windows that read other places, according to fitted parameters or, without these, to `plain`. */
const otherWindow = (plain: Fitted): Change => ({
  concerns: (stage, model) => hasWindows(wiredLayer(stage, model)),
  change(model, k) {
    const framedOf = framed(k.length > 0 ? k : plain);
    const read = (o: Floats, from: readonly number[]): Floats => {
      const out = precisionOf(o).array(from.length);
      from.forEach((at, index) => (out[index] = at < 0 ? 0 : o[at]));
      return out;
    };
    return replacing((original) => ({
      applyCurrent(x, w, o, layer, ...rest) {
        const { its, from } = framedOf(layer);
        original.applyCurrent(x, w, read(o, from), its, ...rest);
      },
      accumulatedw(dw, dFI, FO, layer) {
        const { its, from } = framedOf(layer);
        original.accumulatedw(dw, dFI, read(FO, from), its);
      },
      applydFO(dFO, w, dFI, FO, layer) {
        const { its, from } = framedOf(layer);
        const all = precisionOf(dFO).array(from.length);
        original.applydFO(all, w, dFI, read(FO, from), its);
        dFO.fill(0);
        from.forEach((at, index) => at < 0 || (dFO[at] = dFO[at] + all[index]));
      },
    }))(model);
  },
});

/** Synapses of a linear layer that read the map before it, of some sides, in another order of its axes. */
function flattened(
  layer: Layer,
  axesOf: (map: Shape) => readonly [sides: readonly number[], order: readonly number[]],
): Synapses | undefined {
  const [sides, order] = axesOf(layer.input);
  const inputs = neuronsOf(layer.input);
  const at = (k: number): number => transposedIndex(sides, order, k);
  return layer.kind.name === 'linear' ? permuted(layer, (k) => k - (k % inputs) + at(k % inputs)) : undefined;
}

/**
 * Synapses of a pool after a reshape to other axes. Its windows tile the map, whose axes are (channel, row of windows, row in the
 * window, column of windows, column in the window). Windows read it as if these axes were in another order.
 */
function tiledAs(
  order: readonly number[],
  { kind, input, output, window, synapses }: Layer,
): Synapses | undefined {
  const { size, stride } = window;
  const { height, width } = output;
  const isTiled = size === stride && input.height === size * height && input.width === size * width;
  if (kind.name === 'convolution' || kind.name === 'linear' || !isTiled || size === 1) return undefined;
  if (height * width === 1) return undefined;
  const axes = [input.channels, height, size, width, size];
  const others = order.map((axis) => axes[axis]);
  const read = (from: readonly number[], j: number): number => transposedIndex(from, order, j);
  return {
    into(i) {
      const { j, ...rest } = synapses.into(i);
      return { ...rest, j: j.slice(0, rest.count).map((each) => read(axes, each)) };
    },
    outOf: (j) => synapses.outOf(read(others, j)),
  };
}

/**
 * Synapses of a convolution of dilation 2 whose output has the same size: those of a kernel of 2K − 1 rows and columns, only
 * every second of which has weights.
 */
function dilated({ window, ...layer }: Layer): Synapses | undefined {
  const { size, stride, padding } = window;
  if (size === 1 || size % 2 === 0) return undefined;
  const side = 2 * size - 1;
  const wide = { size: side, stride, padding: padding + (size - 1) / 2 };
  const { into, outOf } = layer.kind.synapses({ ...layer, window: wide });
  /** The weight at place k of the wide kernel; −1 if there is none. */
  const weightAt = (k: number): number => {
    const [row, column] = [Math.floor(k / side) % side, k % side];
    if (row % 2 === 1 || column % 2 === 1) return -1;
    return (Math.floor(k / side ** 2) * size + row / 2) * size + column / 2;
  };
  const kept = (values: Int32Array, k: Int32Array, count: number): Int32Array =>
    values.slice(0, count).filter((_, n) => weightAt(k[n]) >= 0);
  const weightsAt = (k: Int32Array, count: number): Int32Array => kept(k, k, count).map(weightAt);
  const synapses: Synapses = {
    into(i) {
      const { j, k, count } = into(i);
      const weights = weightsAt(k, count);
      return { j: kept(j, k, count), k: weights, count: weights.length };
    },
    outOf(j) {
      const { i, k, count } = outOf(j);
      const weights = weightsAt(k, count);
      return { i: kept(i, k, count), k: weights, count: weights.length };
    },
  };
  return remembering({ synapses, output: layer.output });
}

function reversed(layer: Layer): Synapses | undefined {
  const [, inputs, size] = layer.weightShape;
  return permuted(layer, (k) => k + (inputs - 1 - 2 * (Math.floor(k / size ** 2) % inputs)) * size ** 2);
}

/** Weights that are rounded before use, although the recorded ones are not. */
const rounded = (of: (w: Floats, perChannel: number) => Floats): Change => ({
  concerns: (stage, model) => !makes(stage, 'dw') && !!wiredLayer(stage, model)?.weightShape.length,
  input(values, key, stage, model) {
    const { n, weightShape } = wiredLayer(stage, model)!; // only layers with weights are concerned
    return key === keyOf(n, 'weight') ? of(values, values.length / weightShape[0]) : values;
  },
});

/** Weights quantised to `bits` bits, with one scale per layer or per output channel. */
const inBits = (bits: number, isPerChannel = false): Change =>
  rounded((w, perChannel) => quantised(w, 2 ** (bits - 1) - 1, isPerChannel ? perChannel : w.length));

/** Weights in a format with `bits` significant bits. */
const inFormat = (bits: number): Change => rounded((w) => w.map((each) => roundTo(each, bits)));

/** ∂L/∂FO of the inputs of a pool as a sum, not divided by the size of a window. */
export const undivided: Functions['applydFO'] = (dFO, _w, dFI, _FO, { synapses }) => {
  for (let j = 0; j < dFO.length; j++) {
    const { i, count } = synapses.outOf(j);
    dFO[j] = sumAt(dFI, i, count);
  }
};

/** Computes each current from its window of spikes by a wrong function. */
const byInputs =
  (of: (o: Floats, j: Int32Array, count: number) => number): Functions['applyCurrent'] =>
  (x, _w, o, { output, synapses }) => {
    for (let i = 0; i < neuronsOf(output); i++) {
      const { j, count } = synapses.into(i);
      x[i] = of(o, j, count);
    }
  };

const valuesAt = (o: Floats, j: Int32Array, count: number): number[] =>
  Array.from(j.subarray(0, count), (each) => o[each]);

/**
 * Numbers that a pool may take from its window. A parameter above the indices of this list selects a place of the window, and −k
 * leaves out place k − 1.
 */
const poolValues: readonly (readonly [says: string, of: Parameters<typeof byInputs>[0]])[] = [
  ['the largest', (...window) => Math.max(...valuesAt(...window))],
  ['the smallest', (...window) => Math.min(...valuesAt(...window))],
  ['the mean', (o, j, count) => sumAt(o, j, count) / count],
  ['1 if half of them are', (o, j, count) => Number(2 * sumAt(o, j, count) >= count)],
];

const byPool = (functions: Partial<Functions>): Change => ({
  concerns: (stage, model) => isMean(wiredLayer(stage, model)),
  change: replacing(functions),
});

const ofSynapses = rowsOf(['current', 'backward'], {
  'kernel-flipped: The kernel is turned by 180°: a convolution for the correlation of Eq. 3, or a correlation for the convolution of Eq. 10.':
    rearranged((row, column, last) => [last - row, last - column]),
  'kernel-transposed: Rows and columns of the kernel are exchanged.': rearranged((row, column) => [
    column,
    row,
  ]),
  'kernel-dilated: The kernel is dilated: its weights are two places apart; they are neighbours.':
    byKernel(dilated),
  'weights-transposed: Weights stored (out,in,…) are read as (in,out,…).': bySynapses((layer) =>
    transposed(layer, [1, 0, 2, 3].slice(0, layer.weightShape.length)),
  ),
  'weights-rows-first: Weights stored (out,in,row,column) are read as (row,column,in,out).': byKernel(
    (layer) => transposed(layer, [2, 3, 1, 0]),
  ),
  'flattened-channels-last: Before a linear layer the map is flattened (H,W,C); the weights are for (C,H,W).':
    bySynapses((layer) =>
      flattened(layer, ({ channels, height, width }) => [
        [channels, height, width],
        [1, 2, 0],
      ]),
    ),
  'flattened-channels-first: Before a linear layer the map is flattened (C,H,W); the weights are for (H,W,C).':
    bySynapses((layer) =>
      flattened(layer, ({ channels, height, width }) => [
        [height, width, channels],
        [2, 0, 1],
      ]),
    ),
  'channels-reversed: The channels of the input are in the reverse order (BGR for RGB).': byKernel(reversed),
  'padding-too-large: Padding is one row and column too large above and to the left.': otherWindow([0, 1, 1]),
  'padding-too-small: Padding is one row and column too small above and to the left.': otherWindow([
    0, -1, -1,
  ]),
  'other-windows: Windows read other places than those of the equation.': {
    ...otherWindow([1, 0, 0]),
    usual: () => otherWindows,
    found: ([border, rows, columns]) =>
      `They ${rows === 0 && columns === 0 ? '' : `are moved by ${-rows} rows and ${-columns} columns, and `}read ${borders[border][0]} for what is beyond the map.`,
  },
  'pool-windows-strided: The window of a pool takes rows and columns that are far apart, as after a reshape to other axes.':
    bySynapses((layer) => tiledAs([0, 2, 1, 4, 3], layer)),
  'pool-windows-consecutive: The window of a pool takes numbers that follow each other in memory, as after a reshape without a transposition.':
    bySynapses((layer) => tiledAs([0, 1, 3, 2, 4], layer)),
  'weights-in-int8: Weights have 8 bits, with one scale per layer.': inBits(8),
  'weights-in-int8-per-channel: Weights have 8 bits, with one scale per output channel.': inBits(8, true),
  'weights-in-int4: Weights have 4 bits, with one scale per layer.': inBits(4),
  'weights-in-int4-per-channel: Weights have 4 bits, with one scale per output channel.': inBits(4, true),
  'weights-in-binary16: Weights are rounded to binary16 before they are used.': inFormat(11),
  'weights-in-bfloat16: Weights are rounded to bfloat16 before they are used.': inFormat(8),
  'pool-summed: An average pool takes the sum of its window, where it is the mean.': byPool({
    applyCurrent: byInputs(sumAt),
    applydFO: undivided,
  }),
  'pool-of-another-value: A pool takes another value of its window.': {
    concerns: (stage, model) => {
      const layer = wiredLayer(stage, model);
      return stage.stage === 'current' && hasWindows(layer) && layer!.weightShape.length === 0; // `hasWindows` requires a layer
    },
    usual: (model) => {
      const places = Math.max(...networkIn(model).layers.map(({ window }) => window.size)) ** 2;
      return range(2 * places + poolValues.length).map((k) => [k - places]);
    },
    change: (model, [k = 0]) =>
      replacing(({ applyCurrent }) => ({
        applyCurrent(x, w, o, layer, ...rest) {
          const { synapses } = layer;
          const value = (all: Floats, j: Int32Array, count: number): number =>
            poolValues[k]?.[1](all, j, count) ?? all[j[k - poolValues.length]];
          if (k >= 0) return byInputs(value)(x, w, o, layer);
          const into = (i: number): Heard => {
            const { j, ...heard } = synapses.into(i);
            const left = j.filter((_, place) => place !== -k - 1);
            return { ...heard, j: left, count: left.length };
          };
          applyCurrent(x, w, o, { ...layer, synapses: { ...synapses, into } }, ...rest);
        },
      }))(model),
    found: ([k]) =>
      k < 0
        ? `It is made without place ${-k - 1} of the window, counted from 0.`
        : `It is ${poolValues[k]?.[0] ?? `that of place ${k - poolValues.length}`}.`,
  },
});

/** Reads the random words from another place in their stream. */
const byWord = (what: string, of: (value: number) => number): Change => ({
  concerns: ({ reads }) => reads.includes(`encode.${what}`),
  input: (values, key) => (key === `encode.${what}` ? values.map(of) : values),
});

const next = (value: number): number => value + 1;

const ofWords = rowsOf(['encode'], {
  'encode-other-stream: The random words are those of the other stream: training for test, or the reverse.':
    byWord('stream', (stream) => 3 - stream),
  'encode-epoch-from-one: Epochs are counted from 1; the random words count them from 0.': byWord(
    'epoch',
    next,
  ),
  'encode-sample-from-one: Samples are counted from 1; the random words count them from 0.': byWord(
    'sample',
    next,
  ),
});

/** Shares of steps with a spike that programs compute from an intensity. Their sign is that of the spikes. */
const rates: readonly (readonly [says: string, of: (intensity: number) => number])[] = [
  ['half of the intensity', (v) => v / 2],
  ['twice the intensity', (v) => 2 * v],
  ['1 minus the intensity', (v) => Math.sign(v) * (1 - Math.abs(v))],
  ['the square of the intensity', (v) => Math.sign(v) * v * v],
  ['the square of the intensity, without its sign', (v) => v * v],
  ['the root of the intensity', (v) => Math.sign(v) * Math.sqrt(Math.abs(v))],
  ['half of the intensity + 1', (v) => (v + 1) / 2],
  ['1: each step sends the sign of the intensity', (v) => v * 2 ** 64],
];

const unsigned = (values: Floats, key: string): Floats =>
  key === 'input.spikes' ? values.map(Math.abs) : values;

const ofInput = rowsOf(['encode', 'current', 'flow'], {
  'unsigned-input: Input spikes have no sign; a spike has the sign of its intensity.': {
    concerns: ({ reads, writes }) => [...reads, ...writes].includes('input.spikes'),
    input: unsigned,
    output: unsigned,
  },
  'encode-of-other-rate: The share of steps with a spike is another function of the intensity.': {
    concerns: ({ reads }) => reads.includes('image'),
    usual: () => range(rates.length).map((k) => [k]),
    input: (values, key, _stage, _model, [k = 0]) => (key === 'image' ? values.map(rates[k][1]) : values),
    found: ([k]) => `It is ${rates[k][0]}.`,
  },
});

const ofNeuronInput = rowsOf(['neuron'], {
  'output-without-last-step: The output layer ends before the last step; Eq. 6 has u after all T.': {
    concerns: (stage, model) => layerOf(stage, model)!.isOutput && model.variant.output === 'integrates', // neurons belong to a layer
    input: (values, _key, _stage, model) =>
      values.slice().fill(0, values.length - values.length / TOf(model)),
  },
  'neuron-one-step-late: Neurons take the current of step t − 1; Eq. 3 has that of step t.': {
    input: (values, key, _, model) => (key.endsWith('current') ? delayed(values, TOf(model)) : values),
  },
});

const hasBias = (stage: Stage, model: Model): boolean => biasesOf(layerOf(stage, model)!) > 0; // currents belong to a layer

/** Returns the channel of number i in an array of maps. */
function channelIn(stage: Stage, model: Model): (i: number) => number {
  const { channels, height, width } = layerOf(stage, model)!.output; // currents belong to a layer
  return (i) => Math.floor(i / (height * width)) % channels;
}

const ofCurrents = rowsOf(['current'], {
  'current-one-step-late: The current of step t is made of the spikes of step t − 1; Eq. 3 has those of step t.':
    {
      input: (values, key, _, model) => (key.endsWith('spikes') ? delayed(values, TOf(model)) : values),
    },
  'current-of-rates: The current is made of the mean of the spikes over the window in each step; Eq. 3 has the spikes of the step.':
    {
      concerns: ({ kind }) => kind === 'sum',
      wire: (key) => key.replace(/spikes$/, 'FO'),
      input(values, key, _, model) {
        if (!key.endsWith('FO')) return values;
        const T = TOf(model);
        return Float64Array.from({ length: T * values.length }, (_each, i) => values[i % values.length] / T);
      },
    },
  'bias-missing: The bias is missing from the current.': {
    concerns: hasBias,
    input: (values, key) => (key.endsWith('.bias') ? values.map(() => 0) : values),
  },
  'bias-in-first-step-only: The bias is added in the first step alone; its neuron fires in each.': {
    concerns: (stage, model) => hasBias(stage, model) && TOf(model) > 1,
    stage: ofKind('sum', (stage, model: Model) => ({
      f([w, b, o], precision) {
        const [all, first] = [b.map(() => 0), b].map((bias) => stage.f([w, bias, o], precision));
        all.set(first.subarray(0, all.length / TOf(model)));
        return all;
      },
    })),
  },
  'bias-added: A bias is added to the current of a layer that has none.': {
    concerns: (stage, model) => weightsOf(layerOf(stage, model)!) > 0 && !hasBias(stage, model), // currents belong to a layer
    // The mean offset of each channel. With fewer than eight numbers per channel, it is no evidence.
    fit({ stage, model, right, got }) {
      const [{ v }, supplied, channelOf] = [
        right(stage.writes[0]),
        got(stage.writes[0]),
        channelIn(stage, model),
      ];
      const bias = [...new Float64Array(layerOf(stage, model)!.output.channels)]; // currents belong to a layer
      if (!supplied || bias.length > v.length / 8) return [];
      for (const [i, x] of v.entries()) bias[channelOf(i)] += ((supplied[i] - x) * bias.length) / v.length;
      return [bias];
    },
    output(values, _key, stage, model, k) {
      const channelOf = channelIn(stage, model);
      return values.map((x, i) => x + (k[channelOf(i)] ?? 1 / 4));
    },
    found: (k) => `It is ${k.slice(0, 4).map(digits).join(', ')}${k.length > 4 ? ', …' : ''}.`,
  },
});

/**
 * Sums in one accumulator of `bits` bits. Any number of the format near a sum is accepted, because the order of the sum is
 * unknown.
 */
const sumsIn = (bits: number): Change => ({
  bits,
  concerns: (stage, model) => !!layerOf(stage, model)?.weightShape.length && !makes(stage, 'FO'),
  change: replacing({
    applyCurrent(x, w, o, { synapses, bias }, always = 1) {
      for (let i = 0; i < x.length; i++) {
        const { j, k, count } = synapses.into(i);
        let sum = 0;
        for (let n = 0; n < count; n++) sum = roundTo(sum + w[k[n]] * o[j[n]], bits);
        x[i] = bias.length > 0 ? roundTo(sum + w[bias[i]] * always, bits) : sum;
      }
    },
    accumulateFlow(FI, _FO, x) {
      for (let i = 0; i < FI.length; i++) FI[i] = roundTo(FI[i] + x[i], bits);
    },
  }),
});

/** Rounds all numbers except spikes, when computed or when stored. */
const storedIn = (bits: number): Change => ({
  bits,
  output: (values, key) => (key.endsWith('spikes') ? values : values.map((value) => roundTo(value, bits))),
});

const ofFormats = [
  ...rowsOf(['current', 'flow'], {
    'sums-in-binary16: Sums are kept in binary16; they are at least of binary32.': sumsIn(11),
    'sums-in-bfloat16: Sums are kept in bfloat16; they are at least of binary32.': sumsIn(8),
  }),
  ...rowsOf(['neuron', 'loss', 'backward'], {
    'rounded-to-binary16: Numbers are rounded to binary16; they are at least of binary32.': storedIn(11),
    'rounded-to-bfloat16: Numbers are rounded to bfloat16; they are at least of binary32.': storedIn(8),
  }),
];

export const wiringMistakes: readonly Row[] = [
  ...ofCurrents,
  ...ofWords,
  ...ofInput,
  ...ofNeuronInput,
  ...ofSynapses,
  ...ofFormats,
];
