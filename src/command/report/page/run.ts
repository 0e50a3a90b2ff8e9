/** The part of a page for one training: facts as text, curves, and the spikes of one sample in all layers. */
import type { Figure } from '../../../experiment/index.ts';
import { percent } from '../../../printable.ts';
import type { PngPicture } from '../../draw/raster.ts';
import { potentialCurves, runCurves } from './curves.ts';
import { bestEpoch, type RunData, type SampleData } from './data.ts';
import {
  html,
  type Html,
  type Piece,
  byColumns,
  factsOf,
  layerWords,
  tableOf,
  wordsOf,
  type Column,
} from './html.ts';

/** Draws a figure; `label` describes it to readers who cannot see it. */
export type DrawFigure = (figure: Figure, label: string) => Promise<Html>;

const share = (value: number | undefined): string => (value === undefined ? '' : percent(value));

/** The properties of a run as text; empty if unknown. */
export const wordsOfRun = {
  /** `LeNet of LIF neurons on MNIST`. */
  traits: ({ dataset, net }: RunData): string => {
    const words = net ? [net.name && wordsOf(net.name), `of ${net.neuron} neurons`] : [];
    return [...words, dataset && `on ${wordsOf(dataset)}`].filter(Boolean).join(' ');
  },
  /** The variant, if it is not the default. */
  variant: ({ net }: RunData): string[] =>
    net && net.variant !== 'authors' ? [`variant ${net.variant}`] : [],
  window: ({ net }: RunData): Piece => net?.timeWindow ?? '',
  last: ({ accuracy }: RunData): string => share(accuracy),
  best: ({ epochs }: RunData): string => share(bestEpoch(epochs)?.accuracy),
  /** `2`, or `1 of 2` while it is unfinished. */
  epochs: ({ epochs: { length }, planned }: RunData): number | string =>
    planned === undefined ? length : `${length} of ${planned}`,
  /** `10 epochs`, or `1 of 10 epochs, unfinished`. */
  done: ({ epochs: { length }, planned }: RunData): string => {
    const counted = (count: number): string => `${count} ${count === 1 ? 'epoch' : 'epochs'}`;
    return planned === undefined ? counted(length) : `${length} of ${counted(planned)}, unfinished`;
  },
};

/** @param isOpen whether its details are open */
export async function runSection(run: RunData, id: string, draw: DrawFigure, isOpen: boolean): Promise<Html> {
  const { name, planned, epochs, facts, sample } = run;
  return html`<section id="${id}">
    <h2>${name}${planned !== undefined && ', unfinished'} <span>${wordsOfRun.traits(run)}</span></h2>
    ${commandOf(run)}
    <details${isOpen && html` open=""`}>
      <summary>${summaryOf(run)}</summary>
      ${epochs.length > 0 ? await curvesOf(run, draw) : html`<p class="note">No epoch was measured yet.</p>`}
      ${factsOf([...outcomeOf(run), ...facts.map(([fact, value]) => [fact, wordsOf(value)] as const)])}
      <h3>A sample through all layers</h3>
      ${'missing' in sample ? html`<p class="note">${sample.missing}</p>` : await sampleOf(sample, name, draw)}
    </details>
  </section> `;
}

/** The summary of the part, which mentions a sample only if one is shown. */
function summaryOf(run: RunData): string {
  const done = run.planned === undefined ? '' : `, ${wordsOfRun.done(run)}`;
  const has = 'missing' in run.sample ? 'facts and curves' : 'facts, curves, and a sample through all layers';
  return `${wordsOfRun.last(run) || 'no epoch yet'}${done}: ${has}`;
}

function commandOf({ command, networkFile }: RunData): Html {
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

/** A command whose lines break only between words, so that no option breaks at its hyphens. */
export function commandBlock(command: string): Html {
  const words = command.split(' ').map((word, index) => html`${index > 0 && ' '}<span>${word}</span>`);
  return html`<pre class="command"><code>${words}</code></pre>`;
}

function outcomeOf(run: RunData): [string, Html | string | undefined][] {
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
    ['state', isDone ? undefined : wordsOfRun.done(run)],
    [
      'test accuracy, last epoch',
      accuracy === undefined ? undefined : last ? after({ ...last, accuracy }) : percent(accuracy),
    ],
    ['best epoch on the test samples', after(bestEpoch(epochs))],
    // An epoch chosen by validation has a validation accuracy.
    ['epoch chosen by validation', chosen && `${after(chosen)} (validation ${percent(chosen.validation!)})`],
    ['the paper', row && [...row, ...window].join(', ')],
  ];
}

export async function figuresOf(
  figures: readonly (readonly [caption: string, figure: Figure, label: string])[],
  draw: DrawFigure,
): Promise<Html> {
  const drawn: Html[] = [];
  for (const [caption, figure, label] of figures)
    drawn.push(
      html`<figure>
        <figcaption>${caption}</figcaption>
        <div class="plot">${await draw(figure, label)}</div>
      </figure> `,
    );
  return html`<div class="curves">${drawn}</div>`;
}

async function curvesOf(run: RunData, draw: DrawFigure): Promise<Html> {
  const { name, epochs } = run;
  const curves = runCurves(run).map(
    ([caption, figure]) => [caption, figure, `${name}: ${caption} by epoch`] as const,
  );
  const hasScales = epochs.some(({ S = {} }) => Object.keys(S).length > 0);
  const noScales = html`<p class="note">
    No S was recorded: the run is from an earlier version, or of another rule.
  </p> `;
  return html`${await figuresOf(curves, draw)} ${!hasScales && noScales}${epochTable(epochs)}`;
}

function epochTable(epochs: RunData['epochs']): Html {
  type Record = RunData['epochs'][number];
  const ofLayers = (
    of: 'S' | 'spikeRates',
    head: string,
    text: (value: number) => string,
  ): Column<Record>[] =>
    [...new Set(epochs.flatMap(({ [of]: values = {} }) => Object.keys(values)))].map((layer) => [
      `${head}, ${layerWords(layer)}`,
      ({ [of]: values = {} }) => (values[layer] === undefined ? '' : text(values[layer])),
    ]);
  const columns: Column<Record>[] = [
    ['epoch', ({ epoch }) => epoch],
    ['loss', ({ loss }) => loss.toFixed(4)],
    ['test accuracy', ({ accuracy }) => percent(accuracy)],
    ['validation', ({ validation }) => share(validation)],
    ['images/s', ({ imagesPerSecond }) => imagesPerSecond],
    ...ofLayers('spikeRates', 'spikes', (rate) => rate.toFixed(4)),
    ...ofLayers('S', 'S', (S) => S.toPrecision(4)),
  ];
  const hasValidation = epochs.some(({ validation }) => validation !== undefined);
  const visible = columns.filter(([name]) => hasValidation || name !== 'validation');
  return html`<details>
    <summary>All epochs in numbers</summary>
    ${tableOf(byColumns(epochs, visible))}
  </details> `;
}

async function sampleOf(sample: SampleData, name: string, draw: DrawFigure): Promise<Html> {
  const { index, label, said, timeWindow, image, layers, potentials } = sample;
  const title = `Test sample ${index}: class ${label}, the network says ${said}`;
  return html`<p>
      ${title}. Each strip is a layer, with its first neuron at the top and step 1 at the left. More ink means
      more spikes.
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
