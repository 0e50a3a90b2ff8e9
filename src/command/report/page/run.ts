/** The part of a page about one training: its facts, its curves, and a sample on its way through the layers. */
import type { Figure } from '../../../experiment/experiment.ts';
import { percent } from '../../../printable.ts';
import type { PngPicture } from '../../draw/rasterPng.ts';
import { accuracyCurve, layerCurves, lossCurve, potentialCurves } from './curves.ts';
import { bestEpoch, epochsDone, type RunPart, type SamplePart } from './data.ts';
import { html, type Html } from './html.ts';
import { factsOf, tableOf } from './table.ts';
import { layerWords, wordsOf } from './words.ts';

/** Draws a figure; `label` describes it to readers who cannot see it. */
export type DrawFigure = (figure: Figure, label: string) => Promise<Html>;

/** @param isOpen whether its details stand open */
export async function runSection(run: RunPart, id: string, draw: DrawFigure, isOpen: boolean): Promise<Html> {
  const { name, sample } = run;
  return html`<section id="${id}">
    <h2>${name}${run.planned !== undefined && ', unfinished'} <span>${traitsOf(run)}</span></h2>
    ${commandOf(run)}
    <details${isOpen && html` open=""`}>
      <summary>${summaryOf(run)}</summary>
      ${run.epochs.length > 0 ? await curvesOf(run, draw) : html`<p class="note">No epoch was measured yet.</p>`}
      ${factsOf([...outcomeOf(run), ...run.facts.map(([fact, value]) => [fact, wordsOf(value)] as const)])}
      <h3>A sample through all layers</h3>
      ${'missing' in sample ? html`<p class="note">${sample.missing}</p>` : await sampleOf(sample, name, draw)}
    </details>
  </section> `;
}

/** What is in the part; a sample is named only where one is shown. */
function summaryOf({ accuracy, epochs, planned, sample }: RunPart): string {
  const done = planned === undefined ? '' : `, ${epochsDone({ epochs, planned })}`;
  const reached = accuracy === undefined ? 'no epoch yet' : percent(accuracy);
  return `${reached}${done}: ${'missing' in sample ? 'facts and curves' : 'facts, curves, and a sample through all layers'}`;
}

/** `LeNet of LIF neurons on MNIST`, as far as it is known. */
export function traitsOf({ dataset, network, neuron }: RunPart): string {
  const net = [network && wordsOf(network), neuron && `of ${neuron} neurons`].filter(Boolean).join(' ');
  return [net, dataset && `on ${wordsOf(dataset)}`].filter(Boolean).join(' ');
}

function commandOf({ command, networkFile }: RunPart): Html {
  if (typeof command !== 'string') return html`<p class="note">${command.missing}</p> `;
  return html`${commandBlock(command)}
  ${
    networkFile !== undefined &&
    html`<details>
      <summary>network.json: save it in the folder where the command runs</summary>
      <pre class="command"><code>${networkFile}</code></pre>
    </details> `
  }`;
}

/** Lines break between its words alone: an option keeps its hyphens. */
export function commandBlock(command: string): Html {
  const words = command.split(' ').map((word, place) => html`${place > 0 && ' '}<span>${word}</span>`);
  return html`<pre class="command"><code>${words}</code></pre>`;
}

function outcomeOf({
  accuracy,
  digest,
  epochs,
  planned,
  paper,
}: RunPart): [string, Html | string | undefined][] {
  const best = bestEpoch(epochs);
  const chosen = bestEpoch(epochs, 'validation');
  const last = epochs.at(-1);
  const after = (record: { epoch: number; accuracy: number }): string =>
    `${percent(record.accuracy)}, epoch ${record.epoch}`;
  return [
    [
      'digest',
      planned === undefined
        ? html`<code>${digest}</code>`
        : `not yet: the command gives it after epoch ${planned}`,
    ],
    ['state', planned === undefined ? undefined : epochsDone({ epochs, planned })],
    [
      'test accuracy, last epoch',
      accuracy === undefined ? undefined : percent(accuracy) + (last ? `, epoch ${last.epoch}` : ''),
    ],
    ['best epoch on the test samples', best && after(best)],
    // It has the best share of a validation.
    ['epoch chosen by validation', chosen && `${after(chosen)} (validation ${percent(chosen.validation!)})`],
    [
      'the paper',
      paper && `${percent(paper.row.accuracy)}, Table ${paper.table.slice(-1)}, ${windowed(paper)}`,
    ],
  ];
}

/** `The paper’s ASF-BP (IF), T = 400`. */
function windowed({ row }: NonNullable<RunPart['paper']>): string {
  return row.timeWindow === undefined ? row.model : `${row.model}, T = ${row.timeWindow}`;
}

async function curvesOf({ name, epochs, paper }: RunPart, draw: DrawFigure): Promise<Html> {
  const level = paper && { y: paper.row.accuracy, text: `the paper: ${percent(paper.row.accuracy)}` };
  const figures: [string, Figure | undefined][] = [
    ['Test accuracy', accuracyCurve(epochs, level)],
    ['Loss of the training samples', lossCurve(epochs)],
    ['S by layer', layerCurves(epochs, 'S')],
    ['Spike rate by layer: spikes per neuron and step', layerCurves(epochs, 'spikeRates')],
  ];
  const parts: Html[] = [];
  for (const [caption, figure] of figures) {
    if (!figure) continue;
    parts.push(
      html`<figure>
        <figcaption>${caption}</figcaption>
        <div class="plot">${await draw(figure, `${name}: ${caption} by epoch`)}</div>
      </figure> `,
    );
  }
  const noScales =
    figures[2][1] === undefined &&
    html`<p class="note">No S was recorded: the run is older than that, or of another rule.</p> `;
  return html`<div class="curves">${parts}</div>
    ${noScales}${epochTable(epochs)}`;
}

/** All measurements in numbers. */
function epochTable(epochs: RunPart['epochs']): Html {
  const namesOf = (of: 'S' | 'spikeRates'): string[] => [
    ...new Set(epochs.flatMap(({ [of]: values = {} }) => Object.keys(values))),
  ];
  const [rates, scales] = [namesOf('spikeRates'), namesOf('S')];
  const hasValidation = epochs.some(({ validation }) => validation !== undefined);
  const columns = [
    'epoch',
    'loss',
    'test accuracy',
    ...(hasValidation ? ['validation'] : []),
    'images/s',
    ...rates.map((layer) => `spikes, ${layerWords(layer)}`),
    ...scales.map((layer) => `S, ${layerWords(layer)}`),
  ];
  const rows = epochs.map(({ epoch, loss, accuracy, validation, imagesPerSecond, spikeRates, S = {} }) => [
    epoch,
    loss.toFixed(4),
    percent(accuracy),
    ...(hasValidation ? [validation === undefined ? '' : percent(validation)] : []),
    imagesPerSecond,
    ...rates.map((layer) => spikeRates[layer]?.toFixed(4) ?? ''),
    ...scales.map((layer) => S[layer]?.toPrecision(4) ?? ''),
  ]);
  return html`<details>
    <summary>All epochs in numbers</summary>
    ${tableOf({ columns, rows })}
  </details> `;
}

async function sampleOf(sample: SamplePart, name: string, draw: DrawFigure): Promise<Html> {
  const { index, label, said, timeWindow, image, layers, potentials } = sample;
  const title = `Test sample ${index}: class ${label}, the network says ${said}`;
  return html`<p>
      ${title}. Each strip is a layer, its first neuron above, step 1 at the left; the more ink, the more
      spikes.
    </p>
    <div class="sample">
      <figure class="image">${imageOf(image, `${title}: the image`)}</figure>
      <div class="layers">
        ${layers.map(
          (layer) =>
            html`<figure>
              <figcaption>${layerWords(layer.title)} <span>${layer.facts}</span></figcaption>
              <div class="raster">
                <div class="axis"><span>1</span><span>${layer.neurons}</span></div>
                <div class="plot strip">${imageOf(layer.raster, `spikes of ${layerWords(layer.title)}`)}</div>
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
                >potential of each class, on one scale; the highest at the end is what the network says</span
              >
            </figcaption>
            <div class="plot">
              ${await draw(potentialCurves(potentials, String(said)), `${name}: potential of the outputs by step`)}
            </div>
          </figure> `
        }
      </div>
    </div>`;
}

function imageOf({ width, height, png }: PngPicture, alt: string): Html {
  const data = Buffer.from(png).toString('base64');
  return html`<img
    src="data:image/png;base64,${data}"
    width="${width}"
    height="${height}"
    style="--rows:${height}"
    alt="${alt}"
  />`;
}
