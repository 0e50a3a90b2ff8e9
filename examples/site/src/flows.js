/** FI against FO of a layer's neurons, with the line of slope S through them: Figure 2 of the paper, as it comes about. */
import { useEffect, useState } from 'preact/hooks';
import { ask } from './ask.js';
import { html } from './html.js';
import { Plot } from './plot.js';
import { wordOf } from './words.js';

export function Flows({ seen, t }) {
  const layers = seen.layers.filter(({ n }) => n > 0);
  const [chosen, setN] = useState();
  const [flows, setFlows] = useState();
  const [problem, setProblem] = useState('');
  const n = layers.some((layer) => layer.n === chosen) ? chosen : layers[0]?.n;

  useEffect(() => {
    let isLate = false;
    setFlows(undefined);
    if (n === undefined) return;
    ask('flows', { image: seen.image, n }).then(
      (found) => !isLate && setFlows(found),
      (error) => setProblem(error.message),
    );
    return () => (isLate = true);
  }, [seen, n]);

  const points = flows?.steps[Math.min(t, flows.steps.length) - 1];
  return html`<div>
    <p class="controls">
      <label>
        Flows of${' '}
        <select value=${n} onChange=${({ target }) => setN(Number(target.value))}>
          ${layers.map((layer) => html`<option value=${layer.n}>layer ${layer.n}, ${wordOf(layer.kind)}</option>`)}
        </select>
      </label>
      ${flows && html`<span data-testid="slope">S = ${flows.S.toFixed(3)}</span>`}
    </p>
    ${
      points &&
      html`<${Plot}
        label=${`FI against FO of layer ${n} after step ${t}, with the line FO = S · FI`}
        columns=${[points.FI, points.FO, points.FI.map((x) => flows.S * x)]}
        x="FI, what went in"
        y="FO, spikes that came out"
        series=${[{ name: 'neurons', dots: true }, { name: 'FO = S · FI' }]}
        ranges=${rangesOf(flows)}
        height=${260}
      />`
    }
    <p class="quiet">
      Each dot is a neuron: all that flowed in until this step, FI, and the spikes it fired, FO. The paper's
      idea: training takes S, the slope of the line, for the derivative of FO by FI (Eq. 10 to 12).
    </p>
    ${problem && html`<p role="alert">${problem}</p>`}
  </div>`;
}

/** The same axes for all steps. */
function rangesOf({ steps }) {
  const last = steps.flatMap(({ FI }) => [FI[0] ?? 0, FI.at(-1) ?? 0]);
  const [low, high] = [Math.min(0, ...last), Math.max(1, ...last)];
  return { x: [low - 0.5, high + 0.5], y: [-0.5, steps.length + 0.5] };
}
