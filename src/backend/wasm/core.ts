/** The module with all kernels. */
import { parameters } from '#kernels';
import { source } from '#wasm';
import { KernelModule, type WasmModule } from './module.ts';

export const core = /* @__PURE__ */ new KernelModule(source, parameters);

/**
 * Sets kernels that you have compiled, for example by streaming. Call it before their first use.
 *
 * @param module a `WebAssembly.Module` of `asf-bp/core.wasm`
 * @throws InputError if the module lacks a kernel of this version
 */
export function setWasmModule(module: WasmModule): void {
  core.use(module);
}

let shared: WasmModule | undefined;

/** The module for a shared memory: the same code, with the flag `shared` in its memory import. */
export function sharedModule(): WasmModule {
  if (shared) return shared;
  if (typeof core.source !== 'function') throw new Error('wasm: threads need the bytes of the kernels');
  const bytes: Uint8Array<ArrayBuffer> = core.source();
  // The bytes to find: names `env` and `memory`, kind 2 (memory), flags 1 (has a maximum). Flags 3 mean that it is also shared.
  const entry = [3, 0x65, 0x6e, 0x76, 6, 0x6d, 0x65, 0x6d, 0x6f, 0x72, 0x79, 2, 1];
  const at = bytes.findIndex((_, index) => entry.every((byte, n) => bytes[index + n] === byte));
  if (at < 0) throw new Error('wasm: the kernels do not import env.memory with a maximum');
  bytes[at + entry.length - 1] = 3;
  return (shared = new WebAssembly.Module(bytes));
}
