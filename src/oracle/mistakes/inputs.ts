/** Stages encode and current: what comes into a layer. */
import { sumAt } from '../../../spec/arithmetic.ts';
import { averagePool } from '../../../spec/layers/averagePool.ts';
import { biasesOf, weightsOf, neuronsOf } from '../../../spec/network.ts';
import { absolutes, type Interval } from '../interval.ts';
import { changingInputs, delayed, like, loosened, ownLayer } from './helpers.ts';
import { changingOutputs, type Mistake } from './mistake.ts';
import { layerOf, undivided } from './wiring.ts';

const unsigned = ({ value, radius }: Interval): Interval => {
  const out = like(value, value.length);
  out.set(absolutes(value));
  return { value: out, radius };
};

const unsignedInput: Mistake = {
  id: 'unsigned-input',
  stages: ['encode', 'current', 'flow'],
  says: 'Input spikes have no sign; a spike has the sign of its intensity.',
  concerns: ({ inputs, outputs }) => inputs.includes('input.spikes') || outputs.includes('input.spikes'),
  plant: (right) =>
    right.stage === 'encode'
      ? changingOutputs(right, unsigned)
      : changingInputs(right, (interval, key) => (key === 'input.spikes' ? unsigned(interval) : interval)),
};

const currentLate: Mistake = {
  id: 'current-one-step-late',
  stages: ['current'],
  says: 'The current of step t is made of the spikes of step t − 1; Eq. 3 has those of step t.',
  plant: (right, _, { network }) =>
    changingInputs(right, (interval, key) =>
      key.endsWith('spikes') ? delayed(interval, network.T) : interval,
    ),
};

const neuronLate: Mistake = {
  id: 'neuron-one-step-late',
  stages: ['neuron'],
  says: 'Neurons take the current of step t − 1; Eq. 3 has that of step t.',
  plant: (right, _, { network }) => changingInputs(right, (interval) => delayed(interval, network.T)),
};

const poolSummed: Mistake = {
  id: 'pool-summed',
  stages: ['current', 'backward'],
  says: 'An average pool takes the sum of its window, where it is the mean.',
  concerns: (part, setting) => {
    const isRoute = part.stage === 'current' || part.outputs.some((key) => key.endsWith('dFO'));
    return isRoute && layerOf(part, setting)?.kind === averagePool;
  },
  plant: (_, make) =>
    make({
      semantics: {
        applyCurrent(x, _w, o, { output, synapses }) {
          for (let i = 0; i < neuronsOf(output); i++) {
            const { j, count } = synapses.into(i);
            x[i] = sumAt(o, j, count);
          }
        },
        applydFO: undivided,
      },
    }),
};

const poolMaximum: Mistake = {
  id: 'pool-maximum',
  stages: ['current'],
  says: 'An average pool takes the maximum of its window, where it is the mean.',
  concerns: (part, setting) => ownLayer(part, setting)?.kind === averagePool,
  plant: (_, make) =>
    make({
      semantics: {
        applyCurrent(x, _w, o, { output, synapses }) {
          for (let i = 0; i < neuronsOf(output); i++) {
            x[i] = -Infinity;
            const { j, count } = synapses.into(i);
            for (let n = 0; n < count; n++) x[i] = Math.max(x[i], o[j[n]]);
          }
        },
      },
    }),
};

/** A number per channel added to the current: what is common to the channel, of the numbers that were supplied. */
const biasAdded: Mistake = {
  id: 'bias-added',
  stages: ['current'],
  says: 'A bias is added to the current of a layer that has none.',
  isFitted: true,
  isOfAll: true,
  concerns(part, setting) {
    const layer = ownLayer(part, setting);
    return layer !== undefined && weightsOf(layer) > 0 && biasesOf(layer) === 0;
  },
  plant: (right, _, setting) =>
    changingOutputs(right, (interval, key, { follow }) => {
      const theirs = follow.get(key);
      const { channels, height, width } = setting.network.layers[right.n - 1].output;
      const channelOf = (i: number): number => Math.floor(i / (height * width)) % channels;
      const value = like(interval.value, interval.value.length);
      const bias = new Float64Array(channels);
      const share = channels / value.length;
      // One number of each channel is no evidence of it.
      if (theirs?.length === value.length && share <= 1 / 8)
        for (let i = 0; i < value.length; i++) bias[channelOf(i)] += (theirs[i] - interval.value[i]) * share;
      for (let i = 0; i < value.length; i++) value[i] = interval.value[i] + bias[channelOf(i)];
      return loosened({ ...interval, value }, 8);
    }),
};

/** Another place in the stream of random words. */
const byPlace = (id: string, says: string, key: string, change: (value: number) => number): Mistake => ({
  id,
  stages: ['encode'],
  says,
  concerns: ({ inputs }) => inputs.includes(key),
  plant: (right) =>
    changingInputs(right, (interval, each) =>
      each === key ? { value: Float64Array.from(interval.value, change) } : interval,
    ),
});

const otherStream = byPlace(
  'encode-other-stream',
  'The random words are those of the other stream: training for test, or the reverse.',
  'encode.stream',
  (stream) => 3 - stream,
);
const epochFromOne = byPlace(
  'encode-epoch-from-one',
  'Epochs are counted from 1; the random words count them from 0.',
  'encode.epoch',
  (epoch) => epoch + 1,
);
const sampleFromOne = byPlace(
  'encode-sample-from-one',
  'Samples are counted from 1; the random words count them from 0.',
  'encode.sample',
  (sample) => sample + 1,
);

export const inputMistakes = [
  biasAdded,
  otherStream,
  epochFromOne,
  sampleFromOne,
  unsignedInput,
  currentLate,
  neuronLate,
  poolSummed,
  poolMaximum,
];
