/** The buffers on the device: allocates them, and writes and reads them in public layout. */
import type { Network } from '../../../spec/network.ts';
import { InputError } from '../../errors.ts';
import { isAsWeights, type Backend, type Buffer, type Role } from '../backend.ts';
import {
  arrayUsage,
  blockOf,
  bufferBytes,
  fromCells,
  packWeights,
  toCells,
  unpackReport,
  unpackTrain,
  unpackWeights,
  viewOf,
  wordsOf,
  type DeviceBlock,
} from './blocks.ts';
import type { BufferView } from './pages.ts';
import type { Recorder } from './recorder.ts';

export class DeviceBuffers {
  private readonly network: Network;
  private readonly recorder: Recorder;
  private readonly blocks: DeviceBlock[] = [];
  private readonly none: GPUBuffer;
  /** Bound in place of arrays that a kernel does not use. */
  readonly unused: BufferView;
  /** The report of all samples. It is read once, and reads of single samples share it. */
  private report: { of: DeviceBlock; when: number; bytes: Promise<ArrayBuffer> } | undefined;

  constructor(network: Network, recorder: Recorder) {
    this.network = network;
    this.recorder = recorder;
    this.none = recorder.allocate(256, arrayUsage);
    this.unused = { buffer: this.none, offset: 0, stride: 0, size: 256 };
  }

  /** A buffer from sample `first` on, as a kernel binds it. */
  at(buffer: Buffer | null, first = 0): BufferView {
    return buffer ? viewOf(blockOf(buffer), first) : this.unused;
  }

  operations(): Pick<Backend, 'allocate' | 'write' | 'read'> {
    return {
      allocate: (role, n, samples) => this.allocate(role, n, samples),
      write: (buffer, values, sample = 0) => {
        const pack = isAsWeights(buffer.role) ? packWeights : toCells;
        this.recorder.write(this.at(buffer, sample), pack(this.network, buffer.n, values));
      },
      read: (buffer, sample = 0) => this.read(blockOf(buffer), sample),
    };
  }

  dispose(): void {
    for (const { gpu, values } of this.blocks) {
      gpu.destroy();
      values?.gpu.destroy();
    }
    this.none.destroy();
  }

  private allocate(role: Role, n: number, samples: number): DeviceBlock {
    if (role === 'potentials' || role === 'du' || role === 'slope')
      throw new InputError(`webgpu: "role" expected one of rule asf, got ${role}; take backend wasm`);
    const words = wordsOf(this.network, role, n);
    const bytes = bufferBytes(words, samples);
    const gpu = this.recorder.allocate(bytes, arrayUsage);
    const block: DeviceBlock = { role, n, samples, gpu, stride: isAsWeights(role) ? 0 : 4 * words, bytes };
    this.blocks.push(block);
    return block;
  }

  private async read(block: DeviceBlock, sample: number): Promise<Float32Array | Float64Array> {
    const { network, recorder } = this;
    const { role, n, stride } = block;
    if (role === 'report') return unpackReport(network, await this.readReport(block), sample * stride);
    const bytes = stride === 0 ? block.bytes : stride;
    const read = recorder.read(viewOf(block, sample), bytes);
    if (isAsWeights(role)) return unpackWeights(network, n, new Float32Array(await read));
    if (role !== 'spikes') return fromCells(network, n, new Float32Array(await read));
    const { values, hasValues } = block;
    if (!values || !hasValues) return unpackTrain(network, n, new Uint32Array(await read));
    const view = { buffer: values.gpu, offset: sample * 4 * values.sample, stride: 0, size: 0 };
    const [bits, raw] = await Promise.all([read, recorder.read(view, 4 * values.sample)]);
    const stands = { cells: new Float32Array(raw), step: values.step };
    return unpackTrain(network, n, new Uint32Array(bits), stands);
  }

  private readReport(block: DeviceBlock): Promise<ArrayBuffer> {
    const { report, recorder } = this;
    if (report?.of === block && report.when === recorder.recorded) return report.bytes;
    const bytes = recorder.read(viewOf(block), block.bytes);
    this.report = { of: block, when: recorder.recorded, bytes };
    return bytes;
  }
}
