/** Training in the worker: presets, start, pause, resume, stop; measurements while it runs; files to open and save. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { ask } from './ask.js';
import { takeDropped } from './drop.js';
import { html } from './html.js';
import { Progress } from './progress.js';
import { firstWrong, keepInAddress, Presets, Settings, settingsOfAddress } from './settings.js';

const address = new URL('./digits.bin', document.baseURI).href;
const mnist = '10,000 digits of MNIST';
const keepsNothing = 'This browser stores nothing: after a reload the training is lost.';

export function Training({ onNetwork }) {
  const [settings, setSettings] = useState(() => settingsOfAddress().settings);
  /** The settings of the address that are invalid, in words. */
  const [unmet, setUnmet] = useState(() => settingsOfAddress().unmet);
  /** idle, running, pausing, stopping, paused, finished or elsewhere. */
  const [status, setStatus] = useState('idle');
  const [view, setView] = useState();
  const [data, setData] = useState(mnist);
  const [problem, setProblem] = useState('');
  const [notice, setNotice] = useState('');
  const [isOpen, setOpen] = useState(false);
  const form = useRef();
  const controls = useRef();
  const said = useRef();

  const change = (next) => {
    setProblem('');
    setUnmet('');
    setSettings(next);
    keepInAddress(next);
  };
  /** Runs an action; if it fails, the page shows why. */
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
    if (run.isElsewhere) return setStatus('elsewhere');
    setView(run);
    setUnmet('');
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
      if (run && !run.isElsewhere) setNotice('Your last training is still here.');
    });
  }, []);
  // The address shows the settings in use.
  useEffect(() => {
    if (unmet) keepInAddress(settings);
  }, []);
  // Checks whether the training in another tab has ended.
  useEffect(() => {
    if (status !== 'elsewhere') return;
    const timer = setInterval(() => attempt(lookBack), 1500);
    return () => clearInterval(timer);
  }, [status]);
  // If the focused button vanishes, the button in its place gets the focus.
  useEffect(() => {
    if (document.activeElement === document.body && controls.current?.dataset.had === 'true')
      controls.current.querySelector('button')?.focus({ preventScroll: true });
    if (controls.current) controls.current.dataset.had = 'false';
  }, [status]);
  const press = () => {
    if (controls.current) controls.current.dataset.had = 'true';
  };

  /** Starts or resumes a training, and shows its progress. */
  const carryOut = (kind, message) =>
    attempt(async () => {
      press();
      setStatus('running');
      const onProgress = (progress) => {
        setView((before) => ({ ...before, digest: progress.now.digest, ...progress }));
        if (progress.isKept === false) setNotice(keepsNothing);
      };
      try {
        const run = await ask(kind, { ...message, address }, onProgress);
        press();
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
    if (wrong) {
      setOpen(true);
      setProblem(`Not started: ${wrong.problem}`);
      return setTimeout(() => form.current.elements[wrong.key].focus());
    }
    setUnmet('');
    setView(undefined);
    return carryOut('start', { settings });
  };
  /** Pauses or stops. The worker does this after the current batch; the page shows it at once. */
  const end = (kind, next) => {
    press();
    setStatus(next);
    ask(kind);
  };
  const save = () =>
    attempt(async () => {
      const link = document.createElement('a');
      link.href = URL.createObjectURL(new Blob([await ask('save')]));
      link.download = 'checkpoint.safetensors';
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
      setNotice(
        view.data === 'your files'
          ? 'To resume it here, open it again under Files, with the same images. The command takes it as a model.'
          : 'To resume it with the command, put it into a folder runs/page, then npx asf-bp train --out runs/page --resume',
      );
    });
  const isRunning = ['running', 'pausing', 'stopping'].includes(status);
  /** Scrolls to the result of opening a file: the message above the files, or the element that `act` returns. */
  const attemptAbove = async (act) => {
    const place = await attempt(async () => {
      if (isRunning) throw new Error('Not opened: a training runs here; pause or stop it first');
      return act();
    });
    setTimeout(() => (place ?? said.current).scrollIntoView({ block: 'nearest' }));
  };
  const open = ([file]) =>
    attemptAbove(async () => {
      const opened = await ask('open', { file });
      if (opened.run) return show(opened.run);
      onNetwork(opened);
      setNotice(`The network ${opened.name}, now answers what you draw.`);
      return document.querySelector('.pad');
    });
  const take = (files) =>
    attemptAbove(async () => {
      const { id, train, test, classes } = await ask('files', { files: [...files] });
      if (id === 'mnist') return setData(mnist);
      setData(`${train} images of your own, ${test} to test with, ${classes} classes`);
    });
  takeDropped('model', open);
  takeDropped('images', take);
  takeDropped('unknown', (sentence) =>
    attemptAbove(() => {
      throw new Error(sentence);
    }),
  );
  const answer = () =>
    attempt(async () => {
      const now = await ask('answer');
      onNetwork(now);
      setNotice(`The network ${now.name}, now answers what you draw.`);
    });

  const isPaused = status === 'paused';
  const ends = !isRunning && view?.digest;
  return html`<section aria-labelledby="training">
    <h2 id="training">Train one here</h2>
    <p data-testid="data" class="lead">
      It trains in this page, on ${data}. You can pause, leave and come back: the browser keeps it.
      ${data === mnist && ' At the end it shows the command that trains the same weights.'}
    </p>
    <form ref=${form} novalidate onSubmit=${start}>
      <${Presets} settings=${settings} onChange=${change} disabled=${isRunning || isPaused} />
      <p class="controls" ref=${controls}>
        ${(status === 'idle' || status === 'finished') && html`<button class="main">Start</button>`}
        ${status === 'elsewhere' && html`<button class="main" disabled>Start</button>`}
        ${
          isRunning &&
          html`<button
            type="button"
            disabled=${status !== 'running'}
            onClick=${() => end('pause', 'pausing')}
          >
            Pause training
          </button>`
        }
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
        ${
          isRunning &&
          html`<button
            type="button"
            disabled=${status === 'stopping'}
            onClick=${() => end('stop', 'stopping')}
          >
            Stop
          </button>`
        }
        ${
          isPaused &&
          html`<button
            type="button"
            onClick=${() =>
              attempt(async () => {
                press();
                await ask('forget');
                setView(undefined);
                await lookBack();
              })}
          >
            Stop
          </button>`
        }
        ${ends && html`<button type="button" onClick=${save}>Save</button>`}
        ${ends && view.isForDigits && html`<button type="button" onClick=${answer}>Let it answer your drawings</button>`}
        <span role="status" data-testid="status">${statusWords[status]}</span>
      </p>
      <div ref=${said}>
        ${unmet && html`<p role="alert">${unmet}</p>`} ${problem && html`<p role="alert">${problem}</p>`}
        ${notice && html`<p class="notice">${notice}</p>`}
      </div>
      ${view?.now && html`<${Progress} ...${view} />`}
      <${Settings}
        settings=${settings}
        onChange=${change}
        disabled=${isRunning || isPaused}
        file=${view?.network}
        open=${isOpen}
      />
    </form>
    <${Files} data=${data} disabled=${isRunning} onOpen=${open} onTake=${take} />
  </section>`;
}

const statusWords = {
  idle: 'Not started.',
  running: 'Running.',
  pausing: 'Pausing after this batch.',
  stopping: 'Stopping after this batch.',
  paused: 'Paused: resume it, or stop it to choose other settings.',
  finished: 'Finished.',
  elsewhere: 'A training runs in another tab of this browser.',
};

/** Files to open: a model or a checkpoint, and images. */
function Files({ data, disabled, onOpen, onTake }) {
  return html`<details>
    <summary>Files: a model, a checkpoint, IDX images of your own</summary>
    <fieldset class="files" data-takes="images" disabled=${disabled}>
      <legend class="hidden">Files</legend>
      <label>
        A model for 28 × 28 digits, or a checkpoint, saved here or by the command
        <input
          type="file"
          name="model"
          accept=".safetensors"
          onChange=${({ target }) => {
            onOpen([...target.files]);
            target.value = '';
          }}
        />
      </label>
      <label>
        Images of your own, IDX files like MNIST's: drop them here, or choose them
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
    </fieldset>
  </details>`;
}
