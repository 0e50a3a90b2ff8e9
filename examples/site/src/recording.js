/** The first screen in a browser that cannot run the network: the requirements and a recording. */
import { html } from './html.js';

/** A module whose only function returns a SIMD vector. */
const vector = [
  [0, 97, 115, 109, 1, 0, 0, 0],
  [1, 5, 1, 96, 0, 1, 123],
  [3, 2, 1, 0],
  [10, 8, 1, 6, 0, 65, 0, 253, 15, 11],
];

/** Whether the browser has WebAssembly with SIMD, which the network needs. */
export const canRun = Boolean(globalThis.WebAssembly?.validate(Uint8Array.from(vector.flat())));

export const Recording = () =>
  html`<section aria-labelledby="hand" class="first" style="display:block">
    <h2 id="hand" class="hidden">A recording</h2>
    <p role="status" data-testid="recording">
      This page needs WebAssembly with SIMD: Chrome 91, Firefox 89, Safari 16.4 or later. Here is a recording
      instead.
    </p>
    <picture>
      <source media="(prefers-reduced-motion: reduce)" srcset="./social.png" />
      <img
        class="recording"
        src="./page.webp"
        width="800"
        height="464"
        alt="A 3 and a 7 are drawn; their spikes pass through the layers, and the network reads both."
      />
    </picture>
  </section>`;
