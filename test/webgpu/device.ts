/** Devices for tests. */
import { findAdapter } from '../../src/backend/webgpu/find.ts';

export async function ownDevice(): Promise<GPUDevice> {
  return (await findAdapter('test'))!.requestDevice();
}

/** A device that reports other limits than its true ones. */
export async function limitedDevice(
  limits: Partial<Record<keyof GPUSupportedLimits, number>>,
): Promise<GPUDevice> {
  const device = await ownDevice();
  const { maxBufferSize, maxStorageBufferBindingSize } = device.limits;
  Object.defineProperty(device, 'limits', {
    value: { maxBufferSize, maxStorageBufferBindingSize, ...limits },
  });
  return device;
}

/** Counts the live buffers of a device, and their bytes. */
export function countBuffers(device: GPUDevice): { live: number; bytes: number; made: number } {
  const counts = { live: 0, bytes: 0, made: 0 };
  const create = device.createBuffer.bind(device);
  const createBuffer = (descriptor: GPUBufferDescriptor): GPUBuffer => {
    const buffer = create(descriptor);
    const destroy = buffer.destroy.bind(buffer);
    let isThere = true;
    const count = (by: 1 | -1): void => {
      counts.live += by;
      counts.bytes += by * descriptor.size;
    };
    count(1);
    counts.made++;
    const counted = (): undefined => {
      if (isThere) count(-1);
      isThere = false;
      return destroy();
    };
    Object.defineProperty(buffer, 'destroy', { value: counted });
    return buffer;
  };
  Object.defineProperty(device, 'createBuffer', { value: createBuffer });
  return counts;
}
