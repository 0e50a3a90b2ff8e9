/**
 * The width of the kernels' lanes. V8 can pair 128-bit operations of WebAssembly into 256-bit ones (revectorisation). This experimental
 * feature is a fifth faster, gives the same bits, and is off by default. In tested versions of V8, the command turns it on. It uses the
 * paired kernels only if they give the same results as the plain kernels.
 */
import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { source } from '#wasm';
import { setWasmModule } from '../backend/index.ts';
import { images } from '../data/index.ts';
import { outputLayer, neuronsOf } from '../../spec/network.ts';
import { refuse } from '../errors.ts';
import { digest, trainedWeights, network, type SpikingNetwork } from '../network/index.ts';
import { train } from '../train/index.ts';

export const laneChoices = ['auto', '128', '256'] as const;
export type LaneChoice = (typeof laneChoices)[number];

/** Versions of V8 in which all tests of bit equality pass with 256-bit lanes (`npm run test:runtimes lanes`). */
export const testedVersions: readonly string[] = ['12.4', '13.6', '14.6'];

/**
 * With these flags, V8 compiles all kernels at once with paired operations. By default, V8 begins with a compiler that pairs nothing, and
 * later bases its inlining on that compiler's observations.
 */
export const wideFlags = [
  '--experimental-wasm-revectorize',
  '--no-liftoff',
  '--no-wasm-lazy-compilation',
  '--no-wasm-inlining',
];

/**
 * Sets the width of lanes for this process, and returns it as text. Call it before the first use of the kernels.
 *
 * @param requested `256` throws if the processor or V8 does not support 256 bits; `auto` uses them in tested versions of V8
 * @param stderr receives a notice if kernels of 256 bits give other results and are therefore not used
 */
export async function setLanes(
  where: string,
  net: SpikingNetwork,
  requested: LaneChoice,
  stderr: { write(text: string): unknown },
): Promise<string> {
  if (requested === '128') return '128 bits';
  const { v8 } = process.versions;
  const missing = missingForLanes();
  // V8 pairs whole kernels from version 12 on.
  const isTooOld = parseInt(v8) < 12;
  const obstacle = missing ?? (isTooOld ? `V8 ${v8} does not pair lanes; use Node 24` : undefined);
  if (obstacle !== undefined && requested === '256')
    refuse(where, '--lanes', 'auto or 128', `256, but ${obstacle}`);
  if (missing === undefined && isTooOld) return '128 bits (256 in Node 24)';
  const isTested = testedVersions.some((version) => v8.startsWith(`${version}.`));
  if (missing !== undefined || !(isTested || requested === '256') || typeof source !== 'function')
    return '128 bits';
  const bytes = source();
  const plain = new WebAssembly.Module(bytes);
  setWasmModule(plain);
  const expected = await digestAfterBatch(net);
  for (const flag of wideFlags) setFlagsFromString(flag);
  // V8 caches compiled code by the bytes of a module. An additional empty custom section makes V8 compile the module again.
  setWasmModule(new WebAssembly.Module(Uint8Array.from([...bytes, 0, 2, 1, 0x77])));
  // Training throws if wrong kernels give numbers that are not finite.
  if ((await digestAfterBatch(net).catch(() => undefined)) === expected) return '256 bits';
  for (const flag of wideFlags)
    setFlagsFromString(flag.replace(/^--(no-)?/, (_, no) => (no ? '--' : '--no-')));
  setWasmModule(plain);
  stderr.write('lanes: kernels of 256 bits give other results than those of 128 bits here; using 128 bits\n');
  return '128 bits';
}

/** The reason why no version of V8 can pair lanes on this machine and runtime; undefined if some version can. */
function missingForLanes(): string | undefined {
  if (typeof source !== 'function' || process.versions['bun'] || process.versions['deno'])
    return 'only Node pairs lanes';
  if (process.arch !== 'x64') return `the processor (${process.arch}) has none`;
  return hasAvx2() ? undefined : 'no AVX2 found in /proc/cpuinfo';
}

/** Whether the processor has AVX2; only known on Linux. */
function hasAvx2(): boolean {
  try {
    return /^flags\s*:.*\bavx2\b/m.test(readFileSync('/proc/cpuinfo', 'latin1'));
  } catch {
    return false;
  }
}

/** Trains a network with the same layers on a batch of two images. This runs all kernels of the network. Returns the digest. */
async function digestAfterBatch({ description, variant, rule }: SpikingNetwork): Promise<string> {
  const net = network(description, { variant, rule, timeWindow: 8 });
  const { input, layers } = net.plan;
  // A multiplicative generator makes both bright and dark pixels.
  let x = 1;
  const pixels = Uint8Array.from(
    { length: 2 * neuronsOf(input) },
    () => (x = (x * 48271) % 0x7fffffff) & 255,
  );
  const data = images('lanes', input, pixels, [0, outputLayer({ layers }).output.channels - 1]);
  for await (const _ of train(net, data, { epochs: 1, batch: 2, threads: 1, backend: 'wasm' }));
  return digest(trainedWeights('lanes', net));
}
