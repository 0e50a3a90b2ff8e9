/** What can be set of a training: the controls, each with a word on what it does and what it takes. */
import { html } from './html.js';

const fields = [
  {
    key: 'model',
    words: 'Network',
    options: { small: 'small, quick', lenet: 'LeNet' },
    hint: "LeNet is the paper's, and slower",
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
    hint: 'what a step keeps, 0.01 to 1; 1: no leak',
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
    options: { authors: 'authors', paper: 'paper' },
    hint: "as the authors' code does it, or as the paper says",
  },
  {
    key: 'seed',
    words: 'Seed',
    hint: 'the same seed, the same weights; whole, from 0',
    min: 0,
    max: 2 ** 32 - 1,
    step: 1,
  },
];

export const defaults = {
  model: 'small',
  epochs: 2,
  timeWindow: 16,
  learningRate: 0.001,
  threshold: 1,
  leak: 1,
  rule: 'asf',
  variant: 'authors',
  seed: 1,
  backend: 'auto',
};

/** What is wrong with a number; nothing where it is right. */
function problemOf({ hint, min, max, step }, value) {
  const isRight =
    typeof value === 'number' && value >= min && value <= max && (step !== 1 || Number.isInteger(value));
  return isRight ? undefined : `expected: ${hint}`;
}

/** The key of the first wrong value. */
export const firstWrong = (settings) =>
  fields.find((field) => !field.options && problemOf(field, settings[field.key]))?.key;

export function Settings({ settings, onChange, disabled, file }) {
  const set = (key, value) => onChange({ ...settings, [key]: value });
  return html`<fieldset disabled=${disabled} class="settings">
    <legend>Settings</legend>
    ${fields.map((field) =>
      field.options
        ? html`<${Choice} field=${field} value=${settings[field.key]} file=${file} onChange=${set} />`
        : html`<${Quantity} field=${field} value=${settings[field.key]} onChange=${set} />`,
    )}
  </fieldset>`;
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
