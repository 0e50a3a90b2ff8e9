/** Training in the worker: settings, start, pause, resume, stop; loss, accuracy, S and rates while it runs; files. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { ask, end } from './ask.js';
import { html } from './html.js';
import { Plot } from './plot.js';
import { forget, keep, kept } from './store.js';

const address = new URL('./digits.bin.gz', document.baseURI).href;

/** What can be set: key, words, and the control. */
const fields = [
  ['model', 'Network', { options: ['small', 'lenet'] }],
  ['epochs', 'Epochs', { type: 'number', min: 1, max: 50, step: 1 }],
  ['timeWindow', 'Time window T, steps', { type: 'number', min: 1, max: 200, step: 1 }],
  ['learningRate', 'Learning rate η', { type: 'number', min: 0, max: 1, step: 'any' }],
  ['threshold', 'Threshold', { type: 'number', min: 0.01, max: 10, step: 'any' }],
  ['leak', 'Leak λ, 1 keeps all', { type: 'number', min: 0.01, max: 1, step: 'any' }],
  ['rule', 'Rule', { options: ['asf', 'stbp', 'lee'] }],
  ['variant', 'Semantics', { options: ['authors', 'paper'] }],
];
const defaults = {
  model: 'small',
  epochs: 2,
  timeWindow: 16,
  learningRate: 0.001,
  threshold: 1,
  leak: 1,
  rule: 'asf',
  variant: 'authors',
};

/** Why an answer does not come where the worker was ended on purpose. */
const stopped = 'stopped';

export function Training() {
  const [settings, setSettings] = useState(defaults);
  const [status, setStatus] = useState('idle');
  const [now, setNow] = useState();
  const [losses, setLosses] = useState([]);
  const [problem, setProblem] = useState('');
  const [notice, setNotice] = useState('');
  const state = useRef();
  const accuracy = useRef();

  useEffect(() => {
    kept()
      .then((run) => {
        if (!run) return;
        state.current = run.state;
        accuracy.current = run.accuracy;
        setSettings(run.settings);
        setNow(run.now);
        setLosses(run.losses);
        setStatus('paused');
        setNotice('Your last training is still here: resume it.');
      })
      .catch(() => setNotice('This browser keeps nothing: a reload begins again.'));
  }, []);

  const start = async (from, points) => {
    setStatus('running');
    setProblem('');
    setNotice('');
    const shown = { now, losses: points };
    const keepState = (saved) => {
      state.current = saved;
      const run = { ...shown, settings, state: saved, accuracy: accuracy.current };
      keep(run).catch(() => setNotice('This browser keeps nothing: a reload begins again.'));
    };
    const onProgress = ({ state: saved, ...found }) => {
      accuracy.current = found.accuracy ?? accuracy.current;
      shown.now = { ...found, accuracy: accuracy.current };
      shown.losses = [...shown.losses, [found.epoch + found.batch / found.batches, found.loss]];
      setNow(shown.now);
      setLosses(shown.losses);
      if (saved) keepState(saved);
    };
    try {
      const { finished, state: saved } = await ask('start', { settings, state: from, address }, onProgress);
      if (saved) keepState(saved);
      setStatus(finished ? 'finished' : saved ? 'paused' : 'idle');
    } catch (error) {
      if (error.message === stopped) return;
      setProblem(error.message);
      setStatus(state.current ? 'paused' : 'idle');
    }
  };
  const begin = () => {
    state.current = undefined;
    accuracy.current = undefined;
    setNow(undefined);
    setLosses([]);
    return start(undefined, []);
  };
  const stop = () => {
    end(stopped);
    state.current = undefined;
    forget().catch(() => {});
    setStatus('idle');
    setProblem('');
  };
  const save = async () => {
    try {
      const bytes = await ask('save', { settings, state: state.current });
      const link = document.createElement('a');
      link.href = URL.createObjectURL(new Blob([bytes]));
      link.download = 'model.safetensors';
      link.click();
      URL.revokeObjectURL(link.href);
    } catch (error) {
      setProblem(error.message);
    }
  };
  const load = async (event) => {
    const [file] = event.target.files;
    if (!file) return;
    try {
      const { name, window } = await ask('open', { bytes: new Uint8Array(await file.arrayBuffer()) });
      setNotice(`${name}, window ${window}, now answers above.`);
      setProblem('');
    } catch (error) {
      setProblem(error.message);
    }
    event.target.value = '';
  };

  const isRunning = status === 'running';
  return html`<section aria-labelledby="training">
    <h2 id="training">Train a network on 10,000 digits</h2>
    <form
      onSubmit=${(event) => {
        event.preventDefault();
        begin();
      }}
    >
      <fieldset disabled=${isRunning || status === 'paused'} class="settings">
        <legend>Settings</legend>
        ${fields.map(([key, words, control]) => field(key, words, control, settings, setSettings))}
      </fieldset>
      <p class="controls">
        ${(status === 'idle' || status === 'finished') && html`<button>Start</button>`}
        ${isRunning && html`<button type="button" onClick=${() => ask('pause')}>Pause</button>`}
        ${status === 'paused' && html`<button type="button" onClick=${() => start(state.current, losses)}>Resume</button>`}
        ${(isRunning || status === 'paused') && html`<button type="button" onClick=${stop}>Stop</button>`}
        ${state.current && !isRunning && html`<button type="button" onClick=${save}>Save the model</button>`}
        <label class="file">Open a model <input type="file" accept=".safetensors" onChange=${load} /></label>
      </p>
    </form>
    ${problem && html`<p role="alert">${problem}</p>`} ${notice && html`<p>${notice}</p>`}
    <p data-testid="status">${status}</p>
    ${now && html`<${Progress} now=${now} losses=${losses} />`}
  </section>`;
}

function field(key, words, { options, ...input }, settings, setSettings) {
  const change = ({ target }) =>
    setSettings({
      ...settings,
      [key]: options ? target.value : target.value === '' ? '' : Number(target.value),
    });
  const control = options
    ? html`<select value=${settings[key]} onChange=${change}>
        ${options.map((name) => html`<option value=${name}>${name}</option>`)}
      </select>`
    : html`<input ...${input} required value=${settings[key]} onInput=${change} />`;
  return html`<label>${words} ${control}</label>`;
}

function Progress({ now, losses }) {
  const { epoch, epochs, batch, batches, loss, right, accuracy, imagesPerSecond, S, rates } = now;
  return html`
    <progress max=${epochs} value=${epoch + batch / batches} aria-label="epochs done"></progress>
    <dl>
      <dt>Epoch</dt>
      <dd>${epoch + 1} of ${epochs}, batch ${batch} of ${batches}</dd>
      <dt>Loss</dt>
      <dd>${loss.toFixed(4)}</dd>
      <dt>Right while training</dt>
      <dd>${(100 * right).toFixed(1)} %</dd>
      <dt>Test accuracy</dt>
      <dd data-testid="accuracy">
        ${accuracy === undefined ? 'after the epoch' : `${(100 * accuracy).toFixed(1)} %`}
      </dd>
      <dt>Images a second</dt>
      <dd>${imagesPerSecond.toFixed(0)} (wasm, one thread)</dd>
      ${S.map(
        ({ name, S: scale }, place) =>
          html`<dt>Layer ${name}</dt>
            <dd>S ${scale.toFixed(3)}, ${(100 * rates[place]).toFixed(1)} % of neurons fire in a step</dd>`,
      )}
    </dl>
    <${Plot} points=${losses} />
  `;
}
