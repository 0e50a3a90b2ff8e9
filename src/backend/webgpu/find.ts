/** Where WebGPU is: browsers, Deno and others bring it; Node and Bun have packages for it. */
import { InputError } from '../../errors.ts';

/** What stays referenced: Dawn's instance takes the process down when it is collected while a device lives. */
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
    const { create, setupGlobals } = await importPackage(name);
    if (create) return create([]);
    await setupGlobals?.();
    return globalThis.navigator.gpu;
  } catch (cause) {
    const got = isAbsent(cause)
      ? 'none'
      : `an error of it: ${cause instanceof Error ? cause.message : String(cause)}`;
    const text = `${where}: "backend" expected the package ${name}, got ${got.split('\n')[0]}; npm i ${name}`;
    throw new InputError(text, { cause });
  }
}

/** Node, Bun and bundlers say it in words of their own. */
function isAbsent(cause: unknown): boolean {
  return /cannot find|could not resolve/i.test(cause instanceof Error ? cause.message : '');
}

interface GPUPackage {
  create?(flags: string[]): GPU;
  setupGlobals?(): Promise<void> | void;
}

/** From beside this package, else from the folder where the process was started. */
async function importPackage(name: string): Promise<GPUPackage> {
  try {
    return (await import(/* @vite-ignore */ name)) as GPUPackage;
  } catch (cause) {
    const { createRequire } = globalThis.process.getBuiltinModule('node:module');
    const { pathToFileURL } = globalThis.process.getBuiltinModule('node:url');
    if (!isAbsent(cause)) throw cause;
    const { resolve } = createRequire(pathToFileURL(`${globalThis.process.cwd()}/package.json`));
    return (await import(/* @vite-ignore */ pathToFileURL(resolve(name)).href)) as GPUPackage;
  }
}
