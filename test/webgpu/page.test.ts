/** A small training in Chromium on SwiftShader gives the digest of Node. */
import { expect, it } from 'vitest';
import * as asf from '../../src/index.ts';
import { inPage } from './page.mjs';
import { smallTraining } from './training.mjs';

it('a page gives the digest of Node', { timeout: 300_000 }, async () => {
  const wasm = await smallTraining(asf, 'wasm');
  expect(wasm.correct).toBeGreaterThan(8);
  expect(await smallTraining(asf, 'webgpu')).toEqual(wasm);
  expect(await inPage()).toEqual(wasm);
});
