/** The buffers on the device: allocates them, and writes and reads them in public layout. */
import type { Network } from '../../../spec/network.ts';
import { InputError } from '../../errors.ts';
import { unpackMaps } from '../maps.ts';
import { isAsWeights, type Backend, type Buffer } from '../backend.ts';
import {
  arrayUsage,
  blockOf,
  bufferBytes,
  packWeights,
  toCells,
  unpackReport,
  unpackTrain,
  unpackWeights,
  viewOf,
  wordsOf,
  type DeviceBlock,
} from './blocks.ts';
import { cellsOf } from './layout.ts';
import type { BufferView } from './pages.ts';
import type { Recorder } from './recorder.ts';

/**
 * `at` returns the view of a buffer from sample `first` on, for a kernel to bind. A kernel binds `unused` for arrays that it does not use.
 */
export interface DeviceBuffers {
  readonly operations: Pick<Backend, 'allocate' | 'write' | 'read'>;
  readonly unused: BufferView;
  at(buffer: Buffer | null, first?: number): BufferView;
  dispose(): void;
}

export function createBuffers(network: Network, recorder: Recorder): DeviceBuffers {
  const blocks: DeviceBlock[] = [];
  const none = recorder.allocate(256, arrayUsage);
  const unused: BufferView = { buffer: none, offset: 0, stride: 0, size: 256 };
  /** The report of all samples. One read of it serves the reads of single samples. */
  let report: { of: DeviceBlock; when: number; bytes: Promise<ArrayBuffer> } | undefined;

  const readReport = (block: DeviceBlock): Promise<ArrayBuffer> => {
    if (report?.of !== block || report.when !== recorder.recorded) {
      const bytes = recorder.read(viewOf(block), block.bytes);
      report = { of: block, when: recorder.recorded, bytes };
    }
    return report.bytes;
  };

  const at = (buffer: Buffer | null, first = 0): BufferView =>
    buffer ? viewOf(blockOf(buffer), first) : unused;

  return {
    unused,
    at,
    operations: {
      allocate(role, n, samples) {
        if (role === 'potentials' || role === 'du' || role === 'slope')
          throw new InputError(`webgpu: "role" expected one of rule asf, got ${role}; take backend wasm`);
        const words = wordsOf(network, role, n);
        const bytes = bufferBytes(words, samples);
        const gpu = recorder.allocate(bytes, arrayUsage);
        const stride = isAsWeights(role) ? 0 : 4 * words;
        const block: DeviceBlock = { role, n, samples, gpu, stride, bytes };
        blocks.push(block);
        return block;
      },

      write(buffer, values, sample = 0) {
        const pack = isAsWeights(buffer.role) ? packWeights : toCells;
        recorder.write(at(buffer, sample), pack(network, buffer.n, values));
      },

      async read(buffer, sample = 0) {
        const block = blockOf(buffer);
        const { role, n, stride } = block;
        if (role === 'report') return unpackReport(network, await readReport(block), sample * stride);
        const bytes = stride === 0 ? block.bytes : stride;
        const read = recorder.read(viewOf(block, sample), bytes);
        if (isAsWeights(role)) return unpackWeights(network, n, new Float32Array(await read));
        if (role !== 'spikes') {
          const cells = new Float32Array(await read);
          return unpackMaps(cellsOf(network, n), 1, () => cells);
        }
        const { values, hasValues } = block;
        if (!values || !hasValues) return unpackTrain(network, n, new Uint32Array(await read));
        const view = { buffer: values.gpu, offset: sample * 4 * values.sample, stride: 0, size: 0 };
        const [bits, raw] = await Promise.all([read, recorder.read(view, 4 * values.sample)]);
        const stands = { cells: new Float32Array(raw), step: values.step };
        return unpackTrain(network, n, new Uint32Array(bits), stands);
      },
    },
    dispose() {
      for (const { gpu, values } of blocks) {
        gpu.destroy();
        values?.gpu.destroy();
      }
      none.destroy();
    },
  };
}
