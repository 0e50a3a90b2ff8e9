/** DEFLATE (RFC 1951), decompression. A stream is read once, from its first byte to its last; what it gives comes in chunks. */

/** The order of the lengths of the codes that compress lengths of codes. */
const order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** A copy may reach so far back. */
const reach = 2 ** 15;

/** A code as a table: by the next `width` bits, 16 · symbol + the length of its code; 0 where there is none. */
interface Code {
  readonly table: Uint16Array;
  readonly width: number;
}

/** The code with these lengths by symbol, 0 for none. */
function codeOf(lengths: readonly number[]): Code {
  const width = lengths.reduce((most, length) => Math.max(most, length), 1);
  const table = new Uint16Array(2 ** width);
  let code = 0;
  for (let length = 1; length <= width; length++, code *= 2) {
    for (const [symbol, own] of lengths.entries()) {
      if (own !== length) continue;
      let first = 0;
      for (let bit = 0; bit < length; bit++) first |= ((code >> bit) & 1) << (length - 1 - bit);
      for (let n = first; n < table.length; n += 2 ** length) table[n] = 16 * symbol + length;
      code++;
    }
  }
  return { table, width };
}

let known: readonly [Code, Code] | undefined;

/** The codes of a block that has none of its own. */
const fixed = (): readonly [Code, Code] =>
  (known ??= [
    codeOf(Array.from({ length: 288 }, (_, n) => (n < 144 ? 8 : n < 256 ? 9 : n < 280 ? 7 : 8))),
    codeOf(Array.from({ length: 30 }, () => 5)),
  ]);

/** A stream that is being decompressed. */
export class Inflater {
  readonly #packed: Uint8Array;
  readonly #most: number;
  readonly #take: (chunk: Uint8Array) => void;
  readonly #fail: (got: string) => never;
  /** What was made last, of which the first `#sent` bytes were handed on. */
  readonly #made: Uint8Array;
  #sent = 0;
  #at = 0;
  #next = 0;
  /** Bits that were read and not used, and their number. */
  #bits = 0;
  #count = 0;
  /** Bytes handed on. */
  total = 0;

  /** @param most after more bytes than these it stops */
  constructor(
    packed: Uint8Array,
    most: number,
    take: (chunk: Uint8Array) => void,
    fail: (got: string) => never,
  ) {
    this.#packed = packed;
    this.#most = most;
    this.#take = take;
    this.#fail = fail;
    this.#made = new Uint8Array(Math.min(most + 1, 2 * reach));
  }

  /** Decompresses all; the number of bytes that the stream took, or `undefined` if there were too many to go on. */
  run(): number | undefined {
    for (let last = false; !last;) {
      last = this.#read(1) === 1;
      const kind = this.#read(2);
      const goesOn =
        kind === 0
          ? this.#stored()
          : kind === 1
            ? this.#coded(...fixed())
            : kind === 2
              ? this.#coded(...this.#codes())
              : this.#fail('invalid block type');
      if (!goesOn) return undefined;
    }
    this.#send();
    return this.#next - (this.#count >> 3);
  }

  /** The next `count` bits. */
  #read(count: number): number {
    while (this.#count < count) {
      if (this.#next === this.#packed.length) this.#fail('no end');
      this.#bits |= this.#packed[this.#next++] << this.#count;
      this.#count += 8;
    }
    const value = this.#bits & ((1 << count) - 1);
    this.#bits >>>= count;
    this.#count -= count;
    return value;
  }

  /** The next symbol of a code. */
  #symbol({ table, width }: Code): number {
    while (this.#count < width && this.#next < this.#packed.length) {
      this.#bits |= this.#packed[this.#next++] << this.#count;
      this.#count += 8;
    }
    const entry = table[this.#bits & (table.length - 1)];
    const length = entry & 15;
    if (length > this.#count) this.#fail('no end');
    if (length === 0) this.#fail('an invalid code');
    this.#bits >>>= length;
    this.#count -= length;
    return entry >> 4;
  }

  /** Hands on what was made. */
  #send(): void {
    const chunk = this.#made.slice(this.#sent, this.#at);
    this.total += chunk.length;
    this.#sent = this.#at;
    if (chunk.length > 0) this.#take(chunk);
  }

  /** Makes room where there is none; false if there were too many bytes. */
  #makeRoom(): boolean {
    if (this.#at < this.#made.length) return true;
    this.#send();
    if (this.total > this.#most) return false;
    this.#made.copyWithin(0, this.#at - reach, this.#at);
    this.#at = this.#sent = reach;
    return true;
  }

  /** Bytes as they are. */
  #stored(): boolean {
    this.#read(this.#count & 7);
    const length = this.#read(16);
    if (this.#read(16) !== 65535 - length) this.#fail('a length and another');
    // Whole bytes that were read ahead.
    for (; this.#count > 0; this.#count -= 8) this.#next--;
    this.#bits = 0;
    const end = this.#next + length;
    if (end > this.#packed.length) this.#fail('no end');
    while (this.#next < end) {
      if (!this.#makeRoom()) return false;
      const part = this.#packed.subarray(
        this.#next,
        Math.min(end, this.#next + this.#made.length - this.#at),
      );
      this.#made.set(part, this.#at);
      this.#at += part.length;
      this.#next += part.length;
    }
    return true;
  }

  /** The codes of a block: of bytes and lengths, and of distances. */
  #codes(): [Code, Code] {
    const symbols = this.#read(5) + 257;
    const all = symbols + this.#read(5) + 1;
    const short = Array.from(order, () => 0);
    for (let n = this.#read(4) + 4, k = 0; k < n; k++) short[order[k]] = this.#read(3);
    const code = codeOf(short);
    const lengths: number[] = [];
    while (lengths.length < all) {
      const symbol = this.#symbol(code);
      const [again, least, bits] =
        symbol < 16
          ? [symbol, 1, 0]
          : symbol === 16
            ? [lengths.at(-1) ?? 0, 3, 2]
            : [0, 3 + 8 * (symbol - 17), 4 * symbol - 65];
      for (let n = least + this.#read(bits); n > 0; n--) lengths.push(again);
    }
    return [codeOf(lengths.slice(0, symbols)), codeOf(lengths.slice(symbols, all))];
  }

  /** Bytes and copies, up to the end of the block. */
  #coded(code: Code, distances: Code): boolean {
    const made = this.#made;
    for (;;) {
      const symbol = this.#symbol(code);
      if (symbol === 256) return true;
      if (!this.#makeRoom()) return false;
      if (symbol < 256) {
        made[this.#at++] = symbol;
        continue;
      }
      const step = symbol - 257;
      if (step > 28) this.#fail('an invalid length');
      const more = step < 8 || step === 28 ? 0 : (step >> 2) - 1;
      const length =
        step === 28 ? 258 : (step < 8 ? 3 + step : 3 + ((4 + (step & 3)) << more)) + this.#read(more);
      const far = this.#symbol(distances);
      if (far > 29) this.#fail('an invalid distance');
      const further = far < 4 ? 0 : (far >> 1) - 1;
      const distance = (far < 4 ? 1 + far : 1 + ((2 + (far & 1)) << further)) + this.#read(further);
      if (distance > this.#at) this.#fail('an invalid distance');
      for (let left = length; left > 0;) {
        if (!this.#makeRoom()) return false;
        const from = this.#at;
        const end = Math.min(from + left, made.length);
        for (let n = from; n < end; n++) made[n] = made[n - distance];
        this.#at = end;
        left -= end - from;
      }
    }
  }
}
