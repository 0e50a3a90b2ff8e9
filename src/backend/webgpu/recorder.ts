/**
 * The recorder collects dispatches, uploads and copies in order, and submits them together on a read or on `submit`. Error scopes around
 * each submission catch errors of the device. The next read throws the first error, or the loss of the device.
 */
import { messageOf, InputError } from '../../errors.ts';
import type { Held, Kernel } from './device.ts';
import { firstLine, refusalOf } from './errors.ts';
import type { ShaderName } from './kernels.ts';
import { Pages, type BufferView } from './pages.ts';
import { modes, recordBytes, workgroup, writeParams, type Params } from './params.ts';

/** The work of a dispatch: one invocation per item and sample, or with `together` one invocation per item. */
export interface Extent {
  readonly items: number;
  readonly samples: number;
  readonly together?: boolean;
  /** Whether one workgroup per sample does all items. */
  readonly byWorkgroup?: boolean;
}

interface Dispatch {
  readonly kernel: Kernel;
  readonly bindGroup: GPUBindGroup;
  readonly record: number;
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

type Command = Dispatch | ((encoder: GPUCommandEncoder) => void);

const most = 65535; // every device supports this many workgroups along one dimension
const mostBindGroups = 4096;

export class Recorder {
  readonly held: Held;
  recorded = 0;
  readonly counts = { submissions: 0, dispatches: 0, bytesRead: 0 };
  private readonly pages: Pages;
  private commands: Command[] = [];
  private pending: Promise<GPUError | undefined>[] = [];
  private failure: Error | undefined;
  private readonly bindGroups = new Map<string, GPUBindGroup>();
  private readonly names = new WeakMap<GPUBuffer, number>();
  private named = 0;

  constructor(held: Held) {
    this.held = held;
    this.pages = new Pages((bytes, usage) => this.allocate(bytes, usage));
  }

  /** Creates a buffer of zeros. */
  allocate(bytes: number, usage: number): GPUBuffer {
    const { device } = this.held;
    return this.guarded(() => device.createBuffer({ size: Math.max(recordBytes, bytes), usage }));
  }

  /** Calls `fill` to write `stride` bytes per sample. The next submission uploads them. */
  upload(samples: number, stride: number, fill: (bytes: ArrayBuffer, at: number) => void): BufferView {
    const { buffer, bytes, offset } = this.pages.take(samples * stride);
    fill(bytes, offset);
    return { buffer, offset, stride, size: stride };
  }

  clear({ buffer, offset, stride, size }: BufferView, samples: number): void {
    const length = stride === 0 ? size : stride * samples;
    this.record((encoder) => encoder.clearBuffer(buffer, offset, length));
  }

  /** Writes a buffer, after the commands recorded so far. */
  write({ buffer, offset }: BufferView, values: Float32Array<ArrayBuffer>): void {
    this.submit();
    this.recorded++;
    this.guarded(() => this.held.device.queue.writeBuffer(buffer, offset, values));
  }

  /** Records one dispatch, or several for consecutive samples if the limits of bindings or workgroups require it. */
  run(name: ShaderName, views: Readonly<Record<string, BufferView>>, params: Params, extent: Extent): void {
    const { items, samples, together = false, byWorkgroup = false } = extent;
    const { device, kernels } = this.held;
    const kernel = kernels[name];
    const stride = Math.max(1, ...kernel.arrays.map((array) => views[array.name].stride));
    const chunk = Math.min(most, Math.floor(device.limits.maxStorageBufferBindingSize / stride));
    for (let first = 0; first < samples; first += chunk) {
      const count = Math.min(chunk, samples - first);
      const carried = together && first > 0 ? modes.carried : 0;
      const { buffer, bytes, offset } = this.pages.take(recordBytes);
      const mode = (params.mode ?? 0) | carried;
      writeParams(bytes, offset, { ...params, mode, items, samples: count });
      const workgroups = byWorkgroup ? 1 : Math.ceil(items / workgroup);
      const x = Math.min(workgroups, most);
      const bindGroup = this.bindGroupOf(name, buffer, views, first, count);
      const z = together ? 1 : count;
      this.record({ kernel, bindGroup, record: offset, x, y: Math.ceil(workgroups / x), z });
    }
  }

  submit(): void {
    if (this.commands.length === 0) return;
    const { device } = this.held;
    const commands = this.commands;
    this.commands = [];
    this.counts.submissions++;
    this.guarded(() => {
      this.pages.write(device.queue);
      device.queue.submit([encode(device, commands)]);
    });
  }

  /** Submits all recorded commands, then reads the bytes of a view. */
  async read({ buffer, offset }: BufferView, bytes: number): Promise<ArrayBuffer> {
    const { held } = this;
    const to = this.allocate(bytes, 0x01 | 0x08); // MAP_READ, COPY_DST
    this.record((encoder) => encoder.copyBufferToBuffer(buffer, offset, to, 0, bytes));
    this.submit();
    this.counts.bytesRead += bytes;
    try {
      await Promise.race([to.mapAsync(0x01), held.whenLost]);
      await Promise.race([this.check(), held.whenLost]);
      return to.getMappedRange(0, bytes).slice(0);
    } catch (cause) {
      throw await this.reasonOf(cause);
    } finally {
      to.destroy();
    }
  }

  destroy(): void {
    this.commands = [];
    this.bindGroups.clear();
    this.pages.destroy();
    // No later read awaits these error scopes.
    for (const each of this.pending.splice(0)) each.catch(() => {});
  }

  private record(command: Command): void {
    this.recorded++;
    if (typeof command !== 'function') this.counts.dispatches++;
    this.commands.push(command);
  }

  /** Runs work within error scopes; the next read awaits the results of the scopes. */
  private guarded<V>(work: () => V): V {
    const { device } = this.held;
    const scopes = ['internal', 'out-of-memory', 'validation'] as const;
    for (const scope of scopes) device.pushErrorScope(scope);
    try {
      return work();
    } finally {
      for (const _ of scopes) this.pending.push(device.popErrorScope().then((error) => error ?? undefined));
    }
  }

  /** Throws the first error of the device, if there was one, in this and every later call. */
  private async check(): Promise<void> {
    const errors = await Promise.all(this.pending.splice(0));
    const error = errors.find((each) => each !== undefined);
    if (error) this.failure ??= refusalOf(error);
    if (this.failure) throw this.failure;
  }

  /**
   * Finds the cause of a failed read: the loss of the device, or a refused command. It waits, because the report of a loss may arrive
   * later.
   */
  private async reasonOf(cause: unknown): Promise<Error> {
    const { lost } = this.held;
    await new Promise((resolve) => setTimeout(resolve, lost.error ? 0 : 20));
    if (lost.error) return lost.error;
    if (this.failure) return this.failure;
    const known = await this.check().then(
      () => undefined,
      (error: Error) => error,
    );
    const text = firstLine(messageOf(cause));
    return known ?? new InputError(`webgpu: reading back failed: ${text}; take --backend wasm`, { cause });
  }

  private bindGroupOf(
    name: ShaderName,
    page: GPUBuffer,
    views: Readonly<Record<string, BufferView>>,
    first: number,
    samples: number,
  ): GPUBindGroup {
    const { layout, arrays } = this.held.kernels[name];
    const resources = arrays.map((array) => {
      const { buffer, offset, stride, size } = views[array.name];
      const bytes = stride === 0 ? size : stride * samples;
      return { binding: array.binding, resource: { buffer, offset: offset + stride * first, size: bytes } };
    });
    const ranges = resources.map(({ resource: r }) => `${this.nameOf(r.buffer)}:${r.offset}:${r.size}`);
    const key = [name, this.nameOf(page), ...ranges].join(' ');
    const known = this.bindGroups.get(key);
    if (known) return known;
    if (this.bindGroups.size >= mostBindGroups) this.bindGroups.clear();
    const entries = [{ binding: 0, resource: { buffer: page, size: recordBytes } }, ...resources];
    const bindGroup = this.guarded(() => this.held.device.createBindGroup({ layout, entries }));
    this.bindGroups.set(key, bindGroup);
    return bindGroup;
  }

  private nameOf(buffer: GPUBuffer): number {
    const known = this.names.get(buffer) ?? ++this.named;
    this.names.set(buffer, known);
    return known;
  }
}

/** Encodes all commands in order; consecutive dispatches share a pass. */
function encode(device: GPUDevice, commands: readonly Command[]): GPUCommandBuffer {
  const encoder = device.createCommandEncoder();
  let pass: GPUComputePassEncoder | undefined;
  for (const command of commands) {
    if (typeof command === 'function') {
      pass?.end();
      pass = undefined;
      command(encoder);
      continue;
    }
    pass ??= encoder.beginComputePass();
    pass.setPipeline(command.kernel.pipeline);
    pass.setBindGroup(0, command.bindGroup, [command.record]);
    pass.dispatchWorkgroups(command.x, command.y, command.z);
  }
  pass?.end();
  return encoder.finish();
}
