/**
 * The stages of the forward pass, and the memory of buffers. Work on a sample goes into its queue; other work is divided by
 * weights.
 * `createForward` has only these stages; `wasm.ts` adds those of training.
 */
import { divisorOf, type Network } from '../../../spec/network.ts';
import type { ForwardBackend, Buffer, Role, Span } from '../backend.ts';
import { createSerial, type Call, type Executor, type Task } from './executor.ts';
import { inputCall, listsOf } from './input.ts';
import { kindOf } from './kinds.ts';
import { packMap } from '../maps.ts';
import { rowCells } from './layout.ts';
import { Memory } from './memory.ts';
import type { KernelModule } from './module.ts';
import {
  at,
  blockOf,
  each,
  isAsWeights,
  layoutOf,
  planOf,
  type Block,
  type ForwardRole,
  type Plan,
} from './plan.ts';
import { readMaps, readSpikes, readWeights } from './reader.ts';
import { countsInQuarters, neuronOf, stageRuns, runWords, type RunFields } from './window.ts';

/** Derived weights: those of the first layer with opposite signs and for masks, and those needed by training. */
export interface DerivedWeights {
  bytes(n: number): number;
  /** Calls that recompute them. */
  calls(n: number, derived: number, weights: number): Call[];
}

/** The context of the stages. */
export interface Context {
  readonly plan: Plan;
  readonly memory: Memory;
  readonly executor: Executor;
  readonly chunk: number;
  readonly derivedWeights: DerivedWeights;
  /** Bytes per sample of a buffer. */
  bytesOf(buffer: Pick<Buffer, 'role' | 'n'>): number;
}

/** The address of the weights for masks, after those with opposite signs. */
const maskWeightsAt = (derived: number, weightBytes: Plan['weightBytes']): number => derived + weightBytes(1);

/** Derived weights of the first layer: those with opposite signs for negative inputs, and those for masks. */
export function derivedWeightsOfFirst({ masks, weightBytes }: Plan): DerivedWeights {
  return {
    bytes: (n) => (n === 1 ? weightBytes(n) + (masks?.bytes ?? 0) : 0),
    calls: (n, derived, weights) => [
      { kernel: 'convolutionNegate', negative: derived, weights, bytes: weightBytes(n) },
      ...(masks?.calls(maskWeightsAt(derived, weightBytes), weights) ?? []),
    ],
  };
}

/** Recomputes derived weights, before anything needs them. */
export function deriveWeights({ executor, derivedWeights }: Context, n: number, w: Block): void {
  if (!w.derived) return;
  const calls = derivedWeights.calls(n, w.derived, w.at);
  executor.defer(
    { reads: [w], writes: [w] },
    calls.map((call) => [call]),
  );
}

/** The current values of one sample of a buffer. */
function readNow(context: Context, buffer: Buffer, sample: number): Float32Array | Float64Array {
  const { plan, memory, executor } = context;
  const { network } = plan;
  const { role, n } = buffer;
  const address = at(buffer, sample);
  if (role === 'report') return memory.f64(address, blockOf(buffer).stride / 8).slice();
  if (role === 'spikes') return readSpikes(network, memory, n, address);
  if (isAsWeights(role)) return readWeights(network, memory, n, address);
  if (executor.immediate && role !== 'potentials') return readByKernel(context, n, address);
  return readMaps(network, memory, n, address, role === 'potentials' ? network.T : 1);
}

/** A map of layer n → (C,H,W), by a kernel: on a cold runtime, JavaScript takes milliseconds. */
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
    const synapses = { to, bytes: 4 * synaptic, weights: staged, outputs, maps, positions, channels, row };
    if (cells === synaptic) return [{ kernel: 'layWeights', ...synapses }];
    // Biases have the layout of one input's weights.
    const one = { maps: 1, positions: 1, channels: 1 };
    const weights = staged + 4 * outputs * maps * positions;
    const biases = { to: to + 4 * synaptic, bytes: 4 * row, weights, outputs, ...one, row };
    return [
      { kernel: 'layWeights', ...synapses },
      { kernel: 'layWeights', ...biases },
    ];
  }
  const bytes = plan.mapBytes(n);
  const staged = executor.stage(bytes);
  packMap(plan.cells[n], values, memory.f32(staged, bytes / 4));
  return [{ kernel: 'copy', to, from: staged, bytes }];
}

/** The fields of a run that all samples share. */
function layerFields(
  plan: Plan,
  n: number,
  w: Buffer | null,
  { t0, steps }: Pick<Span, 't0' | 'steps'>,
): Partial<RunFields> {
  const { network, cells, geometries } = plan;
  const layer = network.layers[n - 1];
  const map = cells[n];
  const synaptic = plan.weights(n)?.synaptic ?? 0;
  return {
    steps,
    carried: Number(t0 > 0),
    inRow: cells[n - 1].bitRow,
    ...kindOf(layer).view(geometries[n - 1]),
    rows: map.rows,
    columns: map.columns,
    outputs: map.channels,
    stride: layer.window.stride,
    spread: 1,
    padding: layer.window.padding,
    weights: w ? at(w) : 0,
    weightRow: 4 * rowCells(map.channels),
    negative: w && n === 1 ? blockOf(w).derived - at(w) : 0,
    ...(w && n === 1 && plan.masks
      ? { maskWeights: maskWeightsAt(blockOf(w).derived, plan.weightBytes), headCells: plan.masks.headCells }
      : {}),
    byRows: Number(plan.byRows(n)),
    bias: w && layer.bias.length > 0 ? at(w) + 4 * synaptic : 0,
    ...plan.lists[n - 1].at,
    outRow: map.bitRow,
    ...neuronOf(layer, network.variant),
    divisor: divisorOf(layer),
    quarters: Number(countsInQuarters(network, n)),
  };
}

/** Functions for buffers: allocate and free them, and write and read their values. */
function buffers(context: Context): Pick<ForwardBackend, 'allocate' | 'free' | 'write' | 'bytesOf' | 'read'> {
  const { plan, memory, executor, derivedWeights, bytesOf } = context;
  /** Bytes beside a buffer: derived weights; per sample the spikes that du needs. */
  const bytesBeside = (role: Role, n: number): number =>
    role === 'weights' ? derivedWeights.bytes(n) : role === 'du' ? plan.mapBytes(n - 1) : 0;
  return {
    allocate(role, n, samples) {
      const [stride, beside] = [bytesOf({ role, n }), bytesBeside(role, n)];
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
    free(buffer) {
      executor.release(at(buffer));
      const { derived, before } = blockOf(buffer);
      for (const beside of [derived, before]) if (beside) executor.release(beside);
    },
    write(buffer, values, sample = 0) {
      executor.slices({ writes: [buffer] }, [writing(context, buffer, values, at(buffer, sample))]);
      deriveWeights(context, buffer.n, blockOf(buffer));
    },
    bytesOf: (role, n) => bytesOf({ role, n }) + bytesBeside(role, n),
    async read(buffer, sample = 0) {
      await executor.flush();
      return readNow(context, buffer, sample);
    },
  };
}

/** The result of `layerFields` as words, cached per layer: most calls have the same weights and steps. */
function cachedWords(plan: Plan): (n: number, w: Buffer | null, span: Span) => LayerWords {
  const cache: (LayerWords | undefined)[] = [];
  return (n, w, { t0, steps }) => {
    const last = cache[n];
    if (last && last.w === w && last.carried === t0 > 0 && last.steps === steps) return last;
    const fields = layerFields(plan, n, w, { t0, steps });
    // The neurons of a leaky output layer never fire, but their kernel writes spikes.
    const spikes = !plan.network.layers[n - 1].isOutput || fields.spikes === 1;
    return (cache[n] = { w, carried: t0 > 0, steps, spikes, words: runWords(fields) });
  };
}

interface LayerWords {
  readonly w: Buffer | null;
  readonly carried: boolean;
  readonly steps: number;
  /** Whether the kernel writes spikes. */
  readonly spikes: boolean;
  readonly words: Uint32Array;
}

/** The operations of a forward pass. */
export function forwardStages(context: Context): Omit<ForwardBackend, 'name' | 'readSync'> {
  const { plan, executor, chunk } = context;
  const { network, cells } = plan;
  const wordsOf = cachedWords(plan);
  return {
    network,
    chunk,
    ...buffers(context),
    encode({ o, FO }, inputs, { first, t0, steps }) {
      executor.settle();
      for (const [g, input] of inputs.entries()) {
        const call = inputCall(context, input, { t0, steps }, { at: at(o, g), FO: at(FO, first + g) });
        executor.queue({ writes: [o, FO] }, { first: g, samples: 1, calls: [call] });
      }
    },

    forward(n, before, w, to, span) {
      const { first, samples } = span;
      const layer = network.layers[n - 1];
      const { spikes, words } = wordsOf(n, w, span);
      const { forward } = kindOf(layer);
      const count = cells[n - 1].count;
      const input = each(before.o);
      const address = stageRuns(context, samples, words, {
        ...(n === 1 ? listsOf(input, network.T, network.T * count) : { inBits: input }),
        u: each(to.u),
        FI: each(to.FI, first),
        FO: each(to.FO, first),
        FOBefore: each(before.FO, first),
        ...(spikes && { outBits: each(to.o) }),
        ...(to.potentials && { potentials: each(to.potentials) }),
      });
      const use = { reads: [before.o, before.FO, w], writes: [to.o, to.u, to.FI, to.FO] };
      executor.queue(use, { first: 0, samples, calls: [{ kernel: forward, address }] });
    },

    submit: () => executor.submit(),
    dispose: () => executor.dispose(),
  };
}

/** Adds `readSync` if the executor is immediate. */
export function withReadSync<B extends Omit<ForwardBackend, 'readSync'>>(
  backend: B,
  context: Context,
): B & Pick<ForwardBackend, 'readSync'> {
  if (!context.executor.immediate) return backend;
  return { ...backend, readSync: (buffer: Buffer, sample = 0) => readNow(context, buffer, sample) };
}

/** The wasm backend without training, on one thread. */
export function createForward(network: Network, kernels: KernelModule): ForwardBackend {
  const plan = planOf(network);
  const memory = new Memory();
  const scratchBytes = Math.max(...plan.lists.map(({ bytes }) => bytes));
  const executor = createSerial(memory, scratchBytes, kernels);
  const context: Context = {
    plan,
    memory,
    executor,
    chunk: 1,
    derivedWeights: derivedWeightsOfFirst(plan),
    bytesOf: ({ role, n }) => plan.bytes[role as ForwardRole](n), // a forward pass allocates no other role
  };
  return withReadSync({ name: 'wasm', ...forwardStages(context), scratchBytes }, context);
}
