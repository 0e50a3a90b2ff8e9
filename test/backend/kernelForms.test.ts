/** Each form in which a bundler or a runtime finds the kernels has the bytes of the compiled file. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const dist = new URL('../../dist/wasm/', import.meta.url);
const read = (name: string): Uint8Array => new Uint8Array(readFileSync(new URL(name, dist)));

describe.each(['core', 'infer'])('%s', (build) => {
  it.each(['node', 'inline'])('as %s', async (form) => {
    const { source } = (await import(new URL(`${build}.${form}.js`, dist).href)) as { source(): Uint8Array };
    expect(Buffer.compare(source(), read(`${build}.wasm`))).toBe(0);
    expect(source()).not.toBe(source());
  });

  it('as inline is text that no bundler has to escape', () => {
    const text = readFileSync(new URL(`${build}.inline.js`, dist), 'utf8');
    const [, packed] = /unpack\('(.*)'\)/.exec(text)!;
    expect(packed).toMatch(/^[ -~]+$/);
    expect(packed).not.toMatch(/[\\`'"$]/);
  });
});

it('every byte after every other is packed and unpacked', async () => {
  const { pack, unpack } = (await import(new URL('../../assembly/packed.mjs', import.meta.url).href)) as {
    pack(bytes: Uint8Array): string;
    unpack(text: string): Uint8Array;
  };
  const bytes = Uint8Array.from({ length: 2 ** 17 }, (_, n) => (n % 2 ? n >> 1 : n >> 9));
  expect(Buffer.compare(unpack(pack(bytes)), bytes)).toBe(0);
});
