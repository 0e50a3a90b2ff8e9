/**
 * The stages of the forward pass, and the memory of buffers. Work on a sample goes into a queue; work on weights is divided into slices.
 * `createForward` has only these stages; `wasm.ts` adds those of training.
 */
import { divisorOf, type Network } from '../../../spec/network.ts';
import { isAsWeights, type Buffer, type ForwardBackend, type Role } from '../backend.ts';
import { createSerial, type Call, type Executor, type Task } from './executor.ts';
import { inputCall, listsOf } from './input.ts';
import { packMap, unpackMaps } from '../maps.ts';
import { rowCells } from './layout.ts';
import { Memory } from './memory.ts';
import type { KernelModule } from './module.ts';
import { at, blockOf, each, layoutOf, planOf, type Block, type Plan } from './plan.ts';
import { readSpikes, readWeights } from './reader.ts';
import { addsRows, countsInQuarters, neuronOf, stageRuns, runWords, type LayerFields } from './window.ts';

export interface Context {
  readonly plan: Plan;
  readonly memory: Memory;
  readonly executor: Executor;
}

/** Recomputes the derived weights of layer n, before other work reads them. */
export function deriveWeights({ plan, executor }: Context, n: number, w: Block): void {
  if (!w.derived) return;
  const calls = plan.derived.calls(n, w.derived, w.at);
  executor.defer(
    { reads: [w], writes: [w] },
    calls.map((call) => [call]),
  );
}

/** Reads the values that a buffer now holds for one sample. */
function readNow(context: Context, buffer: Buffer, sample: number): Float32Array | Float64Array {
  const { plan, memory, executor } = context;
  const { role, n } = buffer;
  const address = at(buffer, sample);
  if (role === 'report') return memory.f64(address, blockOf(buffer).stride / 8).slice();
  if (role === 'spikes') return readSpikes(plan, memory, n, address);
  if (isAsWeights(role)) return readWeights(plan, memory, n, address);
  if (executor.immediate && role !== 'potentials') return readByKernel(context, n, address);
  const map = plan.cells[n];
  return unpackMaps(map, role === 'potentials' ? plan.network.T : 1, (t) =>
    memory.f32(address + 4 * t * map.count, map.count),
  );
}

/** Converts a map of layer n to (C,H,W) with a kernel. In JavaScript this takes milliseconds until the runtime has compiled the loop. */
function readByKernel({ plan, memory, executor }: Context, n: number, from: number): Float32Array {
  const { rows, columns, channels, real, count } = plan.cells[n];
  const positions = rows * columns;
  const to = memory.allocate(4 * count);
  const asWeights = { weights: from, outputs: positions, maps: 1, positions: channels, channels: 1 };
  executor.slices({}, [[{ kernel: 'layWeights', to, bytes: 4 * count, ...asWeights, row: positions }]]);
  const map = memory.f32(to, positions * real).slice();
  memory.release(to);
  return map;
}

/** The calls that write values from staged memory to an address, in the kernels' layout. */
function writing(
  { plan, memory, executor }: Context,
  { role, n }: Buffer,
  values: ArrayLike<number>,
  to: number,
): Task {
  if (isAsWeights(role)) {
    const { outputs, maps, positions, channels, row, synaptic, cells } = layoutOf(plan, n);
    const staged = executor.stage(4 * values.length);
    memory.f32(staged, values.length).set(values);
    const weights = { weights: staged, outputs, maps, positions, channels, row };
    const calls: Call[] = [{ kernel: 'layWeights', to, bytes: 4 * synaptic, ...weights }];
    if (cells === synaptic) return calls;
    // Biases have the layout of one input's weights.
    const one = { weights: staged + 4 * outputs * maps * positions, maps: 1, positions: 1, channels: 1 };
    calls.push({ kernel: 'layWeights', to: to + 4 * synaptic, bytes: 4 * row, ...weights, ...one });
    return calls;
  }
  const bytes = plan.mapBytes(n);
  const staged = executor.stage(bytes);
  packMap(plan.cells[n], values, memory.f32(staged, bytes / 4));
  return [{ kernel: 'copy', to, from: staged, bytes }];
}

/** The fields of layer n's record that are the same for all samples. */
function layerFields(plan: Plan, n: number, w: Buffer | null): LayerFields {
  const { network, cells, geometries, masks } = plan;
  const { layer, view, weights } = geometries[n - 1];
  const map = cells[n];
  const negative = w && n === 1 ? blockOf(w).derived : 0;
  return {
    inRow: cells[n - 1].bitRow,
    ...view,
    rows: map.rows,
    columns: map.columns,
    outputs: map.channels,
    spread: 1,
    weights: w ? at(w) : 0,
    weightRow: 4 * rowCells(map.channels),
    negative: w && negative ? negative - at(w) : 0,
    // The weights for masks follow the negated weights.
    ...(negative && masks && { maskWeights: negative + plan.weightBytes(n), headCells: masks.headCells }),
    byRows: Number(addsRows(geometries[n - 1])),
    bias: w && weights && layer.bias.length > 0 ? at(w) + 4 * weights.synaptic : 0,
    ...plan.lists[n - 1].at,
    outRow: map.bitRow,
    ...neuronOf(layer, network.variant),
    divisor: divisorOf(layer),
    quarters: Number(countsInQuarters(network, n)),
  };
}

function buffers(context: Context): Pick<ForwardBackend, 'allocate' | 'write' | 'bytesOf' | 'read'> {
  const { plan, memory, executor } = context;
  const bytesOf = (role: Role, n: number): number => plan.bytes[role]!(n); // a pass allocates only its roles
  /** Bytes that are allocated beside a buffer: the derived weights beside weights, and spikes of layer n − 1 per sample beside `du`. */
  const bytesBeside = (role: Role, n: number): number =>
    role === 'weights' ? plan.derived.bytes(n) : role === 'du' ? plan.mapBytes(n - 1) : 0;
  return {
    allocate(role, n, samples) {
      const [stride, beside] = [bytesOf(role, n), bytesBeside(role, n)];
      const derived = role === 'weights' && beside > 0 ? memory.allocate(beside) : 0;
      const before = role === 'du' ? memory.allocate(beside * samples) : 0;
      const block: Block = {
        role,
        n,
        samples,
        at: memory.allocate(stride * samples),
        stride,
        derived,
        before,
      };
      return block;
    },
    write(buffer, values, sample = 0) {
      executor.slices({ writes: [buffer] }, [writing(context, buffer, values, at(buffer, sample))]);
      deriveWeights(context, buffer.n, blockOf(buffer));
    },
    bytesOf: (role, n) => bytesOf(role, n) + bytesBeside(role, n),
    async read(buffer, sample = 0) {
      await executor.flush();
      return readNow(context, buffer, sample);
    },
  };
}

export function forwardStages(context: Context): ForwardBackend {
  const { plan, executor } = context;
  const { network, chunk, scratchBytes } = plan;
  /** The words of `layerFields` per layer. Most calls have the same weights, so they reuse these words. */
  const known: { readonly w: Buffer | null; readonly words: Uint32Array }[] = [];
  const wordsOf = (n: number, w: Buffer | null): Uint32Array => {
    if (known[n]?.w !== w) known[n] = { w, words: runWords(layerFields(plan, n, w)) };
    return known[n].words;
  };
  return {
    name: 'wasm',
    network,
    chunk,
    scratchBytes,
    ...buffers(context),
    encode({ o, FO }, inputs, { first, t0, steps }) {
      executor.settle();
      for (const [g, input] of inputs.entries()) {
        const call = inputCall(context, input, { t0, steps }, { at: at(o, g), FO: at(FO, first + g) });
        executor.queue({ writes: [o, FO] }, { first: g, samples: 1, calls: [call] });
      }
    },

    forward(n, before, w, to, { first, samples, t0, steps }) {
      const { layer, forward, from } = plan.geometries[n - 1];
      const input = each(before.o);
      // The neurons of a leaky output layer never fire, but their kernel still writes the bits of spikes, all 0.
      const writesSpikes = !layer.isOutput || layer.spikes || network.variant.output === 'leaks';
      const address = stageRuns(context, samples, wordsOf(n, w), {
        steps,
        carried: Number(t0 > 0),
        ...(n === 1 ? listsOf(input, network.T, network.T * from.count) : { inBits: input }),
        u: each(to.u),
        FI: each(to.FI, first),
        FO: each(to.FO, first),
        FOBefore: each(before.FO, first),
        ...(writesSpikes && { outBits: each(to.o) }),
        ...(to.potentials && { potentials: each(to.potentials) }),
      });
      const use = { reads: [before.o, before.FO, w], writes: [to.o, to.u, to.FI, to.FO] };
      executor.queue(use, { first: 0, samples, calls: [{ kernel: forward, address }] });
    },

    submit: () => executor.submit(),
    dispose: () => executor.dispose(),
    ...(executor.immediate && { readSync: (buffer, sample = 0) => readNow(context, buffer, sample) }),
  };
}

/** The wasm backend without training, on one thread. */
export function createForward(network: Network, kernels: KernelModule): ForwardBackend {
  const plan = planOf(network);
  const memory = new Memory();
  return forwardStages({ plan, memory, executor: createSerial(memory, plan.scratchBytes, kernels) });
}
