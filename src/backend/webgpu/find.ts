/** Finds WebGPU and its GPU. Browsers and Deno have WebGPU; Node and Bun have packages for it. */
import { messageOf, InputError } from '../../errors.ts';
import { importPackage, isAbsent } from '../../importPackage.ts';

/** Keeps Dawn's instance alive. If it is collected while one of its devices is in use, the process crashes. */
const cache: Record<string, GPU> = {};

/**
 * Returns the fastest adapter, or null if there is none.
 *
 * @throws InputError if the runtime has no WebGPU; the message names the package to install, if there is one
 */
export async function findAdapter(where: string): Promise<GPUAdapter | null> {
  return (await findGPU(where)).requestAdapter({ powerPreference: 'high-performance' });
}

/** The properties of an adapter; `isFallbackAdapter` means that it is a CPU. */
export function infoOf({ info }: GPUAdapter): GPUAdapterInfo & { readonly isFallbackAdapter?: boolean } {
  return info; // the types do not know the property yet
}

async function findGPU(where: string): Promise<GPU> {
  const builtIn = globalThis.navigator?.gpu;
  if (builtIn) return builtIn;
  const { versions } = globalThis.process ?? {};
  const name = versions?.['bun'] ? 'bun-webgpu' : versions?.node ? 'webgpu' : undefined;
  if (!name) {
    const text = `${where}: "backend" expected WebGPU in this runtime, got none; take backend wasm`;
    throw new InputError(text);
  }
  cache[name] ??= await loadGPU(where, name);
  return cache[name];
}

async function loadGPU(where: string, name: string): Promise<GPU> {
  try {
    const { create, setupGlobals } = await importPackage<GPUPackage>(name);
    if (create) return create([]);
    await setupGlobals?.();
    return globalThis.navigator.gpu;
  } catch (cause) {
    const got = isAbsent(cause) ? 'none' : `its error: ${messageOf(cause)}`;
    const text = `${where}: "backend" expected the package ${name}, got ${got.split('\n')[0]}; npm i ${name}`;
    throw new InputError(text, { cause });
  }
}

interface GPUPackage {
  create?(flags: string[]): GPU;
  setupGlobals?(): Promise<void> | void;
}
