/** What the network sees of the digit, step by step: potentials, spikes as maps and rasters, flows. */
import { useEffect, useState } from 'preact/hooks';
import { Bars } from './bars.js';
import { Flows } from './flows.js';
import { html } from './html.js';
import { Raster, SpikeMap } from './maps.js';
import { wordOf } from './words.js';

const prefersStill = matchMedia('(prefers-reduced-motion: reduce)');

export function Inside({ seen }) {
  const [t, setT] = useState(1);
  const [speed, setSpeed] = useState(6);
  const [isPlaying, setPlaying] = useState(false);
  const T = seen?.steps.length ?? 1;

  useEffect(() => {
    if (!seen) return;
    setT(prefersStill.matches ? T : 1);
    setPlaying(!prefersStill.matches);
  }, [seen]);
  useEffect(() => {
    if (!isPlaying) return;
    if (t >= T) return setPlaying(false);
    const timer = setTimeout(() => setT(t + 1), 1000 / speed);
    return () => clearTimeout(timer);
  }, [isPlaying, t, T, speed]);

  const play = () => {
    if (!isPlaying && t >= T) setT(1);
    setPlaying(!isPlaying);
  };
  return html`<section aria-labelledby="inside">
    <h2 id="inside">Look inside, step by step</h2>
    ${
      !seen
        ? html`<p>
            Draw a digit: here its spikes travel through the layers, and the potentials of the classes grow.
          </p>`
        : html`<div class="controls player">
              <button type="button" onClick=${play}>${isPlaying ? 'Pause' : 'Play'}</button>
              <label>
                Step ${Math.min(t, T)} of ${T}
                <input
                  type="range"
                  min="1"
                  max=${T}
                  value=${t}
                  onInput=${({ target }) => {
                    setPlaying(false);
                    setT(Number(target.value));
                  }}
                />
              </label>
              <label>
                ${speed} steps a second
                <input
                  type="range"
                  min="1"
                  max="30"
                  value=${speed}
                  onInput=${({ target }) => setSpeed(Number(target.value))}
                />
              </label>
            </div>
            <${Step} seen=${seen} t=${Math.min(t, T)} />`
    }
  </section>`;
}

function Step({ seen, t }) {
  const { steps, layers, lead } = seen;
  const { potentials, spikes } = steps[t - 1];
  const most = Math.max(1, ...steps.flatMap(({ potentials: all }) => all.map(Math.abs)));
  return html`<div class="columns">
      <${Bars} potentials=${potentials} most=${most} lead=${lead} />
      <${Flows} seen=${seen} t=${t} />
    </div>
    <div class="layers">
      ${layers.map(({ n, kind, shape, raster }, place) => {
        const fired = spikes[place].reduce((sum, o) => sum + o, 0);
        const name = n === 0 ? 'Input' : `Layer ${n}, ${wordOf(kind)}`;
        return html`<figure>
          <figcaption>
            <strong>${name}</strong>
            <span class="quiet">${fired} of ${spikes[place].length} neurons fire in this step (white)</span>
          </figcaption>
          <${SpikeMap} shape=${shape} o=${spikes[place]} label=${`${name}: spikes of step ${t} as maps`} />
          <${Raster} raster=${raster} t=${t} label=${`${name}: raster, a row a neuron, a column a step`} />
          <p class="quiet">
            ${raster.rows < raster.firing && `${raster.rows} of `}the ${raster.firing} neurons that ever fire:
            a row each, a column a step
          </p>
        </figure>`;
      })}
    </div>`;
}
