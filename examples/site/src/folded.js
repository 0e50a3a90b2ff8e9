/** Details that are open on a wide page, and closed on a phone. */
import { html } from './html.js';
import { useNarrow } from './scheme.js';

export const Folded = ({ words, children }) =>
  html`<details class="folded" open=${!useNarrow()}>
    <summary>${words}</summary>
    ${children}
  </details>`;
