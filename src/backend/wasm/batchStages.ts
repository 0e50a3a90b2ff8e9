/** Stages scale, loss and update, and the sum of gradients: the work per batch or per shard. */
import { isSummedWhole } from '../../../spec/scale.ts';
import { reportRow, type Backend } from '../backend.ts';
import type { TrainingGround } from './backwardStages.ts';
import { rangesOf, type Call, type Task } from './executor.ts';
import { turn } from './forward.ts';
import { at, blockOf, layoutOf } from './plan.ts';

/** Bytes of a slice that are worth a task. */
const leastSlice = 4096;

export function batchStages(
  ground: TrainingGround,
): Pick<Backend, 'scale' | 'loss' | 'accumulate' | 'update'> {
  const { plan, memory, executor, schedule } = ground;
  const { network, cells, weightBytes } = plan;
  const { layers, variant, T } = network;
  const row = reportRow(network);

  /** Tasks on slices of flat arrays, as ranges of bytes in multiples of 16. */
  function flat(length: number, task: (from: number, size: number) => Task): Task[] {
    const slices = Math.min(plan.slices, Math.ceil(length / leastSlice));
    return rangesOf(length / 16, slices).map(([from, to]) => task(16 * from, 16 * (to - from)));
  }

  return {
    scale(n, FI, FO, report, { first, samples }) {
      const { rows, columns, channels } = cells[n];
      const all = Number(isSummedWhole(layers[n - 1], variant));
      const calls = (s: number): Call[] => {
        const b = first + s;
        const out = at(report, b) + 8 * row.sums(n);
        return [['flowSums', out, at(FI, b), at(FO, b), rows * columns, channels, all]];
      };
      schedule.queue({ reads: [FI, FO], writes: [report] }, { first: 0, samples, calls });
    },

    loss(result, labels, first, report, d) {
      const { Vth, output, spikes } = layers[layers.length - 1];
      const window = network.precision.round(T * (spikes ? 1 : Vth));
      const half = Number(variant.loss === 'half');
      // Derivatives belong to a shard, whose samples have their own queues.
      if (d) schedule.barrier();
      const labelled = executor.stage(4 * labels.length);
      memory.u32(labelled, labels.length).set(labels);
      const calls = (s: number): Call[] => {
        const to = [at(report, first + s), d ? at(d, s) : 0];
        const from = at(result, result.role === 'potential' ? s : first + s);
        return [['loss', ...to, from, output.channels, labelled + 4 * s, window, half]];
      };
      const use = { reads: [result], writes: [report, d] };
      schedule.queue(use, { first: 0, samples: labels.length, calls });
    },

    accumulate(into, gradient) {
      const tasks = flat(weightBytes(into.n), (from, size): Task => {
        return [['accumulate', at(into) + from, at(gradient) + from, size]];
      });
      schedule.slices({ reads: [gradient], writes: [into] }, tasks);
    },

    update(n, { w, dw, m, v }, rule) {
      const mean = Number(variant.batch === 'mean');
      const { samples, optimiser } = rule;
      const update = (from: number, size: number, weightDecay: number): Task => {
        const arrays = [at(w) + from, at(dw) + from];
        if (!('step' in rule)) return [['sgd', ...arrays, size, samples, mean, weightDecay, rule.η]];
        const { β1, β2, ε } = rule.optimiser;
        const constants = [weightDecay, β1, 1 - β1, β2, 1 - β2, rule.step.size, rule.step.correction, ε];
        const moments = [m, v].map((each) => (each ? at(each) + from : 0));
        return [['adam', ...arrays, ...moments, size, samples, mean, ...constants]];
      };
      const synaptic = 4 * layoutOf(plan, n).synaptic;
      const biases = weightBytes(n) - synaptic;
      const tasks = [
        ...flat(synaptic, (from, size) => update(from, size, optimiser.weightDecay)),
        ...(biases > 0 ? [update(synaptic, biases, 0)] : []),
      ];
      schedule.slices({ reads: [dw], writes: [w, m, v] }, tasks);
      turn(ground, n, blockOf(w));
    },
  };
}
