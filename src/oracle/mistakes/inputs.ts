/** Stages encode and current: what comes into a layer. */
import { sumAt } from '../../../spec/arithmetic.ts';
import { averagePool } from '../../../spec/layers/averagePool.ts';
import { neuronsOf } from '../../../spec/network.ts';
import { absolutes, type Interval } from '../interval.ts';
import { changingInputs, changingOutputs, delayed, like, ownLayer } from './helpers.ts';
import type { Mistake } from './mistake.ts';
import { layerOf } from './wiring.ts';

const unsigned = ({ value, radius }: Interval): Interval => {
  const out = like(value, value.length);
  out.set(absolutes(value));
  return { value: out, radius };
};

export const unsignedInput: Mistake = {
  id: 'unsigned-input',
  stages: ['encode', 'current', 'flow'],
  says: 'Input spikes have no sign; a spike has the sign of its intensity.',
  concerns: ({ inputs, outputs }) => inputs.includes('input.spikes') || outputs.includes('input.spikes'),
  plant: (right) =>
    right.stage === 'encode'
      ? changingOutputs(right, unsigned)
      : changingInputs(right, (interval, key) => (key === 'input.spikes' ? unsigned(interval) : interval)),
};

export const currentLate: Mistake = {
  id: 'current-one-step-late',
  stages: ['current'],
  says: 'The current of step t is made of the spikes of step t − 1; Eq. 3 has those of step t.',
  plant: (right, _, { network }) =>
    changingInputs(right, (interval, key) =>
      key.endsWith('spikes') ? delayed(interval, network.T) : interval,
    ),
};

export const neuronLate: Mistake = {
  id: 'neuron-one-step-late',
  stages: ['neuron'],
  says: 'Neurons take the current of step t − 1; Eq. 3 has that of step t.',
  plant: (right, _, { network }) => changingInputs(right, (interval) => delayed(interval, network.T)),
};

export const poolSummed: Mistake = {
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
            const count = synapses.into(i);
            x[i] = sumAt(o, synapses.j, count);
          }
        },
        applydFO(dFO, _w, dFI, _FO, { input, synapses }) {
          for (let j = 0; j < neuronsOf(input); j++) {
            const count = synapses.outOf(j);
            dFO[j] = sumAt(dFI, synapses.i, count);
          }
        },
      },
    }),
};

export const poolMaximum: Mistake = {
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
            const count = synapses.into(i);
            for (let n = 0; n < count; n++) x[i] = Math.max(x[i], o[synapses.j[n]]);
          }
        },
      },
    }),
};

export const inputMistakes = [unsignedInput, currentLate, neuronLate, poolSummed, poolMaximum];
