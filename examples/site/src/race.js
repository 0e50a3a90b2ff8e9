/** The race on the visitor's machine: loss over seconds, memory, and by how much one pass is faster. */
import { useState } from 'preact/hooks';
import { ask } from './ask.js';
import { Chart } from './chart.js';
import { html } from './html.js';
import { bytes, percent } from './words.js';

const address = new URL('./digits.bin', document.baseURI).href;
const names = { asf: 'ASF-BP', stbp: 'STBP', lee: 'Lee et al.' };
const windows = [16, 50, 100];
/** Of each rule. */
const seconds = 6;

export function Race() {
  const [timeWindow, setWindow] = useState(50);
  const [lanes, setLanes] = useState();
  const [isRunning, setRunning] = useState(false);
  const [problem, setProblem] = useState('');
  const start = async () => {
    setProblem('');
    setLanes(undefined);
    setRunning(true);
    try {
      setLanes(await ask('race', { timeWindow, seconds, address }, setLanes));
    } catch (error) {
      setProblem(error.message);
    }
    setRunning(false);
  };
  return html`<section aria-labelledby="race" class="race">
    <h2 id="race">The race</h2>
    <p class="lead">
      Three rules train tiny, the network that reads your drawings, from the same seed on the same digits,
      here, on one thread of your machine. Each gets ${' '}${seconds} seconds. The bars above are of LeNet, a
      larger network: its factors differ.
    </p>
    <p class="controls">
      <label>
        Window T${' '}
        <select
          value=${timeWindow}
          disabled=${isRunning}
          onChange=${({ target }) => setWindow(Number(target.value))}
        >
          ${windows.map((T) => html`<option value=${T}>${T}</option>`)}
        </select>
      </label>
      ${
        isRunning
          ? html`<button type="button" onClick=${() => ask('stopRace')}>Stop the race</button>`
          : html`<button type="button" class="main" onClick=${start}>Race</button>`
      }
      <span role="status" data-testid="race">${isRunning ? 'Running.' : verdict(lanes)}</span>
    </p>
    ${problem && html`<p role="alert">${problem}</p>`}
    ${
      lanes &&
      html`<div class="columns">
        <${Chart}
          label="loss of each rule by seconds"
          height=${240}
          series=${lanes.map(({ rule, x, loss }, k) => ({ name: names[rule], x, y: smoothed(loss), at: k + 1 }))}
          x=${{ name: 'seconds of training', range: [0, Math.max(seconds, ...lanes.map((lane) => lane.seconds))] }}
          y=${{ name: 'loss' }}
        />
        <div class="scroll" tabindex="0" role="region" aria-label="the rules in numbers">
          <${Table} lanes=${lanes} />
        </div>
      </div>`
    }
  </section>`;
}

const perSecond = ({ images, seconds: own }) => (own > 0 ? images / own : 0);

function Table({ lanes }) {
  const first = perSecond(lanes[0]);
  return html`<table>
    <thead>
      <tr>
        <th scope="col">rule</th>
        <th scope="col">digits per second</th>
        <th scope="col">ASF-BP is faster</th>
        <th scope="col">memory</th>
        <th scope="col">right on 300 tests</th>
      </tr>
    </thead>
    <tbody>
      ${lanes.map(
        (lane, k) =>
          html`<tr>
            <th scope="row" class=${`c${k + 1}`}>${names[lane.rule]}</th>
            <td>${perSecond(lane) > 0 ? perSecond(lane).toFixed(0) : '…'}</td>
            <td>${k === 0 ? '' : perSecond(lane) > 0 ? `${(first / perSecond(lane)).toFixed(1)} ×` : '…'}</td>
            <td>${bytes(lane.bytes)}</td>
            <td>${lane.accuracy === undefined ? '…' : percent(lane.accuracy)}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}

function verdict(lanes) {
  if (!lanes || perSecond(lanes[2]) === 0) return 'Not started.';
  const [asf, stbp, lee] = lanes.map(perSecond);
  return `One pass is ${(asf / stbp).toFixed(1)} × as fast as STBP and ${(asf / lee).toFixed(1)} × as fast as Lee et al.`;
}

function smoothed(values) {
  let mean;
  return values.map((value) => (mean = mean === undefined ? value : 0.85 * mean + 0.15 * value));
}
