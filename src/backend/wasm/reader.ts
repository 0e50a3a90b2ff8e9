/** Reads buffers of the kernels' memory into public layouts. */
import { weightsOf } from '../../../spec/network.ts';
import { unpackMaps } from '../maps.ts';
import { listsAt } from './input.ts';
import type { Memory } from './memory.ts';
import { layoutOf, type Plan } from './plan.ts';

/** Converts spike bits, or the input's event lists, to T maps (C,H,W). */
export function readSpikes(plan: Plan, memory: Memory, n: number, at: number): Float32Array {
  const { T } = plan.network;
  const map = plan.cells[n];
  const step = new Float32Array(map.count);
  const lists = listsAt(at, T, T * map.count);
  return unpackMaps(map, T, (t) => {
    step.fill(0);
    if (n === 0) {
      const [from, to] = memory.u32(lists.starts + 4 * t, 2);
      const indices = memory.u32(lists.indices, to);
      const values = memory.f32(lists.values, to);
      for (let e = from; e < to; e++) step[indices[e]] = values[e];
    } else {
      const bits = memory.bytes(at + t * map.bitRow, map.bitRow);
      for (let cell = 0; cell < map.count; cell++) step[cell] = (bits[cell >> 3] >> (cell & 7)) & 1;
    }
    return step;
  });
}

/** Converts weights, gradients and moments of layer n to (out,in,row,column) or (out,in). */
export function readWeights(plan: Plan, memory: Memory, n: number, at: number): Float32Array {
  const w = new Float32Array(weightsOf(plan.network.layers[n - 1]));
  const { outputs, maps, positions, channels, row, synaptic, cells } = layoutOf(plan, n);
  const values = memory.f32(at, cells);
  let k = 0;
  for (let output = 0; output < outputs; output++) {
    for (let channel = 0; channel < maps; channel++) {
      for (let position = 0; position < positions; position++)
        w[k++] = values[(position * channels + channel) * row + output];
    }
  }
  if (cells > synaptic) w.set(values.subarray(synaptic, synaptic + outputs), k);
  return w;
}
