/**
 * The memory that the threads of a pool share. It grows only while no program runs; the pool keeps {@link programBytes}
 * (64 MB) free at its end.
 */
import { InputError } from '../../errors.ts';
import { Memory, mostPages } from './memory.ts';
import { page } from './shared.ts';

/** Space for programs and the data that calls read, besides buffers. A pool keeps it free at the end while a program runs. */
export const programBytes = 2 ** 26;

export class SharedMemory extends Memory {
  /** Whether threads run a program. */
  isInUse = false;

  constructor() {
    super(true);
  }

  get pages(): number {
    return this.wasm.buffer.byteLength / page;
  }

  /** Grows, if possible, so that `bytes` more can be allocated without growth. */
  reserve(bytes: number): void {
    const missing = Math.min(mostPages, Math.ceil((this.end + bytes) / page)) - this.pages;
    if (missing <= 0) return;
    try {
      this.wasm.grow(missing);
    } catch {
      // Less is enough for most programs; an allocation that does not fit throws.
    }
  }

  protected override grow(end: number): void {
    if (this.isInUse && end > this.wasm.buffer.byteLength) {
      const text = 'wasm: expected no need of more memory while threads run, got one';
      throw new InputError(`${text}; read a result before you allocate`);
    }
    super.grow(end);
  }

  i32(at: number, length: number): Int32Array {
    return new Int32Array(this.wasm.buffer, at, length);
  }
}
