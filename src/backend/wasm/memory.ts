/** The linear memory of the kernels: allocates blocks and makes views of them. Growth may detach earlier views. */

import { InputError } from '../../errors.ts';
import { page } from './shared.ts';

/** Alignment of each block: a cache line. */
export const alignment = 64;
const mostPages = 65536;

/** Whether this runtime has WebAssembly with SIMD: whether a module with the type () → v128 is valid in it. */
export function hasSimd(): boolean {
  const module = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 5, 1, 0x60, 0, 1, 0x7b);
  return typeof WebAssembly === 'object' && WebAssembly.validate(module);
}

/** An allocator over one WebAssembly memory. It takes the first free block that fits, and never returns address 0. */
export class Memory {
  readonly wasm: WebAssembly.Memory;
  /** Start of the memory that was never allocated. */
  protected end = 1024;
  /** Freed blocks, by address. */
  private free: { at: number; bytes: number }[] = [];
  private readonly sizes = new Map<number, number>();

  /** @param shared whether several threads use the memory */
  constructor(shared = false) {
    if (!hasSimd()) throw new InputError('wasm: expected WebAssembly with SIMD, got a runtime without it');
    try {
      this.wasm = new WebAssembly.Memory({ initial: 1, maximum: mostPages, shared });
    } catch (cause) {
      // Node reserves 4 GiB for the memory, by default 6 GiB for guard pages, and 1 GB for itself.
      const next = 'raise `ulimit -v`, or set NODE_OPTIONS=--disable-wasm-trap-handler';
      if (cause instanceof RangeError) refuseLess('about 12 GB of free address space', next, cause);
      throw cause;
    }
  }

  /** Allocates zeroed bytes and returns their address. */
  allocate(bytes: number): number {
    const needed = Math.max(alignment, Math.ceil(bytes / alignment) * alignment);
    let at: number;
    const index = this.free.findIndex((block) => block.bytes >= needed);
    if (index >= 0) {
      const block = this.free[index];
      at = block.at;
      if (block.bytes > needed) this.free[index] = { at: at + needed, bytes: block.bytes - needed };
      else this.free.splice(index, 1);
      this.bytes(at, needed).fill(0);
    } else {
      at = this.end;
      this.grow(at + needed);
      this.end = at + needed;
    }
    this.sizes.set(at, needed);
    return at;
  }

  release(at: number): void {
    const bytes = this.sizes.get(at);
    if (bytes === undefined) return;
    this.sizes.delete(at);
    let index = this.free.findIndex((block) => block.at > at);
    if (index < 0) index = this.free.length;
    this.free.splice(index, 0, { at, bytes });
    this.join(index);
    if (index > 0) this.join(index - 1);
  }

  bytes(at: number, length: number): Uint8Array {
    return new Uint8Array(this.wasm.buffer, at, length);
  }
  f32(at: number, length: number): Float32Array {
    return new Float32Array(this.wasm.buffer, at, length);
  }
  f64(at: number, length: number): Float64Array {
    return new Float64Array(this.wasm.buffer, at, length);
  }
  u32(at: number, length: number): Uint32Array {
    return new Uint32Array(this.wasm.buffer, at, length);
  }

  /** Joins a freed block with the next one if they are adjacent. */
  private join(index: number): void {
    const [block, next] = [this.free[index], this.free[index + 1]];
    if (!next || block.at + block.bytes !== next.at) return;
    this.free.splice(index, 2, { at: block.at, bytes: block.bytes + next.bytes });
  }

  protected grow(end: number): void {
    const missing = Math.ceil((end - this.wasm.buffer.byteLength) / page);
    if (missing <= 0) return;
    try {
      this.wasm.grow(missing);
    } catch (cause) {
      const needed = `${(end / 2 ** 30).toFixed(1)} GiB of memory`;
      refuseLess(needed, 'take a smaller batch, a shorter window or fewer threads', cause);
    }
  }
}

function refuseLess(needed: string, next: string, cause: unknown): never {
  throw new InputError(`wasm: expected ${needed}, got less; ${next}`, { cause });
}
