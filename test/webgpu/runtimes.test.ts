/**
 * A small training gives the digest of wasm in Node, in Deno, which includes WebGPU, and in Bun with its package. It runs on the installed
 * driver, and on Chromium's SwiftShader, which flushes subnormals. Deno compiles the shaders with naga, the others with Tint.
 */
import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import * as asf from '../../src/index.ts';
import { smallTraining } from './training.mjs';

const swiftShader = { VK_DRIVER_FILES: '/usr/lib/chromium/vk_swiftshader_icd.json' };
const deno = ['node_modules/.bin/deno', 'run', '-A', '--node-modules-dir=manual'];

it.each([
  ['Node', [process.execPath], {}],
  ['Deno', deno, {}],
  ['Bun', ['node_modules/.bin/bun'], {}],
  ['Node on SwiftShader', [process.execPath], swiftShader],
])('%s gives the digest of wasm', async (_, [program, ...before], driver) => {
  const own = { DENO_NO_UPDATE_CHECK: '1', DENO_WEBGPU_BACKEND: 'vulkan', NODE_OPTIONS: '' };
  const { status, stdout, stderr } = spawnSync(program, [...before, 'small.mjs'], {
    env: { ...process.env, ...own, ...driver },
    encoding: 'utf8',
    timeout: 100_000,
  });
  expect(status, stderr).toBe(0);
  expect(JSON.parse(stdout.trimEnd().split('\n').at(-1)!)).toEqual(await smallTraining(asf, 'wasm'));
});
