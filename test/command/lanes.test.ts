/** `--lanes` changes no bit. If V8 or the processor lacks the lanes, the command refuses the option in one line. */
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
const stderr = { write: vi.fn() };

/** Sets the lanes as if `v8` were the version of V8. */
function lanesOn(v8: string, asked: 'auto' | '256'): Promise<string> {
  vi.spyOn(process, 'versions', 'get').mockReturnValue({ ...process.versions, v8 });
  return setLanes('train', network(smallNetwork as NetworkFile), asked, stderr);
}
afterEach(() => {
  WebAssembly.Module = Module;
  vi.restoreAllMocks();
  vi.clearAllMocks();
});

// Only Linux on x64 reports the features of the processor. `npm run test:runtimes lanes` tests whether V8 pairs lanes.
const isX64 = process.arch === 'x64' && process.platform === 'linux';

test.runIf(isX64)(
  'a V8 that pairs no lanes, or was not tested, takes 128; the former refuses 256',
  async () => {
    expect(await lanesOn('11.3.244.8-node.38', 'auto')).toBe('128 bits (256 in Node 24)');
    expect(await lanesOn('99.9.1', 'auto')).toBe('128 bits');
    await expect(lanesOn('11.3.244.8-node.38', '256')).rejects.toThrow(
      'train: "--lanes" expected auto or 128, got 256, but V8 11.3.244.8-node.38 does not pair lanes; use Node 24',
    );
    expect(setFlagsFromString).not.toHaveBeenCalled();
  },
);

/** The opcodes of `f32x4.mul` and `f32x4.add`. */
const [mul, add] = [Buffer.from([0xfd, 0xe6, 0x01]), Buffer.from([0xfd, 0xe4, 0x01])];

/** Replaces multiplications by additions in the second module that is compiled. */
function breakSecond(): void {
  let compiled = 0;
  WebAssembly.Module = class extends Module {
    constructor(bytes: BufferSource) {
      const own = Buffer.from(bytes as Uint8Array);
      if (++compiled === 2)
        for (let at = own.indexOf(mul); at >= 0; at = own.indexOf(mul, at)) add.copy(own, at);
      super(Uint8Array.from(own));
    }
  };
}

test.runIf(isX64)(
  'kernels of equal bits are used; others are not, and the flags are taken back',
  async () => {
    expect(await lanesOn(`${testedVersions[0]}.1`, 'auto')).toBe('256 bits');
    expect(stderr.write).not.toHaveBeenCalled();
    breakSecond();
    expect(await lanesOn(`${testedVersions[0]}.1`, '256')).toBe('128 bits');
    expect(stderr.write).toHaveBeenCalledOnce();
    const flags = vi.mocked(setFlagsFromString).mock.calls.map(([flag]) => flag);
    expect(flags.slice(-wideFlags.length)).toEqual([
      '--no-experimental-wasm-revectorize',
      '--liftoff',
      '--wasm-lazy-compilation',
      '--wasm-inlining',
    ]);
  },
);
