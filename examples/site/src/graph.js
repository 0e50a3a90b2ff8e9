/** Runs a network of the visitor on a recording or an image: a NIR graph by the convention of a simulator. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { ask } from './ask.js';
import { takeDropped } from './drop.js';
import { Folded } from './folded.js';
import { pictures } from './hand.js';
import { html } from './html.js';
import { Network } from './network.js';
import { pixelsIn } from './pixels.js';
import { prefersStill, useFrames } from './scheme.js';
import { checkedAlone, simulators } from './simulators.js';
import { many } from './words.js';

/** Steps per second of the animation, and the limit on the steps of a run. */
const [pace, mostSteps] = [12, 2000];

export function Graph() {
  const [graph, setGraph] = useState();
  /** A simulator, or `own` for the choices in the text field. */
  const [choice, setChoice] = useState('');
  const [choices, setChoices] = useState('');
  const as = choice === 'own' ? choices : choice;
  const [timeWindow, setWindow] = useState(100);
  const [ms, setMs] = useState(1);
  const [about, setAbout] = useState();
  const [shown, setShown] = useState();
  const [seen, setSeen] = useState();
  const [problem, setProblem] = useState('');
  const [isBusy, setBusy] = useState(false);
  const [t, setT] = useState(1);
  const [isPlaying, setPlaying] = useState(false);
  /** The file whose length has set the number of steps. */
  const fitted = useRef();
  const T = seen?.steps.length ?? 1;

  // Reads the chosen graph, opens it if a simulator is chosen, and runs it if an input is chosen. Results of earlier choices are dropped.
  useEffect(() => {
    let isLate = false;
    const unlessLate = (act) => !isLate && act();
    const open = async () => {
      if (!as) return ask('readGraph', { file: graph });
      const opened = await ask('openGraph', { file: graph, as, timeWindow });
      unlessLate(() => setAbout(opened));
      if (!shown || isLate) return;
      const isImage = shown.type.startsWith('image/');
      const input = isImage ? { image: await pixelsOf(shown, opened.input) } : { file: shown, ms };
      const found = await ask('runGraph', input);
      unlessLate(() => {
        // The length of an .npy file sets the number of steps once, because the visitor can change it later.
        if (fitted.current !== shown) {
          fitted.current = shown;
          if (found.of !== undefined) setWindow(Math.min(mostSteps, found.of));
        }
        setSeen(found);
        setT(prefersStill() ? found.steps.length : 1);
        setPlaying(!prefersStill());
      });
    };
    setSeen(undefined);
    setAbout(undefined);
    setProblem('');
    const isReady = graph && timeWindow >= 1;
    setBusy(Boolean(isReady));
    if (isReady)
      open()
        .catch((error) => unlessLate(() => setProblem(error.message)))
        .finally(() => unlessLate(() => setBusy(false)));
    return () => (isLate = true);
  }, [graph, as, timeWindow, shown, ms]);
  const passed = useRef(0);
  useFrames(
    isPlaying,
    useCallback(
      (passing) => {
        passed.current += (passing * pace) / 1000;
        const steps = Math.floor(passed.current);
        passed.current -= steps;
        if (steps > 0) setT((before) => Math.min(T, before + steps));
      },
      [T],
    ),
  );
  useEffect(() => {
    if (isPlaying && t >= T) setPlaying(false);
  }, [t, T, isPlaying]);

  const tryExample = async () => {
    setProblem('');
    try {
      const example = await ask('exampleGraph', { image: pictures[7] });
      setGraph(example.graph);
      setShown(example.shown);
      setChoice(example.as);
      setWindow(example.timeWindow);
    } catch (error) {
      setProblem(error.message);
    }
  };
  const section = useRef();
  takeDropped('graph', (files) => {
    for (const file of files) (/\.nir$/i.test(file.name) ? setGraph : setShown)(file);
    section.current.scrollIntoView({ block: 'start' });
  });
  const choose =
    (set) =>
    ({ target }) =>
      target.files.length > 0 && set(target.files[0]);
  return html`<section ref=${section} aria-labelledby="graph" class="graph">
    <h2 id="graph">Run a network of yours</h2>
    <p class="lead">
      A graph in NIR, which snnTorch, Norse, Sinabs and others write: a chain of layers of IF or LIF neurons,
      without recurrence. NIR does not define the step, so choose the simulator whose step it takes. No file
      leaves this page.
    </p>
    <p class="controls">
      <button type="button" disabled=${isBusy} onClick=${tryExample}>Try a small graph</button>
      <span class="quiet">the bundled network as NIR, and a drawn 7 as spikes</span>
    </p>
    <${Folded} words="Choose a graph and its input">
      <fieldset class="files" data-takes="graph">
        <legend class="hidden">A graph and its input</legend>
        <label>
          The graph: drop a .nir here, or choose it
          <input type="file" name="graph" accept=".nir" onChange=${choose(setGraph)} />
        </label>
        <label>
          Simulator
          <select name="as" value=${choice} onChange=${({ target }) => setChoice(target.value)}>
            <option value="">choose a simulator</option>
            ${Object.entries(simulators).map(
              ([key, { name, rule }]) => html`<option value=${key}>${name}: ${rule}</option>`,
            )}
            <option value="own">choices of your own, as JSON</option>
          </select>
        </label>
        ${
          choice === 'own' &&
          html`<label>
            Choices, as the command takes them (docs/nir.md)
            <input
              type="text"
              name="choices"
              defaultValue=${choices}
              placeholder='{"from":"norse","reset":"subtract"}'
              onChange=${({ target }) => setChoices(target.value.trim())}
            />
          </label>`
        }
        <label>
          A recording (N-MNIST’s, or .npy) or an image
          <input type="file" name="shown" onChange=${choose(setShown)} />
        </label>
        <div class="pair">
          <label>
            Steps
            <input
              type="number"
              name="steps"
              min="1"
              max=${mostSteps}
              key=${timeWindow}
              defaultValue=${timeWindow}
              onChange=${({ target }) => setWindow(Math.min(mostSteps, Math.max(1, Math.floor(Number(target.value)))))}
            />
          </label>
          <label>
            ms per step
            <input
              type="number"
              name="ms"
              min="0.1"
              step="any"
              key=${ms}
              defaultValue=${ms}
              onChange=${({ target }) => setMs(Math.max(0.1, Number(target.value)))}
            />
          </label>
        </div>
        <p class="quiet whole">
          A recording has 5 bytes per event, as in N-MNIST, or is an .npy of maps. This page cannot take the
          steps of ${checkedAlone.slice(0, -1).join(', ')} and ${checkedAlone.at(-1)};${' '}
          <code>asf-bp check TRACE --graph FILE --as CONVENTION</code> checks their traces. Neurons that leak
          have the time step of the simulator; choices of your own may set another, in seconds:${' '}
          <code>{"from":"norse","dt":0.0001}</code>.
        </p>
      </fieldset><//
    >
    <p role="status" data-testid="graph" class="quiet">
      ${stateOf({ graph, as, about, shown, seen, isBusy, problem })}
    </p>
    ${problem && html`<p role="alert">${problem}</p>`}
    ${
      seen &&
      html`<${Network}
        seen=${seen}
        source="graph"
        t=${Math.min(t, T)}
        T=${T}
        isPlaying=${isPlaying}
        answer=${html`<p class="answer">
            <${Answer} ...${seen} />
          </p>
          ${
            seen.seed !== undefined &&
            html`<p class="quiet">
              The graph does not define how an image becomes spikes. Here each pixel fires at random: white in
              every step, black never (seed ${seen.seed}).
            </p>`
          }`}
        onPlay=${() => {
          if (!isPlaying && t >= T) setT(1);
          setPlaying(!isPlaying);
        }}
        onStep=${(step) => {
          setPlaying(false);
          setT(step);
        }}
      />`
    }
  </section>`;
}

/** The answer of the output at the end, by spikes or by potential. */
function Answer({ label, second, ahead, counts, steps }) {
  const best = steps.at(-1).potentials[label];
  const amount = (value) => (counts ? many(value, 'spike') : value.toFixed(2));
  if (second === undefined)
    return html`<strong
      >${counts ? `It fires ${many(best, 'time')} in ${steps.length} steps` : `Its potential is ${amount(best)}`}</strong
    >`;
  if (ahead === 0) return html`<strong>No class leads</strong>`;
  return html`<strong>Class ${label}</strong> <span>ahead of ${second} by ${amount(ahead)}</span>`;
}

function stateOf({ graph, as, about, shown, seen, isBusy, problem }) {
  if (!graph) return shown ? `${shown.name}: now choose the graph that takes it.` : '';
  if (!as && !isBusy && !problem) return `${graph.name}: now choose its simulator.`;
  if (!about) return isBusy ? 'Reading it.' : graph.name;
  const { channels, height, width } = about.input;
  const takes = `${graph.name}, as ${simulators[as]?.name ?? as}, steps of ${about.dt}: ${many(about.layers, 'layer')}, ${many(about.classes, 'class', 'classes')}; it takes maps of ${channels} × ${height} × ${width}`;
  if (!shown) return `${takes}. Now choose a recording or an image.`;
  if (isBusy || !seen) return `${takes}.${isBusy ? ' Running.' : ''}`;
  const part = seen.of > seen.steps.length ? `the first ${seen.steps.length} of ${seen.of} steps of ` : '';
  return `${takes}. It ran ${part}${shown.name}.`;
}

/**
 * Converts an image to the bytes of a sample: grey, or colours for 3 channels. Throws if the image does not have the size of the graph's
 * input.
 */
async function pixelsOf(file, { channels, height, width }) {
  const check = (given) => {
    if ((channels !== 1 && channels !== 3) || given.width !== width || given.height !== height)
      throw new Error(
        `${file.name}: expected a sample of ${channels} × ${height} × ${width}, as the graph takes, got a picture of ${given.height} × ${given.width} pixels`,
      );
  };
  const { data } = await pixelsIn(file, { check });
  const area = height * width;
  return Uint8Array.from({ length: channels * area }, (_, place) => {
    const pixel = 4 * (place % area);
    const [r, g, b] = data.subarray(pixel, pixel + 3);
    if (channels === 3) return [r, g, b][Math.floor(place / area)];
    return Math.round(0.299 * r + 0.587 * g + 0.114 * b);
  });
}
