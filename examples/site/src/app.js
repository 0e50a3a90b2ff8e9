/**
 * The page: it reads a drawn digit and explains the training. Other parts are a race, a training, a check, a network of the visitor, and
 * the equations.
 */
import { render } from 'preact';
import results from 'virtual:results';
import { useState } from 'preact/hooks';
import { Check } from './check.js';
import { Drop } from './drop.js';
import { Equations } from './equations.js';
import { Footer } from './footer.js';
import { Graph } from './graph.js';
import { Hand } from './hand.js';
import { html } from './html.js';
import { Race } from './race.js';
import { canRun, Recording } from './recording.js';
import { Story } from './story/story.js';
import { Training } from './training.js';

const paper = 'https://doi.org/10.1609/aaai.v35i12.17236';
const sections = [
  ['hand', 'Draw', canRun],
  ['why', 'Why', true],
  ['race', 'Race', canRun],
  ['training', 'Train', canRun],
  ['check', 'Check', true],
  ['graph', 'Your network', canRun],
  ['equations', 'Equations', true],
];
const links = [
  [import.meta.env.VITE_REPOSITORY, 'Repository'],
  [import.meta.env.VITE_NPM, 'npm'],
].filter(([address]) => address);

/** The speed of LeNet with ASF-BP, relative to that with the rule of Lee et al. */
const ratios = results.seconds.map(({ asf, lee }) => lee / asf);
const factors = `${Math.min(...ratios).toFixed(0)} to ${Math.max(...ratios).toFixed(0)}`;

function App() {
  /** The network that reads drawings. `turn` increases when another network replaces it. */
  const [network, setNetwork] = useState({ name: 'tiny, 16 steps', T: 16, isOwn: false, turn: 0 });
  const use = ({ name, T, isOwn }) => setNetwork(({ turn }) => ({ name, T, isOwn, turn: turn + 1 }));
  return html`
    <header>
      <nav aria-label="Sections">
        <a class="brand" href="#top">asf-bp</a>
        ${sections.map(([id, words, isThere]) => isThere && html`<a href=${`#${id}`}>${words}</a>`)}
        ${links.map(([address, words], k) => html`<a class=${k === 0 ? 'out first-out' : 'out'} href=${address}>${words}</a>`)}
      </nav>
      <h1 id="top">Draw a digit and watch a spiking network read it</h1>
      <p class="lead">
        It was trained by ASF‑BP (<a href=${paper}>Wu et al., 2021</a>), without backpropagation through time:
        ${' '}<a href="#gains">${factors} times as fast</a> per epoch as our implementation of Lee et al.
        (2020). Everything runs in this tab.
      </p>
    </header>
    <main>
      ${canRun ? html`<${Hand} network=${network} onNetwork=${use} />` : html`<${Recording} />`}
      <${Story} />
      ${canRun && html`<${Race} /><${Training} onNetwork=${use} />`}
      <${Check} />
      ${canRun && html`<${Graph} />`}
      <${Equations} />
    </main>
    <${Drop} />
    <${Footer} paper=${paper} repository=${import.meta.env.VITE_REPOSITORY} />
  `;
}

render(html`<${App} />`, document.getElementById('app'));
