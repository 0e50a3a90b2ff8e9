/** The inference build has only the kernels of the forward pass, and is small. */
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { forwardParameters, parameters } from '#kernels';

const bytesOf = (name: string): Buffer => readFileSync(new URL(`../../dist/wasm/${name}`, import.meta.url));
const exportsOf = (name: string): string[] =>
  WebAssembly.Module.exports(new WebAssembly.Module(new Uint8Array(bytesOf(name))))
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
  const size = (name: string): number => gzipSync(bytesOf(name), { level: 9 }).length;
  expect(size('core.wasm')).toBeLessThan(13_500);
  expect(size('infer.wasm')).toBeLessThan(10_000);
});
