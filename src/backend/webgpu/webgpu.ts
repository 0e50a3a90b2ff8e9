/**
 * The webgpu backend: shaders behind the contract. Operations are recorded (`recorder.ts`); a read or `submit` submits
 * them. So a batch is two submissions: encode to loss with the report, which is all that is read back (4 bytes per
 * number); then, once S is known, backward to update. Weights, trains and flows stay on the device.
 *
 * Nothing feeds back from a later layer, so one dispatch runs a layer over its whole window, with one invocation per
 * neuron. One invocation computes each sum, in the order of `spec/`; it skips zeros, of spikes a word of 32 at once.
 * Atomics only set bits.
 *
 * Not supported: rules that go back through time, `inspect`, and the synchronous `predict` and sessions; `await
 * requestPrediction(…)` instead.
 */
import { synapticOf, type Network } from '../../../spec/network.ts';
import { InputError } from '../../errors.ts';
import { reportRow, type Backend, type Buffer, type Role } from '../backend.ts';
import {
  bufferBytes,
  checkBindings,
  inputBytes,
  packMap,
  packWeights,
  unpackMap,
  unpackReport,
  unpackTrain,
  unpackWeights,
  viewOf,
  wordsOf,
  type DeviceBlock,
} from './blocks.ts';
import type { Held } from './device.ts';
import { encodeInputs } from './encode.ts';
import { webgpuKinds, type WebgpuKind } from './kinds.ts';
import { cellsOf } from './layout.ts';
import { groupOf } from './needs.ts';
import type { BufferView } from './pages.ts';
import { modes, recordBytes, type Params } from './params.ts';
import { Recorder } from './recorder.ts';
import { lossParams, modeOf, updateParams } from './variants.ts';

/** STORAGE, COPY_SRC, COPY_DST */
const usage = 0x80 | 0x04 | 0x08;

/** Counts of a backend's submissions, dispatches and bytes read so far. */
export type RecordCounts = Recorder['counts'];

export function createWebgpu(
  network: Network,
  held: Held,
  where = 'backend',
): Backend & { counts: RecordCounts } {
  const { layers, variant, T, precision } = network;
  const N = layers.length;
  const { limits } = held.device;
  checkBindings(where, network, limits.maxStorageBufferBindingSize);
  const recorder = new Recorder(held);
  const row = reportRow(network);
  const cells = Array.from({ length: N + 1 }, (_, n) => cellsOf(network, n));
  const kindOf = (n: number): WebgpuKind => webgpuKinds[layers[n - 1].kind.name];
  const blocks = new Set<DeviceBlock>();
  const none = recorder.allocate(256, usage);
  const unused: BufferView = { buffer: none, offset: 0, stride: 0, size: 256 };
  let disposed = false;

  const at = (buffer: Buffer | null, first = 0): BufferView =>
    buffer ? viewOf(buffer as DeviceBlock, first) : unused;
  const isOne = (role: Role): boolean => role === 'weights' || role === 'gradient' || role === 'moment';
  const bytesOf = (role: Role, n: number): number =>
    4 * wordsOf(network, role, n) + (role === 'spikes' && n === 0 ? inputBytes(network) : 0);

  /** The parameters of layer n's maps, for each of its kernels. */
  function geometry(n: number): Params {
    const [from, to] = [cells[n - 1], cells[n]];
    return {
      ...kindOf(n).view(layers[n - 1], from),
      synaptic: synapticOf(layers[n - 1]),
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
      Vth: layers[n - 1].Vth,
      leak: layers[n - 1].λ,
      bound: precision.round(1 / layers[n - 1].Vth),
    };
  }

  function destroy(block: DeviceBlock): void {
    blocks.delete(block);
    block.gpu.destroy();
    block.values?.gpu.destroy();
  }

  /** Reads the report of all samples at once, for any number of reads of single samples. */
  let report: { of: DeviceBlock; when: number; bytes: Promise<ArrayBuffer> } | undefined;
  function readReport(block: DeviceBlock): Promise<ArrayBuffer> {
    if (report?.of === block && report.when === recorder.recorded) return report.bytes;
    const bytes = recorder.read(viewOf(block), block.bytes);
    report = { of: block, when: recorder.recorded, bytes };
    return bytes;
  }

  async function readNow(block: DeviceBlock, sample: number): Promise<Float32Array | Float64Array> {
    const { role, n, stride } = block;
    if (role === 'report') return unpackReport(network, await readReport(block), sample * stride);
    const bytes = stride === 0 ? block.bytes : stride;
    const read = recorder.read(viewOf(block, sample), bytes);
    if (isOne(role)) return unpackWeights(network, n, new Float32Array(await read));
    if (role !== 'spikes') return unpackMap(network, n, new Float32Array(await read));
    const { values, hasValues } = block;
    if (!values || !hasValues) return unpackTrain(network, n, new Uint32Array(await read));
    const place = { buffer: values.gpu, offset: sample * 4 * values.sample, stride: 0, size: 0 };
    const [bits, shown] = await Promise.all([read, recorder.read(place, 4 * values.sample)]);
    const stands = { cells: new Float32Array(shown), step: values.step };
    return unpackTrain(network, n, new Uint32Array(bits), stands);
  }

  return {
    name: 'webgpu',
    network,
    group: groupOf(network),
    counts: recorder.counts,
    bytesOf,
    mostBufferBytes: limits.maxBufferSize,
    hasOwnMemory: !held.isSoftware,
    goesThroughTime: false,

    allocate(role, n, samples) {
      if (role === 'trace' || role === 'du' || role === 'slope')
        throw new InputError(`webgpu: "role" expected one of rule asf, got ${role}; take backend wasm`);
      const words = wordsOf(network, role, n);
      const bytes = bufferBytes(words, samples);
      const gpu = recorder.allocate(bytes, usage);
      const block: DeviceBlock = { role, n, samples, gpu, stride: isOne(role) ? 0 : 4 * words, bytes };
      blocks.add(block);
      return block;
    },
    free: (buffer) => {
      recorder.submit();
      destroy(buffer as DeviceBlock);
    },
    write(buffer, values, sample = 0) {
      const pack = isOne(buffer.role) ? packWeights : packMap;
      recorder.write(viewOf(buffer as DeviceBlock, sample), pack(network, buffer.n, values));
    },
    read: (buffer, sample = 0) => readNow(buffer as DeviceBlock, sample),

    encode({ o, FO }, inputs, span) {
      encodeInputs(recorder, network, o as DeviceBlock, at(FO, span.first), inputs, span);
    },

    forward(n, before, w, to, { first, samples, t0, steps }) {
      const { values, hasValues = false } = before.o as DeviceBlock;
      if (layers[n - 1].spikes || layers[n - 1].kind.silent) recorder.clear(at(to.o), samples);
      const { mode = 0, ...all } = geometry(n);
      const shown = hasValues && values ? values : undefined;
      const stride = shown ? 4 * shown.sample : 0;
      recorder.run(
        kindOf(n).forward,
        {
          bits: at(before.o),
          values: shown ? { buffer: shown.gpu, offset: 0, stride, size: stride } : unused,
          w: at(w),
          u: at(to.u),
          FI: at(to.FI, first),
          FO: at(to.FO, first),
          outBits: at(to.o),
          FOBefore: at(before.FO, first),
        },
        {
          ...all,
          mode: mode | (shown ? modes.hasValues : 0),
          t0,
          steps,
          valuesSample: shown?.sample ?? 0,
          valuesStep: shown?.step ?? 0,
        },
        { items: cells[n].count, samples },
      );
    },

    scale(n, FI, FO, into, samples) {
      const views = { FI: at(FI), FO: at(FO), report: at(into) };
      const extent = { items: cells[n].count, samples, byWorkgroup: true };
      recorder.run('scale', views, { ...geometry(n), sums: row.sums(n) }, extent);
    },

    loss(result, labels, first, into, d) {
      const given = recorder.upload(labels.length, recordBytes, (bytes, place) => {
        for (const [s, label] of labels.entries())
          new Int32Array(bytes, place + recordBytes * s, 1)[0] = label;
      });
      const from = at(result, result.role === 'potential' ? 0 : first);
      const params = { ...geometry(N), ...lossParams(network) };
      const samples = labels.length;
      recorder.run('loss', { result: from, labels: given, report: at(into, first) }, params, {
        items: 1,
        samples,
      });
      if (!d) return;
      const items = cells[N].count;
      recorder.run('derivative', { result: from, labels: given, d: at(d) }, params, { items, samples });
    },

    backward(n, { FI, FO, FOBefore }, w, { d, dw, dBefore }, S, { first, samples }) {
      const params = { ...geometry(n), S };
      const items = cells[n].count;
      if (layers[n - 1].spikes) {
        recorder.run('dFI', { d: at(d), FI: at(FI, first), FO: at(FO, first) }, params, { items, samples });
      }
      const views = { d: at(d), w: at(w), FOBefore: at(FOBefore, first), dBefore: at(dBefore), dw: at(dw) };
      const { dw: gradient, dFO } = kindOf(n);
      if (dw && gradient) {
        const all = { items: wordsOf(network, 'weights', n), samples, together: true };
        recorder.run(gradient, views, params, all);
      }
      if (dBefore) recorder.run(dFO, views, params, { items: cells[n - 1].count, samples });
    },

    slope: refuseTime,
    reverse: refuseTime,

    accumulate(into, gradient) {
      const items = wordsOf(network, 'weights', into.n);
      recorder.run('accumulate', { into: at(into), dw: at(gradient) }, {}, { items, samples: 1 });
    },

    update(n, w, dw, m, v, rule) {
      const kernel = 'step' in rule ? 'adam' : 'sgd';
      const mode = variant.batch === 'mean' ? modes.mean : 0;
      const params = { ...updateParams(rule), synaptic: synapticOf(layers[n - 1]), mode };
      const items = wordsOf(network, 'weights', n);
      recorder.run(kernel, { w: at(w), dw: at(dw), m: at(m), v: at(v) }, params, { items, samples: 1 });
    },

    submit: () => recorder.submit(),

    dispose() {
      if (disposed) return;
      disposed = true;
      for (const block of blocks) destroy(block);
      none.destroy();
      recorder.destroy();
      held.release();
    },
  };
}

function refuseTime(): never {
  throw new InputError(
    'webgpu: "rule" expected asf, got a rule that goes back through time; take backend wasm',
  );
}
