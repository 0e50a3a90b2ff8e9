/** Finds WebGPU: browsers and Deno, among others, have it; Node and Bun have packages for it. */
import { InputError } from '../../errors.ts';
import { importPackage, isAbsent } from '../../importPackage.ts';

/** Kept, since the process crashes if Dawn's instance is collected while one of its devices is in use. */
const kept: Record<string, GPU> = {};

/** @throws InputError with what to install */
export async function findGPU(where: string): Promise<GPU> {
  const own = globalThis.navigator?.gpu;
  if (own) return own;
  const { versions } = globalThis.process ?? {};
  const name = versions?.['bun'] ? 'bun-webgpu' : versions?.node ? 'webgpu' : undefined;
  if (!name) {
    const text = `${where}: "backend" expected WebGPU in this runtime, got none; take backend wasm`;
    throw new InputError(text);
  }
  kept[name] ??= await loadGPU(where, name);
  return kept[name];
}

async function loadGPU(where: string, name: string): Promise<GPU> {
  try {
    const { create, setupGlobals } = await importPackage<GPUPackage>(name);
    if (create) return create([]);
    await setupGlobals?.();
    return globalThis.navigator.gpu;
  } catch (cause) {
    const got = isAbsent(cause)
      ? 'none'
      : `its error: ${cause instanceof Error ? cause.message : String(cause)}`;
    const text = `${where}: "backend" expected the package ${name}, got ${got.split('\n')[0]}; npm i ${name}`;
    throw new InputError(text, { cause });
  }
}

interface GPUPackage {
  create?(flags: string[]): GPU;
  setupGlobals?(): Promise<void> | void;
}
