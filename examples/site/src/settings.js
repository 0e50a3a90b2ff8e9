/** The settings of a training: presets, and for each setting a control with a hint on its meaning and range. */
import { html } from './html.js';

const fields = [
  {
    key: 'model',
    words: 'Network',
    options: { tiny: 'tiny', lenet: 'LeNet' },
    hint: "tiny has the layers of the network that reads your drawings; LeNet is the paper's, and slower",
  },
  {
    key: 'epochs',
    words: 'Epochs',
    hint: 'passes over the images, a whole number from 1 to 100',
    min: 1,
    max: 100,
    step: 1,
  },
  {
    key: 'timeWindow',
    words: 'Time window T',
    hint: 'steps for which an image is shown, a whole number from 1 to 200',
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
    hint: 'share of a potential that remains after a step, 0.01 to 1; 1 is the IF neuron',
    min: 0.01,
    max: 1,
    step: 'any',
  },
  {
    key: 'rule',
    words: 'Rule',
    options: { asf: 'ASF-BP', stbp: 'STBP', lee: 'Lee et al. 2020' },
    hint: "how the gradient is computed; ASF-BP is the paper's",
  },
  {
    key: 'variant',
    words: 'Semantics',
    options: { authors: 'authors', ungated: 'authors, no gate', paper: 'paper' },
    hint: "as in the authors' code, the same but with slope S also for silent neurons, or as in the paper",
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
    options: { auto: 'the best available', wasm: 'wasm, the CPU', webgpu: 'WebGPU' },
    hint: 'both train the same weights, unless the GPU rounds divisions differently',
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
    hint: 'Quick without the gate, so with slope S also where FI ≤ 0: it reads 89.6 % of the test digits, Quick 96.9 %',
    settings: { ...quick, variant: 'ungated' },
  },
};

/**
 * Reads the settings from the address, `?epochs=3&leak=0.9`. Those of the quick preset replace absent and wrong values. `unmet` reports
 * wrong values.
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
    else unmet.push(`“${field.words}”, got ${text}: the page uses ${quick[field.key]}`);
  }
  return { settings, unmet: unmet.length > 0 ? `The address asks for ${unmet.join('; ')}.` : '' };
}

/** Writes the settings that differ from the quick preset into the address. */
export function keepInAddress(settings) {
  const given = new URLSearchParams();
  for (const { key } of fields)
    if (settings[key] !== quick[key] && settings[key] !== 'file' && settings[key] !== '')
      given.set(key, settings[key]);
  const query = given.size > 0 ? `?${given}` : '';
  if (query !== location.search)
    history.replaceState(null, '', `${location.pathname}${query}${location.hash}`);
}

/** The problem of a number in words; undefined if it is valid. */
function problemOf({ hint, min, max, step }, value) {
  const isRight =
    typeof value === 'number' && value >= min && value <= max && (step !== 1 || Number.isInteger(value));
  return isRight ? undefined : `expected: ${hint}`;
}

/** The key and the problem of the first invalid value. */
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

/** @param open whether the settings are open */
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
