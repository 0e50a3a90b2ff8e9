/** The inference build has only the kernels of the forward pass, and is small. */
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { forwardKernelNames, kernelNames } from '../../src/backend/wasm/module.ts';

const bytesOf = (name: string): Buffer => readFileSync(new URL(`../../dist/wasm/${name}`, import.meta.url));
const exportsOf = (name: string): string[] =>
  WebAssembly.Module.exports(new WebAssembly.Module(new Uint8Array(bytesOf(name))))
    .filter(({ kind }) => kind === 'function')
    .map(({ name: exported }) => exported);

it('all kernels are exported, and no other', () => {
  expect(exportsOf('core.wasm').sort()).toEqual([...kernelNames].sort());
});

it('the forward pass is a part of them', () => {
  const infer = exportsOf('infer.wasm');
  expect(infer.sort()).toEqual([...forwardKernelNames].sort());
});

it('both stay small: bytes of gzip', () => {
  const size = (name: string): number => gzipSync(bytesOf(name), { level: 9 }).length;
  expect(size('core.wasm')).toBeLessThan(13_500);
  expect(size('infer.wasm')).toBeLessThan(10_000);
});
