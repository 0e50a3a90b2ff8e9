/** The page: one HTML file that loads nothing. The same data gives the same bytes. */
import type { ExperimentSummary, Figure } from '../../../experiment/index.ts';
import type { ExperimentData, PageData } from './data.ts';
import { html, imageOf, Html, factsOf, tableOf } from './html.ts';
import { byRank, dataSections } from './overview.ts';
import {
  commandBlock,
  detailsOf,
  runSection,
  sectionOf,
  wideFigure,
  type DrawFigure,
  type Section,
} from './run.ts';
import { css } from './style.ts';

/** @param onEntry called after each part */
export async function buildPage(
  { title, version, runs, experiments }: PageData,
  drawFigure: (figure: Figure) => Promise<string>,
  onEntry: (name: string) => void = () => {},
): Promise<string> {
  const draw: DrawFigure = async (figure, label) =>
    imageOf('svg+xml', Buffer.from(await drawFigure(figure)), label);
  const shown = [...runs].sort(byRank).map((run, index) => ({ ...run, id: `run-${index + 1}` }));
  // A page with only one run or experiment shows its details unfolded, because there is nothing to compare.
  const isOnly = runs.length + experiments.length === 1;
  const sections = await dataSections(shown, draw);
  for (const [index, experiment] of experiments.entries()) {
    sections.push(await experimentSection(experiment, `experiment-${index + 1}`, draw, isOnly));
    onEntry(experiment.name);
  }
  for (const run of shown) {
    sections.push(await runSection(run, run.id, draw, isOnly));
    onEntry(run.name);
  }
  return `${pageOf(title, version, sections).text}\n`;
}

/** This policy makes the browser enforce that the page has no scripts and loads nothing. */
const policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";

function pageOf(title: string, version: string, sections: readonly Section[]): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${policy}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>asf-bp: ${title}</title>
        <style>
          ${new Html(css)}
        </style>
      </head>
      <body>
        <main>
          <h1>asf-bp: ${title}</h1>
          <p>
            Spiking networks, trained by an implementation of accumulated spiking flow (ASF-BP,
            <a href="https://doi.org/10.1609/aaai.v35i12.17236">Wu et al., AAAI 2021</a>).
          </p>
          <p class="note">
            The command of each part (in a clone, after npx) trains the same bits again. The digest is the
            SHA-256 of the weights, or of an experiment's lines; lines with measured seconds differ from run
            to run. Made by asf-bp ${version}.
          </p>
          <nav aria-label="contents">
            <details>
              <summary>Contents</summary>
              <ul>
                ${sections.map(({ id, name }) => html`<li><a href="#${id}">${name}</a></li> `)}
              </ul>
            </details>
          </nav>
          ${sections.map(({ content }) => content)}
        </main>
      </body>
    </html>`;
}

async function experimentSection(
  { name, help, command, summary }: ExperimentData,
  id: string,
  draw: DrawFigure,
  isOpen: boolean,
): Promise<Section> {
  if ('missing' in summary)
    return sectionOf(id, name, `${help}, unfinished`, [
      commandBlock(command),
      html`<p class="note">${summary.missing}</p>`,
    ]);
  const digest = factsOf([['digest of the lines', html`<code>${summary.digest}</code>`]]);
  return sectionOf(id, name, help, [
    wideFigure(await draw(summary.figure, `${name}: ${help}`)),
    detailsOf('numbers and command', isOpen, [commandBlock(command), digest, summary.content.map(contentOf)]),
  ]);
}

function contentOf(part: ExperimentSummary['content'][number]): Html {
  // Backticks in the texts mark code.
  if (typeof part === 'string')
    return html`<p>
      ${part.split('`').map((piece, k) => (k % 2 === 1 ? html`<code>${piece}</code>` : piece))}
    </p> `;
  if ('block' in part) return html`<pre class="block" tabindex="0">${part.block.join('\n')}</pre> `;
  return tableOf(part);
}
