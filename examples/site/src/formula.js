/** A formula as the table of `spec/` writes it, `w_ij`, `u^{t+1}`: with its indices below and above the line. */
import { html } from './html.js';

const index = /([_^])(?:\{([^}]*)\}|(\w+))/g;

export function Formula({ text }) {
  const parts = [];
  let from = 0;
  for (const { 0: whole, 1: place, 2: braced, 3: word, index: at } of text.matchAll(index)) {
    parts.push(text.slice(from, at));
    parts.push(place === '_' ? html`<sub>${braced ?? word}</sub>` : html`<sup>${braced ?? word}</sup>`);
    from = at + whole.length;
  }
  return html`<span class="formula">${parts}${text.slice(from)}</span>`;
}
