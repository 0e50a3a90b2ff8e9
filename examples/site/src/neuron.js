/** One neuron: its inputs, and its potential against the threshold. */
import { html } from './html.js';
import { SignedMap, tilesOf } from './maps.js';
import { many, signed, wordOf } from './words.js';

const [width, height] = [420, 96];
const pad = { left: 4, right: 44, top: 14, bottom: 8 };

/** @param isDrawn whether the input is a drawing, in which pixels with more ink fire more often */
export function Neuron({ about, isDrawn, t, T }) {
  if (!about)
    return html`<div class="neuron">
      <p class="quiet">Draw, then point at a neuron: its weights and its potential appear here.</p>
    </div>`;
  const { n, kind, at, i, u, peak, o, Vth, weights, isOutput, isSilent } = about;
  const fires = o.slice(0, t).reduce((sum, spike) => sum + spike, 0);
  if (n === 0)
    return html`<div class="neuron">
      <p>
        <strong class="whole">Input pixel</strong>
        <span class="quiet">row ${at.y + 1}, column ${at.x + 1}</span>
        <span class="quiet">fired ${fires} × in ${many(t, 'step')}</span>
      </p>
      ${isDrawn && html`<p class="quiet">The more ink on a pixel, the more often it fires.</p>`}
      <${Spikes} o=${o} t=${t} T=${T} />
    </div>`;
  const name = isOutput ? `Class ${i}` : `Neuron of layer ${n}`;
  const where = isSilent
    ? 'does not fire: it adds up'
    : isOutput
      ? 'its spikes are counted'
      : `map ${at.c + 1}, row ${at.y + 1}, column ${at.x + 1}`;
  return html`<div class="neuron">
    <p>
      <strong class="whole">${name}</strong>
      <span class="quiet">${where}</span>
      <span class="quiet"
        >${isSilent ? `potential u = ${signed(u[t - 1], 2)}` : `fired ${fires} × in ${many(t, 'step')}`}</span
      >
    </p>
    <${Listens} kind=${kind} weights=${weights} />
    <${Potential} u=${u} peak=${peak} o=${o} Vth=${isSilent ? undefined : Vth} t=${t} T=${T} />
  </div>`;
}

/** The weights of a neuron. A pool has none. */
function Listens({ kind, weights }) {
  if (!weights)
    return html`<figure class="listens">
      <figcaption class="quiet">${wordOf(kind)}: the mean of the framed inputs</figcaption>
    </figure>`;
  const { wide, high } = tilesOf(weights.shape);
  const scale = Math.max(1, Math.min(10, Math.floor(84 / high), Math.floor(120 / wide)));
  return html`<figure class="listens">
    <${SignedMap}
      shape=${weights.shape}
      values=${weights.values}
      label="its weights: blue pushes the potential up, orange down"
      style=${`inline-size:${wide * scale}px`}
    />
    <figcaption class="quiet">weights: <b class="one">above 0</b>, <b class="two">below 0</b></figcaption>
  </figure>`;
}

/** The x coordinate of a step. */
const placeOf = (T) => (step) => pad.left + ((width - pad.left - pad.right) * (step + 0.5)) / T;

/** One tick per spike until step t. */
const ticks = (o, t, T) =>
  o
    .slice(0, t)
    .map(
      (spike, step) =>
        spike > 0 &&
        html`<line class="spike" x1=${placeOf(T)(step)} x2=${placeOf(T)(step)} y1="1" y2="11" />`,
    );

/** The spikes of a neuron of the input, which has no potential. */
const Spikes = ({ o, t, T }) =>
  html`<svg
    class="potential"
    viewBox=${`0 0 ${width} 24`}
    role="img"
    aria-label=${`its spikes until step ${t}`}
  >
    <line class="zero" x1="0" x2=${width - pad.right} y1="12" y2="12" />
    ${ticks(o, t, T)}
  </svg>`;

/** u in the steps until t, with the threshold as a line and spikes as ticks. */
function Potential({ u, peak, o, Vth, t, T }) {
  const top = Math.max(1.15 * (Vth ?? 0), ...peak, 0.1);
  const low = Math.min(0, ...u);
  const x = placeOf(T);
  const y = (value) => height - pad.bottom - ((height - pad.top - pad.bottom) * (value - low)) / (top - low);
  const at = (step, value) => `${x(step).toFixed(1)} ${y(value).toFixed(1)}`;
  const path = u
    .slice(0, t)
    .map(
      (value, step) =>
        `${step ? 'L' : 'M'}${at(step, peak[step])}${value === peak[step] ? '' : `L${at(step, value)}`}`,
    );
  const label =
    Vth === undefined
      ? `potential u of the class until step ${t}`
      : `potential u of the neuron against the threshold, until step ${t}`;
  return html`<svg class="potential" viewBox=${`0 0 ${width} ${height}`} role="img" aria-label=${label}>
    <line class="zero" x1="0" x2=${width - pad.right} y1=${y(0)} y2=${y(0)} />
    ${
      Vth !== undefined &&
      html`<line class="threshold" x1="0" x2=${width - pad.right} y1=${y(Vth)} y2=${y(Vth)} />
        <text x=${width - pad.right + 4} y=${Math.min(y(Vth), y(0) - 12) + 4}>
          Vth<title>threshold: the potential at which a neuron fires</title>
        </text>`
    }
    <text x=${width - pad.right + 4} y=${y(0) + 4}>0</text>
    <path d=${path.join('')} />
    ${ticks(o, t, T)}
    <circle cx=${x(t - 1)} cy=${y(u[t - 1])} r="3" />
  </svg>`;
}
