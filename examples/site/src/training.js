/** Training in the worker: settings, start, pause, resume, stop; what it measures while it runs; files in and out. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { ask } from './ask.js';
import { html } from './html.js';
import { Progress } from './progress.js';
import { defaults, firstWrong, Settings } from './settings.js';

const address = new URL('./digits.bin', document.baseURI).href;
const mnist = '10,000 digits of MNIST';
const keepsNothing = 'This browser keeps nothing: a reload begins again.';

export function Training({ onNetwork }) {
  const [settings, setSettings] = useState(defaults);
  /** idle, running, paused or finished. */
  const [status, setStatus] = useState('idle');
  const [view, setView] = useState();
  const [data, setData] = useState(mnist);
  const [problem, setProblem] = useState('');
  const [notice, setNotice] = useState('');
  const form = useRef();

  /** Does what may fail; the page says why it did. */
  const attempt = async (act) => {
    setProblem('');
    setNotice('');
    try {
      return await act();
    } catch (error) {
      setProblem(error.message);
    }
  };
  const show = (run) => {
    setView(run);
    setSettings(run.settings);
    setStatus(run.isFinished ? 'finished' : 'paused');
  };
  const lookBack = async () => {
    const run = await ask('waiting');
    if (run) show(run);
    else setStatus('idle');
    return run;
  };
  useEffect(() => {
    attempt(async () => {
      const run = await lookBack();
      if (run)
        setNotice(
          run.isFinished
            ? 'Your last training is still here.'
            : 'Your last training is still here: resume it.',
        );
    });
  }, []);

  /** Starts or resumes, and shows what comes. */
  const carryOut = (kind, message) =>
    attempt(async () => {
      setStatus('running');
      const onProgress = (progress) => {
        setView((before) => ({ ...before, digest: progress.now.digest, ...progress }));
        if (progress.isKept === false) setNotice(keepsNothing);
      };
      try {
        const run = await ask(kind, { ...message, address }, onProgress);
        if (run) return show(run);
        setStatus('idle');
        setView(undefined);
      } catch (error) {
        await lookBack();
        throw error;
      }
    });
  const start = (event) => {
    event.preventDefault();
    const wrong = firstWrong(settings);
    if (wrong) return form.current.elements[wrong].focus();
    setView(undefined);
    return carryOut('start', { settings });
  };
  const save = () =>
    attempt(async () => {
      const link = document.createElement('a');
      link.href = URL.createObjectURL(new Blob([await ask('save')]));
      link.download = 'checkpoint.safetensors';
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
      setNotice(
        'The command goes on with it: put it into a folder runs/page, then npx asf-bp train --out runs/page --resume',
      );
    });
  const open = ({ target }) =>
    attempt(async () => {
      const [file] = target.files;
      target.value = '';
      const { run, name } = await ask('open', { file });
      if (run) return show(run);
      onNetwork(name);
      setNotice(`${name}, now answers what you draw.`);
    });
  const take = (files) =>
    attempt(async () => {
      const { id, train, test, classes } = await ask('files', { files: [...files] });
      if (id === 'mnist') return setData(mnist);
      setData(`${train} images of your own, ${test} to test with, ${classes} classes`);
    });
  const answer = () =>
    attempt(async () => {
      const name = await ask('answer');
      onNetwork(name);
      setNotice(`${name}, now answers what you draw.`);
    });

  const [isRunning, isPaused] = [status === 'running', status === 'paused'];
  const ends = !isRunning && view?.digest;
  return html`<section aria-labelledby="training">
    <h2 id="training">Train a network yourself</h2>
    <p data-testid="data">
      It trains here, in a worker of the page, on ${data}. Press Start. The page keeps the run: you may pause,
      leave and come back.
    </p>
    <form ref=${form} novalidate onSubmit=${start}>
      <${Settings}
        settings=${settings}
        onChange=${setSettings}
        disabled=${isRunning || isPaused}
        file=${view?.network}
      />
      <p class="controls">
        <label>
          Runs on${' '}
          <select
            name="backend"
            disabled=${isRunning}
            value=${settings.backend}
            onChange=${({ target }) => setSettings({ ...settings, backend: target.value })}
          >
            <option value="auto">the best there is</option>
            <option value="wasm">wasm, the CPU</option>
            <option value="webgpu">WebGPU</option>
          </select>
        </label>
        ${(status === 'idle' || status === 'finished') && html`<button class="main">Start</button>`}
        ${isRunning && html`<button type="button" onClick=${() => ask('pause')}>Pause</button>`}
        ${
          isPaused &&
          html`<button
            type="button"
            class="main"
            onClick=${() => carryOut('resume', { backend: settings.backend })}
          >
            Resume
          </button>`
        }
        ${isRunning && html`<button type="button" onClick=${() => ask('stop')}>Stop</button>`}
        ${isPaused && html`<button type="button" onClick=${() => attempt(() => ask('forget').then(lookBack))}>Stop</button>`}
        ${ends && html`<button type="button" onClick=${save}>Save</button>`}
        ${ends && html`<button type="button" onClick=${answer}>Let it answer your drawings</button>`}
      </p>
    </form>
    <p role="status" data-testid="status">${said[status]}</p>
    ${problem && html`<p role="alert">${problem}</p>`} ${notice && html`<p class="notice">${notice}</p>`}
    ${view?.now && html`<${Progress} ...${view} />`}
    <${Files} data=${data} disabled=${isRunning} onOpen=${open} onTake=${take} />
  </section>`;
}

const said = { idle: 'Not started.', running: 'Running.', paused: 'Paused.', finished: 'Finished.' };

/** Files that come in: a model or a checkpoint, and images of one's own, dropped or chosen. */
function Files({ data, disabled, onOpen, onTake }) {
  const [isOver, setOver] = useState(false);
  const drop = (event) => {
    event.preventDefault();
    setOver(false);
    if (!disabled) onTake(event.dataTransfer.files);
  };
  return html`<fieldset
    class=${isOver ? 'files over' : 'files'}
    disabled=${disabled}
    onDragOver=${(event) => {
      event.preventDefault();
      setOver(true);
    }}
    onDragLeave=${() => setOver(false)}
    onDrop=${drop}
  >
    <legend>Files</legend>
    <label>
      A model or a checkpoint, saved here or by the command
      <input type="file" name="model" accept=".safetensors" onChange=${onOpen} />
    </label>
    <label>
      Images of your own, IDX files as MNIST's: drop them here, or choose them
      <input
        type="file"
        name="images"
        multiple
        onChange=${({ target }) => {
          onTake([...target.files]);
          target.value = '';
        }}
      />
    </label>
    ${data !== mnist && html`<button type="button" onClick=${() => onTake([])}>MNIST again</button>`}
  </fieldset>`;
}
