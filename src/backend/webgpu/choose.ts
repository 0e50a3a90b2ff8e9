/**
 * Backend `auto`: chooses a GPU that is not a software renderer, else the CPU, and gives the reason. The types here are public, so they
 * name no type of WebGPU.
 */
import { firstLine } from './errors.ts';
import { findAdapter, infoOf } from './find.ts';
import { messageOf } from '../../errors.ts';

/** The backend that {@link chooseBackend} chooses, and the reason, as a sentence without its full stop. */
export interface Choice {
  readonly backend: 'webgpu' | 'wasm';
  readonly why: string;
}

/**
 * Chooses `webgpu` if there is a GPU that is not a software renderer, else `wasm`; it opens no device.
 *
 * @param where name of the caller in error messages
 * @returns the backend, and the reason as a sentence without its full stop
 */
export async function chooseBackend(where = 'backend'): Promise<Choice> {
  try {
    const adapter = await findAdapter(where);
    if (!adapter) return { backend: 'wasm', why: 'there is no GPU that WebGPU can use' };
    const { isFallbackAdapter, description, vendor } = infoOf(adapter);
    const name = firstLine(description || vendor || 'a GPU without a name');
    if (isFallbackAdapter) return { backend: 'wasm', why: `the only GPU is a software renderer, ${name}` };
    return { backend: 'webgpu', why: `there is ${name}` };
  } catch (cause) {
    return { backend: 'wasm', why: firstLine(messageOf(cause)) };
  }
}
