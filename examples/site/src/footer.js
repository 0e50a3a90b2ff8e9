/** The footer: authors, licence, citation and source. */
import { version } from 'asf-bp/version';
import citation from 'virtual:citation';
import { html } from './html.js';

/** @param paper address of the paper; `repository` is the address of the source, if known */
export const Footer = ({ paper, repository }) =>
  html`<footer class="quiet">
    <p>
      asf-bp ${version}, by the asf-bp contributors. <a href="./LICENSE.txt">MIT licence</a>. The method is
      that of <a href=${paper}>Wu et al., AAAI 2021</a>.
      ${' '}${
        repository
          ? html`<a href=${repository}>Source</a>`
          : html`Source: <code>examples/site</code> of the clone that serves this page`
      }.
    </p>
    <details>
      <summary>Cite this (BibTeX)</summary>
      <pre tabindex="0" aria-label="the citation as BibTeX"><code>${citation}</code></pre>
    </details>
  </footer>`;
