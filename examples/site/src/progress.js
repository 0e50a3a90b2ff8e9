/** A training as it goes: numbers and curves. */
import { html } from './html.js';
import { Plot } from './plot.js';
import { wordOf } from './words.js';

const percent = (share) => `${(100 * share).toFixed(1)} %`;

export function Progress({ now, columns, layers, words, digest }) {
  const { epoch, epochs, batch, batches, x, loss, right, accuracy, imagesPerSecond, testing } = now;
  return html`
    <progress max=${epochs} value=${x} aria-label="epochs done"></progress>
    <dl>
      <dt>Epoch</dt>
      <dd>
        ${`${epoch + 1} of ${epochs}, ${testing === undefined ? `batch ${batch} of ${batches}` : `testing, ${percent(testing)}`}`}
      </dd>
      <dt>Loss of the batch</dt>
      <dd>${loss.toFixed(4)}</dd>
      <dt>Right while training</dt>
      <dd>${percent(right)}</dd>
      <dt>Right on the test images</dt>
      <dd data-testid="accuracy">${accuracy === undefined ? 'after the epoch' : percent(accuracy)}</dd>
      <dt>Images a second</dt>
      <dd>${imagesPerSecond.toFixed(0)}</dd>
      <dt>Runs on</dt>
      <dd data-testid="backend">${words}</dd>
      ${
        digest &&
        html`<dt>Digest of the weights</dt>
          <dd data-testid="digest" class="digest">${digest}</dd>`
      }
    </dl>
    <${Curves} columns=${columns} layers=${layers} epochs=${epochs} />
  `;
}

function Curves({ columns, layers, epochs }) {
  const [x, loss, right, accuracy, ...rest] = columns;
  const named = layers.map((name) => ({ name: wordOf(name) }));
  const ranges = { x: [0, epochs] };
  const share = { ...ranges, y: [0, 1] };
  const plots = [
    ['loss of the batches', 'loss', [x, loss], [{ name: 'loss' }], ranges],
    [
      'share of right answers',
      'share right',
      [x, right, accuracy],
      [{ name: 'while training' }, { name: 'test images' }],
      share,
    ],
    ['scale factor S by layer', 'S', [x, ...rest.slice(0, layers.length)], named, ranges],
    [
      'share of neurons that fire in a step, by layer',
      'fire in a step',
      [x, ...rest.slice(layers.length)],
      named,
      ranges,
    ],
  ];
  return html`<div class="columns">
    ${plots.map(
      ([label, y, data, series, within]) =>
        html`<${Plot} label=${label} columns=${data} x="epoch" y=${y} series=${series} ranges=${within} />`,
    )}
  </div>`;
}
