/** The page: it learns your hand; it trains. */
import { render } from 'preact';
import { Hand } from './hand.js';
import { html } from './html.js';
import { Training } from './training.js';

const App = () => html`
  <header>
    <h1>A spiking network that learns your hand</h1>
    <p>
      It runs in this page: nothing that you draw leaves it. The network fires spikes, step by step, and is
      trained by accumulated spiking flow (Wu et al., AAAI 2021).
    </p>
  </header>
  <main>
    <${Hand} />
    <${Training} />
  </main>
`;

render(html`<${App} />`, document.getElementById('app'));
