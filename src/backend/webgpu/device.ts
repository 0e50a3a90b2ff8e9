/**
 * The device. An adapter provides only one, so all backends of a process share it. The first backend requests it, for
 * buffers up to `largestBytes`, and the last backend destroys it. Evaluations between epochs thus use the training's device.
 */
import { messageOf, InputError } from '../../errors.ts';
import { firstLine, lostError, type DeviceLost } from './errors.ts';
import { findAdapter, infoOf } from './find.ts';
import { kernelTexts, type Bound, type ShaderName } from './kernels.ts';
import { recordBytes } from './params.ts';
import { keysOf } from '../../keysOf.ts';

export interface Kernel {
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
  readonly arrays: readonly Bound[];
}

export interface Held {
  readonly device: GPUDevice;
  readonly kernels: Readonly<Record<ShaderName, Kernel>>;
  /** Whether buffers may be in this process's memory: the adapter is a CPU, or the caller supplied the device. */
  readonly isSoftware: boolean;
  /** `error` is set when the device is lost. */
  readonly lost: { error?: DeviceLost };
  /** Rejects when the device is lost. */
  readonly whenLost: Promise<never>;
  release(): void;
}

/** Limits that every device has. Larger buffers require higher limits. */
const limits = { maxStorageBufferBindingSize: 2 ** 27, maxBufferSize: 2 ** 28 };

let shared: { users: number; readonly bytes: number; readonly held: Promise<Held> } | undefined;

/**
 * Returns the device of the caller or the shared device.
 *
 * @param bytes size of the largest buffer; a shared device for smaller buffers is replaced
 * @param supplied a device of the caller, which the caller destroys
 * @throws InputError if there is no device, or it cannot run the shaders
 */
export async function holdDevice(where: string, bytes: number, supplied?: GPUDevice): Promise<Held> {
  if (supplied) return prepare(where, supplied, true, () => {});
  if (!shared || shared.bytes < bytes) {
    const most = Math.max(bytes, limits.maxBufferSize);
    const entry = { users: 0, bytes: most, held: request(where, bytes, () => release(entry)) };
    shared = entry;
    entry.held.catch(() => drop(entry));
  }
  const mine = shared;
  mine.users++;
  const held = await mine.held;
  if (held.lost.error && shared === mine) shared = undefined;
  if (held.lost.error) return holdDevice(where, bytes);
  return held;
}

type Shared = NonNullable<typeof shared>;

function drop(entry: Shared): void {
  if (shared === entry) shared = undefined;
}

function release(entry: Shared): void {
  entry.users--;
  if (entry.users > 0) return;
  drop(entry);
  void entry.held.then(({ device }) => device.destroy());
}

async function request(where: string, bytes: number, onRelease: () => void): Promise<Held> {
  const adapter = await findAdapter(where);
  if (!adapter) {
    const next = 'install a driver (Debian: mesa-vulkan-drivers computes on the CPU), or take backend wasm';
    throw new InputError(`${where}: "backend" expected a GPU that WebGPU can use, got none; ${next}`);
  }
  let device: GPUDevice;
  try {
    const requiredLimits = requiredOf(adapter, bytes);
    // bun-webgpu 0.1.7 refuses all limits: it reads 0 for each limit that its adapter does not report.
    const isBun = globalThis.process?.versions['bun'] !== undefined;
    device = await adapter.requestDevice(isBun ? {} : { requiredLimits });
  } catch (cause) {
    const reason = firstLine(messageOf(cause));
    const text = `${where}: "backend" expected a device of the GPU, got none: ${reason}; take backend wasm`;
    throw new InputError(text, { cause });
  }
  try {
    return await prepare(where, device, infoOf(adapter).isFallbackAdapter === true, onRelease);
  } catch (error) {
    device.destroy();
    throw error;
  }
}

/** The required limits, as far as the adapter supports them. If a limit stays too low, the allocation of a buffer reports it. */
function requiredOf({ limits: available }: GPUAdapter, bytes: number): Record<string, number> {
  return Object.fromEntries(
    keysOf(limits).map((name) => [name, Math.min(available[name], Math.max(limits[name], bytes))]),
  );
}

async function prepare(
  where: string,
  device: GPUDevice,
  isSoftware: boolean,
  onRelease: () => void,
): Promise<Held> {
  const lost: { error?: DeviceLost } = {};
  const whenLost = device.lost.then((info): never => {
    lost.error = lostError(info);
    throw lost.error;
  });
  whenLost.catch(() => {}); // the next read reports this loss
  const kernels = await Promise.race([buildKernels(where, device), whenLost]);
  return { device, kernels, isSoftware, lost, whenLost, release: onRelease };
}

/** Compiles all kernels. Kernels with the same text share one module. */
async function buildKernels(where: string, device: GPUDevice): Promise<Record<ShaderName, Kernel>> {
  const modules = new Map<string, GPUShaderModule>();
  const build = async ({ name, entry, code, arrays }: ReturnType<typeof kernelTexts>[number]) => {
    const module = modules.get(code) ?? device.createShaderModule({ code });
    modules.set(code, module);
    const layout = device.createBindGroupLayout({ entries: layoutOf(arrays) });
    try {
      const pipeline = await device.createComputePipelineAsync({
        label: name,
        layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
        compute: { module, entryPoint: entry },
      });
      return [name, { pipeline, layout, arrays }] as const;
    } catch (cause) {
      const { messages } = await module.getCompilationInfo();
      const first = messages.find(({ type }) => type === 'error');
      const at = first
        ? `line ${first.lineNum}, ${firstLine(code.split('\n')[first.lineNum - 1] ?? '')}: `
        : '';
      const says = firstLine(first?.message ?? messageOf(cause));
      const text = `${where}: the shader of ${name} does not compile here: ${at}${says}; take backend wasm, and report this line`;
      throw new InputError(text, { cause });
    }
  };
  device.pushErrorScope('validation');
  const built = Promise.all(kernelTexts().map(build));
  void device.popErrorScope(); // the pipelines report the same errors
  return Object.fromEntries(await built) as Record<ShaderName, Kernel>; // `kernelTexts` has every name
}

function layoutOf(arrays: readonly Bound[]): GPUBindGroupLayoutEntry[] {
  const visibility = 4; // GPUShaderStage.COMPUTE
  return [
    {
      binding: 0,
      visibility,
      buffer: { type: 'uniform', hasDynamicOffset: true, minBindingSize: recordBytes },
    },
    ...arrays.map(({ binding, isWritten }): GPUBindGroupLayoutEntry => {
      return { binding, visibility, buffer: { type: isWritten ? 'storage' : 'read-only-storage' } };
    }),
  ];
}
