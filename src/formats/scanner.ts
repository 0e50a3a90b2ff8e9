import { refuse } from '../errors.ts';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const isSpace = (byte: number) => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
const isDigit = (byte: number) => byte >= 0x30 && byte <= 0x39;

/**
 * Reads the small texts in the heads of binary files, byte by byte, so that a refusal names the offset in the file and
 * memory stays in proportion to what is kept: a general parser would build whatever a hostile head describes.
 */
export class Scanner {
  readonly #where: string;
  readonly #what: string;
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #at: number;

  /** @param what Names the text in messages: `header`. The text is the bytes from `at` to `end`. */
  constructor(where: string, what: string, bytes: Uint8Array, at: number, end: number) {
    this.#where = where;
    this.#what = what;
    this.#bytes = bytes;
    this.#at = at;
    this.#end = end;
  }

  /** The offset in the file of the next byte. */
  get at(): number {
    return this.#at;
  }

  /** Refuses what stands at `at`. */
  fail(expected: string, at = this.#at, got?: string): never {
    const found = got ?? (at < this.#end ? this.#show(at) : 'the end of it');
    refuse(this.#where, this.#what, `${expected} at byte ${at}`, found);
  }

  #show(at: number): string {
    const byte = this.#bytes[at];
    return byte > 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `byte ${byte}`;
  }

  /** The next byte after white space as a character, or '' at the end. */
  peek(): string {
    while (this.#at < this.#end && isSpace(this.#bytes[this.#at])) this.#at++;
    return this.#at < this.#end ? String.fromCharCode(this.#bytes[this.#at]) : '';
  }

  /** Skips white space and takes a character, or the characters of a word, if they come next. */
  take(word: string): boolean {
    this.peek();
    const end = this.#at + word.length;
    if (end > this.#end) return false;
    for (let i = 0; i < word.length; i++) if (this.#bytes[this.#at + i] !== word.charCodeAt(i)) return false;
    this.#at = end;
    return true;
  }

  /** Takes one character, which must be `char`. */
  expect(char: string): void {
    if (!this.take(char)) this.fail(char);
  }

  /** Takes a whole number from 0 to 2^53 - 1, without sign, fraction or leading zeros. */
  whole(): number {
    this.peek();
    const start = this.#at;
    let value = 0;
    while (this.#at < this.#end && isDigit(this.#bytes[this.#at])) {
      value = value * 10 + (this.#bytes[this.#at++] - 0x30);
      if (!Number.isSafeInteger(value)) this.fail('a number below 2^53', start, 'a larger one');
    }
    const digits = this.#at - start;
    if (digits === 0 || (digits > 1 && this.#bytes[start] === 0x30)) this.fail('a whole number', start);
    return value;
  }

  /** Takes a list of items between `open` and `close`, with a comma between them; `trailing` allows one at the end. */
  list(open: string, close: string, item: () => void, trailing = false): void {
    this.expect(open);
    if (this.take(close)) return;
    for (;;) {
      item();
      if (!this.take(',')) return this.expect(close);
      if (trailing && this.take(close)) return;
    }
  }

  /** Takes a JSON text. */
  json(): string {
    return this.text('"', true, (text): string => JSON.parse(`"${text}"`));
  }

  /** Takes a text between quotes, with or without escapes. */
  text(quote: string, escapes: boolean, parse = (text: string): string => text): string {
    this.peek();
    const start = this.#at + 1;
    const end = this.#endOf(quote, escapes);
    try {
      return parse(decoder.decode(this.#bytes.subarray(start, end)));
    } catch {
      this.fail(`a ${escapes ? 'JSON ' : ''}text in UTF-8`, start - 1, 'one that is not');
    }
  }

  /** Takes a quoted text and returns where its last quote stands. */
  #endOf(quote: string, escapes: boolean): number {
    this.expect(quote);
    const start = this.#at;
    const close = quote.charCodeAt(0);
    for (; this.#at < this.#end; this.#at++) {
      const byte = this.#bytes[this.#at];
      if (byte === close) return this.#at++;
      if (byte !== 0x5c) continue;
      if (!escapes) this.fail('a text without escapes');
      this.#at++;
    }
    this.fail(`${quote} to end the text that starts`, start - 1, 'the end of it');
  }
}
