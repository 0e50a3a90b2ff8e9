/** Opens the webgpu backend: first the device, then the network on it. */
import type { Network } from '../../../spec/network.ts';
import { refuse } from '../../errors.ts';
import type { Backend } from '../backend.ts';
import { holdDevice } from './device.ts';
import { largestBytes } from './needs.ts';
import { createWebgpu } from './webgpu.ts';

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
