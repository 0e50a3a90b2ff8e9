/** The network beside the pad: the input's spikes, the maps of each layer, the potentials of the classes, and a slider over the steps. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { ask } from './ask.js';
import { html } from './html.js';
import { SpikeMap, tilesOf } from './maps.js';
import { Neuron } from './neuron.js';
import { digitWords, signed, wordOf } from './words.js';

/** Limits in screen pixels: height of a layer's maps, side of a neuron, and least side of a map. */
const room = 236;
const largest = { input: 4, layer: 3 };
const least = 24;

const empty = { potentials: Array(10).fill(0) };

/** A look before the first step. */
const silent = (seen) => ({
  ...seen,
  steps: [
    {
      potentials: seen.steps[0].potentials.map(() => 0),
      spikes: seen.steps[0].spikes.map((o) => new Uint8Array(o.length)),
    },
  ],
});

export function Network({ seen, source = 'hand', t, T, isPlaying, answer, onPlay, onStep }) {
  const [picked, setPicked] = useState();
  const [about, setAbout] = useState();
  /** The last look. Its maps remain when the drawing is cleared. */
  const latest = useRef();
  latest.current = seen ?? latest.current;
  const view = useMemo(() => seen ?? (latest.current && silent(latest.current)), [seen]);
  const now = seen ? t : 1;
  const step = view?.steps[now - 1] ?? empty;
  /** The selected neuron, if this network has its layer. */
  const own = seen?.layers.some(({ n }) => n === picked?.n) ? picked : undefined;
  const outputOf = seen ? { n: seen.output, count: seen.classes } : undefined;
  const isClass = seen && picked?.n === outputOf.n && picked.i < outputOf.count;
  const { n, i } = own ?? (isClass ? picked : undefined) ?? seen?.typical ?? {};

  useEffect(() => {
    if (!seen || n === undefined) return setAbout(undefined);
    let isLate = false;
    ask('neuron', { n, i, source }).then(
      (found) => !isLate && setAbout(found),
      () => !isLate && setAbout(undefined),
    );
    return () => (isLate = true);
  }, [seen, n, i]);

  const all = seen ? seen.steps.flatMap(({ potentials }) => potentials) : [];
  const span = [Math.min(0, ...all), Math.max(1, ...all)];
  return html`<div class="network">
    ${answer}
    <div class="net">
      <div class="layers">
        ${view?.layers.map(
          (layer, place) =>
            html`<${Layer}
              layer=${layer}
              seen=${view}
              place=${place}
              t=${now}
              about=${about}
              onPick=${(neuron) => setPicked({ n: layer.n, i: neuron })}
            />`,
        )}
      </div>
      <${Bars}
        potentials=${step.potentials}
        counted=${view?.counts ? outputOf?.n : undefined}
        span=${span}
        chosen=${about?.isOutput && about.n === outputOf?.n ? about.i : undefined}
        onPick=${seen && ((neuron) => setPicked({ n: outputOf.n, i: neuron }))}
      />
    </div>
    <${Clock}
      seen=${seen}
      isMarked=${source === 'hand' && seen?.isSure}
      t=${t}
      T=${T}
      isPlaying=${isPlaying}
      onPlay=${onPlay}
      onStep=${onStep}
    />
    <${Neuron} about=${about} isDrawn=${source === 'hand'} t=${t} T=${T} />
  </div>`;
}

function Layer({ layer, seen, place, t, about, onPick }) {
  const { n, kind, shape } = layer;
  const { wide, high, at, neuronAt } = tilesOf(shape);
  const { spikes } = seen.steps[t - 1];
  const before = useSums(seen, place, t);
  const cursor = useRef(0);
  const most = Math.max(n === 0 ? largest.input : largest.layer, Math.floor(least / Math.max(wide, high)));
  const scale = Math.max(1, Math.min(most, Math.floor(room / high)));
  const fired = spikes[place].reduce((sum, o) => sum + o, 0);
  const name = n === 0 ? 'Input' : `Layer ${n}`;
  const pick = (event) => {
    const { left, top, width, height } = event.currentTarget.getBoundingClientRect();
    const i = neuronAt(((event.clientX - left) * wide) / width, ((event.clientY - top) * high) / height);
    if (i === undefined || i === cursor.current) return;
    cursor.current = i;
    onPick(i);
  };
  const key = (event) => {
    const { channels, height, width } = shape;
    const map = height * width;
    const by = {
      ArrowLeft: -1,
      ArrowRight: 1,
      ArrowUp: -width,
      ArrowDown: width,
      PageUp: -map,
      PageDown: map,
    }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    const from = about?.n === n ? about.i : cursor.current;
    const to = from + by;
    if (to < 0 || to >= channels * map) return;
    cursor.current = to;
    onPick(to);
  };
  return html`<figure class="layer" style=${`--wide:${wide};--high:${high};--wished:${wide * scale}px`}>
    <div
      class="maps"
      onPointerMove=${pick}
      onPointerDown=${pick}
      tabindex="0"
      role="application"
      onKeyDown=${key}
      aria-label=${`Neurons of ${n === 0 ? 'the input' : `layer ${n}`}: arrow keys choose one, Page Up and Page Down another map`}
    >
      <${SpikeMap}
        shape=${shape}
        o=${spikes[place]}
        before=${before}
        label=${`${name}: spikes of step ${t}`}
      />
      <${Marks} n=${n} shape=${shape} about=${about} at=${at} wide=${wide} high=${high} scale=${scale} />
    </div>
    <figcaption>
      <strong>${name}</strong>
      <span class="kind">${n === 0 ? `${shape.height} × ${shape.width}` : wordOf(kind)}</span>
      <span class="count">${fired} <span class="of">of ${spikes[place].length}</span> fire</span>
    </figcaption>
  </figure>`;
}

/** The spikes of each neuron before step t. */
function useSums(seen, place, t) {
  const kept = useRef({});
  if (kept.current.seen !== seen || kept.current.t !== t) {
    const sums = new Uint16Array(seen.steps[0].spikes[place].length);
    for (const { spikes } of seen.steps.slice(0, t - 1))
      for (const [i, o] of spikes[place].entries()) sums[i] += o;
    kept.current = { seen, t, sums };
  }
  return kept.current.sums;
}

/** Frames around the chosen neuron and around its inputs. */
function Marks({ n, shape, about, at, wide, high, scale }) {
  if (!about) return undefined;
  const { channels, height, width } = shape;
  const marks = [];
  if (about.n === n) {
    const [left, top] = at(about.at.c);
    const around = Math.min(1, 3 / scale);
    const side = 1 + 2 * around;
    marks.push({
      x: left + about.at.x - around,
      y: top + about.at.y - around,
      wide: side,
      high: side,
      name: 'chosen',
    });
  }
  if (about.before === n) {
    const { field } = about;
    for (let c = 0; c < channels; c++) {
      if (field?.channel !== undefined && field.channel !== c) continue;
      const [left, top] = at(c);
      const [x, y] = field ? [Math.max(0, field.left), Math.max(0, field.top)] : [0, 0];
      const right = field ? Math.min(width, field.left + field.size) : width;
      const bottom = field ? Math.min(height, field.top + field.size) : height;
      marks.push({ x: left + x, y: top + y, wide: right - x, high: bottom - y, name: 'field' });
    }
  }
  return html`<svg class="marks" viewBox=${`0 0 ${wide} ${high}`} aria-hidden="true">
    ${marks.map(
      (mark) =>
        html`<rect class=${mark.name} x=${mark.x} y=${mark.y} width=${mark.wide} height=${mark.high} />`,
    )}
  </svg>`;
}

/**
 * Shows the potentials of the classes as bars around zero.
 *
 * @param counted the layer whose spikes are counted, if the output fires
 */
function Bars({ potentials, counted, span: [low, high], chosen, onPick }) {
  const isAlive = potentials.some((u) => u !== 0);
  const digits = counted ? 0 : 1;
  const leader = isAlive ? potentials.indexOf(Math.max(...potentials)) : -1;
  return html`<figure class="layer outputs">
    <table class="bars">
      <caption class="hidden">
        ${counted ? 'Spikes of each class so far' : 'Potential u of each class'}
      </caption>
      <tbody>
        ${potentials.map((u, label) => {
          const share = (value) => (100 * value) / (high - low);
          const style = `inline-size:${share(Math.abs(u))}%;margin-inline-start:${share(Math.min(0, u) - low)}%`;
          const names = [label === leader && 'leads', label === chosen && 'chosen'].filter(Boolean).join(' ');
          return html`<tr
            class=${names}
            onPointerEnter=${onPick && (() => onPick(label))}
            onClick=${onPick && (() => onPick(label))}
          >
            <th scope="row">${label}</th>
            <td><div class=${u < 0 ? 'down' : 'up'} style=${style}></div></td>
            <td class="number">${signed(u, digits)}</td>
          </tr>`;
        })}
      </tbody>
    </table>
    <figcaption>
      <strong>Output</strong>
      ${
        counted
          ? html`<span class="kind">spikes of layer ${counted}, counted</span>`
          : html`<span class="kind" title="no spikes here, so u may exceed the threshold Vth"
              >potential u</span
            >`
      }
      <span class="count">${leadWords(potentials, digits)}</span>
    </figcaption>
  </figure>`;
}

/** A phrase about the lead of the best class over the second. */
function leadWords(potentials, digits) {
  const [first, second] = [...potentials].sort((a, b) => b - a);
  if (potentials.every((u) => u === 0)) return 'nothing yet';
  if (second === undefined) return '';
  return first === second ? 'none leads' : `leads by ${signed(first - second, digits)}`;
}

/** A slider over the steps, with a mark at the step that decided the class. */
function Clock({ seen, isMarked, t, T, isPlaying, onPlay, onStep }) {
  const share = seen ? (seen.after - 1) / Math.max(1, T - 1) : 0;
  return html`<div class="clock">
    <button
      type="button"
      disabled=${!seen}
      aria-label=${isPlaying ? 'Pause the steps' : 'Play the steps'}
      onClick=${onPlay}
    >
      ${isPlaying ? '❚❚' : '►'}
    </button>
    <div class="line">
      <input
        type="range"
        min="1"
        max=${T}
        value=${seen ? t : 1}
        disabled=${!seen}
        aria-label=${`Step ${t} of ${T}`}
        onInput=${({ target }) => onStep(Number(target.value))}
      />
      ${
        isMarked &&
        html`<span class=${t >= seen.after ? 'decided' : 'decided later'} style=${`--at:${share}`}>
          ${t >= seen.after ? `decided: ${digitWords(seen.steps[seen.after - 1].potentials.indexOf(Math.max(...seen.steps[seen.after - 1].potentials)))}` : 'decides here'}
        </span>`
      }
    </div>
    <output>${seen ? `step ${t} of ${T}` : `${T} steps`}</output>
  </div>`;
}
