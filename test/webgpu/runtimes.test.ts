/**
 * A small training on WebGPU gives the same digest as on wasm: in Node and Bun with the package `webgpu`, and in Deno, which
 * includes WebGPU. The training runs on the installed driver, and on Chromium's SwiftShader, which flushes subnormals. Deno
 * compiles the shaders with naga, the others with Tint. `npm run test:runtimes site` trains in a page.
 */
import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';

const swiftShader = { VK_DRIVER_FILES: '/usr/lib/chromium/vk_swiftshader_icd.json' };
const deno = ['node_modules/.bin/deno', 'run', '-A', '--node-modules-dir=manual'];

/** The results of the training in a runtime, on a backend. */
function trained([program, ...before]: string[], backend: string, driver: object = {}): { correct: number } {
  const own = { DENO_NO_UPDATE_CHECK: '1', DENO_WEBGPU_BACKEND: 'vulkan', NODE_OPTIONS: '' };
  const { status, stdout, stderr } = spawnSync(program!, [...before, 'small.mjs', backend], {
    env: { ...process.env, ...own, ...driver },
    encoding: 'utf8',
    timeout: 100_000,
  });
  expect(status, stderr).toBe(0);
  return JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as { correct: number };
}
const wasm = trained([process.execPath], 'wasm');

it.each([
  ['Node', [process.execPath], {}],
  ['Deno', deno, {}],
  ['Bun', ['node_modules/.bin/bun'], {}],
  ['Node on SwiftShader', [process.execPath], swiftShader],
])('%s gives the digest of wasm', (_, runtime, driver) => {
  expect(wasm.correct).toBeGreaterThan(8);
  expect(trained(runtime, 'webgpu', driver)).toEqual(wasm);
});
