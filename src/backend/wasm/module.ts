/**
 * The kernels as a WebAssembly module: compiled at their first use, with one instance per thread.
 *
 * They come through the internal imports `#wasm` and `#infer`. Conditions in `package.json` choose the form: a compiled module where the
 * runtime compiles files (workerd, edge-light), otherwise a function that decodes the bytes. A module for shared memory differs in one
 * flag of its memory import.
 */
import type { parameters } from '#kernels';
import { refuse } from '../../errors.ts';
import { keysOf } from '../../keysOf.ts';

/** The names of each kernel's arguments in their order, from the sources of the kernels (`assembly/tables.mjs`). */
export type Parameters = typeof parameters;
export type KernelName = keyof Parameters;
export type Kernels = Record<KernelName, (...args: number[]) => void>;

/** `WebAssembly.NAME`, or `object` if the program's types lack that namespace. */
type Wasm<Name extends string> = typeof globalThis extends {
  WebAssembly: Record<Name, { prototype: infer Found }>;
}
  ? Found
  : object;

export type WasmModule = Wasm<'Module'>;

/** The source of the kernels: a function that returns their bytes, or a module that the runtime has compiled. */
export type KernelSource = (() => Uint8Array<ArrayBuffer>) | WasmModule;

/** One build of the kernels. */
export class KernelModule {
  readonly source: KernelSource;
  readonly parameters: Partial<Parameters>;
  private compiled: WasmModule | undefined;

  /** @param parameters arguments of the kernels in the build */
  constructor(source: KernelSource, parameters: Partial<Parameters>) {
    this.source = source;
    this.parameters = parameters;
  }

  /** Sets a module that the caller has compiled, for example by streaming. */
  use(module: WasmModule): void {
    const exported = module instanceof WebAssembly.Module ? WebAssembly.Module.exports(module) : [];
    const missing = keysOf(this.parameters).find((kernel) => !exported.some(({ name }) => name === kernel));
    if (missing) {
      const next = 'compile core.wasm or infer.wasm of this version';
      refuse('setWasmModule', 'module', `a WebAssembly.Module with ${missing}`, 'another', next);
    }
    this.compiled = module;
  }

  /** Instantiates the module over the memory of one thread. */
  instantiate(memory: Wasm<'Memory'>): Kernels {
    this.compiled ??= typeof this.source === 'function' ? new WebAssembly.Module(this.source()) : this.source;
    // `parameters` names the exports of the module; the tests compare them.
    return new WebAssembly.Instance(this.compiled, { env: { memory } }).exports as unknown as Kernels;
  }
}
