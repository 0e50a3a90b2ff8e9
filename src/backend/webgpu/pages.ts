/**
 * Pages hold the records of dispatches and the data that the host uploads with one submission. Each page is written once
 * per submission. Every batch needs the same space in the same order, so it reuses the pages of the first batch.
 */
import { recordBytes } from './params.ts';

export interface BufferView {
  readonly buffer: GPUBuffer;
  readonly offset: number;
  /** Bytes from one sample to the next; 0 if all samples share one piece. */
  readonly stride: number;
  /** Bytes of a sample, or of the piece. */
  readonly size: number;
}

interface Page {
  readonly buffer: GPUBuffer;
  readonly bytes: ArrayBuffer;
  used: number;
}

const least = 65536;

export class Pages {
  private readonly make: (bytes: number, usage: number) => GPUBuffer;
  private readonly pages: Page[] = [];
  private at = 0;

  constructor(make: (bytes: number, usage: number) => GPUBuffer) {
    this.make = make;
  }

  /** Reserves space for data of the next submission. The space may still hold earlier data. */
  take(size: number): { buffer: GPUBuffer; bytes: ArrayBuffer; offset: number } {
    const room = Math.ceil(size / recordBytes) * recordBytes;
    const fits = (page: Page): boolean => page.used + room <= page.bytes.byteLength;
    while (this.at < this.pages.length && !fits(this.pages[this.at])) this.at++;
    if (this.at === this.pages.length) this.pages.push(this.makePage(Math.max(least, room)));
    const page = this.pages[this.at];
    const offset = page.used;
    page.used += room;
    return { buffer: page.buffer, bytes: page.bytes, offset };
  }

  /** Writes the taken pages to the device. */
  write(queue: GPUQueue): void {
    for (const { buffer, bytes, used } of this.pages)
      if (used > 0) queue.writeBuffer(buffer, 0, bytes, 0, used);
    for (const page of this.pages) page.used = 0;
    this.at = 0;
  }

  destroy(): void {
    for (const { buffer } of this.pages.splice(0)) buffer.destroy();
  }

  private makePage(size: number): Page {
    // UNIFORM, STORAGE, COPY_DST
    return { buffer: this.make(size, 0x40 | 0x80 | 0x08), bytes: new ArrayBuffer(size), used: 0 };
  }
}
