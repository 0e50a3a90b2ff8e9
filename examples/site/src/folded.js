/** What a wide page shows at once, and a phone behind a line of words. */
import { html } from './html.js';
import { useNarrow } from './scheme.js';

export const Folded = ({ words, children }) =>
  html`<details class="folded" open=${!useNarrow()}>
    <summary>${words}</summary>
    ${children}
  </details>`;
