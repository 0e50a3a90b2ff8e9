/** The progress of a training: curves, misread digits, numbers. */
import { Chart } from './chart.js';
import { html } from './html.js';
import { Thumbnail } from './maps.js';
import { durationWords, layerWords, percent } from './words.js';

/**
 * @param data the name of the data set
 * @param command a command that trains the same weights in a terminal, if there is one
 */
export function Progress({ now, columns, layers, words, data, wrong, digest, command }) {
  const samples = data === 'mnist' ? 'digits' : 'images';
  const { epoch, epochs, batch, batches, x, loss, accuracy, tested, imagesPerSecond, testing } = now;
  const right = smoothed(columns[2]).at(-1) ?? undefined;
  const { secondsLeft: left } = now;
  const where =
    testing !== undefined
      ? `testing, ${percent(testing)}`
      : batches === undefined
        ? undefined
        : `batch ${batch} of ${batches}`;
  const facts = [
    ['Epoch', [`${epoch + 1} of ${epochs}`, where].filter(Boolean).join(', ')],
    ['Time left', left > 0 ? durationWords(left) : undefined],
    [
      `Right on the test ${samples}`,
      accuracy === undefined ? 'after the epoch' : `${percent(accuracy)} of ${tested?.toLocaleString('en')}`,
      'accuracy',
    ],
    ['Right while training', right === undefined ? undefined : percent(right), 'right'],
    [batches === undefined ? 'Loss of the epoch' : 'Loss of the batch', loss.toFixed(4)],
    ['Images per second', imagesPerSecond > 0 ? imagesPerSecond.toFixed(0) : undefined],
    ['Runs on', words, 'backend'],
    ['Digest of the weights', digest, 'digest'],
    [
      'Run this in a clone: the digest will be the same',
      digest && x >= epochs ? command : undefined,
      'command',
    ],
  ].filter(([, value]) => value !== undefined);
  return html`
    <progress max=${epochs} value=${x} aria-label="epochs done"></progress>
    <${Curves} columns=${columns} layers=${layers} epochs=${epochs} wrong=${wrong} samples=${samples} />
    <dl>
      ${facts.map(
        ([name, value, id]) =>
          html`<div class=${['digest', 'backend', 'command'].includes(id) ? 'whole' : ''}>
            <dt>${name}</dt>
            <dd data-testid=${id} class=${id ?? ''}>${value}</dd>
          </div>`,
      )}
    </dl>
  `;
}

function Curves({ columns, layers, epochs, wrong, samples }) {
  const [x, loss, right, accuracy, ...rest] = columns;
  const along = { name: 'epoch', range: [0, epochs] };
  const share = { range: [0, 1], format: (value) => `${Math.round(100 * value)} %` };
  const byLayer = (of) => layers.map((name, k) => ({ name: layerWords(name), x, y: of[k], dashed: k > 2 }));
  const smooth = smoothed(loss);
  return html`<div class="columns">
      <${Chart}
        label="loss by epoch"
        series=${[{ name: '', x, y: smooth }]}
        x=${along}
        y=${{ name: 'loss, smoothed' }}
      />
      <${Chart}
        label="share of right answers by epoch"
        series=${[
          { name: 'while training', x, y: smoothed(right), at: 1 },
          { name: 'test', x, y: accuracy, at: 2 },
        ]}
        x=${along}
        y=${{ name: 'right', ...share }}
      />
      ${
        wrong?.length > 0 &&
        html`<div class="wrongs">
          <p>Test ${samples} that it misreads</p>
          <ul class="lessons">
            ${wrong.map(
              ({ image, label, said }) =>
                html`<li>
                  <${Thumbnail} image=${image} label=${`a ${label} of the test ${samples}`} />
                  <span>${label} read as <s>${said}</s></span>
                </li>`,
            )}
          </ul>
        </div>`
      }
    </div>
    <details>
      <summary>S and spikes of each layer</summary>
      <div class="columns">
        <${Chart}
          label="scale factor S by layer"
          series=${byLayer(rest.slice(0, layers.length))}
          x=${along}
          y=${{ name: 'S' }}
        />
        <${Chart}
          label="share of neurons that fire in a step, by layer"
          series=${byLayer(rest.slice(layers.length))}
          x=${along}
          y=${{ name: 'fire in a step', format: (value) => `${Number((100 * value).toPrecision(3))} %` }}
        />
      </div>
    </details>`;
}

/** A running mean over a few points. Missing points stay missing. */
function smoothed(values) {
  let mean;
  return values.map((value) => {
    if (value === null || value === undefined) return null;
    mean = mean === undefined ? value : 0.8 * mean + 0.2 * value;
    return mean;
  });
}
