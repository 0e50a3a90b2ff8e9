/** The stages `scale`, `loss` and `update`, and the sum of gradients: the work per batch or per shard. */
import { isSummedWhole } from '../../../spec/scale.ts';
import { reportRow, type Backend, type Buffer } from '../backend.ts';
import type { TrainingContext } from './backwardStages.ts';
import { rangesOf, type Task } from './executor.ts';
import { deriveWeights } from './forward.ts';
import { at, blockOf, each, further, layoutOf } from './plan.ts';

/** The minimum number of bytes for which a slice is worth a task. */
const leastSlice = 4096;

export function batchStages(
  context: TrainingContext,
): Pick<Backend, 'scale' | 'loss' | 'accumulate' | 'update'> {
  const { plan, memory, executor } = context;
  const { network, cells, weightBytes } = plan;
  const { layers, variant, T } = network;
  const row = reportRow(network);

  /** Divides an array of `length` bytes into tasks on ranges, in multiples of 16 bytes. */
  function flat(length: number, task: (from: number, size: number) => Task): Task[] {
    const slices = Math.min(plan.slices, Math.ceil(length / leastSlice));
    return rangesOf(length / 16, slices).map(([from, to]) => task(16 * from, 16 * (to - from)));
  }

  return {
    scale(n, FI, FO, report, { first, samples }) {
      const { rows, columns, channels } = cells[n];
      const all = Number(isSummedWhole(layers[n - 1], variant));
      const flows = { FI: each(FI, first), FO: each(FO, first), positions: rows * columns, channels };
      const out = further(each(report, first), 8 * row.sums(n));
      const calls: Task = [{ kernel: 'flowSums', out, ...flows, all }];
      executor.queue({ reads: [FI, FO], writes: [report] }, { first: 0, samples, calls });
    },

    loss(result, labels, first, report, d) {
      const { Vth, output, spikes } = layers[layers.length - 1];
      const divisor = network.precision.round(T * (spikes ? 1 : Vth));
      const half = Number(variant.loss === 'half');
      // With `d`, samples are numbered within the shard. A sample may thus be in another queue than in the forward pass, which must end
      // first.
      if (d) executor.barrier();
      const labelled = executor.stage(4 * labels.length);
      memory.u32(labelled, labels.length).set(labels);
      const to = { out: each(report, first), dmem: d ? each(d) : 0 };
      const u = each(result, result.role === 'potential' ? 0 : first);
      const label = { first: labelled, by: 4 };
      const calls: Task = [
        { kernel: 'loss', ...to, u, classes: output.channels, label, window: divisor, half },
      ];
      const use = { reads: [result], writes: [report, d] };
      executor.queue(use, { first: 0, samples: labels.length, calls });
    },

    accumulate(into, gradient) {
      const tasks = flat(weightBytes(into.n), (from, size): Task => {
        return [{ kernel: 'accumulate', into: at(into) + from, gradient: at(gradient) + from, bytes: size }];
      });
      executor.slices({ reads: [gradient], writes: [into] }, tasks);
    },

    update(n, { w, dw, m, v }, rule) {
      const mean = Number(variant.batch === 'mean');
      const { samples, optimiser } = rule;
      const update = (from: number, bytes: number, decay: number): Task => {
        const addressIn = (buffer: Buffer | null): number => (buffer ? at(buffer) + from : 0);
        const shared = { w: addressIn(w), dw: addressIn(dw), bytes, samples, mean, decay };
        if (!('constants' in rule)) return [{ kernel: 'sgd', ...shared, rate: rule.η }];
        const { β1, β2, ε } = rule.optimiser;
        const constants = {
          keep1: β1,
          take1: 1 - β1,
          keep2: β2,
          take2: 1 - β2,
          ...rule.constants,
          epsilon: ε,
        };
        return [{ kernel: 'adam', ...shared, m: addressIn(m), v: addressIn(v), ...constants }];
      };
      const synaptic = 4 * layoutOf(plan, n).synaptic;
      const biases = weightBytes(n) - synaptic;
      const tasks = [
        ...flat(synaptic, (from, size) => update(from, size, optimiser.weightDecay)),
        ...(biases > 0 ? [update(synaptic, biases, 0)] : []),
      ];
      executor.slices({ reads: [dw], writes: [w, m, v] }, tasks);
      deriveWeights(context, n, blockOf(w));
    },
  };
}
