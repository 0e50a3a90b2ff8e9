/** Equations 1 to 12 and Algorithm 1, each with its function in `spec/` and its test. */
import table from 'virtual:equations';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Formula } from './formula.js';
import { html } from './html.js';

/** The texts of the files. Each is loaded when it is first shown. */
const sources = import.meta.glob(['../../../spec/*.ts', '../../../test/spec/*.test.ts'], {
  query: '?raw',
  import: 'default',
});

export function Equations() {
  // Opens the equation in the address, also after a click on a link of the story.
  useEffect(() => {
    const open = () => {
      const named = document.getElementById(location.hash.slice(1));
      if (!named?.matches('.equation')) return;
      named.open = true;
      named.scrollIntoView({ behavior: 'instant' });
    };
    open();
    addEventListener('hashchange', open);
    return () => removeEventListener('hashchange', open);
  }, []);
  return html`<section aria-labelledby="equations">
    <h2 id="equations">The paper's equations and their code</h2>
    <p class="lead">
      Open one to see its function in <code>spec/</code>, the readable reference, and its test. In a
      clone,${' '} <code>npx asf-bp check</code> checks your code against them (except Eq. 5, of STBP).
    </p>
    ${table.map((equation) => html`<${Equation} equation=${equation} />`)}
  </section>`;
}

function Equation({ equation: { number, title, formula, functions } }) {
  const [isOpen, setOpen] = useState(false);
  const label = typeof number === 'number' ? `Eq. ${number}` : number;
  return html`<details
    class="equation"
    id=${`equation-${number}`}
    onToggle=${({ target }) => setOpen(target.open)}
  >
    <summary><strong>${label}</strong>, ${title} <${Formula} text=${formula} /></summary>
    ${isOpen && functions.map((each) => html`<${Function} about=${each} />`)}
  </details>`;
}

function Function({ about: { name, file, tests } }) {
  return html`<p class="file"><code>${file}</code></p>
    <${Source} file=${file} of=${(text) => [functionIn(text, name)]} /> ${tests.map(
      (test) => html`<${Test} file=${test} name=${name} />`,
    )}`;
}

function Test({ file, name }) {
  const [isOpen, setOpen] = useState(false);
  return html`<details onToggle=${({ target }) => setOpen(target.open)}>
    <summary>The test of ${name}, <code>${file}</code></summary>
    ${isOpen && html`<${Source} file=${file} of=${(text) => marked(text, name)} />`}
  </details>`;
}

/** Shows a part of a file. `of` returns texts, and `{ mark }` for texts to mark. */
function Source({ file, of }) {
  const [text, setText] = useState();
  const place = useRef();
  // Scrolls to the first call of the function, past the imports.
  useEffect(() => {
    const [pre, mark] = [place.current, place.current.querySelector('mark')];
    if (mark) pre.scrollTop = Math.max(0, mark.offsetTop - pre.offsetTop - pre.clientHeight / 4);
  }, [text]);
  if (text === undefined) sources[`../../../${file}`]().then(setText, (error) => setText(String(error)));
  return html`<pre ref=${place} tabindex="0" aria-label=${`text of ${file}`}><code>${
    text === undefined ? '…' : of(text).map((part) => (part.mark ? html`<mark>${part.mark}</mark>` : part))
  }</code></pre>`;
}

/** The text of an exported function, with the comment before it. */
function functionIn(text, name) {
  const at = text.indexOf(`export function ${name}(`);
  const from = text.lastIndexOf('/**', at);
  return text.slice(from, text.indexOf('\n}\n', at) + 2);
}

/** The text of a test file, with marks at the calls of a function. */
function marked(text, name) {
  return text.split(new RegExp(`(\\b${name}(?=\\())`)).map((part) => (part === name ? { mark: part } : part));
}
