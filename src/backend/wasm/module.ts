/** The kernels as a WebAssembly module: compiled at the first use, one instance a thread. */
import { base64 } from '#wasm';

/** Names of what `assembly/index.ts` exports; the meaning of their arguments stands there. */
export const kernelNames = [
  'encode',
  'replay',
  'convolutionForward',
  'convolutiondw',
  'convolutiondFO',
  'lineardFO',
  'convolutionFrame',
  'convolutionTurn',
  'convolutionNegate',
  'averagePoolForward',
  'averagePooldFO',
  'maxPoolForward',
  'maxPooldFO',
  'flowSums',
  'loss',
  'applydFI',
  'applydu',
  'windowSlope',
  'spikeMap',
  'eventMap',
  'accumulate',
  'sgd',
  'adam',
  'copy',
] as const;

export type KernelName = (typeof kernelNames)[number];
export type Kernels = Record<KernelName, (...args: number[]) => void>;

let compiled: WebAssembly.Module | undefined;
let compiledShared: WebAssembly.Module | undefined;

/** The module over a memory of one thread. */
export function instantiate(memory: WebAssembly.Memory): Kernels {
  compiled ??= new WebAssembly.Module(decode(base64));
  return new WebAssembly.Instance(compiled, { env: { memory } }).exports as unknown as Kernels;
}

/**
 * The module over a shared memory. It is the same code: only the flag in its import of the memory says `shared`.
 */
export function sharedModule(): WebAssembly.Module {
  if (compiledShared) return compiledShared;
  const bytes = decode(base64);
  // env, memory, kind 2 (memory), flags 1 (has a maximum) → 3 (and is shared).
  const entry = [3, 0x65, 0x6e, 0x76, 6, 0x6d, 0x65, 0x6d, 0x6f, 0x72, 0x79, 2, 1];
  const at = bytes.findIndex((_, place) => entry.every((byte, n) => bytes[place + n] === byte));
  if (at < 0) throw new Error('wasm: the kernels do not import env.memory with a maximum');
  bytes[at + entry.length - 1] = 3;
  compiledShared = new WebAssembly.Module(bytes);
  return compiledShared;
}

/** base64 → bytes. A plain loop: a callback for each byte takes three times as long. */
function decode(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let n = 0; n < bytes.length; n++) bytes[n] = binary.charCodeAt(n);
  return bytes;
}
