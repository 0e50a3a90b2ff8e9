/** Stage neuron: spikes that are not those of the potentials. */
import { averagePool } from '../../../spec/layers/averagePool.ts';
import { delayed, ownLayer } from './helpers.ts';
import type { Mistake } from './mistake.ts';
import { take } from '../slices.ts';

const spikesLate: Mistake = {
  id: 'spikes-one-step-late',
  stages: ['neuron'],
  says: 'A spike appears one step after its potential reaches Vth; Eq. 2 has it in the same step.',
  concerns: (part) => part.outputs.some((key) => key.endsWith('spikes')),
  plant: (part, _, { network }) => ({
    ...part,
    run(intervals, { bounds, branch }) {
      // The implementation's spikes are not those of its decisions: nothing can be followed.
      const made = part.run(intervals, { bounds, branch, follow: new Map() });
      const key = part.outputs.find((each) => each.endsWith('spikes'))!; // it `concerns` only such parts
      return new Map([...made, [key, delayed(take(made, key), network.T)]]);
    },
  }),
};

const poolWithoutNeuron: Mistake = {
  id: 'pool-without-neuron',
  stages: ['neuron'],
  says: 'An average pool passes its mean on; here it has neurons that fire.',
  concerns: (part, setting) => ownLayer(part, setting)?.kind === averagePool,
  plant: (part) => ({
    ...part,
    run(intervals, manner) {
      const made = part.run(intervals, { ...manner, follow: new Map() });
      const x = take(intervals, part.inputs[0]);
      return new Map([...made].map(([key, interval]) => [key, key.endsWith('spikes') ? x : interval]));
    },
  }),
};

export const spikeMistakes: readonly Mistake[] = [spikesLate, poolWithoutNeuron];
