/** The part of a page for one training: facts as text, curves, and the spikes of one sample in all layers. */
import type { Figure } from '../../../experiment/index.ts';
import { percent } from '../../../printable.ts';
import type { RgbPicture } from '../../draw/raster.ts';
import { writePng } from '../../../formats/index.ts';
import { potentialCurves, runCurves } from './curves.ts';
import type { SampleData } from '../sample.ts';
import { bestEpoch, type RunData } from './data.ts';
import { html, imageOf, type Html, type Piece, factsOf, layerWords, tableOf, wordsOf } from './html.ts';

/** Draws a figure. `label` describes it to readers who cannot see it. */
export type DrawFigure = (figure: Figure, label: string) => Promise<Html>;

const share = (value: number | undefined): string => (value === undefined ? '' : percent(value));

export type Section = ReturnType<typeof sectionOf>;

export const sectionOf = (id: string, name: string, more: Piece, body: Piece) => ({
  id,
  name,
  content: html`<section id="${id}">
    <h2>${name} <span>${more}</span></h2>
    ${body}
  </section> `,
});

export const detailsOf = (summary: string, isOpen: boolean, body: Piece): Html =>
  html`<details${isOpen && html` open=""`}>
    <summary>${summary}</summary>
    ${body}
  </details> `;

/** The properties of a run as text; empty if unknown. */
export const wordsOfRun = {
  last: ({ accuracy }: RunData): string => share(accuracy),
  best: ({ epochs }: RunData): string => share(bestEpoch(epochs)?.accuracy),
  /** `2`, or `1 of 2, unfinished`. */
  epochs: ({ epochs: { length }, planned }: RunData): number | string =>
    planned === undefined ? length : `${length} of ${planned}, unfinished`,
};

/** @param isOpen whether the details are open */
export async function runSection(
  run: RunData,
  id: string,
  draw: DrawFigure,
  isOpen: boolean,
): Promise<Section> {
  const { name, dataset, network, epochs, facts, sample } = run;
  const traits = [network, dataset && `on ${wordsOf(dataset)}`].filter(Boolean).join(' ');
  return sectionOf(id, name, traits, [
    commandOf(run),
    detailsOf(summaryOf(run), isOpen, [
      epochs.length > 0 ? await curvesOf(run, draw) : html`<p class="note">No epoch was measured yet.</p>`,
      factsOf([...outcomeOf(run), ...facts.map(([fact, value]) => [fact, wordsOf(value)] as const)]),
      html`<h3>A sample through all layers</h3>`,
      'missing' in sample ? html`<p class="note">${sample.missing}</p>` : await sampleOf(sample, name, draw),
    ]),
  ]);
}

/** The text of the element `summary`. It mentions a sample only if one is shown. */
function summaryOf(run: RunData): string {
  const done = run.planned === undefined ? '' : `, epoch ${wordsOfRun.epochs(run)}`;
  const has = 'missing' in run.sample ? 'facts and curves' : 'facts, curves, and a sample through all layers';
  return `${wordsOfRun.last(run) || 'no epoch yet'}${done}: ${has}`;
}

function commandOf({ command, networkFile }: RunData): Piece {
  if (typeof command !== 'string') return html`<p class="note">${command.missing}</p> `;
  const file = html`<pre class="command"><code>${networkFile}</code></pre>`;
  const words = 'network.json: save it in the folder where the command runs';
  return [commandBlock(command), networkFile !== undefined && detailsOf(words, false, file)];
}

/** A command that breaks only between words, so that no option breaks at a hyphen. */
export function commandBlock(command: string): Html {
  const words = command.split(' ').map((word, index) => html`${index > 0 && ' '}<span>${word}</span>`);
  return html`<pre class="command"><code>${words}</code></pre>`;
}

function outcomeOf(run: RunData): [string, Piece][] {
  const { accuracy, digest, epochs, planned, paper } = run;
  const isDone = planned === undefined;
  const chosen = bestEpoch(epochs, 'validation');
  const after = (record: { epoch: number; accuracy: number } | undefined): string | undefined =>
    record && `${percent(record.accuracy)}, epoch ${record.epoch}`;
  const last = epochs.at(-1);
  const row = paper && [percent(paper.row.accuracy), `Table ${paper.table.slice(-1)}`, paper.row.model];
  const window = paper?.row.timeWindow === undefined ? [] : [`T = ${paper.row.timeWindow}`];
  return [
    [
      'digest',
      isDone ? html`<code>${digest}</code>` : `not yet known: the command gives it after epoch ${planned}`,
    ],
    ['epochs', wordsOfRun.epochs(run)],
    [
      'test accuracy, last epoch',
      accuracy === undefined ? undefined : last ? after({ ...last, accuracy }) : percent(accuracy),
    ],
    ['best epoch on the test samples', after(bestEpoch(epochs))],
    // An epoch that validation chose has a validation accuracy.
    ['epoch chosen by validation', chosen && `${after(chosen)} (validation ${percent(chosen.validation!)})`],
    ['the paper', row && [...row, ...window].join(', ')],
  ];
}

/** A figure in natural size. On a narrow page a `fitted` one shrinks; another is scrolled, because its letters are small. */
export const wideFigure = (drawn: Html, caption?: string, isFitted = false): Html =>
  html`<figure class="${isFitted ? 'wide fitted' : 'wide'}">
    ${caption !== undefined && html`<figcaption>${caption}</figcaption>`}
    <div class="plot" tabindex="0">${drawn}</div>
  </figure> `;

async function curvesOf(run: RunData, draw: DrawFigure): Promise<Html> {
  const { name, epochs } = run;
  const curves: Html[] = [];
  for (const [caption, figure] of runCurves(run))
    curves.push(
      html`<figure>
        <figcaption>${caption}</figcaption>
        <div class="plot">${await draw(figure, `${name}: ${caption} by epoch`)}</div>
      </figure> `,
    );
  const hasScales = epochs.some(({ S = {} }) => Object.keys(S).length > 0);
  const noScales = html`<p class="note">
    No S was recorded: the run is from an earlier version, or of another rule.
  </p> `;
  return html`<div class="curves">${curves}</div>
    ${!hasScales && noScales}${epochTable(epochs)}`;
}

function epochTable(epochs: RunData['epochs']): Html {
  type Column = readonly [name: string, cell: (record: RunData['epochs'][number]) => Piece];
  const ofLayers = (of: 'S' | 'spikeRates', head: string, text: (value: number) => string): Column[] =>
    [...new Set(epochs.flatMap(({ [of]: values = {} }) => Object.keys(values)))].map((layer) => [
      `${head}, ${layerWords(layer)}`,
      ({ [of]: values = {} }) => (values[layer] === undefined ? '' : text(values[layer])),
    ]);
  const hasValidation = epochs.some(({ validation }) => validation !== undefined);
  const validations: Column[] = [['validation', ({ validation }) => share(validation)]];
  const columns: Column[] = [
    ['epoch', ({ epoch }) => epoch],
    ['loss', ({ loss }) => loss.toFixed(4)],
    ['test accuracy', ({ accuracy }) => percent(accuracy)],
    ...(hasValidation ? validations : []),
    ['images/s', ({ imagesPerSecond }) => imagesPerSecond],
    ...ofLayers('spikeRates', 'spikes', (rate) => rate.toFixed(4)),
    ...ofLayers('S', 'S', (S) => S.toPrecision(4)),
  ];
  const rows = epochs.map((record) => columns.map(([, cell]) => cell(record)));
  const table = tableOf({ columns: columns.map(([name]) => name), rows });
  return detailsOf('All epochs in numbers', false, table);
}

async function sampleOf(sample: SampleData, name: string, draw: DrawFigure): Promise<Html> {
  const { label, said, timeWindow, image, layers, potentials } = sample;
  const title = `Test sample 0: class ${label}, the network says ${said}`;
  return html`<p>
      ${title}. Each strip is a layer, with its first neuron at the top and step 1 at the left. More ink means
      more spikes.
    </p>
    <div class="sample">
      <figure class="image">${pixelsOf(image, `${title}: the image`)}</figure>
      <div class="layers">
        ${layers.map(
          (layer) =>
            html`<figure>
              <figcaption>${layerWords(layer.title)} <span>${layer.facts}</span></figcaption>
              <div class="raster">
                <div class="axis"><span>1</span><span>${layer.neurons}</span></div>
                <div class="plot strip">
                  ${pixelsOf(layer.raster, `spikes of ${layerWords(layer.title)}`)}
                </div>
                <div class="axis across"><span>1</span><span>step ${timeWindow}</span></div>
              </div>
            </figure> `,
        )}
        ${
          potentials.length > 0 &&
          html`<figure>
            <figcaption>
              Output
              <span
                >potential of each class, on one scale; the class with the highest at the end is the
                answer</span
              >
            </figcaption>
            <div class="plot">
              ${await draw(potentialCurves(sample), `${name}: potential of the outputs by step`)}
            </div>
          </figure> `
        }
      </div>
    </div>`;
}

const pixelsOf = ({ width, height, bytes }: RgbPicture, alt: string): Html =>
  imageOf('png', writePng(width, height, bytes), alt, `--rows:${height}`);
