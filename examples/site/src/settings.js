/** What can be set of a training: presets, and behind them each control with a word on what it does and what it takes. */
import { html } from './html.js';

const fields = [
  {
    key: 'model',
    words: 'Network',
    options: { tiny: 'tiny', lenet: 'LeNet' },
    hint: "tiny is as the one that reads your drawings; LeNet is the paper's, and slower",
  },
  {
    key: 'epochs',
    words: 'Epochs',
    hint: 'passes over the images, whole, 1 to 100',
    min: 1,
    max: 100,
    step: 1,
  },
  {
    key: 'timeWindow',
    words: 'Time window T',
    hint: 'steps an image is shown, whole, 1 to 200',
    min: 1,
    max: 200,
    step: 1,
  },
  { key: 'learningRate', words: 'Learning rate η', hint: 'above 0, up to 1', min: 1e-9, max: 1, step: 'any' },
  {
    key: 'threshold',
    words: 'Threshold Vth',
    hint: 'potential that fires, 0.01 to 100',
    min: 0.01,
    max: 100,
    step: 'any',
  },
  {
    key: 'leak',
    words: 'Leak λ',
    hint: 'share of a potential that a step keeps, 0.01 to 1; 1 is the IF neuron',
    min: 0.01,
    max: 1,
    step: 'any',
  },
  {
    key: 'rule',
    words: 'Rule',
    options: { asf: 'ASF-BP', stbp: 'STBP', lee: 'Lee et al. 2020' },
    hint: "how the gradient is found; ASF-BP is the paper's",
  },
  {
    key: 'variant',
    words: 'Semantics',
    options: { authors: 'authors', ungated: 'authors, no gate', paper: 'paper' },
    hint: "as the authors' code does it, the same with slope S for silent neurons too, or all as the paper says",
  },
  {
    key: 'seed',
    words: 'Seed',
    hint: 'a whole number from 0; the same seed gives the same weights',
    min: 0,
    max: 2 ** 32 - 1,
    step: 1,
  },
  {
    key: 'backend',
    words: 'Runs on',
    options: { auto: 'the best there is', wasm: 'wasm, the CPU', webgpu: 'WebGPU' },
    hint: 'the same weights on each, but for a GPU that rounds divisions its own way',
  },
];

const quick = {
  model: 'tiny',
  epochs: 2,
  timeWindow: 16,
  learningRate: 0.005,
  threshold: 1,
  leak: 1,
  rule: 'asf',
  variant: 'authors',
  seed: 1,
  backend: 'auto',
};

const presets = {
  quick: { words: 'Quick', hint: 'tiny, two epochs: under a minute', settings: quick },
  paper: {
    words: "The paper's LeNet",
    hint: "T = 100, ten epochs of 10,000 digits, as the authors' code: minutes",
    settings: { ...quick, model: 'lenet', timeWindow: 100, learningRate: 0.00085, epochs: 10 },
  },
  ungated: {
    words: 'Break it: Eq. 10 as printed',
    hint: 'Quick without the gate, slope S where FI ≤ 0, too: it reads 89.6 % of the test digits, Quick 96.9 %',
    settings: { ...quick, variant: 'ungated' },
  },
};

/**
 * The settings of the address, `?epochs=3&leak=0.9`; what it leaves out or what is wrong there is that of the quick preset, and
 * `unmet` says of each wrong one what is taken.
 */
export function settingsOfAddress() {
  const given = new URLSearchParams(location.search);
  const settings = { ...quick };
  const unmet = [];
  for (const field of fields) {
    const text = given.get(field.key);
    if (text === null || text === '') continue;
    const value = field.options ? text : Number(text);
    if (field.options ? Object.hasOwn(field.options, value) : !problemOf(field, value))
      settings[field.key] = value;
    else unmet.push(`“${field.words}”, got ${text}: ${quick[field.key]} is taken`);
  }
  return { settings, unmet: unmet.length > 0 ? `The address asks for ${unmet.join('; ')}.` : '' };
}

/** Puts settings into the address, those that differ from the quick preset. */
export function keepInAddress(settings) {
  const given = new URLSearchParams();
  for (const { key } of fields)
    if (settings[key] !== quick[key] && settings[key] !== 'file' && settings[key] !== '')
      given.set(key, settings[key]);
  const query = given.size > 0 ? `?${given}` : '';
  if (query !== location.search)
    history.replaceState(null, '', `${location.pathname}${query}${location.hash}`);
}

/** What is wrong with a number; nothing where it is right. */
function problemOf({ hint, min, max, step }, value) {
  const isRight =
    typeof value === 'number' && value >= min && value <= max && (step !== 1 || Number.isInteger(value));
  return isRight ? undefined : `expected: ${hint}`;
}

/** The first wrong value: its key, and what is wrong, in words. */
export function firstWrong(settings) {
  const field = fields.find((each) => !each.options && problemOf(each, settings[each.key]));
  if (!field) return undefined;
  const { key, words, hint } = field;
  const got = settings[key] === '' ? 'nothing' : settings[key];
  return { key, problem: `“${words}” expected ${hint}; got ${got}` };
}

export function Presets({ settings, onChange, disabled }) {
  const isChosen = ({ settings: own }) =>
    Object.keys(own).every((key) => key === 'backend' || own[key] === settings[key]);
  return html`<fieldset class="choices" disabled=${disabled}>
    <legend class="hidden">Presets</legend>
    ${Object.entries(presets).map(
      ([name, preset]) =>
        html`<button
          type="button"
          id=${`preset-${name}`}
          aria-pressed=${isChosen(preset) ? 'true' : 'false'}
          onClick=${() => onChange({ ...preset.settings, backend: settings.backend })}
        >
          <strong>${preset.words}</strong>
          <span>${preset.hint}</span>
        </button>`,
    )}
  </fieldset>`;
}

/** @param open whether the settings are unfolded */
export function Settings({ settings, onChange, disabled, file, open }) {
  const set = (key, value) => onChange({ ...settings, [key]: value });
  return html`<details open=${open}>
    <summary>All settings</summary>
    <fieldset disabled=${disabled} class="settings">
      <legend class="hidden">Settings</legend>
      ${fields.map((field) =>
        field.options
          ? html`<${Choice} field=${field} value=${settings[field.key]} file=${file} onChange=${set} />`
          : html`<${Quantity} field=${field} value=${settings[field.key]} onChange=${set} />`,
      )}
    </fieldset>
  </details>`;
}

function Choice({ field: { key, words, options, hint }, value, file, onChange }) {
  const all = key === 'model' && value === 'file' ? { ...options, file: file ?? 'of the file' } : options;
  return html`<label>
    ${words}
    <select
      name=${key}
      value=${value}
      aria-describedby=${`hint-${key}`}
      onChange=${({ target }) => onChange(key, target.value)}
    >
      ${Object.entries(all).map(([name, text]) => html`<option value=${name}>${text}</option>`)}
    </select>
    <span id=${`hint-${key}`} class="hint">${hint}</span>
  </label>`;
}

function Quantity({ field, value, onChange }) {
  const { key, words, hint, min, max, step } = field;
  const problem = problemOf(field, value);
  return html`<label>
    ${words}
    <input
      type="number"
      name=${key}
      min=${min}
      max=${max}
      step=${step}
      value=${value}
      aria-invalid=${problem ? 'true' : 'false'}
      aria-describedby=${`hint-${key}`}
      onInput=${({ target }) => onChange(key, target.value === '' ? '' : Number(target.value))}
    />
    <span id=${`hint-${key}`} class=${problem ? 'hint wrong' : 'hint'}>${problem ?? hint}</span>
  </label>`;
}
