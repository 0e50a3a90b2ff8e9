/** The kernels as a WebAssembly module: compiled at the first use, one instance a backend. */
import { base64 } from '#wasm';

/** What `assembly/index.ts` exports. Addresses and lengths are numbers; the meaning of each stands there. */
export type Kernels = Record<KernelName, (...args: number[]) => number>;

export type KernelName =
  | 'encode'
  | 'accumulateInputFlow'
  | 'convolutionForward'
  | 'convolutiondw'
  | 'convolutiondFO'
  | 'convolutionTurn'
  | 'averagePoolForward'
  | 'averagePooldFO'
  | 'maxPoolForward'
  | 'maxPoolAccumulated'
  | 'maxPooldFO'
  | 'accumulateFO'
  | 'flowSums'
  | 'loss'
  | 'applydFI'
  | 'accumulate'
  | 'sgd'
  | 'adam';

let compiled: WebAssembly.Module | undefined;

/** An instance of the kernels over a memory. */
export function instantiate(memory: WebAssembly.Memory): Kernels {
  compiled ??= new WebAssembly.Module(decode(base64));
  return new WebAssembly.Instance(compiled, { env: { memory } }).exports as unknown as Kernels;
}

/** base64 → bytes. A plain loop: a callback for each byte takes three times as long. */
function decode(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let n = 0; n < bytes.length; n++) bytes[n] = binary.charCodeAt(n);
  return bytes;
}
