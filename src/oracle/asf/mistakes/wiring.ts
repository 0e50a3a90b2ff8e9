/** Stages encode, current and the way back through synapses: other inputs, weights that are read elsewhere, biases that are left out. */
import { sumAt, type Floats } from '../../../../spec/arithmetic.ts';
import { averagePool } from '../../../../spec/layers/averagePool.ts';
import {
  biasesOf,
  neuronsOf,
  weightsOf,
  type Heard,
  type Layer,
  type Reached,
  type Synapses,
} from '../../../../spec/network.ts';
import { largest } from '../../../engine/rounding.ts';
import type { Stage } from '../../../engine/stage.ts';
import { indicesOf, keyOf, sizeOf } from '../../keys.ts';
import type { Functions } from '../model.ts';
import { delayed, digits, layerOf, makes, networkIn, replacing, type Row } from './rows.ts';

/** The layer whose synapses a stage goes through; ∂L/∂FO of a layer is made by the next one. */
export function wiredLayer(stage: Stage, model: Parameters<typeof layerOf>[1]): Layer | undefined {
  if (makes(stage, 'dFO')) return networkIn(model).layers[stage.n];
  return stage.stage === 'current' || makes(stage, 'dw') ? layerOf(stage, model) : undefined;
}

/** Other synapses in place of a layer's; `change` gives none where they would be the same. */
export function bySynapses(
  id: string,
  says: string,
  change: (layer: Layer) => Synapses | undefined,
  stages: Row['stages'] = ['current', 'backward'],
): Row {
  const known = new WeakMap<Synapses, Synapses>();
  const others = (layer: Layer): Synapses => {
    const other = known.get(layer.synapses) ?? change(layer) ?? layer.synapses;
    known.set(layer.synapses, other);
    return other;
  };
  return {
    id,
    stages,
    says,
    concerns(stage, model) {
      const layer = wiredLayer(stage, model);
      return layer !== undefined && others(layer) !== layer.synapses;
    },
    change: ({ layer: own = (layer) => layer }) => ({
      layer: (layer) => ({ ...own(layer), synapses: others(own(layer)) }),
    }),
  };
}

/**
 * Synapses that read each weight at another place.
 *
 * @param at the place that is read for a place; a permutation
 */
function permuted({ weightShape, synapses }: Layer, at: (k: number) => number): Synapses | undefined {
  const places = Int32Array.from({ length: sizeOf(weightShape) }, (_, k) => at(k));
  if (places.every((place, k) => place === k)) return undefined;
  const moved = <List extends Heard | Reached>(list: List): List => ({
    ...list,
    k: list.k.slice(0, list.count).map((k) => places[k]),
  });
  return { into: (i) => moved(synapses.into(i)), outOf: (j) => moved(synapses.outOf(j)) };
}

/** The place of a number in the transposed order: dimension d of `shape` is dimension order[d] of what is read. */
function transposedPlace(shape: readonly number[], order: readonly number[], k: number): number {
  const at = indicesOf(shape, k);
  return order.reduce((place, d) => place * shape[d] + at[d], 0);
}

const isConvolution = ({ kind }: Layer): boolean => kind.name === 'convolution';

/** Reads place k of a kernel at another row and column. */
const inKernel = (layer: Layer, at: (row: number, column: number, last: number) => [number, number]) => {
  if (!isConvolution(layer)) return undefined;
  const { size } = layer.window;
  return permuted(layer, (k) => {
    const [row, column] = at(Math.floor(k / size) % size, k % size, size - 1);
    return k - (k % size ** 2) + row * size + column;
  });
};

/** Windows that lie one row and column elsewhere; the output keeps its size. */
const shifted = (layer: Layer, by: number): Synapses | undefined => {
  if (!isConvolution(layer)) return undefined;
  return layer.kind.synapses({ ...layer, window: { ...layer.window, padding: layer.window.padding + by } });
};

const weightRows: readonly Row[] = [
  bySynapses(
    'kernel-flipped',
    'The kernel is flipped in rows and columns: a convolution, where neural networks mean a correlation.',
    (layer) => inKernel(layer, (row, column, last) => [last - row, last - column]),
  ),
  bySynapses('kernel-transposed', 'Rows and columns of the kernel are exchanged.', (layer) =>
    inKernel(layer, (row, column) => [column, row]),
  ),
  bySynapses('weights-transposed', 'Weights stored (out,in,…) are read as (in,out,…).', (layer) => {
    if (layer.weightShape.length === 0) return undefined;
    const order = [1, 0, ...layer.weightShape.slice(2).map((_, d) => d + 2)];
    return permuted(layer, (k) => transposedPlace(layer.weightShape, order, k));
  }),
  bySynapses(
    'weights-rows-first',
    'Weights stored (out,in,row,column) are read as (row,column,in,out).',
    (layer) =>
      isConvolution(layer)
        ? permuted(layer, (k) => transposedPlace(layer.weightShape, [2, 3, 1, 0], k))
        : undefined,
  ),
  bySynapses(
    'flattened-channels-last',
    'Before a linear layer the map is flattened (H,W,C); the weights are for (C,H,W).',
    (layer) => {
      const { channels, height, width } = layer.input;
      if (layer.kind.name !== 'linear') return undefined;
      const inputs = channels * height * width;
      return permuted(
        layer,
        (k) => k - (k % inputs) + transposedPlace([channels, height, width], [1, 2, 0], k % inputs),
      );
    },
  ),
  bySynapses(
    'channels-reversed',
    'The channels of the input are in the reverse order (BGR for RGB).',
    (layer) => {
      if (!isConvolution(layer)) return undefined;
      const [, inputs, size] = layer.weightShape;
      return permuted(layer, (k) => {
        const map = Math.floor(k / size ** 2);
        return k + (inputs - 1 - 2 * (map % inputs)) * size ** 2;
      });
    },
  ),
  bySynapses('padding-too-large', 'Padding is one row and column too large above and to the left.', (layer) =>
    shifted(layer, 1),
  ),
  bySynapses('padding-too-small', 'Padding is one row and column too small above and to the left.', (layer) =>
    shifted(layer, -1),
  ),
];

/** Weights that are rounded before they are used; those that were recorded are not. */
const byRounding = (id: string, says: string, of: (w: Floats, perChannel: number) => Floats): Row => ({
  id,
  stages: ['current', 'backward'],
  says,
  concerns: (stage, model) => !makes(stage, 'dw') && !!wiredLayer(stage, model)?.weightShape.length,
  input(values, key, stage, model) {
    const layer = wiredLayer(stage, model)!; // it concerns only such
    return key === keyOf(layer.n, 'weight') ? of(values, values.length / layer.weightShape[0]) : values;
  },
});

/** Whole numbers of so many bits times a scale, of a piece of the weights. */
function quantised(w: Floats, bits: number, size: number): Floats {
  const out = w.slice();
  const most = 2 ** (bits - 1) - 1;
  for (let from = 0; from < w.length; from += size) {
    const piece = w.subarray(from, from + size);
    const scale = largest(piece) / most;
    for (const [k, each] of piece.entries()) if (scale > 0) out[from + k] = Math.round(each / scale) * scale;
  }
  return out;
}

/** To nearest, ties to even, with so many bits. Numbers beyond the greatest are left as they are. */
export function roundTo(value: number, bits: number): number {
  if (value === 0 || !Number.isFinite(value)) return value;
  const least = bits === 8 ? -126 : -14;
  const unit = 2 ** (Math.max(least, Math.floor(Math.log2(Math.abs(value)))) - bits + 1);
  const [whole, rest] = [Math.floor(value / unit), value / unit - Math.floor(value / unit)];
  return (whole + (rest > 0.5 || (rest === 0.5 && whole % 2 !== 0) ? 1 : 0)) * unit;
}

const roundedRows: readonly Row[] = [
  ...[8, 4].flatMap((bits) => [
    byRounding(
      `weights-in-int${bits}`,
      `Weights are quantised to ${bits} bits, with one scale per layer.`,
      (w) => quantised(w, bits, w.length),
    ),
    byRounding(
      `weights-in-int${bits}-per-channel`,
      `Weights are quantised to ${bits} bits, with one scale per output channel.`,
      (w, perChannel) => quantised(w, bits, perChannel),
    ),
  ]),
  ...(
    [
      ['binary16', 11],
      ['bfloat16', 8],
    ] as const
  ).map(([name, bits]) =>
    byRounding(`weights-in-${name}`, `Weights are rounded to ${name} before they are used.`, (w) =>
      w.map((each) => roundTo(each, bits)),
    ),
  ),
];

/** ∂L/∂FO of the inputs of a pool as the sum of what goes to each, not divided. */
export const undivided: Functions['applydFO'] = (dFO, _w, dFI, _FO, { synapses }) => {
  for (let j = 0; j < dFO.length; j++) {
    const { i, count } = synapses.outOf(j);
    dFO[j] = sumAt(dFI, i, count);
  }
};

/** A current of each window of spikes. */
const byWindow =
  (of: (o: Floats, j: Int32Array, count: number) => number): Functions['applyCurrent'] =>
  (x, _w, o, { output, synapses }) => {
    for (let i = 0; i < neuronsOf(output); i++) {
      const { j, count } = synapses.into(i);
      x[i] = of(o, j, count);
    }
  };

const isAveragePool: Row['concerns'] = (stage, model) => wiredLayer(stage, model)?.kind === averagePool;

const poolRows: readonly Row[] = [
  {
    id: 'pool-summed',
    stages: ['current', 'backward'],
    says: 'An average pool takes the sum of its window, where it is the mean.',
    concerns: isAveragePool,
    change: replacing(() => ({ applyCurrent: byWindow(sumAt), applydFO: undivided })),
  },
  {
    id: 'pool-maximum',
    stages: ['current'],
    says: 'An average pool takes the maximum of its window, where it is the mean.',
    concerns: isAveragePool,
    change: replacing(() => ({
      applyCurrent: byWindow((o, j, count) => Math.max(...j.subarray(0, count).map((each) => o[each]))),
    })),
  },
];

/** Another place in the stream of random words. */
const byPlace = (id: string, says: string, key: string, of: (value: number) => number): Row => ({
  id,
  stages: ['encode'],
  says,
  concerns: ({ reads }) => reads.includes(key),
  input: (values, each) => (each === key ? values.map(of) : values),
});

const unsigned = (values: Floats, key: string): Floats =>
  key === 'input.spikes' ? values.map(Math.abs) : values;

const inputRows: readonly Row[] = [
  byPlace(
    'encode-other-stream',
    'The random words are those of the other stream: training for test, or the reverse.',
    'encode.stream',
    (stream) => 3 - stream,
  ),
  byPlace(
    'encode-epoch-from-one',
    'Epochs are counted from 1; the random words count them from 0.',
    'encode.epoch',
    (epoch) => epoch + 1,
  ),
  byPlace(
    'encode-sample-from-one',
    'Samples are counted from 1; the random words count them from 0.',
    'encode.sample',
    (sample) => sample + 1,
  ),
  {
    id: 'unsigned-input',
    stages: ['encode', 'current', 'flow'],
    says: 'Input spikes have no sign; a spike has the sign of its intensity.',
    concerns: ({ reads, writes }) => [...reads, ...writes].includes('input.spikes'),
    input: unsigned,
    output: unsigned,
  },
  {
    id: 'current-one-step-late',
    stages: ['current'],
    says: 'The current of step t is made of the spikes of step t − 1; Eq. 3 has those of step t.',
    input: (values, key, _, model) => (key.endsWith('spikes') ? delayed(values, networkIn(model).T) : values),
  },
  {
    id: 'neuron-one-step-late',
    stages: ['neuron'],
    says: 'Neurons take the current of step t − 1; Eq. 3 has that of step t.',
    input: (values, key, _, model) =>
      key.endsWith('current') ? delayed(values, networkIn(model).T) : values,
  },
  {
    id: 'current-of-rates',
    stages: ['current'],
    says: 'The current is made of the mean of the spikes over the window, FO/T, in each step; Eq. 3 has the spikes of the step.',
    concerns: ({ kind }) => kind === 'sum',
    wire: (key) => key.replace(/spikes$/, 'FO'),
    input(values, key, _, model) {
      if (!key.endsWith('FO')) return values;
      const { T } = networkIn(model);
      return Float64Array.from({ length: T * values.length }, (_, i) => values[i % values.length] / T);
    },
  },
];

const hasBias: Row['concerns'] = (stage, model) => {
  const layer = layerOf(stage, model);
  return layer !== undefined && biasesOf(layer) > 0;
};

const biasRows: readonly Row[] = [
  {
    id: 'bias-missing',
    stages: ['current'],
    says: 'The bias is missing from the current.',
    concerns: hasBias,
    input: (values, key) => (key.endsWith('.bias') ? values.map(() => 0) : values),
  },
  {
    id: 'bias-in-first-step-only',
    stages: ['current'],
    says: 'The bias is added in the first step alone; its neuron fires in each.',
    concerns: (stage, model) => hasBias(stage, model) && networkIn(model).T > 1,
    stage(stage, model) {
      if (stage.kind !== 'sum') return undefined;
      return {
        ...stage,
        f([w, b, o], precision) {
          const [all, first] = [b.slice().fill(0), b].map((bias) => stage.f([w, bias, o], precision));
          all.set(first.subarray(0, all.length / networkIn(model).T));
          return all;
        },
      };
    },
  },
  {
    id: 'bias-added',
    stages: ['current'],
    says: 'A bias is added to the current of a layer that has none.',
    concerns(stage, model) {
      const layer = layerOf(stage, model);
      return layer !== undefined && weightsOf(layer) > 0 && biasesOf(layer) === 0;
    },
    /** What is common to the numbers of each channel. */
    fit({ stage, model, right, got }) {
      const [{ v }, theirs] = [right(stage.writes[0]), got(stage.writes[0])];
      const { channels } = layerOf(stage, model)!.output; // it concerns only such
      // One number of each channel is no evidence of it.
      if (!theirs || channels > v.length / 8) return [];
      const bias = new Float64Array(channels);
      const channelOf = channelIn(stage, model);
      for (let i = 0; i < v.length; i++) bias[channelOf(i)] += ((theirs[i] - v[i]) * channels) / v.length;
      return [[...bias]];
    },
    output: (values, _, stage, model, k) => {
      const channelOf = channelIn(stage, model);
      return values.map((x, i) => x + (k[channelOf(i)] ?? 0.25));
    },
    found: (k) => `It is ${k.slice(0, 4).map(digits).join(', ')}${k.length > 4 ? ', …' : ''}.`,
  },
];

/** The channel of a number of an array of maps. */
function channelIn(stage: Stage, model: Parameters<typeof layerOf>[1]): (i: number) => number {
  const { channels, height, width } = layerOf(stage, model)!.output; // of stages that have a layer
  return (i) => Math.floor(i / (height * width)) % channels;
}

export const wiringMistakes: readonly Row[] = [
  ...biasRows,
  ...inputRows,
  ...poolRows,
  ...weightRows,
  ...roundedRows,
];
