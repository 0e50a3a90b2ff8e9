/**
 * The stages of the forward pass, and the memory of buffers. Work on a sample goes into its queue; other work is divided by weights.
 * `wasm.ts` adds the training stages, `infer.ts` does not.
 */
import { divisorOf } from '../../../spec/network.ts';
import type { ForwardBackend, Buffer } from '../backend.ts';
import { type Call, type Executor, type Task } from './executor.ts';
import { inputCall, listsAt } from './input.ts';
import { kindOf } from './kinds.ts';
import { packMap, rowCells } from './layout.ts';
import type { Memory } from './memory.ts';
import { at, isAsWeights, type Block, type Plan } from './plan.ts';
import { readMaps, readSpikes, readWeights } from './reader.ts';
import type { Order } from './schedule.ts';
import { countsInQuarters, neuronOf, windowFields, writeWindow } from './window.ts';

/** Weights derived from the weights: those of the first layer with opposite signs, and those needed by training. */
export interface Turning {
  bytes(n: number): number;
  /** Calls that recompute them. */
  calls(n: number, turned: number, weights: number): Call[];
}

/** The context of the stages. */
export interface Ground {
  readonly plan: Plan;
  readonly memory: Memory;
  readonly executor: Executor;
  readonly schedule: Order;
  readonly group: number;
  readonly turning: Turning;
  /** Bytes per sample of a buffer. */
  bytesOf(buffer: Pick<Buffer, 'role' | 'n'>): number;
}

/** Negative inputs use the weights of the first layer with opposite signs. */
export function negation(plan: Plan): Turning {
  return {
    bytes: (n) => (n === 1 ? plan.weightBytes(n) : 0),
    calls: (n, turned, weights) => [['convolutionNegate', turned, weights, plan.weightBytes(n)]],
  };
}

/** Recomputes derived weights, before anything needs them. */
export function turn({ schedule, turning }: Ground, n: number, w: Block): void {
  if (!w.turned) return;
  const calls = turning.calls(n, w.turned, w.at);
  schedule.defer(
    { reads: [w], writes: [w] },
    calls.map((call) => [call]),
  );
}

/** The current values of one sample of a buffer. */
function readNow({ plan, memory }: Ground, buffer: Buffer, sample: number): Float32Array | Float64Array {
  const { network } = plan;
  const { role, n } = buffer;
  const address = at(buffer, sample);
  if (role === 'report') return memory.f64(address, (buffer as Block).stride / 8).slice();
  if (role === 'spikes') return readSpikes(network, memory, n, address);
  if (isAsWeights(role)) return readWeights(network, memory, n, address);
  return readMaps(network, memory, n, address, role === 'trace' ? network.T : 1);
}

/** The calls that write values from staged memory to an address, in the kernels' layout. */
function writing(
  { plan, memory, executor }: Ground,
  { role, n }: Buffer,
  values: ArrayLike<number>,
  to: number,
): Task {
  if (isAsWeights(role)) {
    const { outputs, maps, positions, channels, row, synaptic, cells } = plan.weights(n)!;
    const staged = executor.stage(4 * values.length);
    memory.f32(staged, values.length).set(values);
    const calls: Task = [['layWeights', to, 4 * synaptic, staged, outputs, maps, positions, channels, row]];
    if (cells === synaptic) return calls;
    // Biases have the layout of one input's weights.
    const biases = staged + 4 * outputs * maps * positions;
    return [...calls, ['layWeights', to + 4 * synaptic, 4 * row, biases, outputs, 1, 1, 1, row]];
  }
  if (role !== 'potential' && role !== 'FI' && role !== 'FO')
    throw new Error(`wasm: nothing writes a buffer of ${role}`);
  const bytes = plan.mapBytes(n);
  const staged = executor.stage(bytes);
  packMap(plan.cells[n], values, memory.f32(staged, bytes / 4));
  return [['copy', to, staged, bytes]];
}

/** The operations of a forward pass. */
export function forwardStages(ground: Ground): Omit<ForwardBackend, 'name' | 'readSync'> {
  const { plan, memory, executor, schedule, group, turning, bytesOf } = ground;
  const { network, cells, geometries } = plan;
  const { layers, variant, T } = network;
  return {
    network,
    group,

    allocate(role, n, samples) {
      const stride = bytesOf({ role, n });
      const turned = role === 'weights' && turning.bytes(n) > 0 ? memory.allocate(turning.bytes(n)) : 0;
      const before = role === 'du' ? memory.allocate(plan.mapBytes(n - 1) * samples) : 0;
      return { role, n, samples, at: memory.allocate(stride * samples), stride, turned, before } as Block;
    },
    free(buffer) {
      executor.release(at(buffer));
      const { turned, before } = buffer as Block;
      for (const beside of [turned, before]) if (beside) executor.release(beside);
    },
    write(buffer, values, sample = 0) {
      schedule.slices({ writes: [buffer] }, [writing(ground, buffer, values, at(buffer, sample))]);
      turn(ground, buffer.n, buffer as Block);
    },
    bytesOf(role, n) {
      const beside = role === 'weights' ? turning.bytes(n) : role === 'du' ? plan.mapBytes(n - 1) : 0;
      return bytesOf({ role, n }) + beside;
    },
    async read(buffer, sample = 0) {
      await executor.flush();
      return readNow(ground, buffer, sample);
    },

    encode({ o, FO }, inputs, { first, t0, steps }) {
      schedule.settle();
      schedule.queue(
        { writes: [o, FO] },
        inputs.map((input, g) => {
          const to = { at: at(o, g), FO: at(FO, first + g) };
          return [inputCall(ground, input, { t0, steps }, to)];
        }),
      );
    },

    forward(n, before, w, to, { first, samples, t0, steps }) {
      const layer = layers[n - 1];
      const kind = kindOf(layer);
      const [from, map] = [cells[n - 1], cells[n]];
      const neuron = neuronOf(layer, variant);
      const tasks: Task[] = [];
      for (let g = 0; g < samples; g++) {
        const input = at(before.o, g);
        const lists = n === 1 ? listsAt(input, T, from.count) : { starts: 0, indices: 0, values: 0 };
        const record = executor.stage(4 * windowFields.length);
        writeWindow(memory, record, {
          steps,
          carried: Number(t0 > 0),
          ...lists,
          inBits: n === 1 ? 0 : input,
          inRow: from.bitRow,
          map: 0,
          ...kind.view(geometries[n - 1]),
          rows: map.rows,
          columns: map.columns,
          outputs: map.channels,
          stride: layer.window.stride,
          spread: 1,
          padding: layer.window.padding,
          weights: w ? at(w) : 0,
          weightRow: 4 * rowCells(map.channels),
          negative: w && n === 1 ? (w as Block).turned - at(w) : 0,
          bias: w && layer.bias.length > 0 ? at(w) + 4 * plan.weights(n)!.synaptic : 0,
          ...plan.lists[n - 1].at,
          u: at(to.u, g),
          FI: at(to.FI, first + g),
          FO: at(to.FO, first + g),
          FOBefore: at(before.FO, first + g),
          outBits: layer.isOutput && !neuron.spikes ? 0 : at(to.o, g),
          outRow: map.bitRow,
          ...neuron,
          trace: to.trace ? at(to.trace, g) : 0,
          divisor: divisorOf(layer),
          quarters: Number(countsInQuarters(network, n)),
        });
        tasks.push([[kind.forward, record]]);
      }
      schedule.queue({ reads: [before.o, before.FO, w], writes: [to.o, to.u, to.FI, to.FO] }, tasks);
    },

    submit: () => executor.submit(),
    dispose: () => executor.dispose(),
  };
}

/** Adds `readSync` if the executor is immediate. */
export function withReadSync<B extends Omit<ForwardBackend, 'readSync'>>(
  backend: B,
  ground: Ground,
): B & Pick<ForwardBackend, 'readSync'> {
  if (!ground.executor.immediate) return backend;
  return { ...backend, readSync: (buffer: Buffer, sample = 0) => readNow(ground, buffer, sample) };
}
