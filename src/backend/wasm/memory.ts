/** The kernels' linear memory: allocation, and views that survive its growth. */

const alignment = 64; // a cache line
const page = 65536;

/** A first-fit allocator over one WebAssembly memory. Address 0 is never given out. */
export class Memory {
  readonly wasm = new WebAssembly.Memory({ initial: 1, maximum: 65536 });
  private end = 1024;
  /** Freed blocks, by address. */
  private free: { at: number; bytes: number }[] = [];
  private readonly sizes = new Map<number, number>();

  /** Address of `bytes` zeroed bytes. */
  allocate(bytes: number): number {
    const needed = Math.max(alignment, Math.ceil(bytes / alignment) * alignment);
    let at: number;
    const place = this.free.findIndex((block) => block.bytes >= needed);
    if (place >= 0) {
      const block = this.free[place];
      at = block.at;
      if (block.bytes > needed) this.free[place] = { at: at + needed, bytes: block.bytes - needed };
      else this.free.splice(place, 1);
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
    this.free.push({ at, bytes });
    this.free.sort((a, b) => a.at - b.at);
    this.free = this.free.reduce<typeof this.free>((merged, block) => {
      const last = merged.at(-1);
      if (last && last.at + last.bytes === block.at) last.bytes += block.bytes;
      else merged.push({ ...block });
      return merged;
    }, []);
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

  private grow(end: number): void {
    const missing = Math.ceil((end - this.wasm.buffer.byteLength) / page);
    if (missing <= 0) return;
    try {
      this.wasm.grow(missing);
    } catch (cause) {
      const gigabytes = (end / 2 ** 30).toFixed(1);
      throw new Error(`wasm: ${gigabytes} GiB of memory is more than there is; take a smaller batch`, {
        cause,
      });
    }
  }
}
