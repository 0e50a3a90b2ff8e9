/** `setWasmModule` accepts a module with the kernels, and refuses any other. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import * as full from '../../src/index.ts';
import * as infer from '../../src/infer.ts';
import { expectBits } from '../support.ts';
import { ready, refused } from '../train/small.ts';

const compiled = (name: string): WebAssembly.Module =>
  new WebAssembly.Module(readFileSync(new URL(`../../dist/wasm/${name}.wasm`, import.meta.url)));
const empty = new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));

it('refuses what is no module, or one without the kernels', async () => {
  await refused(
    () => full.setWasmModule({} as never),
    /^setWasmModule: "module" expected a WebAssembly.Module with encode, got another; compile core.wasm or/,
  );
  await refused(() => infer.setWasmModule(empty), /expected a WebAssembly.Module with encode, got/);
  await refused(() => full.setWasmModule(compiled('infer')), /a WebAssembly.Module with convolutiondw, got/);
});

it('predicts with the module that was given', () => {
  full.setWasmModule(compiled('core'));
  infer.setWasmModule(compiled('infer'));
  const net = ready();
  const image = Float32Array.from({ length: 72 }, (_, i) => (i % 5) / 5);
  const { potentials } = full.predict(net, image, { backend: 'reference' });
  expectBits(full.predict(net, image).potentials, potentials, 'asf-bp');
  expectBits(infer.predict(net, image).potentials, potentials, 'asf-bp/infer');
  infer.setWasmModule(compiled('core'));
  expect(infer.predict(ready(), image).label).toBe(full.predict(net, image).label);
});
