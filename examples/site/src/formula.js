/**
 * Typesets a formula of the table in `spec/`, such as `w_ij` or `u^{t+1}`: letters in italics with their meanings, and indices below or
 * above the line.
 */
import { Folded } from './folded.js';
import { html } from './html.js';
import { letters, lettersIn, name } from './letters.js';

const index = /([_^])(?:\{([^}]*)\}|(\w+))/g;
function setLetter(letter) {
  if (letter === 'Vth') return html`<i>V</i><sub>th</sub>`;
  if (letter === 'ᵀ') return html`<sup> T</sup>`;
  return letter.length > 1 ? letter : html`<i>${letter}</i>`;
}

function set(text) {
  const parts = [];
  let from = 0;
  for (const { 0: letter, index: at } of text.matchAll(name)) {
    parts.push(text.slice(from, at));
    parts.push(html`<abbr title=${letters[letter]}>${setLetter(letter)}</abbr>`);
    from = at + letter.length;
  }
  return [...parts, text.slice(from)];
}

/** An index: letters in italics, words upright. */
const small = (text) =>
  text.split(/(\p{L}+)/u).map((part) => (/^[a-zA-ZNT]{1,2}$/.test(part) ? html`<i>${part}</i>` : part));

export function Formula({ text }) {
  const parts = [];
  let from = 0;
  for (const { 0: whole, 1: place, 2: braced, 3: word, index: at } of text.matchAll(index)) {
    parts.push(set(text.slice(from, at)));
    const inner = small(braced ?? word);
    parts.push(place === '_' ? html`<sub>${inner}</sub>` : html`<sup>${inner}</sup>`);
    from = at + whole.length;
  }
  return html`<span class="formula">${parts}${set(text.slice(from))}</span>`;
}

/** The letters of a formula with their meanings. */
export function Glossary({ text }) {
  return html`<${Folded} words="Meaning of the letters">
    <dl class="glossary">
      ${lettersIn(text).map(
        (letter) =>
          html`<div>
            <dt><${Formula} text=${letter} /></dt>
            <dd>${letters[letter]}</dd>
          </div>`,
      )}
    </dl>
  <//>`;
}
