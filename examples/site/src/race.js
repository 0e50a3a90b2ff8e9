/** The race on the visitor's machine: loss by seconds and by digits, memory, and the speed of ASF-BP relative to other rules. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { ask } from './ask.js';
import { Chart } from './chart.js';
import { html } from './html.js';
import { bytes, percent } from './words.js';

const address = new URL('./digits.bin', document.baseURI).href;
const names = { asf: 'ASF-BP', stbp: 'STBP', lee: 'Lee et al.' };
const windows = [16, 50, 100];
/** Seconds of training per rule. */
const seconds = 6;

export function Race() {
  const [timeWindow, setWindow] = useState(50);
  /** The results for the chosen window; undefined until a race begins. */
  const [lanes, setLanes] = useState();
  const [isRunning, setRunning] = useState(false);
  const [problem, setProblem] = useState('');
  const [by, setBy] = useState('seconds');
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
  const section = useRef();
  const hasBegun = isRunning && lanes !== undefined;
  useEffect(() => {
    if (hasBegun) section.current.scrollIntoView({ block: 'nearest' });
  }, [hasBegun]);
  return html`<section ref=${section} aria-labelledby="race" class="race">
    <h2 id="race">The race</h2>
    <p class="lead">
      Three rules train the small network above from one seed, at rate 0.005, on one thread,
      for${` ${seconds} seconds`} each (the last batch is finished). STBP (spatio-temporal backpropagation,
      fast sigmoid, with the loss of Eq. 4) and Lee et al. go back through each step. The bars above are of
      LeNet.
    </p>
    <p class="controls">
      <label>
        Window T${' '}
        <select
          value=${timeWindow}
          disabled=${isRunning}
          onChange=${({ target }) => {
            setWindow(Number(target.value));
            setLanes(undefined);
          }}
        >
          ${windows.map((T) => html`<option value=${T}>${T}</option>`)}
        </select>
      </label>
      ${
        isRunning
          ? html`<button type="button" onClick=${() => ask('stopRace')}>Stop the race</button>`
          : html`<button type="button" class="main" onClick=${start}>Race</button>`
      }
      <span role="status" data-testid="race">${isRunning ? 'Running.' : verdict(lanes, timeWindow)}</span>
    </p>
    ${problem && html`<p role="alert">${problem}</p>`}
    ${
      lanes &&
      html`<div class="columns">
        <div>
          <label>
            Loss by${' '}
            <select name="by" value=${by} onChange=${({ target }) => setBy(target.value)}>
              <option value="seconds">seconds</option>
              <option value="digits">digits seen</option>
            </select>
          </label>
          <${Losses} lanes=${lanes} by=${by} timeWindow=${timeWindow} />
        </div>
        <div
          class="scroll"
          tabindex="0"
          role="region"
          aria-label=${`the rules in numbers, T = ${timeWindow}`}
        >
          <${Table} lanes=${lanes} />
        </div>
      </div>`
    }
  </section>`;
}

/** The loss of each rule by seconds, or by digits up to the point that at least two rules have reached. */
function Losses({ lanes, by, timeWindow }) {
  const isByDigits = by === 'digits';
  const end = isByDigits
    ? Math.max(1, lanes.map(({ digits }) => digits.at(-1) ?? 0).sort((a, b) => b - a)[1])
    : Math.max(seconds, ...lanes.map((lane) => lane.seconds));
  const series = lanes.map(({ rule, x, digits, loss }, k) => {
    const along = (isByDigits ? digits : x).filter((value) => value <= end);
    // By digits, the lines of ASF-BP and Lee et al. nearly coincide, so the upper line is dashed.
    const dashed = isByDigits && k === 0;
    return { name: names[rule], x: along, y: smoothed(loss).slice(0, along.length), at: k + 1, dashed };
  });
  series.reverse();
  return html`<${Chart}
    label=${`loss of each rule by ${isByDigits ? 'digits seen' : 'seconds'}, T = ${timeWindow}`}
    height=${220}
    series=${series}
    x=${{ name: isByDigits ? 'digits seen' : 'seconds of training', range: [0, end] }}
    y=${{ name: 'loss' }}
  />`;
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
        <th scope="col">digits seen</th>
        <th scope="col">test accuracy (300 digits)</th>
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
            <td>${(lane.digits.at(-1) ?? 0).toLocaleString('en')}</td>
            <td>${lane.accuracy === undefined ? '…' : percent(lane.accuracy)}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}

function verdict(lanes, timeWindow) {
  if (!lanes || perSecond(lanes[2]) === 0) return 'Not started.';
  const [asf, stbp, lee] = lanes.map(perSecond);
  const seen = lanes.map(
    ({ rule, digits, accuracy }) =>
      `${names[rule]} saw ${digits.at(-1).toLocaleString('en')} digits and reads ${percent(accuracy)}`,
  );
  const read = lanes.every(({ accuracy }) => accuracy !== undefined)
    ? ` In ${seconds} s ${seen.join(', ')}.`
    : '';
  return `T = ${timeWindow}: ASF-BP is ${(asf / stbp).toFixed(1)} × as fast as STBP and ${(asf / lee).toFixed(1)} × as fast as Lee et al.${read}`;
}

function smoothed(values) {
  let mean;
  return values.map((value) => (mean = mean === undefined ? value : 0.85 * mean + 0.15 * value));
}
