/** Tests of the compiled kernels: their exports, their sizes, and their forms for each bundler and runtime. */
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { forwardParameters, parameters } from '#kernels';

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

const exportsOf = (name: string): string[] =>
  WebAssembly.Module.exports(new WebAssembly.Module(read(name) as Uint8Array<ArrayBuffer>))
    .filter(({ kind }) => kind === 'function')
    .map(({ name: exported }) => exported);

it('all kernels are exported, and no other', () => {
  expect(exportsOf('core.wasm').sort()).toEqual(Object.keys(parameters).sort());
});

it('the forward pass is a part of them', () => {
  const infer = exportsOf('infer.wasm');
  expect(infer.sort()).toEqual(Object.keys(forwardParameters).sort());
});

it('both stay small: bytes of gzip', () => {
  const size = (name: string): number => gzipSync(read(name), { level: 9 }).length;
  expect(size('core.wasm')).toBeLessThan(13_500);
  expect(size('infer.wasm')).toBeLessThan(10_000);
});
