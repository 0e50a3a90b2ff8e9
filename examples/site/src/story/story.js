/** The reason why two sums are enough, in five animated figures with their equations. */
import table from 'virtual:equations';
import results from 'virtual:results';
import { applyNeuron } from 'spec/neuron.js';
import { variants } from 'spec/variant.js';
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { Chart } from '../chart.js';
import { Formula, Glossary } from '../formula.js';
import { html } from '../html.js';
import { prefersStill, useFrames, useInView } from '../scheme.js';
import { method, movesOf } from './method.js';
import { times } from './times.js';

export const Story = () =>
  html`<section aria-labelledby="why">
    <h2 id="why">Why two sums are enough</h2>
    <p class="lead">
      A spiking network runs for T steps. Training usually goes back through all of them, ASF-BP through two
      sums per neuron. Five figures show why: move their sliders.
    </p>
    <${Neuron} />
    <${Line} />
    <${Passes} isOnce=${true} />
    <${Passes} isOnce=${false} />
    <${Result} />
  </section>`;

/** A neuron that fires at Vth, as in Eq. 2, and is reset in the same step. */
const atThreshold = { ...variants.authors, fires: 'atThreshold' };

const formulaOf = (number) => table.find((each) => each.number === number).formula;

const unfold = (id) => (document.getElementById(id).open = true);

/** A figure with its text and its equation. */
function Chapter({ place, title, equation, figure, children }) {
  const formula = formulaOf(equation);
  const id = `equation-${equation}`;
  return html`<article class="chapter" id=${place}>
    <div class="figure">${figure}</div>
    <div>
      <h3>${title}</h3>
      <p>${children}</p>
      <p class="stated">
        <${Formula} text=${formula} />
        <a href=${`#${id}`} onClick=${() => unfold(id)}>Eq. ${equation}</a>
      </p>
      <${Glossary} text=${formula} />
    </div>
  </article>`;
}

const Slider = ({ words, value, min, max, step = 1, onChange }) =>
  html`<label class="slider">
    <span>${words}</span>
    <input
      type="range"
      min=${min}
      max=${max}
      step=${step}
      value=${value}
      onInput=${({ target }) => onChange(Number(target.value))}
    />
  </label>`;

/** Pseudo-random numbers from 0 to 1, which depend only on the seed. */
function* noise(seed) {
  for (let state = seed; ;) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state / 2 ** 32;
  }
}

const layer = { Vth: 1, λ: 1 };

/** Runs one neuron of `spec/`. Spikes of one weight arrive in a share `rate` of the steps. */
function run(weight, T, seed, rate = 0.6) {
  const random = noise(seed);
  const [u, o, x] = [new Float32Array(1), new Float32Array(1), new Float32Array(1)];
  const steps = [];
  let [FI, FO] = [0, 0];
  for (let t = 0; t < T; t++) {
    x[0] = random.next().value < rate ? weight : 0;
    const before = u[0];
    applyNeuron(u, o, x, layer, atThreshold);
    FI += x[0];
    FO += o[0];
    steps.push({ x: x[0], peak: before + x[0], u: u[0], o: o[0], FI, FO });
  }
  return steps;
}

/**
 * Counts from `from` to `end` once the figure is first on the screen. Before that, the count is `end`, which also serves print and reduced
 * motion. A value that the reader sets stays until the count restarts.
 */
function useCount(place, end, perSecond, from = 0) {
  const isSeen = useInView(place);
  const [now, setNow] = useState(end);
  const [isSet, setIsSet] = useState(false);
  const wasSeen = useRef(prefersStill());
  useEffect(() => {
    if (isSeen && !wasSeen.current) setNow(from);
    wasSeen.current ||= isSeen;
  }, [isSeen]);
  useFrames(
    isSeen && !isSet && now < end,
    useCallback(
      (ms) => setNow((before) => Math.min(end, before + (ms * perSecond) / 1000)),
      [end, perSecond],
    ),
  );
  const count = (value, isByReader) => {
    setIsSet(isByReader);
    setNow(value);
  };
  return [now, (value) => count(value, true), () => count(0, false)];
}

function Neuron() {
  const T = 24;
  const [weight, setWeight] = useState(0.45);
  const place = useRef();
  const [count, setCount] = useCount(place, T, 9, 4);
  const steps = useMemo(() => run(weight, T, 7), [weight]);
  const t = Math.max(1, Math.round(count));
  const last = steps[t - 1];
  const [width, height] = [460, 150];
  const x = (step) => 30 + ((width - 66) * (step + 0.5)) / T;
  const top = Math.max(1.4, ...steps.map(({ peak }) => peak));
  const y = (value) => height - 22 - ((height - 52) * value) / top;
  const path = steps
    .slice(0, t)
    .map(
      ({ peak, u }, step) =>
        `${step ? 'L' : 'M'}${x(step).toFixed(1)} ${y(peak).toFixed(1)}${peak === u ? '' : `L${x(step).toFixed(1)} ${y(u).toFixed(1)}`}`,
    );
  const figure = html`<div ref=${place}>
    <svg
      class="potential wide"
      viewBox=${`0 0 ${width} ${height}`}
      role="img"
      aria-label="potential of a neuron, its spikes and its input"
    >
      <line class="zero" x1="24" x2=${width - 36} y1=${y(0)} y2=${y(0)} />
      <line class="threshold" x1="24" x2=${width - 36} y1=${y(1)} y2=${y(1)} />
      <text x=${width - 32} y=${y(1) + 4}>Vth</text>
      <text x="0" y="16">o</text>
      <text x="0" y=${y(0.5)}>u</text>
      <text x="0" y=${height - 4}>x</text>
      <path d=${path.join('')} />
      ${steps
        .slice(0, t)
        .map(({ o, x: arrives }, step) => [
          o > 0 && html`<line class="spike" x1=${x(step)} x2=${x(step)} y1="5" y2="18" />`,
          arrives > 0 &&
            html`<line class="arrives" x1=${x(step)} x2=${x(step)} y1=${height - 4} y2=${height - 14} />`,
        ])}
    </svg>
    <p class="sums">
      <span>flowed in <b>FI = ${last.FI.toFixed(2)}</b></span>
      <span>flowed out <b>FO = ${last.FO}</b></span>
    </p>
    <${Slider}
      words=${`weight of the input: ${weight.toFixed(2)}`}
      min="0.05"
      max="1.2"
      step="0.05"
      value=${weight}
      onChange=${setWeight}
    />
    <${Slider} words=${`step ${t} of ${T}`} min="1" max=${T} value=${t} onChange=${setCount} />
  </div>`;
  return html`<${Chapter} title="One neuron" equation=${7} figure=${figure}>
    It adds up its input, x, in its potential u. At the threshold Vth it fires a spike, o, and begins again
    from 0. Training keeps two sums over the window: the flow in, FI, and the flow out, FO.
  <//>`;
}

function Line() {
  const place = useRef();
  const [grown, setGrown] = useCount(place, 60, 18, 20);
  const T = Math.max(4, Math.round(grown));
  const points = useMemo(() => {
    const random = noise(3);
    return Array.from({ length: 160 }, (_, k) => {
      const weight = -0.15 + 0.75 * random.next().value;
      return run(weight, T, 100 + k, 0.2 + 0.7 * random.next().value).at(-1);
    });
  }, [T]);
  // Dots with FI > 0 also have FI ≥ FO, which the authors' code requires of neurons in the sums.
  const [others, summed] = [false, true].map((isSummed) => points.filter(({ FI }) => FI > 0 === isSummed));
  const total = (key) => summed.reduce((sum, { [key]: value }) => sum + value, 0);
  const S = total('FO') / total('FI');
  const dots = (of, at) => ({
    name: '',
    dots: true,
    x: of.map(({ FI }) => FI),
    y: of.map(({ FO }) => FO),
    at,
  });
  const most = Math.max(...points.map(({ FI }) => FI)) * 1.05;
  const low = Math.min(...points.map(({ FI }) => FI));
  const figure = html`<div ref=${place}>
    <${Chart}
      label=${`FI against FO of 160 neurons after ${T} steps, with the line FO = S · FI; blue where FI > 0, else grey`}
      height=${240}
      series=${[
        dots(summed, 1),
        dots(others, 3),
        { name: 'FO = S·FI', x: [0, most], y: [0, S * most], at: 2 },
      ]}
      x=${{ name: 'FI, flow in', range: [low, most] }}
      y=${{ name: 'FO, spikes' }}
    />
    <p class="sums">
      <span>blue dots: <b>S = ΣFO / ΣFI = ${S.toFixed(2)}</b></span>
    </p>
    <${Slider} words=${`window T = ${T}`} min="4" max="100" value=${T} onChange=${setGrown} />
  </div>`;
  return html`<${Chapter} title="Output ≈ S × input" equation=${12} figure=${figure}>
    Each dot is a neuron. Those with FI > 0 (blue) lie near one line. ASF-BP uses its slope, S, as the
    derivative of FO by FI; a fixed 1/Vth, the most that Eq. 12 allows, works as well. The grey neurons are
    silent. Unlike Eq. 12, the authors' code omits them from S; unlike Eq. 10, it gives them slope 0, the
    gate: see${' '}
    <a href="#training" onClick=${() => document.getElementById('preset-ungated')?.click()}>“Break it”</a>.
  <//>`;
}

function Passes({ isOnce }) {
  const [T, setT] = useState(6);
  const place = useRef();
  const moves = movesOf({ T, isOnce });
  const [move, setMove, moveAgain] = useCount(place, moves + 0.01, 3.2);
  const { width, height, title, text } = useMemo(
    () => method({ T, isOnce, move, id: isOnce ? 'once' : 'each' }),
    [T, isOnce, Math.floor(move)],
  );
  const figure = html`<div ref=${place}>
    <svg
      class="method"
      style=${`--across:${width}`}
      viewBox=${`0 0 ${width} ${height}`}
      role="img"
      aria-label=${title}
      dangerouslySetInnerHTML=${{ __html: text }}
    />
    <div class="pair">
      <${Slider}
        words=${`window T = ${T}`}
        min="2"
        max="8"
        value=${T}
        onChange=${(next) => {
          setT(next);
          setMove(movesOf({ T: next, isOnce }));
        }}
      />
      <button type="button" class="small" onClick=${moveAgain}>Again</button>
    </div>
  </div>`;
  if (isOnce)
    return html`<${Chapter} title="Backward through the sums" equation=${10} figure=${figure}>
      A spike is a jump: its derivative is 0 or undefined. But the sums have a slope, S. They form a network
      without time, through which ordinary backpropagation passes once.
    <//>`;
  return html`<${Chapter}
    title="Backpropagation through time: T times the work"
    equation=${5}
    figure=${figure}
  >
    Backpropagation through time (such as STBP; in PyTorch one call of <code>backward()</code>) passes through
    one node per neuron and step, and keeps the values of every step (filled). Twice the window means twice
    the work and twice the spikes to keep.
  <//>`;
}

function Result() {
  const rows = results.seconds;
  const place = useRef();
  const [count, setCount] = useCount(place, rows.length, 1.5, 1);
  const shown = Math.max(1, Math.round(count));
  const { width, height, text } = useMemo(() => times(rows, shown), [shown]);
  const { last, paper } = results.mnist;
  const percent = (value) => `${(100 * value).toFixed(2)} %`;
  const figure = html`<div ref=${place}>
    <svg
      class="times"
      style=${`--across:${width}`}
      viewBox=${`0 0 ${width} ${height}`}
      role="img"
      aria-label="seconds per epoch by window"
      dangerouslySetInnerHTML=${{ __html: text }}
    />
    <div class="pair">
      <${Slider}
        words=${`up to T = ${rows[shown - 1].timeWindow}`}
        min="1"
        max=${rows.length}
        value=${shown}
        onChange=${setCount}
      />
    </div>
  </div>`;
  return html`<${Chapter} place="gains" title="The gain" equation=${8} figure=${figure}>
    The backward pass has no time axis. The bars show an epoch of LeNet on MNIST (leaky neurons, two threads)
    with our implementations of ASF-BP and of the rule of Lee et al. Without leak, LeNet has an accuracy${' '}
    of ${percent(last)}, and of ${percent(paper)} in the paper.${' '}
    <code>npx asf-bp experiment figure3</code> also shows VGG7.
  <//>`;
}
