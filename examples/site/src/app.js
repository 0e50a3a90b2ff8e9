/** The page: it recognises what is drawn and shows how; why it is trained so; a race; a training; the equations beside their text. */
import { render } from 'preact';
import results from 'virtual:results';
import { useState } from 'preact/hooks';
import { Check } from './check.js';
import { Equations } from './equations.js';
import { Graph } from './graph.js';
import { Hand } from './hand.js';
import { html } from './html.js';
import { Race } from './race.js';
import { Story } from './story/story.js';
import { Training } from './training.js';

const paper = 'https://doi.org/10.1609/aaai.v35i12.17236';
const links = [
  [import.meta.env.VITE_REPOSITORY, 'Repository'],
  [import.meta.env.VITE_NPM, 'npm'],
].filter(([address]) => address);

/** How many times as fast LeNet learns as by the rule that goes back through each step. */
const ratios = results.seconds.map(({ asf, lee }) => lee / asf);
const factors = `${Math.min(...ratios).toFixed(0)} to ${Math.max(...ratios).toFixed(0)}`;

function App() {
  /** Counts up when another network answers. */
  const [network, setNetwork] = useState({ name: 'tiny, 16 steps', T: 16, isOwn: false, turn: 0 });
  const use = ({ name, T, isOwn }) => setNetwork(({ turn }) => ({ name, T, isOwn, turn: turn + 1 }));
  return html`
    <header>
      <nav aria-label="Sections">
        <a class="brand" href="#top">asf-bp</a>
        <a href="#hand">Draw</a>
        <a href="#why">Why</a>
        <a href="#race">Race</a>
        <a href="#training">Train</a>
        <a href="#check">Check</a>
        <a href="#graph">NIR</a>
        <a href="#equations">Equations</a>
        ${links.map(([address, words], k) => html`<a class=${k === 0 ? 'out first-out' : 'out'} href=${address}>${words}</a>`)}
      </nav>
      <h1 id="top">Spiking networks, trained without going back through time</h1>
      <p class="lead">
        Draw a digit: its spikes run for ${network.T} steps; the class of highest potential is the answer. The
        network learnt by ASF‑BP (<a href=${paper}>Wu et al., 2021</a>): with it an epoch of LeNet is${' '}
        <a href="#gains">${factors} times as fast</a> as by a rule that goes back through time. Your drawing
        stays here.
      </p>
    </header>
    <main>
      <${Hand} network=${network} onNetwork=${use} />
      <${Story} />
      <${Race} />
      <${Training} onNetwork=${use} />
      <${Check} />
      <${Graph} />
      <${Equations} />
    </main>
  `;
}

render(html`<${App} />`, document.getElementById('app'));
