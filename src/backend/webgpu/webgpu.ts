/**
 * The webgpu backend: the operations of `backend.ts` as shaders. `recorder.ts` records operations; a read or `submit` submits
 * them. A batch takes two submissions: the stages from `encode` to `loss`, then, once S is known, from `backward` to `update`.
 * Only the report is read back (4 bytes per number). Weights, trains and flows stay on the device.
 *
 * No layer depends on a later one, so one dispatch runs a layer over its whole window, with one invocation per neuron. Each
 * sum is computed within a single invocation, in the order of `spec/`. In layers with weights, an invocation skips zeros, up to
 * 32 silent inputs at once. Atomics only set bits.
 *
 * Not supported: rules that go back through time, `inspect`, and the synchronous `predict` and sessions. Use `await requestPrediction(…)`
 * for predictions.
 */
import { divisorOf, synapticOf, type Layer, type Network } from '../../../spec/network.ts';
import { InputError, refuse } from '../../errors.ts';
import { reportRow, type Backend } from '../backend.ts';
import { viewOf } from '../maps.ts';
import { blockOf, checkBindings, inputBytes, wordsOf, chunkOf, largestBytes } from './blocks.ts';
import { createBuffers, type DeviceBuffers } from './buffers.ts';
import { type Held, holdDevice } from './device.ts';
import { encodeInputs } from './encode.ts';
import { webgpuKinds, type WebgpuKind, lossParams, modeOf, updateParams } from './variants.ts';
import { cellsOf } from './layout.ts';
import { modes, recordBytes, type Params } from './params.ts';
import { Recorder } from './recorder.ts';

/** Counts of a backend so far: submissions, dispatches, and bytes read. */
export type RecordCounts = Recorder['counts'];

interface Context {
  readonly network: Network;
  readonly recorder: Recorder;
  readonly buffers: DeviceBuffers;
  /** The parameters that all kernels of a layer share. */
  readonly geometries: readonly Params[];
}

function createWebgpu(network: Network, held: Held, where = 'backend'): Backend & { counts: RecordCounts } {
  const { limits } = held.device;
  checkBindings(where, network, limits.maxStorageBufferBindingSize);
  const recorder = new Recorder(held);
  const buffers = createBuffers(network, recorder);
  const geometries = network.layers.map(({ n }) => geometryOf(network, n));
  const context: Context = { network, recorder, buffers, geometries };
  let disposed = false;
  return {
    name: 'webgpu',
    network,
    chunk: chunkOf(network),
    counts: recorder.counts,
    bytesOf: (role, n) =>
      4 * wordsOf(network, role, n) + (role === 'spikes' && n === 0 ? inputBytes(network) : 0),
    mostBufferBytes: limits.maxBufferSize,
    hasOwnMemory: !held.isSoftware,
    ...buffers.operations,
    ...forwardStages(context),
    ...trainingStages(context),
    slope: refuseTime,
    reverse: refuseTime,
    submit: () => recorder.submit(),
    dispose() {
      if (disposed) return;
      disposed = true;
      buffers.dispose();
      recorder.destroy();
      held.release();
    },
  };
}

const kindOf = ({ kind }: Layer): WebgpuKind => webgpuKinds[kind.name];

function geometryOf(network: Network, n: number): Params {
  const { layers, T, precision } = network;
  const layer = layers[n - 1];
  const [from, to] = [cellsOf(network, n - 1), cellsOf(network, n)];
  return {
    ...viewOf(layer, from),
    count: divisorOf(layer),
    synaptic: synapticOf(layer),
    T,
    words: from.words,
    rows: to.rows,
    columns: to.columns,
    outputs: to.channels,
    outWords: to.words,
    mapBefore: from.map,
    map: to.map,
    trainBefore: from.train,
    train: to.train,
    reportRow: wordsOf(network, 'report', 0),
    mode: modeOf(network, n),
    Vth: layer.Vth,
    leak: layer.λ,
    bound: precision.round(1 / layer.Vth),
  };
}

function forwardStages(context: Context): Pick<Backend, 'encode' | 'forward'> {
  const { network, recorder, buffers, geometries } = context;
  const { layers } = network;
  return {
    encode({ o, FO }, inputs, span) {
      const to = { o: blockOf(o), FO: buffers.at(FO, span.first) };
      encodeInputs(recorder, network, to, inputs, span);
    },

    forward(n, before, w, to, { first, samples, t0, steps }) {
      const { values, hasValues = false } = blockOf(before.o);
      if (layers[n - 1].spikes || layers[n - 1].kind.silent) recorder.clear(buffers.at(to.o), samples);
      const { mode = 0, ...all } = geometries[n - 1];
      const source = hasValues && values ? values : undefined;
      const stride = source ? 4 * source.sample : 0;
      recorder.run(
        kindOf(layers[n - 1]).forward,
        {
          bits: buffers.at(before.o),
          values: source ? { buffer: source.gpu, offset: 0, stride, size: stride } : buffers.unused,
          w: buffers.at(w),
          u: buffers.at(to.u),
          FI: buffers.at(to.FI, first),
          FO: buffers.at(to.FO, first),
          outBits: buffers.at(to.o),
          FOBefore: buffers.at(before.FO, first),
        },
        {
          ...all,
          mode: mode | (source ? modes.hasValues : 0),
          t0,
          steps,
          valuesSample: source?.sample ?? 0,
          valuesStep: source?.step ?? 0,
        },
        { items: cellsOf(network, n).count, samples },
      );
    },
  };
}

type TrainingOperations = 'scale' | 'loss' | 'backward' | 'accumulate' | 'update';

function trainingStages(context: Context): Pick<Backend, TrainingOperations> {
  const { network, recorder, buffers, geometries } = context;
  const { layers, variant } = network;
  const row = reportRow(network);
  const neurons = (n: number): number => cellsOf(network, n).count;
  return {
    scale(n, FI, FO, into, { first, samples }) {
      const views = {
        FI: buffers.at(FI, first),
        FO: buffers.at(FO, first),
        report: buffers.at(into, first),
      };
      const extent = { items: neurons(n), samples, byWorkgroup: true };
      recorder.run('scale', views, { ...geometries[n - 1], sums: row.sums(n) }, extent);
    },

    loss(result, labels, first, into, d) {
      const uploaded = recorder.upload(labels.length, recordBytes, (bytes, address) => {
        for (const [s, label] of labels.entries())
          new Int32Array(bytes, address + recordBytes * s, 1)[0] = label;
      });
      const from = buffers.at(result, result.role === 'potential' ? 0 : first);
      const params = { ...geometries[layers.length - 1], ...lossParams(network) };
      const samples = labels.length;
      const views = { result: from, labels: uploaded, report: buffers.at(into, first), d: buffers.at(d) };
      recorder.run('loss', views, params, { items: 1, samples });
      if (d) recorder.run('derivative', views, params, { items: neurons(layers.length), samples });
    },

    backward(n, { FI, FO, FOBefore, w, S }, { d, dw, dBefore }, { first, samples }) {
      const params = { ...geometries[n - 1], S };
      const items = neurons(n);
      if (layers[n - 1].spikes) {
        const flows = { d: buffers.at(d), FI: buffers.at(FI, first), FO: buffers.at(FO, first) };
        recorder.run('dFI', flows, params, { items, samples });
      }
      const views = {
        d: buffers.at(d),
        w: buffers.at(w),
        FOBefore: buffers.at(FOBefore, first),
        dBefore: buffers.at(dBefore),
        dw: buffers.at(dw),
      };
      const { dw: gradient, dFO } = kindOf(layers[n - 1]);
      if (dw && gradient) {
        const all = { items: wordsOf(network, 'weights', n), samples, together: true };
        recorder.run(gradient, views, params, all);
      }
      if (dBefore) recorder.run(dFO, views, params, { items: neurons(n - 1), samples });
    },

    accumulate(into, gradient) {
      const items = wordsOf(network, 'weights', into.n);
      const views = { into: buffers.at(into), dw: buffers.at(gradient) };
      recorder.run('accumulate', views, {}, { items, samples: 1 });
    },

    update(n, { w, dw, m, v }, rule) {
      const kernel = 'constants' in rule ? 'adam' : 'sgd';
      const mode = variant.batch === 'mean' ? modes.mean : 0;
      const params = { ...updateParams(rule), synaptic: synapticOf(layers[n - 1]), mode };
      const items = wordsOf(network, 'weights', n);
      const views = { w: buffers.at(w), dw: buffers.at(dw), m: buffers.at(m), v: buffers.at(v) };
      recorder.run(kernel, views, params, { items, samples: 1 });
    },
  };
}

function refuseTime(): never {
  throw new InputError(
    'webgpu: "rule" expected asf, got a rule that goes back through time; take backend wasm',
  );
}

/**
 * Opens the backend for a network.
 *
 * @param samples samples of the largest batch, for which the device must have memory
 * @param device a `GPUDevice` of the caller
 */
export async function requestWebgpu(
  network: Network,
  where: string,
  samples: number,
  device?: object,
): Promise<Backend> {
  if (device && !('createComputePipelineAsync' in device)) refuse(where, 'device', 'a GPUDevice', device);
  const held = await holdDevice(where, largestBytes(network, samples), device as GPUDevice | undefined); // checked above

  try {
    return createWebgpu(network, held, where);
  } catch (error) {
    held.release();
    throw error;
  }
}
