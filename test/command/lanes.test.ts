/** `--lanes` changes no bit, and is refused in one line where V8 or the processor cannot have it. */
import { setFlagsFromString } from 'node:v8';
import { afterEach, expect, test, vi } from 'vitest';
import { setLanes, testedVersions, wideFlags } from '../../src/command/lanes.ts';
import type { NetworkFile } from '../../src/network/models.ts';
import { network } from '../../src/network/network.ts';
import { smallNetwork } from './world.ts';

vi.mock('node:v8', () => ({ setFlagsFromString: vi.fn() }));
vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  const readFileSync = (path: string, ...rest: [BufferEncoding]): string =>
    path === '/proc/cpuinfo' ? 'flags : avx avx2 fma' : fs.readFileSync(path, ...rest);
  return { ...fs, readFileSync };
});
const { Module } = WebAssembly;
const net = network(smallNetwork as NetworkFile);
const stderr = { write: vi.fn() };

/** As if this were another V8. */
function on(v8: string): void {
  vi.spyOn(process, 'versions', 'get').mockReturnValue({ ...process.versions, v8 });
}
afterEach(() => {
  WebAssembly.Module = Module;
  vi.restoreAllMocks();
  vi.clearAllMocks();
});

test('a V8 that pairs no lanes takes 128, and refuses 256', async () => {
  on('11.3.244.8-node.38');
  expect(await setLanes('train', net, 'auto', stderr)).toBe(128);
  await expect(setLanes('train', net, '256', stderr)).rejects.toThrow(
    'train: "--lanes" expected auto or 128, got 256, but V8 11.3.244.8-node.38 does not pair lanes; take Node 24',
  );
  expect(setFlagsFromString).not.toHaveBeenCalled();
});

test('a V8 that was not tested takes 128 unless it is asked for 256', async () => {
  on('99.9.1');
  expect(await setLanes('train', net, 'auto', stderr)).toBe(128);
  expect(setFlagsFromString).not.toHaveBeenCalled();
});

/** `f32x4.mul` and `f32x4.add` in WebAssembly. */
const [mul, add] = [Buffer.from([0xfd, 0xe6, 0x01]), Buffer.from([0xfd, 0xe4, 0x01])];

/** Compiles the second module after this change of its bytes. */
function changeSecond(change: (bytes: Buffer) => void): void {
  let compiled = 0;
  const changed = (bytes: BufferSource): BufferSource => {
    const own = Buffer.from(bytes as Uint8Array);
    if (++compiled === 2) change(own);
    return Uint8Array.from(own);
  };
  WebAssembly.Module = class extends Module {
    constructor(bytes: BufferSource) {
      super(changed(bytes));
    }
  };
}

// On the machines of which a processor is asked at all; whether V8 pairs lanes is tested where it can: npm run test:runtimes lanes.
const isX64 = process.arch === 'x64' && process.platform === 'linux';

test.runIf(isX64)('kernels of equal bits are used', async () => {
  on(`${testedVersions[0]}.1`);
  changeSecond(() => {});
  expect(await setLanes('train', net, 'auto', stderr)).toBe(256);
  expect(stderr.write).not.toHaveBeenCalled();
});

test.runIf(isX64)('kernels whose bits differ are not used, and the flags are taken back', async () => {
  on(`${testedVersions[0]}.1`);
  changeSecond((bytes) => {
    for (let at = bytes.indexOf(mul); at >= 0; at = bytes.indexOf(mul, at)) add.copy(bytes, at);
  });
  expect(await setLanes('train', net, '256', stderr)).toBe(128);
  expect(stderr.write).toHaveBeenCalledOnce();
  const flags = vi.mocked(setFlagsFromString).mock.calls.map(([flag]) => flag);
  expect(flags.slice(-wideFlags.length)).toEqual([
    '--no-experimental-wasm-revectorize',
    '--liftoff',
    '--wasm-lazy-compilation',
    '--wasm-inlining',
  ]);
});
