/**
 * The memory that the threads of a pool share. It may grow while they run a program, because only later programs use the new part
 * (`worker.ts`).
 */
import { Memory } from './memory.ts';
import { page } from './shared.ts';

export class SharedMemory extends Memory {
  constructor() {
    super(true);
  }

  get pages(): number {
    return this.wasm.buffer.byteLength / page;
  }

  i32(at: number, length: number): Int32Array {
    return new Int32Array(this.wasm.buffer, at, length);
  }
}
