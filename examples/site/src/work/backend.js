/** Chooses the backend of a training, and gives the reason. */
import { chooseBackend } from 'asf-bp';

/** Limit on threads. More threads do not help with digits of this size. */
const mostThreads = 8;

/** Converts `auto`, `wasm` or `webgpu` to options of `train`, and to text for the page. */
export async function backendFor(asked, rule) {
  if (asked === 'webgpu') return { options: { backend: 'webgpu' }, words: 'webgpu, as you chose' };
  if (asked === 'wasm') return wasm('as you chose');
  if (rule !== 'asf') return wasm(`webgpu has no rule ${rule}`);
  const { backend, why } = await chooseBackend('auto');
  return backend === 'webgpu' ? { options: { backend }, words: `webgpu: ${why}` } : wasm(why);
}

function wasm(why) {
  const threads = globalThis.crossOriginIsolated ? Math.min(mostThreads, navigator.hardwareConcurrency) : 1;
  const header = globalThis.crossOriginIsolated
    ? ''
    : '; more threads need the headers COOP and COEP from the host';
  return {
    options: { backend: 'wasm', threads },
    words: `CPU, ${threads === 1 ? 'one thread' : `${threads} threads`}: ${why}${header}`,
  };
}
