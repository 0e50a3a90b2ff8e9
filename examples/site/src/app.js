/** The page: it learns your hand; it shows what the network sees; it trains; the equations beside their text. */
import { render } from 'preact';
import { useState } from 'preact/hooks';
import { Equations } from './equations.js';
import { Hand } from './hand.js';
import { html } from './html.js';
import { Inside } from './inside.js';
import { Training } from './training.js';

function App() {
  /** What the network sees of the digit that was drawn last. */
  const [seen, setSeen] = useState();
  /** Counts up when another network answers. */
  const [network, setNetwork] = useState({ name: 'tiny, 16 steps', turn: 0 });
  const use = (name) => setNetwork(({ turn }) => ({ name, turn: turn + 1 }));
  return html`
    <header>
      <h1>A spiking network that learns your hand</h1>
      <p>
        Its neurons add up what comes in, step by step, and fire a spike when they reach a threshold. It
        computes in this page: nothing that you draw leaves it.
      </p>
      <nav aria-label="Sections">
        <a href="#hand">Draw</a> <a href="#inside">Look inside</a> <a href="#training">Train</a>${' '}
        <a href="#equations">Equations</a>
      </nav>
    </header>
    <main>
      <${Hand} network=${network} onSeen=${setSeen} onNetwork=${use} />
      <${Inside} seen=${seen} />
      <${Training} onNetwork=${use} />
      <${Equations} />
    </main>
  `;
}

render(html`<${App} />`, document.getElementById('app'));
